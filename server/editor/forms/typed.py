"""Numbers and times as people write them, made into what a pack holds. What cannot be read stays as it was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from werkzeug.datastructures import MultiDict

from server.editor.forms.fields import FieldSpec, InputShape, find_sent_spec

# What people put between the digits of a number: spaces, hyphens and dashes of any kind, dots, brackets.
BETWEEN_DIGITS = re.compile(r"[\s\u2010-\u2015\u2212.()/-]+")
DIGITS = re.compile(r"\+?[0-9*#]+")
# 9, 9:00, 9.30, 9h30, 9点, 9点30分 and 9時; a full stop or colon of any width is an ASCII one by then.
CLOCK = re.compile(r"([0-9]{1,2})(?:\s*[:.h点點時时]\s*([0-9]{2})?\s*分?)?")
# 9-18, 9:00–18:00, 09:00~18:00, 9 to 18, 9点至18点.
BETWEEN_CLOCKS = re.compile(r"\s*(?:[\u2010-\u2015\u2212\u223c\u301c~-]|to|至|到)\s*")


def read_phone_number(typed: str) -> str:
    """Return a number without what only makes it easier to read: `+86 (10) 1234-5678` as `+861012345678`."""
    plain = BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", typed))
    return plain if DIGITS.fullmatch(plain) else typed


def read_clock(typed: str) -> str:
    """Return a time of day as `09:00`."""
    found = CLOCK.fullmatch(unicodedata.normalize("NFKC", typed).strip().casefold())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return typed
    return f"{int(found[1]):02}:{int(found[2] or 0):02}"


def split_clock_range(typed: str) -> tuple[str, str] | None:
    """Return both times of a span such as `9-18`, None when it is no span."""
    parts = BETWEEN_CLOCKS.split(unicodedata.normalize("NFKC", typed).strip().casefold())
    clocks = [read_clock(part) for part in parts]
    if len(parts) != 2 or any(clock == part and ":" not in clock for clock, part in zip(clocks, parts, strict=True)):
        return None
    return (clocks[0], clocks[1]) if all(re.fullmatch("[0-9]{2}:[0-9]{2}", one) for one in clocks) else None


READERS: Mapping[InputShape, Callable[[str], str]] = {
    InputShape.PHONE: read_phone_number,
    InputShape.CLOCK: read_clock,
}


def normalize_sent_values(sent: MultiDict[str, str], specs: Sequence[FieldSpec]) -> MultiDict[str, str]:
    """Return what a form sent, with numbers and times as a pack holds them; a span typed into one field fills both."""
    found: list[tuple[str, str]] = []
    spans: dict[str, str] = {}
    for key, value in sent.items(multi=True):
        spec = find_sent_spec(key, specs)
        shape = spec.item if spec and spec.item else spec.shape if spec else None
        span = split_clock_range(value) if shape is InputShape.CLOCK else None
        if span and spec is not None:
            stem = key[: -len(spec.name)]
            spans |= {f"{stem}from": span[0], f"{stem}to": span[1]}
        read = READERS.get(shape) if shape else None
        found.append((key, read(value) if read else value))
    return MultiDict([(key, spans.get(key, value)) for key, value in found])
