"""One search over everything at the desk: texts in every language, and entries by what they say, name or dial."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from server.editor.units.unit import Unit, make_entry_unit, make_text_unit
from server.guidance.files.parse import KINDS
from server.guidance.model.field_types import Model
from server.guidance.model.pack import Pack

# Enough to see where the words stand.
AROUND_CHARS = 60
# What people put between digits; a number is found however it is written.
BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s\u2010-\u2015.()-]+(?=[0-9])")


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that holds all the words, and the stretch of it around the first of them."""

    unit: Unit
    excerpt: str


def search_pack(pack: Pack, words: str) -> Iterator[Found]:
    """Yield every text and entry of a region that holds all of these words, texts of the source language first."""
    wanted = simplify(words).split()
    if not wanted:
        return
    for unit, text in _list_texts(pack):
        held = simplify(text)
        if all(word in held for word in wanted):
            yield Found(unit, _cut_excerpt_around(text, wanted[0]))


def simplify(text: str) -> str:
    """Return a text as it is compared: full-width letters as others, no capitals, digits of a number together."""
    return BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _list_texts(pack: Pack) -> Iterator[tuple[Unit, str]]:
    others = [tag for tag in pack.locales if tag != pack.source_locale]
    for tag in (pack.source_locale, *others):
        for topic, text in pack.topic_texts.get(tag, {}).items():
            yield make_text_unit(pack.id, tag, f"topics/{topic}"), f"{text.raw}\n{topic}"
        for key, words in pack.strings.get(tag, {}).items():
            yield make_text_unit(pack.id, tag, key), f"{words}\n{key}"
    for kind, (_, attribute) in KINDS.items():
        for one, thing in getattr(pack, attribute).items():
            yield make_entry_unit(pack.id, kind, one), " · ".join(_list_values(thing))


def _list_values(value: object) -> Iterator[str]:
    """Yield every text that a table holds."""
    if isinstance(value, Model):
        for name in type(value).model_fields:
            yield from _list_values(getattr(value, name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _list_values(item)
    elif isinstance(value, str):
        yield value


def _cut_excerpt_around(text: str, word: str) -> str:
    """Return the stretch of `text` around the first place of `word`, which is simplified already."""
    place = _find_place(text, word)
    start, end = max(0, place - AROUND_CHARS), place + len(word) + AROUND_CHARS
    cut = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{cut}{'…' if end < len(text) else ''}"


def _find_place(text: str, word: str) -> int:
    """Return where in `text` the simplified `word` begins, 0 if nowhere: simplifying moves what comes after."""
    letters = [
        (letter, place)
        for place, written in enumerate(text)
        for letter in unicodedata.normalize("NFKC", written).casefold()
    ]
    joined = "".join(letter for letter, _ in letters)
    dropped = {at for match in BETWEEN_DIGITS.finditer(joined) for at in range(*match.span())}
    kept = [at for at in range(len(joined)) if at not in dropped]
    found = "".join(joined[at] for at in kept).find(word)
    return letters[kept[found]][1] if found >= 0 else 0
