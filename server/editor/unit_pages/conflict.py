"""The page on which a person brings two changes of one unit together. Nothing is overwritten before they have chosen."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.forms.conflict import differences, merged, specs_in_common
from server.editor.units.content import Content, as_text, clean
from server.editor.units.unit import Kind, Unit
from server.editor.web.page import OpenDesk, show, takes, unit_at, unit_url
from server.editor.wording.field_words import KIND_NAMES, label_of
from server.editor.wording.names import kind_key, unit_words
from server.guidance.model import Pack
from server.guidance.toml import parse_table
from server.request_language import current_language

NOTHING = "removed"


def add_conflict_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/<region>/merge/<unit>`."""

    @views.post("/<region:region>/merge/<unit:name>")
    @needs(Permission.TRANSLATE)
    @takes()
    def merge_edits(region: str, name: str) -> BaseResponse:
        return merge(desk(), unit_at(region, name))


def show_conflict(conflict: EditConflict, pack: Pack | None) -> Response:
    """Give the page: theirs, yours, what both began from, and both together where that is possible."""
    unit, theirs, yours, before = conflict.unit, conflict.theirs, conflict.yours, conflict.before
    specs = specs_in_common(unit, [theirs.content, yours, before], pack)
    kind = kind_key(unit)
    whole = theirs.content is None or yours is None
    return show(
        "edit/conflict.html",
        status=409,
        unit=unit,
        heading=unit_words(pack, unit, current_language()),
        kind_name=KIND_NAMES[kind][0],
        theirs=theirs,
        removed_by_them=theirs.content is None,
        whole=whole,
        differences=[] if whole else differences(theirs.content, yours, before, specs),
        label=lambda name: gettext(label_of(kind, name)),
        yours=_as_sent(unit, yours),
        before=_as_sent(unit, before),
    )


def merge(desk: Desk, unit: Unit) -> BaseResponse:
    """Save what was chosen; when somebody has saved again meanwhile, show the page again with what was chosen."""
    usable = desk.pack(unit.region)
    pack = usable.pack if usable else None
    yours, before = _sent(unit, "yours"), _sent(unit, "before")
    theirs = desk.edits.opened(unit)
    try:
        if not _is_current(theirs.head):
            raise EditConflict(unit, theirs, yours, before)
        chosen = _chosen(unit, pack, theirs.content, yours, before)
        desk.edits.save(current_person(), unit, chosen, seen=theirs.head)
    except EditConflict as conflict:
        return show_conflict(conflict, pack)
    return redirect(unit_url(unit, done="merged"), 303)


def _is_current(head: int) -> bool:
    return request.form.get("theirs", "") == str(head)


def _chosen(
    unit: Unit, pack: Pack | None, theirs: Content | None, yours: Content | None, before: Content | None
) -> Content | None:
    if theirs is None or yours is None:
        return yours if request.form.get("pick") == "yours" else theirs
    specs = specs_in_common(unit, [theirs, yours, before], pack)
    picks: dict[str, str] = {}
    for one in differences(theirs, yours, before, specs):
        name = one.spec.name
        pick = request.form.get(f"pick-{name}", one.suggested or "")
        if pick == "own":
            pick = f"text:{request.form.get(f'own-{name}', '')}"
        elif pick == "both":
            pick = f"text:{one.both if one.both is not None else one.begin}"
        elif pick not in ("theirs", "yours"):
            raise BadInput(f"nothing was chosen for {name}")
        picks[name] = pick
    return merged(unit, theirs, yours, picks, specs)


def _as_sent(unit: Unit, content: Content | None) -> str:
    return NOTHING if content is None else f"={as_text(unit, content)}"


def _sent(unit: Unit, name: str) -> Content | None:
    """Give a content that the page carried along.

    Raises:
        BadInput: It was changed on the way.
        ContentRefused: It cannot stand in a pack.
    """
    text = request.form.get(name, "").replace("\r\n", "\n")
    if text == NOTHING:
        return None
    if not text.startswith("="):
        raise BadInput(name)
    if unit.kind in (Kind.STRING, Kind.TOPIC):
        return clean(unit, text[1:])
    table = parse_table(text[1:], name, [])
    if table is None:
        raise BadInput(name)
    return clean(unit, table)
