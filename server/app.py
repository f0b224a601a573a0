"""The application: the one place where the rooms meet."""

from __future__ import annotations

from flask import Flask, Response, request

from server.config import Config
from server.error_pages import register_error_pages
from server.headers import security_headers
from server.pages.views import public_views
from server.publish.release import DataFolder
from server.pwa.front import ReleaseFront
from server.pwa.served import Served
from server.pwa.views import worker_views
from server.resources import resource_folder


def create_app(config: Config) -> Flask:
    """Wire the rooms together: the one place where they meet.

    Returns:
        The application; its `wsgi_app` answers released files before Flask sees the request.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    served = Served(DataFolder(config.data))
    register_error_pages(app, served)
    app.register_blueprint(worker_views(resource_folder("static"), retired=config.retire_worker))
    app.register_blueprint(public_views(served))

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in security_headers(request.scheme):
            response.headers.setdefault(name, value)
        return response

    app.wsgi_app = ReleaseFront(app.wsgi_app, served)  # type: ignore[method-assign]  # Flask's documented way
    return app
