"""What the server says about the desk when it starts, and what it leaves for commands to know."""

from __future__ import annotations

from server.auth.gate import Gate, RelyingParty, retry_on_conflict
from server.auth.links import first_link
from server.auth.members import all_members
from server.auth.passkeys import passkeys_of
from server.auth.purposes import Purpose, lifetime_words
from server.store.protocol import Put, Store

ADDRESS = ("setting", "address")


def start_lines(gate: Gate) -> list[str]:
    """What the operator must do before the desk can be used; nothing, when it can."""
    address = first_link(gate.store, gate.party.origin, gate.party.prefix)
    if address is not None:
        return [
            f"The editors' desk has no owner yet. Open this link once, within {lifetime_words(Purpose.FIRST)}, to set it up:",
            f"  {address}",
        ]
    owners = [one for one in all_members(gate) if one.person.role == "owner" and one.active]
    if not any(one.is_usable(gate) for owner in owners for one in passkeys_of(gate, owner.id)):
        return [
            f"No owner of the editors' desk has a passkey for {gate.party.origin}.",
            "  If the desk has moved there, `doorwise editor move-domain` prints a link for everybody.",
        ]
    return []


def remember_address(gate: Gate) -> None:
    """Keep where the desk is, so that a command can print links to it without being told."""

    def work() -> None:
        doc = gate.store.get(*ADDRESS)
        body = {"origin": gate.party.origin, "prefix": gate.party.prefix}
        if doc is None or dict(doc.body) != body:
            gate.store.commit([Put(*ADDRESS, {**body}, expect=doc.version if doc else 0)])

    retry_on_conflict(work)


def remembered_address(store: Store) -> RelyingParty | None:
    """Where the desk of this store was when its server last started."""
    doc = store.get(*ADDRESS)
    return RelyingParty(str(doc.body["origin"]), str(doc.body["prefix"])) if doc else None
