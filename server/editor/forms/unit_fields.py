"""Any unit as the fields of a form, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.editor.forms.fields import FIXED, FieldSpec, InputShape, find_identity_field, list_table_specs
from server.editor.forms.tables import Values, build_table, read_table_values
from server.editor.forms.topic_file import read_topic, write_topic
from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit
from server.guidance.model.pack import Pack

TEXT = (FieldSpec("text", InputShape.LONG, required=True),)
TOPIC = (
    FieldSpec("title", InputShape.LINE, required=True),
    FieldSpec("summary", InputShape.LONG, required=True),
    FieldSpec("do", InputShape.ROWS, required=True),
    FieldSpec("never", InputShape.ROWS, required=True),
    FieldSpec("words", InputShape.LINES),
    FieldSpec("body", InputShape.MARKDOWN, required=True),
)
# An imported draft may have a front matter that cannot be read: then the file is shown as it is.
RAW = (FieldSpec("raw", InputShape.MARKDOWN, required=True),)


def list_unit_specs(unit: Unit, content: Content | None, pack: Pack | None) -> tuple[FieldSpec, ...]:
    """Return the fields of a unit with this content."""
    if unit.kind is Kind.STRING:
        return TEXT
    if unit.kind is Kind.TOPIC:
        return TOPIC if content is None or (isinstance(content, str) and read_topic(content)) else RAW
    return list_table_specs(unit, pack)


def make_form_values(content: Content | None, specs: Sequence[FieldSpec]) -> Values:
    """Return the form values of a content."""
    if isinstance(content, str):
        if specs == TOPIC:
            found = read_topic(content)
            assert found is not None
            return read_table_values(found.front | {"body": found.body}, specs)
        return {specs[0].name: content}
    return read_table_values(content or {}, specs)


def build_content(
    unit: Unit, values: Mapping[str, object], specs: Sequence[FieldSpec], before: Content | None
) -> Content:
    """Return the content for form values; `before` is the content that the form was made from."""
    if specs == TOPIC:
        return write_topic(values, before if isinstance(before, str) else None)
    if unit.kind in (Kind.STRING, Kind.TOPIC):
        return str(values.get(specs[0].name) or "")
    old = before if isinstance(before, dict) else {}
    table = build_table(values, specs, old)
    if unit.kind is Kind.ENTRY:
        return {find_identity_field(unit.entry[0]): unit.entry[1]} | table
    if unit.kind is Kind.HEAD:
        return {name: old[name] for name in FIXED["pack"] if name in old} | table
    return table
