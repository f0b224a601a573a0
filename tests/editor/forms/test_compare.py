"""What a reviewer sees of two contents: each field that differs, word by word, and not what stays the same far away."""

from hypothesis import given
from hypothesis import strategies as st

from server.editor.forms.compare import CONTEXT_CHARS, compare_contents
from tests.editor.desks import POLICE, SAY, TOPIC

TOPIC_TEXT = (
    '+++\ntitle = "{title}"\nsummary = "S."\ndo = ["One.", "{do}"]\nnever = ["No.", "No."]\n+++\n\n## Body\n\n{body}\n'
)


def said(field, *kinds: str) -> str:
    return "".join(piece.text for piece in field.pieces if piece.kind in kinds)


@given(st.text(max_size=2000), st.text(max_size=2000))
def test_the_pieces_are_both_texts(old, new):
    """Nothing is left out of what is compared, and a field is shown exactly when its words differ."""
    fields = compare_contents(SAY, old, new)

    assert (fields == []) == (old == new)
    for field in fields:
        assert said(field, "same", "gap", "old") == old
        assert said(field, "same", "gap", "new") == new


def test_the_fields_of_a_topic_are_told_apart():
    old = TOPIC_TEXT.format(title="Old", do="Two.", body="Words.")
    new = TOPIC_TEXT.format(title="New", do="Three.", body="Words.")

    assert [field.name for field in compare_contents(TOPIC, old, new)] == ["title", "do"]


def test_a_topic_whose_head_cannot_be_read_is_compared_as_it_is():
    (field,) = compare_contents(TOPIC, "+++\ntitle = \n+++\nWords.", "No head at all.")

    assert field.name == ""
    assert said(field, "same", "gap", "new") == "No head at all."


def test_a_table_shows_fields_that_came_went_or_changed():
    old = {"id": "police", "number": "110", "languages": ["zh"], "app": {"name": "A"}, "one_tap": True}
    new = {"id": "police", "number": "112", "languages": ["zh", "en"], "one_tap": False, "cite": [{"lang": "en"}]}

    fields = {field.name: field for field in compare_contents(POLICE, old, new)}

    assert list(fields) == ["number", "languages", "app.name", "one_tap", "cite.1.lang"]
    assert (said(fields["one_tap"], "old"), said(fields["one_tap"], "new")) == ("true", "false")
    assert said(fields["app.name"], "new") == ""


def test_what_is_removed_and_what_is_new():
    assert said(compare_contents(SAY, "Words.", None)[0], "old") == "Words."
    assert said(compare_contents(SAY, None, "Words.")[0], "new") == "Words."
    assert compare_contents(SAY, None, None) == []


def test_what_stays_the_same_far_away_is_a_gap_and_no_word_is_cut():
    same = "unbreakable " * 200
    (field,) = compare_contents(SAY, f"{same}old {same}", f"{same}new {same}")

    kinds = [piece.kind for piece in field.pieces]
    assert kinds == ["gap", "same", "old", "new", "same", "gap"]
    near = [piece.text for piece in field.pieces if piece.kind == "same"]
    assert all(len(text) <= CONTEXT_CHARS and set(text.split()) == {"unbreakable"} for text in near)
