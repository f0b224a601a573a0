"""kill -9 of the process that writes, and of the whole database server: what was acknowledged is there."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.store.errors import Conflict
from server.store.postgres_store import PostgresStore
from server.store.protocol import Delete
from tests.postgres import Cluster
from tests.store.killing import finished, let_it_write, start_writer
from tests.store.writer import last, wrong


@pytest.fixture
def fragile() -> Iterator[Cluster]:
    """A server as it comes, so with fsync: this one is killed."""
    one = Cluster()
    yield one.start()
    one.remove()


def kill_writers(cluster: Cluster, data: Path, runs: int, seed: int) -> None:
    """Every third time the database server goes down first, with all its processes."""
    source = random.Random(seed)
    url = cluster.new_database()
    acknowledged = 0
    for run in range(runs):
        process = start_writer(data, url)
        acknowledged = let_it_write(process, source.randint(0, 4), source.randint(0, 300_000), acknowledged)
        if run % 3 == 2:
            cluster.kill()
        process.kill()
        acknowledged = finished(process, acknowledged)
        if run % 3 == 2:
            cluster.start()
        with closing(PostgresStore(url)) as store:
            # The server's process for the killed writer may still be at its commit: this waits for it.
            with pytest.raises(Conflict):
                store.commit([Delete("head", "one", expect=-1)])
            assert wrong(store, acknowledged) == [], f"run {run}, seed {seed}"
            acknowledged = last(store)
    assert acknowledged > runs, "the writers were killed before they could write"


def test_killed_writers_and_servers_lose_nothing(fragile, tmp_path):
    kill_writers(fragile, tmp_path, runs=12, seed=1)


@pytest.mark.soak
def test_a_hundred_killed_writers_and_servers_lose_nothing(fragile, tmp_path):
    kill_writers(fragile, tmp_path, runs=100, seed=random.SystemRandom().randrange(1 << 30))
