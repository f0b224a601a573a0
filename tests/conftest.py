"""Fixtures of more than one room's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.publishing import Publisher
from tests.serving import ServerProcess

# How long an example takes says more about what else the machine is doing than about the code.
settings.register_profile("doorwise", deadline=None)
settings.load_profile("doorwise")


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
def tiny_server(tmp_path_factory: pytest.TempPathFactory, published_once: Publisher) -> Iterator[ServerProcess]:
    """One server of a tiny pack, for the tests that only read."""
    tiny = Publisher(tmp_path_factory.mktemp("tiny"), copy_of=published_once)
    process = ServerProcess(tiny.data.root, packs=tiny.packs).start()
    yield process
    process.stop()
