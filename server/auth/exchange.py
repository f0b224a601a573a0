"""What the views share: who asks, and the answers that the page's script reads."""

from __future__ import annotations

from flask import Response, current_app, jsonify, request
from flask_wtf.csrf import generate_csrf

from server.auth.enrol import Ceremony
from server.auth.gate import LazyGate
from server.auth.guard import desk_session
from server.auth.limits import group_of


def browser_secret() -> str:
    """What binds a challenge to this browser's session: the raw form token, which never leaves the server unsigned."""
    generate_csrf()
    return str(desk_session()["csrf_token"])


def asking_group() -> str:
    """The group of whoever asks, for the rate limits."""
    lazy = current_app.extensions["doorwise-gate"]
    assert isinstance(lazy, LazyGate)
    return group_of(lazy.secret(), request.remote_addr)


def ceremony_answer(ceremony: Ceremony) -> Response:
    """What a script needs to start the ceremony."""
    return jsonify({"ticket": ceremony.ticket, "options": ceremony.options})


def go_on(target: str) -> Response:
    """Tell a script which page comes next."""
    return jsonify({"go": target})
