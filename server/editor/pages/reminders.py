"""What must be checked again, overdue first, and the form that records a check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.guard import current_gate, current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.packs.reminders import SPANS, DueCheck
from server.editor.units.errors import ContentRefused
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import (
    get_requested_list_page,
    make_name_helpers,
    read_sent_number,
    read_sent_unit,
)

ON_A_PAGE = 25
# A longer span than this between two checks is not suggested again.
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class ReminderLine:
    """Something to check again; `next_on` is the day that the form suggests, `head` the revision that was checked."""

    due: DueCheck
    next_on: date
    head: int


def add_reminder_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/reminders/…`."""

    @views.get("/reminders/")
    @needs(Permission.READ)
    def reminders() -> Response:
        return _render_reminders(desk())

    @views.post("/reminders/checked")
    @needs(Permission.EDIT)
    def reminder_checked() -> BaseResponse:
        """Record that a person compared it with its sources today."""
        unit, seen, next_on = read_sent_unit(), read_sent_number("seen"), _parse_day(read_field("next_on", 10))
        try:
            desk().record_check(current_person(), unit, seen=seen, today=_get_today(), review_by=next_on)
        except EditConflict:
            return _render_reminders(desk(), status=409, refused="changed")
        except ContentRefused:
            return _render_reminders(desk(), status=400, refused="day")
        return redirect(url_for(".reminders", done="checked"), 303)


def _get_today() -> date:
    return current_gate().now().date()


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("a day") from error


def _render_reminders(desk: Desk, *, status: int = 200, refused: str = "") -> Response:
    today = _get_today()
    days = request.args.get("days", "")
    span = int(days) if days in map(str, SPANS) else SPANS[0]
    found = desk.list_due_checks(today, span)
    sheet = get_requested_list_page(found, ON_A_PAGE)
    lines = [_make_line(desk, one, today) for one in sheet.items]
    return render_desk_page(
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
        **make_name_helpers(desk),
    )


def _make_line(desk: Desk, due: DueCheck, today: date) -> ReminderLine:
    span = due.review_by - due.checked_on
    days = min(max(span.days, SPANS[0]), LONGEST_DAYS)
    return ReminderLine(due, date.fromordinal(today.toordinal() + days), desk.edits.get_draft(due.unit).head)
