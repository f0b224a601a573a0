"""Errors of the desk as answers: a page for a person, a problem document for a script."""

from __future__ import annotations

import logging

from flask import Response, jsonify, url_for
from flask_babel import gettext

from server.auth.errors import AuthError, TooManyAttempts, WrongAddress
from server.auth.guard import current_gate, current_member, wants_json
from server.auth.pages.rendering import render_page
from server.errors import AppError
from server.i18n import N_
from server.store.errors import Conflict, StoreError, is_disk_full

log = logging.getLogger("doorwise.auth")
_CHANGED = (N_("Somebody else changed the same thing"), N_("Nothing was changed. Try again."))
_NO_STORE = (
    N_("The desk cannot reach its data"),
    N_("Nothing was changed. Readers are not affected. Tell the person who runs the server."),
)
_DISK_FULL = (
    N_("The disk of the server is full"),
    N_("Nothing was changed. Readers are not affected. Tell the person who runs the server to make room on it."),
)
_BROKEN = (N_("Something went wrong at the desk"), N_("Nothing was changed. Try again later."))


def answer_desk_error(error: AppError) -> Response:
    """Return the answer to an error below /editor/, in the reader's language. The reason goes to the log, never to the page."""
    # A refusal, of whichever room, is no fault of the server; nor is one by `Busy`, which asks people to try again.
    refused = error.status < 500 or isinstance(error, AuthError)
    log.log(logging.INFO if refused else logging.ERROR, "%s: %s", error.code, error)
    title, text = find_error_words(error)
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooManyAttempts) else {}
    if wants_json():
        # RFC 9457, with our own stable code.
        problem = {
            "type": "about:blank",
            "code": error.code,
            "title": gettext(title),
            "detail": gettext(text),
            "status": error.status,
        }
        if error.code in ("sign-in-needed", "confirm-needed"):
            problem["go"] = url_for("auth.sign_in" if error.code == "sign-in-needed" else "auth.confirm")
        answer = jsonify(problem)
        answer.mimetype = "application/problem+json"
        answer.status_code = error.status
        answer.headers.update(headers)
        return answer
    elsewhere = current_gate().party.build_address("") if isinstance(error, WrongAddress) else None
    return render_page(
        "error.html",
        status=error.status,
        headers=headers,
        title=title,
        text=text,
        code=error.code,
        elsewhere=elsewhere,
        signed_in=current_member() is not None,
    )


def find_error_words(error: AppError) -> tuple[str, str]:
    """Return the title and the text of an error's page, in English."""
    if error.words is not None:
        return error.words
    if isinstance(error, Conflict):
        return _CHANGED
    if is_disk_full(error):
        return _DISK_FULL
    return _NO_STORE if isinstance(error, StoreError) else _BROKEN
