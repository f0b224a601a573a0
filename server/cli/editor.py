"""`doorwise editor`: who may edit, and recovery for those who lost their passkeys. It works while the server runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from server.auth.gate import Gate, RelyingParty
from server.auth.passkeys.passkey import find_last_use, list_passkeys
from server.auth.people.link_purposes import Purpose, format_lifetime
from server.auth.people.members import Member, find_members_by_name_or_id, list_members
from server.auth.people.one_time_links import make_first_link, make_move_links, make_recovery_link
from server.auth.start_messages import find_saved_desk_address
from server.cli.options import DATA, ORIGIN, STORE, print_line
from server.config import Config
from server.errors import UsageError
from server.resources import resource_folder
from server.store.open import open_store

Command = Callable[..., Any]


@click.group()
def editor() -> None:
    """Look after the people who edit."""


def add_desk_options(command: Command) -> Command:
    """Return the command with the options that choose a desk."""
    return DATA(STORE(ORIGIN(command)))


@contextmanager
def _open_desk(data: Path, store: str | None, origin: str) -> Iterator[Gate]:
    """Yield the gate; without an origin, that of the server that ran last on this data."""
    Config(data, resource_folder("packs"), origin=origin)  # refuses an origin that is none
    opened = open_store(data, store)
    try:
        party = RelyingParty(origin) if origin else find_saved_desk_address(opened)
        if party is None:
            raise UsageError("origin: not known – start `doorwise run` once, or say it with --origin")
        yield Gate(opened, party)
    finally:
        opened.close()


@editor.command("list")
@add_desk_options
def editor_list(data: Path, store: str | None, origin: str) -> None:
    """List everybody: name, role, state, passkeys that work, last sign-in, id."""
    with _open_desk(data, store, origin) as gate:
        members = list_members(gate)
        if not members:
            print_line("nobody has joined yet; `doorwise editor first-link` lets the first owner in")
        for member in members:
            usable = sum(one.is_usable(gate) for one in list_passkeys(gate, member.id))
            role = " ".join((member.person.role, *member.person.locales))
            seen = find_last_use(gate, member.id) or "never"
            print_line(
                f"{member.person.name}: {role}, {_describe_state(member)}, {usable} passkeys, last sign-in {seen}, {member.id}"
            )


@editor.command("recover")
@click.argument("name")
@add_desk_options
def editor_recover(name: str, data: Path, store: str | None, origin: str) -> None:
    """Print a one-time link with which NAME (or the id that `list` shows) makes a new passkey."""
    with _open_desk(data, store, origin) as gate:
        found = find_members_by_name_or_id(gate, name)
        if len(found) != 1:
            known = ", ".join(sorted(f"{one.person.name} ({one.id})" for one in found or list_members(gate)))
            what = "several people are called so, give the id" if found else "nobody is called so"
            raise UsageError(f"name: {name!r} – {what}: {known or 'nobody has joined yet'}")
        if not found[0].active:
            raise UsageError(f"name: {name!r} – was disabled; an owner can let them in again")
        print_line(f"Let {found[0].person.name} open this link once, within {format_lifetime(Purpose.RECOVER)}:")
        print_line(f"  {make_recovery_link(gate, None, found[0].id)}")


@editor.command("first-link")
@add_desk_options
def editor_first_link(data: Path, store: str | None, origin: str) -> None:
    """Print the one-time link for the first owner, while there is none."""
    with _open_desk(data, store, origin) as gate:
        address = make_first_link(gate.store, gate.party.origin, gate.party.prefix)
        if address is None:
            raise UsageError("an owner has finished setting up; `doorwise editor recover NAME` lets one back in")
        print_line(f"Open this link once, within {format_lifetime(Purpose.FIRST)}, to set the desk up:")
        print_line(f"  {address}")


@editor.command("move-domain")
@add_desk_options
def editor_move_domain(data: Path, store: str | None, origin: str) -> None:
    """Print for everybody a one-time link to make a passkey at the desk's new address.

    Passkeys belong to one domain. Set DOORWISE_ORIGIN to the new address, restart the server, run this, and give each
    person their link. Recovery codes go on working; passkeys of the former address do not.
    """
    with _open_desk(data, store, origin) as gate:
        print_line(f"Links to {gate.party.origin}, each good once, within {format_lifetime(Purpose.MOVE)}:")
        for member, address in make_move_links(gate):
            print_line(f"  {member.person.name}: {address}")


def _describe_state(member: Member) -> str:
    if not member.active:
        return "disabled"
    return "active" if member.secured else "set-up not finished"
