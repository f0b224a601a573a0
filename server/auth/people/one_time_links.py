"""One-time links: the first owner's, an invitation, a recovery, the move to another address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.auth.audit import make_audit_line
from server.auth.errors import AccessDenied, CodeRejected, Gone, LinkSpent, SetUpDone
from server.auth.gate import Gate, RelyingParty, generate_token, hash_token, retry_on_conflict
from server.auth.people.link_purposes import AFTER_CODE, LIFETIME, Purpose
from server.auth.people.members import Member, clean_role, find_member, get_member, is_desk_set_up, list_members
from server.auth.people.recovery_codes import find_code, spend_code
from server.auth.roles import Person
from server.store.protocol import Append, Body, Delete, Doc, Put, Store, StoreChange


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """`id` is the digest of its token. `person` is the id of the person it is for, if they exist already.

    `by` is the name of the person who made it: "" for the server's console, and for a link from a recovery code (`by_code`).
    `made_at` is "" for a link that an earlier version made.
    """

    id: str
    purpose: Purpose
    role: str
    locales: tuple[str, ...]
    person: str
    by: str
    by_code: bool
    made_at: str
    expires_at: str
    version: int


def _parse_link(doc: Doc) -> OneTimeLink:
    body = doc.body
    locales = body["locales"]
    assert isinstance(locales, list)
    return OneTimeLink(
        id=doc.id,
        purpose=Purpose(str(body["purpose"])),
        role=str(body["role"]),
        locales=tuple(map(str, locales)),
        person=str(body["person"]),
        by=str(body["by"]),
        by_code=body.get("by_code") is True,
        made_at=str(body.get("made_at", "")),
        expires_at=str(body["expires_at"]),
        version=doc.version,
    )


def make_one_time_link(
    gate: Gate,
    purpose: Purpose,
    *,
    told: Append | None,
    role: str = "",
    locales: Sequence[str] = (),
    person: str = "",
    by: Person | None = None,
    by_code: bool = False,
    lifetime: timedelta | None = None,
) -> tuple[str, list[StoreChange]]:
    """Return the address of a new link, and the changes that make it valid. `told` is its line in the audit log."""
    token = generate_token()
    body: Body = {
        "purpose": str(purpose),
        "role": role,
        "locales": list(locales),
        "person": person,
        "by": by.name if by else "",
        "by_code": by_code,
        "made_at": gate.make_stamp(),
        "expires_at": gate.make_stamp(lifetime or LIFETIME[purpose]),
    }
    expired = [doc for doc in gate.store.find("invite") if gate.is_past(doc.body["expires_at"])]
    # A person has only one recovery link at a time: a newer link replaces an older one.
    older = gate.store.find("invite", person=person) if person else []
    cleared = {doc.id for doc in [*expired, *older]}
    changes: list[StoreChange] = [Delete("invite", name) for name in sorted(cleared)]
    changes.append(Put("invite", hash_token(token), body, expect=0))
    return gate.party.build_address(f"{purpose}/{token}"), [*changes, *([told] if told else [])]


def find_link(gate: Gate, purpose: Purpose, token: str) -> OneTimeLink:
    """Return the link that somebody opened.

    Raises:
        SetUpDone: It is a set-up link, and an owner has finished.
        LinkSpent: It was used, is too old, never existed, or its person may not come back.
    """
    if purpose is Purpose.FIRST and is_desk_set_up(gate):
        raise SetUpDone("an owner has finished the set-up")
    doc = gate.store.get("invite", hash_token(token))
    if doc is None or gate.is_past(doc.body["expires_at"]) or doc.body["purpose"] != purpose:
        raise LinkSpent(f"no {purpose} link has this token")
    link = _parse_link(doc)
    if link.person:
        member = find_member(gate, link.person)
        if member is None or not member.active:
            raise LinkSpent(f"person {link.person} may not come back")
    return link


def make_invitation_link(gate: Gate, by: Person, role: str, locales: Sequence[str]) -> str:
    """Return the address of an invitation to join with that role.

    Raises:
        BadInput: There is no such role, or a translator has no locale.
    """
    role, chosen = clean_role(role, locales)
    told = make_audit_line(by, "invite.made", role=role, locales=list(chosen))
    address, changes = make_one_time_link(gate, Purpose.INVITE, told=told, role=role, locales=chosen, by=by)
    gate.store.commit(changes)
    return address


def list_open_invites(gate: Gate) -> list[OneTimeLink]:
    """Return invitations that nobody has used yet, the ones that end last at the top."""
    links = [_parse_link(doc) for doc in gate.store.find("invite", purpose=str(Purpose.INVITE))]
    return sorted(
        (one for one in links if not gate.is_past(one.expires_at)), key=lambda one: one.expires_at, reverse=True
    )


def withdraw_invite(gate: Gate, by: Person, link_id: str) -> None:
    """Make an invitation worthless.

    Raises:
        Gone: It was used or withdrawn before.
    """
    doc = gate.store.get("invite", link_id)
    if doc is None or doc.body["purpose"] != Purpose.INVITE:
        raise Gone("invitation")
    told = make_audit_line(by, "invite.withdrawn", role=doc.body["role"])
    gate.store.commit([Delete("invite", link_id, expect=doc.version), told])


def make_recovery_link(gate: Gate, by: Person | None, person_id: str) -> str:
    """Return the address where a person who lost their passkeys makes a new one; `by` None is the server's console.

    Raises:
        Gone: There is no such person.
        AccessDenied: They were disabled, or they want to recover themselves without their own passkey.
    """
    member = get_member(gate, person_id)
    if not member.active or (by is not None and by.id == person_id):
        raise AccessDenied(f"no recovery of {person_id}")
    told = make_audit_line(by, "recovery.started", member.person.name, person=member.id)
    address, changes = make_one_time_link(gate, Purpose.RECOVER, told=told, person=person_id, by=by)
    gate.store.commit(changes)
    return address


def find_open_recovery(gate: Gate, person_id: str) -> OneTimeLink | None:
    """Return the recovery link of a person that can still be used, or None."""
    links = map(_parse_link, gate.store.find("invite", person=person_id, purpose=str(Purpose.RECOVER)))
    return next((one for one in links if not gate.is_past(one.expires_at)), None)


def withdraw_recovery(gate: Gate, person: Person) -> None:
    """Make the recovery link of this person worthless; they did not ask for it.

    Raises:
        Gone: There is no such link, or it was used at the same moment.
    """

    def attempt_withdrawal() -> None:
        link = find_open_recovery(gate, person.id)
        if link is None:
            raise Gone("recovery link")
        told = make_audit_line(person, "recovery.withdrawn")
        gate.store.commit([Delete("invite", link.id, expect=link.version), told])

    retry_on_conflict(attempt_withdrawal)


def make_recovery_link_for_code(gate: Gate, typed: str) -> str:
    """Return the address where the owner of a recovery code makes a new passkey; the code is used up.

    Raises:
        CodeRejected: It is not an unused code of somebody who may sign in.
    """
    code = find_code(gate, typed)
    member = find_member(gate, str(code.body["person"]))
    if member is None or not member.active:
        raise CodeRejected("the code's person may not come back")
    told = make_audit_line(member.person, "code.used", member.person.name)
    address, changes = make_one_time_link(
        gate, Purpose.RECOVER, told=told, person=member.id, by_code=True, lifetime=AFTER_CODE
    )
    spend_code(gate, code, with_it=changes)
    return address


def make_move_links(gate: Gate) -> list[tuple[Member, str]]:
    """Return, for everybody who may sign in, the address where they make a passkey for the desk's new address."""
    made = []
    for member in list_members(gate):
        if member.active:
            told = make_audit_line(None, "move.started", member.person.name, person=member.id)
            address, changes = make_one_time_link(gate, Purpose.MOVE, told=told, person=member.id)
            gate.store.commit(changes)
            made.append((member, address))
    return made


def make_first_link(store: Store, origin: str, prefix: str = "") -> str | None:
    """Return the address where the first owner sets the desk up; None once an owner has finished."""
    gate = Gate(store, RelyingParty(origin, prefix))
    if is_desk_set_up(gate):
        return None
    address, changes = make_one_time_link(gate, Purpose.FIRST, told=None, role="owner")
    gate.store.commit(changes)
    return address
