"""The search over everything at the desk."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server.auth.guard import needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.packs.search import Found, search_pack
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.request_helpers import get_requested_list_page, make_name_helpers

MOST_WORDS = 200
ON_A_PAGE = 50


def add_search_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the view of `/search/`."""

    @views.get("/search/")
    @needs(Permission.READ)
    def search() -> Response:
        words = request.args.get("q", "")[:MOST_WORDS]
        return render_desk_page(
            "edit/search.html",
            words=words,
            sheet=get_requested_list_page(search_desk(desk(), words), ON_A_PAGE),
            **make_name_helpers(desk()),
        )


def search_desk(desk: Desk, words: str) -> list[Found]:
    """Return what holds all of these words in any region, drafts included; of a sub-region only what is its own."""
    found: list[Found] = []
    for region in desk.list_regions() if words.strip() else ():
        usable = desk.load_usable_pack(region)
        if usable is not None:
            own = set(desk.list_own_units(region)) if usable.pack.parent else None
            found += [one for one in search_pack(usable.pack, words) if own is None or one.unit in own]
    return found
