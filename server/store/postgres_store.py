"""The PostgreSQL backend, for instances of several processes or machines.

Commits that touch the same document or log are made one after the other: each takes an advisory lock for everything that
it touches, in the same order, so that there is no deadlock. Only then it reads; so a version that it finds is the newest,
and the seqs of a log have no gaps.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from server.store.address import hide_password
from server.store.errors import Conflict, StoreError, StoreUnavailable
from server.store.postgres_commit import CommitMark, CommitOutcome, mark_commit, read_commit_outcome
from server.store.postgres_connection import build_conninfo, convert_database_errors, open_pool
from server.store.postgres_releases import ReleaseTables
from server.store.protocol import Append, Delete, Doc, Json, LogEntry, Put, StoreChange
from server.store.schema import (
    Migration,
    MigrationConnection,
    count_made_migrations,
    list_migrations,
    migrate,
    refuse_later_version,
)
from server.store.values import check_blob_name, check_change, check_no_gaps, format_rfc3339, make_plain_json

# Rows that a server-side cursor fetches at a time.
ROWS_AT_ONCE = 500
# How long to ask whether a commit was kept whose connection broke while it was being made.
UNSURE_S = 20.0


class PostgresStore:
    """The store in the database at `url`, which is migrated to the tables of this program.

    Raises:
        UsageError: `url` is not an address.
        StoreUnavailable: The database does not answer.
        StoreError: A later program has changed it.
    """

    def __init__(self, url: str) -> None:
        self.conninfo = build_conninfo(url)
        self.place = hide_password(url)
        with convert_database_errors(self.place):
            with psycopg.connect(self.conninfo, autocommit=True) as connection:
                migrate(connection, list_migrations())
            self.pool = open_pool(self.conninfo)

    def get(self, kind: str, id: str) -> Doc | None:
        """Return a document, or None when there is none."""
        rows = self._fetch_rows(
            "select kind, id, version, body from doorwise.doc where kind = %s and id = %s", kind, id
        )
        return Doc(*rows[0]) if rows else None

    def find(self, kind: str, /, **equals: Json) -> list[Doc]:
        """Return the documents of a kind whose top-level fields equal these, in the order of their ids."""
        values: list[object] = [kind]
        for name, value in equals.items():
            values += [name, Jsonb(make_plain_json(value, name))]
        fits = sql.SQL(" and body -> %s = %s") * len(equals)
        query = sql.SQL("select kind, id, version, body from doorwise.doc where kind = %s{} order by id")
        return [Doc(*row) for row in self._fetch_rows(query.format(fits), *values)]

    def commit(self, changes: Sequence[StoreChange]) -> tuple[Doc | LogEntry | None, ...]:
        """Make all changes or none; see the protocol."""
        ready = [check_change(change) for change in changes]
        if not ready:
            return ()
        with convert_database_errors(self.place), self.pool.connection() as connection:
            mark: CommitMark | None = None
            results: tuple[Doc | LogEntry | None, ...] = ()
            try:
                with connection.transaction():
                    at = _lock_all(connection, ready)
                    results = tuple(_apply_change(connection, change, at) for change in ready)
                    mark = mark_commit(connection)
            except psycopg.OperationalError as error:
                # Once everything is done, what failed is the commit itself: it may have been made all the same.
                if mark is None or not self._is_committed(mark, error):
                    raise
        return results

    def entries(
        self, log: str, *, key: str | None = None, after: int = 0, limit: int | None = None, newest_first: bool = False
    ) -> list[LogEntry]:
        """Return entries of a log; see the protocol."""
        query = sql.SQL(
            "select log, seq, at, key, body from doorwise.entry where log = %s and seq > %s{} order by seq {} limit %s"
        ).format(
            sql.SQL("" if key is None else " and key = %s"),
            sql.SQL("desc" if newest_first else "asc"),
        )
        values: list[object] = [log, after, *([] if key is None else [key]), limit]
        return [_make_entry(row) for row in self._fetch_rows(query, *values)]

    def put_blob(self, data: bytes) -> str:
        """Save bytes for good and return their name."""
        name = hashlib.sha256(data).hexdigest()
        # Bytes that were damaged on the disk are repaired.
        self._run_query(
            "insert into doorwise.blob as held (sha256, data) values (%s, %s)"
            " on conflict (sha256) do update set data = excluded.data where held.data <> excluded.data",
            name,
            data,
        )
        return name

    def get_blob(self, sha256: str) -> bytes:
        """Return the bytes of that name, or raise StoreError."""
        rows = self._fetch_rows("select data from doorwise.blob where sha256 = %s", check_blob_name(sha256))
        if not rows:
            raise StoreError(f"blob {sha256} is missing")
        data = bytes(rows[0][0])
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(f"blob {sha256} is damaged: its bytes have another SHA-256")
        return data

    def list_blob_names(self) -> Iterator[str]:
        """Yield the name of every blob, in order."""
        return iter([str(row[0]) for row in self._fetch_rows("select sha256 from doorwise.blob order by sha256")])

    def shared_files(self) -> ReleaseTables:
        """Return the released files that all machines share."""
        return ReleaseTables(self)

    def check(self) -> list[str]:
        """Read everything again and return what is damaged, one line each."""
        lines = []
        gaps = self._fetch_rows(
            "select log, count(*), max(seq) from doorwise.entry group by log having count(*) <> max(seq) order by log"
        )
        lines += [f"the log {log} has {count} entries and ends with {last}" for log, count, last in gaps]
        for table, name in (("blob", "sha256"), ("release_file", "path"), ("channel", "'channel.json'")):
            damaged = self._fetch_rows(
                sql.SQL("select {} from doorwise.{} where encode(sha256(data), 'hex') <> sha256 order by 1").format(
                    sql.SQL(name), sql.Identifier(table)
                )
            )
            kind = "blob" if table == "blob" else "release file"
            lines += [f"{kind} {row[0]} is damaged: its bytes have another SHA-256" for row in damaged]
        return lines

    def close(self) -> None:
        """Close every connection."""
        self.pool.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[_DatabaseSnapshot]:
        """Yield one moment of the store, in a transaction and on a connection of its own."""
        with convert_database_errors(self.place), psycopg.connect(self.conninfo) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("set time zone 'UTC'")  # takes the snapshot, too: nothing later is seen
            connection.execute("select 1 from doorwise.migration")
            yield _DatabaseSnapshot(connection)

    def load_records(self, docs: Iterable[Doc], entries: Iterable[LogEntry]) -> None:
        """Fill an empty store; see the protocol."""
        with convert_database_errors(self.place), self.pool.connection() as connection, connection.transaction():
            # Locks out everything else, including a second restore.
            connection.execute("lock table doorwise.doc, doorwise.entry in exclusive mode")
            self._refuse_non_empty(connection)
            with connection.cursor() as cursor:
                with cursor.copy("copy doorwise.doc (kind, id, version, body) from stdin") as copy:
                    for doc in docs:
                        copy.write_row((doc.kind, doc.id, doc.version, Jsonb(make_plain_json(doc.body, doc.kind))))
                with cursor.copy("copy doorwise.entry (log, seq, at, key, body) from stdin") as copy:
                    for entry in check_no_gaps(iter(entries)):
                        body = Jsonb(make_plain_json(entry.body, entry.log))
                        copy.write_row((entry.log, entry.seq, entry.at, entry.key, body))

    def is_used_by_others(self) -> bool:
        """Return whether another process of Doorwise is connected to this database."""
        rows = self._fetch_rows(
            "select exists (select from pg_stat_activity where datname = current_database()"
            " and application_name like 'doorwise-%%' and application_name <> current_setting('application_name'))"
        )
        return bool(rows[0][0])

    def _refuse_non_empty(self, connection: MigrationConnection) -> None:
        row = connection.execute(
            "select exists (select from doorwise.doc) or exists (select from doorwise.entry)"
        ).fetchone()
        if row is None or row[0]:
            raise StoreError(f"{self.place} is not empty")

    def _fetch_rows(self, query: Any, *values: object) -> list[TupleRow]:
        with (
            convert_database_errors(self.place),
            self.pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            return cursor.execute(query, values).fetchall()

    def _run_query(self, query: str, *values: object) -> None:
        with convert_database_errors(self.place), self.pool.connection() as connection:
            connection.execute(query.encode(), values)

    def _is_committed(self, mark: CommitMark, reason: psycopg.OperationalError) -> bool:
        """Return whether a commit whose connection broke was made after all.

        Raises:
            StoreUnavailable: The database did not come back in time to be asked, or has forgotten.
        """
        deadline = time.monotonic() + UNSURE_S
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(psycopg.OperationalError),
                psycopg.connect(self.conninfo, autocommit=True) as connection,
            ):
                outcome = read_commit_outcome(connection, mark)
                if outcome in (CommitOutcome.MADE, CommitOutcome.LOST):
                    return outcome is CommitOutcome.MADE
                if outcome is CommitOutcome.UNKNOWN:
                    break
            time.sleep(0.1)  # the server's process for the lost connection may still be working on it
        raise StoreUnavailable(
            f"{self.place} was lost during a commit: it is not known whether it was kept"
        ) from reason


def list_pending_migrations(url: str) -> list[Migration]:
    """Return the migrations that the first start of this program will make, without making them.

    Raises:
        As PostgresStore.
    """
    wanted = list_migrations()
    with (
        convert_database_errors(hide_password(url)),
        psycopg.connect(build_conninfo(url), autocommit=True) as connection,
    ):
        known = count_made_migrations(connection)
    refuse_later_version(known, wanted)
    return wanted[known:]


class _DatabaseSnapshot:
    """One moment of the database."""

    def __init__(self, connection: MigrationConnection) -> None:
        self._connection = connection

    def read_all_docs(self) -> Iterator[Doc]:
        for row in self._stream("select kind, id, version, body from doorwise.doc order by kind, id"):
            yield Doc(*row)

    def read_all_entries(self) -> Iterator[LogEntry]:
        for row in self._stream("select log, seq, at, key, body from doorwise.entry order by log, seq"):
            yield _make_entry(row)

    def list_blob_names(self) -> Iterator[str]:
        for row in self._stream("select sha256 from doorwise.blob order by sha256"):
            yield str(row[0])

    def _stream(self, query: str) -> Iterator[TupleRow]:
        with self._connection.cursor(name="moment") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            yield from cursor.execute(query.encode())


def _lock_all(connection: MigrationConnection, changes: Sequence[StoreChange]) -> datetime:
    """Lock everything that the changes touch, in one order for all, and return the time by the database's clock."""
    things = {(0, change.log, "") if isinstance(change, Append) else (1, change.kind, change.id) for change in changes}
    keys = sorted(_compute_lock_key(*thing) for thing in things)
    for key in keys:
        connection.execute("select pg_advisory_xact_lock(%s)", (key,))
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def _compute_lock_key(what: int, name: str, id: str) -> int:
    """Return 64 bits for a lock. If two things ever share them, they only wait for each other."""
    digest = hashlib.sha256(f"{what}\0{name}\0{id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _apply_change(connection: MigrationConnection, change: StoreChange, at: datetime) -> Doc | LogEntry | None:
    if isinstance(change, Append):
        return _append_entry(connection, change, at)
    where = (change.kind, change.id)
    row = connection.execute("select version from doorwise.doc where kind = %s and id = %s", where).fetchone()
    found: int = row[0] if row else 0
    if change.expect is not None and change.expect != found:
        raise Conflict(change.kind, change.id, change.expect, found)
    if isinstance(change, Delete):
        connection.execute("delete from doorwise.doc where kind = %s and id = %s", where)
        return None
    return _put_doc(connection, change, found + 1)


def _put_doc(connection: MigrationConnection, change: Put, version: int) -> Doc:
    connection.execute(
        "insert into doorwise.doc (kind, id, version, body) values (%s, %s, %s, %s)"
        " on conflict (kind, id) do update set version = excluded.version, body = excluded.body",
        (change.kind, change.id, version, Jsonb(change.body)),
    )
    return Doc(change.kind, change.id, version, change.body)


def _append_entry(connection: MigrationConnection, change: Append, at: datetime) -> LogEntry:
    row = connection.execute(
        "insert into doorwise.entry (log, seq, at, key, body)"
        " select %(log)s, coalesce(max(seq), 0) + 1, date_trunc('milliseconds', %(at)s), %(key)s, %(body)s"
        " from doorwise.entry where log = %(log)s returning log, seq, at, key, body",
        {"log": change.log, "at": at, "key": change.key, "body": Jsonb(change.body)},
    ).fetchone()
    assert row is not None
    return _make_entry(row)


def _make_entry(row: TupleRow) -> LogEntry:
    log, seq, at, key, body = row
    return LogEntry(log, seq, format_rfc3339(at), key, body)
