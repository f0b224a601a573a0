"""Counts over texts small enough to count by hand."""

import pytest

from server.guidance.texts.measures import count_syllables, is_level_one, measure_chinese, measure_english


@pytest.mark.parametrize(
    ("word", "count"),
    [("door", 1), ("police", 2), ("the", 1), ("collector", 3), ("little", 2), ("rules", 1), ("asked", 1), ("waited", 2), ("debt", 1), ("agree", 2), ("tsk", 1), ("pages", 2), ("called", 1), ("handled", 2), ("visited", 3), ("idea", 2)],
)  # fmt: skip
def test_syllables_are_about_right(word: str, count: int) -> None:
    """A rule of thumb: "idea" really has three."""
    assert count_syllables(word) == count


def test_english_is_measured_by_sentence_word_and_syllable() -> None:
    measures = measure_english(["Keep the door shut. Ask who it is.", "The collector waits"])

    assert (measures.sentences, measures.words, measures.longest) == (3, 11, 4)
    assert measures.words_per_sentence == pytest.approx(11 / 3)
    assert measures.grade == pytest.approx(0.39 * 11 / 3 + 11.8 * 13 / 11 - 15.59)
    assert measures.long_share == pytest.approx(1 / 11)


def test_longer_words_and_sentences_raise_the_grade() -> None:
    plain = measure_english(["Keep the door shut. Call the police."])
    hard = measure_english(
        ["Notwithstanding any contractual obligation, refrain from permitting unauthorised admission."]
    )

    assert plain.grade < 3 < 12 < hard.grade


def test_chinese_is_measured_by_sentence_clause_and_character() -> None:
    measures = measure_chinese(["门关着，别开。先问是谁；再打110！", "等着"])

    assert (measures.sentences, measures.characters, measures.longest) == (4, 16, 5)
    assert measures.characters_per_sentence == pytest.approx(4.0)
    assert measures.characters_per_clause == pytest.approx(16 / 5)
    assert measures.rare_share == 0


def test_characters_outside_the_common_level_are_shown() -> None:
    measures = measure_chinese(["深圳的债，龘。"])

    assert measures.rare == "圳龘"
    assert measures.rare_share == pytest.approx(2 / 5)


def test_level_one_has_the_number_of_characters_that_the_standard_gives() -> None:
    level_one = [one for one in map(chr, range(0x4E00, 0xA000)) if is_level_one(one)]

    assert len(level_one) == 3755
    assert level_one.count("门") == 1


@pytest.mark.parametrize("text", ["", "...", "。。", "\n"])
def test_a_text_without_words_measures_nothing(text: str) -> None:
    assert measure_english([text]).words == 0
    assert measure_chinese([text]).characters == 0
