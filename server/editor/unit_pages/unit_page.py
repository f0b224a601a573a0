"""The page of one unit, from the request to the answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, redirect, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_gate, current_person, wants_json
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import Draft, Sender, Status
from server.editor.edits.saving import may_write
from server.editor.forms.unit_fields import RAW, specs_for, to_content, to_values
from server.editor.forms.unit_form import UnitForm
from server.editor.packs.appearances import fragment_of
from server.editor.unit_pages.conflict import show_conflict
from server.editor.unit_pages.form_view import FormView, Message, form_view
from server.editor.unit_pages.unit_context import (
    basis,
    blank_entry,
    entry_of_topic,
    findings_of,
    in_other_languages,
    is_there,
    last_words,
    own_texts,
    preview_addresses,
    source_of,
)
from server.editor.units.content import Content
from server.editor.units.errors import BadUnit, ContentRefused
from server.editor.units.unit import Kind, Unit
from server.editor.web.page import FRAMING, show, unit_url
from server.editor.web.presence import Presence
from server.editor.wording.field_words import KIND_NAMES
from server.editor.wording.names import at_door, kind_key, unit_words
from server.request_language import current_language

# How the text of a topic is written.
EXAMPLES = {
    "heading": "## …",
    "item": "- …",
    "bold": "**…**",
    "src": "{src:ID}",
    "contact": "{contact:ID}",
    "hours": "{hours:ID}",
    "say": "{say:ID}",
    "rule": "{rule:ID}",
    "never": "{never:ID}",
    "topic": "[…](topic:ID)",
    "flow": "[…](flow:ID)",
}
PAGE = re.compile(r"[A-Za-z0-9_-]{12}")
DIGEST = re.compile(r"[0-9a-f]{16}")
TURN = re.compile(r"[0-9]{1,6}")


class UnitPage:
    """One unit in one request. Raises BadUnit when there is no such unit and no place for it."""

    def __init__(self, desk: Desk, unit: Unit) -> None:
        self.desk = desk
        self.unit = unit
        self.person = current_person()
        self.language = current_language()
        self.draft = desk.edits.opened(unit)
        self.usable = desk.pack(unit.region)
        self.pack = self.usable.pack if self.usable else None
        self.is_new = request.values.get("new") == "1"
        if unit.kind is Kind.MADE_FROM or not is_there(self.pack, self.draft, new=self.is_new):
            raise BadUnit(f"no such unit: {unit}")
        self.may_edit = may_write(self.person, unit)
        sent = request.form.get("page", "")
        self.page = sent if PAGE.fullmatch(sent) else secrets.token_urlsafe(9)
        turn = request.form.get("turn", "")
        self.turn = int(turn) if TURN.fullmatch(turn) else 0
        self.presence = Presence(desk.store, current_gate().now)

    def enter(self) -> None:
        """Note that the person has the page open, if they may write there."""
        if self.may_edit:
            self.presence.enter(self.person, self.unit, self.page)

    def content(self) -> Content | None:
        """Give what the form begins with: what the unit says, or said before it was removed."""
        if self.draft.content is not None:
            return self.draft.content
        if self.draft.head:
            return last_words(self.desk, self.unit)
        return blank_entry(self.unit, current_gate().now().date()) if self.unit.kind is Kind.ENTRY else None

    def form(self, sent: MultiDict[str, str] | None = None, content: Content | None = None) -> UnitForm:
        """Give the form: with what was sent, with `content`, or with what is kept."""
        shown = content if content is not None else self.content()
        specs = specs_for(self.unit, shown, self.pack)
        if sent is not None and self.unit.kind is Kind.TOPIC and "f_raw" in sent:
            specs = RAW
        return UnitForm(specs, to_values(shown, specs), sent)

    def save(self) -> BaseResponse:
        """Keep what was sent, and answer: a page, the page of a conflict, or JSON for the script that saves by itself."""
        form = self.form(request.form)
        if not form.is_readable():
            return self._refused(form, 422, "unreadable")
        source = form.source if DIGEST.fullmatch(form.source) else ""
        fits = bool(source) and ("fits" in request.form or self.draft.content is None)
        try:
            content = to_content(self.unit, form.values(), form.specs, self._before(form))
            self.draft = self.desk.edits.save(
                self.person,
                self.unit,
                content,
                seen=form.seen,
                made_from=source if fits else None,
                autosave="autosave" in request.form,
                sender=Sender(self.page, self.turn),
            )
        except EditConflict as conflict:
            return self._conflict(conflict)
        except ContentRefused:
            return self._refused(form, 400, "refused")
        return self._saved(form)

    def show(self, form: UnitForm, *, status: int = 200, unsaved: bool = False, note: str = "") -> Response:
        """Give the page with a form. `unsaved`: it holds what is not kept yet."""
        source = source_of(self.desk, self.draft)
        return show(
            "edit/unit.html",
            status=status,
            headers=FRAMING,
            unit=self.unit,
            draft=self.draft,
            Status=Status,
            kind_name=KIND_NAMES[kind_key(self.unit)][0],
            heading=unit_words(self.pack, self.unit, self.language),
            at_door=at_door(self.unit),
            form=self.view(form),
            seen=form.seen if form.form.seen.data else self.draft.head,
            source=source,
            source_locale=source.unit.locale if source else None,
            may_edit=self.may_edit,
            here=self.presence.others(self.person, self.unit),
            is_new=self.is_new and not self.draft.head and self.draft.content is None,
            is_removed=self.draft.content is None and self.draft.head > 0,
            is_left_out=self.usable is not None and self.unit in self.usable.left_out,
            unsaved=unsaved,
            note=note,
            done=request.args.get("done", ""),
            previews=preview_addresses(self.pack, self.unit, self.language),
            fragment=fragment_of(self.unit),
            own_texts=own_texts(self.pack, self.unit),
            others=in_other_languages(self.pack, self.unit),
            entry=entry_of_topic(self.unit),
            has_below=self.draft.head > 0 and not self.draft.follows,
            may_remove=self.unit.kind is Kind.ENTRY and self.draft.content is not None,
            region_name=self.region_name(),
            pack=self.pack,
            examples=EXAMPLES,
            page=self.page,
            turn=self.turn,
        )

    def view(self, form: UnitForm) -> FormView:
        """Give the form with what the checker says of the unit as it is kept."""
        kind = kind_key(self.unit)
        found = findings_of(self.desk, self.unit, self.usable)
        return form_view(form, kind, self.pack, found, locale=self.language, gettext=gettext)

    def region_name(self) -> str:
        """Give what the region is called."""
        names = self.pack.strings if self.pack else {}
        tag = self.language if self.language in names else self.pack.source_locale if self.pack else ""
        return names.get(tag, {}).get("region.name", self.unit.region)

    def change(self, make: Callable[[], Draft], done: str) -> BaseResponse:
        """Do something with the whole unit, and show it again."""
        try:
            make()
        except EditConflict:
            done = "changed"
        return redirect(unit_url(self.unit, done=done), 303)

    def _before(self, form: UnitForm) -> Content | None:
        found = basis(self.desk, self.draft, form.seen)
        return found if found is not None else self.content()

    def _conflict(self, conflict: EditConflict) -> Response:
        if wants_json():
            answer = jsonify(state="conflict", by=conflict.theirs.by_name, head=conflict.theirs.head)
            answer.status_code = 409
            return answer
        return show_conflict(conflict, self.pack)

    def _refused(self, form: UnitForm, status: int, note: str) -> Response:
        if not wants_json():
            return self.show(form, status=status, unsaved=True, note=note)
        answer = jsonify(state=note, messages=_plain(self.view(form)))
        answer.status_code = status
        return answer

    def _saved(self, form: UnitForm) -> BaseResponse:
        action = request.form.get("action", "")
        if action == "submit" and self.draft.status is Status.DRAFT:
            self.draft = self.desk.reviews.submit(self.person, self.unit, self.draft.head)
        if not wants_json():
            after = request.form.get("after", "")
            target = self._after() if action == "next" else None
            done = "submitted" if action == "submit" else "saved"
            return redirect(target or unit_url(self.unit, done=done, **({"after": after} if after else {})), 303)
        self.usable = self.desk.pack(self.unit.region)
        self.pack = self.usable.pack if self.usable else None
        return jsonify(
            state="saved",
            head=self.draft.head,
            at=self.draft.at,
            status=self.draft.status,
            here=self.presence.others(self.person, self.unit),
            messages=_plain(self.view(form)),
        )

    def _after(self) -> str | None:
        from server.editor.unit_pages.translate import next_row  # only translations have a next one

        found = next_row(self.desk, self.unit)
        return unit_url(found, done="next") if found else None


def _plain(view: FormView) -> dict[str, list[dict[str, Any]]]:
    def as_json(one: Message) -> dict[str, Any]:
        return {"severity": one.severity, "text": one.text}

    return {name: [as_json(one) for one in messages] for name, messages in view.messages_by_name().items()}
