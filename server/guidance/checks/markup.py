"""Find marks that somebody meant as Markdown and that readers would see as they were typed, and marks of direction."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from server.guidance.texts.markdown import make_markdown_parser

# Turn the order of what follows: 110 is read as 011. Left-to-right texts need none of them.
DIRECTION_MARK = re.compile("[\N{ARABIC LETTER MARK}\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_CJK = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_TAG = r"</?[A-Za-z][^<>]*>"
_LINK = r"[\[［][^\[\]［］]*[\]］]\s?[(（]\s*[A-Za-z][\w:：/.\s-]*[)）]"
# What Markdown leaves of itself in a paragraph. Two and more underlines are a blank to fill in.
_LEFT_OVER = re.compile(rf"\*+(?=\S)|(?<=\S)\*+|＊＊+|(?<!_)_[^\s_](?:[^_]*[^\s_])?_(?!_)|{_LINK}|{_TAG}")
# Marks of lists and headings as people type them with a Chinese keyboard, or without the space that Markdown wants.
_LINE_START = re.compile(
    rf"\s*(?:[－﹣＊＋•●○◆◇■□▪·]\s*|[-+*](?=[{_CJK}])|[０-９]{{1,2}}[．.）)]|[0-9]{{1,2}}(?:．|[.)](?=[{_CJK}\s]))|[＃#]+|＞)"
)
# Texts that are no Markdown at all.
_IN_PLAIN_TEXT = re.compile(rf"\*\*|＊＊|{_LINK}|{_TAG}")
# Blocks that a page does not show as what they are; headings of other levels come to it.
_NOT_SHOWN = frozenset({"fence", "code_block", "hr", "html_block"})
_HEADINGS = frozenset({"h2", "h3"})
_ESCAPED = "\N{OBJECT REPLACEMENT CHARACTER}"
_PARSER = make_markdown_parser().disable("text_join")  # which would hide what was escaped with a backslash


def find_mark_in_plain_text(text: str) -> str | None:
    """Return a piece of Markdown or HTML in a text that is shown as it is typed, or None."""
    match = _IN_PLAIN_TEXT.search(text)
    return match[0] if match else None


def find_typed_marks(body: str) -> Iterator[tuple[int, str]]:
    """Yield line, from 0, and words of each mark of a topic's body that readers would see as typed, or not at all."""
    lines = body.split("\n")
    for token in _PARSER.parse(body):
        line = token.map[0] if token.map else 0
        if token.type in _NOT_SHOWN or (token.type == "heading_open" and token.tag not in _HEADINGS):
            yield line, lines[line].strip()
        for number, text in enumerate(_list_text_lines(token), line):
            match = _LINE_START.match(text) or _LEFT_OVER.search(text)
            if match:
                yield number, text[match.start() : match.start() + 40].strip()


def list_link_targets(body: str) -> list[tuple[int, str]]:
    """Return line, from 0, and address of every link that Markdown makes of a topic's body, however it is written."""
    found = []
    for token in _PARSER.parse(body):
        for child in token.children or ():
            if child.type == "link_open":
                found.append((token.map[0] if token.map else 0, str(child.attrGet("href"))))
    return found


def _list_text_lines(inline: Token) -> list[str]:
    """Return what is plain text in a paragraph, line by line."""
    if inline.type != "inline":
        return []
    parts = []
    for child in inline.children or ():
        breaks = child.type in ("softbreak", "hardbreak")
        parts.append("\n" if breaks else child.content if child.type == "text" else _ESCAPED)
    return "".join(parts).split("\n")
