"""The verdict as the pack means it, worked out apart from the page's script: what tests compare the page with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from server.guidance.model.pack import Pack
from server.guidance.model.visit import Check

LEVELS = ("start", "no-warning-yet", "caution", "stop", "police")
OF_SEVERITY = {"complain": "caution", "caution": "caution", "stop": "stop", "police": "police"}
OF_CHECKED = {"confirmed": "start", "no-answer": "caution", "unknown-to-them": "stop"}


def checks_of(pack: Pack) -> list[Check]:
    """The checks that count on the visit screen: those that are asked, and those that the clock answers."""
    return [check for check in pack.checks.values() if check.enabled]


def asked_of(pack: Pack) -> list[Check]:
    """The checks that are asked."""
    return [check for check in checks_of(pack) if check.kind == "check"]


def tap_levels(pack: Pack) -> dict[str, str]:
    """What each tile and each emergency asks for, by its event; an emergency that the police do not answer changes nothing."""
    police = next(one.id for one in pack.contacts.values() if one.kind == "emergency" and one.channel == "tel")
    levels = {f"tile.{tile.id}": OF_SEVERITY[tile.severity] for tile in pack.tiles.values()}
    for danger in pack.dangers.values():
        levels[f"danger.{danger.id}"] = "police" if police == danger.numbers[0] else "start"
    return levels


def worst(levels: Iterable[str]) -> str:
    return max(levels, key=LEVELS.index, default="start")


def level_of_answer(check: Check, answer: str | None) -> str:
    """What one answer alone leads to."""
    if answer is not None and answer == check.bad:
        return OF_SEVERITY[check.severity]
    return "caution" if answer == "unsure" else "start"


def level(checks: Sequence[Check], answers: Mapping[str, str]) -> str:
    """What these answers lead to when there was no warning before; calm needs an answer to every check that is asked."""
    complete = all(check.id in answers for check in checks if check.kind == "check")
    found = worst(level_of_answer(check, answers.get(check.id)) for check in checks)
    return worst((found, "no-warning-yet" if complete else "start"))
