"""Helpers of the views: who asks, and the answers that the page's script reads."""

from __future__ import annotations

from flask import Response, current_app, jsonify, request
from flask_wtf.csrf import generate_csrf

from server.auth.gate import LazyGate
from server.auth.guard import desk_session
from server.auth.limits import compute_sender_group
from server.auth.passkeys.register import Ceremony


def get_browser_secret() -> str:
    """Return the secret that binds a challenge to this browser's session: the raw form token, which only the server knows."""
    generate_csrf()
    return str(desk_session()["csrf_token"])


def find_sender_group() -> str:
    """Return the rate-limit group of the request's sender."""
    lazy = current_app.extensions["doorwise-gate"]
    assert isinstance(lazy, LazyGate)
    return compute_sender_group(lazy.get_secret(), request.remote_addr)


def make_ceremony_answer(ceremony: Ceremony) -> Response:
    """Return the JSON with which a script starts the ceremony."""
    return jsonify({"ticket": ceremony.ticket, "options": ceremony.options})


def answer_next_page(target: str) -> Response:
    """Return the JSON that tells a script which page comes next."""
    return jsonify({"go": target})
