"""One Node.js process for the tests of this folder."""

from collections.abc import Iterator

import pytest

from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from tests.js.node import Node
from tests.serving import ROOT


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with Node() as running:
        yield running


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(ROOT / "server" / "packs" / "cn")
