"""The verdict over answers, tiles, emergencies and what the official number said: never proof, never calmer."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.guidance.checks.claims import find_forbidden_claims
from server.guidance.model.pack import Pack
from server.guidance.texts.text import get_text
from tests.js.node import Node
from tests.js.table import (
    LEVELS,
    OF_CHECKED,
    OF_SEVERITY,
    asked_of,
    checks_of,
    level,
    level_of_answer,
    tap_levels,
    worst,
)

ANSWERS = (None, "yes", "no", "unsure")

Check = dict[str, str]


def plain(pack: Pack) -> list[Check]:
    """The checks as the page's script sees them."""
    return [{"id": one.id, "bad": one.bad, "severity": one.severity, "kind": one.kind} for one in checks_of(pack)]


def test_every_combination_of_answers_leads_to_the_verdict_that_the_pack_means(node: Node, pack: Pack) -> None:
    checks = checks_of(pack)
    assert len(asked_of(pack)) == 4

    found = node.call("everyCombination", plain(pack))

    expected = "".join(
        str(LEVELS.index(level(checks, {check.id: one for check, one in zip(checks, combination, strict=True) if one})))
        for combination in product(ANSWERS, repeat=len(checks))
    )
    assert len(expected) == 4 ** len(checks)
    assert found == expected


def test_nothing_reassures_before_every_check_that_is_asked_has_an_answer(node: Node, pack: Pack) -> None:
    good = [f"check.{check.id}.{'no' if check.bad == 'yes' else 'yes'}" for check in asked_of(pack)]

    levels = [one["level"] for one in node.call("afterEach", plain(pack), good, {})]

    assert levels == ["start", "start", "start", "no-warning-yet"]


def test_no_level_is_named_or_worded_as_if_anybody_were_genuine(node: Node, pack: Pack) -> None:
    assert tuple(node.call("levels")) == LEVELS
    for locale in pack.locales:
        keys = [f"verdict.{name}.{part}" for name in (*LEVELS, "confirmed", "new") for part in ("title", "next")]
        keys += [f"check.{check}.{part}" for check in pack.checks for part in ("fail", "unsure")]
        keys += [f"tile.{tile}.{part}" for tile in pack.tiles for part in ("do", "next")]
        for key in keys:
            assert list(find_forbidden_claims(get_text(pack, locale, key), locale)) == [], key


def every_event(pack: Pack) -> list[str]:
    """Every tap on the visit screen that the verdict looks at."""
    answers = [f"check.{check.id}.{one}" for check in checks_of(pack) for one in ANSWERS[1:]]
    return [*answers, *tap_levels(pack), *(f"checked.{answer}" for answer in OF_CHECKED)]


def level_of_event(pack: Pack, event: str) -> str:
    """What one event alone leads to."""
    kind, one, *rest = event.split(".")
    if kind == "check":
        return level_of_answer(pack.checks[one], rest[0])
    return OF_CHECKED[one] if kind == "checked" else tap_levels(pack)[event]


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_whatever_is_tapped_the_verdict_is_never_calmer_and_has_one_reason(
    node: Node, pack: Pack, data: st.DataObject
) -> None:
    """Any taps in any order, the same one again included: the level is that of the worst so far, and says why."""
    events = data.draw(st.lists(st.sampled_from(every_event(pack)), min_size=1, max_size=40))

    found = node.call("afterEach", plain(pack), events, tap_levels(pack))

    answers: dict[str, str] = {}
    so_far = "start"
    for event, one in zip(events, found, strict=True):
        kind, name, *rest = event.split(".")
        if kind == "check":
            answers[name] = rest[0]
        so_far = worst((so_far, level_of_event(pack, event)))
        assert one["level"] == worst((so_far, level(checks_of(pack), answers))), events
        if so_far == "start":
            assert one["reason"] is None
            continue
        reason = one["reason"]
        cause = ".".join(filter(None, (reason["kind"], reason["id"], reason["answer"])))
        # The worst one, and among equals the one that is happening now.
        assert reason["level"] == so_far
        worst_events = [tapped for tapped in events[: found.index(one) + 1] if level_of_event(pack, tapped) == so_far]
        assert cause in worst_events


def test_what_the_official_number_confirmed_makes_nothing_calmer(node: Node, pack: Pack) -> None:
    bad = f"check.{asked_of(pack)[0].id}.{asked_of(pack)[0].bad}"

    before, after = node.call("afterEach", plain(pack), [bad, "checked.confirmed"], {})

    assert before["level"] == after["level"] == "stop"
    assert after["checked"] == "confirmed"


def test_a_warning_that_is_answered_anew_is_a_correction_and_the_verdict_stays(node: Node, pack: Pack) -> None:
    check = asked_of(pack)[0]
    good = "yes" if check.bad == "no" else "no"

    slip, corrected = node.call(
        "afterEach", plain(pack), [f"check.{check.id}.{check.bad}", f"check.{check.id}.{good}"], {}
    )

    assert (slip["level"], slip["isCorrected"]) == ("stop", False)
    assert (corrected["level"], corrected["isCorrected"]) == ("stop", True)


@pytest.mark.parametrize(("answer", "expected"), [("yes", "stop"), ("unsure", "caution"), ("no", "start")])
def test_a_sign_that_an_earlier_release_asked_about_still_counts(
    node: Node, pack: Pack, answer: str, expected: str
) -> None:
    """An open visit survives the update: the tile that took the sign's place says how bad its “yes” is."""
    tile = next(one for one in pack.tiles.values() if one.was and one.severity == "stop")

    [found] = node.call("afterEach", plain(pack), [f"check.{tile.was[0]}.{answer}"], {f"tile.{tile.was[0]}": "stop"})

    assert found["level"] == expected


any_check = st.builds(
    lambda bad, severity, kind: {"bad": bad, "severity": severity, "kind": kind},
    st.sampled_from(("yes", "no")),
    st.sampled_from(tuple(OF_SEVERITY)),
    st.sampled_from(("check", "sign")),
)
any_checks = st.lists(any_check, min_size=1, max_size=9).map(
    lambda some: [{"id": f"check-{number}", **one} for number, one in enumerate(some)]
)


@settings(deadline=None, max_examples=200)
@given(checks=any_checks, data=st.data())
def test_in_any_region_the_verdict_only_rises(node: Node, checks: list[Check], data: st.DataObject) -> None:
    ids = st.sampled_from([check["id"] for check in checks])
    ticks = data.draw(st.lists(st.tuples(ids, st.sampled_from(ANSWERS[1:])), max_size=40))

    found = node.call("afterEach", checks, [f"check.{one}.{answer}" for one, answer in ticks], {})

    ranks = [LEVELS.index(one["level"]) for one in found]
    assert ranks == sorted(ranks), ticks


@pytest.mark.parametrize("one", LEVELS)
@pytest.mark.parametrize("other", LEVELS)
def test_the_worse_of_two_levels_is_the_later_one(node: Node, one: str, other: str) -> None:
    assert node.call("pickWorseLevel", one, other) == worst((one, other))


def test_a_severity_that_the_script_does_not_know_stops(node: Node) -> None:
    check = {"id": "new", "bad": "yes", "severity": "something-new", "kind": "check"}

    assert node.call("computeAnswerLevel", check, "yes") == "stop"
    assert node.call("computeAnswerLevel", check, "no") == "start"
