"""Two contents of a unit beside each other, field by field and word by word, as a reviewer reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.editor.units.content import Content, as_text
from server.editor.units.text_diff import Piece, word_diff, words
from server.editor.units.unit import Kind, Unit
from server.guidance.problem import Problem
from server.guidance.toml import split_front_matter

# What stays the same is shown so far on each side of a change: enough to know the place, short enough to see the change.
CONTEXT_CHARS = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """A stretch of a comparison: what both have, what was taken away (`old`), put in (`new`) or not shown (`gap`)."""

    kind: Literal["same", "old", "new", "gap"]
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field that differs. `name` is that of the table or the front matter; "" for a text or the body of a topic."""

    name: str
    pieces: tuple[Shown, ...]


def compared(unit: Unit, old: Content | None, new: Content | None) -> list[Field]:
    """Give every field that differs, in the order of the content; empty when both say the same."""
    before, after = _fields(unit, old), _fields(unit, new)
    names = [*before, *(name for name in after if name not in before)]
    return [
        Field(name, tuple(_shortened(word_diff(before.get(name, ""), after.get(name, "")))))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _fields(unit: Unit, content: Content | None) -> Mapping[str, str]:
    if content is None:
        return {}
    if isinstance(content, dict):
        return dict(_flat("", content))
    if unit.kind is not Kind.TOPIC:
        return {"": content}
    problems: list[Problem] = []
    parts = split_front_matter(content, "", problems)
    return {"": as_text(unit, content)} if parts is None else {**dict(_flat("", parts[0])), "": parts[1].strip("\n")}


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield the fields of a table with dotted names; a list of plain values is one field with a line for each."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{name}.{key}" if name else key, item)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, 1):
            yield from _flat(f"{name}.{number}", item)
    elif isinstance(value, list):
        yield name, "\n".join(map(_plain, value))
    else:
        yield name, _plain(value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shortened(pieces: Sequence[Piece]) -> Iterator[Shown]:
    for number, piece in enumerate(pieces):
        head = CONTEXT_CHARS if number else 0
        tail = CONTEXT_CHARS if number < len(pieces) - 1 else 0
        if piece.kind != "same" or len(piece.text) <= head + tail + CONTEXT_CHARS:
            yield Shown(piece.kind, piece.text)
            continue
        parts = words(piece.text)
        first, last = _so_far(parts, head), len(parts) - _so_far(parts[::-1], tail)
        yield from (Shown("same", "".join(parts[:first])),) if first else ()
        yield Shown("gap", "".join(parts[first:last]))
        yield from (Shown("same", "".join(parts[last:])),) if last < len(parts) else ()


def _so_far(parts: Sequence[str], chars: int) -> int:
    """Give how many of the words fit into so many characters, so that none is cut in the middle."""
    taken = 0
    for number, part in enumerate(parts):
        taken += len(part)
        if taken > chars:
            return number
    return len(parts)
