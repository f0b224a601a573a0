"""The units of a pack: the parts that one person edits at a time, each with its own history.

| unit | path | key | content |
|---|---|---|---|
| topic in a locale | `zh-Hans/topics/scams.md` | | the whole file |
| keyed text | `zh-Hans/strings.toml` | `flow.borrower.title` | the text |
| where a translation comes from | `en/made_from.toml` | `topics/scams` | 16 hexadecimal digits |
| entry of a table file | `contacts.toml` | `contact:police` | the whole table, its id included |
| verdicts | `visit.toml` | `verdict` | the table |
| head of the pack | `pack.toml` | | the top-level fields, without the locales |

A removed unit has the content None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from server.editor.units.errors import BadUnit
from server.guidance.files.layers import ARRAYS, SINGLE_TABLES
from server.guidance.files.pack_folder import TABLE_FILES, parse_locale_path
from server.guidance.model.regions import is_language_tag, is_region_id

TEXT_KEY = re.compile(r"[A-Za-z0-9./-]{1,200}")
ENTRY_ID = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
MAX_ID = 200


class Kind(StrEnum):
    """The kinds of units; the kind decides what a content looks like."""

    TOPIC = "topic"
    STRING = "string"
    MADE_FROM = "made-from"
    ENTRY = "entry"
    VERDICT = "verdict"
    HEAD = "head"


@dataclass(frozen=True, order=True, slots=True)
class Unit:
    """The name of one unit, checked when it is made; `str(unit)` is `cn:zh-Hans/strings.toml#flow.x`, or has no `#` part.

    Raises:
        BadUnit: No pack can hold it, for example because the path leaves its folder.
    """

    region: str
    path: str
    key: str = ""

    def __post_init__(self) -> None:
        """Raise BadUnit for a name that no unit can have."""
        if not is_region_id(self.region) or not _is_possible_unit(self.path, self.key):
            raise BadUnit(f"no such unit: {self.region[:20]!r}, {self.path[:100]!r}, {self.key[:100]!r}")

    def __str__(self) -> str:
        return f"{self.region}:{self.path}#{self.key}" if self.key else f"{self.region}:{self.path}"

    @classmethod
    def parse(cls, text: str) -> Unit:
        """Return the unit for the text that `str(unit)` returned.

        Raises:
            BadUnit: No unit has this name.
        """
        region, _, rest = text.partition(":")
        path, mark, key = rest.partition("#")
        if mark and not key:
            raise BadUnit(f"no such unit: {text[:100]!r}")
        return cls(region, path, key)

    @property
    def kind(self) -> Kind:
        """The kind of the unit."""
        if self.path.endswith(".md"):
            return Kind.TOPIC
        if self.path.endswith("/strings.toml"):
            return Kind.STRING
        if self.path.endswith("/made_from.toml"):
            return Kind.MADE_FROM
        if ":" in self.key:
            return Kind.ENTRY
        return Kind.VERDICT if self.key else Kind.HEAD

    @property
    def locale(self) -> str | None:
        """The language of a text, None for what is the same in every language."""
        place = parse_locale_path(self.path)
        return place.tag if place else None

    @property
    def text_key(self) -> str | None:
        """The key of this text in `made_from.toml`: `topics/scams` or the key of a string; None for a unit that is not a text."""
        if self.kind is Kind.TOPIC:
            return f"topics/{self.topic}"
        return self.key if self.kind in (Kind.STRING, Kind.MADE_FROM) else None

    @property
    def topic(self) -> str | None:
        """The id of the topic that this text belongs to."""
        place = parse_locale_path(self.path)
        return place.topic if place else None

    @property
    def entry(self) -> tuple[str, str]:
        """The array and the id of an entry: `("contact", "police")`; only for entries."""
        kind, _, one = self.key.partition(":")
        return kind, one

    def in_locale(self, tag: str) -> Unit:
        """Return the unit of the same text in another language."""
        return Unit(self.region, f"{tag}/{self.path.partition('/')[2]}", self.key)

    def in_region(self, region: str) -> Unit:
        """Return the unit of the same name in another region."""
        return Unit(region, self.path, self.key)


def make_text_unit(region: str, tag: str, key: str) -> Unit:
    """Return the unit of a text by its locale and its key, which is `topics/<id>` for a topic."""
    if key.startswith("topics/"):
        return Unit(region, f"{tag}/{key}.md")
    return Unit(region, f"{tag}/strings.toml", key)


def make_entry_unit(region: str, kind: str, one: str) -> Unit:
    """Return the unit of an entry: `make_entry_unit("cn", "contact", "police")`.

    Raises:
        BadUnit: No file of a pack holds entries of that kind, or the id has another shape.
    """
    path = next((path for path, kinds in ARRAYS.items() if kind in kinds), "")
    return Unit(region, path, f"{kind}:{one}")


def make_head_unit(region: str) -> Unit:
    """Return the unit of a pack's head."""
    return Unit(region, "pack.toml")


def _is_possible_unit(path: str, key: str) -> bool:
    place = parse_locale_path(path)
    if place is not None:
        if place.topic is not None:
            return not key and len(place.topic) <= MAX_ID
        return TEXT_KEY.fullmatch(key) is not None
    if path not in TABLE_FILES:
        return False
    if not key:
        return path == "pack.toml"
    kind, colon, one = key.partition(":")
    if not colon:
        return key in SINGLE_TABLES.get(path, ())
    if ARRAYS[path].get(kind) == "tag":
        return is_language_tag(one)
    return kind in ARRAYS[path] and len(one) <= MAX_ID and ENTRY_ID.fullmatch(one) is not None
