"""The small types that the models share. Every message says what was expected, for the person who writes the file."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from server.guidance.regions import ISO_CODE, LANGUAGE_TAG, REGION_ID


class Model(BaseModel):
    """Frozen, strict, and closed: an unknown key is a typing mistake."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


def shaped(pattern: str | re.Pattern[str], expected: str) -> AfterValidator:
    """Give a validator that wants the whole text to match; `expected` ends the sentence "expected …"."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise ValueError(expected)
        return text

    return AfterValidator(check)


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("each value once")
    return values


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("some text")
    return text


def at_least(minimum: int) -> Callable[[int], int]:
    """Give a validator for whole numbers from `minimum` on."""

    def check(number: int) -> int:
        if not minimum <= number <= 1_000_000:
            raise ValueError(f"a whole number from {minimum} on")
        return number

    return check


SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_EXPECTED = "small letters, digits and single hyphens"


def is_slug(text: str) -> bool:
    """Say whether a text has the shape of an id."""
    return SLUG.fullmatch(text) is not None


Slug = Annotated[str, shaped(SLUG, SLUG_EXPECTED)]
SourceId = Annotated[str, shaped(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", "letters, digits and single hyphens")]
FlowPath = Annotated[str, shaped(r"[a-z0-9-]*", "small letters, digits and hyphens, or nothing")]
RegionId = Annotated[str, shaped(REGION_ID, 'an ISO 3166 code in small letters, such as "aa" or "aa-bb"')]
IsoCode = Annotated[str, shaped(ISO_CODE, "an ISO 3166 code")]
Tag = Annotated[str, shaped(LANGUAGE_TAG, "a language tag (BCP 47)")]
Currency = Annotated[str, shaped(r"[A-Z]{3}", "a currency code (ISO 4217)")]
Clock = Annotated[str, shaped(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", "a time as HH:MM, 00:00 to 23:59")]
Digits = Annotated[str, shaped(r"\+?[0-9*#]{2,16}", "a number to dial: digits, perhaps a + before them")]
Url = Annotated[str, shaped(r"https?://[^\s<>\"]{1,500}", "an address that starts with https:// or http://")]
Email = Annotated[str, shaped(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+", "an e-mail address")]
Text = Annotated[str, AfterValidator(_not_blank)]

Slugs = Annotated[tuple[Slug, ...], AfterValidator(_unique)]
SourceIds = Annotated[tuple[SourceId, ...], AfterValidator(_unique)]
Tags = Annotated[tuple[Tag, ...], AfterValidator(_unique)]
Days = Annotated[int, AfterValidator(at_least(0))]
Count = Annotated[int, AfterValidator(at_least(1))]

Layer = Literal["law", "regulator", "code", "practice"]
Method = Literal["T", "P", "P2", "M"]
Confidence = Literal["high", "medium-high", "medium", "low-medium", "low"]
Duty = Literal["no", "yes", "depends", "usually-no", "unknown"]
Claim = Literal["no", "yes", "depends", "unknown"]
