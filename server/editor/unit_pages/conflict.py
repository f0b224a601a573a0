"""The page on which a person merges two changes of one unit. Nothing is overwritten before they have chosen."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.forms.conflict import find_common_specs, find_differences, merge_by_picks
from server.editor.units.content import Content, clean_content, format_content
from server.editor.units.unit import Kind, Unit
from server.editor.web.page import OpenDesk, accept_up_to, parse_unit_address, render_desk_page, unit_url
from server.editor.wording.field_words import KIND_NAMES, find_label
from server.editor.wording.names import find_kind_key, name_unit
from server.guidance.files.toml import parse_table
from server.guidance.model.pack import Pack
from server.request_language import current_language

NOTHING = "removed"


def add_conflict_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/merge/<unit>`."""

    @views.post("/<region:region>/merge/<unit:name>")
    @needs(Permission.TRANSLATE)
    @accept_up_to()
    def merge_edits(region: str, name: str) -> BaseResponse:
        return save_chosen_merge(desk(), parse_unit_address(region, name))


def render_conflict(conflict: EditConflict, pack: Pack | None) -> Response:
    """Return the page: theirs, yours, the common base, and both merged where that is possible."""
    unit, theirs, yours, before = conflict.unit, conflict.theirs, conflict.yours, conflict.before
    specs = find_common_specs(unit, [theirs.content, yours, before], pack)
    kind = find_kind_key(unit)
    whole = theirs.content is None or yours is None
    return render_desk_page(
        "edit/conflict.html",
        status=409,
        unit=unit,
        heading=name_unit(pack, unit, current_language()),
        kind_name=KIND_NAMES[kind][0],
        theirs=theirs,
        removed_by_them=theirs.content is None,
        whole=whole,
        differences=[] if whole else find_differences(theirs.content, yours, before, specs),
        label=lambda name: gettext(find_label(kind, name)),
        yours=_encode_content(unit, yours),
        before=_encode_content(unit, before),
    )


def save_chosen_merge(desk: Desk, unit: Unit) -> BaseResponse:
    """Save what was chosen. If somebody saved again in between, return the page again with the choices."""
    usable = desk.load_usable_pack(unit.region)
    pack = usable.pack if usable else None
    yours, before = _read_sent_content(unit, "yours"), _read_sent_content(unit, "before")
    theirs = desk.edits.get_draft(unit)
    try:
        if not _is_compared_revision(theirs.head):
            raise EditConflict(unit, theirs, yours, before)
        chosen = _merge_choices(unit, pack, theirs.content, yours, before)
        desk.edits.save(current_person(), unit, chosen, seen=theirs.head)
    except EditConflict as conflict:
        return render_conflict(conflict, pack)
    return redirect(unit_url(unit, done="merged"), 303)


def _is_compared_revision(head: int) -> bool:
    return request.form.get("theirs", "") == str(head)


def _merge_choices(
    unit: Unit, pack: Pack | None, theirs: Content | None, yours: Content | None, before: Content | None
) -> Content | None:
    if theirs is None or yours is None:
        return yours if request.form.get("pick") == "yours" else theirs
    specs = find_common_specs(unit, [theirs, yours, before], pack)
    picks: dict[str, str] = {}
    for one in find_differences(theirs, yours, before, specs):
        name = one.spec.name
        pick = request.form.get(f"pick-{name}", one.suggested or "")
        if pick == "own":
            pick = f"text:{request.form.get(f'own-{name}', '')}"
        elif pick == "both":
            pick = f"text:{one.both if one.both is not None else one.begin}"
        elif pick not in ("theirs", "yours"):
            raise BadInput(f"nothing was chosen for {name}")
        picks[name] = pick
    return merge_by_picks(unit, theirs, yours, picks, specs)


def _encode_content(unit: Unit, content: Content | None) -> str:
    return NOTHING if content is None else f"={format_content(unit, content)}"


def _read_sent_content(unit: Unit, name: str) -> Content | None:
    """Return a content that the page sent along in a hidden field.

    Raises:
        BadInput: Somebody tampered with it.
        ContentRefused: No pack file can hold it.
    """
    text = request.form.get(name, "").replace("\r\n", "\n")
    if text == NOTHING:
        return None
    if not text.startswith("="):
        raise BadInput(name)
    if unit.kind in (Kind.STRING, Kind.TOPIC):
        return clean_content(unit, text[1:])
    table = parse_table(text[1:], name, [])
    if table is None:
        raise BadInput(name)
    return clean_content(unit, table)
