"""The releases: who published what and when, and the way back to an earlier one."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput, Gone
from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.releases.publishing import ReleaseLine
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import get_requested_list_page
from server.publish.data_folder.blobs import NAME

ON_A_PAGE = 50


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
    @needs(Permission.PUBLISH)
    def release_back(release: str) -> Response:
        return _render_rollback_question(desk(), release)

    @views.post("/releases/<digest:release>/back/now")
    @needs(Permission.PUBLISH, fresh=True)
    def release_back_now(release: str) -> BaseResponse:
        """Roll back, if phones still get the release that the page showed."""
        seen = read_field("current", 64)
        if not NAME.fullmatch(seen):
            raise BadInput("current")
        lines = desk().publishing.list_releases()
        target = _require_earlier_release_line(lines, release)
        if lines[0].release != seen:
            return _render_rollback_question(desk(), release, status=409)
        desk().publishing.roll_back(current_person(), target.release)
        return redirect(url_for(".releases", done="back"), 303)


def _require_earlier_release_line(lines: list[ReleaseLine], release: str) -> ReleaseLine:
    found = next((line for line in lines if line.release == release != lines[0].release), None)
    if found is None:
        raise Gone("release")
    return found


def _render_rollback_question(desk: Desk, release: str, *, status: int = 200) -> Response:
    lines = desk.publishing.list_releases()
    return render_desk_page(
        "publish/back.html",
        status=status,
        line=_require_earlier_release_line(lines, release),
        now=lines[0],
        refused=status == 409,
    )
