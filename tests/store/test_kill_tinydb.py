"""kill -9 at any moment: what was acknowledged is there, nothing is half there, and the next start works."""

import random
from pathlib import Path

import pytest

from server.store.tinydb_store import TinyStore
from tests.store.killing import finished, let_it_write, start_writer
from tests.store.writer import last, wrong

# One run opens the store and makes one to three changes in so many steps.
MOST_STEPS = 70


def kill_writers(data: Path, runs: int, seed: int) -> None:
    """Half of them at a step of their work on the disk, half from outside."""
    source = random.Random(seed)
    acknowledged = 0
    for run in range(runs):
        if run % 2:
            process = start_writer(data, "--die-at", str(source.randint(1, MOST_STEPS)))
            acknowledged = finished(process, acknowledged)
        else:
            process = start_writer(data)
            acknowledged = let_it_write(process, source.randint(0, 3), source.randint(0, 300_000), acknowledged)
            process.kill()
            acknowledged = finished(process, acknowledged)
        store = TinyStore(data / "desk")
        assert wrong(store, acknowledged) == [], f"run {run}, seed {seed}"
        # What was made without having been acknowledged is there for good, like everything else.
        acknowledged = last(store)
    assert acknowledged > runs / 4, "the writers were killed before they could write"


def test_killed_writers_lose_nothing(tmp_path):
    kill_writers(tmp_path / "data", runs=30, seed=1)


@pytest.mark.soak
def test_five_hundred_killed_writers_lose_nothing(tmp_path):
    kill_writers(tmp_path / "data", runs=500, seed=random.SystemRandom().randrange(1 << 30))


def test_every_step_of_a_first_start_and_a_first_change_may_be_the_last(tmp_path):
    """Every state the disk can be left in, from an empty folder on."""
    for step in range(1, 30):
        data = tmp_path / f"data-{step}"
        acknowledged = finished(start_writer(data, "--die-at", str(step)), 0)

        assert wrong(TinyStore(data / "desk"), acknowledged) == [], f"step {step}"
