"""The one place where errors become pages, in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from server.addresses import way_to_root
from server.auth.answers import desk_error
from server.auth.cookies import is_desk
from server.errors import AppError, NoRelease, NotFound
from server.i18n import N_, best_match, catalogue_locales, text_direction, translations_for
from server.publish.release import Release
from server.publish.render import make_environment
from server.pwa.served import Served

log = logging.getLogger("doorwise")


def register_error_pages(app: Flask, served: Served) -> None:
    """Give every error a page. A missing page inside a known locale is the one that the release itself holds."""

    @app.errorhandler(NotFound)
    @app.errorhandler(404)
    def not_found(_error: Exception) -> Response:
        snapshot = served.snapshot()
        path = request.path.lstrip("/")
        key = "/".join(path.split("/")[:2])
        page = f"{key}/missing/"
        if page in snapshot.files:
            body = served.page(page, snapshot, "identity")
            # The page's own links are relative to its address, which is three folders deep.
            return _html(body.replace(b'"../../../', f'"{way_to_root()}'.encode()), 404)
        title, text = _NOT_FOUND if path else _CHOOSE
        return _render(404 if path else 300, title, text, snapshot.release)

    @app.errorhandler(AppError)
    def app_error(error: AppError) -> Response:
        if is_desk(request.path):
            return desk_error(error)
        log.error("%s: %s", error.code, error)
        title, text = _NO_RELEASE if isinstance(error, NoRelease) else _BROKEN
        return _render(error.status, title, text, None)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        code = error.code or 500
        answer = _render(code, *(_BROKEN if code >= 500 else _NOT_ALLOWED), _release(served))
        for name, value in error.get_headers(request.environ):
            if name == "Allow":
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        # The address is left out on purpose: the log must not say who read what.
        log.exception("a request failed", exc_info=error)
        if is_desk(request.path):
            return desk_error(AppError("a fault"))
        return _render(500, *_BROKEN, None)


_NOT_FOUND = (N_("This page is not here"), N_("Nothing is kept under this address. Choose where you are:"))
_CHOOSE = (N_("Where are you?"), N_("Choose your region and language:"))
_NO_RELEASE = (
    N_("Nothing is published yet"),
    N_("The people who run this copy have not published anything. Try again later."),
)
_NOT_ALLOWED = (N_("That is not possible here"), N_("The server cannot do that. Go back and try something else."))
_BROKEN = (
    N_("Something is broken on the server"),
    N_("It is not your fault. If this phone has saved the pages, they still open. Try again later."),
)


def _release(served: Served) -> Release | None:
    try:
        return served.snapshot().release
    except AppError:
        return None


def _render(status: int, title: str, text: str, release: Release | None) -> Response:
    lang = best_match(request.accept_languages, catalogue_locales()) or "en"
    translations = translations_for(lang)
    _: Callable[[str], str] = translations.gettext
    root = way_to_root()
    context: dict[str, Any] = {
        "lang": lang,
        "dir": text_direction(lang),
        "title": _(title),
        "text": _(text),
        "choices": [],
        "css": None,
    }
    if release is not None:
        context["css"] = root + release.shell["css"]
        context["choices"] = [
            {
                "href": f"{root}{region}/{locale['tag']}/",
                "tag": locale["tag"],
                "region": about["name"][locale["tag"]],
                "name": locale["name"],
            }
            for region, about in release.regions.items()
            for locale in about["locales"]
        ]
    html = make_environment(translations).get_template("errors/error.html").render(context)
    answer = _html(html.encode(), status)
    answer.headers["Content-Language"] = lang
    answer.vary.add("Accept-Language")
    return answer


def _html(body: bytes, status: int) -> Response:
    return Response(body, status=status, mimetype="text/html", headers={"Cache-Control": "no-store"})
