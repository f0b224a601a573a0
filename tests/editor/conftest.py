"""Fixtures of the desk's tests."""

import copy
import shutil
from pathlib import Path

import pytest

from server.editor.releases.publishing import publish_shipped_packs
from tests.editor.desks import Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A desk over a tiny pack of this test's own."""
    return Room(tmp_path)


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """A desk whose shipped pack is published; copied, never written."""
    original = Room(tmp_path_factory.mktemp("started"))
    publish_shipped_packs(original.store, original.data, original.sources, only_if_new=True)
    return original


@pytest.fixture
def started(tmp_path: Path, started_once: Room) -> Room:
    """A desk of this test's own whose shipped pack is published, as after the first start."""
    shutil.copytree(started_once.packs.parent, tmp_path, dirs_exist_ok=True)
    return Room(tmp_path, store=copy.deepcopy(started_once.store))
