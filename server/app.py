"""The application: the one place where the rooms meet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Flask, Response, request

from server.auth.cookies import is_desk_path
from server.auth.gate import RelyingParty, get_utc_now
from server.auth.guard import check_access_marks
from server.auth.pages.rendering import chosen_language
from server.auth.wiring import add_auth
from server.config import Config
from server.editor.pages.wiring import LazyDesk, add_editor
from server.editor.web.page import OpenDesk
from server.error_pages import register_error_pages
from server.errors import AppError
from server.headers import EDITOR_SECURITY, NO_STORE, SECURITY, STRICT_TRANSPORT_SECURITY, TransportSecurity
from server.pages.views import make_public_blueprint
from server.publish.data_folder.release import DataFolder
from server.pwa.current_release import CurrentRelease
from server.pwa.front import ReleaseFront
from server.pwa.views import make_worker_blueprint
from server.request_language import add_babel
from server.resources import resource_folder
from server.store.open import open_store
from server.store.protocol import Store


def create_app(
    config: Config, *, store: Callable[[], Store] | None = None, now: Callable[[], datetime] = get_utc_now
) -> Flask:
    """Return the application, with all rooms wired together.

    Args:
        config: The settings.
        store: Opens the desk's store; by default the one that the settings name. It is called at the first request of the
            desk, so that phones are served whatever the store does.
        now: The desk's clock.

    Returns:
        The application; its `wsgi_app` answers released files before Flask sees the request.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    add_babel(app, lambda: chosen_language() if is_desk_path(request.path) else None)
    served = CurrentRelease(DataFolder(config.data))
    register_error_pages(app, served)
    app.register_blueprint(make_worker_blueprint(resource_folder("static"), retired=config.retire_worker))
    desk = LazyDesk(config.packs, DataFolder(config.data), config.build_sources(), now)
    add_auth(
        app,
        open_store=store or (lambda: open_store(config.data, config.store)),
        party=RelyingParty(config.desk_origin, config.url_prefix),
        static=resource_folder("static"),
        locales=lambda: _list_locales(served, desk),
        now=now,
    )
    add_editor(app, desk)
    app.register_blueprint(make_public_blueprint(served, config.home_region))
    check_access_marks(app)

    @app.after_request
    def add_headers(response: Response) -> Response:
        at_desk = is_desk_path(request.path)
        for name, value in EDITOR_SECURITY if at_desk else SECURITY:
            response.headers.setdefault(name, value)
        if at_desk:
            response.headers.setdefault(*NO_STORE)
        return response

    app.wsgi_app = ReleaseFront(app.wsgi_app, served)  # type: ignore[method-assign]  # Flask's documented way
    if value := STRICT_TRANSPORT_SECURITY[config.hsts]:
        app.wsgi_app = TransportSecurity(app.wsgi_app, value)  # type: ignore[method-assign]  # as above
    return app


def _list_locales(served: CurrentRelease, desk: OpenDesk) -> Sequence[tuple[str, str]]:
    """Return tag and name of every language that readers have now or that is in work at the desk."""
    found = dict(desk().list_locales())
    with contextlib.suppress(AppError):  # nothing is published yet, or it cannot be read
        for about in served.get_snapshot().release.regions.values():
            found |= {str(locale["tag"]): str(locale["name"]) for locale in about["locales"]}
    return sorted(found.items())
