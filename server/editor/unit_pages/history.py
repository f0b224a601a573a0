"""The history of one text: every revision, the changed words, and the way back to any of them."""

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
from server.editor.forms.compare import ComparedField, compare_contents
from server.editor.units.content import Content
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, parse_unit_address, render_desk_page, unit_url
from server.editor.web.request_helpers import (
    get_requested_list_page,
    is_writable,
    make_name_helpers,
    parse_whole_number,
    read_sent_number,
    read_sent_unit,
)

ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One revision with its changes against the previous one."""

    revision: Revision
    fields: Sequence[ComparedField]


def add_history_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/history/<unit>` and `/history/restore`."""

    @views.get("/<region:region>/history/<unit:name>")
    @needs(Permission.READ)
    def history(region: str, name: str) -> Response:
        """Return the revisions of a text; with `old` and `new` in the address also those two compared."""
        unit = parse_unit_address(region, name)
        chosen = request.args.get("old", ""), request.args.get("new", "")
        return _render_history_page(desk(), unit, chosen if all(chosen) else None)

    @views.post("/history/restore")
    @needs(Permission.TRANSLATE)
    def history_restore() -> BaseResponse:
        unit, revision, seen = read_sent_unit(), read_sent_number("n"), read_sent_number("seen")
        try:
            desk().edits.restore_revision(current_person(), unit, revision, seen=seen)
        except EditConflict:
            return _render_history_page(desk(), unit, status=409, refused=True)
        return redirect(unit_url(unit, "desk.history", done="restored"), 303)


def _find_revision(desk: Desk, unit: Unit, number: int) -> Revision | None:
    """Return the revision of that number, None for 0: the shipped content."""
    return desk.edits.get_revision(unit, number) if number else None


def _read_content(desk: Desk, unit: Unit, revision: Revision | None) -> Content | None:
    return desk.reader.read_baseline(unit) if revision is None or revision.follows else revision.content


def _render_history_page(
    desk: Desk, unit: Unit, chosen: tuple[str, str] | None = None, *, status: int = 200, refused: bool = False
) -> Response:
    old, new = map(parse_whole_number, chosen) if chosen else (0, 0)
    pair = (
        _read_content(desk, unit, _find_revision(desk, unit, old)),
        _read_content(desk, unit, _find_revision(desk, unit, new)),
    )
    revisions = desk.edits.list_revisions(unit)
    sheet = get_requested_list_page(list(enumerate(revisions)), ON_A_PAGE)
    before = [*revisions[1:], None]
    lines = [
        HistoryLine(
            one, compare_contents(unit, _read_content(desk, unit, before[number]), _read_content(desk, unit, one))
        )
        for number, one in sheet.items
    ]
    return render_desk_page(
        "publish/history.html",
        status=status,
        unit=unit,
        draft=desk.edits.get_draft(unit),
        lines=lines,
        numbers=[one.n for one in revisions],
        chosen=(old, new) if chosen else None,
        between=compare_contents(unit, *pair),
        sheet=sheet,
        refused=refused,
        may_restore=is_writable(unit),
        done=request.args.get("done", ""),
        **make_name_helpers(desk),
    )
