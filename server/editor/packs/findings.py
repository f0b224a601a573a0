"""The checker's problems, each with its unit, so that it can be shown beside the field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from server.editor.edits.publications import resolve_origin_unit
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit, make_entry_unit, make_head_unit
from server.guidance.files.layers import ARRAYS, SINGLE_TABLES
from server.guidance.files.pack_folder import parse_locale_path
from server.guidance.problems.problem import MAX_PLACE, Place, Problem, shorten

FindingSeverity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `path` leads to the field inside `unit`; inside the file where it lies in no single unit."""

    unit: Unit | None
    path: Place
    problem: Problem
    severity: FindingSeverity

    def __str__(self) -> str:
        return str(self.problem)

    @property
    def file(self) -> str:
        """Return the name of the file as it is shown."""
        return shorten(self.problem.file, MAX_PLACE)


@dataclass(frozen=True, slots=True)
class CheckedPack:
    """Everything that the checker found in a region; errors stop a publish."""

    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a publish."""
        return tuple(one for one in self.findings if one.severity == "error")

    def group_by_unit(self) -> Mapping[Unit | None, list[Finding]]:
        """Return the findings of each unit; those of no single unit are under None."""
        found: dict[Unit | None, list[Finding]] = defaultdict(list)
        for one in self.findings:
            found[one.unit].append(one)
        return found


def make_findings(problems: Iterable[Problem], severity: FindingSeverity) -> list[Finding]:
    """Return the checker's problems with the unit of each."""
    return [_make_finding(problem, severity) for problem in problems]


def _make_finding(problem: Problem, severity: FindingSeverity) -> Finding:
    try:
        unit, path = _find_unit_and_path(problem)
    except BadUnit:
        unit, path = None, problem.path
    return Finding(unit, path, problem, severity)


def _find_unit_and_path(problem: Problem) -> tuple[Unit | None, Place]:
    region, _, file = problem.file.partition("/")
    path, first = problem.path, str(problem.path[0]) if problem.path else ""
    place = parse_locale_path(file)
    if place is not None and place.topic is not None:
        return Unit(region, file), path
    if place is not None:
        return (resolve_origin_unit(Unit(region, file, first)), ()) if first else (None, ())
    if first in ARRAYS.get(file, {}) and len(path) > 1 and isinstance(path[1], str):
        # A place in the file may follow the id, where several entries have it.
        rest = path[3:] if len(path) > 2 and isinstance(path[2], int) else path[2:]
        return make_entry_unit(region, first, path[1]), rest
    if first in SINGLE_TABLES.get(file, ()):
        return Unit(region, file, first), path[1:]
    return (make_head_unit(region), path) if file == "pack.toml" else (None, path)
