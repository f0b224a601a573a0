"""The releases: who published what and when, and the way back to an earlier one."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput, Gone
from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.review import MAX_NOTE_CHARS, tidy_reason
from server.editor.forms.compare import compare_contents
from server.editor.releases.publishing import ReleaseLine
from server.editor.units.errors import ContentRefused
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import REASON_FIELD, get_requested_list_page, make_name_helpers
from server.publish.data_folder.blobs import NAME

ON_A_PAGE = 50
# The most texts whose changes are shown before a rollback.
COMPARED = 50


def add_release_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/releases/…`."""

    @views.get("/releases/")
    @needs(Permission.READ)
    def releases() -> Response:
        lines = desk().publishing.list_releases()
        current = lines[0].release if lines else None
        # Every move is listed; the newest line of each earlier release has the button.
        first = {line.release: number for number, line in reversed(list(enumerate(lines)))}
        return render_desk_page(
            "publish/releases.html",
            sheet=get_requested_list_page(list(enumerate(lines)), ON_A_PAGE),
            current=current,
            offered={number for release, number in first.items() if release != current},
            done=request.args.get("done", ""),
        )

    @views.get("/releases/<digest:release>/back/")
    @needs(Permission.PUBLISH, fresh=True)
    def release_back(release: str) -> Response:
        return _render_rollback_question(desk(), release)

    @views.post("/releases/<digest:release>/back/now")
    @needs(Permission.PUBLISH, fresh=True)
    def release_back_now(release: str) -> BaseResponse:
        """Roll back, if phones still get the release that the page showed, and with the reason that must be written."""
        seen = read_field("current", 64)
        if not NAME.fullmatch(seen):
            raise BadInput("current")
        lines = desk().publishing.list_releases()
        target = _require_earlier_release_line(lines, release)
        if lines[0].release != seen:
            return _render_rollback_question(desk(), release, status=409, refused="changed")
        try:
            reason = tidy_reason(read_field("reason", REASON_FIELD))
        except ContentRefused:
            return _render_rollback_question(desk(), release, status=422, refused="reason")
        desk().publishing.roll_back(current_person(), target.release, reason=reason)
        return redirect(url_for(".releases", done="back"), 303)


def _require_earlier_release_line(lines: list[ReleaseLine], release: str) -> ReleaseLine:
    found = next((line for line in lines if line.release == release != lines[0].release), None)
    if found is None:
        raise Gone("release")
    return found


def _render_rollback_question(desk: Desk, release: str, *, status: int = 200, refused: str = "") -> Response:
    lines = desk.publishing.list_releases()
    line = _require_earlier_release_line(lines, release)
    plan = desk.publishing.plan_rollback(release)
    return render_desk_page(
        "publish/back.html",
        status=status,
        line=line,
        now=lines[0],
        plan=plan,
        changes=[
            (unit, compare_contents(unit, desk.read_state(unit, now), desk.read_state(unit, then)))
            for unit, now, then in plan.units[:COMPARED]
        ],
        typed=request.form.get("reason", ""),
        refused=refused,
        note_max=MAX_NOTE_CHARS,
        **make_name_helpers(desk),
    )
