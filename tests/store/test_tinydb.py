"""The files of the embedded store: damaged, missing, full, read-only, and shared by two processes."""

import hashlib
import json
import logging
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server import files
from server.store import generations, history
from server.store.errors import StoreError, StoreUnavailable
from server.store.open import open_store
from server.store.protocol import Append, Doc, Put
from server.store.tinydb_store import TinyStore
from tests.disks import full_disk, read_only
from tests.publishing import tree
from tests.serving import ROOT
from tests.store.writer import write, wrong


def put(store: TinyStore, n: int) -> None:
    store.commit([Put("edit", "one", {"n": n}), Append("audit", {"n": n})])


def number(folder: Path) -> object:
    """What a process that starts now reads."""
    doc = TinyStore(folder).get("edit", "one")
    return doc and doc.body["n"]


def test_reading_makes_nothing(tmp_path):
    """A command that only looks must not leave a folder behind, nor need to write one."""
    store = open_store(tmp_path / "data", None)

    assert store.get("edit", "one") is None
    assert store.check() == list(store.list_blob_names()) == store.entries("audit") == []
    assert list(tmp_path.iterdir()) == []


def test_only_the_operator_may_read_it(tmp_path):
    """It holds names of people and what sessions are checked against."""
    store = open_store(tmp_path / "data", None)
    put(store, 1)
    put(store, 2)
    store.put_blob(b"draft")

    files = [path for path in (tmp_path / "data" / "desk").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"store.json", "store.json.before", "store.lock"}
    assert [path.name for path in files if stat.S_IMODE(path.stat().st_mode) != 0o600] == []
    assert stat.S_IMODE((tmp_path / "data" / "desk").stat().st_mode) == 0o700


def test_the_file_is_json_that_says_its_own_digest(tiny):
    put(tiny, 1)
    data = (tiny.folder / "store.json").read_bytes()

    document = json.loads(data)

    assert (document["format"], document["generation"]) == (1, 1)
    rest = data[data.index(b'"generation"') :]
    assert hashlib.sha256(rest).hexdigest() == document["sha256"]


DAMAGES = {
    "emptied": lambda data: b"",
    "half": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "one byte long": lambda data: data + b"\n",
    "one bit of a value": lambda data: data.replace(b'{"n":2}', b'{"n":3}', 1),
    "one digit of the generation": lambda data: data.replace(b'"generation":2', b'"generation":9'),
    "zeros, as after a power cut": lambda data: bytes(len(data)),
    "first byte": lambda data: b"[" + data[1:],
    "digest": lambda data: re.sub(rb'"sha256":"[0-9a-f]{64}"', b'"sha256":"' + b"0" * 64 + b'"', data),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_found_and_the_one_before_it_used(tiny, caplog, damage):
    put(tiny, 1)
    put(tiny, 2)
    path = tiny.folder / "store.json"
    damaged = damage(path.read_bytes())
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)

    with caplog.at_level(logging.ERROR):
        again = TinyStore(tiny.folder)

    assert again.get("edit", "one") == Doc("edit", "one", 1, {"n": 1})
    (record,) = caplog.records
    assert f"{path} is damaged" in record.getMessage()
    assert "going on from store.json.before, generation 1" in record.getMessage()
    assert any(str(path) in line for line in again.check())

    put(again, 7)

    assert number(tiny.folder) == 7
    assert TinyStore(tiny.folder).check() == []
    assert (tiny.folder / "store.json.damaged").read_bytes() == damaged, "kept for whoever wants to look"
    assert [entry.seq for entry in again.entries("audit")] == [1, 2]


def test_the_good_one_before_is_not_replaced_by_the_damaged_one(tiny):
    put(tiny, 1)
    put(tiny, 2)
    before = (tiny.folder / "store.json.before").read_bytes()
    (tiny.folder / "store.json").write_bytes(b"damaged")

    put(TinyStore(tiny.folder), 3)

    assert (tiny.folder / "store.json.before").read_bytes() == before


def test_a_process_that_is_running_goes_on_after_a_damage(tiny):
    put(tiny, 1)
    put(tiny, 2)
    (tiny.folder / "store.json").write_bytes(b"damaged")

    put(tiny, 3)

    assert tiny.get("edit", "one").body == {"n": 3}
    assert number(tiny.folder) == 3


def test_a_missing_file_is_not_an_empty_store(tiny, caplog):
    """An empty store would offer the first owner's set-up to whoever asks."""
    put(tiny, 1)
    put(tiny, 2)
    (tiny.folder / "store.json").unlink()

    assert number(tiny.folder) == 1
    assert "store.json is missing" in caplog.text


def test_when_both_are_damaged_it_says_what_to_do(tiny):
    put(tiny, 1)
    put(tiny, 2)
    for name in ("store.json", "store.json.before"):
        (tiny.folder / name).write_bytes(b"damaged")

    with pytest.raises(StoreError, match="restore a backup") as refusal:
        TinyStore(tiny.folder)

    assert refusal.value.exit_code == 3


