"""The review queue: each draft compared with what phones have, approved or sent back by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field, read_fields
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import TextsFaulty
from server.editor.edits.model import Draft, Status
from server.editor.edits.review import MAX_NOTE_CHARS, Note
from server.editor.forms.compare import ComparedField, compare_contents
from server.editor.packs.findings import Finding
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import (
    UNIT_MAX,
    get_requested_list_page,
    is_writable,
    list_reviewers,
    list_unit_findings,
    make_name_helpers,
    parse_whole_number,
    read_sent_number,
    read_sent_unit,
)

# Drafts on one page, each with its comparison.
ON_A_PAGE = 20
QUEUES = {
    "waiting": (Status.WAITING,),
    "reviewed": (Status.REVIEWED,),
    "writing": (Status.DRAFT, Status.RETURNED),
}


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One draft in the queue.

    `said` is its author's note, `why_not` the reason why this person may not review it, or "". `is_faulty`: it has errors
    that keep it from being approved.
    """

    draft: Draft
    said: str
    fields: Sequence[ComparedField]
    source: str | None
    note: Note | None
    findings: Sequence[Finding]
    why_not: str
    is_faulty: bool


def add_review_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/reviews/…`."""

    @views.get("/reviews/")
    @needs(Permission.READ)
    def reviews() -> Response:
        return _render_queue_page(desk())

    @views.post("/reviews/approve")
    @needs(Permission.REVIEW)
    def review_approve() -> BaseResponse:
        """Approve one text, or all texts on a page: each value is `<revision> <unit>`."""
        chosen = read_fields("text", UNIT_MAX + 12)
        if not chosen or len(chosen) > ON_A_PAGE:
            raise BadInput("text")
        # All are read before the first is approved: one bad value must not leave half of a page done.
        texts = [
            (Unit.parse(name), parse_whole_number(number)) for number, _, name in (one.partition(" ") for one in chosen)
        ]
        try:
            desk().reviews.approve_revisions(current_person(), texts)
        except TextsFaulty as error:
            return _render_queue_page(desk(), status=error.status, refused=error.findings)
        return _redirect_to_queue("approved")

    @views.post("/reviews/send-back")
    @needs(Permission.REVIEW)
    def review_send_back() -> BaseResponse:
        text = read_field("note", MAX_NOTE_CHARS * 2)
        desk().reviews.send_back_revision(current_person(), read_sent_unit(), read_sent_number("n"), text)
        return _redirect_to_queue("sent-back")

    @views.post("/reviews/hand-in")
    @needs(Permission.TRANSLATE)
    def review_hand_in() -> BaseResponse:
        unit = read_sent_unit()
        desk().reviews.submit_revision(current_person(), unit, read_sent_number("n"))
        faulty = any(one.severity == "error" for one in list_unit_findings(desk(), unit))
        return _redirect_to_queue("handed-in-faulty" if faulty else "handed-in", "writing")

    @views.post("/reviews/take-back")
    @needs(Permission.REVIEW)
    def review_take_back() -> BaseResponse:
        desk().reviews.revoke_review(current_person(), read_sent_unit())
        return _redirect_to_queue("taken-back", "reviewed")


def _redirect_to_queue(done: str, queue: str = "waiting") -> BaseResponse:
    return redirect(url_for(".reviews", done=done, show=queue), 303)


def _render_queue_page(desk: Desk, *, status: int = 200, refused: Sequence[Finding] = ()) -> Response:
    person = current_person()
    queue = request.args.get("show", "waiting")
    queue = queue if queue in QUEUES else "waiting"
    drafts = desk.list_drafts()
    chosen = [draft for draft in drafts if draft.status in QUEUES[queue]]
    # Texts of others come first: those this person can review.
    sheet = get_requested_list_page(sorted(chosen, key=lambda draft: draft.by == person.id), ON_A_PAGE)
    items = [_make_item(desk, draft) for draft in sheet.items]
    return render_desk_page(
        "publish/review.html",
        status=status,
        refused=refused,
        taken_back=desk.find_taken_back(),
        queue=queue,
        counts={name: sum(draft.status in some for draft in drafts) for name, some in QUEUES.items()},
        items=items,
        sheet=sheet,
        mine=[item for item in items if not item.why_not and not item.is_faulty],
        others=[one.name for one in list_reviewers() if one.id != person.id],
        note_max=MAX_NOTE_CHARS,
        is_writable=is_writable,
        done=request.args.get("done", ""),
        **make_name_helpers(desk),
    )


def _make_item(desk: Desk, draft: Draft) -> QueueItem:
    unit = draft.unit
    findings = list_unit_findings(desk, unit)
    # Only what has errors of its own is asked in full: the others are when somebody approves them.
    is_faulty = any(one.severity == "error" for one in findings) and bool(desk.approvals.find_errors([unit]))
    return QueueItem(
        draft=draft,
        said=""
        if draft.note.isdecimal()
        else draft.note,  # the note of a restored revision is the number of the old one
        fields=compare_contents(unit, desk.read_published(unit), draft.content),
        source=desk.reader.read_source_text(unit),
        note=desk.reviews.find_open_note(draft),
        findings=findings,
        why_not=desk.reviews.find_review_obstacle(current_person(), unit),
        is_faulty=is_faulty,
    )
