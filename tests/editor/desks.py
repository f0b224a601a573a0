"""A desk over the tiny pack, and the people who work at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.auth.roles import Person
from server.editor.desk import Desk
from server.editor.units.unit import Unit
from server.publish.build import Sources
from server.publish.data_folder.release import DataFolder
from server.store.protocol import Put, Store, StoreChange
from tests.memory import MemoryStore
from tests.packs import tiny_pack
from tests.publishing import STATIC
from tests.serving import ROOT

ANN = Person("p1", "Ann", "owner")
BEN = Person("p2", "Ben", "publisher")
CHEN = Person("p3", "Chen", "editor")
MEI = Person("p4", "Mei", "translator", ("zh-Hans",))
READER = Person("p5", "Rea", "reader")

SAY = Unit("xa", "en/strings.toml", "say.leave")
SAY_ZH = SAY.in_locale("zh-Hans")
TOPIC = Unit("xa", "en/topics/second.md")
POLICE = Unit("xa", "contacts.toml", "contact:police")
CHECK = Unit("xa", "visit.toml", "check:ids")
HEAD = Unit("xa", "pack.toml")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **how: float) -> None:
        self.time += timedelta(**how)


class Room:
    """A desk, its store, its clock and its people. `people` may be changed by a test."""

    def __init__(self, folder: Path, *, store: Store | None = None) -> None:
        self.packs = folder / "packs"
        if not self.packs.is_dir():
            self.packs.mkdir(parents=True)
            tiny_pack(self.packs)
        self.store = store or MemoryStore()
        self.clock = Clock()
        self.people = [ANN, BEN, CHEN, MEI, READER]
        self.data = DataFolder(folder / "data")
        self.desk = self.again()

    @property
    def sources(self) -> Sources:
        return Sources(self.packs, STATIC, ROOT / "translations")

    def again(self) -> Desk:
        """Another desk on the same store, as after a restart."""
        return Desk(self.store, self.packs, self.data, self.sources, people=lambda: self.people, clock=self.clock)

    def interrupt(
        self, monkeypatch: pytest.MonkeyPatch, unit: Unit, content: str, *, by: Person = BEN, seen: int = 0
    ) -> None:
        """Let somebody else save `unit` just before it is first saved by whoever saves it next."""
        commit = self.store.commit

        def interrupted(changes: Sequence[StoreChange]) -> Any:
            if any(isinstance(one, Put) and one.id == str(unit) for one in changes):
                monkeypatch.setattr(self.store, "commit", commit)
                self.again().edits.save(by, unit, content, seen=seen)
            return commit(changes)

        monkeypatch.setattr(self.store, "commit", interrupted)

    def reviewed(self, unit: Unit, content: object, *, by: Person = ANN, reader: Person = BEN) -> None:
        """Save a unit and have it reviewed."""
        draft = self.desk.edits.save(by, unit, content, seen=self.desk.edits.get_draft(unit).head)
        self.desk.reviews.approve_revision(reader, unit, draft.head)

    def reviewed_unchecked(self, unit: Unit, content: object) -> None:
        """Have a unit reviewed as older programs did, whatever the checker finds."""
        checked, self.desk.reviews.find_errors = self.desk.reviews.find_errors, lambda units: ()
        try:
            self.reviewed(unit, content)
        finally:
            self.desk.reviews.find_errors = checked
