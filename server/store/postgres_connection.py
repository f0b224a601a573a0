"""Connections to PostgreSQL: the address, which holds a password; the pool; and the conversion of errors."""

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
    # Releases what a vanished machine was holding: its half of a commit, and its locks.
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}

Pool = ConnectionPool[psycopg.Connection[TupleRow]]


def build_conninfo(url: str) -> str:
    """Return an address that can be used, with a connection timeout.

    Raises:
        UsageError: It is not `postgresql://…`; the message does not repeat it, for it may hold a password.
    """
    check_scheme(url)
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        # libpq quotes the address in its message, password and all.
        raise UsageError("store: this address cannot be read; expected postgresql://user@host/database") from None
    # Each process has a name of its own, by which others can be recognised.
    name = f"doorwise-{secrets.token_hex(6)}"
    return make_conninfo(url, application_name=name, connect_timeout=parts.get("connect_timeout", WAIT_S))


def open_pool(conninfo: str) -> Pool:
    """Return a pool of connections in autocommit mode, which are tested before each use."""

    def check_connection(connection: psycopg.Connection[TupleRow]) -> None:
        try:
            Pool.check_connection(connection)
        except psycopg.Error:
            # The server was away, so the other connections are broken, too: testing them one by one would take seconds.
            pool.drain()
            raise

    pool: ConnectionPool[psycopg.Connection[TupleRow]] = ConnectionPool(
        conninfo,
        min_size=1,
        max_size=MOST_CONNECTIONS,
        timeout=WAIT_S,
        kwargs={"autocommit": True},
        configure=prepare_connection,
        check=check_connection,
        name="doorwise",
        open=True,
    )
    return pool


def prepare_connection(connection: psycopg.Connection[TupleRow]) -> None:
    """Set what the store relies on, whatever the server's or the user's own settings are."""
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    for name, value in SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))


@contextlib.contextmanager
def convert_database_errors(place: str) -> Iterator[None]:
    """Raise the store's own errors in place of psycopg's; `place` names the database, without its password.

    Raises:
        StoreUnavailable: No connection, no room on the disk, read-only, shutting down.
        StoreError: Anything else that PostgreSQL refuses.
    """
    try:
        yield
    except (PoolTimeout, PoolClosed) as error:
        raise StoreUnavailable(f"no connection to {place}: {error}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise StoreUnavailable(f"{place}: {_describe_error(error)}") from error
    except psycopg.Error as error:
        raise StoreError(f"{place}: {_describe_error(error)}") from error


def _describe_error(error: psycopg.Error) -> str:
    """Return the first line of an error, which never holds a row's content; an address, which may hold a password, is removed."""
    words = error.diag.message_primary or str(error).partition("\n")[0] or type(error).__name__
    return re.sub(r"postgres(ql)?://\S+", "postgresql://…", words)
