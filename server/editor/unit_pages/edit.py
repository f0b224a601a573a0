"""The page of one unit: its form, saving by button or automatically, dropping an edit, removing an entry, who is here."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.forms.unit_form import move_rows
from server.editor.unit_pages.unit_page import UnitPage
from server.editor.units.errors import BadUnit
from server.editor.units.unit import make_entry_unit
from server.editor.web.page import OpenDesk, accept_up_to, parse_unit_address, render_desk_page, unit_url
from server.editor.wording.field_words import KIND_NAMES
from server.guidance.files.layers import ARRAYS

# What can be added with a form of its own; a language is added on its own page.
ADDABLE = frozenset(kind for kinds in ARRAYS.values() for kind in kinds) - {"locale"}


def add_edit_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/edit/<unit>` and of its buttons."""
    _add_form_views(views, desk)
    _add_change_views(views, desk)
    _add_new_entry_views(views, desk)


def _add_form_views(views: Blueprint, desk: OpenDesk) -> None:
    @views.get("/<region:region>/edit/<unit:name>")
    @needs(Permission.READ)
    def edit(region: str, name: str) -> Response:
        page = UnitPage(desk(), parse_unit_address(region, name))
        page.record_presence()
        return page.render_unit(page.build_form())

    @views.post("/<region:region>/edit/<unit:name>")
    @needs(Permission.TRANSLATE)
    @accept_up_to()
    def save(region: str, name: str) -> BaseResponse:
        page = UnitPage(desk(), parse_unit_address(region, name))
        if "row" in request.form:
            return page.render_unit(page.build_form(move_rows(request.form, request.form["row"])), unsaved=True)
        return page.save_form()

    @views.post("/<region:region>/presence/<unit:name>")
    @needs(Permission.TRANSLATE)
    def presence(region: str, name: str) -> Response:
        """Return who else is here and the newest revision; an open page asks every minute."""
        page = UnitPage(desk(), parse_unit_address(region, name))
        if "leave" in request.form:
            page.presence.leave(page.person, page.unit, page.page)
        else:
            page.record_presence()
        return jsonify(
            here=page.presence.list_others(page.person, page.unit), head=page.draft.head, by=page.draft.by_name
        )


def _add_change_views(views: Blueprint, desk: OpenDesk) -> None:
    @views.post("/<region:region>/discard/<unit:name>")
    @needs(Permission.TRANSLATE)
    def discard(region: str, name: str) -> BaseResponse:
        """Discard the change; where there is none, the unit follows the shipped text again."""
        page = UnitPage(desk(), parse_unit_address(region, name))
        undo = page.desk.edits.drop_edit if page.draft.is_on_phones else page.desk.edits.discard_change
        done = "dropped" if page.draft.is_on_phones else "discarded"
        return page.change_and_redirect(lambda: undo(page.person, page.unit, seen=_read_seen_revision()), done)

    @views.post("/<region:region>/remove/<unit:name>")
    @needs(Permission.EDIT)
    def remove(region: str, name: str) -> BaseResponse:
        page = UnitPage(desk(), parse_unit_address(region, name))
        return page.change_and_redirect(
            lambda: page.desk.edits.save(page.person, page.unit, None, seen=_read_seen_revision()), "removed"
        )


def _add_new_entry_views(views: Blueprint, desk: OpenDesk) -> None:
    @views.get("/<region:region>/new/<kind>")
    @needs(Permission.EDIT)
    def new_entry(region: str, kind: str) -> Response:
        return _render_new_entry_form(region, kind)

    @views.post("/<region:region>/new/<kind>")
    @needs(Permission.EDIT)
    def make_entry(region: str, kind: str) -> BaseResponse:
        """Open the form of a new entry; nothing is saved before the form is."""
        typed = read_field("id", 500).strip()
        try:
            unit = make_entry_unit(region, kind, typed) if kind in ADDABLE else None
        except BadUnit:
            return _render_new_entry_form(region, kind, typed, "shape")
        if unit is not None and desk().edits.get_draft(unit).content is not None:
            return _render_new_entry_form(region, kind, typed, "taken")
        if unit is None:
            raise BadUnit(f"no entries of kind {kind[:20]!r} can be added")
        return redirect(unit_url(unit, new="1"), 303)

    def _render_new_entry_form(region: str, kind: str, typed: str = "", fault: str = "") -> Response:
        if kind not in ADDABLE or region not in desk().list_regions():
            raise BadUnit(f"no entries of kind {kind[:20]!r}")
        return render_desk_page(
            "edit/new_entry.html",
            status=422 if fault else 200,
            region=region,
            kind=kind,
            kind_name=KIND_NAMES[kind][0],
            typed=typed,
            fault=fault,
            back_to=url_for("desk.region", region=region),
        )


def _read_seen_revision() -> int:
    text = read_field("seen", 20)
    return int(text) if text.isdecimal() and len(text) < 10 else 0
