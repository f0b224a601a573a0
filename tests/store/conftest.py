"""Stores of each kind, empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.store.postgres_store import PostgresStore
from server.store.tinydb_store import TinyStore
from tests.postgres import Cluster
from tests.publishing import Publisher
from tests.serving import ServerProcess

pytest.register_assert_rewrite("tests.store.conformance", "tests.store.load", "tests.store.killing")


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[TinyStore]:
    """An embedded store."""
    store = TinyStore(tmp_path / "desk")
    yield store
    store.close()


@pytest.fixture(scope="session")
def server(database_server: Cluster) -> Cluster:
    return database_server


@pytest.fixture
def url(server: Cluster) -> Iterator[str]:
    """The address of an empty database."""
    made = server.new_database()
    yield made
    server.drop(made)


@pytest.fixture
def postgres(url: str) -> Iterator[PostgresStore]:
    """A store in PostgreSQL."""
    store = PostgresStore(url)
    yield store
    store.close()


StartAt = Callable[..., ServerProcess]


@pytest.fixture
def start_at(published: Publisher) -> Iterator[StartAt]:
    """Start servers on data folders of the test's; they end with it."""
    servers: list[ServerProcess] = []

    def start_one(data: Path, *options: str, environment: dict[str, str] | None = None) -> ServerProcess:
        one = ServerProcess(data, packs=published.packs, options=options, environment=environment)
        servers.append(one)
        return one.start()

    yield start_one
    for one in servers:
        one.stop()
