"""What the checker found, in sentences and places for people. The words are in `server/guidance/problems/sentences.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from server.editor.packs.findings import Finding
from server.guidance.problems.problem import MAX_PLACE, Problem, format_place, shorten


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in the files of a region: the file, the place in it, and what is wrong there."""

    file: str
    place: str
    words: str


def describe_finding(finding: Finding, gettext: Callable[[str], str]) -> str:
    """Return what the checker found as a sentence in the language of `gettext`."""
    return finding.problem.sentence(gettext)


def describe_finding_place(finding: Finding, gettext: Callable[[str], str]) -> str:
    """Return where in its unit a finding is; empty for the unit as a whole."""
    return format_place(finding.path, finding.problem.line, gettext)


def describe_faults(problems: Iterable[Problem], gettext: Callable[[str], str]) -> list[Fault]:
    """Return what is wrong with files, in the language of `gettext`. Names of files and fields are as the files have them."""
    return [
        Fault(shorten(one.file, MAX_PLACE), format_place(one.path, one.line, gettext), one.sentence(gettext))
        for one in problems
    ]
