"""Two contents of a unit compared field by field and word by word, as a reviewer reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.editor.units.content import Content, format_content
from server.editor.units.text_diff import Piece, diff_words, split_words
from server.editor.units.unit import Kind, Unit
from server.guidance.files.toml import split_front_matter
from server.guidance.problems.problem import Problem

# Unchanged text shown on each side of a change: enough to know the place, short enough to see the change.
CONTEXT_CHARS = 120


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A part of a comparison: in both (`same`), removed (`old`), added (`new`), or not shown (`gap`)."""

    kind: Literal["same", "old", "new", "gap"]
    text: str


@dataclass(frozen=True, slots=True)
class ComparedField:
    """One field that differs. `name` is that of the table or the front matter; "" for a text or the body of a topic."""

    name: str
    pieces: tuple[DiffPart, ...]


def compare_contents(unit: Unit, old: Content | None, new: Content | None) -> list[ComparedField]:
    """Return every field that differs, in the order of the content; empty when both are equal."""
    before, after = _list_fields(unit, old), _list_fields(unit, new)
    names = [*before, *(name for name in after if name not in before)]
    return [
        ComparedField(name, tuple(_shorten_pieces(diff_words(before.get(name, ""), after.get(name, "")))))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _list_fields(unit: Unit, content: Content | None) -> Mapping[str, str]:
    if content is None:
        return {}
    if isinstance(content, dict):
        return dict(_flatten_fields("", content))
    if unit.kind is not Kind.TOPIC:
        return {"": content}
    problems: list[Problem] = []
    parts = split_front_matter(content, "", problems)
    return (
        {"": format_content(unit, content)}
        if parts is None
        else {**dict(_flatten_fields("", parts[0])), "": parts[1].strip("\n")}
    )


def _flatten_fields(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield the fields of a table with dotted names; a list of plain values is one field with a line for each."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flatten_fields(f"{name}.{key}" if name else key, item)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, 1):
            yield from _flatten_fields(f"{name}.{number}", item)
    elif isinstance(value, list):
        yield name, "\n".join(map(_format_value, value))
    else:
        yield name, _format_value(value)


def _format_value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shorten_pieces(pieces: Sequence[Piece]) -> Iterator[DiffPart]:
    for number, piece in enumerate(pieces):
        head = CONTEXT_CHARS if number else 0
        tail = CONTEXT_CHARS if number < len(pieces) - 1 else 0
        if piece.kind != "same" or len(piece.text) <= head + tail + CONTEXT_CHARS:
            yield DiffPart(piece.kind, piece.text)
            continue
        parts = split_words(piece.text)
        first, last = _count_fitting_words(parts, head), len(parts) - _count_fitting_words(parts[::-1], tail)
        yield from (DiffPart("same", "".join(parts[:first])),) if first else ()
        yield DiffPart("gap", "".join(parts[first:last]))
        yield from (DiffPart("same", "".join(parts[last:])),) if last < len(parts) else ()


def _count_fitting_words(parts: Sequence[str], chars: int) -> int:
    """Return how many of the words fit into `chars` characters, so that none is cut."""
    taken = 0
    for number, part in enumerate(parts):
        taken += len(part)
        if taken > chars:
            return number
    return len(parts)
