"""What the last rollback took back from phones: approved texts that were published once, and are not any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from server.editor.edits.model import UNPUBLISHED, Edit
from server.editor.edits.publications import Ledger, Publication
from server.editor.units.unit import Unit


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A rollback that is still in force, and the texts that it took back and that nobody has changed since."""

    publication: Publication
    units: Collection[Unit]


def find_taken_back(ledger: Ledger, edits: Iterable[Edit]) -> TakenBack | None:
    """Return what the last rollback took back; None when something was published since, or nothing is left of it."""
    made = _list_made_publications(ledger)
    # A server that starts with newer shipped texts keeps the edits of the release that somebody went back to.
    first = next((number for number, one in enumerate(made) if one.why != "start"), len(made))
    if first == len(made) or made[first].why != "rollback":
        return None
    rollback = made[first]
    now = ledger.read_states()
    once = set()
    for one in made[first + 1 :]:
        if one.release == rollback.release and one.why != "rollback":
            break
        once |= set(ledger.read_states(one).items())
    units = frozenset(
        edit.unit
        for edit in edits
        if (edit.unit, edit.reviewed) in once and edit.reviewed != now.get(edit.unit, UNPUBLISHED)
    )
    return TakenBack(rollback, units) if units else None


def _list_made_publications(ledger: Ledger) -> list[Publication]:
    """Return the publications that moved the channel, newest first: of two with the same count of moves, one failed."""
    current = ledger.find_current()
    if current is None:
        return []
    newest: dict[int, Publication] = {}
    for one in ledger.list_publications():
        if one.moves < current.moves:
            newest.setdefault(one.moves, one)
    return [current, *(newest[moves] for moves in sorted(newest, reverse=True))]
