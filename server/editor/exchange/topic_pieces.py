"""A topic's file split into pieces for a translator, and back: title, summary, each line, each paragraph."""

from __future__ import annotations

import re
from collections.abc import Mapping

import tomli_w

from server.guidance.files.toml import FENCE, Table, split_front_matter

# The fields of the front matter that people read: one text each, or one text for each line.
SINGLE = ("title", "summary")
LISTS = ("do", "never", "words")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


def split_pieces(raw: str) -> dict[str, str] | None:
    """Return the texts of a topic's file by piece, `title`, `do.1`, `body.3`; None when it cannot be read."""
    parts = split_front_matter(raw, "", [])
    if parts is None:
        return None
    front, body = parts
    found = {name: str(front[name]) for name in SINGLE if name in front}
    for name in LISTS:
        lines = front.get(name)
        found |= {
            f"{name}.{number}": str(line) for number, line in enumerate(lines if isinstance(lines, list) else (), 1)
        }
    return found | {f"body.{number}": text for number, text in enumerate(_split_paragraphs(body), 1)}


def align_pieces(source: Mapping[str, str], translated: Mapping[str, str]) -> dict[str, str]:
    """Return the pieces of a translation that have a counterpart in the source; whole groups only.

    Lines and paragraphs are only numbered, so nothing of a group fits when its length differs.
    """

    def find_piece_group(name: str) -> str:
        return name.partition(".")[0]

    lengths = [
        {one: sum(find_piece_group(name) == one for name in side) for one in map(find_piece_group, side)}
        for side in (source, translated)
    ]
    return {
        name: text
        for name, text in translated.items()
        if lengths[0].get(find_piece_group(name)) == lengths[1][find_piece_group(name)]
    }


def assemble_topic(source: str, texts: Mapping[str, str]) -> str | None:
    """Return a topic's file with the pieces of `source` replaced; None when one is missing.

    The number of everyday search words may differ from the source: those that exist are used.
    """
    wanted, parts = split_pieces(source), split_front_matter(source, "", [])
    if wanted is None or parts is None:
        return None
    missing = [name for name in wanted if not texts.get(name, "").strip() and not name.startswith("words.")]
    if missing:
        return None
    front: Table = dict(parts[0])
    for name in SINGLE:
        if name in wanted:
            front[name] = texts[name].strip()
    for name in LISTS:
        if name in front:
            front[name] = [
                texts[one].strip() for one in wanted if one.startswith(f"{name}.") and texts.get(one, "").strip()
            ]
    body = "\n\n".join(texts[name].strip("\n") for name in wanted if name.startswith("body."))
    return f"{FENCE}\n{tomli_w.dumps(front)}{FENCE}\n{body}\n"


def _split_paragraphs(body: str) -> list[str]:
    return [one for one in _PARAGRAPHS.split(body.strip("\n")) if one.strip()]
