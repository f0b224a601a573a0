"""“Will they come?” on the page decides as the server does, over every way to answer; and what counts as changed."""

from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from server.guidance.checks.decision_table import GROUPS
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.publish.rendering.before_visit_view import BeforeVisitViews
from server.publish.rendering.door_view import DoorViews
from server.publish.rendering.rule_view import RuleViews
from tests.js.node import Node
from tests.outcomes import choose_outcomes
from tests.packs import tiny_pack, with_tables


def rows_of(pack: Pack) -> list[list[tuple[str, str]]]:
    """Per group its rows in the order of the page: id, and the condition as the template writes it."""
    door = DoorViews(pack, pack.source_locale, RuleViews(pack, pack.source_locale, str), str)
    groups = BeforeVisitViews(door, str).build_assess_page(str)["groups"]
    assert [group["id"] for group in groups] == list(GROUPS)
    return [[(row["id"], row["when"]) for row in group["outcomes"]] for group in groups]


def every_way_to_answer(pack: Pack) -> list[dict[str, str]]:
    """Every combination, also those where questions are left open."""
    choices = [(None, *question.answers) for question in pack.questions.values()]
    return [
        {question: answer for question, answer in zip(pack.questions, chosen, strict=True) if answer}
        for chosen in product(*choices)
    ]


def compare(node: Node, pack: Pack) -> set[str]:
    """Compare page and server; gives the rows that came up."""
    rows = rows_of(pack)
    ways = every_way_to_answer(pack)

    found = node.call("decideEach", [[when for _, when in group] for group in rows], ways)

    shown = [[group[number][0] for group, number in zip(rows, numbers, strict=True)] for numbers in found]
    assert shown == [[choose_outcomes(pack, answers)[group].id for group in GROUPS] for answers in ways]
    return {outcome for row in shown for outcome in row}


def test_the_page_decides_as_the_server_over_every_way_to_answer(node: Node, pack: Pack) -> None:
    assert len(every_way_to_answer(pack)) >= 1000
    assert compare(node, pack) == set(pack.outcomes), "a row that nobody ever reads"


def test_another_region_is_decided_by_its_own_table(node: Node, tmp_path: Path) -> None:
    pack = load_pack(with_tables(tiny_pack(tmp_path)))

    assert compare(node, pack) == set(pack.outcomes)


def test_no_condition_is_read_as_none(node: Node) -> None:
    assert node.call("parseConditions", "") == {}
    assert node.call("parseConditions", "a=b,c;d=e") == {"a": ["b", "c"], "d": ["e"]}


# Among them names that every object of the language has, and a change of one mark.
IDS = st.sampled_from(["first-minute", "papers", "scams", "constructor", "valueof", "to-string"])
MARKS = st.dictionaries(IDS, st.sampled_from(["a" * 16, "b" * 16, ""]))


@given(before=MARKS, now=MARKS)
def test_what_is_new_changed_and_gone_accounts_for_every_text(
    node: Node, before: dict[str, str], now: dict[str, str]
) -> None:
    found = node.call("compareMarks", before, now)

    assert set(found["fresh"]) == now.keys() - before.keys()
    assert set(found["gone"]) == before.keys() - now.keys()
    assert set(found["changed"]) == {one for one in now.keys() & before.keys() if now[one] != before[one]}
    # In the order of the page, each once.
    assert found["fresh"] == [one for one in now if one in found["fresh"]]
    assert found["changed"] == [one for one in now if one in found["changed"]]


@given(MARKS)
def test_nothing_has_changed_since_a_moment_ago(node: Node, now: dict[str, str]) -> None:
    assert node.call("compareMarks", now, now) == {"fresh": [], "changed": [], "gone": []}
