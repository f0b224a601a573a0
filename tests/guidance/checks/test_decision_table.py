"""The decision table: every way through it ends in exactly one outcome per group, and every row can be reached."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.guidance.checks.decision_table import GROUPS, find_assess_problems
from server.guidance.files.parse import load_pack
from server.guidance.model.before_visit import Outcome, Question
from server.guidance.model.pack import Pack
from tests.outcomes import choose_outcomes
from tests.packs import append, check_errors, edit, tiny_pack, with_tables


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return with_tables(tiny_pack(tmp_path))


@pytest.fixture(scope="module")
def empty() -> Iterator[Pack]:
    with tempfile.TemporaryDirectory() as folder:
        yield load_pack(tiny_pack(Path(folder)))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"lender": "bank", "message": "none"}, ["usual", "nothing-special", "today"]),
        ({"lender": "private", "message": "pay-link"}, ["private", "nothing-special", "today"]),
        ({"lender": "unknown", "message": "pay-link"}, ["private", "scam-signs", "today"]),
        ({"message": "pay-link"}, ["usual", "nothing-special", "today"]),
        ({"lender": "somebody", "more": "x"}, ["usual", "nothing-special", "today"]),
        ({}, ["usual", "nothing-special", "today"]),
    ],
    ids=["last rows", "one of several answers", "all questions of a row", "not answered", "not an answer", "nothing"],
)
def test_the_first_row_that_fits_wins(root: Path, answers: dict[str, str], expected: list[str]) -> None:
    found = choose_outcomes(load_pack(root), answers)

    assert tuple(found) == GROUPS
    assert [outcome.id for outcome in found.values()] == expected


def test_a_pack_without_a_table_decides_nothing(empty: Pack) -> None:
    assert choose_outcomes(empty, {"lender": "bank"}) == {}


# --- the whole table ----------------------------------------------------------------------------------------------------
CASES = {
    "the last row asks": (
        ('id = "usual"\ngroup = "expect"', 'id = "usual"\ngroup = "expect"\nwhen = { lender = ["bank"] }'),
        ["outcome › usual › when: last-row-asks"],
    ),
    "a group without a row": (
        ('[[outcome]]\nid = "today"\ngroup = "today"\n', ""),
        ["group-without-row (group=today)"],
    ),
    "a row after the one that takes all": (
        ('when = { lender = ["private", "unknown"] }\n', ""),
        ["outcome › usual › when: row-never-reached"],
    ),
    "a row whose answers are all taken": (
        (
            'id = "usual"\ngroup = "expect"\n',
            'id = "again"\ngroup = "expect"\nwhen = { lender = ["unknown"], message = ["none"] }\n[[outcome]]\nid = "usual"\ngroup = "expect"\n',
        ),
        ["outcome › again › when: row-never-reached"],
    ),
    "rows that together take all": (
        (
            'id = "usual"\ngroup = "expect"\n',
            'id = "bank"\ngroup = "expect"\nwhen = { lender = ["bank"] }\n[[outcome]]\nid = "usual"\ngroup = "expect"\n',
        ),
        ["outcome › usual › when: row-never-reached"],
    ),
}


@pytest.mark.parametrize(("change", "lines"), CASES.values(), ids=CASES)
def test_a_gap_in_the_table_is_an_error(root: Path, change: tuple[str, str], lines: list[str]) -> None:
    edit(root, "assess.toml", *change)

    assert [line for line in check_errors(root) if "assess.toml" in line] == [
        f"xa/assess.toml: {line}" for line in lines
    ]


def test_a_table_that_nobody_can_go_through_is_refused(root: Path) -> None:
    """The check looks at every combination; a person would not answer so much either."""
    for number in range(9):
        append(root, "assess.toml", f'[[question]]\nid = "q{number}"\nanswers = ["a", "b", "c", "d"]\n')

    assert "xa/assess.toml: too-many-combinations (count=1572864; limit=100000)" in check_errors(root)


QUESTIONS = st.lists(st.integers(2, 4), min_size=1, max_size=3).map(
    lambda sizes: {f"q{place}": tuple("abcd"[:size]) for place, size in enumerate(sizes)}
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Question], dict[str, Outcome]]:
    """Give questions and rows of which only the last of each group must ask for nothing."""
    asked = draw(QUESTIONS)
    rows: dict[str, Outcome] = {}
    for group in GROUPS:
        conditions = draw(
            st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        q: st.lists(st.sampled_from(a), min_size=1, unique=True).map(tuple) for q, a in asked.items()
                    },
                ),
                max_size=5,
            )
        )
        for place, when in enumerate([*conditions, {}]):
            one = f"{group}-{place}"
            rows[one] = Outcome(id=one, group=group, when=when)
    return {one: Question(id=one, answers=answers) for one, answers in asked.items()}, rows


@settings(max_examples=150, deadline=None)
@given(table=tables())
def test_every_combination_has_one_outcome_per_group(
    empty: Pack, table: tuple[dict[str, Question], dict[str, Outcome]]
) -> None:
    """And the rows that the check calls unreachable are exactly those that no combination ever gives."""
    questions, rows = table
    pack = empty.model_copy(update={"questions": questions, "outcomes": rows})
    seen: set[str] = set()
    for answers in itertools.product(*(question.answers for question in questions.values())):
        found = choose_outcomes(pack, dict(zip(questions, answers, strict=True)))
        assert tuple(found) == GROUPS
        assert all(outcome.group == group for group, outcome in found.items())
        seen |= {outcome.id for outcome in found.values()}

    reported = {problem.path[1] for problem in find_assess_problems(pack)}

    assert reported == rows.keys() - seen
