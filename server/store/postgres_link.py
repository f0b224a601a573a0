"""Connections to PostgreSQL: the address, which holds a password; the pool; and what errors become."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from server.errors import UsageError
from server.store.address import check_scheme
from server.store.errors import StoreError, StoreUnavailable

MOST_CONNECTIONS = 10
# How long a request may wait for a connection, and a new connection for its server.
WAIT_S = 5
SETTINGS = {
    "synchronous_commit": "on",  # a commit is on the disk when it returns
    "timezone": "UTC",
    "lock_timeout": "30s",  # longer than any of our own steps takes
    # What a machine that vanished was holding is let go: its half of a commit, and its locks.
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}

Pool = ConnectionPool[psycopg.Connection[TupleRow]]


def read_address(url: str) -> str:
    """Return an address that can be used, with how long to wait for an answer.

    Raises:
        UsageError: It is not `postgresql://…`; the message does not repeat it, for it may hold a password.
    """
    check_scheme(url)
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        # libpq quotes the address in its message, password and all.
        raise UsageError("store: this address cannot be read; expected postgresql://user@host/database") from None
    # Each process has a name of its own, by which it tells the others.
    name = f"doorwise-{secrets.token_hex(6)}"
    return make_conninfo(url, application_name=name, connect_timeout=parts.get("connect_timeout", WAIT_S))


def open_pool(conninfo: str) -> Pool:
    """Return a pool of connections in autocommit mode, which are tried before each use."""

    def check(connection: psycopg.Connection[TupleRow]) -> None:
        try:
            Pool.check_connection(connection)
        except psycopg.Error:
            # The server was away, so the others are broken, too: trying them one by one would take the pool seconds.
            pool.drain()
            raise

    pool: ConnectionPool[psycopg.Connection[TupleRow]] = ConnectionPool(
        conninfo,
        min_size=1,
        max_size=MOST_CONNECTIONS,
        timeout=WAIT_S,
        kwargs={"autocommit": True},
        configure=prepare,
        check=check,
        name="doorwise",
        open=True,
    )
    return pool


def prepare(connection: psycopg.Connection[TupleRow]) -> None:
    """Make sure of what the store relies on, whatever the server's or the user's own settings are."""
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    for name, value in SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))


@contextlib.contextmanager
def plain_errors(place: str) -> Iterator[None]:
    """Raise the store's own errors in place of psycopg's; `place` says which database, without its password.

    Raises:
        StoreUnavailable: No connection, no room on the disk, read-only, shutting down.
        StoreError: Anything else that PostgreSQL refuses.
    """
    try:
        yield
    except (PoolTimeout, PoolClosed) as error:
        raise StoreUnavailable(f"no connection to {place}: {error}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise StoreUnavailable(f"{place}: {_words(error)}") from error
    except psycopg.Error as error:
        raise StoreError(f"{place}: {_words(error)}") from error


def _words(error: psycopg.Error) -> str:
    """The first line, which never holds a row's content; without an address in it that could hold a password."""
    words = error.diag.message_primary or str(error).partition("\n")[0] or type(error).__name__
    return re.sub(r"postgres(ql)?://\S+", "postgresql://…", words)
