"""The page of one unit, from the request to the answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, redirect, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_gate, current_person, wants_json
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import Draft, Sender, Status
from server.editor.edits.publications import Publication
from server.editor.edits.saving import may_write
from server.editor.forms.topic_file import find_first_body_line
from server.editor.forms.typed import normalize_sent_values
from server.editor.forms.unit_fields import RAW, build_content, list_unit_specs, make_form_values
from server.editor.forms.unit_form import UnitForm
from server.editor.packs.appearances import find_fragment
from server.editor.packs.usage import find_using_units
from server.editor.unit_pages.conflict import render_conflict
from server.editor.unit_pages.form_view import FormView, build_form_view
from server.editor.unit_pages.picks import Picks
from server.editor.unit_pages.unit_context import (
    can_open_unit,
    find_form_basis,
    find_last_content,
    find_topic_entry,
    list_entry_texts,
    list_findings,
    list_other_languages,
    list_preview_addresses,
    load_source_text,
    make_blank_entry,
)
from server.editor.units.content import Content
from server.editor.units.errors import BadUnit, ContentRefused
from server.editor.units.unit import Kind, Unit
from server.editor.web.page import FRAMING, render_desk_page, unit_url
from server.editor.web.presence import Presence
from server.editor.wording.field_words import KIND_NAMES
from server.editor.wording.names import find_kind_key, is_read_at_door, name_unit
from server.request_language import current_language
from server.store.errors import StoreUnavailable, is_disk_full

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
    """One unit in one request. Raises BadUnit when there is no such unit and it cannot be filled in."""

    def __init__(self, desk: Desk, unit: Unit) -> None:
        self.desk = desk
        self.unit = unit
        self.person = current_person()
        self.language = current_language()
        self.draft = desk.edits.get_draft(unit)
        self.usable = desk.load_usable_pack(unit.region)
        self.pack = self.usable.pack if self.usable else None
        self.is_new = request.values.get("new") == "1"
        if unit.kind is Kind.MADE_FROM or not can_open_unit(self.pack, self.draft, new=self.is_new):
            raise BadUnit(f"no such unit: {unit}")
        self.may_edit = may_write(self.person, unit)
        sent = request.form.get("page", "")
        self.page = sent if PAGE.fullmatch(sent) else secrets.token_urlsafe(9)
        turn = request.form.get("turn", "")
        self.turn = int(turn) if TURN.fullmatch(turn) else 0
        self.presence = Presence(desk.store, current_gate().now)

    def record_presence(self) -> None:
        """Record that the person has the page open, if they may write there."""
        if self.may_edit:
            self.presence.enter(self.person, self.unit, self.page)

    def find_content(self) -> Content | None:
        """Return the content with which the form begins: the unit's own, or the last one before it was removed."""
        if self.draft.content is not None:
            return self.draft.content
        if self.draft.head:
            return find_last_content(self.desk, self.unit)
        return make_blank_entry(self.unit, current_gate().now().date()) if self.unit.kind is Kind.ENTRY else None

    def build_form(self, sent: MultiDict[str, str] | None = None, content: Content | None = None) -> UnitForm:
        """Return the form with what was sent, with `content`, or with what is saved."""
        shown = content if content is not None else self.find_content()
        specs = list_unit_specs(self.unit, shown, self.pack)
        if sent is not None and self.unit.kind is Kind.TOPIC and "f_raw" in sent:
            specs = RAW
        if sent is not None:
            sent = normalize_sent_values(
                Picks(self.pack, self.language, gettext).resolve_sent_names(sent, specs), specs
            )
        return UnitForm(specs, make_form_values(shown, specs), sent)

    def save_form(self) -> BaseResponse:
        """Save what was sent. Return a page, the page of a conflict, or JSON for the script that autosaves."""
        form = self.build_form(request.form)
        if not form.is_readable():
            return self._answer_refusal(form, 422, "unreadable")
        source = form.source if DIGEST.fullmatch(form.source) else ""
        fits = bool(source) and ("fits" in request.form or self.draft.content is None)
        try:
            content = build_content(self.unit, form.read_values(), form.specs, self._read_basis(form))
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
            return self._answer_conflict(conflict)
        except ContentRefused:
            return self._answer_refusal(form, 400, "refused")
        except StoreUnavailable as error:
            # The page comes back with what was typed: an error page would lose it.
            return self._answer_refusal(form, error.status, "disk-full" if is_disk_full(error) else "no-store")
        return self._answer_saved(form)

    def render_unit(self, form: UnitForm, *, status: int = 200, unsaved: bool = False, note: str = "") -> Response:
        """Return the page with a form. `unsaved`: the form holds changes that are not saved yet."""
        source = load_source_text(self.desk, self.draft)
        return render_desk_page(
            "edit/unit.html",
            status=status,
            headers=FRAMING,
            unit=self.unit,
            draft=self.draft,
            Status=Status,
            taken_back=self._find_rollback(),
            sent_back=self.desk.reviews.find_open_note(self.draft) if self.draft.head else None,
            kind_name=KIND_NAMES[find_kind_key(self.unit)][0],
            heading=name_unit(self.pack, self.unit, self.language),
            at_door=is_read_at_door(self.unit),
            form=self.build_view(form),
            seen=form.seen if form.form.seen.data else self.draft.head,
            source=source,
            source_locale=source.unit.locale if source else None,
            may_edit=self.may_edit,
            here=self.presence.list_others(self.person, self.unit),
            is_new=self.is_new and not self.draft.head and self.draft.content is None,
            is_removed=self.draft.content is None and self.draft.head > 0,
            is_left_out=self.usable is not None and self.unit in self.usable.left_out,
            unsaved=unsaved,
            note=note,
            done=request.args.get("done", ""),
            uses=[(one, name_unit(self.pack, one, self.language)) for one in self._list_uses()],
            previews=list_preview_addresses(self.pack, self.unit, self.language),
            fragment=find_fragment(self.unit),
            own_texts=list_entry_texts(self.pack, self.unit),
            in_work=self.desk.find_locales_in_work(self.unit.region),
            others=list_other_languages(self.pack, self.unit),
            entry=find_topic_entry(self.unit),
            has_change=not self.draft.is_on_phones and self.desk.edits.may_discard(self.person, self.unit),
            has_below=self.draft.is_on_phones and not self.draft.follows,
            may_remove=self.unit.kind is Kind.ENTRY and self.draft.content is not None,
            may_remove_locale=self.unit.key.startswith("locale:")
            and self.desk.may_remove_locale(self.unit.region, self.unit.entry[1]),
            region_name=self.find_region_name(),
            pack=self.pack,
            examples=EXAMPLES,
            page=self.page,
            turn=self.turn,
        )

    def build_view(self, form: UnitForm) -> FormView:
        """Return the form with the checker's findings on the unit as it is saved."""
        kind = find_kind_key(self.unit)
        found = list_findings(self.desk, self.unit, self.usable)
        line = find_first_body_line(self.draft.content)
        return build_form_view(form, kind, self.pack, found, locale=self.language, gettext=gettext, first_line=line)

    def _list_uses(self) -> tuple[Unit, ...]:
        """Return where the entry is used."""
        return find_using_units(self.pack, self.unit) if self.pack and self.unit.kind is Kind.ENTRY else ()

    def find_region_name(self) -> str:
        """Return the name of the region."""
        names = self.pack.strings if self.pack else {}
        tag = self.language if self.language in names else self.pack.source_locale if self.pack else ""
        return names.get(tag, {}).get("region.name", self.unit.region)

    def change_and_redirect(self, make: Callable[[], Draft], done: str) -> BaseResponse:
        """Run `make` on the whole unit, and redirect to its page."""
        try:
            make()
        except EditConflict:
            done = "changed"
        return redirect(unit_url(self.unit, done=done), 303)

    def _find_rollback(self) -> Publication | None:
        """Return the rollback that took the approved text of this unit back from phones, or None."""
        found = self.desk.find_taken_back() if self.draft.reviewed else None
        return found.publication if found and self.unit in found.units else None

    def _read_basis(self, form: UnitForm) -> Content | None:
        found = find_form_basis(self.desk, self.draft, form.seen)
        return found if found is not None else self.find_content()

    def _answer_conflict(self, conflict: EditConflict) -> Response:
        if wants_json():
            answer = jsonify(state="conflict", by=conflict.theirs.by_name, head=conflict.theirs.head)
            answer.status_code = 409
            return answer
        return render_conflict(conflict, self.pack)

    def _answer_refusal(self, form: UnitForm, status: int, note: str) -> Response:
        if not wants_json():
            return self.render_unit(form, status=status, unsaved=True, note=note)
        answer = jsonify(state=note, **_serialize_view(self.build_view(form)))
        answer.status_code = status
        return answer

    def _answer_saved(self, form: UnitForm) -> BaseResponse:
        action = request.form.get("action", "")
        if action == "submit" and self.draft.status in (Status.DRAFT, Status.RETURNED):
            self.draft = self.desk.reviews.submit_revision(self.person, self.unit, self.draft.head)
        if not wants_json():
            after = request.form.get("after", "")
            target = self._find_next_address() if action == "next" else None
            done = "submitted" if action == "submit" and self.draft.status is Status.WAITING else "saved"
            return redirect(target or unit_url(self.unit, done=done, **({"after": after} if after else {})), 303)
        self.usable = self.desk.load_usable_pack(self.unit.region)
        self.pack = self.usable.pack if self.usable else None
        return jsonify(
            state="saved",
            head=self.draft.head,
            at=self.draft.at,
            status=self.draft.status,
            here=self.presence.list_others(self.person, self.unit),
            **_serialize_view(self.build_view(form)),
        )

    def _find_next_address(self) -> str | None:
        from server.editor.unit_pages.translate import find_next_text  # only translations have a next one

        found = find_next_text(self.desk, self.unit)
        return unit_url(found, done="next") if found else None


def _serialize_view(view: FormView) -> dict[str, Any]:
    """Return the messages of each field, and the list above the form, for the script."""
    messages = {name: [asdict(one) for one in some] for name, some in view.group_messages_by_name().items()}
    return {"messages": messages, "errors": [asdict(one) for one in view.errors]}
