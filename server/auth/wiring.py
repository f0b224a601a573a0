"""Puts the auth room into an application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask

from server.auth.assets import DeskAssets, asset_views
from server.auth.audit_words import SENTENCES, add_sentences, name_target
from server.auth.gate import LazyGate, RelyingParty, utc_now
from server.auth.guard import install_guard
from server.auth.people_views import Locales
from server.auth.views import auth_views
from server.store.protocol import Store


def add_auth(
    app: Flask,
    *,
    open_store: Callable[[], Store],
    party: RelyingParty,
    static: Path,
    locales: Locales,
    now: Callable[[], datetime] = utc_now,
) -> None:
    """Add the desk's guard, cookies, assets and pages about people. `check_marks` is the caller's last step.

    Args:
        app: The application.
        open_store: Called at the first request of the desk, and again after it failed.
        party: The one origin that the desk answers at.
        static: The folder with `css` and `js`.
        locales: The languages that a translator can be asked for.
        now: The clock, for tests.
    """
    install_guard(app, LazyGate(open_store, party, now))
    assets = DeskAssets(static)
    app.extensions["doorwise-desk-assets"] = assets
    app.register_blueprint(asset_views(assets))
    app.register_blueprint(auth_views(locales))
    add_sentences(app, SENTENCES, name_target)
