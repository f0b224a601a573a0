"""Translating: missing and outdated texts of a language, those first that are read at the door."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.packs.progress import TextRow, TextState, list_text_rows, measure_progress
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.regions import find_region_title, load_pack_or_404
from server.editor.wording.names import shorten_text
from server.request_language import current_language

MOST_LINES = 300


def add_translate_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/translate/<locale>/`."""

    @views.get("/<region:region>/translate/<locale:locale>/")
    @needs(Permission.READ)
    def translate(region: str, locale: str) -> Response:
        usable = load_pack_or_404(desk(), region)
        if locale not in usable.pack.locales:
            raise BadUnit(f"no language {locale!r} in {region}")
        found = list_text_rows(usable.pack, locale)
        everything = request.args.get("all") == "1"
        shown = found if everything else list_waiting_texts(found)
        return render_desk_page(
            "edit/translate.html",
            pack=usable.pack,
            title=find_region_title(usable.pack, current_language()),
            locale=usable.pack.locales[locale],
            progress=measure_progress(usable.pack, locale),
            rows=shown[:MOST_LINES],
            more=len(shown) - MOST_LINES,
            everything=everything,
            is_source=locale == usable.pack.source_locale,
            may_translate=current_person().may(Permission.TRANSLATE, locale),
            in_work=locale in desk().find_locales_in_work(region),
            may_remove=current_person().may(Permission.EDIT) and desk().may_remove_locale(region, locale),
            State=TextState,
            shortened=shorten_text,
        )


def list_waiting_texts(found: list[TextRow]) -> list[TextRow]:
    """Return the texts that are missing or made from an older source, those at the door first."""
    return [row for row in found if row.state is not TextState.CURRENT]


def find_next_text(desk: Desk, unit: Unit) -> Unit | None:
    """Return the next waiting text of the same language; after the last one comes the first. None when no text waits."""
    usable = desk.load_usable_pack(unit.region)
    if usable is None or unit.locale not in usable.pack.locales:
        return None
    found = list_text_rows(usable.pack, str(unit.locale))
    place = next((number for number, row in enumerate(found) if row.unit == unit), -1)
    todo = list_waiting_texts([*found[place + 1 :], *found[: max(place, 0)]])
    return todo[0].unit if todo else None
