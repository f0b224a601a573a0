"""A new language of a region, and a new region below another one: both are data, and begin as drafts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers
from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.units.errors import ContentRefused, PlaceRefused, UnknownPlace
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import make_name_helpers
from server.guidance.model.pack import Pack
from server.guidance.model.regions import is_language_tag, is_region_id
from server.i18n import N_, get_text_direction
from server.request_language import current_language

# Longer than anything that is right, so that the answer can say what is wrong.
FIELD_MAX = 500
NAME_MAX = 100
# Why a region or a language was not added, by the reason of the refusal.
REGION_REASONS: Mapping[str, str] = {
    "code": N_("This is not a code of ISO 3166-2: those have one to three letters or digits after the country's code."),
    "taken": N_("There is a region with this code already."),
    "name": N_("A name is missing, or longer than 100 characters."),
}
LOCALE_REASONS: Mapping[str, str] = {
    "tag": N_("Choose a language, or write its tag as in zh-Hant or ms."),
    "taken": N_("The region has this language already."),
    "fallback": N_("Missing texts can only come from a language that is not in work itself."),
    "name": N_("A name is missing, or longer than 100 characters."),
}
AT_ONCE = N_("Somebody did the same at this moment. Look at it and try again.")


def add_new_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/languages/new` and `/regions/new`."""

    @views.get("/<region:region>/languages/new")
    @needs(Permission.EDIT)
    def new_locale(region: str) -> Response:
        return _render_locale_page(desk(), _require_pack(desk(), region))

    @views.post("/<region:region>/languages/add")
    @needs(Permission.EDIT)
    def new_locale_add(region: str) -> BaseResponse:
        pack = _require_pack(desk(), region)
        tag = read_field("other", FIELD_MAX).strip() or read_field("tag", FIELD_MAX)
        name = read_field("name", FIELD_MAX).strip()
        try:
            if not is_language_tag(tag):
                raise PlaceRefused("tag", tag[:40])
            name = _check_name(name or find_own_name(tag))
            direction = get_text_direction(tag) if find_own_name(tag) else "ltr"
            fallback = read_field("fallback", FIELD_MAX)
            desk().add_locale(current_person(), region, tag, name=name, direction=direction, fallback=fallback)
        except (ContentRefused, EditConflict) as error:
            return _render_locale_page(desk(), pack, status=400, refused=_find_reason(error, LOCALE_REASONS))
        return _redirect_to_region(region, "language")

    @views.get("/regions/new")
    @needs(Permission.EDIT)
    def new_region() -> Response:
        parent = request.args.get("parent", "")
        return _render_region_page(desk(), _require_parent(desk(), parent) if is_region_id(parent) else None)

    @views.post("/regions/add")
    @needs(Permission.EDIT)
    def new_region_add() -> BaseResponse:
        parent = _require_parent(desk(), read_field("parent", 6))
        code = read_field("code", FIELD_MAX)
        names = {tag: read_field(f"name.{tag}", FIELD_MAX) for tag in parent.locales}
        try:
            checked = {tag: _check_name(name) for tag, name in names.items()}
            made = desk().add_subregion(current_person(), parent.id, code, checked)
        except (ContentRefused, EditConflict) as error:
            return _render_region_page(desk(), parent, status=400, refused=_find_reason(error, REGION_REASONS))
        return _redirect_to_region(made[0].unit.region, "region")


def _check_name(name: str) -> str:
    """Return a name as it is saved. Raises PlaceRefused."""
    if not name.strip() or len(name.strip()) > NAME_MAX:
        raise PlaceRefused("name")
    return name.strip()


def _find_reason(error: ContentRefused | EditConflict, reasons: Mapping[str, str]) -> str:
    """Return the sentence for a refusal, in the reader's language."""
    return str(gettext(reasons[error.reason] if isinstance(error, PlaceRefused) else AT_ONCE))


def find_own_name(tag: str) -> str:
    """Return the name of a language in itself, "" when CLDR has none."""
    try:
        return str(Locale.parse(tag, sep="-").get_display_name() or "")
    except (UnknownLocaleError, ValueError, TypeError):
        return ""


@cache
def list_known_languages(shown_in: str) -> list[tuple[str, str]]:
    """Return the languages that have a name in CLDR, with script where it matters, sorted as they are shown."""
    reader = Locale.parse(shown_in, sep="-")
    found = {}
    for identifier in locale_identifiers():
        locale = Locale.parse(identifier)
        tag = identifier.replace("_", "-")
        name = locale.get_display_name(reader)
        if locale.territory is None and locale.variant is None and is_language_tag(tag) and name:
            found[tag] = f"{name} – {locale.get_display_name()}"
    return sorted(found.items(), key=lambda one: one[1].casefold())


def _require_pack(desk: Desk, region: str) -> Pack:
    usable = desk.load_usable_pack(region) if is_region_id(region) else None
    if usable is None:
        raise UnknownPlace(f"no region {region[:20]!r}")
    return usable.pack


def _require_parent(desk: Desk, region: str) -> Pack:
    """Return a region's pack without its languages in work: nobody is asked for a name in those."""
    _require_pack(desk, region)
    return desk.load_pack_of_whole_locales(region)


def _redirect_to_region(region: str, done: str) -> BaseResponse:
    return redirect(url_for("desk.region", region=region, done=done), 303)


def _render_locale_page(desk: Desk, pack: Pack, *, status: int = 200, refused: str = "") -> Response:
    known = [one for one in list_known_languages(current_language()) if one[0] not in pack.locales]
    return render_desk_page(
        "publish/new_locale.html",
        status=status,
        pack=pack,
        known=known,
        fallbacks=desk.load_pack_of_whole_locales(pack.id).locales.values(),
        refused=refused,
        sent=request.form,
        **make_name_helpers(desk),
    )


def _render_region_page(desk: Desk, parent: Pack | None, *, status: int = 200, refused: str = "") -> Response:
    countries = [region for region in desk.list_regions() if "-" not in region]
    if parent is None and len(countries) == 1:
        parent = _require_parent(desk, countries[0])
    return render_desk_page(
        "publish/new_region.html",
        status=status,
        parent=parent,
        countries=countries,
        refused=refused,
        sent=request.form,
        **make_name_helpers(desk),
    )
