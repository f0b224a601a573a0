"""Several servers on one database, with people who edit, phones that look for news, and publishes meanwhile."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.publish.data_folder.container import open_slice
from server.publish.data_folder.release import DataFolder
from server.store.postgres_store import PostgresStore
from tests.publishing import Publisher
from tests.serving import ROOT, ServerProcess
from tests.store.editor import UNITS

PATIENCE_S = 60


@dataclass
class Seen:
    """What the phones met."""

    took_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    updates: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def phone(ports: list[int], ended: threading.Event, seen: Seen, number: int) -> str:
    """Look for news at any of the servers until told to end, fetch what is new, and return the release it has at last."""
    source = random.Random(number)
    release, slice_ = "", ""
    last = False
    while not last:
        last = ended.wait(source.uniform(0.5, 1.5))
        link = http.client.HTTPConnection("127.0.0.1", source.choice(ports), timeout=PATIENCE_S)
        try:
            began = time.perf_counter()
            channel = json.loads(get(link, "/channel.json"))
            with seen.lock:
                seen.took_ms.append(1000 * (time.perf_counter() - began))
            new = channel["slices"]["xa/en"]
            if new != slice_:
                open_slice(get(link, f"/b/{new}.bundle"), key="xa/en")
                with seen.lock:
                    seen.updates += 1
            release, slice_ = channel["release"], new
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must tell it
            with seen.lock:
                seen.errors.append(f"phone {number}: {error!r}")
        finally:
            link.close()
    return release


def get(link: http.client.HTTPConnection, path: str) -> bytes:
    link.request("GET", path)
    answer = link.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return body


@contextmanager
def servers(published: Publisher, folder: Path, url: str, count: int) -> Iterator[list[ServerProcess]]:
    """Server processes with a data folder each."""
    started: list[ServerProcess] = []
    try:
        for number in range(count):
            one = ServerProcess(
                folder / f"machine-{number}", packs=published.packs, environment={"DOORWISE_STORE": url}
            )
            started.append(one)
            one.start()
        yield started
    finally:
        for one in started:
            one.stop()


def start_editor(url: str, who: str, seconds: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.store.editor", url, who, str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


@dataclass(frozen=True)
class Outcome:
    """Milliseconds of each save and of each look for news; how many saves had to be made again; how many publishes."""

    saves_ms: list[float]
    looks_ms: list[float]
    refused: int
    publishes: int


def load(
    published: Publisher, folder: Path, url: str, *, machines: int, editors: int, phones: int, seconds: float
) -> Outcome:
    """Put them all to work for so long, and see that nothing was lost and nobody met an error."""
    seen, ended = Seen(), threading.Event()
    with servers(published, folder, url, machines) as running, ThreadPoolExecutor(phones) as pool:
        ports = [one.port for one in running]
        at_work = [pool.submit(phone, ports, ended, seen, number) for number in range(phones)]
        writing = [start_editor(url, f"editor-{number}", seconds) for number in range(editors)]
        ends = time.monotonic() + seconds
        releases: list[str] = []
        while time.monotonic() < ends:
            published.edit(f"Number {len(releases)}.")
            machine = running[len(releases) % machines]
            machine.command("release", "publish")
            releases.append(str(DataFolder(machine.data).channel.read().release))
        said: list[dict[str, Any]] = [json.loads(process.communicate(timeout=PATIENCE_S)[0]) for process in writing]
        assert [process.returncode for process in writing] == [0] * editors
        newest = releases[-1]
        deadline = time.monotonic() + PATIENCE_S
        while any(DataFolder(one.data).channel.read().release != newest for one in running):
            assert time.monotonic() < deadline, "a machine does not follow"
        ended.set()
        held = [future.result(PATIENCE_S) for future in at_work]
        assert not [line for one in running for line in one.lines if "ERROR" in line or "Traceback" in line]
    assert seen.errors == []
    assert set(held) == {newest}
    assert seen.updates >= phones, "a phone never got anything"
    check_edits(url, said)
    for one in running:
        data = DataFolder(one.data)
        assert data.verify(newest) == []
        assert [move.release for move in data.channel.read().moves][-len(releases) :] == releases
    return Outcome(
        saves_ms=[took for one in said for took in one["took_ms"]],
        looks_ms=seen.took_ms,
        refused=sum(one["refused"] for one in said),
        publishes=len(releases),
    )


def check_edits(url: str, said: list[dict[str, Any]]) -> None:
    """Every acknowledged save is in the history once, each made from the one before it."""
    with closing(PostgresStore(url)) as store:
        revisions = store.entries("revisions")
        assert sorted(str(entry.body["text"]) for entry in revisions) == sorted(
            text for one in said for text in one["saved"]
        )
        assert [entry.seq for entry in revisions] == list(range(1, len(revisions) + 1))
        assert len([line for line in store.entries("audit") if line.body.get("what") != "release.shipped"]) == len(
            revisions
        )
        for unit in {f"unit-{number}" for number in range(UNITS)}:
            history = store.entries("revisions", key=unit)
            doc = store.get("edit", unit)
            assert doc is not None
            assert [entry.body["before"] for entry in history] == list(range(len(history)))
            assert (doc.version, doc.body) == (len(history), history[-1].body)
        assert store.check() == []


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
