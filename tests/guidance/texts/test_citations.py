"""Which sentence a citation stands behind, as a reader of the page sees it."""

from pathlib import Path

import pytest

from server.guidance.texts.citations import list_citations, list_readable_paragraphs, split_sentences
from tests.packs import check_errors, confirm, edit, tiny_pack

SENTENCES = {
    "the one before it": ("One. Two things. {src:L1} Three.", "Two things."),
    "on a line of its own": ("One.\nTwo things. {src:L1}\nThree.", "Two things."),
    "the Chinese one before it": ("门关着。没有同意，不能进。{src:L1} 这是法律。", "没有同意，不能进。"),
    "the whole of it, when the citation stands inside": ("One. Two {src:L1} and three. Four.", "Two and three."),
    "the whole of it, when the mark comes after": ("One. Two things {src:L1}.", "Two things."),
    "a beginning of a list": ("有三种，别混在一起：{src:L1}\n\n- 第一种", "有三种，别混在一起："),
    "a list item": ("- one\n- the **second** item {src:L1}\n- third", "the second item"),
    "a quotation": ("> Keep it shut. {src:L1}", "Keep it shut."),
    "without Markdown": ("**Hitting.** Read [the *next* part](topic:second), it `helps`. {src:L1}", "Read the next part, it helps."),
    "a question in quotation marks": ("They say “We know you”? Keep calm. {src:L1}", "Keep calm."),
    "not cut at an abbreviation": ("See Art. 3 of the act, e.g. its end. {src:L1}", "See Art. 3 of the act, e.g. its end."),
    "a small letter after a citation": ("One. {src:L1} two.", "One."),
    "a number after a citation": ("One. {src:L1} 18 is adult.", "One."),
    "the same for two citations": ("One. Two. {src:S2} {src:L1}", "Two."),
    "with its placeholder": ("Ring {contact:police}. {src:L1}", "Ring {contact:police}."),
    "over a line end in Chinese": ("没有同意，\n不能进。{src:L1}", "没有同意，不能进。"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_citation_belongs_to(body: str, sentence: str) -> None:
    found = {one: citation.sentence for citation in list_citations(body) for one in citation.ids}

    assert found["L1"] == sentence


NOTHING = {
    "at the start": "{src:L1} One.",
    "in a paragraph of its own": "One.\n\n{src:L1}\n\nTwo.",
    "at the start of an item": "- {src:L1} one",
    "in a heading": "## One {src:L1}",
    "in a block of code": "One.\n\n    two {src:L1}",
    "behind marks only": "— {src:L1}",
    "behind another citation only": "{src:S2} {src:L1}",
}


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
def test_a_citation_says_nothing(body: str) -> None:
    assert [citation.sentence for citation in list_citations(body) if "L1" in citation.ids] == [None]


def test_a_citation_without_a_sentence_is_an_error_that_names_its_line(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    edit(root, "en/topics/first-minute.md", "{say:who}", "Wait.\n\n- one\n- {src:L1} two")
    confirm(root)

    assert check_errors(root) == ["xa/en/topics/first-minute.md: body › line 14: no-sentence-before (value={src:L1})"]


def test_sentences_end_where_a_reader_stops() -> None:
    assert split_sentences("Stop! Who is it? Say: “Wait.” Then wait… and listen.") == [
        "Stop!",
        "Who is it?",
        "Say: “Wait.”",
        "Then wait… and listen.",
    ]
    assert split_sentences("先看。“谁呀？”再问！") == ["先看。", "“谁呀？”", "再问！"]


def test_headings_cards_and_citations_are_not_read() -> None:
    body = "## Head\n\nOne. {src:L1}\n\n{say:who}\n\n- two {contact:police}\n"

    assert list_readable_paragraphs(body) == ["One.", "two {contact:police}"]
