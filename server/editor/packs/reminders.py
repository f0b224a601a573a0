"""What must be checked again, and when: sources, contacts, topics and the pack as a whole."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from server.editor.units.unit import Unit, make_entry_unit, make_head_unit
from server.guidance.model.pack import Pack

# How many days ahead people can look; the desk reminds them of what is due within the first of these.
SPANS = (30, 90, 365)


@dataclass(frozen=True, slots=True)
class DueCheck:
    """One unit that must be checked again by a day; its dates are in that unit."""

    unit: Unit
    checked_on: datetime.date
    review_by: datetime.date
    is_overdue: bool


def find_due_checks(pack: Pack, today: datetime.date, days: int) -> list[DueCheck]:
    """Return what is past its day, or will be within `days` days, the most urgent first."""
    last = today + datetime.timedelta(days=days)
    found = [
        DueCheck(unit, checked_on, review_by, review_by < today)
        for unit, checked_on, review_by in _list_dated_units(pack)
        if review_by <= last
    ]
    return sorted(found, key=lambda one: (one.review_by, one.unit))


def _list_dated_units(pack: Pack) -> Iterator[tuple[Unit, datetime.date, datetime.date]]:
    yield make_head_unit(pack.id), pack.checked_on, pack.review_by
    for kind, things in (("source", pack.sources), ("contact", pack.contacts), ("topic", pack.topics)):
        for one in things.values():
            yield make_entry_unit(pack.id, kind, one.id), one.checked_on, one.review_by
