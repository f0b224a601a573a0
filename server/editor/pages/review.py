"""The review queue: each draft against what phones have, approved or sent back by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.forms import field, fields
from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.model import Draft, Status
from server.editor.edits.review import MAX_NOTE_CHARS, Note
from server.editor.forms.compare import Field, compared
from server.editor.packs.findings import Finding
from server.editor.units.content import Content
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, show
from server.editor.web.request_helpers import (
    UNIT_MAX,
    asked_sheet,
    findings_of,
    name_helpers,
    reviewers,
    sent_number,
    sent_unit,
    whole_number,
)

# So many drafts stand on one page, each with its comparison.
ON_A_PAGE = 20
QUEUES = {"waiting": Status.WAITING, "reviewed": Status.REVIEWED, "writing": Status.DRAFT}


@dataclass(frozen=True, slots=True)
class Item:
    """One draft in the queue. `said` is what its author wrote to it, `why_not` why this person may not review it, or ""."""

    draft: Draft
    said: str
    fields: Sequence[Field]
    source: str | None
    note: Note | None
    findings: Sequence[Finding]
    why_not: str


def published_content(desk: Desk, unit: Unit) -> Content | None:
    """Give what phones have of a unit now."""
    state = desk.ledger.state(unit)
    return desk.ground.below(unit) if state is None or state.follows else desk.contents.read(unit, state.content)


def add_review_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/reviews/…`."""

    @views.get("/reviews/")
    @needs(Permission.READ)
    def reviews() -> Response:
        return _queue_page(desk())

    @views.post("/reviews/approve")
    @needs(Permission.REVIEW)
    def review_approve() -> BaseResponse:
        """Approve one text, or every one that stood on a page: each value is `<revision> <unit>`."""
        chosen = fields("text", UNIT_MAX + 12)
        if not chosen or len(chosen) > ON_A_PAGE:
            raise BadInput("text")
        # All are read before the first is approved: one bad value must not leave half of a page done.
        texts = [(Unit.parse(name), whole_number(number)) for number, _, name in (one.partition(" ") for one in chosen)]
        for unit, revision in texts:
            desk().reviews.review(current_person(), unit, revision)
        return _back("approved")

    @views.post("/reviews/send-back")
    @needs(Permission.REVIEW)
    def review_send_back() -> BaseResponse:
        text = field("note", MAX_NOTE_CHARS * 2)
        desk().reviews.send_back(current_person(), sent_unit(), sent_number("n"), text)
        return _back("sent-back")

    @views.post("/reviews/hand-in")
    @needs(Permission.TRANSLATE)
    def review_hand_in() -> BaseResponse:
        desk().reviews.submit(current_person(), sent_unit(), sent_number("n"))
        return _back("handed-in", "writing")

    @views.post("/reviews/take-back")
    @needs(Permission.REVIEW)
    def review_take_back() -> BaseResponse:
        desk().reviews.take_back(current_person(), sent_unit())
        return _back("taken-back", "reviewed")


def _back(done: str, queue: str = "waiting") -> BaseResponse:
    return redirect(url_for(".reviews", done=done, show=queue), 303)


def _queue_page(desk: Desk) -> Response:
    person = current_person()
    queue = request.args.get("show", "waiting")
    queue = queue if queue in QUEUES else "waiting"
    drafts = desk.drafts()
    chosen = [draft for draft in drafts if draft.status is QUEUES[queue]]
    # What somebody else wrote comes first: that is what this person can do something about.
    sheet = asked_sheet(sorted(chosen, key=lambda draft: draft.by == person.id), ON_A_PAGE)
    items = [_item(desk, draft) for draft in sheet.items]
    return show(
        "publish/review.html",
        queue=queue,
        counts={name: sum(draft.status is status for draft in drafts) for name, status in QUEUES.items()},
        items=items,
        sheet=sheet,
        mine=[item for item in items if not item.why_not],
        others=[one.name for one in reviewers() if one.id != person.id],
        note_max=MAX_NOTE_CHARS,
        done=request.args.get("done", ""),
        **name_helpers(desk),
    )


def _item(desk: Desk, draft: Draft) -> Item:
    unit = draft.unit
    note = desk.reviews.last_note(unit)
    return Item(
        draft=draft,
        said="" if draft.note.isdecimal() else draft.note,  # a restored state notes the number of the one it came from
        fields=compared(unit, published_content(desk, unit), draft.content),
        source=desk.ground.source_text(unit),
        note=note if note is not None and note.n == draft.head else None,
        findings=findings_of(desk, unit),
        why_not=desk.reviews.why_not(current_person(), unit),
    )
