"""Find claims that no pack may make, and numbers or hours that were typed instead of named.

The words are data (claims.toml), looked up by the primary subtag of the locale (BCP 47).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from server.guidance.model.field_types import Model
from server.guidance.model.regions import get_primary_language

MAX_CLAUSE = 200  # characters before a match that are searched for an excuse
_CLAUSE_END = re.compile(r"[.!?;:,。！？；：，\n…—]")
_DIGIT = re.compile("[0-9]")
_CLOCK = re.compile(r"(?<![0-9:])(?:[01]?[0-9]|2[0-4])\s?[:∶]\s?[0-5][0-9](?![0-9:])")
Twelve = Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]


class ForbiddenClaim(Model):
    """A pattern that is refused, unless one of its excuses is found too."""

    lang: str
    pattern: str
    guard: str | None = None
    unless: str | None = None
    reason: str


class Attribution(Model):
    """Words that tell what others say instead of giving advice."""

    lang: str
    pattern: str


class NumberContext(Model):
    """Text before or after digits that are not a telephone number."""

    lang: str
    before: str | None = None
    after: str | None = None


class ClockWords(Model):
    """How a language writes an hour in words."""

    lang: str
    am: str
    pm: str
    names: Twelve


class ClaimsFile(Model):
    """The contents of claims.toml."""

    claim: tuple[ForbiddenClaim, ...]
    attribution: tuple[Attribution, ...]
    number_context: tuple[NumberContext, ...]
    clock_words: tuple[ClockWords, ...]


@cache
def load_claims_file() -> ClaimsFile:
    """Return the shipped words, read once."""
    raw = tomllib.loads(Path(__file__).with_name("claims.toml").read_text(encoding="utf-8"))
    rows = {
        kind: tuple(
            {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()} for row in rows
        )
        for kind, rows in raw.items()
    }
    return ClaimsFile.model_validate(rows)


def list_languages_with_claims() -> frozenset[str]:
    """Return the languages whose forbidden claims are known."""
    return frozenset(claim.lang for claim in load_claims_file().claim)


def find_forbidden_claims(text: str, locale: str) -> Iterator[tuple[str, str]]:
    """Yield each forbidden claim in a text: the words and the reason."""
    text = unicodedata.normalize("NFKC", text)
    for claim in load_claims_file().claim:
        if claim.lang != get_primary_language(locale):
            continue
        for match in _compile_pattern(claim.pattern).finditer(text):
            if claim.unless and _compile_pattern(claim.unless).search(text):
                continue
            if claim.guard and _compile_pattern(claim.guard).search(
                text, _find_clause_start(text, match.start()), match.end()
            ):
                continue
            yield match[0], claim.reason


def find_hearsay(text: str, locale: str) -> Iterator[str]:
    """Yield the words in a text that tell what others say."""
    text = unicodedata.normalize("NFKC", text)
    for one in load_claims_file().attribution:
        if one.lang == get_primary_language(locale):
            yield from (match[0] for match in _compile_pattern(one.pattern).finditer(text))


def find_typed_numbers(text: str, locale: str, numbers: Iterable[str]) -> Iterator[str]:
    """Yield those of `numbers` that the text contains as digits, but for articles and amounts."""
    text = _convert_digits(text)
    if not _DIGIT.search(text):
        return
    contexts = [one for one in load_claims_file().number_context if one.lang in ("*", get_primary_language(locale))]
    for number in numbers:
        for match in _compile_number_pattern(number).finditer(text):
            before, after = text[max(0, match.start() - 20) : match.start()], text[match.end() : match.end() + 20]
            excused = any(
                (one.before and _compile_pattern(one.before).search(before))
                or (one.after and _compile_pattern(one.after).search(after))
                for one in contexts
            )
            if not excused:
                yield number
                break


def find_typed_clocks(text: str) -> Iterator[str]:
    """Yield every time of day that is written as digits with a colon."""
    yield from (match[0] for match in _CLOCK.finditer(_convert_digits(text)))


def find_hour_in_words(text: str, locale: str, clock: str) -> str | None:
    """Return the words with which a text spells out the full hour `clock` (HH:MM), or None."""
    hour, minute = int(clock[:2]), clock[3:]
    if minute != "00":
        return None
    text = _convert_digits(text)
    for words in load_claims_file().clock_words:
        if words.lang == get_primary_language(locale):
            pattern = words.am if hour < 12 else words.pm
            filled = pattern.format(h=f"0?{hour}", h12=f"0?{hour % 12 or 12}", name12=words.names[hour % 12])
            match = _compile_pattern(filled).search(text)
            if match:
                return match[0]
    return None


@cache
def _compile_pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


@cache
def _compile_number_pattern(number: str) -> re.Pattern[str]:
    """Return the pattern of a number: a short one is one word; a long one may be typed in groups."""
    joint = r"[ \-]?" if len(number) > 6 else ""
    digits = joint.join(re.escape(digit) for digit in number)
    return re.compile(rf"(?<![A-Za-z0-9])(?<![0-9][.,]){digits}(?![A-Za-z0-9])(?![.,][0-9])")


def _find_clause_start(text: str, position: int) -> int:
    first = max(0, position - MAX_CLAUSE)
    ends = [match.end() for match in _CLAUSE_END.finditer(text, first, position)]
    return ends[-1] if ends else first


@lru_cache(maxsize=16)  # each text is looked at several times in a row
def _convert_digits(text: str) -> str:
    """Return the text with every script's digits as 0 to 9."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.digit(ch)) if ch.isdigit() and not ch.isascii() else ch for ch in text)
