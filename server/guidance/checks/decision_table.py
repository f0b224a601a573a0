"""“Will they come?”: the rows of the pack's decision table that fit, and the check of the table.

Answers choose which words help. Nobody can predict a visit, and no row may claim to.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from server.guidance.checks.references import find_entry_file
from server.guidance.model.before_visit import Group, Outcome
from server.guidance.model.pack import Pack
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem

# What usually happens, how this message looks, what to do today: also the order on the page.
GROUPS: tuple[Group, ...] = get_args(Group)
MAX_COMBINATIONS = 100_000

Answers = Mapping[str, frozenset[str]]


def find_assess_problems(pack: Pack) -> Iterator[Problem]:
    """Yield every fault of the table: combinations of answers without an outcome, and rows that are never reached."""
    if not pack.questions and not pack.outcomes:
        return
    file = f"{pack.id}/assess.toml"
    combinations = math.prod(len(question.answers) for question in pack.questions.values())
    if combinations > MAX_COMBINATIONS:
        yield Problem(Code.TOO_MANY_COMBINATIONS, file, (), {"count": combinations, "limit": MAX_COMBINATIONS})
        return
    for outcome in pack.outcomes.values():
        yield from _find_unknown_answers(pack, outcome)
    for group in GROUPS:
        rows = [outcome for outcome in pack.outcomes.values() if outcome.group == group]
        if not rows:
            yield Problem(Code.GROUP_WITHOUT_ROW, file, (), {"group": group})
            continue
        if rows[-1].when:
            last = rows[-1].id
            yield Problem(Code.LAST_ROW_ASKS, find_entry_file(pack, "outcome", last), ("outcome", last, "when"))
        for row in _find_unreached_rows(pack, rows):
            yield Problem(Code.ROW_NEVER_REACHED, find_entry_file(pack, "outcome", row.id), ("outcome", row.id, "when"))


def find_assess_warnings(pack: Pack) -> Iterator[Problem]:
    """Yield the questions whose answers change nothing."""
    used = {one for outcome in pack.outcomes.values() for one in outcome.when}
    for question in pack.questions:
        if question not in used:
            yield Problem(Code.QUESTION_UNUSED, find_entry_file(pack, "question", question), ("question", question))


def _find_unknown_answers(pack: Pack, outcome: Outcome) -> Iterator[Problem]:
    for one, answers in outcome.when.items():
        known = pack.questions[one].answers if one in pack.questions else answers  # references.py reports the question
        for answer in answers:
            if answer not in known:
                path = ("outcome", outcome.id, "when", one)
                params = {"value": answer, "allowed": known}
                yield Problem(Code.NOT_A_CHOICE, find_entry_file(pack, "outcome", outcome.id), path, params)


def _find_unreached_rows(pack: Pack, rows: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield rows that fit no combination. The combinations left are disjoint boxes, from which each row is removed in turn."""
    every: dict[str, frozenset[str]] = {one.id: frozenset(one.answers) for one in pack.questions.values()}
    left: list[Answers] = [every]
    for row in rows:
        wanted = {one: frozenset(answers) for one, answers in row.when.items()}
        if any(not answers <= every.get(one, frozenset()) for one, answers in wanted.items()):
            continue  # already reported
        if not any(all(box[one] & answers for one, answers in wanted.items()) for box in left):
            yield row
        left = [rest for box in left for rest in _cut_row_from_box(box, wanted)]


def _cut_row_from_box(box: Answers, wanted: Answers) -> Iterator[Answers]:
    """Yield the parts of a box that a row does not fit: per question, the answers outside of the row."""
    for one, answers in wanted.items():
        if outside := box[one] - answers:
            yield {**box, one: outside}
        box = {**box, one: box[one] & answers}
        if not box[one]:
            return
