"""Everything that the page of one unit shows apart from the form: its state, where it appears, related units."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from server.editor.desk import Desk
from server.editor.edits.model import Draft
from server.editor.forms.fields import find_identity_field
from server.editor.packs.appearances import list_addresses
from server.editor.packs.findings import Finding
from server.editor.packs.loading import UsablePack
from server.editor.units.content import Content
from server.editor.units.errors import NoRevision
from server.editor.units.text_diff import Piece, diff_words
from server.editor.units.unit import Kind, Unit, make_text_unit
from server.editor.wording.names import is_known_text, list_entry_text_keys
from server.guidance.files.toml import Table
from server.guidance.model.keys import list_required_keys
from server.guidance.model.pack import Pack
from server.guidance.texts.text import hash_source_text

# A new entry must be checked again after half a year, unless somebody chooses another day.
REVIEW_AFTER = datetime.timedelta(days=180)
LOOKED_BACK = 50


@dataclass(frozen=True, slots=True)
class SourceText:
    """The source of a translation. `changes` compare it with the older source that the translation was made from, if known."""

    unit: Unit
    text: str
    digest: str
    is_stale: bool
    changes: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class EntryText:
    """A text that belongs to an entry, in one language; `text` is None when it is not written. `must`: it is required."""

    unit: Unit
    text: str | None
    must: bool = True


def can_open_unit(pack: Pack | None, draft: Draft, *, new: bool) -> bool:
    """Return whether the unit has content, had some before, or may be filled in."""
    unit = draft.unit
    if draft.content is not None or draft.head:
        return True
    if unit.kind in (Kind.TOPIC, Kind.STRING):
        return pack is not None and is_known_text(pack, unit)
    return new and unit.kind is Kind.ENTRY


def make_blank_entry(unit: Unit, today: datetime.date) -> Table:
    """Return the content with which the form of a new entry begins."""
    return {find_identity_field(unit.entry[0]): unit.entry[1], "checked_on": today, "review_by": today + REVIEW_AFTER}


def find_form_basis(desk: Desk, draft: Draft, seen: int) -> Content | None:
    """Return the content that a form opened at revision `seen` was made from."""
    if seen == draft.head:
        return draft.content
    if seen == 0:
        return desk.reader.read_baseline(draft.unit)
    try:
        return desk.edits.get_revision(draft.unit, seen).content
    except NoRevision:
        return draft.content


def load_source_text(desk: Desk, draft: Draft) -> SourceText | None:
    """Return the text beside which a translation is written, None for a unit that is not a translation."""
    unit = desk.reader.find_source_unit(draft.unit)
    text = desk.reader.read_newest_content(unit) if unit else None
    if unit is None or not isinstance(text, str):
        return None
    now = hash_source_text(text)
    is_stale = draft.content is not None and draft.made_from not in ("", now)
    old = _find_text_by_digest(desk, unit, draft.made_from) if is_stale else None
    return SourceText(unit, text, now, is_stale, tuple(diff_words(old, text)) if old is not None else ())


def _find_text_by_digest(desk: Desk, unit: Unit, digest: str) -> str | None:
    """Return the earlier text of that digest, if the history still has it."""
    below = desk.reader.read_baseline(unit)
    contents = [below, *(one.content for one in desk.edits.list_revisions(unit, limit=LOOKED_BACK))]
    return next((one for one in contents if isinstance(one, str) and hash_source_text(one) == digest), None)


def list_findings(desk: Desk, unit: Unit, usable: UsablePack | None) -> list[Finding]:
    """Return what the checker finds in a unit; for a pack that cannot be read, the reason."""
    found = list(desk.check_unit(unit))
    return [*found, *(one for one in (usable.findings if usable else ()) if one.unit == unit and one not in found)]


def list_preview_addresses(pack: Pack | None, unit: Unit, wanted: str) -> list[str]:
    """Return the addresses of the pages that show the unit, below the root: `cn/en/now/`."""
    if pack is None:
        return []
    tag = unit.locale if unit.locale in pack.locales else wanted if wanted in pack.locales else pack.source_locale
    return [f"{pack.id}/{tag}/{address}" for address in dict.fromkeys(list_addresses(pack, unit))]


def list_entry_texts(pack: Pack | None, unit: Unit) -> list[tuple[str, list[EntryText]]]:
    """Return the texts of an entry by key, each in every language of the region."""
    if pack is None or unit.kind is not Kind.ENTRY:
        return []
    kind, one = unit.entry
    if kind == "topic":
        rows = {tag: texts[one].title if one in texts else None for tag, texts in pack.topic_texts.items()}
        return [
            (
                f"topics/{one}",
                [EntryText(make_text_unit(pack.id, tag, f"topics/{one}"), rows[tag]) for tag in pack.locales],
            )
        ]
    found = []
    required = list_required_keys(pack)
    for key in list_entry_text_keys(pack, kind, one):
        units = [make_text_unit(pack.id, tag, key) for tag in pack.locales]
        texts = [EntryText(unit, pack.strings[str(unit.locale)].get(key), key in required) for unit in units]
        found.append((key, texts))
    return found


def list_other_languages(pack: Pack | None, unit: Unit) -> Sequence[Unit]:
    """Return the same text in the region's other languages."""
    if pack is None or unit.kind not in (Kind.TOPIC, Kind.STRING):
        return ()
    return [unit.in_locale(tag) for tag in pack.locales if tag != unit.locale]


def find_topic_entry(unit: Unit) -> Unit | None:
    """Return the entry with the dates and sources of a topic's text, None for other units."""
    return Unit(unit.region, "topics.toml", f"topic:{unit.topic}") if unit.kind is Kind.TOPIC else None


def find_last_content(desk: Desk, unit: Unit) -> Content | None:
    """Return the last content of a removed unit."""
    before = (one.content for one in desk.edits.list_revisions(unit, limit=LOOKED_BACK) if one.content is not None)
    return next(before, None) or desk.reader.read_baseline(unit)
