-- What a data folder publishes, for the other machines of the same instance.

create table doorwise.release_file (
    path   text collate "C" primary key,
    sha256 text not null,
    data   bytea not null
);
alter table doorwise.release_file alter column data set storage external; -- most of it is compressed already

-- One row: the channel as the file of that name has it. The files that it needs are there before it.
create table doorwise.channel (
    only_one boolean primary key default true check (only_one),
    version  bigint not null,
    sha256   text not null,
    data     bytea not null
);
