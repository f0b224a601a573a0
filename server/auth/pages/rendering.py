"""The desk's pages: templates in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel import Locale
from flask import Response, current_app, render_template, request, url_for
from flask_babel import format_datetime, gettext
from flask_wtf.csrf import generate_csrf

from server.auth.guard import current_member, desk_session, find_parent_page
from server.auth.pages.assets import DeskAssets
from server.auth.roles import Permission
from server.i18n import get_text_direction, list_catalogue_locales
from server.request_language import current_language


def chosen_language() -> str | None:
    """Return the language that the person chose for the desk, or that was chosen in this browser."""
    member = current_member()
    return member.language if member else desk_session().get("language")


def format_moment(stamp: str) -> str:
    """Return a moment in the reader's format; the zone is named, because it is not the reader's own."""
    return str(gettext("%(moment)s UTC", moment=format_datetime(datetime.fromisoformat(stamp))))


def build_desk_context() -> dict[str, Any]:
    """Return the values that base.html of the desk needs, whichever room renders it."""
    assets = current_app.extensions["doorwise-desk-assets"]
    assert isinstance(assets, DeskAssets)
    member = current_member()
    return {
        "lang": current_language(),
        "dir": get_text_direction(current_language()),
        "languages": [(tag, Locale.parse(tag, sep="-").get_display_name() or tag) for tag in list_catalogue_locales()],
        "member": member,
        "person": member.person if member else None,
        "Permission": Permission,
        "asset": lambda name: url_for("desk_assets.asset", build=assets.build, name=name),
        "url": url_for,
        "moment": format_moment,
        "back": request.full_path.rstrip("?") if request.method == "GET" else find_parent_page(),
        "endpoint": request.endpoint or "",
        # When the desk cannot be used at all, its page has no forms.
        "csrf_token": generate_csrf if desk_session().fault is None else lambda: "",
    }


def render_page(
    template: str, /, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """Return a page of the desk, from `server/templates/editor/<template>`.

    Args:
        template: Its path below `editor/`.
        status: The HTTP status.
        headers: Further headers.
        context: What the template shows; everything is escaped.
    """
    values = {**build_desk_context(), **context}
    html = render_template(f"editor/{template}", **values)
    answer = Response(html, status=status, mimetype="text/html", headers=dict(headers or {}))
    answer.headers["Content-Language"] = values["lang"]
    answer.vary.add("Accept-Language")
    return answer
