"""Signing in, confirming that it is still the same person, and removing a passkey."""

from __future__ import annotations

import logging
from dataclasses import replace

from server.auth.audit import make_audit_line
from server.auth.errors import Gone, LastPasskey, PasskeyRejected, PasskeySuspended
from server.auth.gate import Gate, hash_token, retry_on_conflict
from server.auth.passkeys.challenges import Challenge, consume_challenge, issue_challenge
from server.auth.passkeys.passkey import (
    Credential,
    Passkey,
    clean_passkey_name,
    find_passkey,
    list_passkeys,
    make_request_options,
    verify_sign_in,
)
from server.auth.passkeys.register import Ceremony
from server.auth.people.members import Member, find_member, get_member
from server.auth.people.recovery_codes import count_codes, recompute_secured
from server.auth.roles import Person
from server.auth.sessions import Session, build_confirmed_session_put, list_session_end_changes, prepare_session
from server.store.errors import Conflict
from server.store.protocol import Delete, StoreChange

log = logging.getLogger("doorwise.auth")
SIGN_IN = "sign-in"
CONFIRM = "confirm"


def begin_sign_in(gate: Gate, bound_to: str) -> Ceremony:
    """Start a sign-in with any passkey that the browser has for this desk, and return it; no name is asked for."""
    challenge = issue_challenge(gate, SIGN_IN, bound_to)
    return Ceremony(challenge.ticket, make_request_options(gate, challenge.value))


def finish_sign_in(
    gate: Gate, bound_to: str, ticket: str, credential: Credential, *, session: Session | None
) -> tuple[Member, str]:
    """Sign in. Return the member and the new session's token. `session` is the browser's earlier one; it ends.

    Raises:
        PasskeyRejected: The ceremony did not verify, or its person may not sign in.
        PasskeySuspended: The passkey's counter was out of order, now or earlier.
    """
    challenge = consume_challenge(gate, ticket, SIGN_IN, bound_to)
    passkey, member = _find_passkey_and_member(gate, credential)
    used = _list_use_changes(gate, passkey, member, challenge, credential)
    token, opened = prepare_session(gate, member.id, passkey.id, instead_of=session)
    try:
        gate.store.commit([*used, *opened, make_audit_line(member.person, "signed-in", passkey.name)])
    except Conflict as error:
        raise PasskeyRejected("the passkey was used at the same moment") from error
    return member, token


def begin_confirm(gate: Gate, person: Person, bound_to: str) -> Ceremony:
    """Start the ceremony in which the person of a session uses a passkey once more, and return it."""
    challenge = issue_challenge(gate, CONFIRM, bound_to, person=person.id)
    among = [one for one in list_passkeys(gate, person.id) if one.is_usable(gate)]
    return Ceremony(challenge.ticket, make_request_options(gate, challenge.value, among))


def finish_confirm(
    gate: Gate, person: Person, session: Session, bound_to: str, ticket: str, credential: Credential
) -> None:
    """Record that it is still the same person.

    Raises:
        PasskeyRejected: The ceremony did not verify, or it was somebody else's passkey.
    """
    challenge = consume_challenge(gate, ticket, CONFIRM, bound_to)
    passkey, member = _find_passkey_and_member(gate, credential)
    if member.id != person.id or challenge.more["person"] != person.id:
        raise PasskeyRejected("the passkey of another person")
    used = _list_use_changes(gate, passkey, member, challenge, credential)
    try:
        gate.store.commit(
            [*used, build_confirmed_session_put(gate, session), make_audit_line(person, "confirmed", passkey.name)]
        )
    except Conflict as error:
        raise PasskeyRejected("the session or the passkey was used at the same moment") from error


def _find_passkey_and_member(gate: Gate, credential: Credential) -> tuple[Passkey, Member]:
    """Return the passkey that the browser names, and its person, if they may sign in."""
    named = credential.get("id")
    passkey = find_passkey(gate, hash_token(named)) if isinstance(named, str) else None
    if passkey is None:
        raise PasskeyRejected("no such passkey")
    member = find_member(gate, passkey.person)
    if member is None or not member.active:
        raise PasskeyRejected("its person may not sign in")
    if passkey.suspended_at:
        raise PasskeySuspended(f"suspended since {passkey.suspended_at}")
    return passkey, member


