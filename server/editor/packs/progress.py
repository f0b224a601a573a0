"""How complete a region's languages are: missing and outdated texts, door sentences first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.editor.units.unit import Kind, Unit, make_text_unit
from server.guidance.model.keys import is_door_key, list_optional_keys, list_required_keys
from server.guidance.model.pack import Pack
from server.guidance.texts.text import may_borrow_text
from server.guidance.texts.translation import find_source_text, list_stale_keys


class TextState(StrEnum):
    """The state of a translation, compared with its source."""

    MISSING = "missing"
    STALE = "stale"  # made from another text than the source has now
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text to translate. `made_from` is the digest of its source, "" when it is missing."""

    unit: Unit
    key: str
    at_door: bool
    source: str
    text: str | None
    made_from: str
    state: TextState


@dataclass(frozen=True, slots=True)
class LocaleProgress:
    """How complete one language of a region is, door sentences and all texts. It is `ready` when phones may get it."""

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
        """Whether every sentence that is read at the door is there and made from the present source."""
        return not self.door_missing and not self.door_stale


def list_text_rows(pack: Pack, locale: str) -> list[TextRow]:
    """Return every text that a locale should have, those at the door first, each in the order of the pack."""
    found = list(_build_rows(pack, locale))
    return sorted(found, key=lambda row: not row.at_door)


def measure_progress(pack: Pack, locale: str) -> LocaleProgress:
    """Return the counts of a locale's texts. The source locale's own texts are current when they exist."""
    found = list_text_rows(pack, locale)
    door = [row for row in found if row.at_door]

    def count_rows(some: list[TextRow], state: TextState) -> int:
        return sum(row.state is state for row in some)

    return LocaleProgress(
        pack.id,
        locale,
        door_total=len(door),
        door_missing=count_rows(door, TextState.MISSING),
        door_stale=count_rows(door, TextState.STALE),
        total=len(found),
        missing=count_rows(found, TextState.MISSING),
        stale=count_rows(found, TextState.STALE),
    )


def list_unready_keys(pack: Pack, locale: str) -> tuple[list[str], list[str]]:
    """Return the keys of the texts for which a language cannot be published: those it lacks, and outdated ones at the door.

    It may lack what it borrows from its fallback, and what no language must have, unless that is read at the door.
    """
    rows, required = list_text_rows(pack, locale), list_required_keys(pack)
    missing = [row for row in rows if row.state is TextState.MISSING]
    return (
        [
            row.key
            for row in missing
            if row.at_door or (_must_have(row, required) and not may_borrow_text(pack, locale, row.key))
        ],
        [row.key for row in rows if row.at_door and row.state is TextState.STALE],
    )


def _must_have(row: TextRow, required: Mapping[str, str]) -> bool:
    return row.key in required or row.unit.kind is Kind.TOPIC


def _build_rows(pack: Pack, locale: str) -> Iterator[TextRow]:
    stale = frozenset(list_stale_keys(pack, locale)) if locale != pack.source_locale else frozenset()
    noted = pack.made_from.get(locale, {})
    for key in list_wanted_keys(pack, locale):
        if key.startswith("topics/"):
            topic = pack.topic_texts.get(locale, {}).get(key.removeprefix("topics/"))
            text = topic.raw if topic else None
        else:
            text = pack.strings.get(locale, {}).get(key)
        state = TextState.MISSING if text is None else TextState.STALE if key in stale else TextState.CURRENT
        at_door = is_door_key(key) and not key.startswith("topics/")
        source = find_source_text(pack, key) or ""
        yield TextRow(make_text_unit(pack.id, locale, key), key, at_door, source, text, noted.get(key, ""), state)


def list_wanted_keys(pack: Pack, locale: str) -> list[str]:
    """Return the keys of every text that a locale should have: required ones, and optional ones that the source has."""
    # Pronunciations are for readers who cannot read the language of the door: the source has none.
    read = (key for strings in pack.strings.values() for key in strings if key.endswith(".read"))
    there = {*pack.strings.get(pack.source_locale, {}), *pack.strings.get(locale, {}), *read}
    optional = [key for key in list_optional_keys(pack, locale) if key in there]
    return [*list_required_keys(pack), *optional, *(f"topics/{topic}" for topic in pack.topics)]
