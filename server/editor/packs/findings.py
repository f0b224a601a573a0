"""What the checker says, sorted by the unit that it is about, so that it can stand beside the field."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from server.editor.edits.publications import text_of
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit, entry_unit, head_unit
from server.guidance.files import locale_path
from server.guidance.layers import ARRAYS, SINGLE_TABLES
from server.guidance.problem import Problem

# `check "ids" (#2) bad`: the array, the id, the place in the file, and what is left is the field.
_ENTRY = re.compile(r'(?P<kind>[a-z_]+) (?P<id>"(?:[^"\\]|\\.)*")(?: \(#\d+\))?(?: (?P<field>.*))?')

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `unit` is None when it lies in no single unit, such as a file that is missing; `field` may be empty.

    `value` and `expected` end the sentence "<value> – expected <expected>".
    """

    unit: Unit | None
    field: str
    value: str
    expected: str
    severity: Severity
    file: str

    def __str__(self) -> str:
        return str(Problem(self.file, self.field, self.value, self.expected))


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that the checker says of a region; errors stop a publish."""

    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops a publish."""
        return tuple(one for one in self.findings if one.severity == "error")

    def by_unit(self) -> Mapping[Unit | None, list[Finding]]:
        """Give the findings of each unit; what lies in no single unit is under None."""
        found: dict[Unit | None, list[Finding]] = defaultdict(list)
        for one in self.findings:
            found[one.unit].append(one)
        return found


def findings(problems: Iterable[Problem], severity: Severity) -> list[Finding]:
    """Give the checker's problems with the unit of each."""
    return [_finding(problem, severity) for problem in problems]


def _finding(problem: Problem, severity: Severity) -> Finding:
    region, _, path = problem.file.partition("/")
    try:
        unit, field = _place(region, path, problem.field)
    except BadUnit:
        unit, field = None, problem.field
    return Finding(unit, field, problem.value, problem.expected, severity, problem.file)


def _place(region: str, path: str, field: str) -> tuple[Unit | None, str]:
    place = locale_path(path)
    if place is not None and place.topic is not None:
        return Unit(region, path), field
    if place is not None:
        key = _quoted(field)
        return (text_of(Unit(region, path, key)), "") if key else (None, field)
    match = _ENTRY.fullmatch(field)
    if match is not None:
        kind, rest = match["kind"], match["field"] or ""
        if kind in ARRAYS.get(path, {}):
            return entry_unit(region, kind, _quoted(match["id"])), rest
        if kind in SINGLE_TABLES.get(path, ()):
            return Unit(region, path, kind), f"{_quoted(match['id'])} {rest}".strip()
    return (head_unit(region), field) if path == "pack.toml" else (None, field)


def _quoted(text: str) -> str:
    """Give the text that `problem.show` put in quotes, "" for anything else."""
    try:
        value = json.loads(text)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
