"""Edits whose baseline changed: theirs, yours and the old baseline, to choose from or to merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput, Gone
from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.edits.upgrades import Upgrade
from server.editor.forms.compare import ComparedField, compare_contents
from server.editor.units.content import MAX_STRING_CHARS, Content, hash_content
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Unit
from server.editor.web.page import FORM_BYTES, OpenDesk, accept_up_to, parse_unit_address, render_desk_page
from server.editor.web.request_helpers import (
    get_requested_list_page,
    is_writable,
    make_name_helpers,
    read_sent_number,
    read_sent_unit,
)
from server.guidance.files.toml import Table

ON_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field of a table that differs. `suggested` is the only side that changed it, "" when both did."""

    name: str
    theirs: str
    yours: str
    suggested: str


def add_upgrade_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/upgrades/…`."""

    @views.get("/upgrades/")
    @needs(Permission.READ)
    def upgrades() -> Response:
        sheet = get_requested_list_page(desk().list_upgrades(), ON_A_PAGE)
        done = request.args.get("done", "")
        return render_desk_page("publish/upgrades.html", sheet=sheet, done=done, **make_name_helpers(desk()))

    @views.get("/<region:region>/upgrade/<unit:name>")
    @needs(Permission.READ)
    def upgrade(region: str, name: str) -> Response:
        return _render_upgrade_page(desk(), _require_upgrade(desk(), parse_unit_address(region, name)))

    @views.post("/upgrades/settle")
    @accept_up_to(FORM_BYTES)
    @needs(Permission.TRANSLATE)
    def upgrade_settle() -> BaseResponse:
        """Take theirs, keep yours, or save a merge; only what was on the page is decided."""
        found = _require_upgrade(desk(), read_sent_unit())
        how, seen = read_field("how", 10), read_sent_number("seen")
        if read_field("theirs", 64) != hash_content(found.unit, found.theirs) or seen != found.head:
            return _render_upgrade_page(desk(), found, status=409, refused="changed")
        try:
            _carry_out_decision(desk(), found, how)
        except EditConflict:
            return _render_upgrade_page(desk(), found, status=409, refused="changed")
        except ContentRefused:
            return _render_upgrade_page(desk(), found, status=400, refused="content")
        return redirect(url_for(".upgrades", done="settled"), 303)


def _require_upgrade(desk: Desk, unit: Unit) -> Upgrade:
    found = next((one for one in desk.list_upgrades(unit.region) if one.unit == unit), None)
    if found is None:
        raise Gone("upgrade")
    return found


def _carry_out_decision(desk: Desk, one: Upgrade, how: str) -> None:
    if how == "theirs":
        desk.edits.drop_edit(current_person(), one.unit, seen=one.head)
    elif how == "yours":
        desk.edits.keep_edit_after_upgrade(current_person(), one.unit, seen=one.head)
    elif how == "merged":
        desk.save_merged(current_person(), one.unit, _read_merged(one), seen=one.head)
    else:
        raise BadInput("how")


def _read_merged(one: Upgrade) -> Content:
    if isinstance(one.theirs, dict) and isinstance(one.yours, dict):
        return _merge_chosen_fields(one.theirs, one.yours)
    text = read_field("text", FORM_BYTES)
    if not text.strip() or (one.unit.key and len(text) > MAX_STRING_CHARS):
        raise ContentRefused(f"{one.unit}: no text")
    return text


def _merge_chosen_fields(theirs: Table, yours: Table) -> Table:
    """Return the table with each field from the side that was chosen for it."""
    made: Table = {}
    for name in (*yours, *(name for name in theirs if name not in yours)):
        side = yours
        if theirs.get(name) != yours.get(name):
            chosen = read_field(f"field.{name}", 10)
            if chosen not in ("theirs", "yours"):
                raise BadInput(name)
            side = theirs if chosen == "theirs" else yours
        if name in side:
            made[name] = side[name]
    return made


def _list_field_choices(one: Upgrade) -> Sequence[FieldChoice]:
    theirs, yours, before = (side if isinstance(side, dict) else {} for side in (one.theirs, one.yours, one.before))
    if not (isinstance(one.theirs, dict) and isinstance(one.yours, dict)):
        return ()
    found = []
    for name in (*yours, *(name for name in theirs if name not in yours)):
        if theirs.get(name) != yours.get(name):
            changed = theirs.get(name) != before.get(name), yours.get(name) != before.get(name)
            suggested = {(True, False): "theirs", (False, True): "yours"}.get(changed, "")
            found.append(FieldChoice(name, _format_value(theirs.get(name)), _format_value(yours.get(name)), suggested))
    return found


def _format_value(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(_format_value, value))
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_format_value(item)}" for name, item in value.items())
    return "" if value is None else str(value)


def _render_upgrade_page(desk: Desk, one: Upgrade, *, status: int = 200, refused: str = "") -> Response:
    unit = one.unit
    by_them: Sequence[ComparedField] = compare_contents(unit, one.before, one.theirs)
    is_table = isinstance(one.theirs, dict) and isinstance(one.yours, dict)
    is_text = isinstance(one.theirs, str) and isinstance(one.yours, str)
    return render_desk_page(
        "publish/upgrade.html",
        status=status,
        one=one,
        unit=unit,
        by_them=by_them,
        by_you=compare_contents(unit, one.before, one.yours),
        merge=one.merge if is_text else None,
        choices=_list_field_choices(one),
        is_table=is_table,
        before_words=one.before if isinstance(one.before, str) else _format_value(one.before),
        theirs_digest=hash_content(unit, one.theirs),
        may_settle=is_writable(unit),
        refused=refused,
        **make_name_helpers(desk),
    )
