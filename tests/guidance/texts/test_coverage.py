"""Nothing that was collected is lost: each source is said, used or left out with a reason, and the table shows where."""

from pathlib import Path

import pytest

from server.guidance.files.parse import load_pack
from server.guidance.texts.coverage import CitingSentence, list_coverage, render_coverage
from tests.packs import append, check_errors, check_warnings, confirm, edit, set_string, tiny_pack, with_tables


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return with_tables(tiny_pack(tmp_path))


def test_each_source_shows_its_sentences_rules_and_reason(root: Path) -> None:
    edit(root, "en/topics/second.md", "Wait.\n", "Wait. Ring **{contact:police}**. {src:L1}\n")

    law, advice, history = list_coverage(load_pack(root), "en")

    assert law.sentences == (
        CitingSentence("first-minute", "Keep the door shut."),
        CitingSentence("second", "Ring 110."),
    )
    assert (law.rules, law.left_out) == (("two-staff", "hours"), None)
    assert advice.rules == ("two-staff",)
    assert (history.source, history.sentences, history.left_out) == ("S3", (), "left out history")


def test_the_table_is_in_order_and_the_same_each_time(root: Path) -> None:
    set_string(root, "en", "left-out.history", "It is old | closed.")
    pack = load_pack(root)
    table = render_coverage(pack, "en")

    assert table == render_coverage(load_pack(root), "en")
    assert table.splitlines() == [
        "| id | topic | sentence or reason |",
        "| --- | --- | --- |",
        "| L1 | first-minute | Keep the door shut. |",
        "| L1 | rule `two-staff` | rule two staff |",
        "| L1 | rule `hours` | rule hours |",
        "| S2 | first-minute | Keep the door shut. |",
        "| S2 | rule `two-staff` | rule two staff |",
        "| S3 | left out | It is old \\| closed. |",
    ]


def test_numbers_are_sorted_as_numbers(root: Path) -> None:
    for one in ("S10", "S9", "L62a", "L62"):
        append(root, "sources.toml", SOURCE.format(one))

    order = [row.source for row in list_coverage(load_pack(root), "en")]

    assert order == ["L1", "L62", "L62a", "S2", "S3", "S9", "S10"]


SOURCE = """
[[source]]
id = "{}"
type = "page"
layer = "practice"
method = "P"
confidence = "high"
checked_on = 2026-01-01
review_by = 2026-07-01
[[source.cite]]
title = "A page"
lang = "en"
"""


def test_a_source_that_is_said_nowhere_is_an_error(root: Path) -> None:
    edit(root, "topics.toml", 'sources = ["S3"]', "sources = []")

    (line,) = check_errors(root)

    assert line.startswith("xa/sources.toml: source › S3: source-unused")


def test_what_only_a_rule_or_a_contact_rests_on_is_a_warning(root: Path) -> None:
    edit(root, "topics.toml", 'covers = ["L1", "S2"]', 'covers = ["L1"]')
    edit(root, "topics.toml", 'sources = ["S3"]', "sources = []")
    edit(root, "contacts.toml", 'hours = "24h"', 'hours = "24h"\nsources = ["S3"]')

    assert check_errors(root) == []
    assert check_warnings(root) == [
        "xa/sources.toml: source › S2: source-without-topic",
        "xa/sources.toml: source › S3: source-without-topic",
    ]


def test_a_source_is_not_left_out_and_covered(root: Path) -> None:
    edit(root, "topics.toml", 'sources = ["S3"]', 'sources = ["S3", "S2"]')

    assert (
        "xa/topics.toml: left_out › history › sources › #2: left-out-but-covered (source=S2; topic=first-minute)"
        in check_errors(root)
    )


def test_a_source_is_left_out_for_one_reason(root: Path) -> None:
    append(root, "topics.toml", '[[left_out]]\nid = "advertising"\nsources = ["S3"]\n')

    assert (
        "xa/topics.toml: left_out › advertising › sources › #1: left-out-twice (other=history; source=S3)"
        in check_errors(root)
    )


def test_a_source_is_not_left_out_and_cited(root: Path) -> None:
    edit(root, "zh-Hans/topics/second.md", "Wait.", "Wait. {src:S3}")
    confirm(root)

    assert check_errors(root) == ["xa/zh-Hans/topics/second.md: body: left-out-but-cited (source=S3)"]


def test_a_rule_may_rest_on_what_no_topic_repeats(root: Path) -> None:
    edit(root, "visit.toml", 'sources = ["L1", "S2"]', 'sources = ["L1", "S2", "S3"]')

    assert check_errors(root) == []
