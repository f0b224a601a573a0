"""The verdict as the pack means it, worked out apart from the page's script: what tests compare the page with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from server.guidance.model.pack import Pack
from server.guidance.model.visit import Check

LEVELS = ("start", "no-warning-yet", "caution", "stop", "police")
OF_SEVERITY = {"complain": "caution", "caution": "caution", "stop": "stop", "police": "police"}


def checks_of(pack: Pack) -> list[Check]:
    """The checks that the visit screen shows: first those to ask, then the signs."""
    shown = [check for check in pack.checks.values() if check.enabled]
    return [check for kind in ("check", "sign") for check in shown if check.kind == kind]


def worst(levels: Iterable[str]) -> str:
    return max(levels, key=LEVELS.index, default="start")


def level_of_answer(check: Check, answer: str | None) -> str:
    """What one answer alone leads to."""
    if answer is None:
        return "start"
    if answer == check.bad:
        return OF_SEVERITY[check.severity]
    return "caution" if answer == "unsure" else "no-warning-yet"


def level(checks: Sequence[Check], answers: Mapping[str, str]) -> str:
    """What these answers lead to when nothing has failed before."""
    return worst(level_of_answer(check, answers.get(check.id)) for check in checks)


def named_failure(checks: Sequence[Check], answers: Mapping[str, str]) -> Check | None:
    """The failed check that the verdict speaks of: the worst, the first among equals."""
    failed = [check for check in checks if answers.get(check.id) == check.bad]
    return max(failed, key=lambda check: LEVELS.index(OF_SEVERITY[check.severity]), default=None)
