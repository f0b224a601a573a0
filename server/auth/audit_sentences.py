"""Sentences of the audit log, one for each event. Every room that writes lines adds its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from flask import Flask
from flask_babel import get_locale

from server.i18n import N_
from server.store.protocol import Json, LogEntry

# The parameters are who did it (`name`), what was changed (`target`), and further values of the line.
SENTENCES: Mapping[str, str] = {
    "signed-in": N_("%(name)s signed in with the passkey “%(target)s”."),
    "signed-out": N_("%(name)s signed out."),
    "confirmed": N_("%(name)s confirmed with the passkey “%(target)s”."),
    "person.joined": N_("%(name)s joined and made the passkey “%(target)s”."),
    "person.role": N_("%(name)s changed the role of %(target)s."),
    "person.renamed": N_("%(name)s is now called %(target)s."),
    "person.disabled": N_("%(name)s disabled %(target)s."),
    "person.enabled": N_("%(name)s enabled %(target)s again."),
    "person.language": N_("%(name)s chose the language %(target)s."),
    "passkey.added": N_("%(name)s added the passkey “%(target)s”."),
    "passkey.removed": N_("%(name)s removed the passkey “%(target)s”."),
    "passkey.renamed": N_("%(name)s renamed a passkey to “%(target)s”."),
    "passkey.recovered": N_("%(name)s came back and made the passkey “%(target)s”."),
    "passkey.moved": N_("%(name)s made the passkey “%(target)s” for the new address."),
    "passkey.suspended": N_("The passkey “%(target)s” of %(name)s was suspended: it may have been copied."),
    "passkey.counter": N_("The counter of the passkey “%(target)s” of %(name)s was out of order. It still works."),
    "codes.made": N_("%(name)s made recovery codes."),
    "codes.confirmed": N_("%(name)s confirmed recovery codes."),
    "code.used": N_("%(name)s used a recovery code."),
    "invite.made": N_("%(name)s made an invitation."),
    "invite.withdrawn": N_("%(name)s withdrew an invitation."),
    "recovery.started": N_("%(name)s made a recovery link for %(target)s."),
    "recovery.withdrawn": N_("%(name)s withdrew a recovery link that somebody had made for their account."),
    "move.started": N_("%(name)s made a link to the new address for %(target)s."),
    "session.ended": N_("%(name)s ended one of their sessions."),
    "sessions.ended": N_("%(name)s ended all of their other sessions."),
}
# A later version of the desk may have written what this one has no sentence for.
OTHERWISE = N_("%(name)s did something that this version of Doorwise cannot describe: %(what)s %(target)s")
# For a parameter that the line does not have, such as a number that an earlier version did not record.
UNKNOWN = "–"
_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """The target of a line for people: `kind` comes before the words, `place` after them.

    `address` is that of its page if there is one, `lang` is the language of the words when it is known.
    """

    words: str
    kind: str = ""
    place: str = ""
    address: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class DescribedEntry:
    """One line of the log: its sentence, its target, and further parameters."""

    entry: LogEntry
    words: str
    target: NamedTarget
    more: Mapping[str, Json]


# Names the target of a line, from its event and its target.
Naming = Callable[[str, str], NamedTarget]


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one room. `naming` is called once for each page, inside its request."""

    words: Mapping[str, str]
    naming: Callable[[], Naming]


def register_audit_sentences(app: Flask, words: Mapping[str, str], naming: Callable[[], Naming]) -> None:
    """Register the sentences for a room's events in the log.

    Raises:
        ValueError: Another room has a sentence for one of them.
    """
    rooms: list[Sentences] = app.extensions.setdefault("doorwise-audit", [])
    if twice := {event for room in rooms for event in room.words} & words.keys():
        raise ValueError(f"events with two sentences: {', '.join(sorted(twice))}")
    rooms.append(Sentences(words, naming))


def describe_audit_entries(app: Flask, entries: Sequence[LogEntry]) -> list[DescribedEntry]:
    """Return the lines of a page, each with its sentence."""
    rooms: Sequence[Sentences] = app.extensions["doorwise-audit"]
    named = [(room.words, room.naming()) for room in rooms]

    def describe_entry(entry: LogEntry) -> DescribedEntry:
        what, target = str(entry.body["what"]), str(entry.body["target"])
        for words, name in named:
            if what in words:
                return DescribedEntry(entry, words[what], name(what, target), _list_parameters(words[what], entry))
        return DescribedEntry(entry, OTHERWISE, NamedTarget(target), entry.body)

    return [describe_entry(entry) for entry in entries]


def _list_parameters(words: str, entry: LogEntry) -> Mapping[str, Json]:
    return {name: entry.body.get(name, UNKNOWN) for name in _PLACE.findall(words)}


def make_auth_target_namer() -> Naming:
    """Return a function that names targets of the auth room: they are names already, but for the tag of a language."""
    reader = get_locale()

    def name_target(what: str, target: str) -> NamedTarget:
        return NamedTarget(_name_language(target, reader) if what == "person.language" else target)

    return name_target


def _name_language(tag: str, reader: Locale) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name(reader) or tag
    except (UnknownLocaleError, ValueError):
        return tag
