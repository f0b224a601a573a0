"""What `assess.js` must choose, written once more in Python for the tests that compare the two."""

from __future__ import annotations

from collections.abc import Mapping

from server.guidance.checks.decision_table import GROUPS, Group, Outcome
from server.guidance.model.pack import Pack


def choose_outcomes(pack: Pack, answers: Mapping[str, str]) -> dict[Group, Outcome]:
    """Return for each group the first row that fits; a question without an answer fits no row that asks for one.

    The last row of each group asks for nothing (see `find_assess_problems`), so each group has exactly one outcome.
    """
    found: dict[Group, Outcome] = {}
    for group in GROUPS:
        for outcome in pack.outcomes.values():
            if outcome.group == group and all(answers.get(one) in allowed for one, allowed in outcome.when.items()):
                found[group] = outcome
                break
    return found
