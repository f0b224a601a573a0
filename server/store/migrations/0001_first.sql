-- Documents, logs and blobs of the desk.

-- Names compare by code point, as everywhere else: "C" is that order in UTF-8.
create table doorwise.doc (
    kind    text collate "C" not null,
    id      text collate "C" not null,
    version bigint not null check (version > 0),
    body    jsonb not null check (jsonb_typeof(body) = 'object'),
    primary key (kind, id)
);

create table doorwise.entry (
    log  text collate "C" not null,
    seq  bigint not null check (seq > 0),
    at   timestamptz(3) not null,
    key  text collate "C" not null,
    body jsonb not null check (jsonb_typeof(body) = 'object'),
    primary key (log, seq)
);
create index entry_by_key on doorwise.entry (log, key, seq);

create table doorwise.blob (
    sha256 text collate "C" primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    data   bytea not null
);
alter table doorwise.blob alter column data set storage external; -- mostly small; compressing costs more than it saves

-- What was written to a log, or named by its digest, is never changed: not by a mistake in the program either.
create function doorwise.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger append_only before update or delete on doorwise.entry
    for each row execute function doorwise.refuse_change();
create trigger never_emptied before truncate on doorwise.entry
    for each statement execute function doorwise.refuse_change();

-- What was committed lately: a process whose connection breaks during a commit asks here whether it was made.
create table doorwise.recent_commit (
    token uuid primary key,
    at    timestamptz not null default now()
);
