"""What only PostgreSQL can do to the store: lose its connection, be read-only or full, be of another version."""

import contextlib
import logging
import os
import socket
import tempfile
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from server.errors import UsageError
from server.store import postgres_store
from server.store.address import hide_password
from server.store.errors import StoreError, StoreUnavailable
from server.store.open import open_store
from server.store.postgres_commit import CommitMark, CommitOutcome, mark_commit, read_commit_outcome
from server.store.postgres_connection import build_conninfo
from server.store.postgres_store import PostgresStore
from server.store.protocol import Append, Put
from server.store.schema import list_migrations, migrate
from tests.disks import mounted
from tests.postgres import Cluster
from tests.store.writer import last, write, wrong

SECRET = "s3cret-pa55"


def put(store: PostgresStore, n: int) -> None:
    store.commit([Put("edit", "one", {"n": n}), Append("audit", {"n": n})])


def stands_at(store: PostgresStore) -> object:
    doc = store.get("edit", "one")
    return doc and doc.body["n"]


# ---- the address ----


def test_an_address_chooses_postgresql(url, tmp_path):
    with closing(open_store(tmp_path, url)) as store:
        assert isinstance(store, PostgresStore)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"postgresql://me:{SECRET}@db.example.org:5433/desk", "postgresql://me@db.example.org:5433/desk"),
        (f"postgres://me@db.example.org/desk?password={SECRET}", "postgresql://me@db.example.org/desk"),
        (f"postgresql://me:{SECRET}%40@[::1]/desk", "postgresql://me@[::1]/desk"),
        (f"postgresql://:{SECRET}@/desk", "postgresql:///desk"),
        (f"postgresql://me:{SECRET}@a,b:1/desk", "postgresql://me@a,b:1/desk"),
        (f"postgresql://me:{SECRET}@[bad/desk", "postgresql://…"),
    ],
)
def test_an_address_is_shown_without_its_password(url, expected):
    assert hide_password(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{SECRET}@host/desk",
        f"{SECRET}",
        f"postgresql://me:{SECRET}@[bad/desk",
        f"postgresql://me:{SECRET}@host/desk?no_such_option=1",
        f"postgresql://me:{SECRET}@host/desk?password",
        f"postgresql://me:{SECRET}@host:port:port/desk%zz",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(url):
    with pytest.raises(UsageError, match="expected postgresql://user@host/database") as refusal:
        build_conninfo(url)

    assert SECRET not in "".join(traceback.format_exception(refusal.value, limit=0))


def test_an_unreachable_database_is_named_without_its_password(caplog, tmp_path):
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreUnavailable) as refusal:
        PostgresStore(f"postgresql://me:{SECRET}@/desk?host={tmp_path}&connect_timeout=2")

    assert str(refusal.value).startswith("postgresql://me@/desk: connection ")
    assert (refusal.value.exit_code, refusal.value.status) == (3, 503)
    assert SECRET not in str(refusal.value) + caplog.text


def test_a_refused_sign_in_is_told_without_the_password(server, caplog):
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(StoreUnavailable, match='role "stranger" does not exist') as refusal,
    ):
        PostgresStore(server.url("postgres", f"stranger:{SECRET}"))

    assert SECRET not in str(refusal.value) + caplog.text


# ---- the schema ----


def test_many_who_come_first_at_once_make_the_tables_once(url, server):
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: PostgresStore(url), range(6)))
    for store in stores:
        store.close()

    made = server.execute("select number, name from doorwise.migration order by number", url)
    assert made == [(migration.number, migration.name) for migration in list_migrations()]


def test_migrations_are_numbered_without_gaps(tmp_path):
    (tmp_path / "0001_first.sql").touch()
    (tmp_path / "0003_third.sql").touch()

    with pytest.raises(StoreError, match=r"0003_third\.sql is not migration 2"):
        list_migrations(tmp_path)
    with pytest.raises(StoreError, match="missing from this installation"):
        list_migrations(tmp_path / "nothing")


