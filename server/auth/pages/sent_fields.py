"""Read what was sent: one field at a time, never longer than allowed."""

from __future__ import annotations

from typing import Any

from flask import request

from server.auth.errors import BadInput

NEXT_MAX = 500
CODE_MAX = 100
# Longer than any name may be, so that the check of names can report what is wrong.
NAME_FIELD = 200


def read_field(name: str, most: int) -> str:
    """Return a form's field, empty when it is missing.

    Raises:
        BadInput: It is longer than `most` characters.
    """
    value = request.form.get(name, "")
    if len(value) > most:
        raise BadInput(name)
    return value


def read_fields(name: str, most: int) -> list[str]:
    """Return every value of a form's field that may be chosen several times.

    Raises:
        BadInput: One is longer than `most` characters.
    """
    values = request.form.getlist(name)
    if any(len(value) > most for value in values):
        raise BadInput(name)
    return values


def read_json_body() -> dict[str, Any]:
    """Return the object that a script sent.

    Raises:
        BadInput: It is not a JSON object.
    """
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput("no JSON object")
    return body


def read_json_text(body: dict[str, Any], name: str, most: int) -> str:
    """Return a text in a script's object, empty when it is missing.

    Raises:
        BadInput: It is not a text, or longer than `most` characters.
    """
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise BadInput(name)
    return value
