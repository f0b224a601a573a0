"""Sessions live in the store; the browser holds a random token, the store only its digest."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.auth.audit import make_audit_line
from server.auth.errors import Gone
from server.auth.gate import Gate, generate_token, hash_token, parse_stamp
from server.auth.roles import Person
from server.store.errors import Conflict, StoreUnavailable
from server.store.protocol import Delete, Doc, Put, StoreChange

# Whichever comes first ends a session.
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# How long a sign-in counts as fresh for actions that cannot be undone.
FRESH = timedelta(minutes=10)
# A session's last use is written at most this often: an autosave every few seconds must not rewrite it each time.
TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. `id` is the digest of its token and may be shown; `csrf` never leaves the server as it is."""

    id: str
    person: str
    passkey: str
    csrf: str
    began_at: str
    seen_at: str
    verified_at: str
    version: int

    def is_over(self, gate: Gate) -> bool:
        """Return whether it was idle for too long, or is too old however it was used."""
        now = gate.now()
        return now >= parse_stamp(self.seen_at) + IDLE or now >= parse_stamp(self.began_at) + ABSOLUTE

    def is_fresh(self, gate: Gate) -> bool:
        """Return whether the person used a passkey in it a few minutes ago."""
        return gate.now() < parse_stamp(self.verified_at) + FRESH


def _parse_session(doc: Doc) -> Session:
    body: Mapping[str, Any] = doc.body
    return Session(id=doc.id, version=doc.version, **body)


def prepare_session(
    gate: Gate, person_id: str, passkey_id: str, *, instead_of: Session | None
) -> tuple[str, list[StoreChange]]:
    """Return the token of a new session, and the changes that open it.

    The token is always a new one, whatever cookie the browser sent; the session it had before ends.
    """
    token = generate_token()
    now = gate.make_stamp()
    body = {
        "person": person_id,
        "passkey": passkey_id,
        "csrf": secrets.token_hex(20),
        "began_at": gate.make_stamp(exact=True),
        "seen_at": now,
        "verified_at": now,
    }
    ended: list[StoreChange] = [Delete("session", instead_of.id)] if instead_of else []
    over = [Delete("session", one.id) for one in list_sessions(gate, person_id) if one.is_over(gate)]
    return token, [
        *ended,
        *(one for one in over if one not in ended),
        Put("session", hash_token(token), {**body}, expect=0),
    ]


def find_session(gate: Gate, token: str) -> Session | None:
    """Return the session of a cookie's token, or None when it is over."""
    doc = gate.store.get("session", hash_token(token))
    session = _parse_session(doc) if doc else None
    return None if session is None or session.is_over(gate) else session


def record_session_use(gate: Gate, session: Session) -> None:
    """Record that the session is in use."""
    if gate.now() < parse_stamp(session.seen_at) + TOUCH:
        return
    # Another request of the same session has just done it, or the session has just been ended and must stay so. And a
    # full disk must not keep people from reading, and from copying what they could not save.
    with contextlib.suppress(Conflict, StoreUnavailable):
        gate.store.commit([_build_save_change(session, seen_at=gate.make_stamp())])


def build_confirmed_session_put(gate: Gate, session: Session) -> Put:
    """Return the change that records that its person has just used a passkey in it."""
    return _build_save_change(session, seen_at=gate.make_stamp(), verified_at=gate.make_stamp())


def _build_save_change(session: Session, **changed: str) -> Put:
    kept = {
        name: str(getattr(session, name))
        for name in ("person", "passkey", "csrf", "began_at", "seen_at", "verified_at")
    }
    return Put("session", session.id, {**kept, **changed}, expect=session.version)


def list_sessions(gate: Gate, person_id: str) -> list[Session]:
    """Return a person's sessions, newest first; also those that are over and not yet deleted."""
    found = [_parse_session(doc) for doc in gate.store.find("session", person=person_id)]
    return sorted(found, key=lambda one: one.began_at, reverse=True)


def list_open_sessions(gate: Gate, person_id: str) -> list[Session]:
    """Return a person's sessions that can still be used, newest first."""
    return [one for one in list_sessions(gate, person_id) if not one.is_over(gate)]


def list_session_end_changes(gate: Gate, person_id: str, *, passkey: str | None = None) -> list[StoreChange]:
    """Return the changes that end a person's sessions, or those that were opened with one passkey."""
    return [
        Delete("session", one.id) for one in list_sessions(gate, person_id) if passkey is None or one.passkey == passkey
    ]


def end_session(gate: Gate, by: Person, session_id: str, *, what: str) -> None:
    """End one session of that person.

    Raises:
        Gone: They have no such session.
    """
    if session_id not in {one.id for one in list_sessions(gate, by.id)}:
        raise Gone("session")
    gate.store.commit([Delete("session", session_id), make_audit_line(by, what)])


def end_other_sessions(gate: Gate, person: Person, this: Session) -> None:
    """End every session of that person but this one."""
    others = [Delete("session", one.id) for one in list_sessions(gate, person.id) if one.id != this.id]
    gate.store.commit([*others, make_audit_line(person, "sessions.ended")])
