"""The verdict over every combination of answers, and over any order of ticks: never proof, never calmer."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.guidance.checks.claims import find_forbidden_claims
from server.guidance.model.pack import Pack
from server.guidance.texts.text import get_text
from tests.js.node import Node
from tests.js.table import LEVELS, OF_SEVERITY, checks_of, level, level_of_answer, named_failure, worst

ANSWERS = (None, "yes", "no", "unsure")

Check = dict[str, str]


def plain(pack: Pack) -> list[Check]:
    """The checks as the page's script sees them."""
    return [{"id": one.id, "bad": one.bad, "severity": one.severity} for one in checks_of(pack)]


def test_every_combination_of_answers_leads_to_the_verdict_that_the_pack_means(node: Node, pack: Pack) -> None:
    checks = checks_of(pack)
    assert len(checks) >= 9

    found = node.call("everyCombination", plain(pack))

    ranks = [[LEVELS.index(level_of_answer(check, answer)) for answer in ANSWERS] for check in checks]
    expected = "".join(str(max(combination)) for combination in product(*ranks))
    assert len(expected) == 4 ** len(checks)
    assert found["levels"] == expected

    marks = []
    for combination in product(*[[answer == check.bad for answer in ANSWERS] for check in checks]):
        failed = [number for number, bad in enumerate(combination) if bad]
        rank = {number: LEVELS.index(OF_SEVERITY[checks[number].severity]) for number in failed}
        marks.append(str(max(failed, key=lambda number: (rank[number], -number))) if failed else "-")
    assert found["named"] == "".join(marks)


def test_no_level_is_named_or_worded_as_if_anybody_were_genuine(node: Node, pack: Pack) -> None:
    assert tuple(node.call("levels")) == LEVELS
    for locale in pack.locales:
        keys = [f"verdict.{name}.{part}" for name in LEVELS for part in ("title", "next")]
        keys += [f"check.{check}.{part}" for check in pack.checks for part in ("fail", "unsure")]
        for key in keys:
            assert list(find_forbidden_claims(get_text(pack, locale, key), locale)) == [], key


def test_all_good_answers_together_only_say_that_nothing_was_seen(node: Node, pack: Pack) -> None:
    good = [(check.id, "no" if check.bad == "yes" else "yes") for check in checks_of(pack)]

    levels = node.call("afterEach", plain(pack), good)

    assert set(levels) == {"no-warning-yet"}


any_check = st.builds(
    lambda bad, severity: {"bad": bad, "severity": severity},
    st.sampled_from(("yes", "no")),
    st.sampled_from(tuple(OF_SEVERITY)),
)
any_checks = st.lists(any_check, min_size=1, max_size=9).map(
    lambda some: [{"id": f"check-{number}", **one} for number, one in enumerate(some)]
)


@st.composite
def visits(draw: st.DrawFn) -> tuple[list[Check], list[tuple[str, str]]]:
    """Any checks, and any ticks on them in any order, the same one again included."""
    checks = draw(any_checks)
    ids = st.sampled_from([check["id"] for check in checks])
    return checks, draw(st.lists(st.tuples(ids, st.sampled_from(ANSWERS[1:])), max_size=40))


@settings(deadline=None, max_examples=300)
@given(visit=visits())
def test_the_verdict_is_never_calmer_after_a_failure(
    node: Node, visit: tuple[list[Check], list[tuple[str, str]]]
) -> None:
    checks, ticks = visit
    by_id = {check["id"]: check for check in checks}

    levels = node.call("afterEach", checks, ticks)

    assert len(levels) == len(ticks)
    floor = "start"
    for (check_id, answer), found in zip(ticks, levels, strict=True):
        check = by_id[check_id]
        if answer == check["bad"]:
            floor = worst((floor, OF_SEVERITY[check["severity"]]))
        assert found in LEVELS
        assert LEVELS.index(found) >= LEVELS.index(floor), (ticks, levels)
        if floor == "start":
            assert found in ("no-warning-yet", "caution"), "only answers that are not clear may alarm without a failure"


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_what_failed_decides_whatever_else_is_ticked(node: Node, pack: Pack, data: st.DataObject) -> None:
    """The shipped checks, any order: the level after all ticks is that of the answers and of all that ever failed."""
    checks = checks_of(pack)
    ids = st.sampled_from([check.id for check in checks])
    ticks = data.draw(st.lists(st.tuples(ids, st.sampled_from(ANSWERS[1:])), min_size=1, max_size=30))

    found = node.call("afterEach", plain(pack), ticks)[-1]

    bad = {check.id: check for check in checks}
    ever = [OF_SEVERITY[bad[one].severity] for one, answer in ticks if answer == bad[one].bad]
    assert found == worst((level(checks, dict(ticks)), *ever))


@pytest.mark.parametrize("one", LEVELS)
@pytest.mark.parametrize("other", LEVELS)
def test_the_worse_of_two_levels_is_the_later_one(node: Node, one: str, other: str) -> None:
    assert node.call("pickWorse", one, other) == worst((one, other))


def test_a_severity_that_the_script_does_not_know_stops(node: Node) -> None:
    checks = [{"id": "new", "bad": "yes", "severity": "something-new"}]

    assert node.call("computeFailureLevel", checks, {"new": "yes"}) == "stop"
    assert node.call("computeFailureLevel", checks, {"new": "no"}) == "start"


def test_the_named_failure_is_the_worst_and_the_first_among_equals(pack: Pack) -> None:
    """Guards the table itself: what the browser tests expect rests on it."""
    checks = checks_of(pack)
    everything_bad = {check.id: check.bad for check in checks}

    named = named_failure(checks, everything_bad)

    assert named is not None
    assert named.id == next(check.id for check in checks if check.severity == "stop")
    assert named_failure(checks, {}) is None
