"""The entrance of the desk: what waits for the person who is signed in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babel.units import format_unit
from flask import Blueprint, Response, redirect, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_gate, current_person, needs, open_to_all
from server.auth.roles import Permission, Person
from server.editor.desk import Desk
from server.editor.packs.progress import LocaleProgress, measure_progress
from server.editor.packs.reminders import SPANS
from server.editor.pages.inbox import load_inbox
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.presence import Presence
from server.editor.web.regions import find_region_title
from server.editor.wording.finding_words import describe_finding
from server.editor.wording.names import name_unit
from server.guidance.model.pack import Pack
from server.request_language import current_language

# The most lines of a list on this page; the rest is behind its link.
MOST_LINES = 8


def add_home_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/editor/`."""

    @views.get("")
    @open_to_all
    def entrance() -> BaseResponse:
        """Redirect to the entrance; the router itself would answer with an absolute address."""
        return redirect(url_for("desk.home"), 301)

    @views.get("/")
    @needs(Permission.READ)
    def home() -> Response:
        return _render_home(desk())


def _render_home(desk: Desk) -> Response:
    person, language, today = current_person(), current_language(), current_gate().now().date()
    packs = {
        region: usable.pack for region in desk.list_regions() if (usable := desk.load_usable_pack(region)) is not None
    }
    may_edit = person.may(Permission.EDIT)
    inbox = load_inbox(desk, person, desk.list_regions())
    found: dict[str, Any] = {
        "translate": _list_languages_to_translate(person, packs),
        "due": desk.list_due_checks(today) if may_edit else [],
        "upgrades": desk.list_upgrades() if may_edit else [],
    }
    return render_desk_page(
        "edit/home.html",
        **found,
        inbox=inbox,
        nothing=inbox.is_empty_for(person) and not any(found.values()),
        say=lambda finding: describe_finding(finding, gettext),
        span=SPANS[0],
        regions=list(packs),
        here=[one for one in Presence(desk.store, current_gate().now).list_everybody() if one.person != person.id],
        words=lambda unit: name_unit(packs.get(unit.region), unit, language),
        region_name=lambda region: find_region_title(packs[region], language) if region in packs else region,
        free=format_free_space(desk.folder.root) if person.may(Permission.PEOPLE) else "",
        today=today,
        most=MOST_LINES,
    )


def _list_languages_to_translate(person: Person, packs: Mapping[str, Pack]) -> list[tuple[LocaleProgress, str]]:
    """Return the incomplete languages that this person may write, with their names."""
    found = []
    for pack in packs.values():
        for locale in pack.locales.values():
            if person.may(Permission.TRANSLATE, locale.tag):
                state = measure_progress(pack, locale.tag)
                if state.missing or state.stale:
                    found.append((state, locale.name))
    return found


def format_free_space(folder: Path) -> str:
    """Return how much room is left on the disk of a folder, as people read it; "" when nobody can tell."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ""
    return format_unit(round(free / 10**9, 1), "digital-gigabyte", "short", locale=get_locale())
