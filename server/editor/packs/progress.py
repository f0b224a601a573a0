"""How far a region's languages have come: what is missing, what is behind, door sentences first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from server.editor.units.unit import Unit, text_unit
from server.guidance.keys import is_door_key, optional_keys, required_keys
from server.guidance.model import Pack
from server.guidance.translation import source_text, stale_keys


class TextState(StrEnum):
    """How a translation stands to its source."""

    MISSING = "missing"
    STALE = "stale"  # made from other words than the source has now
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Row:
    """One text to translate. `made_from` is the digest it was made from, "" when it is missing."""

    unit: Unit
    key: str
    at_door: bool
    source: str
    text: str | None
    made_from: str
    state: TextState


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one language of a region has come, door sentences and all texts. It is `ready` when phones may get it."""

    region: str
    locale: str
    door_total: int
    door_missing: int
    door_stale: int
    total: int
    missing: int
    stale: int

    @property
    def ready(self) -> bool:
        """Every sentence that is read at the door is there and made from the present words."""
        return not self.door_missing and not self.door_stale


def rows(pack: Pack, locale: str) -> list[Row]:
    """Give every text that a locale should have, those at the door first, each in the order of the pack."""
    found = list(_rows(pack, locale))
    return sorted(found, key=lambda row: not row.at_door)


def progress(pack: Pack, locale: str) -> Progress:
    """Count the texts of a locale. The source locale's own texts are current when they are there."""
    found = rows(pack, locale)
    door = [row for row in found if row.at_door]

    def count(some: list[Row], state: TextState) -> int:
        return sum(row.state is state for row in some)

    return Progress(
        pack.id,
        locale,
        door_total=len(door),
        door_missing=count(door, TextState.MISSING),
        door_stale=count(door, TextState.STALE),
        total=len(found),
        missing=count(found, TextState.MISSING),
        stale=count(found, TextState.STALE),
    )


def not_ready(pack: Pack, locale: str) -> tuple[list[str], list[str]]:
    """Give the keys of the door sentences that a locale lacks, and of those that are made from older words."""
    door = [row for row in rows(pack, locale) if row.at_door]
    return (
        [row.key for row in door if row.state is TextState.MISSING],
        [row.key for row in door if row.state is TextState.STALE],
    )


def _rows(pack: Pack, locale: str) -> Iterator[Row]:
    stale = frozenset(stale_keys(pack, locale)) if locale != pack.source_locale else frozenset()
    noted = pack.made_from.get(locale, {})
    for key in wanted(pack, locale):
        if key.startswith("topics/"):
            topic = pack.topic_texts.get(locale, {}).get(key.removeprefix("topics/"))
            text = topic.raw if topic else None
        else:
            text = pack.strings.get(locale, {}).get(key)
        state = TextState.MISSING if text is None else TextState.STALE if key in stale else TextState.CURRENT
        at_door = is_door_key(key) and not key.startswith("topics/")
        source = source_text(pack, key) or ""
        yield Row(text_unit(pack.id, locale, key), key, at_door, source, text, noted.get(key, ""), state)


def wanted(pack: Pack, locale: str) -> list[str]:
    """Give the keys of every text that a locale should have: required ones, and optional ones that it is made from."""
    # How to pronounce a sentence is written for those who do not read the language of the door: the source has none.
    read = (key for strings in pack.strings.values() for key in strings if key.endswith(".read"))
    there = {*pack.strings.get(pack.source_locale, {}), *pack.strings.get(locale, {}), *read}
    optional = [key for key in optional_keys(pack, locale) if key in there]
    return [*required_keys(pack), *optional, *(f"topics/{topic}" for topic in pack.topics)]
