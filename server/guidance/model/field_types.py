"""The small types that the models share. What is refused is named by a code; `sentences.py` has the words for each."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from server.guidance.model.regions import ISO_CODE, LANGUAGE_TAG, REGION_ID
from server.guidance.problems.codes import Code

MAX_NUMBER = 1_000_000
AT = "at"


class Model(BaseModel):
    """Frozen, strict, and closed: an unknown key is a typing mistake."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


def make_field_error(code: Code, at: str = "", **params: object) -> PydanticCustomError:
    """Return the error of a validator; `at` is the field where a validator of a whole model puts the blame."""
    return PydanticCustomError(code.value, code.value, {AT: at, **params})


def make_pattern_validator(pattern: str | re.Pattern[str], code: Code) -> AfterValidator:
    """Return a validator that wants the whole text to match."""
    compiled = re.compile(pattern)

    def check_text(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise make_field_error(code, value=text)
        return text

    return AfterValidator(check_text)


def _check_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise make_field_error(Code.LISTED_TWICE)
    return values


def _check_not_blank(text: str) -> str:
    if not text.strip():
        raise make_field_error(Code.BLANK)
    return text


def make_minimum_validator(minimum: int) -> Callable[[int], int]:
    """Return a validator for whole numbers from `minimum` on."""

    def check_minimum(number: int) -> int:
        if not minimum <= number <= MAX_NUMBER:
            raise make_field_error(Code.NUMBER_OUT_OF_RANGE, minimum=minimum, maximum=MAX_NUMBER)
        return number

    return check_minimum


SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def is_slug(text: str) -> bool:
    """Return whether a text has the form of an id."""
    return SLUG.fullmatch(text) is not None


Slug = Annotated[str, make_pattern_validator(SLUG, Code.BAD_ID)]
SourceId = Annotated[str, make_pattern_validator(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", Code.BAD_SOURCE_ID)]
FlowPath = Annotated[str, make_pattern_validator(r"[a-z0-9-]*", Code.BAD_PATH)]
RegionId = Annotated[str, make_pattern_validator(REGION_ID, Code.BAD_REGION)]
IsoCode = Annotated[str, make_pattern_validator(ISO_CODE, Code.BAD_ISO_CODE)]
Tag = Annotated[str, make_pattern_validator(LANGUAGE_TAG, Code.BAD_LANGUAGE_TAG)]
Currency = Annotated[str, make_pattern_validator(r"[A-Z]{3}", Code.BAD_CURRENCY)]
ClockTime = Annotated[str, make_pattern_validator(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", Code.BAD_TIME)]
Digits = Annotated[str, make_pattern_validator(r"\+?[0-9*#]{2,16}", Code.BAD_PHONE_NUMBER)]
Url = Annotated[str, make_pattern_validator(r"https?://[^\s<>\"]{1,500}", Code.BAD_WEB_ADDRESS)]
Email = Annotated[str, make_pattern_validator(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+", Code.BAD_EMAIL)]
Text = Annotated[str, AfterValidator(_check_not_blank)]

Slugs = Annotated[tuple[Slug, ...], AfterValidator(_check_unique)]
SourceIds = Annotated[tuple[SourceId, ...], AfterValidator(_check_unique)]
Tags = Annotated[tuple[Tag, ...], AfterValidator(_check_unique)]
Days = Annotated[int, AfterValidator(make_minimum_validator(0))]
Count = Annotated[int, AfterValidator(make_minimum_validator(1))]

SourceLayer = Literal["law", "regulator", "code", "practice"]
Method = Literal["T", "P", "P2", "M"]
Confidence = Literal["high", "medium-high", "medium", "low-medium", "low"]
Duty = Literal["no", "yes", "depends", "usually-no", "unknown"]
YesNoDepends = Literal["no", "yes", "depends", "unknown"]
