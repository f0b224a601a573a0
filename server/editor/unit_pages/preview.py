"""Pages as phones would show them with the drafts, for a frame on the desk's pages. Scripts do not run in it."""

from __future__ import annotations

import logging
import re

from flask import Blueprint, Response
from jinja2 import UndefinedError

from server.auth.guard import needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.web.page import OpenDesk, render_desk_page
from server.errors import NotFound
from server.guidance.model.regions import LANGUAGE_TAG, REGION_ID

log = logging.getLogger("doorwise.editor")
STATES = ("none", "saving", "ready", "failed")
ADDRESS = re.compile(rf"({REGION_ID.pattern})/({LANGUAGE_TAG.pattern})/[a-z0-9/-]*")
# No script: in the frame it would save pages to this browser, and start logs of visits that nobody paid.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
SCRIPT = re.compile(rb"<script[^>]*></script>\n?")
ASSET = ("Cache-Control", "private, max-age=31536000, immutable")


def add_preview_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/preview/<state>/<address>`; links in the pages are relative and lead to further previews."""

    @views.get(f"/preview/<any({', '.join(STATES)}):state>/<path:address>")
    @needs(Permission.READ)
    def preview(state: str, address: str) -> Response:
        if address.startswith("b/"):
            return _serve_asset(desk(), address)
        match = ADDRESS.fullmatch(address)
        found = desk().make_locale_preview(match[1], match[2]) if match else None
        try:
            file = found.render_file(address) if found else None
        except (KeyError, UndefinedError) as error:
            # A draft may name something that does not exist; the checker reports it beside the field.
            log.info("no preview of %s: %s", address, error)
            return render_desk_page("edit/no_preview.html", headers={"Content-Security-Policy": POLICY})
        if file is None:
            raise NotFound(address)
        data, media_type = file
        data = SCRIPT.sub(b"", data)
        shown = data.replace(b'data-offline="none"', f'data-offline="{state}"'.encode(), 1)
        answer = Response(shown, content_type=media_type)
        answer.headers["Content-Security-Policy"] = POLICY
        return answer


def _serve_asset(desk: Desk, address: str) -> Response:
    """Return a stylesheet or an icon; it is the same in every region."""
    usable = next((one for region in desk.list_regions() if (one := desk.load_usable_pack(region)) is not None), None)
    found = desk.make_locale_preview(usable.pack.id, usable.pack.source_locale) if usable else None
    file = found.render_file(address) if found else None
    if file is None or "javascript" in file[1]:
        raise NotFound(address)
    answer = Response(file[0], content_type=file[1])
    answer.headers[ASSET[0]] = ASSET[1]
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
