"""A publish, or a save, of the desk killed at any moment: old or new, the record consistent, and the next start works."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.editor.releases.publishing import publish_shipped_packs
from server.store.open import open_store
from tests.editor.desks import ANN, SAY, Room
from tests.packs import set_string
from tests.publishing import doorwise
from tests.serving import ROOT, ServerProcess

# Publishes the reviewed edits of a desk, and kills itself at the n-th time that it opens, renames, makes or removes
# something in the data folder: every state that the disk can be left in is the one before some such step.
PUBLISH_AND_DIE = """
import os, signal, sys
from pathlib import Path
from server.store.open import open_store
from tests.editor.desks import ANN, Room
step, folder = int(sys.argv[1]), sys.argv[2]
room = Room(Path(folder), store=open_store(Path(folder) / "data", None))
plan = room.desk.publishing.make_plan()
seen = 0
def watch(event, arguments):
    global seen
    if event in ("open", "os.rename", "os.mkdir", "os.remove") and str(arguments[0]).startswith(folder):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
room.desk.publishing.publish_plan(ANN, plan.digest)
print("steps:", seen)
"""


def publish_and_die(folder: Path, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PUBLISH_AND_DIE, str(step), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def ready(tmp_path: Path) -> tuple[Path, str]:
    """A folder whose desk has a reviewed edit over a published pack, and the digest of that release."""
    folder = tmp_path / "ready"
    folder.mkdir()
    store = open_store(folder / "data", None)
    room = Room(folder, store=store)
    publish_shipped_packs(store, room.data, room.sources)
    room.reviewed(SAY, "Please go.")
    store.close()
    return folder, str(room.data.channel.read().release)


def check_after_kill(folder: Path, old: str, new: str) -> str:
    """Say where the kill left the phones, having made sure that a restart brings them and the record together."""
    store = open_store(folder / "data", None)
    try:
        room = Room(folder, store=store)
        left = room.data.read_current().digest
        assert left in (old, new)
        assert room.data.verify(left) == []
        assert store.check() == []
        noted = room.desk.ledger.find_current()
        assert noted is not None
        assert noted.release in (old, new)
        assert left == old or noted.release == new  # the record is never behind the phones

        state = publish_shipped_packs(store, room.data, room.sources, only_if_new=True)

        after = room.desk.ledger.find_current()
        assert after is not None
        assert state.release == after.release == noted.release
        assert room.data.verify(str(state.release)) == []
        assert [move.release for move in state.moves] == ([old] if state.release == old else [old, new])
        published = room.desk.edits.get_draft(SAY).published
        assert published == (1 if state.release == new else 0)
        if not published:
            assert room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest).release == new
        return left
    finally:
        store.close()


def kill_publishes(ready: tuple[Path, str], folder: Path, count: int, seed: int) -> None:
    original, old = ready
    trial = folder / "trial"

    def fresh() -> None:
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(original, trial)

    fresh()
    done = publish_and_die(trial, 0)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout.rsplit("steps:", 1)[1])
    new = Room(trial, store=open_store(trial / "data", None)).data.read_current().digest
    assert new != old
    source = random.Random(seed)
    # The last steps are where the record is written and the channel moves, so they are always among the cases.
    chosen = [*range(steps - 7, steps + 1), *(source.randint(1, steps) for _ in range(count - 8))]
    ends = set()
    for step in chosen:
        fresh()
        assert publish_and_die(trial, step).returncode == -signal.SIGKILL
        ends.add(check_after_kill(trial, old, new))
    assert old in ends


def test_a_publish_of_the_desk_killed_at_any_moment(ready: tuple[Path, str], tmp_path):
    kill_publishes(ready, tmp_path, count=11, seed=1)


@pytest.mark.soak
def test_a_publish_of_the_desk_killed_at_hundreds_of_moments(ready: tuple[Path, str], tmp_path):
    kill_publishes(ready, tmp_path, count=200, seed=random.SystemRandom().randrange(1 << 30))


def test_between_the_record_and_the_channel(ready: tuple[Path, str], tmp_path):
    """The one moment when they differ: the record says new, the phones have the old. A start finishes it."""
    folder, old = ready
    store = open_store(folder / "data", None)
    room = Room(folder, store=store)
    digest = room.desk.publishing.make_plan().digest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.publish.data_folder.channel.Channel.move", _die)
        with pytest.raises(KeyboardInterrupt):
            room.desk.publishing.publish_plan(ANN, digest)
    assert room.data.read_current().digest == old
    noted = room.desk.ledger.find_current()
    assert noted is not None
    assert noted.release != old

    assert room.again().publishing.make_plan().is_empty  # whoever looks at the desk first settles it

    assert room.data.read_current().digest == noted.release
    store.close()


def _die(*_arguments: object, **_more: object) -> None:
    raise KeyboardInterrupt


def test_the_server_serves_the_published_edits_and_never_drafts(ready: tuple[Path, str]):
    folder, _ = ready
    store = open_store(folder / "data", None)
    room = Room(folder, store=store)
    room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest)
    room.desk.edits.save(ANN, SAY, "A draft.", seen=1)
    store.close()
    server = ServerProcess(folder / "data", packs=room.packs).start()
    try:
        page = server.get("/xa/en/now/")[2].decode()
    finally:
        server.stop()

    assert "Please go." in page
    assert "A draft." not in page


def test_the_commands_know_the_desk(ready: tuple[Path, str]):
    """`release publish` keeps the published edits, `release rollback` goes back to those of that release."""
    folder, old = ready
    store = open_store(folder / "data", None)
    room = Room(folder, store=store)
    new = str(room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest).release)
    options = ("--data", folder / "data", "--packs", room.packs)

    published = doorwise("release", "publish", *options)
    back = doorwise("release", "rollback", *options)

    assert (published.returncode, back.returncode) == (0, 0), published.stderr + back.stderr
    assert new in published.stdout
    assert old in back.stdout
    assert room.desk.edits.get_draft(SAY).published == 0
    assert [(one.why, one.by_name) for one in room.desk.publishing.list_releases()] == [
        ("rollback", ""),
        ("publish", "Ann"),
        ("start", ""),
    ]
    store.close()


def test_readers_are_served_the_edits_when_the_desks_store_is_damaged(ready: tuple[Path, str]):
    """A start that cannot say which edits are published must not publish the shipped pack without them."""
    folder, _ = ready
    store = open_store(folder / "data", None)
    room = Room(folder, store=store)
    room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest)
    store.close()
    for path in (folder / "data" / "desk").glob("store.json*"):
        path.write_bytes(b"damaged")
    set_string(room.packs / "xa", "en", "rule.hours", "Newly shipped.")
    server = ServerProcess(folder / "data", packs=room.packs).start()
    try:
        page = server.get("/xa/en/now/")[2].decode()
    finally:
        server.stop()

    assert "Please go." in page
