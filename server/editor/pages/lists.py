"""A region: its overview and its lists."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_gate, current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.model import Status
from server.editor.packs.appearances import list_keys_on_no_screen, list_screens
from server.editor.packs.loading import UsablePack
from server.editor.packs.ordering import ORDERED
from server.editor.packs.progress import measure_progress
from server.editor.units.unit import Unit
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.regions import find_region_title, load_pack_or_404
from server.editor.web.request_helpers import is_writable
from server.editor.wording.field_words import KIND_NAMES
from server.editor.wording.finding_words import describe_finding
from server.editor.wording.listings import LISTINGS, Listing, ListItem, Lists
from server.editor.wording.names import choose_reading_locale, find_editor_text, name_unit
from server.guidance.model.pack import Pack
from server.request_language import current_language

# More lines than this are shown on pages of their own.
MOST_LINES = 300


def add_list_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/` and `/<region>/<list>/`."""

    @views.get("/<region:region>/")
    @needs(Permission.READ)
    def region(region: str) -> Response:
        return _render_overview(desk(), region)

    @views.post("/<region:region>/hand-in")
    @needs(Permission.TRANSLATE)
    def region_hand_in(region: str) -> BaseResponse:
        """Hand in everything of a region that this person may write."""
        load_pack_or_404(desk(), region)
        desk().hand_in_region(current_person(), region)
        return redirect(url_for("desk.region", region=region, done="handed-in"), 303)

    @views.get(f"/<region:region>/<any({', '.join(LISTINGS)}):listing>/")
    @needs(Permission.READ)
    def listing(region: str, listing: str) -> Response:
        usable = load_pack_or_404(desk(), region)
        lists = _load_lists(desk(), usable)
        if listing == "door":
            return _render_door_list(lists)
        if listing == "texts":
            return _render_texts(lists)
        return _render_entries(lists, LISTINGS[listing])


def _load_lists(desk: Desk, usable: UsablePack) -> Lists:
    region = usable.pack.id
    return Lists(
        usable.pack,
        desk.list_drafts(region),
        desk.check_region(region),
        current_language(),
        desk.find_locales_in_work(region),
    )


def _render_overview(desk: Desk, region: str) -> Response:
    usable = load_pack_or_404(desk, region)
    pack, checked, drafts = usable.pack, desk.check_region(region), desk.list_drafts(region)
    return render_desk_page(
        "edit/region.html",
        pack=pack,
        title=find_region_title(pack, current_language()),
        listings=LISTINGS.values(),
        drafts=drafts,
        errors=checked.errors,
        warnings=[one for one in checked.findings if one.severity == "warning"],
        left_out=usable.left_out,
        locales=[(locale, measure_progress(pack, locale.tag)) for locale in pack.locales.values()],
        in_work=desk.find_locales_in_work(region),
        may_remove=current_person().may(Permission.EDIT) and desk.may_remove_region(region),
        parent=_find_parent_title(desk, pack),
        own=desk.list_own_units(region),
        to_hand_in=[one for one in drafts if one.status is Status.DRAFT and is_writable(one.unit)],
        done=request.args.get("done", ""),
        today=current_gate().now().date(),
        words=lambda unit: name_unit(pack, unit, current_language()),
        say=lambda finding: describe_finding(finding, gettext),
    )


def _find_parent_title(desk: Desk, pack: Pack) -> str:
    """Return the name of the region above this one, "" when there is none."""
    above = desk.load_usable_pack(pack.parent) if pack.parent else None
    return find_region_title(above.pack, current_language()) if above else ""


def _render_entries(lists: Lists, listing: Listing) -> Response:
    person = current_person()
    groups = [(kind, KIND_NAMES[kind][1], lists.make_entry_items(kind)) for kind in listing.kinds]
    topics: dict[str, list[ListItem]] = {}
    if listing.name == "topics":
        pack = lists.pack
        topics = {
            one: [lists.make_item(Unit(pack.id, f"{tag}/topics/{one}.md")) for tag in pack.locales]
            for one in pack.topics
        }
    return render_desk_page(
        "edit/list.html",
        pack=lists.pack,
        title=find_region_title(lists.pack, current_language()),
        listing=listing,
        groups=groups,
        topics=topics,
        ordered=ORDERED,
        may_add=person.may(Permission.EDIT),
        today=current_gate().now().date(),
    )


def _choose_locale(pack: Pack) -> str:
    """Return the language whose texts are listed: the one asked for, the person's own, or the source's."""
    asked = request.args.get("locale", "")
    own = next((tag for tag in current_person().locales if tag in pack.locales), "")
    return asked if asked in pack.locales else own or choose_reading_locale(pack, current_language())


def _render_door_list(lists: Lists) -> Response:
    pack, locale = lists.pack, _choose_locale(lists.pack)
    pages = list_screens(pack)
    found = [
        (screen, [(part.name, lists.make_text_items(part.keys, locale)) for part in screen.parts]) for screen in pages
    ]
    return render_desk_page(
        "edit/door.html",
        pack=pack,
        title=find_region_title(pack, current_language()),
        listing=LISTINGS["door"],
        locale=locale,
        screens=found,
        elsewhere=lists.make_text_items(list_keys_on_no_screen(pack, pages), locale),
        name=lambda flow: find_editor_text(pack, f"flow.{flow}.title", current_language()) or flow,
        today=current_gate().now().date(),
    )


def _render_texts(lists: Lists) -> Response:
    locale, words = _choose_locale(lists.pack), request.args.get("q", "")[:200]
    found = list(lists.search_texts(words, locale))
    asked = request.args.get("page", "1")
    page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
    return render_desk_page(
        "edit/texts.html",
        pack=lists.pack,
        title=find_region_title(lists.pack, current_language()),
        listing=LISTINGS["texts"],
        locale=locale,
        words=words,
        items=found[(page - 1) * MOST_LINES : page * MOST_LINES],
        total=len(found),
        page=page,
        pages=-(-len(found) // MOST_LINES),
        today=current_gate().now().date(),
    )
