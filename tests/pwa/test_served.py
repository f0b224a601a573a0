"""What is served while the data folder changes, or breaks, underneath."""

import json

import pytest

from server.app import create_app
from server.config import Config
from server.publish.publisher import rollback
from server.pwa.served import PAGES_HELD, Served


@pytest.fixture
def client(published):
    return create_app(Config(data=published.data.root, packs=published.packs)).test_client()


def release_of(client) -> str:
    return json.loads(client.get("/channel.json").data)["release"]


def test_a_new_release_is_served_from_the_next_request_on(published, client):
    assert b"Another sentence." not in client.get("/xa/en/now/").data

    new = published.publish_edited("Another sentence.")

    assert b"Another sentence." in client.get("/xa/en/now/").data
    assert release_of(client) == new

    old = rollback(published.data).release

    assert b"Another sentence." not in client.get("/xa/en/now/").data
    assert release_of(client) == old


@pytest.mark.parametrize("damage", ["channel gone", "channel cut", "release gone", "manifest cut"])
def test_a_folder_that_breaks_does_not_take_down_what_is_served(published, client, damage):
    """But the health check says that a restart would fail."""
    release = published.data.current()
    assert client.get("/xa/en/").status_code == 200
    channel, document = published.data.channel.path, published.data.root / "releases" / f"{release.digest}.json"
    if damage == "channel gone":
        channel.unlink()
    elif damage == "channel cut":
        channel.write_bytes(channel.read_bytes()[:20])
    elif damage == "release gone":
        document.unlink()
        channel.write_bytes(channel.read_bytes() + b"\n")
    else:
        published.data.blobs.path(release.slices["xa/en"]).write_bytes(b"cut")
        channel.write_bytes(channel.read_bytes() + b"\n")

    assert client.get("/xa/en/").status_code == 200
    assert client.get("/xa/en/nowhere/").status_code == 404
    assert release_of(client) == release.digest
    expected = {"channel gone": 503, "manifest cut": 200}.get(damage, 500)
    assert client.get("/healthz").status_code == expected


def test_before_the_first_publish_every_page_says_so(tmp_path, published_once):
    client = create_app(Config(data=tmp_path, packs=published_once.packs)).test_client()

    for path in ("/", "/healthz", "/xa/en/", "/channel.json", "/nowhere"):
        answer = client.get(path, headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == 503, path
        assert b'lang="zh-Hans"' in answer.data
    assert client.get("/sw.js").status_code == 200, "a worker must be able to update whatever happens"


def test_the_pages_held_in_memory_are_bounded(published):
    served = Served(published.data)
    snapshot = served.snapshot()
    pages = [path for path in snapshot.files if path.endswith("/")]

    for number in range(PAGES_HELD + 10):
        served.page(pages[number % len(pages)], snapshot, f"made-up-{number}")

    assert len(served._pages) == PAGES_HELD


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "0" * 64,
        f"{'0' * 64}.css/..",
        f"{'0' * 64}.from.{'0' * 64}.br",
        f"{'0' * 64}.css\n",
        f"{'A' * 64}.css",
    ],
)
def test_no_other_name_reaches_the_disk(published, name):
    assert Served(published.data).blob_path(name) is None
