"""A backup taken under load, put into a folder and into a database; and backups that must be refused."""

import io
import json
import re
import signal
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from server.publish.data_folder.release import DataFolder
from server.store.archive import read_archive, write_archive
from server.store.content import fill_instance, open_instance, open_instance_snapshot
from server.store.errors import StoreError
from server.store.protocol import Append, Put
from server.store.shared import SharedReleases
from server.store.tinydb_store import TinyStore
from tests.disks import full_disk
from tests.publishing import doorwise, tree
from tests.serving import ROOT
from tests.store.instances import everything, held, some_of_everything, whole_releases, written_to


@pytest.fixture(params=["tinydb", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, published) -> tuple[Path, str | None]:
    """Data folder and address of an instance that has published and holds something of everything."""
    url = None if request.param == "tinydb" else request.getfixturevalue("url")
    with open_instance(published.data.root, url) as instance:
        some_of_everything(instance.store)
        SharedReleases(instance.store).push_release(published.data)
    return published.data.root, url


@pytest.fixture
def backup(place: "tuple[Path, str | None]", tmp_path) -> Path:
    """A backup of it."""
    file = tmp_path / "backup.zip"
    with open_instance(*place) as instance, open_instance_snapshot(instance) as content:
        write_archive(content, file, program="0")
    return file


def test_a_backup_taken_under_load_is_the_same_in_a_folder_and_in_a_database(
    place: "tuple[Path, str | None]", published, tmp_path, server
):
    """While somebody saves and somebody publishes: what is restored is one moment, whole, the same in both places."""
    file = tmp_path / "backup.zip"
    published_once = threading.Event()
    with open_instance(*place) as instance, written_to(instance) as numbers:
        shared = SharedReleases(instance.store)

        def publish() -> None:
            for n in range(3):
                with shared.hold_publish_turn(published.data):
                    published.publish_edited(f"Edited {n}.")
                published_once.set()

        publisher = threading.Thread(target=publish)
        publisher.start()
        assert published_once.wait(60)
        acknowledged = numbers[-1]
        with open_instance_snapshot(instance) as content:
            write_archive(content, file, program="0")
            at_that_moment = everything(content)
        publisher.join(60)
        assert numbers[-1] > acknowledged, "nothing was written meanwhile, so this shows nothing"

    other = server.new_database()
    folder, follower = DataFolder(tmp_path / "restored"), DataFolder(tmp_path / "follower")
    for data, address in ((folder.root, None), (tmp_path / "unused", other)):
        done = doorwise("restore", file, "--data", data, environment={"DOORWISE_STORE": address or ""})
        assert done.returncode == 0, done.stderr
    with open_instance(follower.root, other) as instance:
        SharedReleases(instance.store).pull_release(follower)

    in_folder, in_database = held(folder.root, None), held(tmp_path / "unused", other)
    assert in_folder == in_database
    for part in ("docs", "entries", "channel"):
        assert in_folder[part] == at_that_moment[part]
    assert whole_releases(folder) == whole_releases(follower) != []
    assert folder.read_current().digest == follower.read_current().digest
    assert folder.channel.read().release in whole_releases(published.data)
    store = TinyStore(folder.root / "desk")
    assert store.check() == []
    body = store.get("head", "one").body
    assert body["n"] >= acknowledged
    store.get_blob(body["blob"])
    server.drop(other)


def test_a_backup_is_written_while_the_server_runs(published, start_at, tmp_path):
    start_at(published.data.root)
    with open_instance(published.data.root, None) as instance:
        some_of_everything(instance.store)
    file = tmp_path / "backup.zip"

    done = doorwise("backup", file, "--data", published.data.root)

    assert done.returncode == 0, done.stderr
    there = held(published.data.root, None)
    docs, entries, blobs = (len(there[part]) for part in ("docs", "entries", "blobs"))
    assert docs > 5, "the server's own are there too"
    assert re.match(rf"{docs} documents, {entries} log entries, {blobs} blobs, \d+ released files\n", done.stdout)
    assert f"wrote {file}" in done.stdout
    assert doorwise("restore", file, "--data", tmp_path / "new").returncode == 0
    assert held(tmp_path / "new", None) == there


def test_a_restored_instance_serves_and_goes_on(place: "tuple[Path, str | None]", backup, tmp_path, start_at):
    with open_instance(tmp_path / "new", None) as target, read_archive(backup) as archive:
        fill_instance(target, archive)

    server = start_at(tmp_path / "new")

    assert server.get("/xa/en/now/")[0] == 200
    store = TinyStore(tmp_path / "new" / "desk")
    store.commit([Put("setting", "é/字", {}, expect=3)])
    assert store.check() == []


def test_only_the_operator_may_read_a_backup(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_backup_replaces_an_older_one_only_when_it_is_whole(
    place: "tuple[Path, str | None]", backup, monkeypatch, tmp_path
):
    before = backup.read_bytes()
    with open_instance(*place) as instance, open_instance_snapshot(instance) as content:
        name = next(iter(content.list_blob_names()))
        monkeypatch.setattr(type(instance.store), "get_blob", refuse)
        with pytest.raises(StoreError, match="damaged"):
            write_archive(content, backup, program="0")

    assert name
    assert backup.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".new-")] == []


