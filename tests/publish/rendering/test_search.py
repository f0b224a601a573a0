"""What the search starts from: one line a topic, plain text, the same bytes every time."""

import json
import tomllib
from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.guidance.problems.problem import PackErrors
from server.publish.build import Sources, compile_packs
from server.publish.data_folder.patch import make_patch
from server.publish.rendering.search import build_search_index
from tests.packs import tiny_pack
from tests.serving import ROOT

QUESTIONS = ROOT / "tests" / "data" / "search-questions.toml"
WORDS = 'summary = "More."\n'


@pytest.fixture(scope="module")
def shipped() -> Pack:
    return load_pack(ROOT / "server" / "packs" / "cn")


def with_words(folder: Path, words: str) -> Pack:
    """The tiny pack, its second topic with everyday words."""
    root = tiny_pack(folder)
    path = root / "en" / "topics" / "second.md"
    path.write_text(path.read_text(encoding="utf-8").replace(WORDS, f"{WORDS}words = {words}\n"), encoding="utf-8")
    return load_pack(root)


def test_every_topic_is_one_line_in_the_order_of_the_pack(shipped: Pack) -> None:
    for locale in shipped.locales:
        data = build_search_index(shipped, locale)
        rows = json.loads(data)

        assert [row[0] for row in rows] == [topic.address for topic in shipped.topics.values()]
        assert data.decode().splitlines()[1:-1] == [
            json.dumps(row, ensure_ascii=False) + ("," if row is not rows[-1] else "") for row in rows
        ]


def test_every_shipped_topic_has_everyday_words_and_no_markup(shipped: Pack) -> None:
    for locale in shipped.locales:
        for row in json.loads(build_search_index(shipped, locale)):
            assert all(row), row[0]
            assert not any(mark in field for field in row[1:] for mark in ("{", "}", "<", "](", "**")), row


def test_placeholders_are_filled_in(tmp_path: Path) -> None:
    pack = with_words(tmp_path, '["{contact:police}", "open {hours:collection}"]')

    assert json.loads(build_search_index(pack, "en"))[1] == [
        "guide/second/",
        "Second",
        "More.",
        "110, open 08:00–22:00",
    ]


def test_the_same_pack_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (with_words(tmp_path / name, '["later"]') for name in ("a", "b"))

    assert build_search_index(first, "en") == build_search_index(second, "en")


def test_an_edited_topic_changes_its_own_line_and_a_body_none(tmp_path: Path) -> None:
    old, new = (
        build_search_index(with_words(tmp_path / words, f'["{words}"]'), "en") for words in ("later", "tomorrow")
    )

    patch = make_patch(old, new)

    assert patch is not None
    assert [operation for operation in patch if isinstance(operation, str)] == [new.decode().splitlines(True)[2]]
    assert b"Keep the door shut. {src" not in new


def test_it_grows_with_the_words_and_no_faster(shipped: Pack) -> None:
    """The bytes of all topics are those of each alone, and the same again for as many more."""
    whole = len(build_search_index(shipped, "en"))
    alone = sum(
        len(build_search_index(shipped.model_copy(update={"topics": {topic: shipped.topics[topic]}}), "en"))
        for topic in shipped.topics
    )

    assert abs(whole - alone) <= 5 * len(shipped.topics)


def test_every_slice_holds_it(shipped: Pack) -> None:
    sources = Sources(ROOT / "server" / "packs", ROOT / "static", ROOT / "translations")
    compiled = compile_packs([shipped], sources).compiled

    for item in compiled:
        file = item.slice.files[f"{item.slice.key}/search.json"]
        assert item.bodies[file.sha256] == (
            build_search_index(shipped, item.slice.key.split("/")[1]),
            "application/json",
        )


@pytest.mark.parametrize(
    "words",
    [
        '["call 110"]',
        '["{contact:nobody}"]',
        '["{src:L1}"]',
        '["at 22:00"]',
        '["a { brace"]',
        f'["{"x" * 61}"]',
        f"{[f'w{number}' for number in range(41)]}",
        '[" "]',
        '"not a list"',
    ],
    ids=["number", "contact", "citation", "hour", "brace", "long", "many", "blank", "text"],
)
def test_everyday_words_keep_to_the_rules_of_a_pack(tmp_path: Path, words: str) -> None:
    try:
        problems = check_pack(with_words(tmp_path, words)).errors
    except PackErrors as error:
        problems = error.problems

    assert [problem for problem in problems if "words" in problem.path], [str(problem) for problem in problems]


def test_everyday_words_may_ask_what_the_pack_never_claims(tmp_path: Path) -> None:
    report = check_pack(with_words(tmp_path, '["are they genuine", "they are real"]'))

    assert not [problem for problem in report.errors if "words" in problem.path]


def test_no_everyday_word_is_one_of_the_questions_that_measure_the_search(shipped: Pack) -> None:
    """Else the questions would measure nothing."""
    asked = {question["asks"] for question in tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]}

    for locale in shipped.locales:
        for topic, text in shipped.topic_texts[locale].items():
            assert asked.isdisjoint(text.words), topic
