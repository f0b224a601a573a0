"""Adds the auth room to an application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask

from server.auth.audit_sentences import SENTENCES, make_auth_target_namer, register_audit_sentences
from server.auth.gate import LazyGate, RelyingParty, get_utc_now
from server.auth.guard import install_guard
from server.auth.pages.assets import DeskAssets, make_asset_blueprint
from server.auth.pages.people import ListLocales
from server.auth.pages.views import make_auth_blueprint
from server.store.protocol import Store


def add_auth(
    app: Flask,
    *,
    open_store: Callable[[], Store],
    party: RelyingParty,
    static: Path,
    locales: ListLocales,
    now: Callable[[], datetime] = get_utc_now,
) -> None:
    """Add the desk's guard, cookies, assets and pages about people. `check_access_marks` is the caller's last step.

    Args:
        app: The application.
        open_store: Called at the first request of the desk, and again after a failure.
        party: The one origin that the desk answers at.
        static: The folder with `css` and `js`.
        locales: Returns the languages that a translator may get.
        now: The clock, for tests.
    """
    install_guard(app, LazyGate(open_store, party, now))
    assets = DeskAssets(static)
    app.extensions["doorwise-desk-assets"] = assets
    app.register_blueprint(make_asset_blueprint(assets))
    app.register_blueprint(make_auth_blueprint(locales))
    register_audit_sentences(app, SENTENCES, make_auth_target_namer)
