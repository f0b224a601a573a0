"""Put topics, contacts and checks in order: one step up or down, or to the top."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import current_person, needs
from server.auth.pages.sent_fields import read_field
from server.auth.roles import Permission
from server.editor.edits.errors import EditConflict
from server.editor.packs.ordering import ORDERED, list_entries_in_order
from server.editor.units.unit import make_head_unit
from server.editor.web.page import OpenDesk, render_desk_page
from server.editor.web.regions import find_region_title, load_pack_or_404
from server.editor.web.request_helpers import parse_whole_number, read_sent_number
from server.editor.wording.field_words import KIND_NAMES
from server.editor.wording.listings import LISTINGS
from server.editor.wording.names import name_entry
from server.request_language import current_language

ID_MAX = 200


def add_order_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/order/<kind>/`."""
    address = f"/<region:region>/order/<any({', '.join(ORDERED)}):kind>/"

    @views.get(address)
    @needs(Permission.EDIT)
    def order(region: str, kind: str) -> Response:
        pack = load_pack_or_404(desk(), region).pack
        language = current_language()
        rows = [(one, name_entry(pack, kind, one, language) or one) for one in list_entries_in_order(pack, kind)]
        return render_desk_page(
            "edit/order.html",
            pack=pack,
            title=find_region_title(pack, language),
            kind=kind,
            kind_name=KIND_NAMES[kind][1],
            listing=next(listing for listing in LISTINGS.values() if kind in listing.kinds),
            rows=rows,
            head=desk().edits.get_draft(make_head_unit(region)),
            moved=request.args.get("moved", ""),
            done=request.args.get("done", ""),
        )

    @views.post(f"{address}move")
    @needs(Permission.EDIT)
    def order_move(region: str, kind: str) -> BaseResponse:
        load_pack_or_404(desk(), region)
        one, _, place = read_field("to", ID_MAX + 20).rpartition(":")
        try:
            desk().move_entry(
                current_person(), region, kind, one, parse_whole_number(place), seen=read_sent_number("seen")
            )
        except EditConflict:
            return redirect(url_for("desk.order", region=region, kind=kind, done="conflict"), 303)
        return redirect(url_for("desk.order", region=region, kind=kind, moved=one, done="moved"), 303)
