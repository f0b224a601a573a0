"""The tables of PostgreSQL: numbered migrations, each made once, by the first process that starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from server.store.errors import StoreError

FOLDER = Path(__file__).resolve().parent / "migrations"
NAME = re.compile(r"(\d{4})_(\w+)\.sql")
# An advisory lock of this database; any number will do that nothing else uses. "door" in ASCII.
LOCK = 0x646F6F72

MigrationConnection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; `number` counts from 1 without gaps."""

    number: int
    name: str
    sql: str


def list_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return every migration of this program, in order.

    Raises:
        StoreError: The installation is incomplete.
    """
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise StoreError(f"{path.name} is not migration {len(found) + 1}: this installation is incomplete")
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    if not found:
        raise StoreError("the migrations of the store are missing from this installation")
    return found


def count_made_migrations(connection: MigrationConnection) -> int:
    """Return how many migrations this database has had; 0 when it is new."""
    row = connection.execute("select to_regclass('doorwise.migration') is not null").fetchone()
    if row is None or not row[0]:
        return 0
    row = connection.execute("select coalesce(max(number), 0) from doorwise.migration").fetchone()
    assert row is not None
    return int(row[0])


def migrate(connection: MigrationConnection, wanted: list[Migration]) -> list[Migration]:
    """Migrate the database to this program and return the migrations made; each is made wholly or not at all.

    Args:
        connection: In autocommit mode.
        wanted: Every migration of this program.

    Raises:
        StoreError: A later program has changed the database.
    """
    known = count_made_migrations(connection)
    if known == len(wanted):
        return []  # No need to wait for the lock, and nothing that a read-only database would refuse.
    done = []
    connection.execute("select pg_advisory_lock(%s)", (LOCK,))
    try:
        known = count_made_migrations(connection)
        refuse_later_version(known, wanted)
        for migration in wanted[known:]:
            with connection.transaction():
                connection.execute("create schema if not exists doorwise")
                connection.execute(
                    "create table if not exists doorwise.migration ("
                    "number int primary key, name text not null, made_at timestamptz not null default now())"
                )
                connection.execute(migration.sql.encode())
                connection.execute(
                    "insert into doorwise.migration (number, name) values (%s, %s)", (migration.number, migration.name)
                )
            done.append(migration)
    finally:
        connection.execute("select pg_advisory_unlock(%s)", (LOCK,))
    return done


def refuse_later_version(known: int, wanted: list[Migration]) -> None:
    """Raise StoreError when the database has had migrations that this program does not know."""
    if known > len(wanted):
        raise StoreError(
            f"the database has had {known} migrations and this program knows {len(wanted)}: "
            "a later version of Doorwise uses it"
        )
