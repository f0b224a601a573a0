"""The publish page: what phones would get, shown before anybody presses the one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.review import MAX_NOTE_CHARS, tidy_reason
from server.editor.forms.compare import ComparedField, compare_contents
from server.editor.pages.review import QUEUES
from server.editor.releases.plan import PageChange, PlannedUnit, PublishPlan, SliceCost
from server.editor.units.errors import PlanChanged
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import REASON_FIELD, make_name_helpers
from server.errors import PackRefused
from server.publish.data_folder.blobs import NAME

# The most comparisons that are shown with the plan; the review has shown them all before.
COMPARED = 50


@dataclass(frozen=True, slots=True)
class LanguageChanges:
    """What one language of a region gets: the pages that change and what a phone fetches for it."""

    region: str
    locale: str
    pages: Sequence[PageChange]
    cost: SliceCost | None


def add_publish_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/publish/`."""

    @views.get("/publish/")
    @needs(Permission.READ)
    def publish() -> Response:
        return _render_plan_page(desk())

    @views.post("/publish/now")
    @needs(Permission.PUBLISH, fresh=True)
    def publish_now() -> BaseResponse:
        """Publish the plan that was on the page, and no other: its digest is part of the form."""
        digest = read_field("plan", 64)
        if not NAME.fullmatch(digest):
            raise BadInput("plan")
        if "again" not in request.form and desk().find_taken_back() is not None:
            return _render_plan_page(desk(), status=409, refused="taken-back")
        try:
            desk().publishing.publish_plan(current_person(), digest)
        except (PlanChanged, PackRefused) as error:
            return _render_plan_page(desk(), status=409, refused=error.code)
        return redirect(url_for(".releases", done="published"), 303)

    @views.post("/publish/send-back")
    @needs(Permission.REVIEW)
    def publish_send_back() -> BaseResponse:
        """Send what a rollback took back from phones to its authors, with the reason as the note."""
        taken_back = desk().find_taken_back()
        note = tidy_reason(read_field("note", REASON_FIELD))
        if taken_back is not None:
            desk().reviews.give_up_approvals(current_person(), taken_back.units, note)
        return redirect(url_for(".publish", done="sent-back"), 303)


def _render_plan_page(desk: Desk, *, status: int = 200, refused: str = "") -> Response:
    plan = desk.publishing.make_plan()
    drafts = desk.list_drafts()
    return render_desk_page(
        "publish/publish.html",
        status=status,
        plan=plan,
        refused=refused,
        done=request.args.get("done", ""),
        taken_back=desk.find_taken_back(),
        note_max=MAX_NOTE_CHARS,
        reach=_group_by_language(plan),
        compared=_compare_units(desk, plan.units[:COMPARED]),
        left={name: sum(draft.status in some for draft in drafts) for name, some in QUEUES.items()},
        **make_name_helpers(desk),
    )


def _group_by_language(plan: PublishPlan) -> list[LanguageChanges]:
    costs = {(cost.region, cost.locale): cost for cost in plan.costs}
    pages = {key: list(some) for key, some in groupby(plan.pages, lambda page: (page.region, page.locale))}
    keys = sorted(costs.keys() | pages.keys())
    return [
        LanguageChanges(region, tag, pages.get((region, tag), []), costs.get((region, tag))) for region, tag in keys
    ]


def _compare_units(desk: Desk, units: Sequence[PlannedUnit]) -> Mapping[Unit, list[ComparedField]]:
    found = {}
    for one in units:
        edit = desk.reader.find_edit(one.unit)
        state = edit.reviewed if edit and edit.reviewed.n == one.n else None
        follows = state is None or state.follows
        new = (
            desk.reader.read_baseline(one.unit)
            if state is None or follows
            else desk.contents.read(one.unit, state.content)
        )
        found[one.unit] = compare_contents(one.unit, desk.read_published(one.unit), new)
    return found
