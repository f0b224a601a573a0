"""A gate with a clock that stands still, and people who have got through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from server.auth.gate import Gate, RelyingParty
from server.auth.passkeys.register import (
    begin_further_passkey,
    begin_link_ceremony,
    finish_further_passkey,
    finish_link_ceremony,
)
from server.auth.passkeys.sign_in import begin_sign_in, finish_sign_in
from server.auth.people.link_purposes import Purpose
from server.auth.people.members import Member
from server.auth.people.one_time_links import find_link, make_first_link, make_invitation_link
from server.auth.people.recovery_codes import confirm_codes, make_codes
from server.store.protocol import Store
from tests.auth.authenticator import Authenticator

ORIGIN = "https://desk.example.org"
BROWSER = "a secret of this browser"


@dataclass
class Clock:
    """Moves only when a test moves it."""

    time: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.time += timedelta(**by)


def make_gate(store: Store, clock: Clock | None = None, origin: str = ORIGIN) -> Gate:
    """The gate of a desk at `origin`."""
    return Gate(store, RelyingParty(origin), clock or Clock())


def token_of(address: str) -> str:
    """The token at the end of a link."""
    return address.rsplit("/", 1)[1]


def follow(gate: Gate, purpose: Purpose, address: str, device: Authenticator, name: str = "") -> Member:
    """Open a one-time link and make a passkey there."""
    link = find_link(gate, purpose, token_of(address))
    ceremony = begin_link_ceremony(gate, link, BROWSER, name=name)
    answer = device.create(ceremony.options)
    member, _ = finish_link_ceremony(
        gate, link, BROWSER, ceremony.ticket, answer, passkey_name="phone", language="en", session=None
    )
    return member


def add_passkey(gate: Gate, member: Member, device: Authenticator, name: str = "key") -> Member:
    """Make one more passkey."""
    ceremony = begin_further_passkey(gate, member.person, BROWSER)
    answer = device.create(ceremony.options)
    return finish_further_passkey(gate, member.person, BROWSER, ceremony.ticket, answer, passkey_name=name)


def print_codes(gate: Gate, member: Member) -> tuple[str, ...]:
    """Make recovery codes, and prove that they are on paper."""
    made = make_codes(gate, member.person)
    confirm_codes(gate, member.person, made.codes[made.asked - 1])
    return made.codes


def first_owner(gate: Gate, device: Authenticator, name: str = "Li") -> Member:
    """The first owner, with one passkey and recovery codes."""
    address = make_first_link(gate.store, gate.party.origin)
    assert address is not None
    member = follow(gate, Purpose.FIRST, address, device, name)
    print_codes(gate, member)
    return member


def newcomer(
    gate: Gate, owner: Member, device: Authenticator, name: str, role: str = "editor", *locales: str
) -> Member:
    """Somebody who followed an invitation and printed codes."""
    address = make_invitation_link(gate, owner.person, role, locales)
    member = follow(gate, Purpose.INVITE, address, device, name)
    print_codes(gate, member)
    return member


def sign_in(gate: Gate, device: Authenticator) -> str:
    """Sign in and give the session's token."""
    ceremony = begin_sign_in(gate, BROWSER)
    return finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options), session=None)[1]
