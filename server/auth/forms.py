"""Reading what was sent: one field at a time, never longer than it may be."""

from __future__ import annotations

from typing import Any

from flask import request

from server.auth.errors import BadInput

NEXT_MAX = 500
CODE_MAX = 100
# Longer than any name may be, so that the room itself says what is wrong with one.
NAME_FIELD = 200


def field(name: str, most: int) -> str:
    """A form's field, empty when it is not there.

    Raises:
        BadInput: It is longer than `most` characters.
    """
    value = request.form.get(name, "")
    if len(value) > most:
        raise BadInput(name)
    return value


def fields(name: str, most: int) -> list[str]:
    """Every value of a form's field that may be chosen several times.

    Raises:
        BadInput: One is longer than `most` characters.
    """
    values = request.form.getlist(name)
    if any(len(value) > most for value in values):
        raise BadInput(name)
    return values


def json_body() -> dict[str, Any]:
    """The object that a script has sent.

    Raises:
        BadInput: It is no JSON object.
    """
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput("no JSON object")
    return body


def text_of(body: dict[str, Any], name: str, most: int) -> str:
    """A text in a script's object, empty when it is not there.

    Raises:
        BadInput: It is no text, or longer than `most` characters.
    """
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise BadInput(name)
    return value
