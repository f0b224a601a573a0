"""“Will they come?”: which rows of the pack's decision table fit, and whether the table is whole.

Answers choose which words help. Nobody can predict a visit, and no row may say so.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from server.guidance.ahead import Group, Outcome
from server.guidance.codes import Code
from server.guidance.model import Pack
from server.guidance.problem import Problem
from server.guidance.references import where

# What usually happens, how this message looks, what to do today: also the order on the page.
GROUPS: tuple[Group, ...] = get_args(Group)
MAX_COMBINATIONS = 100_000

Answers = Mapping[str, frozenset[str]]


def decide(pack: Pack, answers: Mapping[str, str]) -> dict[Group, Outcome]:
    """Give for each group the first row that fits; a question without an answer fits no row that asks for one.

    The last row of each group asks for nothing (see `assess_problems`), so each group has exactly one outcome.
    """
    found: dict[Group, Outcome] = {}
    for group in GROUPS:
        for outcome in pack.outcomes.values():
            if outcome.group == group and all(answers.get(one) in allowed for one, allowed in outcome.when.items()):
                found[group] = outcome
                break
    return found


def assess_problems(pack: Pack) -> Iterator[Problem]:
    """Give every fault of the table: a way through it without an outcome, a row that no way leads to."""
    if not pack.questions and not pack.outcomes:
        return
    file = f"{pack.id}/assess.toml"
    combinations = math.prod(len(question.answers) for question in pack.questions.values())
    if combinations > MAX_COMBINATIONS:
        yield Problem(Code.TOO_MANY_COMBINATIONS, file, (), {"count": combinations, "limit": MAX_COMBINATIONS})
        return
    for outcome in pack.outcomes.values():
        yield from _unknown_answers(pack, outcome)
    for group in GROUPS:
        rows = [outcome for outcome in pack.outcomes.values() if outcome.group == group]
        if not rows:
            yield Problem(Code.GROUP_WITHOUT_ROW, file, (), {"group": group})
            continue
        if rows[-1].when:
            last = rows[-1].id
            yield Problem(Code.LAST_ROW_ASKS, where(pack, "outcome", last), ("outcome", last, "when"))
        for row in _unreached(pack, rows):
            yield Problem(Code.ROW_NEVER_REACHED, where(pack, "outcome", row.id), ("outcome", row.id, "when"))


def assess_warnings(pack: Pack) -> Iterator[Problem]:
    """Give the questions that a person would answer for nothing."""
    used = {one for outcome in pack.outcomes.values() for one in outcome.when}
    for question in pack.questions:
        if question not in used:
            yield Problem(Code.QUESTION_UNUSED, where(pack, "question", question), ("question", question))


def _unknown_answers(pack: Pack, outcome: Outcome) -> Iterator[Problem]:
    for one, answers in outcome.when.items():
        known = pack.questions[one].answers if one in pack.questions else answers  # references.py reports the question
        for answer in answers:
            if answer not in known:
                path = ("outcome", outcome.id, "when", one)
                params = {"value": answer, "allowed": known}
                yield Problem(Code.NOT_A_CHOICE, where(pack, "outcome", outcome.id), path, params)


def _unreached(pack: Pack, rows: Sequence[Outcome]) -> Iterator[Outcome]:
    """Keep what is left of all combinations, as boxes that do not overlap, and take away each row's part in turn."""
    every: dict[str, frozenset[str]] = {one.id: frozenset(one.answers) for one in pack.questions.values()}
    left: list[Answers] = [every]
    for row in rows:
        wanted = {one: frozenset(answers) for one, answers in row.when.items()}
        if any(not answers <= every.get(one, frozenset()) for one, answers in wanted.items()):
            continue  # already reported
        if not any(all(box[one] & answers for one, answers in wanted.items()) for box in left):
            yield row
        left = [rest for box in left for rest in _without(box, wanted)]


def _without(box: Answers, wanted: Answers) -> Iterator[Answers]:
    """Give the part of a box that a row does not take: per question, what fits before it but not there."""
    for one, answers in wanted.items():
        if outside := box[one] - answers:
            yield {**box, one: outside}
        box = {**box, one: box[one] & answers}
        if not box[one]:
            return
