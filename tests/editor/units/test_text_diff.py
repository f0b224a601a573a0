"""Word diffs add up to both texts, and a merge loses nothing that either side wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.editor.units import text_diff as module
from server.editor.units.text_diff import Choice, diff_words, merge_changes, split_words

TEXTS = st.lists(st.sampled_from([*"门前有数。 \n", "two", "staff", "come", "12", "—", "é"]), max_size=30).map("".join)


@given(st.text())
def test_words_joined_are_the_text(text):
    assert "".join(split_words(text)) == text


def test_chinese_goes_by_character_and_the_rest_by_word():
    assert split_words("请two staff，12:00\n走") == ["请", "two", " ", "staff", "，", "12", ":", "00", "\n", "走"]


@given(TEXTS, TEXTS)
def test_a_diff_adds_up_to_both_texts(old, new):
    pieces = diff_words(old, new)

    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "old") == new


def test_a_diff_shows_the_words_that_changed():
    pieces = diff_words("两名人员一起来。", "两名工作人员一起来。")

    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "两名"),
        ("new", "工作"),
        ("same", "人员一起来。"),
    ]


def test_a_long_text_is_compared_too(monkeypatch):
    """Line by line where the whole is too long for words, and by words inside the lines that changed."""
    monkeypatch.setattr(module, "MANY_WORDS", 60)
    old = "".join(f"line {number} says this\n" for number in range(100))
    new = old.replace("line 50 says this", "line 50 says that")

    assert [(piece.kind, piece.text) for piece in diff_words(old, new) if piece.kind != "same"] == [
        ("old", "this"),
        ("new", "that"),
    ]
    assert merge_changes(new, old.replace("line 7 ", "row 7 "), old).text == new.replace("line 7 ", "row 7 ")


@given(TEXTS, TEXTS)
def test_a_change_of_one_side_is_taken(before, change):
    assert merge_changes(change, before, before).text == change
    assert merge_changes(before, change, before).text == change
    assert merge_changes(change, change, before).text == change


@given(TEXTS, TEXTS, TEXTS)
def test_a_merge_holds_both_sides_whole(theirs, yours, before):
    """With every choice made one way, what is left out is only what that side did not change."""
    merge = merge_changes(theirs, yours, before)
    mirrored = merge_changes(yours, theirs, before)

    assert (merge.text is None) == any(isinstance(part, Choice) for part in merge.parts)
    assert all(part.theirs != part.yours for part in merge.parts if isinstance(part, Choice))
    swapped = [Choice(p.yours, p.theirs, p.before) if isinstance(p, Choice) else p for p in mirrored.parts]
    assert list(merge.parts) == swapped


@given(st.lists(TEXTS.map(lambda text: text.replace("\n", "")), min_size=1, max_size=5), st.data())
def test_changes_of_different_lines_merge_without_a_choice(lines, data):
    """Each line is kept apart by one that nobody touches."""
    owners = [data.draw(st.sampled_from(["theirs", "yours", "nobody"])) for _ in lines]

    def side(name: str) -> str:
        changed = [f"{line}#" if owner == name else line for line, owner in zip(lines, owners, strict=True)]
        return "".join(f"{line}\n= {number} =\n" for number, line in enumerate(changed))

    merged = merge_changes(side("theirs"), side("yours"), side(""))

    both = [line if owner == "nobody" else f"{line}#" for line, owner in zip(lines, owners, strict=True)]
    assert merged.text == "".join(f"{line}\n= {number} =\n" for number, line in enumerate(both))


@pytest.mark.parametrize(
    ("theirs", "yours", "before", "parts"),
    [
        ("a big dog", "a small dog", "a dog", ("a ", Choice("big ", "small ", ""), "dog")),
        ("a cat", "a bird", "a dog", ("a ", Choice("cat", "bird", "dog"))),
        ("", "a dog!", "a dog", (Choice("", "a dog!", "a dog"),)),
        ("one two three", "ONE two THREE", "one two three", ("ONE two THREE",)),
        ("ONE two three", "one two THREE", "one two three", ("ONE two THREE",)),
    ],
)
def test_where_changes_meet_a_person_chooses(theirs, yours, before, parts):
    assert merge_changes(theirs, yours, before).parts == parts


def test_a_suggestion_holds_both():
    merge = merge_changes("a cat", "a bird", "a dog")

    assert merge.text is None
    assert merge.suggest_text() == "a catbird"
