"""A form as its template shows it: labels, choices, and the checker's findings beside their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.editor.forms.fields import MARK, FieldSpec, InputShape
from server.editor.forms.tables import build_table
from server.editor.forms.unit_form import FAULTS, UnitForm
from server.editor.packs.findings import Finding
from server.editor.unit_pages.picks import Picks
from server.editor.wording.field_words import RARE, find_choice_label, find_help, find_label
from server.editor.wording.finding_words import describe_finding
from server.editor.wording.names import find_editor_text
from server.guidance.model.pack import Pack
from server.guidance.problems.problem import GetText, Place

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FieldMessage:
    """A problem with a field: a fault (cannot be saved), an error (stops a publish) or a warning.

    `line` is the line of its text, counted from 1 as the form shows it; 0 for the field as a whole.
    """

    severity: str
    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class FormError:
    """One fault or error for the list above the form: the id of its field, "" for none, and the place in words."""

    name: str
    place: str
    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a list; `name` is what its buttons send. `options` are those of a short list to choose from."""

    name: str
    value: str = ""
    options: tuple[Option, ...] = ()
    fields: tuple[FieldView, ...] = ()
    messages: tuple[FieldMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field. `datalist` names the long list that is searched. A `rare` one is empty and seldom filled in."""

    name: str
    shape: InputShape
    label: str
    help: str = ""
    value: str = ""
    checked: bool = False
    required: bool = False
    options: tuple[Option, ...] = ()
    datalist: str = ""
    rows: tuple[RowView, ...] = ()
    inner: tuple[FieldView, ...] = ()
    messages: tuple[FieldMessage, ...] = ()
    rare: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether something must be fixed before a publish."""
        return any(one.severity != "warning" for one in self.messages)

    @property
    def described_by(self) -> str:
        """The ids of the elements that describe the field."""
        return f"{self.name}-says {self.name}-help" if self.help else f"{self.name}-says"

    @property
    def input_type(self) -> str:
        """The type of the input for a day; a value that is not a day could not be seen in a date input."""
        return "date" if not self.value or DAY.fullmatch(self.value) else "text"


@dataclass(frozen=True, slots=True)
class FormView:
    """All fields, the messages that belong to no single field, and the names in each long list."""

    fields: tuple[FieldView, ...]
    messages: tuple[FieldMessage, ...]
    datalists: Mapping[str, Sequence[str]]
    errors: tuple[FormError, ...] = ()

    def group_messages_by_name(self) -> dict[str, list[FieldMessage]]:
        """Return the messages of each field and row by its name; those of no single field under ""."""
        found: dict[str, list[FieldMessage]] = {"": list(self.messages)} if self.messages else {}
        _collect_messages(self.fields, found)
        return found


def build_form_view(
    form: UnitForm,
    kind: str,
    pack: Pack | None,
    findings: Iterable[Finding],
    *,
    locale: str,
    gettext: GetText,
    first_line: int = 1,
) -> FormView:
    """Return the form as the template shows it.

    Args:
        form: What was sent, or what is saved.
        kind: The kind of the entry in its file, for the labels.
        pack: The region, for the texts of the ids.
        findings: What the checker found in the unit.
        locale: The editor's language, as a tag.
        gettext: The interface texts of that language.
        first_line: The line of its file on which a long text begins.
    """
    builder = _FormViewBuilder(pack, locale, gettext)
    builder.add_findings(form, findings, first_line)
    fields = tuple(builder.build_top_field(form.form[MARK + spec.name], spec, kind) for spec in form.specs)
    messages = tuple(builder.messages.get("", ()))
    errors = (*_list_errors("", "", messages, gettext), *_list_field_errors(fields, "", gettext))
    return FormView(fields, messages, builder.datalists, errors)


class _FormViewBuilder:
    def __init__(self, pack: Pack | None, locale: str, gettext: GetText) -> None:
        self.pack = pack
        self.locale = locale
        self._ = gettext
        self.picks = Picks(pack, locale, gettext)
        self.datalists: dict[str, Sequence[str]] = {}
        self.messages: dict[str, list[FieldMessage]] = {}

    def add_findings(self, form: UnitForm, findings: Iterable[Finding], first_line: int) -> None:
        """Put each finding beside its field; before any field is built."""
        for finding in findings:
            name = locate_finding(form, finding.path)
            line = _find_line(form, name, finding, first_line)
            message = FieldMessage(finding.severity, describe_finding(finding, self._), line)
            self.messages.setdefault(name, []).append(message)

    def build_top_field(self, field: Any, spec: FieldSpec, kind: str) -> FieldView:
        """Return a field of the form itself; `rare` when it is empty, without messages, and seldom filled in."""
        view = self.build_field(field, spec, kind)
        blank = not view.messages and _is_left_out(field, spec)
        return replace(view, rare=blank and spec.name in RARE.get(kind, ()))

    def build_field(self, field: Any, spec: FieldSpec, kind: str) -> FieldView:
        view = FieldView(
            name=field.name,
            shape=spec.shape,
            label=self._(find_label(kind, spec.name)),
            help=self._(find_help(kind, spec.name)) if find_help(kind, spec.name) else "",
            required=spec.required,
            messages=(*self._list_faults(field, spec), *self.messages.get(field.name, ())),
        )
        if spec.shape is InputShape.GROUP:
            return replace(view, inner=self._build_inner(field.form, spec), messages=view.messages)
        if spec.shape is InputShape.GROUPS:
            return replace(view, rows=tuple(self._build_group_row(entry, spec) for entry in field.entries))
        if spec.shape is InputShape.ROWS:
            rows = tuple(self._build_row(entry, spec) for entry in field.entries)
            return replace(view, rows=rows, datalist=self._add_datalist(spec))
        if spec.shape is InputShape.TICKS:
            return replace(view, options=self._list_ticks(field.data or (), spec))
        if spec.shape is InputShape.TICK:
            return replace(view, checked=bool(field.data))
        value = str(field._value())
        if datalist := self._add_datalist(spec):
            return replace(view, value=self.picks.find_label(spec, value), datalist=datalist)
        chosen = spec.shape in (InputShape.CHOICE, InputShape.MAYBE, InputShape.REFERENCE)
        return replace(view, value=value, options=self._list_options(value, spec) if chosen else ())

    def _build_inner(self, form: Any, spec: FieldSpec) -> tuple[FieldView, ...]:
        found = []
        for one in spec.inner:
            view = self.build_field(form[MARK + one.name], one, spec.name)
            if spec.name == "when":
                asked = find_editor_text(self.pack, f"assess.{one.name}.ask", self.locale) if self.pack else None
                view = replace(view, label=asked or one.name)
            found.append(view)
        return tuple(found)

    def _build_group_row(self, entry: Any, spec: FieldSpec) -> RowView:
        fields = tuple(self.build_field(entry.form[MARK + one.name], one, spec.name) for one in spec.inner)
        return RowView(entry.name, fields=fields, messages=tuple(self.messages.get(entry.name, ())))

    def _build_row(self, entry: Any, spec: FieldSpec) -> RowView:
        value, messages = str(entry._value()), tuple(self.messages.get(entry.name, ()))
        if spec.refers and not self.picks.is_search_needed(spec):
            return RowView(entry.name, value, self._list_options(value, spec), messages=messages)
        return RowView(entry.name, self.picks.find_label(spec, value) if spec.refers else value, messages=messages)

    def _list_ticks(self, chosen: Sequence[str], spec: FieldSpec) -> tuple[Option, ...]:
        known = dict.fromkeys((*spec.choices, *chosen))
        return tuple(Option(one, self._label_choice(spec, one), one in chosen) for one in known)

    def _label_choice(self, spec: FieldSpec, value: str) -> str:
        asked = self.pack is not None and spec.name in self.pack.questions
        said = find_editor_text(self.pack, f"assess.{spec.name}.{value}", self.locale) if asked and self.pack else None
        return said or self._(find_choice_label(spec.name, value))

    def _list_options(self, value: str, spec: FieldSpec) -> tuple[Option, ...]:
        if spec.shape is InputShape.MAYBE:
            choices = [("", self._("not known")), ("yes", self._("yes")), ("no", self._("no"))]
        elif spec.shape is InputShape.CHOICE:
            choices = [(one, self._(find_choice_label(spec.name, one))) for one in spec.choices]
        else:
            choices = list(self.picks.list_options(spec).items())
        blank = not spec.required and spec.default is None and spec.shape is not InputShape.MAYBE
        if blank or (not value and spec.shape is not InputShape.MAYBE):
            choices.insert(0, ("", "–"))
        if value not in {one for one, _ in choices}:
            choices.append((value, value))
        return tuple(Option(one, label, one == value) for one, label in choices)

    def _add_datalist(self, spec: FieldSpec) -> str:
        """Return the name of the list in which a field is searched, "" when it has none or a short one."""
        if not spec.refers or not self.picks.is_search_needed(spec):
            return ""
        name = "-".join((spec.refers, *spec.also))
        self.datalists[name] = tuple(self.picks.list_options(spec).values())
        return name

    def _list_faults(self, field: Any, spec: FieldSpec) -> list[FieldMessage]:
        if spec.shape is InputShape.GROUP:
            return []
        # The errors of a list hold those of its rows too, which are lists.
        codes = dict.fromkeys(one for one in field.errors if isinstance(one, str))
        return [FieldMessage("fault", self._(FAULTS[code])) for code in codes if code in FAULTS]


def _is_left_out(field: Any, spec: FieldSpec) -> bool:
    """Return whether a file would leave this field out."""
    form = field.form if spec.shape is InputShape.GROUP else None
    value = _read_form_values(form, spec.inner) if form is not None else field.data
    return not build_table({spec.name: value}, (spec,), {})


def locate_finding(form: UnitForm, path: Place) -> str:
    """Return the name of the field or row that `path` leads to, "" for the unit as a whole."""
    name = _locate_in_form(form.form, form.specs, path)
    known = {spec.name for spec in form.specs}
    # The text of a topic is one field, and so is a keyed text; what is not known as a field is in there.
    text = next((one for one in ("body", "text", "raw") if one in known), "")
    return name or (str(form.form[MARK + text].name) if text else "")


def _locate_in_form(form: Any, specs: Sequence[FieldSpec], path: Place) -> str:
    spec = next((spec for spec in specs if path and spec.name == path[0]), None)
    if spec is None:
        return ""
    field, rest = form[MARK + spec.name], path[1:]
    if spec.shape is InputShape.GROUP:
        return _locate_in_form(field.form, spec.inner, rest) or str(field.name)
    if spec.shape is InputShape.GROUPS:
        entry = _find_group(field, spec, rest)
        return (
            str(field.name) if entry is None else _locate_in_form(entry.form, spec.inner, rest[1:]) or str(entry.name)
        )
    if spec.shape is InputShape.ROWS and rest:
        row = _find_entry_at([entry for entry in field.entries if entry.data], rest[0])
        return str((field if row is None else row).name)
    return str(field.name)


def _find_group(field: Any, spec: FieldSpec, path: Place) -> Any:
    """Return the row that a path names by its id or its place, None when there is none."""
    tables = [(entry, _read_form_values(entry.form, spec.inner)) for entry in field.entries]
    filled = [(entry, table) for entry, table in tables if build_table(table, spec.inner, {})]
    if path and isinstance(path[0], str):
        return next((entry for entry, table in filled if table.get("id") == path[0]), None)
    return _find_entry_at([entry for entry, _ in filled], path[0]) if path else None


def _find_entry_at(entries: Sequence[Any], place: str | int) -> Any:
    return entries[place] if isinstance(place, int) and place < len(entries) else None


def _read_form_values(form: Any, specs: Sequence[FieldSpec]) -> dict[str, object]:
    return {spec.name: form[MARK + spec.name].data for spec in specs}


def _find_line(form: UnitForm, name: str, finding: Finding, first_line: int) -> int:
    """Return the line of a long text that a finding is about, counted from 1 as the form shows it; 0 when unknown."""
    spec = next((spec for spec in form.specs if form.form[MARK + spec.name].name == name), None)
    if spec is None or spec.shape not in (InputShape.MARKDOWN, InputShape.LINES):
        return 0
    if spec.shape is InputShape.LINES:
        row = finding.path[1] if len(finding.path) > 1 else None
        return row + 1 if isinstance(row, int) else 0
    if finding.problem.line:
        return max(1, finding.problem.line - (first_line - 1 if spec.name == "body" else 0))
    # Where the checker names the words and not their line, they are looked for.
    wrong = finding.problem.params.get("value")
    before, found, _ = str(form.form[name].data or "").partition(str(wrong)) if wrong else ("", "", "")
    return before.count("\n") + 1 if found else 0


def _list_field_errors(fields: Iterable[FieldView], above: str, gettext: GetText) -> Iterator[FormError]:
    for field in fields:
        label = f"{above}{field.label}"
        yield from _list_errors(field.name, label, field.messages, gettext)
        yield from _list_field_errors(field.inner, f"{label} · ", gettext)
        for number, row in enumerate(field.rows, 1):
            place = gettext("%(label)s, line %(number)s") % {"label": label, "number": number}
            yield from _list_errors(row.name, place, row.messages, gettext)
            yield from _list_field_errors(row.fields, f"{place} · ", gettext)


def _list_errors(name: str, label: str, messages: Iterable[FieldMessage], gettext: GetText) -> Iterator[FormError]:
    for one in messages:
        if one.severity != "warning":
            numbered = gettext("%(label)s, line %(number)s") % {"label": label, "number": one.line}
            yield FormError(name, numbered if one.line else label, one.text, one.line)


def _collect_messages(fields: Iterable[FieldView], found: dict[str, list[FieldMessage]]) -> None:
    for field in fields:
        if field.messages:
            found[field.name] = list(field.messages)
        _collect_messages(field.inner, found)
        for row in field.rows:
            if row.messages:
                found[row.name] = list(row.messages)
            _collect_messages(row.fields, found)
