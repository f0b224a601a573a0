"""What the checker found, in sentences and places for people. The words are in `server/guidance/sentences.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from server.editor.packs.findings import Finding
from server.guidance.problem import MAX_PLACE, Problem, place_words, shorten


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the files of a region: the file, where in it, and what is wrong there."""

    file: str
    place: str
    words: str


def finding_words(finding: Finding, gettext: Callable[[str], str]) -> str:
    """Return what the checker found as a sentence in the language of `gettext`."""
    return finding.problem.sentence(gettext)


def finding_place(finding: Finding, gettext: Callable[[str], str]) -> str:
    """Return where in its unit a finding is; empty for the unit as a whole."""
    return place_words(finding.path, finding.problem.line, gettext)


def fault_words(problems: Iterable[Problem], gettext: Callable[[str], str]) -> list[Fault]:
    """Return what is wrong with files, in the language of `gettext`. Names of files and fields are as the files have them."""
    return [
        Fault(shorten(one.file, MAX_PLACE), place_words(one.path, one.line, gettext), one.sentence(gettext))
        for one in problems
    ]
