"""The form of one unit, made from its fields: it reads what was sent, keeps what was typed, and returns the values."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from server.editor.forms.fields import MARK, FieldSpec, InputShape
from server.i18n import N_

MOST_ROWS = 300
# What a person reads when typed text cannot be saved at all.
FAULTS = {
    "day": N_("Not a date. Write it as year-month-day, for example 2027-05-21."),
    "number": N_("Not a whole number."),
    "rows": N_("Too many lines."),
}
ROW_ACTION = re.compile(r"(add|remove|up|down):([A-Za-z0-9_-]{1,200})")
MOST_DIGITS = 9


class _LineField(StringField):
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = valuelist[0].strip() if valuelist else ""


class _LongTextField(TextAreaField):
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = _normalize_newlines(valuelist[0]) if valuelist else ""


class _LinesField(TextAreaField):
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        lines = _normalize_newlines(valuelist[0]).split("\n") if valuelist else []
        self.data = [line.strip() for line in lines if line.strip()]

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.data or ())


class _DayField(StringField):
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = datetime.date.fromisoformat(text)
            except ValueError as error:
                raise ValueError("day") from error

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str(self.data or "")


class _NumberField(StringField):
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            if not re.fullmatch(rf"-?[0-9]{{1,{MOST_DIGITS}}}", text):
                raise ValueError("number")
            self.data = int(text)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str("" if self.data is None else self.data)


class _RowsField(FieldList):
    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        # WTForms uses the old rows when none was sent; here that means that all of them were removed.
        super().process(formdata, [] if formdata else data, extra_filters)

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        # WTForms' own limit would drop rows above it without an error.
        is_valid = bool(super().validate(form, extra_validators))
        if len(self.entries) > MOST_ROWS:
            self.__dict__["errors"] = [*self.__dict__["errors"], "rows"]
        return is_valid and len(self.entries) <= MOST_ROWS


def _normalize_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _make_field(spec: FieldSpec) -> Any:
    if spec.shape is InputShape.GROUP:
        return FormField(make_form_class(spec.inner, Form))
    if spec.shape is InputShape.GROUPS:
        return _RowsField(FormField(make_form_class(spec.inner, Form)))
    if spec.shape is InputShape.ROWS:
        return _RowsField(_LineField())
    if spec.shape is InputShape.TICKS:
        return SelectMultipleField(choices=list(spec.choices), validate_choice=False)
    simple = {
        InputShape.TICK: BooleanField,
        InputShape.DAY: _DayField,
        InputShape.NUMBER: _NumberField,
        InputShape.LONG: _LongTextField,
        InputShape.MARKDOWN: _LongTextField,
        InputShape.LINES: _LinesField,
    }
    return simple.get(spec.shape, _LineField)()


@lru_cache(maxsize=256)
def make_form_class(specs: tuple[FieldSpec, ...], base: Any) -> Any:
    """Return a WTForms class with these fields."""
    return type("UnitFields", (base,), {MARK + spec.name: _make_field(spec) for spec in specs})


class _HiddenFields(FlaskForm):
    seen = HiddenField()
    source = HiddenField()


class UnitForm:
    """One unit's form: filled with what was sent, or with what is saved.

    Args:
        specs: The fields.
        values: What is saved, as `tables.read_table_values` returns it.
        sent: What was sent, or None to show what is saved.
    """

    def __init__(
        self, specs: Sequence[FieldSpec], values: Mapping[str, object], sent: MultiDict[str, str] | None = None
    ) -> None:
        self.specs = tuple(specs)
        data = {MARK + name: value for name, value in _prefix_names(values, self.specs).items()}
        self.form = make_form_class(self.specs, _HiddenFields)(formdata=sent, data=data)

    @property
    def seen(self) -> int:
        """The revision that the person saw, 0 for the shipped text or when none was sent."""
        text = str(self.form.seen.data or "")
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0

    @property
    def source(self) -> str:
        """The digest of the source text that was shown beside a translation."""
        return str(self.form.source.data or "")[:64]

    def is_readable(self) -> bool:
        """Return whether every sent value can be parsed; the errors of a field name what cannot."""
        return bool(self.form.validate())

    def read_values(self) -> dict[str, object]:
        """Return the values of the form, by the names of the fields."""
        return _read_form(self.form, self.specs)


def _prefix_names(values: Mapping[str, object], specs: Sequence[FieldSpec]) -> dict[str, object]:
    """Return the values of inner forms under their names in WTForms."""
    found: dict[str, object] = {}
    for spec in specs:
        value = values.get(spec.name)
        if spec.shape is InputShape.GROUP:
            inner = _prefix_names(value if isinstance(value, Mapping) else {}, spec.inner)
            value = {MARK + name: item for name, item in inner.items()}
        elif spec.shape is InputShape.GROUPS:
            rows = value if isinstance(value, list) else []
            value = [{MARK + name: item for name, item in _prefix_names(row, spec.inner).items()} for row in rows]
        found[spec.name] = value
    return found


def _read_form(form: Any, specs: Sequence[FieldSpec]) -> dict[str, object]:
    found: dict[str, object] = {}
    for spec in specs:
        field = form[MARK + spec.name]
        if spec.shape is InputShape.GROUP:
            found[spec.name] = _read_form(field.form, spec.inner)
        elif spec.shape is InputShape.GROUPS:
            found[spec.name] = [_read_form(entry.form, spec.inner) for entry in field.entries]
        elif spec.shape is InputShape.ROWS:
            found[spec.name] = [entry.data or "" for entry in field.entries]
        elif spec.shape is InputShape.TICKS:
            ticked = field.data or ()
            found[spec.name] = [one for one in dict.fromkeys((*spec.choices, *ticked)) if one in ticked]
        else:
            found[spec.name] = field.data
    return found


def move_rows(sent: MultiDict[str, str], action: str) -> MultiDict[str, str]:
    """Return the sent form after one of the buttons beside a list: add, remove, up or down.

    Args:
        sent: The form as it was sent; nothing typed in it is lost.
        action: `add:f_cite`, `remove:f_cite-2`, `up:f_cite-2`; anything else changes nothing.
    """
    match = ROW_ACTION.fullmatch(action)
    if match is None:
        return sent
    what, name = match[1], match[2]
    if what == "add":
        places = _list_positions(sent, name)
        blank = MultiDict(sent)
        blank[f"{name}-{max(places, default=-1) + 1}"] = ""
        return blank
    base, _, number = name.rpartition("-")
    if not number.isdigit():
        return sent
    if what == "remove":
        return MultiDict([(key, one) for key, one in sent.items(multi=True) if not _is_key_of_field(key, name)])
    places = _list_positions(sent, base)
    here = places.index(int(number)) if int(number) in places else -1
    there = here + (-1 if what == "up" else 1)
    if here < 0 or not 0 <= there < len(places):
        return sent
    return _swap_rows(sent, f"{base}-{places[here]}", f"{base}-{places[there]}")


def _list_positions(sent: MultiDict[str, str], base: str) -> list[int]:
    found = re.compile(rf"{re.escape(base)}-([0-9]{{1,6}})(?:-.*)?")
    return sorted({int(match[1]) for key in sent if (match := found.fullmatch(key))})


def _is_key_of_field(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}-")


def _swap_rows(sent: MultiDict[str, str], one: str, other: str) -> MultiDict[str, str]:
    def rename_key(key: str) -> str:
        for old, new in ((one, other), (other, one)):
            if _is_key_of_field(key, old):
                return new + key[len(old) :]
        return key

    return MultiDict([(rename_key(key), value) for key, value in sent.items(multi=True)])
