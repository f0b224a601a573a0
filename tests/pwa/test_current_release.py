"""What is served while the data folder changes, or breaks, underneath."""

import errno
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from server.app import create_app
from server.config import Config
from server.errors import NoRelease
from server.publish.current import roll_back
from server.publish.data_folder.release import DataFolder
from server.pwa.current_release import FIRST_PAUSE_S, LONGEST_PAUSE_S, PAGES_HELD, CurrentRelease


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

    old = roll_back(published.data).release

    assert b"Another sentence." not in client.get("/xa/en/now/").data
    assert release_of(client) == old


@pytest.mark.parametrize("damage", ["channel gone", "channel cut", "release gone", "manifest cut"])
def test_a_folder_that_breaks_does_not_take_down_what_is_served(published, client, damage):
    """But the health check says that a restart would fail."""
    release = published.data.read_current()
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
        published.data.blobs.build_path(release.slices["xa/en"]).write_bytes(b"cut")
        channel.write_bytes(channel.read_bytes() + b"\n")

    assert client.get("/xa/en/").status_code == 200
    assert client.get("/xa/en/nowhere/").status_code == 404
    assert release_of(client) == release.digest
    expected = {"channel gone": 503, "manifest cut": 200}.get(damage, 500)
    assert client.get("/healthz").status_code == expected


class Seconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def break_reads(monkeypatch: pytest.MonkeyPatch, folder: Path, is_broken: Callable[[], bool]) -> list[Path]:
    """Refuse to open anything below `folder` while it is broken, as with too many files open; return what was refused."""
    read, refused = Path.read_bytes, []

    def read_or_refuse(path: Path) -> bytes:
        if path.is_relative_to(folder) and is_broken():
            refused.append(path)
            raise OSError(errno.EMFILE, "Too many open files")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_or_refuse)
    return refused


@pytest.mark.parametrize("part", ["channel.json", "releases", "blobs"])
def test_a_release_that_could_not_be_read_once_is_served_soon(published, monkeypatch, caplog, part):
    """Else a text that was withdrawn would be served until a restart, and nobody would know."""
    clock = Seconds()
    served = CurrentRelease(published.data, clock=clock)
    old = served.get_snapshot().release.digest
    new = published.publish_edited("Another sentence.")
    with monkeypatch.context() as patch:
        break_reads(patch, published.data.root / part, lambda: True)
        assert served.get_snapshot().release.digest == old

    assert served.get_snapshot().release.digest == old, "not asked again with each request"
    clock.now += FIRST_PAUSE_S

    assert served.get_snapshot().release.digest == new
    (line,) = caplog.records
    assert line.levelno == logging.ERROR
    assert "Too many open files" in line.getMessage()
    assert old[:12] in line.getMessage()


def test_a_folder_that_stays_broken_is_read_less_and_less_often(published, monkeypatch, caplog):
    clock = Seconds()
    served = CurrentRelease(published.data, clock=clock)
    served.get_snapshot()
    published.publish_edited("Another sentence.")
    refused = break_reads(monkeypatch, published.data.root, lambda: True)

    for second in range(3600):
        clock.now = float(second)
        served.get_snapshot()

    assert 3600 / LONGEST_PAUSE_S <= len(refused) < 3600 / LONGEST_PAUSE_S + 10
    assert len(caplog.records) == len(refused)


def test_the_channel_may_come_back_as_it_was(published, caplog):
    """A file system that is mounted late."""
    clock = Seconds()
    served = CurrentRelease(published.data, clock=clock)
    snapshot = served.get_snapshot()
    channel = published.data.channel.path
    channel.rename(channel.with_suffix(".away"))
    assert served.get_snapshot() is snapshot

    channel.with_suffix(".away").rename(channel)

    assert served.get_snapshot() is snapshot
    assert len(caplog.records) == 1


def test_the_next_publish_is_not_waited_for(published, monkeypatch):
    served = CurrentRelease(published.data, clock=Seconds())
    served.get_snapshot()
    published.publish_edited("Another sentence.")
    with monkeypatch.context() as patch:
        break_reads(patch, published.data.root, lambda: True)
        served.get_snapshot()

    newest = published.publish_edited("A third sentence.")

    assert served.get_snapshot().release.digest == newest


def test_a_server_without_a_release_asks_each_time(tmp_path, published):
    served = CurrentRelease(DataFolder(tmp_path / "empty"))
    with pytest.raises(NoRelease):
        served.get_snapshot()

    release = published.publish_into(served.data).release

    assert served.get_snapshot().release.digest == release


def test_before_the_first_publish_every_page_says_so(tmp_path, published_once):
    client = create_app(Config(data=tmp_path, packs=published_once.packs)).test_client()

    for path in ("/", "/healthz", "/xa/en/", "/channel.json", "/nowhere"):
        answer = client.get(path, headers={"Accept-Language": "zh-CN"})
        assert answer.status_code == 503, path
        assert b'lang="zh-Hans"' in answer.data
    assert client.get("/sw.js").status_code == 200, "a worker must be able to update whatever happens"


def test_the_pages_held_in_memory_are_bounded(published):
    served = CurrentRelease(published.data)
    snapshot = served.get_snapshot()
    pages = [path for path in snapshot.files if path.endswith("/")]

    for number in range(PAGES_HELD + 10):
        served.get_page(pages[number % len(pages)], snapshot, f"made-up-{number}")

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
    assert CurrentRelease(published.data).find_blob_path(name) is None
