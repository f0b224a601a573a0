"""A topic's file as the fields of a form, and back. Only what was changed is written anew: translations are made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from server.guidance.problem import Problem
from server.guidance.toml import FENCE, Table, split_front_matter

LISTS = ("do", "never", "words")
FIELDS = ("title", "summary", *LISTS)


@dataclass(frozen=True, slots=True)
class TopicFile:
    """A file in its parts. `front` holds all of the front matter, `head` how it was written."""

    front: Table
    head: str
    body: str


def read_topic(text: str) -> TopicFile | None:
    """Give the parts of a file, None when its front matter cannot be read or is not what a form can show."""
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


def write_topic(values: Mapping[str, object], before: str | None) -> str:
    """Give the file that says `values` (the names of FIELDS, and `body`), written as `before` was where it says the same."""
    old = read_topic(before) if before is not None else None
    front: Table = {name: values[name] for name in FIELDS if values.get(name) not in (None, "", [])}
    front |= {name: value for name, value in (old.front if old else {}).items() if name not in FIELDS}
    body = str(values.get("body") or "").strip("\n") + "\n"
    if old is not None and before is not None and front == _without_nothing(old.front) and body == old.body:
        return before
    same_head = old is not None and front == _without_nothing(old.front)
    head = old.head if same_head and old else "\n".join(f"{name} = {_toml(value)}" for name, value in front.items())
    return f"{FENCE}\n{head}\n{FENCE}\n{_gap(before)}{body}"


def _gap(before: str | None) -> str:
    """Give the empty line after the front matter, unless the file had none."""
    if before is None:
        return "\n"
    _, _, rest = before.partition(f"\n{FENCE}\n")
    return "\n" if rest.startswith("\n") or not rest else ""


def _without_nothing(front: Table) -> Table:
    return {name: value for name, value in front.items() if name not in FIELDS or value not in ("", [])}


def _toml(value: object) -> str:
    """Give a value as packs write it: on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_toml(name)} = {_toml(item)}' for name, item in value.items())} }}"
    if isinstance(value, str):
        # A TOML basic string is a JSON string, but for DEL (TOML 1.0, "String").
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
