"""Compare texts word by word, and merge two changes of one text. In Chinese and scripts without spaces, each character is a word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# A letter of a script that is written without spaces, a run of other letters and digits, a line's end, a run of spaces,
# or one other character.
_WORD = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W_]+|\n|[^\S\n]+|."
)
# A comparison by words costs up to the product of both lengths; longer texts are first compared line by line.
MANY_WORDS = 3000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is in both texts (`same`), was removed (`old`) or added (`new`)."""

    kind: Literal["same", "old", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A place where both changed the same words: a person must choose."""

    theirs: str
    yours: str
    before: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Both changes in one text, in stretches. `text` is the whole when there is nothing to choose, else None."""

    parts: tuple[str | Choice, ...]

    @property
    def text(self) -> str | None:
        """The merged text, or None when a person must choose."""
        if any(isinstance(part, Choice) for part in self.parts):
            return None
        return "".join(str(part) for part in self.parts)

    def suggest_text(self) -> str:
        """Return a text to begin from: where there is a choice, theirs followed by yours."""
        return "".join(part if isinstance(part, str) else part.theirs + part.yours for part in self.parts)


Opcode = tuple[int, int, int, int]


def split_words(text: str) -> list[str]:
    """Return the words of a text and what is between them; joined they are the text."""
    return _WORD.findall(text)


def diff_words(old: str, new: str) -> list[Piece]:
    """Return how `old` became `new`: the same and old pieces are `old`, the same and new pieces are `new`."""
    left, right, changes = _compare_words(old, new)
    pieces: list[Piece] = []
    done = 0
    for first, last, start, end in changes:
        pieces.append(Piece("same", "".join(left[done:first])))
        pieces.append(Piece("old", "".join(left[first:last])))
        pieces.append(Piece("new", "".join(right[start:end])))
        done = last
    pieces.append(Piece("same", "".join(left[done:])))
    return [piece for piece in pieces if piece.text]


def merge_changes(theirs: str, yours: str, before: str) -> Merge:
    """Return both changes of `before` merged into one text, with a choice where they meet.

    Two changes meet when they touch the same words or words beside each other: what one put in may be about what the
    other took away. The same change made by both is one change.
    """
    base = split_words(before)
    left, right = split_words(theirs), split_words(yours)
    ours = [_make_replacement(change, left) for change in _find_changes(base, left)]
    others = [_make_replacement(change, right) for change in _find_changes(base, right)]
    parts: list[str | Choice] = []
    done = 0
    while ours or others:
        start, end, mine, other = _remove_overlapping(ours, others)
        parts.append("".join(base[done:start]))
        old = "".join(base[start:end])
        one, two = _apply_replacements(base, start, end, mine), _apply_replacements(base, start, end, other)
        if one == two or two == old:
            parts.append(one)
        elif one == old:
            parts.append(two)
        else:
            parts.append(Choice(one, two, old))
        done = end
    parts.append("".join(base[done:]))
    return Merge(_join_parts(parts))


Replacement = tuple[int, int, str]


def _make_replacement(change: Opcode, side: Sequence[str]) -> Replacement:
    first, last, start, end = change
    return first, last, "".join(side[start:end])


def _remove_overlapping(
    ours: list[Replacement], others: list[Replacement]
) -> tuple[int, int, list[Replacement], list[Replacement]]:
    """Remove the next changes that meet from both lists. Return them with the stretch of the base that they cover."""
    taken: tuple[list[Replacement], list[Replacement]] = ([], [])
    sides = (ours, others)
    first = 0 if not others or (ours and ours[0][:2] <= others[0][:2]) else 1
    taken[first].append(sides[first].pop(0))
    start, end = taken[first][0][:2]
    grew = True
    while grew:
        grew = False
        for side, list_ in zip(sides, taken, strict=True):
            while side and side[0][0] <= end:
                list_.append(side.pop(0))
                end = max(end, list_[-1][1])
                grew = True
    return start, end, *taken


def _apply_replacements(base: Sequence[str], start: int, end: int, edits: Sequence[Replacement]) -> str:
    """Return the base from `start` to `end` with the changes of one side."""
    parts: list[str] = []
    for first, last, text in edits:
        parts += ("".join(base[start:first]), text)
        start = last
    return "".join((*parts, *base[start:end]))


def _join_parts(parts: Sequence[str | Choice]) -> tuple[str | Choice, ...]:
    joined: list[str | Choice] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return tuple(joined)


def _compare_words(old: str, new: str) -> tuple[list[str], list[str], list[Opcode]]:
    left, right = split_words(old), split_words(new)
    return left, right, _find_changes(left, right)


def _find_changes(left: Sequence[str], right: Sequence[str]) -> list[Opcode]:
    """Return where `right` differs: `left[a:b]` became `right[c:d]`, in order."""
    if len(left) * len(right) <= MANY_WORDS**2:
        return _list_opcodes(left, right)
    found: list[Opcode] = []
    lines, others = _split_lines(left), _split_lines(right)
    starts, ends = _list_line_starts(lines), _list_line_starts(others)
    for a, b, c, d in _list_opcodes(lines, others):
        inner_left, inner_right = left[starts[a] : starts[b]], right[ends[c] : ends[d]]
        if len(inner_left) * len(inner_right) > MANY_WORDS**2:
            found.append((starts[a], starts[b], ends[c], ends[d]))
            continue
        found += [
            (starts[a] + i, starts[a] + j, ends[c] + k, ends[c] + m)
            for i, j, k, m in _list_opcodes(inner_left, inner_right)
        ]
    return found


def _list_opcodes(left: Sequence[object], right: Sequence[object]) -> list[Opcode]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def _split_lines(words_: Sequence[str]) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    line: list[str] = []
    for word in words_:
        line.append(word)
        if word == "\n":
            lines.append(tuple(line))
            line = []
    return [*lines, tuple(line)] if line else lines


def _list_line_starts(lines: Sequence[tuple[str, ...]]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts
