"""What the desk's publishing pages share: reading what was asked for, and names of units for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from babel import Locale, UnknownLocaleError
from babel.units import format_unit
from flask import request
from flask_babel import get_locale, gettext

from server.auth.errors import BadInput
from server.auth.forms import field
from server.auth.guard import current_gate, current_person
from server.auth.members import all_members
from server.auth.roles import Permission, Person
from server.editor.desk import Desk
from server.editor.edits.saving import may_write
from server.editor.packs.findings import Finding
from server.editor.packs.loading import Usable
from server.editor.units.unit import Unit
from server.editor.web.regions import region_title
from server.editor.wording.field_words import KIND_NAMES, label_of
from server.editor.wording.finding_words import finding_place, finding_words
from server.editor.wording.names import kind_key, unit_words
from server.errors import AppError
from server.guidance.model import Pack
from server.request_language import current_language

UNIT_MAX = 400
LARGEST = 10**9
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """One page of a long list: what stands on it, its number from 1, how many pages and things there are."""

    items: Sequence[T]
    number: int
    pages: int
    total: int


def asked_sheet(things: Sequence[T], size: int) -> Sheet[T]:
    """Give the page of a list that the address asks for by `page`, the nearest one when there is no such page."""
    pages = max(1, -(-len(things) // size))
    text = request.args.get("page", "1")[:9]
    number = min(pages, max(1, int(text) if text.isdecimal() else 1))
    return Sheet(things[(number - 1) * size : number * size], number, pages, len(things))


def sent_unit() -> Unit:
    """Give the unit that a form names.

    Raises:
        BadInput, BadUnit: There can be none of that name.
    """
    return Unit.parse(field("unit", UNIT_MAX))


def whole_number(text: str) -> int:
    """Give the number that a form or an address holds.

    Raises:
        BadInput: It is none, or larger than any count of this desk.
    """
    # Python's int() reads "1_0", " 1" and Arabic digits too; a form of ours never sends those.
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= LARGEST):
        raise BadInput("a number")
    return int(text)


def sent_number(name: str) -> int:
    """Give the number in a form's field.

    Raises:
        BadInput: It is none.
    """
    return whole_number(field(name, 10))


def is_writable(unit: Unit) -> bool:
    """Return whether the person who is signed in may write this unit."""
    return may_write(current_person(), unit)


def reviewers() -> list[Person]:
    """Give everybody who may sign in now and may review."""
    members = all_members(current_gate())
    return [one.person for one in members if one.active and one.person.may(Permission.REVIEW)]


def language_name(tag: str) -> str:
    """Give the name of a language in the reader's language, the tag when it has none."""
    try:
        return str(Locale.parse(tag, sep="-").get_display_name(get_locale()) or tag)
    except (UnknownLocaleError, ValueError):
        return tag


def size_words(size: int) -> str:
    """Give a number of bytes as people read it: `0.3 kB`."""
    return format_unit(max(0.1, round(size / 1000, 1)), "digital-kilobyte", "short", locale=get_locale())


def findings_of(desk: Desk, unit: Unit) -> Sequence[Finding]:
    """Give what the checker says of a unit with all drafts; nothing where the region cannot be checked at all."""
    try:
        return desk.messages(unit)
    except AppError:
        return ()


def name_helpers(desk: Desk) -> dict[str, Any]:
    """Give what templates name things with. Each region's pack is asked for once."""
    language = current_language()
    packs: dict[str, Usable | None] = {}

    def pack(region: str) -> Pack | None:
        if region not in packs:
            packs[region] = desk.pack(region)
        usable = packs[region]
        return usable.pack if usable else None

    def region(one: str) -> str:
        found = pack(one)
        return region_title(found, language) if found else one

    def field(unit: Unit, name: str) -> str:
        """Give what a form calls a field; of an inner one what it calls the outer, and the rest of its name."""
        outer, dot, inner = name.partition(".")
        kind = unit.entry[0] if ":" in unit.key else "pack" if unit.path == "pack.toml" else ""
        words = gettext(label_of(kind, outer))
        return f"{words} · {inner}" if dot else words

    return {
        "region_name": region,
        "language_name": language_name,
        "title_of": lambda unit: unit_words(pack(unit.region), unit, language),
        "kind_of": lambda unit: gettext(KIND_NAMES.get(kind_key(unit), ("", ""))[0]),
        "field_words": field,
        "finding_place": lambda finding: finding_place(finding, gettext),
        "finding_words": lambda finding: finding_words(finding, gettext),
        "size_words": size_words,
        "interface_lang": language,
    }
