"""Which edits phones have: one document for the present, one line of the log `published` for each time that it changed.

Written before the channel moves, under the publish lock; so after a crash the record is never behind the phones, and
`finish_interrupted_channel_move` moves the channel to the recorded release (see publishing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from server.editor.edits.blobs import Contents
from server.editor.edits.model import State
from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit, make_text_unit
from server.store.protocol import Append, Body, Delete, Put, Store, StoreChange

PUBLISHED = "published"
UNDONE = "undone"
CURRENT = "current"

UnitStates = Mapping[Unit, State]


@dataclass(frozen=True, slots=True)
class Publication:
    """A release and the edits in it. `why` is publish, rollback or start; `by` is "" for the server's own console.

    `edits` names the blob with the state of each unit, `shipped` what else the release was made of (see
    `server.publish.build.shipped_digest`), `moves` how often the channel had moved before. `reason` is why somebody went
    back, "" where nobody said so.
    """

    release: str
    edits: str
    shipped: str
    why: str
    at: str
    by: str
    by_name: str
    moves: int
    reason: str = ""


class Ledger:
    """The record of what was published from one store."""

    def __init__(self, store: Store, contents: Contents) -> None:
        self._store = store
        self._contents = contents

    def find_current(self) -> Publication | None:
        """Return the last publication, or None."""
        doc = self._store.get(PUBLISHED, CURRENT)
        return _parse_publication(doc.body) if doc else None

    def list_publications(self, limit: int | None = None) -> list[Publication]:
        """Return the publications, newest first."""
        entries = self._store.entries(PUBLISHED, limit=limit, newest_first=True)
        return [_parse_publication(entry.body) for entry in entries if entry.body["why"] != UNDONE]

    def find_publication(self, release: str) -> Publication | None:
        """Return the newest record of a release, or None when it was published without a desk."""
        lines = self._store.entries(PUBLISHED, key=release, limit=1, newest_first=True)
        return _parse_publication(lines[0].body) if lines else None

    def read_states(self, publication: Publication | None = None) -> UnitStates:
        """Return the state of each unit in a publication, by default in the current one. Callers must not change it."""
        found = publication or self.find_current()
        if found is None or not found.edits:
            return {}
        rows: Mapping[str, Any] = self._contents.read_json(found.edits)
        return {Unit.parse(name): State(**state) for name, state in rows.items()}

    def read_state(self, unit: Unit) -> State | None:
        """Return the state of one unit that phones have, or None for the shipped one."""
        found = self.find_current()
        rows: Mapping[str, Any] = self._contents.read_json(found.edits) if found and found.edits else {}
        row = rows.get(str(unit))
        return State(**row) if row else None

    def read_document_version(self) -> int:
        """Return the version of the document, to be passed to `record_publication` as `expect`."""
        doc = self._store.get(PUBLISHED, CURRENT)
        return doc.version if doc else 0

    def record_publication(self, publication: Publication, also: Iterable[StoreChange] = (), *, expect: int) -> None:
        """Make `publication` the current one and add it to the log, with `also` in the same commit.

        Raises:
            Conflict: Another machine published since `read_document_version` returned `expect`.
        """
        body: Body = asdict(publication)
        put = Put(PUBLISHED, CURRENT, body, expect=expect)
        self._store.commit([put, Append(PUBLISHED, body, key=publication.release), *also])

    def restore_publication(self, before: Publication | None) -> None:
        """Make `before` the current publication again, because the channel could not be moved to the newer one."""
        put = Put(PUBLISHED, CURRENT, asdict(before)) if before else Delete(PUBLISHED, CURRENT)
        self._store.commit([put, Append(PUBLISHED, (asdict(before) if before else {}) | {"why": UNDONE})])

    def save_states(self, states: UnitStates) -> str:
        """Save the states of units as one blob and return its name."""
        return self._contents.write_json({str(unit): asdict(state) for unit, state in sorted(states.items())})


def read_contents_of_states(states: UnitStates, contents: Contents) -> dict[Unit, Content | None]:
    """Return the contents of the units and the origins of their translations; units that follow the shipped pack are left out."""
    found: dict[Unit, Content | None] = {}
    for unit, state in states.items():
        if state.follows:
            continue
        found[unit] = contents.read(unit, state.content)
        if state.made_from and state.content:
            found[make_origin_unit(unit)] = state.made_from
    return found


def make_origin_unit(unit: Unit) -> Unit:
    """Return the unit that holds the origin of the translation `unit`."""
    assert unit.text_key is not None
    return Unit(unit.region, f"{unit.locale}/made_from.toml", unit.text_key)


def resolve_origin_unit(unit: Unit) -> Unit:
    """Return the text that a made-from unit belongs to, and any other unit unchanged."""
    if unit.kind is not Kind.MADE_FROM:
        return unit
    return make_text_unit(unit.region, str(unit.locale), unit.key)


def _parse_publication(body: Body) -> Publication:
    found: Any = body
    # Records of older programs have no reason.
    return Publication(**{name: found[name] for name in Publication.__dataclass_fields__ if name in found})
