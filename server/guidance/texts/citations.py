"""The sentences of a topic's text as a reader sees them, and the source numbers behind each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.token import Token

from server.guidance.texts.markdown import make_markdown_parser
from server.guidance.texts.tokens import BLOCK_KINDS, find_tokens

_CLOSERS = "\"'”’」』》）)】\\]"
_CITED = "\N{OBJECT REPLACEMENT CHARACTER}"
# A full stop ends a sentence only before a space and no small letter or digit ("Art. 3", "e.g. this").
_END = re.compile(rf"[。！？]+[{_CLOSERS}]*|[.!?…]+[{_CLOSERS}]*(?=\s+[^\sa-z0-9]|\s*\Z|\s*{_CITED})")
_CJK = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
_GAP_BETWEEN_CJK = re.compile(rf"(?<={_CJK}) (?={_CJK})")
_GAP_BEFORE_MARK = re.compile(r" (?=[,.;:!?，。；：！？、])")
_PARSER = make_markdown_parser()


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph or item as plain text, with its placeholders; `line` counts from 0 in the body."""

    kind: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """One `{src:…}` and the sentence before it, or None when there is none."""

    ids: tuple[str, ...]
    source: str
    line: int
    sentence: str | None


@lru_cache(maxsize=256)  # several rules look at the same text
def list_blocks(body: str) -> tuple[Block, ...]:
    """Return the blocks of a topic's body that a reader sees, without Markdown."""
    found: list[Block] = []
    parsed = _PARSER.parse(body)
    for place, token in enumerate(parsed):
        line = token.map[0] if token.map else 0
        if token.type == "inline":
            found.append(Block(parsed[place - 1].type.removesuffix("_open"), line, _strip_markdown(token)))
        elif token.content:
            found.append(Block("code", line, token.content))
    return tuple(found)


def list_citations(body: str) -> Iterator[Citation]:
    """Yield every citation of a topic's body, in order."""
    for block in list_blocks(body):
        text, cited = _remove_citations(block.text)
        spans = list(_find_spans(text))
        for at, ids, source, line in cited:
            last = len(text[:at].rstrip(f" \t\n{_CITED}")) - 1
            sentence = next((text[start:end] for start, end in spans if start <= last < end), "")
            says = block.kind == "paragraph" and re.search(r"\w", sentence) is not None
            yield Citation(ids, source, block.line + line, tidy_text(sentence) if says else None)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of one block of plain text."""
    return [tidy_text(text[start:end]) for start, end in _find_spans(text)]


def list_readable_paragraphs(body: str) -> list[str]:
    """Return the paragraphs and items of a topic's body without citations and cards."""
    found = (tidy_text(_remove_citations(block.text)[0]) for block in list_blocks(body) if block.kind == "paragraph")
    return [text for text in found if text and not any(token.kind in BLOCK_KINDS for token in find_tokens(text))]


def tidy_text(text: str) -> str:
    """Return a text on one line, without the gaps that line ends and citations leave."""
    text = " ".join(text.replace(_CITED, " ").split())
    return _GAP_BEFORE_MARK.sub("", _GAP_BETWEEN_CJK.sub("", text))


def _strip_markdown(inline: Token) -> str:
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(breaks.get(child.type, child.content) for child in inline.children or ())


def _remove_citations(text: str) -> tuple[str, list[tuple[int, tuple[str, ...], str, int]]]:
    """Return the text with a mark for each citation, and what they were: place, ids, source text, line."""
    parts: list[str] = []
    cited: list[tuple[int, tuple[str, ...], str, int]] = []
    end = length = 0
    for token in find_tokens(text):
        if token.kind == "src":
            parts += (text[end : token.start], _CITED)
            length += token.start - end + 1
            cited.append((length - 1, token.ids, token.source, text.count("\n", 0, token.start)))
            end = token.end
    return "".join((*parts, text[end:])), cited


def _find_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence begins and ends; the end of the text ends the last one."""
    start = 0
    for match in _END.finditer(text):
        yield start, match.end()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)
