"""Any unit as the fields of a form, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.editor.forms.fields import FIXED, Shape, Spec, identity_of, specs_of
from server.editor.forms.tables import Values, table_of, values_of
from server.editor.forms.topic_file import read_topic, write_topic
from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit
from server.guidance.model import Pack

TEXT = (Spec("text", Shape.LONG, required=True),)
TOPIC = (
    Spec("title", Shape.LINE, required=True),
    Spec("summary", Shape.LONG, required=True),
    Spec("do", Shape.ROWS, required=True),
    Spec("never", Shape.ROWS, required=True),
    Spec("words", Shape.LINES),
    Spec("body", Shape.MARKDOWN, required=True),
)
# A draft that somebody imported may have a front matter that nothing can read: then the file is shown as it is.
RAW = (Spec("raw", Shape.MARKDOWN, required=True),)


def specs_for(unit: Unit, content: Content | None, pack: Pack | None) -> tuple[Spec, ...]:
    """Give the fields of a unit that says `content`."""
    if unit.kind is Kind.STRING:
        return TEXT
    if unit.kind is Kind.TOPIC:
        return TOPIC if content is None or (isinstance(content, str) and read_topic(content)) else RAW
    return specs_of(unit, pack)


def to_values(content: Content | None, specs: Sequence[Spec]) -> Values:
    """Give what the form shows."""
    if isinstance(content, str):
        if specs == TOPIC:
            found = read_topic(content)
            assert found is not None
            return values_of(found.front | {"body": found.body}, specs)
        return {specs[0].name: content}
    return values_of(content or {}, specs)


def to_content(unit: Unit, values: Mapping[str, object], specs: Sequence[Spec], before: Content | None) -> Content:
    """Give what the form means; `before` is what it was made from."""
    if specs == TOPIC:
        return write_topic(values, before if isinstance(before, str) else None)
    if unit.kind in (Kind.STRING, Kind.TOPIC):
        return str(values.get(specs[0].name) or "")
    old = before if isinstance(before, dict) else {}
    table = table_of(values, specs, old)
    if unit.kind is Kind.ENTRY:
        return {identity_of(unit.entry[0]): unit.entry[1]} | table
    if unit.kind is Kind.HEAD:
        return {name: old[name] for name in FIXED["pack"] if name in old} | table
    return table
