"""The desk's pages: templates in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_datetime
from flask import Response, current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment

from server.auth.assets import DeskAssets
from server.auth.guard import current_member, desk_session, page_above
from server.auth.roles import Permission
from server.i18n import best_match, catalogue_locales, text_direction, translations_for
from server.publish.render import make_environment


def desk_language() -> str:
    """The language of the interface: chosen by the person, or in this browser, or what the browser asks for."""
    if "desk_language" not in g:
        member = current_member()
        chosen = member.language if member else desk_session().get("language")
        known = catalogue_locales()
        g.desk_language = chosen if chosen in known else best_match(request.accept_languages, known) or known[0]
    return str(g.desk_language)


@cache
def environment_for(language: str) -> Environment:
    """The templates with one language's interface texts."""
    environment = make_environment(translations_for(language))

    def moment(stamp: str) -> str:
        when = datetime.fromisoformat(stamp).astimezone(UTC)
        return format_datetime(when, "medium", tzinfo=UTC, locale=Locale.parse(language, sep="-"))

    environment.filters["moment"] = moment
    return environment


def desk_context() -> dict[str, Any]:
    """What base.html of the desk needs, whichever room renders it."""
    assets = current_app.extensions["doorwise-desk-assets"]
    assert isinstance(assets, DeskAssets)
    language = desk_language()
    member = current_member()
    return {
        "lang": language,
        "dir": text_direction(language),
        "languages": [(tag, Locale.parse(tag, sep="-").get_display_name() or tag) for tag in catalogue_locales()],
        "member": member,
        "person": member.person if member else None,
        "Permission": Permission,
        "asset": lambda name: url_for("desk_assets.asset", build=assets.build, name=name),
        "url": url_for,
        "back": request.full_path.rstrip("?") if request.method == "GET" else page_above(),
        "endpoint": request.endpoint or "",
        # Where the desk cannot be used at all, its page has no forms.
        "csrf_token": generate_csrf if desk_session().fault is None else lambda: "",
    }


def render_page(
    template: str, /, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """A page of the desk, from `server/templates/editor/<template>`.

    Args:
        template: Its path below `editor/`.
        status: The HTTP status.
        headers: Further headers.
        context: What the template shows; everything is escaped.
    """
    values = {**desk_context(), **context}
    html = environment_for(values["lang"]).get_template(f"editor/{template}").render(values)
    answer = Response(html, status=status, mimetype="text/html", headers=dict(headers or {}))
    answer.headers["Content-Language"] = values["lang"]
    answer.vary.add("Accept-Language")
    return answer
