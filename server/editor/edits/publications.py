"""Which edits the phones have: one document for now, one line of the log `published` for each time that it changed.

Written before the channel moves, under the publish lock; so after a crash the record is never behind the phones, and
`settle` moves the channel where the record says (see publishing.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from server.editor.edits.blobs import Contents
from server.editor.edits.model import State
from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit, text_unit
from server.store.protocol import Append, Body, Delete, Put, Store, StoreChange

PUBLISHED = "published"
UNDONE = "undone"
CURRENT = "current"

Taken = Mapping[Unit, State]


@dataclass(frozen=True, slots=True)
class Publication:
    """A release and the edits in it. `why` is publish, rollback or start; `by` is "" for the server's own console.

    `edits` names the blob with the state of each unit, `shipped` what else the release was made of (see
    `server.publish.build.shipped_digest`), `moves` how often the channel had moved before.
    """

    release: str
    edits: str
    shipped: str
    why: str
    at: str
    by: str
    by_name: str
    moves: int


class Ledger:
    """The record of what was published in one store."""

    def __init__(self, store: Store, contents: Contents) -> None:
        self._store = store
        self._contents = contents

    def current(self) -> Publication | None:
        """Give what was published last, or None."""
        doc = self._store.get(PUBLISHED, CURRENT)
        return _publication(doc.body) if doc else None

    def history(self, limit: int | None = None) -> list[Publication]:
        """Give what was published, the newest first."""
        entries = self._store.entries(PUBLISHED, limit=limit, newest_first=True)
        return [_publication(entry.body) for entry in entries if entry.body["why"] != UNDONE]

    def of_release(self, release: str) -> Publication | None:
        """Give the newest record of a release, or None when it was published before there was a desk."""
        lines = self._store.entries(PUBLISHED, key=release, limit=1, newest_first=True)
        return _publication(lines[0].body) if lines else None

    def taken(self, publication: Publication | None = None) -> Taken:
        """Give the state of each unit in a publication, by default in the current one. Nobody changes it."""
        found = publication or self.current()
        if found is None or not found.edits:
            return {}
        rows: Mapping[str, Any] = self._contents.read_json(found.edits)
        return {Unit.parse(name): State(**state) for name, state in rows.items()}

    def state(self, unit: Unit) -> State | None:
        """Give the state of one unit that phones have, or None for the shipped one."""
        found = self.current()
        rows: Mapping[str, Any] = self._contents.read_json(found.edits) if found and found.edits else {}
        row = rows.get(str(unit))
        return State(**row) if row else None

    def version(self) -> int:
        """Give how often the current publication was noted; what `note` wants as `expect`."""
        doc = self._store.get(PUBLISHED, CURRENT)
        return doc.version if doc else 0

    def note(self, publication: Publication, also: Iterable[StoreChange] = (), *, expect: int) -> None:
        """Make `publication` the current one and add it to the log, with `also` in the same commit.

        Raises:
            Conflict: Another machine published since `version` was `expect`.
        """
        body: Body = asdict(publication)
        put = Put(PUBLISHED, CURRENT, body, expect=expect)
        self._store.commit([put, Append(PUBLISHED, body, key=publication.release), *also])

    def undo(self, before: Publication | None) -> None:
        """Make `before` the current publication again, because the channel could not be moved to the one noted since."""
        put = Put(PUBLISHED, CURRENT, asdict(before)) if before else Delete(PUBLISHED, CURRENT)
        self._store.commit([put, Append(PUBLISHED, (asdict(before) if before else {}) | {"why": UNDONE})])

    def keep(self, taken: Taken) -> str:
        """Keep the states of units as one blob and give its name."""
        return self._contents.write_json({str(unit): asdict(state) for unit, state in sorted(taken.items())})


def contents_of(taken: Taken, contents: Contents) -> dict[Unit, Content | None]:
    """Give what the units say, and where their translations come from; those that follow the shipped pack stay out."""
    found: dict[Unit, Content | None] = {}
    for unit, state in taken.items():
        if state.follows:
            continue
        found[unit] = contents.read(unit, state.content)
        if state.made_from and state.content:
            found[made_from_unit(unit)] = state.made_from
    return found


def made_from_unit(unit: Unit) -> Unit:
    """Give the unit that says where the translation `unit` comes from."""
    assert unit.text_key is not None
    return Unit(unit.region, f"{unit.locale}/made_from.toml", unit.text_key)


def text_of(unit: Unit) -> Unit:
    """Give the text whose origin a made-from unit notes, and any other unit as it is."""
    if unit.kind is not Kind.MADE_FROM:
        return unit
    return text_unit(unit.region, str(unit.locale), unit.key)


def _publication(body: Body) -> Publication:
    found: Any = body
    return Publication(**{name: found[name] for name in Publication.__dataclass_fields__})
