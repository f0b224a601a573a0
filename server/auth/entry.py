"""Signing in, confirming that it is still the same person, and taking a passkey away."""

from __future__ import annotations

from dataclasses import replace

from server.auth.audit import audit
from server.auth.challenges import Challenge, consume, issue
from server.auth.codes import after_change
from server.auth.enrol import Ceremony
from server.auth.errors import Gone, LastPasskey, PasskeyRejected, PasskeySuspended
from server.auth.gate import Gate, digest_of, retry_on_conflict
from server.auth.members import Member, find_member, get_member
from server.auth.passkeys import (
    CounterWentBack,
    Credential,
    Passkey,
    checked_passkey_name,
    find_passkey,
    passkeys_of,
    request_options,
    verify_use,
)
from server.auth.roles import Person
from server.auth.sessions import Session, begin_session, end_sessions, refresh_session
from server.store.errors import Conflict
from server.store.protocol import Delete, Put, StoreChange

SIGN_IN = "sign-in"
CONFIRM = "confirm"


def begin_sign_in(gate: Gate, bound_to: str) -> Ceremony:
    """Start a sign-in with whatever passkey the browser holds for this desk; no name is asked for."""
    challenge = issue(gate, SIGN_IN, bound_to)
    return Ceremony(challenge.ticket, request_options(gate, challenge.value))


def finish_sign_in(
    gate: Gate, bound_to: str, ticket: str, credential: Credential, *, session: Session | None
) -> tuple[Member, str]:
    """Sign in: the member, and the new session's token. `session` is one that this browser had before; it ends.

    Raises:
        PasskeyRejected: The ceremony did not verify, or its person may not sign in.
        PasskeySuspended: The passkey's counter went backwards, now or earlier.
    """
    challenge = consume(gate, ticket, SIGN_IN, bound_to)
    passkey, member = _whose(gate, credential)
    used = _verified(gate, passkey, member, challenge, credential)
    token, opened = begin_session(gate, member.id, passkey.id, instead_of=session)
    try:
        gate.store.commit([used, *opened, audit(member.person, "signed-in", passkey.name)])
    except Conflict as error:
        raise PasskeyRejected("the passkey was used at the same moment") from error
    return member, token


def begin_confirm(gate: Gate, person: Person, bound_to: str) -> Ceremony:
    """Ask the person of a session for one of their passkeys once more."""
    challenge = issue(gate, CONFIRM, bound_to, person=person.id)
    among = [one for one in passkeys_of(gate, person.id) if one.is_usable(gate)]
    return Ceremony(challenge.ticket, request_options(gate, challenge.value, among))


def finish_confirm(
    gate: Gate, person: Person, session: Session, bound_to: str, ticket: str, credential: Credential
) -> None:
    """Note that it is still the same person.

    Raises:
        PasskeyRejected: The ceremony did not verify, or it was somebody else's passkey.
    """
    challenge = consume(gate, ticket, CONFIRM, bound_to)
    passkey, member = _whose(gate, credential)
    if member.id != person.id or challenge.more["person"] != person.id:
        raise PasskeyRejected("the passkey of another person")
    used = _verified(gate, passkey, member, challenge, credential)
    try:
        gate.store.commit([used, refresh_session(gate, session), audit(person, "confirmed", passkey.name)])
    except Conflict as error:
        raise PasskeyRejected("the session or the passkey was used at the same moment") from error


def _whose(gate: Gate, credential: Credential) -> tuple[Passkey, Member]:
    """The passkey that the browser names, and its person, if they may sign in."""
    named = credential.get("id")
    passkey = find_passkey(gate, digest_of(named)) if isinstance(named, str) else None
    if passkey is None:
        raise PasskeyRejected("no such passkey")
    member = find_member(gate, passkey.person)
    if member is None or not member.active:
        raise PasskeyRejected("its person may not sign in")
    if passkey.suspended_at:
        raise PasskeySuspended(f"suspended since {passkey.suspended_at}")
    return passkey, member


def _verified(gate: Gate, passkey: Passkey, member: Member, challenge: Challenge, credential: Credential) -> Put:
    """The change that notes the passkey's use."""
    try:
        count = verify_use(gate, passkey, challenge.value, credential)
    except CounterWentBack as error:
        _suspend(gate, passkey, member)
        raise PasskeySuspended("the counter went backwards") from error
    return replace(passkey, sign_count=count, used_at=gate.stamp()).put()


def _suspend(gate: Gate, passkey: Passkey, member: Member) -> None:
    """Believe neither the passkey nor its copy any more, and end what was opened with either."""
    usable = sum(one.is_usable(gate) for one in passkeys_of(gate, member.id) if one.id != passkey.id)
    changes: list[StoreChange] = [
        replace(passkey, suspended_at=gate.stamp()).put(),
        after_change(gate, member, passkeys=usable).put(),
        *end_sessions(gate, member.id, passkey=passkey.id),
        audit(member.person, "passkey.suspended", passkey.name),
    ]
    gate.store.commit(changes)


def remove_passkey(gate: Gate, person: Person, passkey_id: str) -> Member:
    """Take a passkey away, with every session that was opened with it.

    Raises:
        Gone: The person has no such passkey.
        LastPasskey: It is the last one that works.
    """

    def work() -> Member:
        own = passkeys_of(gate, person.id)
        passkey = next((one for one in own if one.id == passkey_id), None)
        if passkey is None:
            raise Gone("passkey")
        left = sum(one.is_usable(gate) for one in own if one.id != passkey_id)
        if left == 0:
            raise LastPasskey(person.id)
        before = get_member(gate, person.id)
        member = after_change(gate, before, passkeys=left)
        gate.store.commit(
            [
                Delete("passkey", passkey.id, expect=passkey.version),
                member.put(),
                *end_sessions(gate, person.id, passkey=passkey.id),
                audit(person, "passkey.removed", passkey.name),
            ]
        )
        return member

    return retry_on_conflict(work)


def rename_passkey(gate: Gate, person: Person, passkey_id: str, name: str) -> None:
    """Call a passkey something else.

    Raises:
        Gone: The person has no such passkey.
    """
    passkey = find_passkey(gate, passkey_id)
    if passkey is None or passkey.person != person.id:
        raise Gone("passkey")
    clean = checked_passkey_name(name, passkeys_of(gate, person.id))
    gate.store.commit(
        [replace(passkey, name=clean).put(), audit(person, "passkey.renamed", clean, before=passkey.name)]
    )