def test_a_first_generation_that_is_damaged_is_told(tiny):
    put(tiny, 1)
    (tiny.folder / "store.json").write_bytes(b"damaged")

    with pytest.raises(StoreError, match="restore a backup"):
        TinyStore(tiny.folder)


def test_a_store_of_a_later_program_is_left_alone(tiny):
    put(tiny, 1)
    put(tiny, 2)
    path = tiny.folder / "store.json"
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))
    before = tree(tiny.folder)

    with pytest.raises(StoreError, match="format 2; this program reads 1"):
        TinyStore(tiny.folder)

    assert tree(tiny.folder) == before


def test_a_damaged_blob_is_found_and_can_be_put_again(tiny):
    name = tiny.put_blob(b"whole")
    path = tiny.folder / "objects" / name[:2] / name
    path.write_bytes(b"halfe")

    with pytest.raises(StoreError, match="damaged"):
        tiny.get_blob(name)
    assert tiny.check() == [f"blob {name} is damaged: its bytes have another SHA-256"]

    assert tiny.put_blob(b"whole") == name
    assert tiny.get_blob(name) == b"whole"


def test_what_a_killed_writer_left_of_a_blob_is_swept(tiny):
    name = tiny.put_blob(b"whole")
    folder = tiny.folder / "objects" / name[:2]
    (folder / name).unlink()
    (folder / f".new-{name}-x").write_bytes(b"wh")

    assert list(tiny.list_blob_names()) == []
    tiny.put_blob(b"whole")

    assert [path.name for path in folder.iterdir()] == [name]


def test_a_file_system_without_second_names_keeps_the_one_before_too(tiny, monkeypatch):
    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # EPERM, as FAT says it

    put(tiny, 1)
    monkeypatch.setattr(generations.os, "link", refuse)
    put(tiny, 2)

    assert generations.read_generation(tiny.folder / "store.json.before").number == 1
    assert number(tiny.folder) == 2


STEPS = ["open", "fchmod", "fsync", "replace", "folder"]
# A first change gives no second name to what was there before.
FAILING = [*((step, "first") for step in STEPS), *((step, "later") for step in [*STEPS, "link"])]


@pytest.mark.parametrize(("step", "change"), FAILING)
def test_a_change_that_fails_leaves_the_old_state(tmp_path, monkeypatch, step, change):
    """Whatever step of it fails: also the last one, when the new file has its name already."""
    store = TinyStore(tmp_path / "desk")
    if change == "later":
        put(store, 1)
        put(store, 2)
    old = store.get("edit", "one")

    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        if step == "folder":
            sync = files.sync_folder
            patch.setattr(files, "sync_folder", lambda folder: fail() if folder == store.folder else sync(folder))
        else:
            real = getattr(os, step)
            locks = {"open": lambda path: ".lock" in str(path)}.get(step, lambda path: False)
            patch.setattr(
                generations.os, step, lambda *a, **k: real(*a, **k) if locks(a[0]) else fail()
            )  # fmt: skip
        with pytest.raises(StoreUnavailable, match="Input/output error"):
            put(store, 3)

    assert store.get("edit", "one") == old
    assert TinyStore(tmp_path / "desk").get("edit", "one") == old
    put(store, 4)
    assert number(tmp_path / "desk") == 4
    assert [entry.body["n"] for entry in store.entries("audit")] == ([4] if change == "first" else [1, 2, 4])
    assert store.check() == []


# Writes as much as asked and says how it went; in another process, because a limit on file sizes is for a process.
ONE_MORE = """
import sys
from pathlib import Path
from server.errors import AppError
from server.store.tinydb_store import TinyStore
from server.store.protocol import Put
store = TinyStore(Path(sys.argv[1]))
for change in (lambda: store.commit([Put("edit", "big", {"text": "x" * 200_000})]), lambda: store.put_blob(b"x" * 200_000)):
    try:
        change()
    except AppError as error:
        print(type(error).__name__, error)
    else:
        print("done")
"""


def two_writes(folder: Path, preexec=None) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", ONE_MORE, folder], cwd=ROOT, capture_output=True, text=True, check=True, preexec_fn=preexec
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.parametrize("free", [0, 4096, 65536])
def test_a_full_disk_is_named_and_the_old_state_stays(tiny, tmp_path, free):
    for n in range(1, 6):
        write(tiny, n)
    with full_disk(tmp_path / "full", tiny.folder, free) as limit:
        said = two_writes(tmp_path / "full", limit)

        assert len(said) == 2
        for line in said:
            assert re.match(r"StoreUnavailable cannot write .*(No space left on device|File too large)", line)
        assert wrong(TinyStore(tmp_path / "full"), 5) == []
        assert TinyStore(tmp_path / "full").get("edit", "big") is None

        (tmp_path / "full" / "ballast").unlink(missing_ok=True)
        assert two_writes(tmp_path / "full") == ["done", "done"]


