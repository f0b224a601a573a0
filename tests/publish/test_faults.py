"""A publish that is killed, runs out of disk, may not write, or meets another one."""

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.files import UNFINISHED
from server.publish.data_folder.lock import hold_lock
from server.publish.data_folder.release import DataFolder
from tests.disks import full_disk, read_only
from tests.killing import publish_and_die, publish_and_kill, steps_of
from tests.publishing import Publisher, doorwise, tree
from tests.serving import ROOT


def check_after_kill(publisher: Publisher, data: DataFolder, old: str, new: str) -> None:
    """Old or new, and whole; the next publish works and clears up."""
    current = data.read_current().digest
    assert current in (old, new)
    assert data.verify(current) == []
    assert data.verify_updates(current) == []

    state = publisher.publish_into(data)

    assert state.release == new
    assert data.verify(new) == data.verify(old) == data.verify_updates(new) == []
    # When the channel had moved already, the next publish has nothing to do, nor to sweep.
    assert current == new or not list(data.root.rglob(f"{UNFINISHED}*"))


def kill_publishes(published: Publisher, folder: Path, by_step: int, by_time: int, seed: int) -> None:
    old = published.data.read_current().digest
    published.edit("Another sentence.")
    source = random.Random(seed)
    trial = DataFolder(folder / "trial")

    def fresh() -> None:
        shutil.rmtree(trial.root, ignore_errors=True)
        shutil.copytree(published.data.root, trial.root)

    fresh()
    done = publish_and_die(published, trial.root, 0)
    steps = steps_of(done)
    new = trial.read_current().digest
    assert new != old
    # The last steps are where the release and the channel are written, so they are always among the cases.
    chosen = [*range(steps - 5, steps + 1), *(source.randint(1, steps) for _ in range(by_step - 6))]
    for step in chosen:
        fresh()
        assert publish_and_die(published, trial.root, step).returncode == -signal.SIGKILL
        check_after_kill(published, trial, old, new)
    for _ in range(by_time):
        fresh()
        publish_and_kill(published, trial.root, source.uniform(0.2, 2.5))
        check_after_kill(published, trial, old, new)


def test_a_publish_killed_at_any_moment_leaves_a_whole_release(published, tmp_path):
    kill_publishes(published, tmp_path, by_step=10, by_time=4, seed=1)


@pytest.mark.soak
def test_a_publish_killed_at_hundreds_of_moments_leaves_a_whole_release(published, tmp_path):
    kill_publishes(published, tmp_path, by_step=200, by_time=100, seed=random.SystemRandom().randrange(1 << 30))


def test_the_first_publish_killed_leaves_nothing_that_stops_the_next(publisher):
    for step in (2, 20, 60):
        publish_and_die(publisher, publisher.data.root, step)

        assert publisher.data.channel.read().release is None

    publisher.publish()
    assert publisher.data.verify(publisher.data.read_current().digest) == []


def test_what_a_killed_publish_left_is_swept_by_the_next(published):
    leftovers = [
        published.data.root / f"{UNFINISHED}channel.json-x",
        published.data.root / "bundles" / f"{UNFINISHED}y-z",
    ]
    stranger = published.data.root / f"{UNFINISHED}store.json-x"  # another room's, and perhaps being written now
    for path in (*leftovers, stranger):
        path.write_bytes(b"half")

    published.publish_edited("Another sentence.")

    assert [path for path in leftovers if path.exists()] == []
    assert stranger.exists()


@pytest.mark.parametrize("free", [0, 4096, 16384])
def test_a_full_disk_is_named_and_the_old_release_stays(published, tmp_path, free):
    old = published.data.read_current().digest
    published.edit("Another sentence. " * 20)
    folder = tmp_path / "full"
    with full_disk(folder, published.data.root, free) as limit:
        done = doorwise("release", "publish", "--data", folder, "--packs", published.packs, preexec=limit)

        assert done.returncode == 3, done.stderr
        assert "Traceback" not in done.stderr
        assert "No space left on device" in done.stderr or "File too large" in done.stderr
        assert DataFolder(folder).read_current().digest == old
        assert DataFolder(folder).verify(old) == []

        (folder / "ballast").unlink(missing_ok=True)
        new = str(published.publish_into(DataFolder(folder)).release)
        assert DataFolder(folder).verify(new) == []


@pytest.mark.parametrize("command", [("release", "publish"), ("run", "--port", "0")], ids=" ".join)
def test_a_read_only_folder_is_named_and_the_old_release_stays(published, command):
    before = tree(published.data.root)
    published.edit("Another sentence.")

    with read_only(published.data.root):
        done = doorwise(*command, "--data", published.data.root, "--packs", published.packs)

    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert f"cannot write {published.data.root}" in done.stderr
    assert tree(published.data.root) == before


def test_a_folder_that_cannot_be_made_is_named(publisher, tmp_path):
    (tmp_path / "file").write_bytes(b"")

    done = doorwise("release", "publish", "--data", tmp_path / "file" / "data", "--packs", publisher.packs)

    assert done.returncode == 3
    assert done.stderr.startswith(f"doorwise: cannot write {tmp_path / 'file' / 'data'}")
    assert "Not a directory" in done.stderr


def test_two_publishes_at_once_come_one_after_the_other(published, tmp_path):
    """Both succeed, and what the later one brings is whole."""
    other = Publisher(tmp_path / "other", copy_of=published)
    published.edit("From one.")
    other.edit("From the other.")
    command = [sys.executable, "-m", "server", "release", "publish", "--data", str(published.data.root), "--packs"]
    running = [
        subprocess.Popen([*command, str(packs)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for packs in (published.packs, other.packs)
    ]

    outputs = [process.communicate(timeout=120)[0] for process in running]

    assert [process.returncode for process in running] == [0, 0], outputs
    state = published.data.channel.read()
    assert len({move.release for move in state.moves}) == 3
    assert [published.data.verify(move.release) for move in state.moves] == [[], [], []]


def test_packs_are_read_once_the_other_publish_is_done(published):
    """Otherwise a publish that waited would bring back texts from before the one it waited for."""
    command = [sys.executable, "-m", "server", "release", "publish"]
    with hold_lock(published.data.root / "publish.lock", what="a test"):
        process = subprocess.Popen(
            [*command, "--data", str(published.data.root), "--packs", str(published.packs)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        published.edit("Edited while it waited.")

    process.communicate(timeout=120)

    page = published.data.read_slice("xa/en", published.data.read_current().slices["xa/en"]).files["xa/en/now/"]
    assert b"Edited while it waited." in published.data.blobs.read(page.sha256)
