"""Everything that the page of one unit shows, apart from the form: where it stands, where it appears, what belongs to it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from server.editor.desk import Desk
from server.editor.edits.model import Draft
from server.editor.forms.fields import identity_of
from server.editor.packs.appearances import addresses_of
from server.editor.packs.findings import Finding
from server.editor.packs.loading import Usable
from server.editor.units.content import Content
from server.editor.units.errors import NoRevision
from server.editor.units.text_diff import Piece, word_diff
from server.editor.units.unit import Kind, Unit, text_unit
from server.editor.wording.names import is_known_text, own_keys
from server.guidance.keys import required_keys
from server.guidance.model import Pack
from server.guidance.text import source_digest
from server.guidance.toml import Table

# A new entry is to be checked again after half a year, unless somebody says otherwise.
REVIEW_AFTER = datetime.timedelta(days=180)
LOOKED_BACK = 50


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a translation is made from. `changes` tells what became of the words that it was made from, when known."""

    unit: Unit
    text: str
    digest: str
    is_stale: bool
    changes: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class OwnText:
    """A text that belongs to an entry, in one language; `text` is None when nobody wrote it, which not all `must`."""

    unit: Unit
    text: str | None
    must: bool = True


def is_there(pack: Pack | None, draft: Draft, *, new: bool) -> bool:
    """True when the unit says something, once did, or has a place that is still empty."""
    unit = draft.unit
    if draft.content is not None or draft.head:
        return True
    if unit.kind in (Kind.TOPIC, Kind.STRING):
        return pack is not None and is_known_text(pack, unit)
    return new and unit.kind is Kind.ENTRY


def blank_entry(unit: Unit, today: datetime.date) -> Table:
    """Give what the form of a new entry begins with."""
    return {identity_of(unit.entry[0]): unit.entry[1], "checked_on": today, "review_by": today + REVIEW_AFTER}


def basis(desk: Desk, draft: Draft, seen: int) -> Content | None:
    """Give what a form that was opened at revision `seen` was made from."""
    if seen == draft.head:
        return draft.content
    if seen == 0:
        return desk.ground.below(draft.unit)
    try:
        return desk.edits.revision(draft.unit, seen).content
    except NoRevision:
        return draft.content


def source_of(desk: Desk, draft: Draft) -> SourceText | None:
    """Give the text beside which a translation is written, None for what is no translation."""
    unit = desk.ground.source_unit(draft.unit)
    text = desk.ground.text(unit) if unit else None
    if unit is None or not isinstance(text, str):
        return None
    now = source_digest(text)
    is_stale = draft.content is not None and draft.made_from not in ("", now)
    old = _text_of_digest(desk, unit, draft.made_from) if is_stale else None
    return SourceText(unit, text, now, is_stale, tuple(word_diff(old, text)) if old is not None else ())


def _text_of_digest(desk: Desk, unit: Unit, digest: str) -> str | None:
    """Give the earlier text of that digest, when it is still in the history."""
    below = desk.ground.below(unit)
    contents = [below, *(one.content for one in desk.edits.history(unit, limit=LOOKED_BACK))]
    return next((one for one in contents if isinstance(one, str) and source_digest(one) == digest), None)


def findings_of(desk: Desk, unit: Unit, usable: Usable | None) -> list[Finding]:
    """Give what the checker says of a unit; of a pack that cannot be read, why not."""
    found = list(desk.messages(unit))
    return [*found, *(one for one in (usable.findings if usable else ()) if one.unit == unit and one not in found)]


def preview_addresses(pack: Pack | None, unit: Unit, wanted: str) -> list[str]:
    """Give the addresses of the pages that show the unit, below the root: `cn/en/now/`."""
    if pack is None:
        return []
    tag = unit.locale if unit.locale in pack.locales else wanted if wanted in pack.locales else pack.source_locale
    return [f"{pack.id}/{tag}/{address}" for address in dict.fromkeys(addresses_of(pack, unit))]


def own_texts(pack: Pack | None, unit: Unit) -> list[tuple[str, list[OwnText]]]:
    """Give the texts of an entry by key, each in every language of the region."""
    if pack is None or unit.kind is not Kind.ENTRY:
        return []
    kind, one = unit.entry
    if kind == "topic":
        rows = {tag: texts[one].title if one in texts else None for tag, texts in pack.topic_texts.items()}
        return [
            (f"topics/{one}", [OwnText(text_unit(pack.id, tag, f"topics/{one}"), rows[tag]) for tag in pack.locales])
        ]
    found = []
    required = required_keys(pack)
    for key in own_keys(pack, kind, one):
        units = [text_unit(pack.id, tag, key) for tag in pack.locales]
        texts = [OwnText(unit, pack.strings[str(unit.locale)].get(key), key in required) for unit in units]
        found.append((key, texts))
    return found


def in_other_languages(pack: Pack | None, unit: Unit) -> Sequence[Unit]:
    """Give the same text in the region's other languages."""
    if pack is None or unit.kind not in (Kind.TOPIC, Kind.STRING):
        return ()
    return [unit.in_locale(tag) for tag in pack.locales if tag != unit.locale]


def entry_of_topic(unit: Unit) -> Unit | None:
    """Give the entry with the dates and sources of the topic that this is a text of."""
    return Unit(unit.region, "topics.toml", f"topic:{unit.topic}") if unit.kind is Kind.TOPIC else None


def last_words(desk: Desk, unit: Unit) -> Content | None:
    """Give what a removed unit said last."""
    before = (one.content for one in desk.edits.history(unit, limit=LOOKED_BACK) if one.content is not None)
    return next(before, None) or desk.ground.below(unit)
