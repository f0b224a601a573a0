"""Remove a region or a language that was made by mistake, before anybody has it on a phone."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.units.errors import PlaceRefused, UnknownPlace
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.regions import load_pack_or_404
from server.editor.web.request_helpers import make_name_helpers
from server.guidance.model.regions import find_parent_id


def add_removal_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/remove-whole` and `/<region>/languages/<locale>/remove`."""
    _add_region_views(views, desk)
    _add_locale_views(views, desk)


def _add_region_views(views: Blueprint, desk: OpenDesk) -> None:
    def render_region_removal(region: str, status: int = 200) -> Response:
        pack = load_pack_or_404(desk(), region).pack
        return render_desk_page(
            "publish/remove_region.html",
            status=status,
            pack=pack,
            may_remove=desk().may_remove_region(region),
            count=desk().count_region_edits(region),
            **make_name_helpers(desk()),
        )

    @views.get("/<region:region>/remove-whole")
    @needs(Permission.EDIT)
    def remove_region(region: str) -> Response:
        return render_region_removal(region)

    @views.post("/<region:region>/remove-whole")
    @needs(Permission.EDIT, fresh=True)
    def remove_region_now(region: str) -> BaseResponse:
        try:
            desk().remove_region(current_person(), region)
        except PlaceRefused:
            return render_region_removal(region, status=409)
        parent = find_parent_id(region)
        if parent in desk().list_regions():
            return redirect(url_for("desk.region", region=parent, done="region-removed"), 303)
        return redirect(url_for("desk.home"), 303)


def _add_locale_views(views: Blueprint, desk: OpenDesk) -> None:
    def render_locale_removal(region: str, locale: str, status: int = 200) -> Response:
        pack = load_pack_or_404(desk(), region).pack
        if locale not in pack.locales:
            raise UnknownPlace(f"no language {locale!r} in {region}")
        return render_desk_page(
            "publish/remove_locale.html",
            status=status,
            pack=pack,
            locale=pack.locales[locale],
            may_remove=desk().may_remove_locale(region, locale),
            count=desk().count_locale_edits(region, locale) - 1,
            **make_name_helpers(desk()),
        )

    @views.get("/<region:region>/languages/<locale:locale>/remove")
    @needs(Permission.EDIT)
    def remove_locale(region: str, locale: str) -> Response:
        return render_locale_removal(region, locale)

    @views.post("/<region:region>/languages/<locale:locale>/remove")
    @needs(Permission.EDIT, fresh=True)
    def remove_locale_now(region: str, locale: str) -> BaseResponse:
        try:
            desk().remove_locale(current_person(), region, locale)
        except PlaceRefused:
            return render_locale_removal(region, locale, status=409)
        return redirect(url_for("desk.region", region=region, done="language-removed"), 303)
