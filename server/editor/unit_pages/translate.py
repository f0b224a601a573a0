"""Translating: what a language lacks and what is behind, those texts first that are read at the door."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.packs.progress import Row, TextState, progress, rows
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, show
from server.editor.web.regions import pack_or_404, region_title
from server.editor.wording.names import shortened
from server.request_language import current_language

MOST_LINES = 300


def add_translate_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/<region>/translate/<locale>/`."""

    @views.get("/<region:region>/translate/<locale:locale>/")
    @needs(Permission.READ)
    def translate(region: str, locale: str) -> Response:
        usable = pack_or_404(desk(), region)
        if locale not in usable.pack.locales:
            raise BadUnit(f"no language {locale!r} in {region}")
        found = rows(usable.pack, locale)
        everything = request.args.get("all") == "1"
        shown = found if everything else waiting(found)
        return show(
            "edit/translate.html",
            pack=usable.pack,
            title=region_title(usable.pack, current_language()),
            locale=usable.pack.locales[locale],
            progress=progress(usable.pack, locale),
            rows=shown[:MOST_LINES],
            more=len(shown) - MOST_LINES,
            everything=everything,
            is_source=locale == usable.pack.source_locale,
            may_translate=current_person().may(Permission.TRANSLATE, locale),
            State=TextState,
            shortened=shortened,
        )


def waiting(found: list[Row]) -> list[Row]:
    """Give the texts that are missing or made from older words, those at the door first."""
    return [row for row in found if row.state is not TextState.CURRENT]


def next_row(desk: Desk, unit: Unit) -> Unit | None:
    """Give the next text that waits in the same language, after the last one the first again; None when none does."""
    usable = desk.pack(unit.region)
    if usable is None or unit.locale not in usable.pack.locales:
        return None
    found = rows(usable.pack, str(unit.locale))
    place = next((number for number, row in enumerate(found) if row.unit == unit), -1)
    todo = waiting([*found[place + 1 :], *found[: max(place, 0)]])
    return todo[0].unit if todo else None