def _list_use_changes(
    gate: Gate, passkey: Passkey, member: Member, challenge: Challenge, credential: Credential
) -> list[StoreChange]:
    """Return the changes that record the use of the passkey.

    A counter out of order suspends a passkey that lives on one device. One that syncs is never suspended for it, nor the
    last way in: the log and the pages of its person and of the owners tell of it instead.

    Raises:
        PasskeyRejected: The ceremony did not verify.
        PasskeySuspended: The counter was out of order.
    """
    use, now = verify_sign_in(gate, passkey, challenge.value, credential), gate.make_stamp()
    used = replace(passkey, sign_count=use.sign_count, used_at=now)
    if use.in_order:
        return [used.build_save_change()]
    log.warning("a passkey's counter is out of order: %s after %s", use.sign_count, passkey.sign_count)
    synced = passkey.is_on_many_devices()
    if not synced and _has_other_way_in(gate, passkey):
        _suspend_passkey(gate, passkey, member)
        raise PasskeySuspended("the counter was out of order")
    if synced and passkey.counter_off_at:
        return [used.build_save_change()]  # its devices will go on to differ: told once
    told = make_audit_line(member.person, "passkey.counter", passkey.name)
    return [replace(used, counter_off_at=now).build_save_change(), told]


def _has_other_way_in(gate: Gate, passkey: Passkey) -> bool:
    others = [one for one in list_passkeys(gate, passkey.person) if one.id != passkey.id]
    return any(one.is_usable(gate) for one in others) or count_codes(gate, passkey.person) > 0


def _suspend_passkey(gate: Gate, passkey: Passkey, member: Member) -> None:
    """Suspend a passkey that may have been copied, and end every session that was opened with it."""
    usable = sum(one.is_usable(gate) for one in list_passkeys(gate, member.id) if one.id != passkey.id)
    changes: list[StoreChange] = [
        replace(passkey, suspended_at=gate.make_stamp()).build_save_change(),
        recompute_secured(gate, member, passkeys=usable).build_save_change(),
        *list_session_end_changes(gate, member.id, passkey=passkey.id),
        make_audit_line(member.person, "passkey.suspended", passkey.name),
    ]
    gate.store.commit(changes)


def remove_passkey(gate: Gate, person: Person, passkey_id: str) -> Member:
    """Remove a passkey, with every session that was opened with it.

    Raises:
        Gone: The person has no such passkey.
        LastPasskey: It is the last one that works.
    """

    def attempt_to_remove_passkey() -> Member:
        own = list_passkeys(gate, person.id)
        passkey = next((one for one in own if one.id == passkey_id), None)
        if passkey is None:
            raise Gone("passkey")
        left = sum(one.is_usable(gate) for one in own if one.id != passkey_id)
        if left == 0:
            raise LastPasskey(person.id)
        before = get_member(gate, person.id)
        member = recompute_secured(gate, before, passkeys=left)
        gate.store.commit(
            [
                Delete("passkey", passkey.id, expect=passkey.version),
                member.build_save_change(),
                *list_session_end_changes(gate, person.id, passkey=passkey.id),
                make_audit_line(person, "passkey.removed", passkey.name),
            ]
        )
        return member

    return retry_on_conflict(attempt_to_remove_passkey)


def rename_passkey(gate: Gate, person: Person, passkey_id: str, name: str) -> None:
    """Save a new name of a passkey.

    Raises:
        Gone: The person has no such passkey.
    """
    passkey = find_passkey(gate, passkey_id)
    if passkey is None or passkey.person != person.id:
        raise Gone("passkey")
    clean = clean_passkey_name(name, list_passkeys(gate, person.id))
    gate.store.commit(
        [
            replace(passkey, name=clean).build_save_change(),
            make_audit_line(person, "passkey.renamed", clean, before=passkey.name),
        ]
    )
