"""What is to be checked again, past due first, and the note that somebody has done so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.forms import field
from server.auth.guard import current_gate, current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.packs.reminders import SPANS, Due
from server.editor.units.errors import ContentRefused
from server.editor.web.page import OpenDesk, show
from server.editor.web.request_helpers import asked_sheet, name_helpers, sent_number, sent_unit

ON_A_PAGE = 25
# When a text was to be checked for longer than this, the same span is no use as a suggestion.
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Line:
    """Something to check again; `next_on` is the day that the form suggests, `head` what the note is made on."""

    due: Due
    next_on: date
    head: int


def add_reminder_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/reminders/…`."""

    @views.get("/reminders/")
    @needs(Permission.READ)
    def reminders() -> Response:
        return _page(desk())

    @views.post("/reminders/checked")
    @needs(Permission.EDIT)
    def reminder_checked() -> BaseResponse:
        """Note that a person has held it against its sources today."""
        unit, seen, next_on = sent_unit(), sent_number("seen"), _day(field("next_on", 10))
        try:
            desk().checked(current_person(), unit, seen=seen, today=_today(), review_by=next_on)
        except EditConflict:
            return _page(desk(), status=409, refused="changed")
        except ContentRefused:
            return _page(desk(), status=400, refused="day")
        return redirect(url_for(".reminders", done="checked"), 303)


def _today() -> date:
    return current_gate().now().date()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("a day") from error


def _page(desk: Desk, *, status: int = 200, refused: str = "") -> Response:
    today = _today()
    days = request.args.get("days", "")
    span = int(days) if days in map(str, SPANS) else SPANS[0]
    found = desk.due(today, span)
    sheet = asked_sheet(found, ON_A_PAGE)
    lines = [_line(desk, one, today) for one in sheet.items]
    return show(
        "publish/reminders.html",
        status=status,
        overdue=[line for line in lines if line.due.is_overdue],
        coming=[line for line in lines if not line.due.is_overdue],
        counts=(sum(one.is_overdue for one in found), sum(not one.is_overdue for one in found)),
        sheet=sheet,
        span=span,
        spans=SPANS,
        today=today,
        refused=refused,
        done=request.args.get("done", ""),
        **name_helpers(desk),
    )


def _line(desk: Desk, due: Due, today: date) -> Line:
    span = due.review_by - due.checked_on
    days = min(max(span.days, SPANS[0]), LONGEST_DAYS)
    return Line(due, date.fromordinal(today.toordinal() + days), desk.edits.opened(due.unit).head)
