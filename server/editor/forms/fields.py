"""The fields of a form for an entry of a table file, derived from the pack's own models. No Flask here."""

from __future__ import annotations

import datetime
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from server.editor.units.unit import Kind, Unit
from server.guidance.files.parse import KINDS
from server.guidance.model.pack import Locale, Pack, PackFields
from server.guidance.model.visit import CONFIRMED, VERDICTS


class InputShape(StrEnum):
    """The kinds of input for a field."""

    LINE = "line"
    PHONE = "phone"  # a number to dial
    LONG = "long"  # several lines
    LINES = "lines"  # a list, one item on each line
    MARKDOWN = "markdown"
    NUMBER = "number"
    DAY = "day"
    CLOCK = "clock"
    TICK = "tick"  # yes or no
    MAYBE = "maybe"  # yes, no, or not known
    CHOICE = "choice"
    REFERENCE = "reference"  # the id of another thing of the pack
    TICKS = "ticks"  # some of a few
    ROWS = "rows"  # a list of texts or references
    GROUP = "group"
    GROUPS = "groups"  # a list of groups


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field. `name` is its key in the file; `refers` names the mapping of the pack whose ids it takes.

    `also` are words that a reference accepts beside those ids. `default` is the model's value when the file has none.
    `item` is the shape of the rows of a list, where they are no plain lines.
    """

    name: str
    shape: InputShape
    choices: tuple[str, ...] = ()
    refers: str = ""
    also: tuple[str, ...] = ()
    required: bool = False
    default: object = None
    inner: tuple[FieldSpec, ...] = ()
    item: InputShape | None = None


# Which ids a field accepts, by its name; a pair with the entry's kind comes before the name alone.
REFERS: Mapping[str, str] = {
    "rule": "rules",
    "rules": "rules",
    "say": "says",
    "never": "nevers",
    "sources": "sources",
    "covers": "sources",
    "topic": "topics",
    "topics": "topics",
    "related": "topics",
    "flow": "flows",
    "visitors": "visitors",
    "notice": "notices",
    "contact": "contacts",
    "text_contact": "contacts",
    "contacts": "contacts",
    "dangers": "dangers",
    "guide": "topics",
    "setting": "settings",
    "hours": "hours",
    "source_locale": "locales",
    "spoken_locale": "locales",
    "fallback": "locales",
}
ALSO: Mapping[tuple[str, str], tuple[str, ...]] = {("contact", "hours"): ("24h", "unknown")}
CLOCKS = frozenset({"from", "to"})
PHONES = frozenset({"number", "relay_numbers", "silent_digits"})
# A prefix for fields of the pack, so that none is mistaken for one of the form's own.
MARK = "f_"
# The field that identifies an entry; it is chosen once, when the entry is made.
IDENTITIES: Mapping[str, str] = {"locale": "tag"}
# Fields that a form does not ask for: the format of the file, and what the address already contains.
FIXED: Mapping[str, frozenset[str]] = {"pack": frozenset({"schema", "id", "iso", "parent", "order"})}


def list_table_specs(unit: Unit, pack: Pack | None) -> tuple[FieldSpec, ...]:
    """Return the fields of an entry, of the verdicts, or of the pack's head, in the order of the model."""
    if unit.kind is Kind.VERDICT:
        return tuple(
            FieldSpec(name, InputShape.REFERENCE, refers="says", required=name != CONFIRMED)
            for name in (*VERDICTS, CONFIRMED)
        )
    if unit.kind is Kind.HEAD:
        return list_model_specs(PackFields, "pack", skip=FIXED["pack"])
    kind = unit.entry[0]
    model = Locale if kind == "locale" else KINDS[kind][0]
    found = list_model_specs(model, kind, skip={find_identity_field(kind)})
    if kind == "outcome":
        return tuple(_make_question_spec(pack) if spec.name == "when" else spec for spec in found)
    return found


