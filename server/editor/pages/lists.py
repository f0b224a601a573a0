"""A region: its overview and its lists."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext

from server.auth.guard import current_gate, current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.packs.appearances import elsewhere, screens
from server.editor.packs.loading import Usable
from server.editor.packs.progress import progress
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, show
from server.editor.web.regions import pack_or_404, region_title
from server.editor.wording.field_words import KIND_NAMES
from server.editor.wording.finding_words import finding_words
from server.editor.wording.listings import LISTINGS, Item, Listing, Lists
from server.editor.wording.names import reading_locale, string, unit_words
from server.guidance.model import Pack
from server.request_language import current_language

# More lines than this are shown on pages of their own.
MOST_LINES = 300


def add_list_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/<region>/` and `/<region>/<list>/`."""

    @views.get("/<region:region>/")
    @needs(Permission.READ)
    def region(region: str) -> Response:
        return _overview(desk(), region)

    @views.get(f"/<region:region>/<any({', '.join(LISTINGS)}):listing>/")
    @needs(Permission.READ)
    def listing(region: str, listing: str) -> Response:
        usable = pack_or_404(desk(), region)
        lists = _lists(desk(), usable)
        if listing == "door":
            return _door(lists)
        if listing == "texts":
            return _texts(lists)
        return _entries(lists, LISTINGS[listing])


def _lists(desk: Desk, usable: Usable) -> Lists:
    region = usable.pack.id
    return Lists(usable.pack, desk.drafts(region), desk.check(region), current_language())


def _overview(desk: Desk, region: str) -> Response:
    usable = pack_or_404(desk, region)
    pack, checked, drafts = usable.pack, desk.check(region), desk.drafts(region)
    return show(
        "edit/region.html",
        pack=pack,
        title=region_title(pack, current_language()),
        listings=LISTINGS.values(),
        drafts=drafts,
        errors=checked.errors,
        warnings=[one for one in checked.findings if one.severity == "warning"],
        left_out=usable.left_out,
        locales=[(locale, progress(pack, locale.tag)) for locale in pack.locales.values()],
        today=current_gate().now().date(),
        words=lambda unit: unit_words(pack, unit, current_language()),
        say=lambda finding: finding_words(finding, gettext),
    )


def _entries(lists: Lists, listing: Listing) -> Response:
    person = current_person()
    groups = [(kind, KIND_NAMES[kind][1], lists.entries(kind)) for kind in listing.kinds]
    topics: dict[str, list[Item]] = {}
    if listing.name == "topics":
        pack = lists.pack
        topics = {
            one: [lists.item(Unit(pack.id, f"{tag}/topics/{one}.md")) for tag in pack.locales] for one in pack.topics
        }
    return show(
        "edit/list.html",
        pack=lists.pack,
        title=region_title(lists.pack, current_language()),
        listing=listing,
        groups=groups,
        topics=topics,
        may_add=person.may(Permission.EDIT),
        today=current_gate().now().date(),
    )


def _locale(pack: Pack) -> str:
    """Give the language whose texts are listed: the one asked for, the person's own, or the source's."""
    asked = request.args.get("locale", "")
    own = next((tag for tag in current_person().locales if tag in pack.locales), "")
    return asked if asked in pack.locales else own or reading_locale(pack, current_language())


def _door(lists: Lists) -> Response:
    pack, locale = lists.pack, _locale(lists.pack)
    pages = screens(pack)
    found = [(screen, [(part.name, lists.texts(part.keys, locale)) for part in screen.parts]) for screen in pages]
    return show(
        "edit/door.html",
        pack=pack,
        title=region_title(pack, current_language()),
        listing=LISTINGS["door"],
        locale=locale,
        screens=found,
        elsewhere=lists.texts(elsewhere(pack, pages), locale),
        name=lambda flow: string(pack, f"flow.{flow}.title", current_language()) or flow,
        today=current_gate().now().date(),
    )


def _texts(lists: Lists) -> Response:
    locale, words = _locale(lists.pack), request.args.get("q", "")[:200]
    found = list(lists.search(words, locale))
    asked = request.args.get("page", "1")
    page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
    return show(
        "edit/texts.html",
        pack=lists.pack,
        title=region_title(lists.pack, current_language()),
        listing=LISTINGS["texts"],
        locale=locale,
        words=words,
        items=found[(page - 1) * MOST_LINES : page * MOST_LINES],
        total=len(found),
        page=page,
        pages=-(-len(found) // MOST_LINES),
        today=current_gate().now().date(),
    )
