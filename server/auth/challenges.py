"""Challenges of the ceremonies: random, short-lived, used once, and only by the browser and for what they were made."""

from __future__ import annotations

import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from server.auth.errors import PasskeyRejected
from server.auth.gate import Gate, digest_of
from server.store.errors import Conflict
from server.store.protocol import Delete, Json, Put

LIFETIME = timedelta(minutes=5)
CHALLENGE_BYTES = 32
# What the browser sends back is looked up as a name in the store: nothing else may get that far.
TICKET = re.compile(r"[A-Za-z0-9_-]{24}")
# Expired ones are removed this many at a time, so that no request has to clear away a flood.
SWEPT_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Challenge:
    """`ticket` names it to the browser; `more` is what the ceremony is about, which the browser must not choose again."""

    ticket: str
    value: bytes
    more: Mapping[str, Json]


def issue(gate: Gate, purpose: str, bound_to: str, **more: Json) -> Challenge:
    """Make a challenge for one ceremony of one browser.

    Args:
        purpose: What it may be used for, such as `sign-in`.
        bound_to: A secret of the browser's session; only its digest is stored.
        more: Kept on the server until the ceremony ends.
    """
    made = Challenge(secrets.token_urlsafe(18), secrets.token_bytes(CHALLENGE_BYTES), more)
    body: dict[str, Json] = {
        "value": b64encode(made.value).decode(),
        "purpose": purpose,
        "bound": digest_of(bound_to),
        "expires_at": gate.stamp(LIFETIME),
        "more": dict(more),
    }
    expired = [doc for doc in gate.store.find("challenge") if gate.is_past(doc.body["expires_at"])]
    sweeping = [Delete("challenge", doc.id) for doc in expired[:SWEPT_AT_ONCE]]
    gate.store.commit([*sweeping, Put("challenge", made.ticket, body, expect=0)])
    return made


def consume(gate: Gate, ticket: str, purpose: str, bound_to: str) -> Challenge:
    """Take a challenge away and give it back. It is gone whether the ceremony then verifies or not.

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
    if doc.body["bound"] != digest_of(bound_to):
        raise PasskeyRejected("the challenge was issued to another browser")
    more = doc.body["more"]
    assert isinstance(more, dict)
    return Challenge(ticket, b64decode(str(doc.body["value"])), more)
