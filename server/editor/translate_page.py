"""Which texts of a language wait for a translator, and which one is next."""

from __future__ import annotations

from server.editor.desk import Desk
from server.editor.progress import Row, TextState, rows
from server.editor.units import Unit


def waiting(found: list[Row]) -> list[Row]:
    """Give the texts that are missing or made from older words, those at the door first."""
    return [row for row in found if row.state is not TextState.CURRENT]


def next_row(desk: Desk, unit: Unit) -> Unit | None:
    """Give the next text that waits in the same language, after the last one the first again; None when none does."""
    usable = desk.pack(unit.region)
    if usable is None or unit.locale not in usable.pack.locales:
        return None
    found = rows(usable.pack, str(unit.locale))
    place = next((number for number, row in enumerate(found) if row.unit == unit), -1)
    todo = waiting([*found[place + 1 :], *found[: max(place, 0)]])
    return todo[0].unit if todo else None