def refuse(_store: object, name: str) -> bytes:
    raise StoreError(f"blob {name} is damaged")


def test_a_full_disk_stops_a_backup_and_says_so(tmp_path, published):
    with open_instance(published.data.root, None) as instance:
        some_of_everything(instance.store)
    (tmp_path / "nothing").mkdir()
    with full_disk(tmp_path / "full", tmp_path / "nothing", 4096) as limit:
        target = tmp_path / "full" / "backup.zip"
        done = doorwise("backup", target, "--data", published.data.root, preexec=limit)

        assert done.returncode == 3
        assert re.match(rf"doorwise: cannot write {target}: (No space left on device|File too large)", done.stderr)
        assert "Traceback" not in done.stderr
        assert [path.name for path in target.parent.iterdir() if path.name != "ballast"] == []


@pytest.mark.parametrize("kind", ["folder", "database"])
def test_a_restore_into_something_else_is_refused_and_changes_nothing(backup, tmp_path, server, kind):
    address = server.new_database() if kind == "database" else None
    data = tmp_path / "other"
    with open_instance(data, address) as instance:
        instance.store.commit([Put("person", "li", {})])
    before, files = held(data, address), tree(data) if data.exists() else {}

    done = doorwise("restore", backup, "--data", data, environment={"DOORWISE_STORE": address or ""})

    assert done.returncode == 3
    assert "is not empty; nothing was changed" in done.stderr
    assert held(data, address) == before
    assert (tree(data) if data.exists() else {}) == files
    if address:
        server.drop(address)


def test_a_restore_into_a_folder_that_has_published_is_refused(backup, published, tmp_path):
    published.publish_edited("Of another instance.")
    data = tmp_path / "elsewhere"
    data.mkdir()
    (data / "channel.json").write_bytes(published.data.channel.path.read_bytes())
    before = tree(data)

    done = doorwise("restore", backup, "--data", data)

    assert done.returncode == 3
    assert "is not empty" in done.stderr
    assert tree(data) == before


# Restores, and kills itself as a power cut would, at the n-th step of its work on the data folder.
DIE_AT_STEP = """
import sys
from server.cli.main import main
from tests.store.writer import die_at
step, backup, data = sys.argv[1:]
seen = die_at(int(step), data)
sys.argv = ["doorwise", "restore", backup, "--data", data]
main()
print("steps:", seen())
"""


