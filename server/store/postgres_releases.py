"""The SQL of releases: released files, and the one channel row, in PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import TupleRow

from server.store.errors import StoreError
from server.store.postgres_connection import convert_database_errors, prepare_connection
from server.store.release_files import NO_CHANNEL, ChannelMark, check_release_file

if TYPE_CHECKING:
    from server.store.postgres_store import PostgresStore

# The advisory lock for publishing, another one than that of the migrations.
TURN = 0x7475726E
# The channel of the notice to machines that follow.
NOTICE = "doorwise_channel"


class ReleaseTables:
    """The released files of one database."""

    def __init__(self, store: PostgresStore) -> None:
        self.store = store
        self.place = store.place

    @contextlib.contextmanager
    def hold_publish_turn(self) -> Iterator[None]:
        """Hold the lock for publishing, for one of all machines. The database releases it when a machine vanishes."""
        with convert_database_errors(self.place):
            connection = psycopg.connect(self.store.conninfo, autocommit=True)
        with connection:
            with convert_database_errors(self.place):
                prepare_connection(connection)
                connection.execute("set lock_timeout = '10min'")  # a publish of a large instance takes its time
                connection.execute("select pg_advisory_lock(%s)", (TURN,))
            try:
                yield
            finally:
                with contextlib.suppress(psycopg.Error):  # a lost connection has released it already
                    connection.execute("select pg_advisory_unlock(%s)", (TURN,))

    def read_mark(self) -> ChannelMark:
        """Return the version and digest of the channel."""
        with convert_database_errors(self.place), self.store.pool.connection() as connection:
            row = connection.execute("select version, sha256 from doorwise.channel").fetchone()
        return NO_CHANNEL if row is None else ChannelMark(row[0], row[1])

    def read_marked_channel(self) -> tuple[ChannelMark, bytes]:
        """Return the version and digest of the channel, and its bytes, checked; empty when there is none.

        Raises:
            StoreError: Its bytes are damaged.
        """
        with (
            convert_database_errors(self.place),
            self.store.pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            row = cursor.execute("select version, sha256, data from doorwise.channel").fetchone()
        return (
            (NO_CHANNEL, b"") if row is None else (ChannelMark(row[0], row[1]), _check_bytes("channel.json", row[1:]))
        )

    def list_file_paths(self) -> set[str]:
        """Return the path of every file."""
        with convert_database_errors(self.place), self.store.pool.connection() as connection:
            return {str(row[0]) for row in connection.execute("select path from doorwise.release_file")}

    def read_channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""
        return self.read_marked_channel()[1]

    def write(self, name: str, data: bytes) -> None:
        """Save a file for good, unless it exists."""
        check_release_file(name, data)
        with convert_database_errors(self.place), self.store.pool.connection() as connection:
            connection.execute(
                "insert into doorwise.release_file (path, sha256, data) values (%s, %s, %s) on conflict do nothing",
                (name, hashlib.sha256(data).hexdigest(), data),
            )

    def read(self, name: str) -> bytes:
        """Return the bytes of a file, checked.

        Raises:
            StoreError: It is missing or damaged.
        """
        with (
            convert_database_errors(self.place),
            self.store.pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            query = "select sha256, data from doorwise.release_file where path = %s"
            row = cursor.execute(query, (name,)).fetchone()
        if row is None:
            raise StoreError(f"{self.place} has no release file {name}")
        return _check_bytes(name, row)

    def write_channel(self, data: bytes) -> None:
        """Save this as the first channel of the database.

        Raises:
            StoreError: It has one already.
        """
        self.move_channel(data, seen=NO_CHANNEL)

    def move_channel(self, data: bytes, *, seen: ChannelMark) -> ChannelMark:
        """Save `data` as the channel, in one step, and notify the machines that follow.

        Raises:
            StoreError: The channel is no longer the one that was `seen`: another machine has published.
        """
        mark = ChannelMark(seen.version + 1, hashlib.sha256(data).hexdigest())
        with convert_database_errors(self.place), self.store.pool.connection() as connection, connection.transaction():
            if seen == NO_CHANNEL:
                query = (
                    "insert into doorwise.channel (version, sha256, data) values (%(version)s, %(sha256)s, %(data)s)"
                    " on conflict do nothing"
                )
            else:
                query = (
                    "update doorwise.channel set version = %(version)s, sha256 = %(sha256)s, data = %(data)s"
                    " where version = %(seen)s"
                )
            values = {"version": mark.version, "sha256": mark.sha256, "data": data, "seen": seen.version}
            if connection.execute(query, values).rowcount != 1:
                raise StoreError(
                    f"another machine has published into {self.place} meanwhile; nothing was changed there"
                )
            connection.execute("select pg_notify(%s, %s)", (NOTICE, str(mark.version)))
        return mark

    def listen_for_channel_changes(
        self, changed: Callable[[], None], *, ended: Callable[[], bool], poll_s: float
    ) -> None:
        """Call `changed` at once, at every notice, and every `poll_s`, until `ended` or the connection is lost.

        Raises:
            StoreUnavailable: The connection was lost.
        """
        with convert_database_errors(self.place), psycopg.connect(self.store.conninfo, autocommit=True) as connection:
            prepare_connection(connection)
            connection.execute(f"listen {NOTICE}")
            while not ended():
                changed()
                for _ in connection.notifies(timeout=poll_s, stop_after=1):
                    pass


def _check_bytes(path: str, row: TupleRow) -> bytes:
    sha256, data = row[0], bytes(row[1])
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreError(f"release file {path} is damaged: its bytes have another SHA-256")
    return data
