"""What the checker says, sorted by the unit that it is about, so that it can stand beside the field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from server.editor.edits.publications import text_of
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit, entry_unit, head_unit
from server.guidance.files import locale_path
from server.guidance.layers import ARRAYS, SINGLE_TABLES
from server.guidance.problem import MAX_PLACE, Place, Problem, shorten

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `path` leads to the field inside `unit`; inside the file where it lies in no single unit."""

    unit: Unit | None
    path: Place
    problem: Problem
    severity: Severity

    def __str__(self) -> str:
        return str(self.problem)

    @property
    def file(self) -> str:
        """Return the name of the file as it is shown."""
        return shorten(self.problem.file, MAX_PLACE)


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
    try:
        unit, path = _unit_and_path(problem)
    except BadUnit:
        unit, path = None, problem.path
    return Finding(unit, path, problem, severity)


def _unit_and_path(problem: Problem) -> tuple[Unit | None, Place]:
    region, _, file = problem.file.partition("/")
    path, first = problem.path, str(problem.path[0]) if problem.path else ""
    place = locale_path(file)
    if place is not None and place.topic is not None:
        return Unit(region, file), path
    if place is not None:
        return (text_of(Unit(region, file, first)), ()) if first else (None, ())
    if first in ARRAYS.get(file, {}) and len(path) > 1 and isinstance(path[1], str):
        # A place in the file may follow the id, where several entries have it.
        rest = path[3:] if len(path) > 2 and isinstance(path[2], int) else path[2:]
        return entry_unit(region, first, path[1]), rest
    if first in SINGLE_TABLES.get(file, ()):
        return Unit(region, file, first), path[1:]
    return (head_unit(region), path) if file == "pack.toml" else (None, path)
