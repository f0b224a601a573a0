"""Two changes of one unit, field by field: what both changed needs a choice, texts are merged where they can be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.editor.forms.fields import Shape, Spec
from server.editor.forms.unit_fields import RAW, specs_for, to_content, to_values
from server.editor.units.content import Content
from server.editor.units.text_diff import Piece, merge_words, word_diff
from server.editor.units.unit import Kind, Unit
from server.guidance.model import Pack
from server.guidance.toml import Table

Pick = Literal["theirs", "yours", "both", "own"]
WRITTEN = frozenset({Shape.LINE, Shape.LONG, Shape.MARKDOWN, Shape.LINES, Shape.ROWS})
LISTED = frozenset({Shape.LINES, Shape.ROWS})


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the two differ.

    `both` is the text with both changes where they do not meet, else None; `begin` is a text to begin from. `suggested` is
    the pick that loses nothing, None when a person must choose. Only a `written` field can be written anew.
    """

    spec: Spec
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
        """True for a text, which a person may also write anew."""
        return self.spec.shape in WRITTEN


def specs_in_common(unit: Unit, contents: Sequence[Content | None], pack: Pack | None) -> tuple[Spec, ...]:
    """Give the fields in which all of these can be shown: a file that cannot be read is one field."""
    found = [specs_for(unit, one, pack) for one in contents]
    return RAW if unit.kind is Kind.TOPIC and RAW in found else found[0]


def differences(
    theirs: Content | None, yours: Content | None, before: Content | None, specs: Sequence[Spec]
) -> list[Difference]:
    """Give the fields in which `theirs` and `yours` differ, in the order of the form."""
    one, two, base = (to_values(content, specs) for content in (theirs, yours, before))
    return [
        _difference(spec, one[spec.name], two[spec.name], base[spec.name])
        for spec in specs
        if one[spec.name] != two[spec.name]
    ]


def merged(unit: Unit, theirs: Content, yours: Content, picks: Mapping[str, str], specs: Sequence[Spec]) -> Content:
    """Give the content that the picks make: by field `theirs`, `yours`, or `text:` and what was written."""
    if isinstance(theirs, dict) and isinstance(yours, dict):
        return _merged_table(theirs, yours, picks, specs)
    one, two = to_values(theirs, specs), to_values(yours, specs)
    for spec in specs:
        pick = picks.get(spec.name, "theirs")
        if pick == "yours":
            one[spec.name] = two[spec.name]
        elif pick.startswith("text:"):
            one[spec.name] = _written(pick, spec)
    return to_content(unit, one, specs, theirs)


def _merged_table(theirs: Table, yours: Table, picks: Mapping[str, str], specs: Sequence[Spec]) -> Table:
    found = dict(theirs)
    for spec in specs:
        pick = picks.get(spec.name, "theirs")
        value = yours.get(spec.name) if pick == "yours" else found.get(spec.name)
        if pick.startswith("text:") and spec.shape in WRITTEN:
            value = _written(pick, spec)
        found.pop(spec.name, None)
        if value not in (None, "", []):
            found[spec.name] = value
    return found


def _written(pick: str, spec: Spec) -> object:
    text = pick.removeprefix("text:").replace("\r\n", "\n")
    return _lines(text) if spec.shape in LISTED else text if spec.shape is not Shape.LINE else text.strip()


def _difference(spec: Spec, theirs: object, yours: object, before: object) -> Difference:
    one, two, base = as_shown(theirs), as_shown(yours), as_shown(before)
    merge = merge_words(one, two, base) if spec.shape in WRITTEN else None
    both = merge.text if merge else None
    suggested: Pick | None = (
        "theirs" if two == base else "yours" if one == base else "both" if both is not None else None
    )
    return Difference(
        spec,
        one,
        two,
        base,
        tuple(word_diff(base, one)),
        tuple(word_diff(base, two)),
        both if suggested == "both" else None,
        (both if both is not None else merge.suggestion()) if merge else "",
        suggested,
    )


def as_shown(value: object) -> str:
    """Give a value of a form as a text that can be compared: the items of a list one below the other."""
    if isinstance(value, list):
        return "\n".join(as_shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {as_shown(item)}" for name, item in value.items() if item not in ("", [], {}, False))
    if isinstance(value, bool):
        return json.dumps(value)
    return str(value)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
