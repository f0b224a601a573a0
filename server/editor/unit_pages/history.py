"""The history of one text: every state, what changed in words, and the way back to any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import Revision
from server.editor.forms.compare import Field, compared
from server.editor.units.content import Content
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, show, unit_at, unit_url
from server.editor.web.request_helpers import (
    asked_sheet,
    is_writable,
    name_helpers,
    sent_number,
    sent_unit,
    whole_number,
)

ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One state with what it changed against the state before it."""

    revision: Revision
    fields: Sequence[Field]


def add_history_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/history/…`."""

    @views.get("/<region:region>/history/<unit:name>")
    @needs(Permission.READ)
    def history(region: str, name: str) -> Response:
        """The states of a text; with `old` and `new` in the address also those two beside each other."""
        unit = unit_at(region, name)
        chosen = request.args.get("old", ""), request.args.get("new", "")
        return _history_page(desk(), unit, chosen if all(chosen) else None)

    @views.post("/history/restore")
    @needs(Permission.TRANSLATE)
    def history_restore() -> BaseResponse:
        unit, revision, seen = sent_unit(), sent_number("n"), sent_number("seen")
        try:
            desk().edits.restore(current_person(), unit, revision, seen=seen)
        except EditConflict:
            return _history_page(desk(), unit, status=409, refused=True)
        return redirect(unit_url(unit, "desk.history", done="restored"), 303)


def _state(desk: Desk, unit: Unit, number: int) -> Revision | None:
    """Give the revision of that number, None for 0: what is shipped."""
    return desk.edits.revision(unit, number) if number else None


def _content(desk: Desk, unit: Unit, revision: Revision | None) -> Content | None:
    return desk.ground.below(unit) if revision is None or revision.follows else revision.content


def _history_page(
    desk: Desk, unit: Unit, chosen: tuple[str, str] | None = None, *, status: int = 200, refused: bool = False
) -> Response:
    old, new = map(whole_number, chosen) if chosen else (0, 0)
    pair = (_content(desk, unit, _state(desk, unit, old)), _content(desk, unit, _state(desk, unit, new)))
    revisions = desk.edits.history(unit)
    sheet = asked_sheet(list(enumerate(revisions)), ON_A_PAGE)
    before = [*revisions[1:], None]
    lines = [
        Line(one, compared(unit, _content(desk, unit, before[number]), _content(desk, unit, one)))
        for number, one in sheet.items
    ]
    return show(
        "publish/history.html",
        status=status,
        unit=unit,
        draft=desk.edits.opened(unit),
        lines=lines,
        numbers=[one.n for one in revisions],
        chosen=(old, new) if chosen else None,
        between=compared(unit, *pair),
        sheet=sheet,
        refused=refused,
        may_restore=is_writable(unit),
        done=request.args.get("done", ""),
        **name_helpers(desk),
    )