def test_a_database_of_a_later_program_is_left_alone(postgres, url, server):
    server.execute("insert into doorwise.migration (number, name) values (99, 'later')", url)

    with pytest.raises(StoreError, match="a later version of Doorwise uses it"):
        PostgresStore(url)


def test_a_migration_that_fails_leaves_nothing_of_itself(url, server, monkeypatch):
    from server.store import schema

    broken = [
        *list_migrations(),
        schema.Migration(len(list_migrations()) + 1, "broken", "create table doorwise.half (); select 1/0"),
    ]
    monkeypatch.setattr(postgres_store, "list_migrations", lambda: broken)

    with pytest.raises(StoreError, match="division by zero"):
        PostgresStore(url)

    assert server.execute("select max(number) from doorwise.migration", url) == [(len(broken) - 1,)]
    assert server.execute("select to_regclass('doorwise.half')", url) == [(None,)]


def test_what_was_logged_cannot_be_changed_in_the_database_either(postgres, url, server):
    put(postgres, 1)

    for statement in ("update doorwise.entry set key = ''", "delete from doorwise.entry", "truncate doorwise.entry"):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changed"):
            server.execute(statement, url)

    assert len(postgres.entries("audit")) == 1


def before_the_last_migration(url: str) -> None:
    """Make the tables as the program before the last migration left them, with something in each."""
    with psycopg.connect(url, autocommit=True) as connection:
        migrate(connection, list_migrations()[:2])
        connection.execute("insert into doorwise.doc (kind, id, version, body) values ('edit', 'one', 7, '{\"n\": 1}')")
        connection.execute("insert into doorwise.entry values ('audit', 1, now(), '', '{}')")
        connection.execute("insert into doorwise.recent_commit (token) values (gen_random_uuid())")


def test_a_database_of_the_version_before_goes_on(url, server):
    before_the_last_migration(url)

    with closing(PostgresStore(url)) as store:
        assert stands_at(store) == 1
        put(store, 2)
        assert [entry.seq for entry in store.entries("audit")] == [1, 2]
    assert server.execute("select to_regclass('doorwise.recent_commit')", url) == [(None,)]


def test_a_commit_of_the_version_before_is_whole_while_the_database_is_brought_on(url):
    """A process that still runs the version before has written, and commits while the new one starts."""
    before_the_last_migration(url)
    with psycopg.connect(url) as earlier, ThreadPoolExecutor(1) as pool:
        earlier.execute("update doorwise.doc set version = 8")
        earlier.execute("insert into doorwise.recent_commit (token) values (gen_random_uuid())")
        starting = pool.submit(PostgresStore, url)
        while not earlier.execute("select exists (select from pg_locks where not granted)").fetchone()[0]:
            assert not starting.done(), "it must wait for the commit that is being made"
        earlier.commit()
        with closing(starting.result(60)) as store:
            assert store.get("edit", "one").version == 8
        with pytest.raises(psycopg.errors.UndefinedTable):
            earlier.execute("insert into doorwise.recent_commit (token) values (gen_random_uuid())")


# ---- damage ----


def test_a_damaged_blob_is_found_and_can_be_put_again(postgres, url, server):
    name = postgres.put_blob(b"whole")
    server.execute("update doorwise.blob set data = 'halfe'", url)

    with pytest.raises(StoreError, match="damaged"):
        postgres.get_blob(name)
    assert postgres.check() == [f"blob {name} is damaged: its bytes have another SHA-256"]

    postgres.put_blob(b"whole")
    assert postgres.get_blob(name) == b"whole"
    assert postgres.check() == []


def test_a_gap_in_a_log_is_found(postgres, url, server):
    for n in range(3):
        put(postgres, n)
    server.execute("alter table doorwise.entry disable trigger all; delete from doorwise.entry where seq = 2", url)

    assert postgres.check() == ["the log audit has 2 entries and ends with 3"]


# ---- connections ----


def cut_everybody(server: Cluster, url: str) -> None:
    server.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
        url,
    )


