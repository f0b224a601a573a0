"""The only place where errors become pages, in the reader's language."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from server.addresses import build_path_to_root
from server.auth.cookies import is_desk_path
from server.auth.pages.error_answers import answer_desk_error
from server.errors import AppError, NoRelease, NotFound
from server.i18n import N_, get_text_direction
from server.publish.data_folder.release import Release
from server.pwa.current_release import CurrentRelease
from server.request_language import current_language

log = logging.getLogger("doorwise")


def register_error_pages(app: Flask, served: CurrentRelease) -> None:
    """Register a page for every error. A missing page inside a known locale is the one in the release itself."""

    @app.errorhandler(NotFound)
    @app.errorhandler(404)
    def not_found(_error: Exception) -> Response:
        snapshot = served.get_snapshot()
        path = request.path.lstrip("/")
        key = "/".join(path.split("/")[:2])
        page = f"{key}/missing/"
        if page in snapshot.files:
            body = served.get_page(page, snapshot, "identity")
            # The page's own links are relative to its address, which is three folders deep.
            return _make_html_answer(body.replace(b'"../../../', f'"{build_path_to_root()}'.encode()), 404)
        title, text = _NOT_FOUND if path else _CHOOSE
        return _render_error(404 if path else 300, title, text, snapshot.release)

    @app.errorhandler(AppError)
    def app_error(error: AppError) -> Response:
        if is_desk_path(request.path):
            return answer_desk_error(error)
        log.error("%s: %s", error.code, error)
        title, text = _NO_RELEASE if isinstance(error, NoRelease) else _BROKEN
        return _render_error(error.status, title, text, None)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        code = error.code or 500
        answer = _render_error(code, *(_BROKEN if code >= 500 else _NOT_ALLOWED), _find_release(served))
        for name, value in error.get_headers(request.environ):
            if name == "Allow":
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        # The address is left out on purpose: the log must not show who read what.
        log.exception("a request failed", exc_info=error)
        if is_desk_path(request.path):
            return answer_desk_error(AppError("a fault"))
        return _render_error(500, *_BROKEN, None)


_NOT_FOUND = (N_("Page not found"), N_("There is nothing at this address. Choose where you are:"))
_CHOOSE = (N_("Where are you?"), N_("Choose your region and language:"))
_NO_RELEASE = (
    N_("Nothing is published yet"),
    N_("The people who run this copy have not published anything. Try again later."),
)
_NOT_ALLOWED = (N_("That is not possible here"), N_("The server cannot do that. Go back and try something else."))
_BROKEN = (
    N_("Something went wrong on the server"),
    N_("It is not your fault. If this phone has saved the pages, they still open. Try again later."),
)


def _find_release(served: CurrentRelease) -> Release | None:
    try:
        return served.get_snapshot().release
    except AppError:
        return None


def _render_error(status: int, title: str, text: str, release: Release | None) -> Response:
    root = build_path_to_root()
    context: dict[str, Any] = {
        "lang": current_language(),
        "dir": get_text_direction(current_language()),
        "title": gettext(title),
        "text": gettext(text),
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
    answer = _make_html_answer(render_template("errors/error.html", **context).encode(), status)
    answer.headers["Content-Language"] = context["lang"]
    answer.vary.add("Accept-Language")
    return answer


def _make_html_answer(body: bytes, status: int) -> Response:
    return Response(body, status=status, mimetype="text/html", headers={"Cache-Control": "no-store"})
