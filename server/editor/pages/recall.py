"""Withdraw one topic from every phone at its next contact, and restore it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import Gone
from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.review import MAX_NOTE_CHARS, tidy_reason
from server.editor.releases.recalls import Recall, read_recalls
from server.editor.units.errors import ContentRefused
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import REASON_FIELD, make_name_helpers
from server.errors import NoRelease, PackRefused
from server.guidance.model.pack import GUIDE_PAGES
from server.request_language import current_language


@dataclass(frozen=True, slots=True)
class PublishedTopic:
    """A topic that phones have, or that was withdrawn from them, with its languages, and who withdrew it if that is known."""

    region: str
    topic: str
    title: str
    locales: Sequence[str]
    is_withdrawn: bool
    recall: Recall | None = None


def list_recallable_topics(desk: Desk) -> list[PublishedTopic]:
    """Return every topic of the current release and every withdrawn one, by region, the withdrawn ones first."""
    recalled = set(desk.folder.channel.read().recalled)
    addresses = set(recalled)
    try:
        release = desk.folder.read_current()
    except NoRelease:
        slices = {}
    else:
        slices = dict(release.slices)
    for key, digest in slices.items():
        addresses |= set(desk.folder.read_slice(key, digest).files)
    locales: dict[tuple[str, str], list[str]] = {}
    withdrawn = set()
    for address in sorted(addresses):
        parts = address.split("/")
        if len(parts) == 5 and parts[2] == "guide" and parts[4] == "" and parts[3] not in GUIDE_PAGES:
            locales.setdefault((parts[0], parts[3]), []).append(parts[1])
            withdrawn |= {(parts[0], parts[3])} if address in recalled else set()
    noted = read_recalls(desk.store)
    found = [
        PublishedTopic(
            region,
            topic,
            _find_title(desk, region, topic),
            tags,
            (region, topic) in withdrawn,
            noted.get((region, topic)) if (region, topic) in withdrawn else None,
        )
        for (region, topic), tags in locales.items()
    ]
    return sorted(found, key=lambda one: (one.region, not one.is_withdrawn, one.title))


def _find_title(desk: Desk, region: str, topic: str) -> str:
    """Return the title on phones; a draft may have changed it since."""
    usable = desk.load_usable_pack(region, with_drafts=False)
    texts = usable.pack.topic_texts if usable else {}
    for tag in (current_language(), *texts):
        if found := texts.get(tag, {}).get(topic):
            return str(found.title)
    return topic


def add_recall_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/recalls/…`."""

    @views.get("/recalls/")
    @needs(Permission.READ)
    def recalls() -> Response:
        return render_desk_page(
            "publish/recall.html",
            topics=list_recallable_topics(desk()),
            done=request.args.get("done", ""),
            **make_name_helpers(desk()),
        )

    @views.get("/recalls/<region:region>/<topic>/")
    @needs(Permission.PUBLISH, fresh=True)
    def recall_one(region: str, topic: str) -> Response:
        return _render_question(desk(), _require_topic(desk(), region, topic))

    @views.post("/recalls/<region:region>/<topic>/withdraw")
    @needs(Permission.PUBLISH, fresh=True)
    def recall_withdraw(region: str, topic: str) -> BaseResponse:
        return _recall_or_restore(desk(), region, topic, lift=False)

    @views.post("/recalls/<region:region>/<topic>/lift")
    @needs(Permission.PUBLISH, fresh=True)
    def recall_lift(region: str, topic: str) -> BaseResponse:
        return _recall_or_restore(desk(), region, topic, lift=True)


def _require_topic(desk: Desk, region: str, topic: str) -> PublishedTopic:
    found = next((one for one in list_recallable_topics(desk) if (one.region, one.topic) == (region, topic)), None)
    if found is None:
        raise Gone("topic")
    return found


def _recall_or_restore(desk: Desk, region: str, topic: str, *, lift: bool) -> BaseResponse:
    one = _require_topic(desk, region, topic)
    try:
        reason = "" if lift else tidy_reason(read_field("reason", REASON_FIELD))
        desk.publishing.recall_topic(current_person(), region, topic, lift=lift, reason=reason)
    except ContentRefused:
        return _render_question(desk, one, status=422, refused="reason")
    except PackRefused:
        # Somebody else has done the same, or published a release without it, since the page was opened.
        return _render_question(desk, one, status=409, refused="changed")
    return redirect(url_for(".recalls", done="lifted" if lift else "withdrawn"), 303)


def _render_question(desk: Desk, one: PublishedTopic, *, status: int = 200, refused: str = "") -> Response:
    return render_desk_page(
        "publish/recall_one.html",
        status=status,
        one=one,
        refused=refused,
        typed=request.form.get("reason", ""),
        note_max=MAX_NOTE_CHARS,
        **make_name_helpers(desk),
    )
