"""People as they are stored: name, role, locales, and whether each can still sign in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from server.auth.audit import make_audit_line
from server.auth.errors import BadInput, Gone, LastOwner, NameTaken
from server.auth.gate import Gate, retry_on_conflict
from server.auth.people.link_purposes import Purpose
from server.auth.roles import ROLES, Person
from server.store.protocol import Body, Delete, Doc, Json, Put, StoreChange

NAME_MAX = 60
# One document that such commits rewrite, so that two of them cannot pass each other.
OWNERS = ("setting", "owners")


@dataclass(frozen=True, slots=True)
class Member:
    """A person with the desk's data about them.

    `secured`: they could lose one passkey and still sign in; `finished_at`: when they first reached that.
    """

    person: Person
    version: int
    active: bool
    secured: bool
    language: str
    joined_at: str
    finished_at: str

    @property
    def id(self) -> str:
        """The person's id."""
        return self.person.id

    @property
    def is_owner(self) -> bool:
        """Whether this person can manage the others now."""
        return self.person.role == "owner" and self.active and self.secured

    def build_body(self) -> Body:
        """Return the document's body."""
        return {
            "name": self.person.name,
            "role": self.person.role,
            "locales": list(self.person.locales),
            "active": self.active,
            "secured": self.secured,
            "language": self.language,
            "joined_at": self.joined_at,
            "finished_at": self.finished_at,
        }

    def build_save_change(self) -> Put:
        """Return the store change that saves the member, unless somebody else changed it since it was read."""
        return Put("person", self.id, self.build_body(), expect=self.version)


def _parse_member(doc: Doc) -> Member:
    body = doc.body
    locales = body["locales"]
    assert isinstance(locales, list)
    return Member(
        Person(doc.id, str(body["name"]), str(body["role"]), tuple(map(str, locales))),
        version=doc.version,
        active=bool(body["active"]),
        secured=bool(body["secured"]),
        language=str(body["language"]),
        joined_at=str(body["joined_at"]),
        finished_at=str(body["finished_at"]),
    )


def generate_person_id() -> str:
    """Return an id that tells nothing about the person; its bytes are the user handle of their passkeys."""
    return secrets.token_hex(16)


def find_member(gate: Gate, person_id: str) -> Member | None:
    """Return the person with that id, or None."""
    doc = gate.store.get("person", person_id)
    return _parse_member(doc) if doc else None


def get_member(gate: Gate, person_id: str) -> Member:
    """Return the person with that id.

    Raises:
        Gone: There is no such person.
    """
    if (member := find_member(gate, person_id)) is None:
        raise Gone(f"person {person_id}")
    return member


def list_members(gate: Gate) -> list[Member]:
    """Return everybody who ever joined, by name."""
    return sorted((_parse_member(doc) for doc in gate.store.find("person")), key=lambda one: one.person.name.casefold())


def find_members_by_name_or_id(gate: Gate, name: str) -> list[Member]:
    """Return the people of that name, or the one with that id."""
    return [one for one in list_members(gate) if one.person.name.casefold() == name.casefold() or one.id == name]


def clean_person_name(gate: Gate, name: str, *, but: str = "") -> str:
    """Return the name as it will be shown.

    Raises:
        BadInput: It is empty, too long, or has invisible characters.
        NameTaken: Somebody other than `but` has it.
    """
    clean = " ".join(name.split())
    if not clean or len(clean) > NAME_MAX or not clean.isprintable():
        raise BadInput("name")
    if any(one.person.name.casefold() == clean.casefold() and one.id != but for one in list_members(gate)):
        raise NameTaken("name")
    return clean


