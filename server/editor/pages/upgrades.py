"""Where a newer shipped text meets an edit: theirs, yours and what stood before, to choose or to merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput, Gone
from server.auth.forms import field
from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.edits.upgrades import Upgrade
from server.editor.forms.compare import Field, compared
from server.editor.units.content import MAX_STRING_CHARS, Content, digest
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Unit
from server.editor.web.page import FORM_BYTES, OpenDesk, show, takes, unit_at
from server.editor.web.request_helpers import asked_sheet, is_writable, name_helpers, sent_number, sent_unit
from server.guidance.toml import Table

ON_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of a table that differs. `suggested` is the side that alone has changed it, "" when both have."""

    name: str
    theirs: str
    yours: str
    suggested: str


def add_upgrade_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/upgrades/…`."""

    @views.get("/upgrades/")
    @needs(Permission.READ)
    def upgrades() -> Response:
        sheet = asked_sheet(desk().upgrades(), ON_A_PAGE)
        done = request.args.get("done", "")
        return show("publish/upgrades.html", sheet=sheet, done=done, **name_helpers(desk()))

    @views.get("/<region:region>/upgrade/<unit:name>")
    @needs(Permission.READ)
    def upgrade(region: str, name: str) -> Response:
        return _page(desk(), _found(desk(), unit_at(region, name)))

    @views.post("/upgrades/settle")
    @takes(FORM_BYTES)
    @needs(Permission.TRANSLATE)
    def upgrade_settle() -> BaseResponse:
        """Take theirs, keep yours, or save what was made of both; only what was on the page is settled."""
        found = _found(desk(), sent_unit())
        how, seen = field("how", 10), sent_number("seen")
        if field("theirs", 64) != digest(found.unit, found.theirs) or seen != found.head:
            return _page(desk(), found, status=409, refused="changed")
        try:
            _settle(desk(), found, how)
        except EditConflict:
            return _page(desk(), found, status=409, refused="changed")
        except ContentRefused:
            return _page(desk(), found, status=400, refused="content")
        return redirect(url_for(".upgrades", done="settled"), 303)


def _found(desk: Desk, unit: Unit) -> Upgrade:
    found = next((one for one in desk.upgrades(unit.region) if one.unit == unit), None)
    if found is None:
        raise Gone("upgrade")
    return found


def _settle(desk: Desk, one: Upgrade, how: str) -> None:
    if how == "theirs":
        desk.edits.follow_shipped(current_person(), one.unit, seen=one.head)
    elif how == "yours":
        desk.edits.keep(current_person(), one.unit, seen=one.head)
    elif how == "merged":
        desk.save_merged(current_person(), one.unit, _merged(one), seen=one.head)
    else:
        raise BadInput("how")


def _merged(one: Upgrade) -> Content:
    if isinstance(one.theirs, dict) and isinstance(one.yours, dict):
        return _chosen(one.theirs, one.yours)
    text = field("text", FORM_BYTES)
    if not text.strip() or (one.unit.key and len(text) > MAX_STRING_CHARS):
        raise ContentRefused(f"{one.unit}: no text")
    return text


def _chosen(theirs: Table, yours: Table) -> Table:
    """Give the table with each field from the side that was chosen for it."""
    made: Table = {}
    for name in (*yours, *(name for name in theirs if name not in yours)):
        side = yours
        if theirs.get(name) != yours.get(name):
            chosen = field(f"field.{name}", 10)
            if chosen not in ("theirs", "yours"):
                raise BadInput(name)
            side = theirs if chosen == "theirs" else yours
        if name in side:
            made[name] = side[name]
    return made


def _choices(one: Upgrade) -> Sequence[Choice]:
    theirs, yours, before = (side if isinstance(side, dict) else {} for side in (one.theirs, one.yours, one.before))
    if not (isinstance(one.theirs, dict) and isinstance(one.yours, dict)):
        return ()
    found = []
    for name in (*yours, *(name for name in theirs if name not in yours)):
        if theirs.get(name) != yours.get(name):
            changed = theirs.get(name) != before.get(name), yours.get(name) != before.get(name)
            suggested = {(True, False): "theirs", (False, True): "yours"}.get(changed, "")
            found.append(Choice(name, _shown(theirs.get(name)), _shown(yours.get(name)), suggested))
    return found


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(_shown, value))
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_shown(item)}" for name, item in value.items())
    return "" if value is None else str(value)


def _page(desk: Desk, one: Upgrade, *, status: int = 200, refused: str = "") -> Response:
    unit = one.unit
    by_them: Sequence[Field] = compared(unit, one.before, one.theirs)
    is_table = isinstance(one.theirs, dict) and isinstance(one.yours, dict)
    is_text = isinstance(one.theirs, str) and isinstance(one.yours, str)
    return show(
        "publish/upgrade.html",
        status=status,
        one=one,
        unit=unit,
        by_them=by_them,
        by_you=compared(unit, one.before, one.yours),
        merge=one.merge if is_text else None,
        choices=_choices(one),
        is_table=is_table,
        before_words=one.before if isinstance(one.before, str) else _shown(one.before),
        theirs_digest=digest(unit, one.theirs),
        may_settle=is_writable(unit),
        refused=refused,
        **name_helpers(desk),
    )