def test_a_read_only_folder_is_named_and_can_be_read(tiny):
    for n in range(1, 4):
        write(tiny, n)
    before = tree(tiny.folder)

    with read_only(tiny.folder):
        store = TinyStore(tiny.folder)
        assert wrong(store, 3) == []
        for change in (lambda: put(store, 4), lambda: store.put_blob(b"new")):
            with pytest.raises(StoreUnavailable, match="cannot write"):
                change()

    assert tree(tiny.folder) == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_bytes(b"")

    with pytest.raises(StoreError, match="Not a directory") as refusal:
        put(TinyStore(tmp_path / "data" / "desk"), 1)

    assert str(tmp_path / "data") in str(refusal.value)


# Each of the processes adds to the same document, again and again when the other one was faster.
ADD = """
import sys
from pathlib import Path
from server.store.errors import Conflict
from server.store.tinydb_store import TinyStore
from server.store.protocol import Append, Put
who, times = sys.argv[2], int(sys.argv[3])
store = TinyStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
done = refused = 0
while done < times:
    held = store.get("edit", "one")
    version, total = (held.version, held.body["total"]) if held else (0, 0)
    blob = store.put_blob(f"{total + 1}".encode())
    try:
        store.commit([Put("edit", "one", {"total": total + 1}, expect=version),
                      Append("audit", {"who": who, "total": total + 1, "blob": blob})])
        done += 1
    except Conflict:
        refused += 1
print(refused)
"""


def test_two_processes_on_one_folder_lose_nothing(tmp_path):
    """Promised: refused or correct, never mixed. It is correct."""
    folder = tmp_path / "desk"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ADD, folder, who, "60"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in ("a", "b")
    ]
    # Both have loaded all they need before either begins: they meet however fast the disk is.
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()

    refused = [int(process.communicate(timeout=120)[0]) for process in running]

    assert [process.returncode for process in running] == [0, 0]
    store = TinyStore(folder)
    assert store.get("edit", "one") == Doc("edit", "one", 120, {"total": 120})
    entries = store.entries("audit")
    assert [(entry.seq, entry.body["total"]) for entry in entries] == [(n, n) for n in range(1, 121)]
    assert [sum(entry.body["who"] == who for entry in entries) for who in ("a", "b")] == [60, 60]
    assert sum(refused) > 0, "they never met, so this shows nothing"
    assert store.check() == []


def test_one_process_sees_what_another_one_wrote(tiny):
    other = TinyStore(tiny.folder)
    put(tiny, 1)
    assert other.get("edit", "one").body == {"n": 1}

    put(other, 2)

    assert tiny.get("edit", "one").body == {"n": 2}
    put(tiny, 3)
    assert [entry.body["n"] for entry in other.entries("audit")] == [1, 2, 3]


def test_a_folder_put_back_from_elsewhere_is_read_again(tiny, tmp_path):
    """A generation's number says nothing about whose generation it is."""
    put(tiny, 1)
    put(tiny, 2)
    other = TinyStore(tmp_path / "other")
    put(other, 8)
    put(other, 9)

    shutil.copy(other.folder / "store.json", tiny.folder / "store.json")

    assert tiny.get("edit", "one").body == {"n": 9}


def test_a_long_history_does_not_make_the_file_grow(tiny, monkeypatch):
    """Texts and older log entries lie in files of their own: what is written again with each change stays small."""
    monkeypatch.setattr(history, "SEGMENT", 20)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # a thousand of them say nothing about sizes
    sizes = []
    for n in range(1, 161):
        write(tiny, n)
        sizes.append((tiny.folder / "store.json").stat().st_size)

    assert wrong(TinyStore(tiny.folder), 160) == []
    assert max(sizes[80:]) < 1.3 * max(sizes[:80])


def test_older_entries_that_are_damaged_are_found(tiny, monkeypatch):
    monkeypatch.setattr(history, "SEGMENT", 3)
    for n in range(5):
        put(tiny, n)
    (file,) = (path for path in (tiny.folder / "history").rglob("*") if path.is_file())
    file.write_bytes(b"damaged")

    again = TinyStore(tiny.folder)

    assert [line for line in again.check() if f"{file.name} is damaged" in line]
    with pytest.raises(StoreError, match="is damaged"):
        again.entries("audit")
    assert [entry.seq for entry in again.entries("audit", newest_first=True, limit=2)] == [5, 4]


def test_fewer_files_are_held_in_memory_than_there_are(tiny, monkeypatch):
    monkeypatch.setattr(history, "SEGMENT", 2)
    monkeypatch.setattr(history, "SEGMENTS_HELD", 3)
    for n in range(21):
        put(tiny, n)

    for _ in range(2):
        assert [entry.body["n"] for entry in tiny.entries("audit")] == list(range(21))
        assert [entry.body["n"] for entry in tiny.entries("audit", newest_first=True)] == list(range(21))[::-1]
