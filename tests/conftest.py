"""Fixtures of more than one room's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Cluster, cluster
from tests.publishing import Publisher
from tests.serving import ServerProcess

# How long an example takes says more about what else the machine is doing than about the code.
settings.register_profile("doorwise", deadline=None)
settings.load_profile("doorwise")

# What starts a server, a database, a command or an installer takes seconds a test, and what tries hundreds of inputs does
# too: `make check` leaves them out.
SLOW_FIXTURES = {"tiny_server", "start_at", "database_server", "two_regions", "prefixed", "served", "running"}
SLOW_FILES = {
    "test_cli.py",
    "test_faults.py",
    "test_backends.py",
    "test_cli_editor.py",
    "test_container.py",
    "test_kills.py",
    "test_operate.py",
    "test_serve.py",
    "test_stores.py",
    "test_uploads.py",
    "test_fuzz.py",
    "test_pseudo.py",
    "test_routes_fuzz.py",
    "test_withdraw.py",
    "test_wheel.py",
}
SLOW_FOLDERS = {"store"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow ones."""
    here = Path(__file__).parent
    for item in items:
        path = item.path.relative_to(here) if item.path.is_relative_to(here) else None
        if path is None:
            continue
        fixtures = SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if fixtures or path.name in SLOW_FILES or SLOW_FOLDERS.intersection(path.parts):
            item.add_marker("slow")


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    """A tiny pack of this test's own, not published yet."""
    return Publisher(tmp_path)


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Publisher:
    """A tiny pack, published; copied, never written."""
    original = Publisher(tmp_path_factory.mktemp("original"))
    original.publish()
    return original


@pytest.fixture
def published(tmp_path: Path, published_once: Publisher) -> Publisher:
    """A tiny pack of this test's own, published."""
    return Publisher(tmp_path, copy_of=published_once)


@pytest.fixture(scope="session")
def database_server() -> Iterator[Cluster]:
    """One PostgreSQL for all tests, without fsync: none of them cuts the power of this one."""
    with cluster("fsync=off", "full_page_writes=off") as one:
        yield one


@pytest.fixture(scope="session")
def tiny_server(tmp_path_factory: pytest.TempPathFactory, published_once: Publisher) -> Iterator[ServerProcess]:
    """One server of a tiny pack, for the tests that only read."""
    tiny = Publisher(tmp_path_factory.mktemp("tiny"), copy_of=published_once)
    process = ServerProcess(tiny.data.root, packs=tiny.packs).start()
    yield process
    process.stop()