def test_a_connection_that_was_cut_is_replaced(postgres, url, server):
    put(postgres, 1)

    for n in range(2, 5):
        cut_everybody(server, url)
        assert stands_at(postgres) == n - 1
        cut_everybody(server, url)
        put(postgres, n)

    assert [entry.seq for entry in postgres.entries("audit")] == [1, 2, 3, 4]


def test_a_read_only_database_can_be_read(postgres, url, server):
    """As a standby is, or a server whose disk filled up."""
    put(postgres, 1)
    name = url.split("/")[3].partition("?")[0]
    server.execute(f"alter database {name} set default_transaction_read_only = on")

    with closing(PostgresStore(url)) as store:
        assert stands_at(store) == 1
        for change in (lambda: put(store, 2), lambda: store.put_blob(b"new")):
            with pytest.raises(StoreUnavailable, match="read-only transaction"):
                change()
        assert stands_at(store) == 1


# ---- whether a commit was made ----


@pytest.fixture
def open_commit(postgres: PostgresStore, url: str) -> Iterator[psycopg.Connection]:
    """A transaction that has written, and is neither committed nor given up."""
    with psycopg.connect(url) as connection:
        connection.execute("insert into doorwise.doc (kind, id, version, body) values ('edit', 'one', 1, '{}')")
        yield connection


@pytest.mark.parametrize(("end", "outcome"), [("commit", CommitOutcome.MADE), ("rollback", CommitOutcome.LOST)])
def test_the_database_tells_what_became_of_a_commit(open_commit: "psycopg.Connection", url, end, outcome):
    mark = mark_commit(open_commit)
    with psycopg.connect(url, autocommit=True) as other:
        assert read_commit_outcome(other, mark) is CommitOutcome.RUNNING
        getattr(open_commit, end)()
        assert read_commit_outcome(other, mark) is outcome


def test_a_number_that_a_crash_gave_to_another_commit_proves_nothing():
    """A transaction that never reached the disk leaves no trace, and its number is given out again."""
    cluster = Cluster("wal_writer_delay=10s", "autovacuum=off").start()
    try:
        url = cluster.new_database()
        with closing(PostgresStore(url)) as store:
            put(store, 1)
        with closing(psycopg.connect(url)) as lost:
            lost.execute("insert into doorwise.doc (kind, id, version, body) values ('edit', 'lost', 1, '{}')")
            mark = mark_commit(lost)
            cluster.kill()
        cluster.start()
        with psycopg.connect(url, autocommit=True) as other:
            assert read_commit_outcome(other, mark) is CommitOutcome.LOST
            again = other.execute("select pg_current_xact_id()::text").fetchone()
            assert again == (mark.transaction,), "given out again"

            assert read_commit_outcome(other, mark) is CommitOutcome.UNKNOWN
    finally:
        cluster.remove()


def test_a_database_that_does_not_know_is_told_as_not_known(postgres, monkeypatch):
    monkeypatch.setattr(postgres_store, "read_commit_outcome", lambda connection, mark: CommitOutcome.UNKNOWN)

    with pytest.raises(StoreUnavailable, match="not known whether it was kept"):
        postgres._is_committed(CommitMark("3", datetime.now(UTC)), psycopg.OperationalError())


COMMIT = b"COMMIT\0"  # the statement; READ COMMITTED has these letters, too


class Cable:
    """A connection between store and server that can be cut at the worst moment: around a COMMIT."""

    def __init__(self, folder: Path) -> None:
        self.target = str(folder / ".s.PGSQL.5432")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cut: str | None = None  # "before" or "after" the next COMMIT reaches the server
        self.cuts = 0
        self.answering_commit = False
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.target)
            for pump in (self._to_server, self._to_client):
                threading.Thread(target=pump, args=(near, far), daemon=True).start()

    def _to_server(self, near: socket.socket, far: socket.socket) -> None:
        while data := _received(near):
            if self.cut == "before" and COMMIT in data:
                self._break()
                break
            self.answering_commit = COMMIT in data
            far.sendall(data)
        _end(near, far)

    def _to_client(self, near: socket.socket, far: socket.socket) -> None:
        while data := _received(far):
            if self.cut == "after" and self.answering_commit:
                self._break()  # it was made, and nobody is told
                break
            near.sendall(data)
        _end(near, far)

    def _break(self) -> None:
        self.cut = None
        self.cuts += 1

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)


