"""Where somebody gets a passkey: by a one-time link, or as a further one of a person who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.auth.audit import audit
from server.auth.challenges import consume, issue
from server.auth.codes import after_change
from server.auth.errors import LinkSpent, PasskeyRejected, SetUpDone
from server.auth.gate import Gate, retry_on_conflict
from server.auth.links import Link
from server.auth.members import (
    Member,
    checked_name,
    end_of_set_up,
    find_member,
    get_member,
    is_set_up,
    new_member,
    new_person_id,
    owners_lock,
)
from server.auth.passkeys import (
    Credential,
    Passkey,
    checked_passkey_name,
    creation_options,
    find_passkey,
    passkeys_of,
    verify_new,
)
from server.auth.purposes import Purpose
from server.auth.roles import Person
from server.auth.sessions import Session, begin_session, end_sessions
from server.store.errors import Conflict
from server.store.protocol import Delete, Put, StoreChange

BY_LINK = "enrol"
FURTHER = "add"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the browser gets: `options` for its authenticator, `ticket` to send back with the answer."""

    ticket: str
    options: dict[str, Any]


def begin_by_link(gate: Gate, link: Link, bound_to: str, *, name: str) -> Ceremony:
    """Start the ceremony of a link; `name` is what a new person calls themselves.

    Raises:
        BadInput, NameTaken: A new person cannot be called so.
    """
    if link.person:
        person = get_member(gate, link.person).person
    else:
        person = Person(new_person_id(), checked_name(gate, name), link.role, link.locales)
    others = passkeys_of(gate, person.id)
    challenge = issue(gate, BY_LINK, bound_to, link=link.id, person=person.id, name=person.name)
    return Ceremony(challenge.ticket, creation_options(gate, person, challenge.value, others))


def finish_by_link(
    gate: Gate,
    link: Link,
    bound_to: str,
    ticket: str,
    credential: Credential,
    *,
    passkey_name: str,
    language: str,
    session: Session | None,
) -> tuple[Member, str]:
    """Store the passkey, use up the link and sign in: the member, and the new session's token.

    Raises:
        PasskeyRejected: The ceremony did not verify.
        LinkSpent: The link was used at the same moment.
        NameTaken: Somebody else took the name meanwhile.
    """
    challenge = consume(gate, ticket, BY_LINK, bound_to)
    if challenge.more["link"] != link.id:
        raise PasskeyRejected("the challenge was issued for another link")
    person_id = str(challenge.more["person"])
    others = passkeys_of(gate, person_id)
    name = checked_passkey_name(passkey_name, others)
    passkey = verify_new(gate, person_id, name, challenge.value, credential)
    _check_new(gate, passkey)
    before = find_member(gate, person_id)
    if before is None:
        person = Person(person_id, checked_name(gate, str(challenge.more["name"])), link.role, link.locales)
        before = new_member(gate, person, language)
        what = "person.joined"
    else:
        what = "passkey.recovered" if link.purpose is Purpose.RECOVER else "passkey.moved"
    member = after_change(gate, before, passkeys=1 + sum(one.is_usable(gate) for one in others))
    token, opened = begin_session(gate, person_id, passkey.id, instead_of=session)
    changes: list[StoreChange] = [
        Delete("invite", link.id, expect=link.version),
        # Whoever had the old passkeys in their hands has nothing open any more.
        *(one for one in end_sessions(gate, person_id) if one not in opened),
        *_unfinished_before(gate, link),
        *end_of_set_up(gate, before, member),
        member.put(),
        passkey.put(),
        *opened,
        audit(member.person, what, passkey.name, role=member.person.role),
    ]
    try:
        gate.store.commit(changes)
    except Conflict as error:
        raise LinkSpent("the link was used at the same moment") from error
    return member, token


def _check_new(gate: Gate, passkey: Passkey) -> None:
    """A credential id that is there already must not be overwritten (WebAuthn Level 3, section 7.1, step 26)."""
    if find_passkey(gate, passkey.id) is not None:
        raise PasskeyRejected("this credential is registered already")


def _unfinished_before(gate: Gate, link: Link) -> list[StoreChange]:
    """Return the changes by which a set-up link replaces the other ones, and a set-up that nobody finished.

    Raises:
        SetUpDone: An owner has finished since the link was opened.
    """
    if link.purpose is not Purpose.FIRST:
        return []
    # Read before the question: an owner who finishes after it makes this commit fail.
    lock = owners_lock(gate)
    if is_set_up(gate):
        raise SetUpDone("an owner has finished the set-up")
    links = [Delete("invite", doc.id) for doc in gate.store.find("invite", purpose=str(Purpose.FIRST))]
    given_up: list[StoreChange] = []
    for doc in gate.store.find("person", role="owner", finished_at=""):
        given_up += [
            Put("person", doc.id, {**doc.body, "active": False}, expect=doc.version),
            *end_sessions(gate, doc.id),
        ]
    return [lock, *(one for one in links if one.id != link.id), *given_up]


def begin_further(gate: Gate, person: Person, bound_to: str) -> Ceremony:
    """Start the ceremony of one more passkey."""
    challenge = issue(gate, FURTHER, bound_to, person=person.id)
    return Ceremony(challenge.ticket, creation_options(gate, person, challenge.value, passkeys_of(gate, person.id)))


def finish_further(
    gate: Gate, person: Person, bound_to: str, ticket: str, credential: Credential, *, passkey_name: str
) -> Member:
    """Store one more passkey of a person who is signed in.

    Raises:
        PasskeyRejected: The ceremony did not verify, or was somebody else's.
    """
    challenge = consume(gate, ticket, FURTHER, bound_to)
    if challenge.more["person"] != person.id:
        raise PasskeyRejected("the challenge was issued for another person")

    def work() -> Member:
        others = passkeys_of(gate, person.id)
        passkey = verify_new(gate, person.id, checked_passkey_name(passkey_name, others), challenge.value, credential)
        _check_new(gate, passkey)
        usable = 1 + sum(one.is_usable(gate) for one in others)
        before = get_member(gate, person.id)
        member = after_change(gate, before, passkeys=usable)
        ended = end_of_set_up(gate, before, member)
        gate.store.commit([member.put(), passkey.put(), *ended, audit(person, "passkey.added", passkey.name)])
        return member

    return retry_on_conflict(work)


def ticket_and_credential(body: Mapping[str, Any]) -> tuple[str, Credential]:
    """What the browser sends back after a ceremony.

    Raises:
        PasskeyRejected: It is not that.
    """
    ticket, credential = body.get("ticket"), body.get("credential")
    if not isinstance(ticket, str) or not isinstance(credential, dict):
        raise PasskeyRejected("no ticket or no credential")
    return ticket, credential
