"""Helpers of the desk's pages: reading requests, and naming units for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from babel import Locale, UnknownLocaleError
from babel.units import format_unit
from flask import request
from flask_babel import get_locale, gettext

from server.auth.errors import BadInput
from server.auth.guard import current_gate, current_person
from server.auth.pages.sent_fields import read_field
from server.auth.people.members import list_members
from server.auth.roles import Permission, Person
from server.editor.desk import Desk
from server.editor.edits.review import MAX_NOTE_CHARS
from server.editor.edits.saving import may_write
from server.editor.packs.findings import Finding
from server.editor.packs.loading import UsablePack
from server.editor.units.unit import Unit
from server.editor.web.regions import find_region_title
from server.editor.wording.field_words import KIND_NAMES, find_label
from server.editor.wording.finding_words import describe_finding, describe_finding_place
from server.editor.wording.names import find_kind_key, name_unit
from server.errors import AppError
from server.guidance.model.pack import Pack
from server.request_language import current_language

UNIT_MAX = 400
# Longer than any reason may be, so that its check can say what is wrong.
REASON_FIELD = 2 * MAX_NOTE_CHARS
LARGEST = 10**9
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """One page of a long list: its items, its number from 1, and the numbers of pages and items in all."""

    items: Sequence[T]
    number: int
    pages: int
    total: int


def get_requested_list_page(things: Sequence[T], size: int) -> ListPage[T]:
    """Return the page of a list that the address names as `page`, or the nearest one."""
    pages = max(1, -(-len(things) // size))
    text = request.args.get("page", "1")[:9]
    number = min(pages, max(1, int(text) if text.isdecimal() else 1))
    return ListPage(things[(number - 1) * size : number * size], number, pages, len(things))


def read_sent_unit() -> Unit:
    """Return the unit that a form names.

    Raises:
        BadInput, BadUnit: No unit can have that name.
    """
    return Unit.parse(read_field("unit", UNIT_MAX))


def parse_whole_number(text: str) -> int:
    """Return the number in a form or an address.

    Raises:
        BadInput: It is not a number, or larger than any count of this desk.
    """
    # Python's int() reads "1_0", " 1" and Arabic digits too; a form of ours never sends those.
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= LARGEST):
        raise BadInput("a number")
    return int(text)


def read_sent_number(name: str) -> int:
    """Return the number in a form's field.

    Raises:
        BadInput: It is not a number.
    """
    return parse_whole_number(read_field(name, 10))


def is_writable(unit: Unit) -> bool:
    """Return whether the person who is signed in may write this unit."""
    return may_write(current_person(), unit)


def list_reviewers() -> list[Person]:
    """Return everybody who may sign in now and may review."""
    members = list_members(current_gate())
    return [one.person for one in members if one.active and one.person.may(Permission.REVIEW)]


def name_language(tag: str) -> str:
    """Return the name of a language in the reader's language, the tag when it has none."""
    try:
        return str(Locale.parse(tag, sep="-").get_display_name(get_locale()) or tag)
    except (UnknownLocaleError, ValueError):
        return tag


def format_size(size: int) -> str:
    """Return a number of bytes as people read it: `0.3 kB`."""
    return format_unit(max(0.1, round(size / 1000, 1)), "digital-kilobyte", "short", locale=get_locale())


def list_unit_findings(desk: Desk, unit: Unit) -> Sequence[Finding]:
    """Return what the checker finds in a unit with all drafts; nothing when the region cannot be checked at all."""
    try:
        return desk.check_unit(unit)
    except AppError:
        return ()


def make_name_helpers(desk: Desk) -> dict[str, Any]:
    """Return the functions with which templates name things. Each region's pack is loaded once."""
    language = current_language()
    packs: dict[str, UsablePack | None] = {}

    def load_pack(region: str) -> Pack | None:
        if region not in packs:
            packs[region] = desk.load_usable_pack(region)
        usable = packs[region]
        return usable.pack if usable else None

    def name_region(one: str) -> str:
        found = load_pack(one)
        return find_region_title(found, language) if found else one

    def name_field(unit: Unit, name: str) -> str:
        """Return the label of a field; for an inner field, the label of the outer one and the rest of the name."""
        outer, dot, inner = name.partition(".")
        kind = unit.entry[0] if ":" in unit.key else "pack" if unit.path == "pack.toml" else ""
        words = gettext(find_label(kind, outer))
        return f"{words} · {inner}" if dot else words

    return {
        "region_name": name_region,
        "language_name": name_language,
        "title_of": lambda unit: name_unit(load_pack(unit.region), unit, language),
        "kind_of": lambda unit: gettext(KIND_NAMES.get(find_kind_key(unit), ("", ""))[0]),
        "field_words": name_field,
        "describe_finding_place": lambda finding: describe_finding_place(finding, gettext),
        "finding_words": lambda finding: describe_finding(finding, gettext),
        "size_words": format_size,
        "interface_lang": language,
    }