def _end(*links: socket.socket) -> None:
    """End both directions: closing alone would not wake a thread that waits for more."""
    for link in links:
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
        link.close()


def _received(link: socket.socket) -> bytes:
    try:
        return link.recv(65536)
    except OSError:
        return b""


@pytest.fixture
def cable(server: Cluster) -> Iterator[Cable]:
    one = Cable(server.folder)
    yield one
    one.close()


@pytest.mark.parametrize("how", ["before", "after"])
def test_a_commit_whose_connection_breaks_is_told_as_it_is(cable, server, url, how):
    """After it broke, only the database knows; telling somebody that a saved text was lost would be as bad as the loss."""
    name = url.split("/")[3].partition("?")[0]
    with closing(PostgresStore(f"postgresql://app@127.0.0.1:{cable.port}/{name}?sslmode=disable")) as store:
        put(store, 1)
        cable.cut = how

        if how == "after":
            put(store, 2)
        else:
            with pytest.raises(StoreUnavailable):
                put(store, 2)

        assert cable.cuts == 1
        assert stands_at(store) == (2 if how == "after" else 1)
        put(store, 3)
        assert [entry.body["n"] for entry in store.entries("audit")] == ([1, 2, 3] if how == "after" else [1, 3])


# ---- servers of a test's own ----


def test_a_server_that_comes_back_is_used_again():
    cluster = Cluster("fsync=off").start()
    try:
        with closing(PostgresStore(cluster.new_database())) as store:
            put(store, 1)
            cluster.stop()
            with pytest.raises(StoreUnavailable) as refusal:
                put(store, 2)
            assert "postgresql://app@/" in str(refusal.value)

            cluster.start()
            assert stands_at(store) == 1
            put(store, 3)
            assert [entry.body["n"] for entry in store.entries("audit")] == [1, 3]
    finally:
        cluster.remove()


def fill(store: PostgresStore, acknowledged: list[int]) -> None:
    """Write until it is refused."""
    for n in range(len(acknowledged) + 1, 2000):
        store.put_blob(os.urandom(1_000_000))
        write(store, n)
        acknowledged.append(n)


def test_a_full_disk_is_named_and_nothing_is_lost(short_folder):
    """On a disk of its own, where mounting is allowed; elsewhere under a limit on the size of its files."""
    acknowledged: list[int] = []
    with mounted(short_folder, "-t", "tmpfs", "-o", "size=200m", "tmpfs") as is_mounted:
        limit = None if is_mounted else 20_000_000
        cluster = Cluster("fsync=off", "max_wal_size=32MB", "min_wal_size=32MB", folder=short_folder, most_bytes=limit)
        try:
            cluster.start()
            url = cluster.new_database()
            with closing(PostgresStore(url)) as store:
                ballast(short_folder, 30_000_000 if is_mounted else 0)
                with pytest.raises(
                    StoreUnavailable, match=r"No space left on device|File too large|closed the connection"
                ):
                    fill(store, acknowledged)

                (short_folder / "ballast").unlink()
                cluster.stop()
                cluster.most_bytes = None
                cluster.start()
                assert len(acknowledged) > 2
                assert wrong(store, len(acknowledged)) == []
                write(store, last(store) + 1)
        finally:
            cluster.remove()


def ballast(folder: Path, free: int) -> None:
    statistics = os.statvfs(folder)
    room = statistics.f_bavail * statistics.f_frsize
    (folder / "ballast").write_bytes(b"x" * (room - free if free else 0))


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """The path of a socket may have 107 bytes, which pytest's folders may use up."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        yield Path(folder)
