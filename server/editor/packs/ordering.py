"""The order of topics, contacts and checks: a field of the pack's head, so it is reviewed and published like any other."""

from __future__ import annotations

from server.editor.units.content import Content
from server.guidance.files.parse import KINDS
from server.guidance.model.pack import Order, Pack

ORDERED = tuple(Order.model_fields)


def list_entries_in_order(pack: Pack, kind: str) -> list[str]:
    """Return the ids of all entries of a kind as readers meet them."""
    return list(getattr(pack, KINDS[kind][1]))


def move_entry_in_head(head: Content | None, pack: Pack, kind: str, one: str, place: int) -> Content:
    """Return the pack's head with one entry at another place, counted from 0; a place beyond the last is the last."""
    ids = list_entries_in_order(pack, kind)
    moved = [other for other in ids if other != one]
    moved.insert(max(0, place), one)
    before = head if isinstance(head, dict) else {}
    if moved == ids or one not in ids:
        return before
    order = before.get("order")
    return before | {"order": (order if isinstance(order, dict) else {}) | {kind: list(moved)}}
