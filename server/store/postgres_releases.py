"""The SQL of what is published: released files, and the one channel row, in PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import TupleRow

from server.store.errors import StoreError
from server.store.postgres_link import plain_errors, prepare
from server.store.release_files import NO_CHANNEL, ChannelMark, check

if TYPE_CHECKING:
    from server.store.postgres_store import PostgresStore

# Advisory locks of this database, beside that of the migrations: whose turn it is to publish.
TURN = 0x7475726E
# What is sent to those who follow.
NOTICE = "doorwise_channel"


class ReleaseTables:
    """The released files of one database."""

    def __init__(self, store: PostgresStore) -> None:
        self.store = store
        self.place = store.place

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Be the only one of all machines that publishes. The database ends the turn of a machine that vanishes."""
        with plain_errors(self.place):
            connection = psycopg.connect(self.store.conninfo, autocommit=True)
        with connection:
            with plain_errors(self.place):
                prepare(connection)
                connection.execute("set lock_timeout = '10min'")  # a publish of a large instance takes its time
                connection.execute("select pg_advisory_lock(%s)", (TURN,))
            try:
                yield
            finally:
                with contextlib.suppress(psycopg.Error):  # a lost connection has given it back already
                    connection.execute("select pg_advisory_unlock(%s)", (TURN,))

    def mark(self) -> ChannelMark:
        """Return which channel is there."""
        with plain_errors(self.place), self.store.pool.connection() as connection:
            row = connection.execute("select version, sha256 from doorwise.channel").fetchone()
        return NO_CHANNEL if row is None else ChannelMark(row[0], row[1])

    def marked_channel(self) -> tuple[ChannelMark, bytes]:
        """Return which channel is there, and its bytes, checked; empty where there is none.

        Raises:
            StoreError: Its bytes are damaged.
        """
        with (
            plain_errors(self.place),
            self.store.pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            row = cursor.execute("select version, sha256, data from doorwise.channel").fetchone()
        return (NO_CHANNEL, b"") if row is None else (ChannelMark(row[0], row[1]), _whole("channel.json", row[1:]))

    def names(self) -> set[str]:
        """Return the path of every file."""
        with plain_errors(self.place), self.store.pool.connection() as connection:
            return {str(row[0]) for row in connection.execute("select path from doorwise.release_file")}

    def channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""
        return self.marked_channel()[1]

    def write(self, name: str, data: bytes) -> None:
        """Keep a file for good, unless it is there."""
        check(name, data)
        with plain_errors(self.place), self.store.pool.connection() as connection:
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
            plain_errors(self.place),
            self.store.pool.connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            query = "select sha256, data from doorwise.release_file where path = %s"
            row = cursor.execute(query, (name,)).fetchone()
        if row is None:
            raise StoreError(f"{self.place} has no release file {name}")
        return _whole(name, row)

    def write_channel(self, data: bytes) -> None:
        """Make this the first channel of the database.

        Raises:
            StoreError: It has one already.
        """
        self.move(data, seen=NO_CHANNEL)

    def move(self, data: bytes, *, seen: ChannelMark) -> ChannelMark:
        """Make `data` the channel, in one step, and tell those who follow.

        Raises:
            StoreError: It is not the channel any more that was `seen`: another machine has published meanwhile.
        """
        mark = ChannelMark(seen.version + 1, hashlib.sha256(data).hexdigest())
        with plain_errors(self.place), self.store.pool.connection() as connection, connection.transaction():
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

    def listen(self, changed: Callable[[], None], *, ended: Callable[[], bool], poll_s: float) -> None:
        """Call `changed` at once, at every notice, and every `poll_s`, until `ended` or the connection is lost.

        Raises:
            StoreUnavailable: The connection was lost.
        """
        with plain_errors(self.place), psycopg.connect(self.store.conninfo, autocommit=True) as connection:
            prepare(connection)
            connection.execute(f"listen {NOTICE}")
            while not ended():
                changed()
                for _ in connection.notifies(timeout=poll_s, stop_after=1):
                    pass


def _whole(path: str, row: TupleRow) -> bytes:
    sha256, data = row[0], bytes(row[1])
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreError(f"release file {path} is damaged: its bytes have another SHA-256")
    return data
