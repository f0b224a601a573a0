"""Messages about the desk when the server starts, and its address, which is saved for commands."""

from __future__ import annotations

from server.auth.gate import Gate, RelyingParty, retry_on_conflict
from server.auth.passkeys.passkey import list_passkeys
from server.auth.people.link_purposes import Purpose, format_lifetime
from server.auth.people.members import list_members
from server.auth.people.one_time_links import make_first_link
from server.store.protocol import Put, Store

ADDRESS = ("setting", "address")


def list_start_messages(gate: Gate) -> list[str]:
    """Return what the operator must do before the desk can be used; empty when it can."""
    address = make_first_link(gate.store, gate.party.origin, gate.party.prefix)
    if address is not None:
        return [
            f"The editors' desk has no owner yet. Open this link once, within {format_lifetime(Purpose.FIRST)}, to set it up:",
            f"  {address}",
        ]
    owners = [one for one in list_members(gate) if one.person.role == "owner" and one.active]
    if not any(one.is_usable(gate) for owner in owners for one in list_passkeys(gate, owner.id)):
        return [
            f"No owner of the editors' desk has a passkey for {gate.party.origin}.",
            "  If the desk has moved there, `doorwise editor move-domain` prints a link for everybody.",
        ]
    return []


def save_desk_address(gate: Gate) -> None:
    """Save the desk's address, so that a command can print links to it."""

    def attempt_to_save_address() -> None:
        doc = gate.store.get(*ADDRESS)
        body = {"origin": gate.party.origin, "prefix": gate.party.prefix}
        if doc is None or dict(doc.body) != body:
            gate.store.commit([Put(*ADDRESS, {**body}, expect=doc.version if doc else 0)])

    retry_on_conflict(attempt_to_save_address)


def find_saved_desk_address(store: Store) -> RelyingParty | None:
    """Return the address of this store's desk when its server last started, or None."""
    doc = store.get(*ADDRESS)
    return RelyingParty(str(doc.body["origin"]), str(doc.body["prefix"])) if doc else None
