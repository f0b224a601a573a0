"""What the editors' desk costs as texts and revisions become many, on both stores: open, save, check, publish, start.

In this process, without HTTP: what is measured is the desk and the store. Nothing is repeated enough to be exact; what
counts is that a step of ten in size does not make opening and saving one text ten times slower.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from server.auth.roles import Person
from server.editor.desk import Desk
from server.editor.edits.saving import UnitChange
from server.editor.releases.publishing import publish_shipped_packs
from server.editor.units.unit import Unit
from server.publish.build import Sources
from server.publish.data_folder.release import DataFolder
from server.resources import resource_folder
from server.store.open import open_store
from server.store.protocol import Backend
from tests.postgres import Cluster
from tools.bench.packs import write_many_topics
from tools.bench.setting import LOCALE, REGION, Setting, print_progress
from tools.bench.table import Row

T = TypeVar("T")
REVISIONS = (100, 1_000, 10_000)
TOPICS = (20, 200, 2_000)
SAVES = 9
# A person waits for these: a tenth of a second seems immediate, and a save happens while they go on typing.
OPEN_MS = 100
SAVE_MS = 300
MESSAGES_MS = 300
ANN = Person("bench-1", "Ann", "owner")
BEN = Person("bench-2", "Ben", "owner")


@dataclass(slots=True)
class Room:
    """A desk over a made-up pack."""

    packs: Path
    data: DataFolder
    store: Backend
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        """Open the desk as a server would at its start, with nothing in memory."""
        self.desk = Desk(self.store, self.packs, self.data, self.sources, people=lambda: [ANN, BEN])

    @property
    def sources(self) -> Sources:
        """What its releases are made of."""
        return Sources(self.packs, resource_folder("static"), resource_folder("translations"))

    def list_topic_units(self) -> list[Unit]:
        """Return the unit of every topic's text."""
        return [Unit(REGION, path) for path in sorted(self._list_topic_paths())]

    def _list_topic_paths(self) -> Iterator[str]:
        for path in (self.packs / REGION / LOCALE / "topics").glob("*.md"):
            yield f"{LOCALE}/topics/{path.name}"


def measure(setting: Setting) -> list[Row]:
    """One line for each step on each store."""
    rows: list[Row] = []
    with contextlib.closing(_Cluster()) as cluster:
        stores: dict[str, Callable[[Path], Backend]] = {
            "TinyDB": lambda folder: open_store(folder, None),
            "PostgreSQL": lambda folder: open_store(folder, cluster.create_database()),
        }
        for name, opened in stores.items():
            for revisions in REVISIONS[:2] if setting.quick else REVISIONS:
                with _open_room(setting, f"{name}-{revisions}-revisions", TOPICS[0], opened) as room:
                    _save_revisions(room, revisions)
                    rows += _measure_texts(f"desk, {name}, {revisions:,} revisions", room)
            for topics in TOPICS[:2] if setting.quick else TOPICS:
                with _open_room(setting, f"{name}-{topics}-topics", topics, opened) as room:
                    _save_revisions(room, REVISIONS[0])
                    label = f"desk, {name}, {topics:,} topics"
                    rows += _measure_texts(label, room) + _measure_releases(label, room)
    return rows


class _Cluster:
    """A PostgreSQL server of its own, started when it is asked for the first time."""

    def __init__(self) -> None:
        self._cluster: Cluster | None = None

    def create_database(self) -> str:
        if self._cluster is None:
            self._cluster = Cluster().start()
        return self._cluster.new_database()

    def close(self) -> None:
        if self._cluster is not None:
            self._cluster.remove()


@contextlib.contextmanager
def _open_room(setting: Setting, name: str, topics: int, opened: Callable[[Path], Backend]) -> Iterator[Room]:
    print_progress(f"desk: {name}")
    folder = setting.folder / "desk" / name
    write_many_topics(folder / "packs", topics)
    with contextlib.closing(opened(folder / "data")) as store:
        yield Room(folder / "packs", DataFolder(folder / "data"), store)


def _save_revisions(room: Room, revisions: int) -> None:
    """Make so many revisions, spread over the topics; a hundred in each commit, as importing a file would."""
    units = room.list_topic_units()
    texts = {unit: str(room.desk.reader.read_baseline(unit)) for unit in units}
    heads = dict.fromkeys(units, 0)
    for first in range(0, revisions, 100):
        some = [units[(first + step) % len(units)] for step in range(min(100, revisions - first))]
        for group in (some[at : at + len(units)] for at in range(0, len(some), len(units))):
            changes = [UnitChange(unit, f"{texts[unit]}\nRevision {first}.\n", heads[unit]) for unit in group]
            for draft in room.desk.edits.save_all(ANN, changes, why="import"):
                heads[draft.unit] = draft.head


def _measure_texts(label: str, room: Room) -> list[Row]:
    """Open, save and check one text; the first time with nothing in memory, as after a start."""
    room = Room(room.packs, room.data, room.store)
    units = room.list_topic_units()[:SAVES]
    opened, saved, checked = [], [], []
    for number, unit in enumerate(units):
        draft, took = _run_timed(partial(room.desk.edits.get_draft, unit))
        opened.append(took)
        text = f"{draft.content}\nOne more line, number {number}.\n"
        saved.append(_run_timed(partial(room.desk.edits.save, ANN, unit, text, seen=draft.head))[1])
        checked.append(_run_timed(partial(room.desk.check_unit, unit))[1])
    return [
        Row(f"{label}: open one text", "ms", _convert_to_ms(opened), OPEN_MS),
        Row(f"{label}: save one text", "ms", _convert_to_ms(saved), SAVE_MS),
        Row(f"{label}: the checker's messages on it, first time", "ms", _convert_to_ms(checked[:1])),
        Row(f"{label}: the checker's messages on it, later", "ms", _convert_to_ms(checked[1:]), MESSAGES_MS),
    ]


def _measure_releases(label: str, room: Room) -> list[Row]:
    """Start, review one text, look at the plan, publish it, start again."""
    _, first = _run_timed(lambda: publish_shipped_packs(room.store, room.data, room.sources))
    unit = room.list_topic_units()[0]
    room.desk.reviews.approve_revision(BEN, unit, room.desk.edits.get_draft(unit).head)
    plan, planned = _run_timed(room.desk.publishing.make_plan)
    assert plan.release is not None, plan.errors
    _, again = _run_timed(room.desk.publishing.make_plan)
    _, published = _run_timed(lambda: room.desk.publishing.publish_plan(ANN, plan.digest))
    _, started = _run_timed(lambda: publish_shipped_packs(room.store, room.data, room.sources, only_if_new=True))
    update = sum(cost.bytes for cost in plan.costs)
    return [
        Row(f"{label}: first publish", "s", [first]),
        Row(f"{label}: plan after one edit", "s", [planned]),
        Row(f"{label}: the same plan again", "s", [again]),
        Row(f"{label}: publish it", "s", [published]),
        Row(f"{label}: publish at the next start", "s", [started]),
        Row(f"{label}: bytes that a phone fetches for it", "B", [update]),
    ]


def _run_timed(step: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = step()
    return result, time.perf_counter() - began


def _convert_to_ms(seconds: list[float]) -> list[float]:
    return [1000 * one for one in seconds]