def clean_role(role: str, locales: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return a role with its locales, which only translators have.

    Raises:
        BadInput: There is no such role, or a translator has no locale.
    """
    if role not in ROLES:
        raise BadInput("role")
    chosen = tuple(dict.fromkeys(locales)) if role == "translator" else ()
    if role == "translator" and not chosen:
        raise BadInput("locales")
    return role, chosen


def make_member(gate: Gate, person: Person, language: str) -> Member:
    """Return a member who joins now, not yet secured."""
    return Member(
        person, version=0, active=True, secured=False, language=language, joined_at=gate.make_stamp(), finished_at=""
    )


def set_secured_from_counts(gate: Gate, member: Member, *, passkeys: int, codes: int) -> Member:
    """Return the member with `secured` set for these numbers of usable passkeys and unused, confirmed recovery codes."""
    enough = passkeys >= 2 or (passkeys == 1 and codes > 0)
    finished_at = member.finished_at or (gate.make_stamp() if enough else "")
    return replace(member, secured=enough, finished_at=finished_at)


def is_desk_set_up(gate: Gate) -> bool:
    """Return whether an owner has finished setting the desk up."""
    return any(one.person.role == "owner" and one.active and one.finished_at for one in list_members(gate))


def list_set_up_end_changes(gate: Gate, before: Member, after: Member) -> list[StoreChange]:
    """Return the changes to commit when `after` is the first owner who finishes: they delete every set-up link.

    Empty when `after` is no owner, or had finished before.
    """
    if before.finished_at or not (after.finished_at and after.active and after.person.role == "owner"):
        return []
    links = gate.store.find("invite", purpose=str(Purpose.FIRST))
    return [build_owners_version_put(gate), *(Delete("invite", doc.id) for doc in links)]


def build_owners_version_put(gate: Gate) -> Put:
    """Return a put that every commit which removes an owner, or adds the first one, must contain.

    It raises the version of one document, so of two such commits at the same time the second fails and is tried again.
    """
    doc = gate.store.get(*OWNERS)
    return Put(*OWNERS, {"changed_at": gate.make_stamp()}, expect=doc.version if doc else 0)


def change_member(
    gate: Gate,
    by: Person | None,
    person_id: str,
    change: Callable[[Member], Member],
    what: str,
    *,
    also: Callable[[Member], Sequence[StoreChange]] = lambda member: (),
    about: Callable[[Member], dict[str, Json]] = lambda member: {},
) -> Member:
    """Change a person. `about` adds to the line in the audit log, `also` adds changes to the commit.

    Raises:
        Gone: There is no such person.
        LastOwner: Nobody would be left who can look after the others.
    """

    def attempt_change() -> Member:
        before = get_member(gate, person_id)
        after = change(before)
        changes: list[StoreChange] = []
        if before.is_owner and not after.is_owner:
            changes.append(build_owners_version_put(gate))
            if not any(one.is_owner for one in list_members(gate) if one.id != person_id):
                raise LastOwner(person_id)
        told = make_audit_line(by, what, after.person.name, person=after.id, **about(after))
        gate.store.commit([*changes, after.build_save_change(), *also(after), told])
        return after

    return retry_on_conflict(attempt_change)


def change_role(gate: Gate, by: Person, person_id: str, role: str, locales: Sequence[str]) -> Member:
    """Save another role of a person; it applies at once, in all their sessions."""
    new_role, new_locales = clean_role(role, locales)

    def set_role(member: Member) -> Member:
        return replace(member, person=replace(member.person, role=new_role, locales=new_locales))

    def describe_role(member: Member) -> dict[str, Json]:
        return {"role": member.person.role, "locales": list(member.person.locales)}

    return change_member(gate, by, person_id, set_role, "person.role", about=describe_role)


def disable_person(gate: Gate, by: Person, person_id: str) -> Member:
    """Disable a person: their sessions and their links end in the same step.

    Raises:
        LastOwner: Nobody would be left who can look after the others.
    """

    def list_deletions(member: Member) -> list[StoreChange]:
        kinds = ("session", "invite")
        return [Delete(kind, doc.id) for kind in kinds for doc in gate.store.find(kind, person=member.id)]

    return change_member(
        gate, by, person_id, lambda one: replace(one, active=False), "person.disabled", also=list_deletions
    )


def enable_person(gate: Gate, by: Person, person_id: str) -> Member:
    """Let a person in again, with the passkeys that they have."""
    return change_member(gate, by, person_id, lambda one: replace(one, active=True), "person.enabled")


def rename_person(gate: Gate, person: Person, name: str) -> Member:
    """Save a new name of a person.

    Raises:
        BadInput, NameTaken: They cannot have this name.
    """
    clean = clean_person_name(gate, name, but=person.id)
    return change_member(
        gate,
        person,
        person.id,
        lambda one: replace(one, person=replace(one.person, name=clean)),
        "person.renamed",
        about=lambda one: {"before": person.name},
    )
