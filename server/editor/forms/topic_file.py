"""A topic's file as the fields of a form, and back. Only changed parts are rewritten: translations are made from the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from server.guidance.files.toml import FENCE, Table, split_front_matter
from server.guidance.problems.problem import Problem

LISTS = ("do", "never", "words")
FIELDS = ("title", "summary", *LISTS)


@dataclass(frozen=True, slots=True)
class TopicFile:
    """A file in its parts. `front` holds the parsed front matter, `head` its text."""

    front: Table
    head: str
    body: str


def read_topic(text: str) -> TopicFile | None:
    """Return the parts of a file, None when its front matter cannot be read or cannot be shown in a form."""
    problems: list[Problem] = []
    found = split_front_matter(text, "", problems)
    if found is None:
        return None
    front, body = found
    if not all(isinstance(front.get(name, ""), str) for name in ("title", "summary")):
        return None
    for name in LISTS:
        items = front.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            return None
    lines = text.split("\n")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE)
    return TopicFile(front, "\n".join(lines[1:end]), body)


def find_first_body_line(content: object) -> int:
    """Return the line of a topic's file on which its text begins, counted from 1; 1 for any other content."""
    found = read_topic(content) if isinstance(content, str) else None
    return str(content).count("\n") - found.body.count("\n") + 1 if found else 1


def write_topic(values: Mapping[str, object], before: str | None) -> str:
    """Return the file for `values` (the names of FIELDS, and `body`). Parts that equal `before` keep its style."""
    old = read_topic(before) if before is not None else None
    front: Table = {name: values[name] for name in FIELDS if values.get(name) not in (None, "", [])}
    front |= {name: value for name, value in (old.front if old else {}).items() if name not in FIELDS}
    body = str(values.get("body") or "").strip("\n") + "\n"
    if old is not None and before is not None and front == _drop_empty_fields(old.front) and body == old.body:
        return before
    same_head = old is not None and front == _drop_empty_fields(old.front)
    head = (
        old.head if same_head and old else "\n".join(f"{name} = {_format_toml(value)}" for name, value in front.items())
    )
    return f"{FENCE}\n{head}\n{FENCE}\n{_find_line_after_front_matter(before)}{body}"


def _find_line_after_front_matter(before: str | None) -> str:
    """Return the empty line after the front matter, unless the file had none."""
    if before is None:
        return "\n"
    _, _, rest = before.partition(f"\n{FENCE}\n")
    return "\n" if rest.startswith("\n") or not rest else ""


def _drop_empty_fields(front: Table) -> Table:
    return {name: value for name, value in front.items() if name not in FIELDS or value not in ("", [])}


def _format_toml(value: object) -> str:
    """Return a value as packs write it: on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_format_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_format_toml(name)} = {_format_toml(item)}' for name, item in value.items())} }}"
    if isinstance(value, str):
        # A TOML basic string is a JSON string, but for DEL (TOML 1.0, "String").
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
