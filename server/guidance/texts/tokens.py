"""The placeholders and links that pack texts may hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# {contact:police}  {hours:collection:from}  {src:L2,S46}  {address}
TOKEN = re.compile(r"\{(?P<kind>[a-z]+)(?::(?P<id>[A-Za-z0-9,\- ]+))?(?::(?P<part>[a-z]+))?\}")
LINK = re.compile(r"(?P<image>!)?\[(?P<words>[^\[\]\n]*)\]\((?P<target>[^()\n]*)\)")
BLOCK_KINDS = frozenset({"say", "rule", "never"})
INLINE_KINDS = frozenset({"contact", "hours"})
HOURS_PARTS = frozenset({"from", "to"})


@dataclass(frozen=True, slots=True)
class Token:
    """One placeholder; `ids` has several only for citations."""

    kind: str
    ids: tuple[str, ...]
    part: str | None
    source: str
    start: int
    end: int


def find_tokens(text: str) -> Iterator[Token]:
    """Yield every well-formed placeholder of a text, in order."""
    for match in TOKEN.finditer(text):
        ids = tuple(one.strip() for one in (match["id"] or "").split(",")) if match["id"] else ()
        yield Token(match["kind"], ids, match["part"], match[0], match.start(), match.end())


def replace_tokens(text: str) -> str:
    """Return the text with each placeholder replaced by a mark that joins with nothing."""
    return TOKEN.sub("\N{OBJECT REPLACEMENT CHARACTER}", text)


def is_own_paragraph(text: str, token: Token) -> bool:
    """Return whether a placeholder is a paragraph of its own."""
    before, after = text[: token.start], text[token.end :]
    starts = not before or before.isspace() or re.search(r"\n[ \t]*\n\Z", before) is not None
    ends = not after or after.isspace() or re.match(r"[ \t]*\n[ \t]*(?:\n|\Z)", after) is not None
    return starts and ends