def restore_and_die(backup: Path, data: Path, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DIE_AT_STEP, str(step), backup, data],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("place", ["tinydb"], indirect=True)
def test_a_restore_that_was_killed_can_be_done_again(place: "tuple[Path, str | None]", backup, tmp_path):
    """The last steps are where the store and then the channel are written, so they are always among the cases."""
    done = restore_and_die(backup, tmp_path / "whole", 0)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout.rsplit("steps:", 1)[1])
    for step in (1, 2, 5, 9, 30, 100, steps // 2, *range(steps - 60, steps, 12)):
        data = tmp_path / f"killed-{step}"

        assert restore_and_die(backup, data, step).returncode == -signal.SIGKILL, step
        again = doorwise("restore", backup, "--data", data)

        assert again.returncode == 0, again.stderr
        assert held(data, None) == held(*place)


def test_the_store_of_a_backup_knows_every_publish_that_its_channel_does(
    place: "tuple[Path, str | None]", published, monkeypatch
):
    """A release whose edits the store did not know would be taken back by the first start after a restore."""
    with open_instance(*place) as instance:
        before = instance.releases.read_channel()
        read = type(instance.releases).read_channel

        def channel_while_somebody_publishes(releases: object) -> bytes:
            found = read(releases)
            instance.store.commit([Append("published", {"at": "the moment that the channel was read"})])
            return found

        monkeypatch.setattr(type(instance.releases), "read_channel", channel_while_somebody_publishes)
        with open_instance_snapshot(instance) as content:
            monkeypatch.undo()
            with SharedReleases(instance.store).hold_publish_turn(published.data):
                published.publish_edited("After that moment.")

            assert [entry.log for entry in content.read_all_entries()].count("published") == 1
            assert content.read_channel() == before != instance.releases.read_channel()


# ---- backups that are not whole, or not ours ----


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The zip with other parts."""
    with zipfile.ZipFile(backup) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def index(parts: dict[str, bytes]) -> dict[str, object]:
    return json.loads(parts["backup.json"])


def set_index(parts: dict[str, bytes], field: str, value: object) -> None:
    parts["backup.json"] = json.dumps(index(parts) | {field: value}).encode()


def add(parts: dict[str, bytes], name: str, data: bytes) -> None:
    """A part that the index lists, as somebody who wants harm would make it."""
    listed = index(parts)["parts"]
    assert isinstance(listed, dict)
    parts[name] = data
    set_index(parts, "parts", listed | {name: {"bytes": len(data), "sha256": sha256(data).hexdigest()}})


def first(parts: dict[str, bytes], beginning: str) -> str:
    return next(name for name in parts if name.startswith(beginning) and parts[name])


BAD: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a part is missing": (lambda parts: parts.pop(first(parts, "blobs/")), "other parts than it says"),
    "a part is too many": (lambda parts: parts.update({"blobs/x": b""}), "other parts than it says"),
    "no documents": (lambda parts: parts.pop("docs.jsonl"), "other parts than it says"),
    "a part is shorter": (lambda parts: parts.update({"docs.jsonl": parts["docs.jsonl"][:-1]}), "has another size"),
    "a bit is another": (
        lambda parts: parts.update({"docs.jsonl": parts["docs.jsonl"].replace(b'"n":', b'"m":', 1)}),
        "docs.jsonl has other bytes",
    ),
    "a later format": (lambda parts: set_index(parts, "format", 2), "has the format 2; this program reads 1"),
    "no format": (lambda parts: parts.update({"backup.json": b"{}"}), "no backup of Doorwise"),
    "an index that is no JSON": (lambda parts: parts.update({"backup.json": b"\xff"}), "no backup of Doorwise"),
    "an index that is a list": (lambda parts: parts.update({"backup.json": b"[]"}), "no backup of Doorwise"),
    "no index": (lambda parts: parts.pop("backup.json"), "no backup of Doorwise"),
    "a way out of the folder": (lambda parts: add(parts, "release/../../x", b""), "a part that no backup has"),
    "a way out through a blob": (lambda parts: add(parts, "blobs/../../x", b""), "not the name of a blob"),
    "an absolute name": (lambda parts: add(parts, "/x", b""), "a part that no backup has"),
    "a file of the desk": (lambda parts: add(parts, "release/desk/store.json", b""), "a part that no backup has"),
    "a blob under another name": (lambda parts: add(parts, "blobs/" + "0" * 64, b"x"), "has other bytes"),
    "a release under another name": (
        lambda parts: add(parts, f"release/releases/{'0' * 64}.json", b"x"),
        "is damaged: its bytes have another SHA-256",
    ),
    "a line that is no document": (lambda parts: add(parts, "docs.jsonl", b"[]\n"), "not a line of a backup"),
    "a line without a version": (
        lambda parts: add(parts, "docs.jsonl", b'{"kind":"a","id":"b","body":{}}\n'),
        "not a line of a backup",
    ),
    "a log with a gap": (
        lambda parts: add(
            parts,
            "entries.jsonl",
            b'{"log":"a","seq":2,"at":"2026-01-01T00:00:00.000+00:00","key":"","body":{}}\n',
        ),
        "the log a has entry 2 where 1 is expected",
    ),
}


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("place", ["tinydb"], indirect=True)
def test_a_backup_that_is_not_whole_is_refused(backup, tmp_path, change, words):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(rewritten(backup, change))

    done = doorwise("restore", bad, "--data", tmp_path / "new" / "data")

    assert done.returncode == 3, done.stdout
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new" / "data" / "channel.json").exists()
    assert TinyStore(tmp_path / "new" / "data" / "desk").find("edit") == []
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("place", ["tinydb"], indirect=True)
def test_any_flipped_byte_of_a_backup_is_found(backup, tmp_path):
    """Or it changes nothing that is restored: some bytes of a zip mean nothing."""
    whole = backup.read_bytes()
    bad = tmp_path / "bad.zip"
    with read_archive(backup) as archive:
        expected = everything(archive)
    found = 0
    for position in range(0, len(whole), max(1, len(whole) // 150)):
        bad.write_bytes(whole[:position] + bytes([whole[position] ^ 0x10]) + whole[position + 1 :])
        with ExitStack() as opened:
            try:
                archive = opened.enter_context(read_archive(bad))
            except StoreError:
                found += 1
                continue
            assert everything(archive) == expected, position
    assert found > 100


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"x" * 1000])
def test_what_is_no_zip_is_refused(tmp_path, content):
    (tmp_path / "bad.zip").write_bytes(content)

    done = doorwise("restore", tmp_path / "bad.zip", "--data", tmp_path / "data")

    assert done.returncode == 3
    assert "cannot be read as a backup" in done.stderr
    assert not (tmp_path / "data").exists()


def test_half_a_backup_is_refused(tmp_path, published):
    file = tmp_path / "backup.zip"
    with open_instance(published.data.root, None) as instance, open_instance_snapshot(instance) as content:
        write_archive(content, file, program="0")
    file.write_bytes(file.read_bytes()[:-100])

    with pytest.raises(StoreError, match="cannot be read as a backup"), read_archive(file):
        pass


def test_a_backup_where_nothing_may_be_written_is_refused(tmp_path, published):
    done = doorwise("backup", tmp_path / "no" / "such" / "backup.zip", "--data", published.data.root)

    assert done.returncode == 3
    assert f"doorwise: cannot write {tmp_path}/no/such/backup.zip: No such file or directory" in done.stderr


def test_a_restore_waits_for_nobody_who_serves(published, start_at, tmp_path):
    """A server would go on writing into what is being restored."""
    start_at(published.data.root)
    file = tmp_path / "backup.zip"
    assert doorwise("backup", file, "--data", published.data.root).returncode == 0

    done = doorwise("restore", file, "--data", published.data.root)

    assert done.returncode == 3
    assert "in use by another process" in done.stderr


def test_the_same_content_gives_the_same_parts(place: "tuple[Path, str | None]", backup, tmp_path):
    """Only the index says when it was made; so a backup tool that looks for what is new finds nothing."""
    again = tmp_path / "again.zip"
    with open_instance(*place) as instance, open_instance_snapshot(instance) as content:
        write_archive(content, again, program="0")

    with zipfile.ZipFile(backup) as one, zipfile.ZipFile(again) as other:
        assert [(info.filename, info.CRC, info.date_time) for info in one.infolist()][:-1] == [
            (info.filename, info.CRC, info.date_time) for info in other.infolist()
        ][:-1]
