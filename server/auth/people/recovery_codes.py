"""Recovery codes: printed once, each good for one recovery; the store holds only their digests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from server.auth.audit import make_audit_line
from server.auth.errors import CodeRejected
from server.auth.gate import Gate, hash_token, retry_on_conflict
from server.auth.passkeys.passkey import list_passkeys
from server.auth.people.members import Member, get_member, list_set_up_end_changes, set_secured_from_counts
from server.auth.roles import Person
from server.store.errors import Conflict
from server.store.protocol import Delete, Doc, Put, StoreChange

COUNT = 10
# Crockford's Base 32, without the letters that look like a digit: 16 of them hold 80 bits, beyond any guessing.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class NewCodes:
    """A set of codes as it is shown once. To prove that it is on paper, the person types number `asked` (from 1)."""

    set: str
    codes: tuple[str, ...]
    asked: int


def normalize_code(typed: str) -> str:
    """Return the typed code as it was generated: letter case, spaces, hyphens and look-alikes do not matter."""
    return "".join(typed.split()).upper().translate(_LOOKS_LIKE)


def _generate_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def format_code(code: str) -> str:
    """Return a code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def make_codes(gate: Gate, person: Person) -> NewCodes:
    """Return a new set of codes. It counts once it is confirmed; until then the person's earlier codes still work."""
    made = NewCodes(secrets.token_hex(8), tuple(_generate_code() for _ in range(COUNT)), secrets.randbelow(COUNT) + 1)
    docs = [
        Put(
            "code",
            hash_token(code),
            {"person": person.id, "set": made.set, "number": number, "asked": made.asked, "confirmed": False},
            expect=0,
        )
        for number, code in enumerate(made.codes, 1)
    ]
    earlier = [Delete("code", doc.id) for doc in gate.store.find("code", person=person.id, confirmed=False)]
    gate.store.commit([*earlier, *docs, make_audit_line(person, "codes.made")])
    return NewCodes(made.set, tuple(map(format_code, made.codes)), made.asked)


def find_number_to_type(gate: Gate, person_id: str) -> int | None:
    """Return the number of the code to type, if a set waits to be confirmed."""
    waiting = gate.store.find("code", person=person_id, confirmed=False)
    return _read_number(waiting[0], "asked") if waiting else None


def confirm_codes(gate: Gate, person: Person, typed: str) -> Member:
    """Make the waiting set count, in place of the earlier one.

    Raises:
        CodeRejected: It is not the code that was asked for.
    """

    def attempt_confirmation() -> Member:
        waiting = gate.store.find("code", person=person.id, confirmed=False)
        digest = hash_token(normalize_code(typed))
        if not any(doc.id == digest and _read_number(doc, "number") == _read_number(doc, "asked") for doc in waiting):
            raise CodeRejected("not the code that was asked for")
        before = gate.store.find("code", person=person.id, confirmed=True)
        holder = get_member(gate, person.id)
        member = recompute_secured(gate, holder, codes=len(waiting))
        gate.store.commit(
            [
                *(Delete("code", doc.id) for doc in before),
                *(Put("code", doc.id, {**doc.body, "confirmed": True}, expect=doc.version) for doc in waiting),
                member.build_save_change(),
                *list_set_up_end_changes(gate, holder, member),
                make_audit_line(person, "codes.confirmed"),
            ]
        )
        return member

    return retry_on_conflict(attempt_confirmation)


def count_codes(gate: Gate, person_id: str) -> int:
    """Return how many confirmed codes the person has not used."""
    return len(gate.store.find("code", person=person_id, confirmed=True))


def find_code(gate: Gate, typed: str) -> Doc:
    """Return the unused, confirmed code that was typed.

    Raises:
        CodeRejected: There is no such code.
    """
    doc = gate.store.get("code", hash_token(normalize_code(typed)))
    if doc is None or not doc.body["confirmed"]:
        raise CodeRejected("no such code")
    return doc


def spend_code(gate: Gate, code: Doc, *, with_it: list[StoreChange]) -> None:
    """Delete a used code in one commit with the changes that it allows.

    Raises:
        CodeRejected: It was used at the same moment.
    """
    try:
        gate.store.commit([Delete("code", code.id, expect=code.version), *with_it])
    except Conflict as error:
        raise CodeRejected("the code was used at the same moment") from error


def recompute_secured(gate: Gate, member: Member, *, passkeys: int | None = None, codes: int | None = None) -> Member:
    """Return the member with `secured` recomputed; counts that are not passed are read from the store."""
    if passkeys is None:
        passkeys = sum(one.is_usable(gate) for one in list_passkeys(gate, member.id))
    return set_secured_from_counts(
        gate, member, passkeys=passkeys, codes=count_codes(gate, member.id) if codes is None else codes
    )


def _read_number(doc: Doc, name: str) -> int:
    value = doc.body[name]
    assert isinstance(value, int)
    return value
