"""The Markdown of topics: CommonMark, with emphasis that also works where no spaces stand between words."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize as tokenize_emphasis

# Chinese, Japanese and Korean letters and their full-width punctuation.
_CJK = re.compile(
    r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)


def make_markdown_parser() -> MarkdownIt:
    """Return the parser of a topic's body; HTML in it stays text."""
    parser = MarkdownIt("commonmark", {"html": False})
    parser.inline.ruler.at("emphasis", _tokenize_emphasis)
    return parser


def _tokenize_emphasis(state: StateInline, silent: bool) -> bool:
    """Find asterisks and underlines as CommonMark does, and let asterisks between CJK characters open and close.

    By CommonMark the second mark of `**进屋。**没有` cannot close: punctuation is before it and a letter after it.
    markdown-it-py's one plugin for this replaces a method of the parser's class for the whole process.

    Source: the CJK-friendly amendments to CommonMark's rules of flanking, https://github.com/tats-u/markdown-cjk-friendly
    """
    start, before = state.pos, len(state.delimiters)
    if not tokenize_emphasis(state, silent):
        return False
    if state.src[start] == "*":
        previous = state.src[start - 1] if start else " "
        following = state.src[state.pos] if state.pos < state.posMax else " "
        for delimiter in state.delimiters[before:]:
            delimiter.open = delimiter.open or _is_flanking(following, previous)
            delimiter.close = delimiter.close or _is_flanking(previous, following)
    return True


def _is_flanking(inner: str, outer: str) -> bool:
    """Return whether a mark belongs to the words on its inner side: CJK punctuation counts as a letter there."""
    if isWhiteSpace(ord(inner)):
        return False
    return not _is_foreign_punctuation(inner) or _is_foreign_punctuation(outer) or _is_open(outer)


def _is_foreign_punctuation(character: str) -> bool:
    return not _CJK.match(character) and (isMdAsciiPunct(ord(character)) or isPunctChar(character))


def _is_open(character: str) -> bool:
    return isWhiteSpace(ord(character)) or _CJK.match(character) is not None
