"""An entry of a table file as form values, and back. Untouched values come back unchanged."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from server.editor.forms.fields import FieldSpec, InputShape
from server.guidance.files.toml import Table

Values = dict[str, object]


def read_table_values(table: Mapping[str, object], specs: Sequence[FieldSpec]) -> Values:
    """Return the form values of a table: texts as they are, "" or [] for nothing, whatever a draft may hold."""
    return {spec.name: _make_form_value(table.get(spec.name, spec.default), spec) for spec in specs}


def build_table(values: Mapping[str, object], specs: Sequence[FieldSpec], before: Mapping[str, object]) -> Table:
    """Return the table for form values. A default of the model is written only where `before` has it."""
    table: Table = {}
    for spec in specs:
        value = _parse_value(values.get(spec.name), spec, before.get(spec.name))
        if spec.name in before and _is_same(value, before[spec.name], in_order=spec.shape is not InputShape.TICKS):
            table[spec.name] = before[spec.name]
        elif not _is_empty_value(value) and (spec.name in before or not _is_same(value, spec.default)):
            table[spec.name] = value
    return table


def _make_form_value(value: object, spec: FieldSpec) -> object:
    if spec.shape is InputShape.GROUP:
        return read_table_values(value if isinstance(value, Mapping) else {}, spec.inner)
    if spec.shape is InputShape.GROUPS:
        items = value if isinstance(value, list | tuple) else ()
        return [read_table_values(item if isinstance(item, Mapping) else {}, spec.inner) for item in items]
    if spec.shape in (InputShape.ROWS, InputShape.TICKS, InputShape.LINES):
        items = value if isinstance(value, list | tuple) else [] if value is None else [value]
        return [_format_value(item) for item in items]
    if spec.shape is InputShape.TICK:
        return value is True
    if spec.shape is InputShape.MAYBE:
        return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""
    return _format_value(value)


def _format_value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _parse_value(value: object, spec: FieldSpec, before: object) -> object:
    if spec.shape is InputShape.GROUP:
        given = value if isinstance(value, Mapping) else {}
        return build_table(given, spec.inner, before if isinstance(before, Mapping) else {})
    if spec.shape is InputShape.GROUPS:
        return _parse_groups(value, spec, before)
    if spec.shape is InputShape.MAYBE:
        return {"yes": True, "no": False}.get(str(value))
    if spec.shape is InputShape.TICK:
        return bool(value)
    if isinstance(value, list):
        return [item for item in value if item != ""]
    return value


def _parse_groups(value: object, spec: FieldSpec, before: object) -> list[Table]:
    """Return the groups that are not empty. Each is compared with the old group of the same id, or of the same place."""
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    old = [row for row in before if isinstance(row, Mapping)] if isinstance(before, list | tuple) else []
    by_id = {row["id"]: row for row in old if isinstance(row.get("id"), str)}
    found = []
    for place, row in enumerate(rows):
        like = by_id.get(row.get("id"), {}) if by_id else old[place] if place < len(old) else {}
        table = build_table(row, spec.inner, like)
        if table:
            found.append(table)
    return found


def _is_same(value: object, other: object, *, in_order: bool = True) -> bool:
    if not in_order and isinstance(value, list) and isinstance(other, list | tuple):
        return sorted(map(str, value)) == sorted(map(str, other))
    if isinstance(value, list) and isinstance(other, list | tuple):
        return len(value) == len(other) and all(map(_is_same, value, other))
    return type(value) is type(other) and value == other


def _is_empty_value(value: object) -> bool:
    return value is None or value in ("", [], {})
