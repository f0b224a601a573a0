"""An entry of a table file as what a form holds, and back. What nobody touched comes back as it was."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from server.editor.forms.fields import Shape, Spec
from server.guidance.toml import Table

Values = dict[str, object]


def values_of(table: Mapping[str, object], specs: Sequence[Spec]) -> Values:
    """Give what the form shows of a table: texts as they are, "" or [] for nothing, whatever a draft may hold."""
    return {spec.name: _shown(table.get(spec.name, spec.default), spec) for spec in specs}


def table_of(values: Mapping[str, object], specs: Sequence[Spec], before: Mapping[str, object]) -> Table:
    """Give the table that a form means. What the model takes anyway is only written where `before` wrote it."""
    table: Table = {}
    for spec in specs:
        value = _meant(values.get(spec.name), spec, before.get(spec.name))
        if spec.name in before and _same(value, before[spec.name], in_order=spec.shape is not Shape.TICKS):
            table[spec.name] = before[spec.name]
        elif not _is_nothing(value) and (spec.name in before or not _same(value, spec.default)):
            table[spec.name] = value
    return table


def _shown(value: object, spec: Spec) -> object:
    if spec.shape is Shape.GROUP:
        return values_of(value if isinstance(value, Mapping) else {}, spec.inner)
    if spec.shape is Shape.GROUPS:
        items = value if isinstance(value, list | tuple) else ()
        return [values_of(item if isinstance(item, Mapping) else {}, spec.inner) for item in items]
    if spec.shape in (Shape.ROWS, Shape.TICKS, Shape.LINES):
        items = value if isinstance(value, list | tuple) else [] if value is None else [value]
        return [_plain(item) for item in items]
    if spec.shape is Shape.TICK:
        return value is True
    if spec.shape is Shape.MAYBE:
        return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""
    return _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _meant(value: object, spec: Spec, before: object) -> object:
    if spec.shape is Shape.GROUP:
        given = value if isinstance(value, Mapping) else {}
        return table_of(given, spec.inner, before if isinstance(before, Mapping) else {})
    if spec.shape is Shape.GROUPS:
        return _groups(value, spec, before)
    if spec.shape is Shape.MAYBE:
        return {"yes": True, "no": False}.get(str(value))
    if spec.shape is Shape.TICK:
        return bool(value)
    if isinstance(value, list):
        return [item for item in value if item != ""]
    return value


def _groups(value: object, spec: Spec, before: object) -> list[Table]:
    """Give the groups that are not empty. Each is compared with the one of its id before, or of its place."""
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    old = [row for row in before if isinstance(row, Mapping)] if isinstance(before, list | tuple) else []
    by_id = {row["id"]: row for row in old if isinstance(row.get("id"), str)}
    found = []
    for place, row in enumerate(rows):
        like = by_id.get(row.get("id"), {}) if by_id else old[place] if place < len(old) else {}
        table = table_of(row, spec.inner, like)
        if table:
            found.append(table)
    return found


def _same(value: object, other: object, *, in_order: bool = True) -> bool:
    if not in_order and isinstance(value, list) and isinstance(other, list | tuple):
        return sorted(map(str, value)) == sorted(map(str, other))
    if isinstance(value, list) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(map(_same, value, other))
    return type(value) is type(other) and value == other


def _is_nothing(value: object) -> bool:
    return value is None or value in ("", [], {})
