"""New passkeys: by a one-time link, or a further one of a person who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.auth.audit import make_audit_line
from server.auth.errors import LinkSpent, PasskeyRejected, SetUpDone
from server.auth.gate import Gate, retry_on_conflict
from server.auth.passkeys.challenges import Challenge, consume_challenge, issue_challenge
from server.auth.passkeys.passkey import (
    Credential,
    Passkey,
    clean_passkey_name,
    find_passkey,
    list_passkeys,
    make_creation_options,
    verify_registration,
)
from server.auth.people.link_purposes import Purpose
from server.auth.people.members import (
    Member,
    build_owners_version_put,
    clean_person_name,
    find_member,
    generate_person_id,
    get_member,
    is_desk_set_up,
    list_set_up_end_changes,
    make_member,
)
from server.auth.people.one_time_links import OneTimeLink
from server.auth.people.recovery_codes import recompute_secured
from server.auth.roles import Person
from server.auth.sessions import Session, list_session_end_changes, prepare_session
from server.store.errors import Conflict
from server.store.protocol import Delete, Put, StoreChange

BY_LINK = "enrol"
FURTHER = "add"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """The start of a ceremony for the browser: `options` for its authenticator, `ticket` to send back with the answer."""

    ticket: str
    options: dict[str, Any]


def begin_link_ceremony(gate: Gate, link: OneTimeLink, bound_to: str, *, name: str) -> Ceremony:
    """Start the ceremony of a link and return it; `name` is the name that a new person chose.

    Raises:
        BadInput, NameTaken: A new person cannot have this name.
    """
    if link.person:
        person = get_member(gate, link.person).person
    else:
        person = Person(generate_person_id(), clean_person_name(gate, name), link.role, link.locales)
    others = list_passkeys(gate, person.id)
    challenge = issue_challenge(gate, BY_LINK, bound_to, link=link.id, person=person.id, name=person.name)
    return Ceremony(challenge.ticket, make_creation_options(gate, person, challenge.value, others))


def finish_link_ceremony(
    gate: Gate,
    link: OneTimeLink,
    bound_to: str,
    ticket: str,
    credential: Credential,
    *,
    passkey_name: str,
    language: str,
    session: Session | None,
) -> tuple[Member, str]:
    """Save the passkey, use up the link and sign in. Return the member and the new session's token.

    Raises:
        PasskeyRejected: The ceremony did not verify.
        LinkSpent: The link was used at the same moment.
        NameTaken: Somebody else took the name since the start.
    """
    challenge = consume_challenge(gate, ticket, BY_LINK, bound_to)
    if challenge.more["link"] != link.id:
        raise PasskeyRejected("the challenge was issued for another link")
    person_id = str(challenge.more["person"])
    others = list_passkeys(gate, person_id)
    name = clean_passkey_name(passkey_name, others)
    passkey = verify_registration(gate, person_id, name, challenge.value, credential)
    _check_not_registered(gate, passkey)
    before = find_member(gate, person_id)
    moved = "passkey.recovered" if link.purpose is Purpose.RECOVER else "passkey.moved"
    what = moved if before else "person.joined"
    before = before or _make_member_of_link(gate, link, challenge, language)
    member = recompute_secured(gate, before, passkeys=1 + sum(one.is_usable(gate) for one in others))
    token, opened = prepare_session(gate, person_id, passkey.id, instead_of=session)
    changes: list[StoreChange] = [
        Delete("invite", link.id, expect=link.version),
        # Sessions that were opened with the old passkeys end.
        *(one for one in list_session_end_changes(gate, person_id) if one not in opened),
        *_list_changes_replacing_set_ups(gate, link),
        *list_set_up_end_changes(gate, before, member),
        member.build_save_change(),
        passkey.build_save_change(),
        *opened,
        make_audit_line(member.person, what, passkey.name, role=member.person.role),
    ]
    try:
        gate.store.commit(changes)
    except Conflict as error:
        raise LinkSpent("the link was used at the same moment") from error
    return member, token


def _make_member_of_link(gate: Gate, link: OneTimeLink, challenge: Challenge, language: str) -> Member:
    """Return the new member that an invitation or a set-up link is for, with the name chosen at the start."""
    name = clean_person_name(gate, str(challenge.more["name"]))
    return make_member(gate, Person(str(challenge.more["person"]), name, link.role, link.locales), language)


def _check_not_registered(gate: Gate, passkey: Passkey) -> None:
    """Raise PasskeyRejected for a credential id that is registered already (WebAuthn Level 3, section 7.1, step 26)."""
    if find_passkey(gate, passkey.id) is not None:
        raise PasskeyRejected("this credential is registered already")


def _list_changes_replacing_set_ups(gate: Gate, link: OneTimeLink) -> list[StoreChange]:
    """Return the changes by which a set-up link replaces the other ones, and a set-up that nobody finished.

    Raises:
        SetUpDone: An owner has finished since the link was opened.
    """
    if link.purpose is not Purpose.FIRST:
        return []
    # Read before the question: an owner who finishes after it makes this commit fail.
    lock = build_owners_version_put(gate)
    if is_desk_set_up(gate):
        raise SetUpDone("an owner has finished the set-up")
    links = [Delete("invite", doc.id) for doc in gate.store.find("invite", purpose=str(Purpose.FIRST))]
    given_up: list[StoreChange] = []
    for doc in gate.store.find("person", role="owner", finished_at=""):
        given_up += [
            Put("person", doc.id, {**doc.body, "active": False}, expect=doc.version),
            *list_session_end_changes(gate, doc.id),
        ]
    return [lock, *(one for one in links if one.id != link.id), *given_up]


def begin_further_passkey(gate: Gate, person: Person, bound_to: str) -> Ceremony:
    """Start the ceremony of one more passkey and return it."""
    challenge = issue_challenge(gate, FURTHER, bound_to, person=person.id)
    return Ceremony(
        challenge.ticket, make_creation_options(gate, person, challenge.value, list_passkeys(gate, person.id))
    )


def finish_further_passkey(
    gate: Gate, person: Person, bound_to: str, ticket: str, credential: Credential, *, passkey_name: str
) -> Member:
    """Save one more passkey of a person who is signed in, and return the member.

    Raises:
        PasskeyRejected: The ceremony did not verify, or was somebody else's.
    """
    challenge = consume_challenge(gate, ticket, FURTHER, bound_to)
    if challenge.more["person"] != person.id:
        raise PasskeyRejected("the challenge was issued for another person")

    def attempt_to_add_passkey() -> Member:
        others = list_passkeys(gate, person.id)
        passkey = verify_registration(
            gate, person.id, clean_passkey_name(passkey_name, others), challenge.value, credential
        )
        _check_not_registered(gate, passkey)
        before = get_member(gate, person.id)
        member = recompute_secured(gate, before, passkeys=1 + sum(one.is_usable(gate) for one in others))
        gate.store.commit(
            [
                member.build_save_change(),
                passkey.build_save_change(),
                *list_set_up_end_changes(gate, before, member),
                make_audit_line(person, "passkey.added", passkey.name),
            ]
        )
        return member

    return retry_on_conflict(attempt_to_add_passkey)


def read_ticket_and_credential(body: Mapping[str, Any]) -> tuple[str, Credential]:
    """Return the ticket and credential that the browser sent after a ceremony.

    Raises:
        PasskeyRejected: One of them is missing.
    """
    ticket, credential = body.get("ticket"), body.get("credential")
    if not isinstance(ticket, str) or not isinstance(credential, dict):
        raise PasskeyRejected("no ticket or no credential")
    return ticket, credential
