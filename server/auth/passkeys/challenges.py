"""Challenges of the ceremonies: random, short-lived, used once, bound to one browser and one purpose."""

from __future__ import annotations

import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from server.auth.errors import PasskeyRejected
from server.auth.gate import Gate, hash_token
from server.store.errors import Conflict
from server.store.protocol import Delete, Json, Put

LIFETIME = timedelta(minutes=5)
CHALLENGE_BYTES = 32
# The browser's answer is looked up as a name in the store: nothing of another form may get that far.
TICKET = re.compile(r"[A-Za-z0-9_-]{24}")
# Expired ones are removed this many at a time, so that no request has to remove thousands.
SWEPT_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Challenge:
    """`ticket` identifies it to the browser; `more` holds values of the ceremony that the browser must not choose again."""

    ticket: str
    value: bytes
    more: Mapping[str, Json]


def issue_challenge(gate: Gate, purpose: str, bound_to: str, **more: Json) -> Challenge:
    """Return a new challenge for one ceremony of one browser.

    Args:
        purpose: What it may be used for, such as `sign-in`.
        bound_to: A secret of the browser's session; only its digest is stored.
        more: Kept on the server until the ceremony ends.
    """
    made = Challenge(secrets.token_urlsafe(18), secrets.token_bytes(CHALLENGE_BYTES), more)
    body: dict[str, Json] = {
        "value": b64encode(made.value).decode(),
        "purpose": purpose,
        "bound": hash_token(bound_to),
        "expires_at": gate.make_stamp(LIFETIME),
        "more": dict(more),
    }
    expired = [doc for doc in gate.store.find("challenge") if gate.is_past(doc.body["expires_at"])]
    sweeping = [Delete("challenge", doc.id) for doc in expired[:SWEPT_AT_ONCE]]
    gate.store.commit([*sweeping, Put("challenge", made.ticket, body, expect=0)])
    return made


def consume_challenge(gate: Gate, ticket: str, purpose: str, bound_to: str) -> Challenge:
    """Remove a challenge and return it. It is gone whether the ceremony then verifies or not.

    Raises:
        PasskeyRejected: It was used before, has expired, or belongs to another browser or purpose.
    """
    doc = gate.store.get("challenge", ticket) if TICKET.fullmatch(ticket) else None
    if doc is None:
        raise PasskeyRejected("the challenge was used or never issued")
    try:
        gate.store.commit([Delete("challenge", ticket, expect=doc.version)])
    except Conflict as error:
        raise PasskeyRejected("the challenge was used at the same moment") from error
    if gate.is_past(doc.body["expires_at"]):
        raise PasskeyRejected("the challenge has expired")
    if doc.body["purpose"] != purpose:
        raise PasskeyRejected(f"the challenge was issued for {doc.body['purpose']}, not for {purpose}")
    if doc.body["bound"] != hash_token(bound_to):
        raise PasskeyRejected("the challenge was issued to another browser")
    more = doc.body["more"]
    assert isinstance(more, dict)
    return Challenge(ticket, b64decode(str(doc.body["value"])), more)
