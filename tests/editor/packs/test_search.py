"""What the desk's search shows of a text that it has found."""

import pytest

from server.editor.packs.search import AROUND_CHARS, _cut_excerpt_around, simplify

FAR = "Something else that is said before it. " * 8


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("138-0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("Straße", "STRASSE"),
        ("police", "Police"),
    ],
    ids=["dashes", "full width", "longer when simplified", "capitals"],
)
def test_an_excerpt_shows_what_was_found_however_it_is_written(written: str, asked: str) -> None:
    before = "㌔ " + FAR  # one character that becomes two

    excerpt = _cut_excerpt_around(f"{before}{written}{FAR}", simplify(asked))

    assert written in excerpt
    assert len(excerpt) <= len(written) + len(simplify(asked)) + 2 * AROUND_CHARS + 2
