"""Two changes of one unit, field by field. A field that both changed needs a choice; texts are merged where possible."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.editor.forms.fields import FieldSpec, InputShape
from server.editor.forms.unit_fields import RAW, build_content, list_unit_specs, make_form_values
from server.editor.units.content import Content
from server.editor.units.text_diff import Piece, diff_words, merge_changes
from server.editor.units.unit import Kind, Unit
from server.guidance.files.toml import Table
from server.guidance.model.pack import Pack

Pick = Literal["theirs", "yours", "both", "own"]
ONE_LINE = frozenset({InputShape.LINE, InputShape.PHONE})
WRITTEN = ONE_LINE | {InputShape.LONG, InputShape.MARKDOWN, InputShape.LINES, InputShape.ROWS}
LISTED = frozenset({InputShape.LINES, InputShape.ROWS})


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field in which the two differ.

    `both` is the text with both changes where they do not meet, else None; `begin` is a text to begin from. `suggested` is
    the pick that loses nothing, None when a person must choose. Only a `written` field can be rewritten.
    """

    spec: FieldSpec
    theirs: str
    yours: str
    before: str
    from_theirs: tuple[Piece, ...]
    from_yours: tuple[Piece, ...]
    both: str | None
    begin: str
    suggested: Pick | None

    @property
    def written(self) -> bool:
        """Whether the field is a text, which a person may also rewrite."""
        return self.spec.shape in WRITTEN


def find_common_specs(unit: Unit, contents: Sequence[Content | None], pack: Pack | None) -> tuple[FieldSpec, ...]:
    """Return the fields in which all of these can be shown: a file that cannot be read is one field."""
    found = [list_unit_specs(unit, one, pack) for one in contents]
    return RAW if unit.kind is Kind.TOPIC and RAW in found else found[0]


def find_differences(
    theirs: Content | None, yours: Content | None, before: Content | None, specs: Sequence[FieldSpec]
) -> list[FieldDifference]:
    """Return the fields in which `theirs` and `yours` differ, in the order of the form."""
    one, two, base = (make_form_values(content, specs) for content in (theirs, yours, before))
    return [
        _make_difference(spec, one[spec.name], two[spec.name], base[spec.name])
        for spec in specs
        if one[spec.name] != two[spec.name]
    ]


def merge_by_picks(
    unit: Unit, theirs: Content, yours: Content, picks: Mapping[str, str], specs: Sequence[FieldSpec]
) -> Content:
    """Return the content that results from the picks: per field `theirs`, `yours`, or `text:` followed by the text."""
    if isinstance(theirs, dict) and isinstance(yours, dict):
        return _merge_table_by_picks(theirs, yours, picks, specs)
    one, two = make_form_values(theirs, specs), make_form_values(yours, specs)
    for spec in specs:
        pick = picks.get(spec.name, "theirs")
        if pick == "yours":
            one[spec.name] = two[spec.name]
        elif pick.startswith("text:"):
            one[spec.name] = _parse_rewritten_text(pick, spec)
    return build_content(unit, one, specs, theirs)


def _merge_table_by_picks(theirs: Table, yours: Table, picks: Mapping[str, str], specs: Sequence[FieldSpec]) -> Table:
    found = dict(theirs)
    for spec in specs:
        pick = picks.get(spec.name, "theirs")
        value = yours.get(spec.name) if pick == "yours" else found.get(spec.name)
        if pick.startswith("text:") and spec.shape in WRITTEN:
            value = _parse_rewritten_text(pick, spec)
        found.pop(spec.name, None)
        if value not in (None, "", []):
            found[spec.name] = value
    return found


def _parse_rewritten_text(pick: str, spec: FieldSpec) -> object:
    text = pick.removeprefix("text:").replace("\r\n", "\n")
    return _split_lines(text) if spec.shape in LISTED else text if spec.shape not in ONE_LINE else text.strip()


def _make_difference(spec: FieldSpec, theirs: object, yours: object, before: object) -> FieldDifference:
    one, two, base = format_form_value(theirs), format_form_value(yours), format_form_value(before)
    merge = merge_changes(one, two, base) if spec.shape in WRITTEN else None
    both = merge.text if merge else None
    suggested: Pick | None = (
        "theirs" if two == base else "yours" if one == base else "both" if both is not None else None
    )
    return FieldDifference(
        spec,
        one,
        two,
        base,
        tuple(diff_words(base, one)),
        tuple(diff_words(base, two)),
        both if suggested == "both" else None,
        (both if both is not None else merge.suggest_text()) if merge else "",
        suggested,
    )


def format_form_value(value: object) -> str:
    """Return a form value as a text that can be compared: one line for each item of a list."""
    if isinstance(value, list):
        return "\n".join(format_form_value(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(
            f"{name}: {format_form_value(item)}" for name, item in value.items() if item not in ("", [], {}, False)
        )
    if isinstance(value, bool):
        return json.dumps(value)
    return str(value)


def _split_lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
