"""Translating: what a language lacks and what is behind, those texts first that are read at the door."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server.auth.guard import current_person, needs
from server.auth.pages import desk_language
from server.auth.roles import Permission
from server.editor.errors import BadUnit
from server.editor.names import shortened
from server.editor.progress import TextState, progress, rows
from server.editor.translate_page import waiting
from server.editor.views_lists import pack_or_404, region_title
from server.editor.web import OpenDesk, show

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
            title=region_title(usable.pack, desk_language()),
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
