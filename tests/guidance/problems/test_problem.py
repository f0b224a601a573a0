"""A fault as data, and the one table of sentences about faults."""

import datetime
import re

import pytest

from server.guidance.problems.codes import Code
from server.guidance.problems.problem import PackErrors, Problem, format_place, quote_value
from server.guidance.problems.sentences import LINE, SENTENCES
from server.i18n import load_translations

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert set(Code) == set(SENTENCES)


def test_no_two_codes_are_told_in_the_same_words() -> None:
    assert len(set(SENTENCES.values())) == len(SENTENCES)


@pytest.mark.parametrize("code", Code)
def test_a_sentence_names_the_parameters_of_its_code(code: Code) -> None:
    assert set(PLACEHOLDER.findall(SENTENCES[code])) == code.params


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_fault_is_told_in_every_language(code: Code, language: str) -> None:
    problem = Problem(code, "xa/visit.toml", (), dict.fromkeys(code.params, "77"))

    words = problem.sentence(load_translations(language).gettext)

    assert "%(" not in words
    assert words.count("77") >= len(code.params)
    assert language == "en" or re.search(r"[\u4e00-\u9fff]", words)


@pytest.mark.parametrize("params", [{}, {"value": "x", "more": 1}])
def test_parameters_that_no_sentence_expects_are_refused(params: dict[str, object]) -> None:
    """Otherwise a fault would be found and could not be told."""
    with pytest.raises(TypeError, match="bad-id"):
        Problem(Code.BAD_ID, "xa/visit.toml", (), params)


def test_the_console_tells_file_place_and_sentence() -> None:
    problem = Problem(Code.NOT_A_DATE, "xa/sources.toml", ("source", "L1", "checked_on"))

    assert str(problem) == (
        "xa/sources.toml: source › L1 › checked_on: Write a date such as 2026-01-31, without quotes."
    )
    assert str(Problem(Code.EMPTY_FILE, "xa/topics.toml")) == "xa/topics.toml: The file is empty."


def test_a_name_as_long_as_a_file_does_not_make_the_line_long() -> None:
    line = str(Problem(Code.BAD_ID, "xa/topics.toml", ("topic", "a" * 5_000, "id"), {"value": "b" * 5_000}))

    assert line.startswith("xa/topics.toml: topic › aaa")
    assert "…: “bbb" in line
    assert len(line) < 500


def test_what_does_not_print_is_seen() -> None:
    """A value from a file must not turn the line round or begin a new one."""
    line = str(Problem(Code.BAD_ID, "xa/topics.toml", ("topic", "a\u202eb"), {"value": "a\nb\ud800"}))

    assert (
        line
        == "xa/topics.toml: topic › “a\\u202eb”: “a\\nb\\ud800”: use only small letters, digits and single hyphens."
    )


def test_no_value_can_name_a_parameter() -> None:
    problem = Problem(Code.BAD_ID, "xa/topics.toml", (), {"value": "100%(value)s"})

    assert "“100%(value)s”" in problem.sentence()


@pytest.mark.parametrize(
    ("path", "line", "words"),
    [
        ((), 0, ""),
        ((), 3, "line 3"),
        (("body",), 9, "body › line 9"),
        (("source", "L1", "cite", 1, "lang"), 0, "source › L1 › cite › #2 › lang"),
        (("say", "Who is it?"), 0, "say › “Who is it?”"),
    ],
)
def test_a_place_is_told_as_the_way_to_it(path: tuple[str | int, ...], line: int, words: str) -> None:
    assert format_place(path, line) == words


def test_a_line_is_told_in_the_language_of_the_reader() -> None:
    gettext = load_translations("zh-Hans").gettext

    assert gettext(LINE) != LINE
    assert format_place((), 3, gettext) == gettext(LINE) % {"line": 3}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (110, "110"),
        (16**9000, "0x1" + "0" * 97 + "…"),
        ({"a": 1}, "{…}"),
        ([1, 2], "[…]"),
        (("stop", "police"), "stop, police"),
        (tuple("x" * 50), ", ".join("x" * 40) + ", …"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        ("x" * 101, "x" * 100 + "…"),
    ],
    ids=["truth", "number", "huge", "table", "list", "names", "many names", "day", "long"],
)
def test_values_are_shown_as_the_file_has_them_and_never_long(value: object, shown: str) -> None:
    assert quote_value(value) == shown


def test_a_long_list_of_faults_is_cut() -> None:
    lines = str(PackErrors([Problem(Code.EMPTY_FILE, "xa/topics.toml")] * 203)).split("\n")

    assert len(lines) == 201
    assert lines[-1] == "… and 3 more"
