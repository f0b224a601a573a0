"""Who has which unit open now. A hint for people, never a lock: it is forgotten after a short while."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.auth.roles import Person
from server.editor.units.unit import Unit
from server.store.errors import Conflict, StoreUnavailable
from server.store.protocol import Put, Store

PRESENCE = "presence"
# An open page reports about every minute; after this time without a report, the person has gone.
LIFE = timedelta(seconds=150)
# A page reports as soon as it is open, just after the request that opened it: only one of the two is written.
AGAIN = timedelta(seconds=30)
# Somebody who has opened many pages at once is shown on the last ones.
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class OpenUnit:
    """Somebody who has a unit open."""

    person: str
    name: str
    unit: Unit


class Presence:
    """The presence of everybody who works on one store: one small document for each person, so that it never grows."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def enter(self, person: Person, unit: Unit, page: str = "") -> None:
        """Record that somebody has a unit open, unless that was recorded a moment ago.

        `page` identifies the open page: leaving one page must not end the presence on another.
        """
        key = _make_key(unit, page)
        noted = self._read_open(person).get(key)
        if noted is not None and datetime.fromisoformat(noted) > self._clock() - AGAIN:
            return
        self._save_change(person, lambda open_: {**open_, key: self._clock().isoformat(timespec="seconds")})

    def leave(self, person: Person, unit: Unit, page: str = "") -> None:
        """Record that somebody has closed a page."""
        self._save_change(person, lambda open_: {one: at for one, at in open_.items() if one != _make_key(unit, page)})

    def list_others(self, person: Person, unit: Unit) -> list[str]:
        """Return the names of the others who have this unit open, each once, by name."""
        return sorted({one.name for one in self.list_everybody() if one.unit == unit and one.person != person.id})

    def list_everybody(self) -> list[OpenUnit]:
        """Return who has which unit open, by unit and then by name."""
        found = []
        for doc in self._store.find(PRESENCE):
            body: Mapping[str, Any] = doc.body
            units = {Unit.parse(one.partition(" ")[0]) for one in self._drop_expired(body["open"])}
            found += [OpenUnit(doc.id, str(body["name"]), unit) for unit in units]
        return sorted(found, key=lambda one: (one.unit, one.name))

    def _read_open(self, person: Person) -> Mapping[str, str]:
        doc = self._store.get(PRESENCE, person.id)
        body: Mapping[str, Any] = doc.body if doc else {"open": {}}
        return dict(body["open"])

    def _save_change(self, person: Person, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        doc = self._store.get(PRESENCE, person.id)
        body: Mapping[str, Any] = doc.body if doc else {"open": {}}
        kept = sorted(change(self._drop_expired(body["open"])).items(), key=lambda item: item[1])[-MOST_PAGES:]
        if doc is not None and dict(kept) == dict(body["open"]) and body["name"] == person.name:
            return
        put = Put(PRESENCE, person.id, {"name": person.name, "open": dict(kept)}, expect=doc.version if doc else 0)
        # Another page of the same person was faster, or the disk is full. This one will report again soon.
        with contextlib.suppress(Conflict, StoreUnavailable):
            self._store.commit([put])

    def _drop_expired(self, open_: Mapping[str, str]) -> dict[str, str]:
        limit = self._clock() - LIFE
        return {one: at for one, at in open_.items() if datetime.fromisoformat(at) > limit}


def _make_key(unit: Unit, page: str) -> str:
    return f"{unit} {page}" if page else str(unit)