def find_identity_field(kind: str) -> str:
    """Return the field that identifies entries of a kind."""
    return IDENTITIES.get(kind, "id")


def list_model_specs(model: type[BaseModel], kind: str, *, skip: Iterable[str] = ()) -> tuple[FieldSpec, ...]:
    """Return the fields of a model; `kind` is its name in the file."""
    found = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in skip:
            continue
        default = None if field.default is PydanticUndefined else field.default
        found.append(_make_spec(key, kind, field.annotation, required=field.is_required(), default=default))
    return tuple(found)


def _make_spec(name: str, kind: str, annotation: Any, *, required: bool, default: object) -> FieldSpec:
    base, optional = _strip_annotation(annotation)
    refers = REFERS.get(name, "")
    also = ALSO.get((kind, name), ())
    origin = get_origin(base)
    if origin is Literal:
        return FieldSpec(name, InputShape.CHOICE, choices=get_args(base), required=required, default=default)
    if origin is tuple:
        return _make_list_spec(name, _strip_annotation(get_args(base)[0])[0], refers, required=required)
    if origin is not None:  # a mapping, whose keys only the pack knows
        return FieldSpec(name, InputShape.GROUP)
    if base is bool:
        return FieldSpec(name, InputShape.MAYBE if optional else InputShape.TICK, default=default)
    if base is int:
        return FieldSpec(name, InputShape.NUMBER, required=required, default=default)
    if base is datetime.date:
        return FieldSpec(name, InputShape.DAY, required=required)
    if base is str:
        shape = InputShape.REFERENCE if refers else InputShape.CLOCK if name in CLOCKS else InputShape.LINE
        shape = InputShape.PHONE if name in PHONES else shape
        return FieldSpec(name, shape, refers=refers, also=also, required=required, default=default)
    assert issubclass(base, BaseModel)
    return FieldSpec(name, InputShape.GROUP, inner=list_model_specs(base, name))


def _make_list_spec(name: str, item: Any, refers: str, *, required: bool) -> FieldSpec:
    if get_origin(item) is Literal:
        return FieldSpec(name, InputShape.TICKS, choices=get_args(item), required=required)
    if item is str:
        shape = InputShape.REFERENCE if refers else InputShape.PHONE if name in PHONES else None
        return FieldSpec(name, InputShape.ROWS, refers=refers, required=required, item=shape)
    return FieldSpec(name, InputShape.GROUPS, inner=list_model_specs(item, name), required=required)


def _strip_annotation(annotation: Any) -> tuple[Any, bool]:
    """Return a type without its annotations, and whether it may also be None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [one for one in get_args(annotation) if one is not type(None)]
        return _strip_annotation(kept[0])[0], len(kept) < len(get_args(annotation))
    return annotation, False


def find_sent_spec(key: str, specs: Iterable[FieldSpec]) -> FieldSpec | None:
    """Return the field that a name in a form belongs to: `f_step-0-f_say-1`; None for a name of something else."""
    for spec in specs:
        name = MARK + spec.name
        if key == name:
            return spec if spec.shape not in (InputShape.ROWS, InputShape.GROUP, InputShape.GROUPS) else None
        if not key.startswith(f"{name}-"):
            continue
        rest = key[len(name) + 1 :]
        number, _, inner = rest.partition("-")
        if spec.shape is InputShape.ROWS and rest.isdecimal():
            return spec
        if spec.shape is InputShape.GROUP:
            return find_sent_spec(rest, spec.inner)
        if spec.shape is InputShape.GROUPS and number.isdecimal():
            return find_sent_spec(inner, spec.inner)
    return None


def _make_question_spec(pack: Pack | None) -> FieldSpec:
    """Return the field `when` of an outcome: for each question of the decision table, the answers that lead to it."""
    asked = pack.questions.values() if pack else ()
    inner = tuple(FieldSpec(one.id, InputShape.TICKS, choices=one.answers) for one in asked)
    return FieldSpec("when", InputShape.GROUP, inner=inner)
