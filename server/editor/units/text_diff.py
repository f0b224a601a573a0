"""Compare texts word by word, and merge two changes of one text. Words of Chinese and its neighbours are characters."""

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
    """A stretch of text that both have, that was taken away (`old`) or put in (`new`)."""

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

    def suggestion(self) -> str:
        """Give a text to begin from: where there is a choice, theirs and after it yours."""
        return "".join(part if isinstance(part, str) else part.theirs + part.yours for part in self.parts)


Change = tuple[int, int, int, int]


def words(text: str) -> list[str]:
    """Give the words of a text and what stands between them; joined they are the text."""
    return _WORD.findall(text)


def word_diff(old: str, new: str) -> list[Piece]:
    """Give what became of `old`: its same and old pieces are `old`, its same and new pieces are `new`."""
    left, right, changes = _compared(old, new)
    pieces: list[Piece] = []
    done = 0
    for first, last, start, end in changes:
        pieces.append(Piece("same", "".join(left[done:first])))
        pieces.append(Piece("old", "".join(left[first:last])))
        pieces.append(Piece("new", "".join(right[start:end])))
        done = last
    pieces.append(Piece("same", "".join(left[done:])))
    return [piece for piece in pieces if piece.text]


def merge_words(theirs: str, yours: str, before: str) -> Merge:
    """Give both changes of `before` in one text; where they meet, a choice.

    Two changes meet when they touch the same words or words beside each other: what one put in may be about what the
    other took away. The same change made by both is one change.
    """
    base = words(before)
    left, right = words(theirs), words(yours)
    ours = [_moved(change, left) for change in _changes(base, left)]
    others = [_moved(change, right) for change in _changes(base, right)]
    parts: list[str | Choice] = []
    done = 0
    while ours or others:
        start, end, mine, other = _together(ours, others)
        parts.append("".join(base[done:start]))
        old = "".join(base[start:end])
        one, two = _laid(base, start, end, mine), _laid(base, start, end, other)
        if one == two or two == old:
            parts.append(one)
        elif one == old:
            parts.append(two)
        else:
            parts.append(Choice(one, two, old))
        done = end
    parts.append("".join(base[done:]))
    return Merge(_joined(parts))


Edit = tuple[int, int, str]


def _moved(change: Change, side: Sequence[str]) -> Edit:
    first, last, start, end = change
    return first, last, "".join(side[start:end])


def _together(ours: list[Edit], others: list[Edit]) -> tuple[int, int, list[Edit], list[Edit]]:
    """Take the next changes off both lists that meet, with the stretch of the base that they cover."""
    taken: tuple[list[Edit], list[Edit]] = ([], [])
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


def _laid(base: Sequence[str], start: int, end: int, edits: Sequence[Edit]) -> str:
    """Give the stretch of the base from `start` to `end` with one side's changes."""
    parts: list[str] = []
    for first, last, text in edits:
        parts += ("".join(base[start:first]), text)
        start = last
    return "".join((*parts, *base[start:end]))


def _joined(parts: Sequence[str | Choice]) -> tuple[str | Choice, ...]:
    joined: list[str | Choice] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return tuple(joined)


def _compared(old: str, new: str) -> tuple[list[str], list[str], list[Change]]:
    left, right = words(old), words(new)
    return left, right, _changes(left, right)


def _changes(left: Sequence[str], right: Sequence[str]) -> list[Change]:
    """Give where `right` differs: `left[a:b]` became `right[c:d]`, in order."""
    if len(left) * len(right) <= MANY_WORDS**2:
        return _opcodes(left, right)
    found: list[Change] = []
    lines, others = _lines(left), _lines(right)
    starts, ends = _starts(lines), _starts(others)
    for a, b, c, d in _opcodes(lines, others):
        inner_left, inner_right = left[starts[a] : starts[b]], right[ends[c] : ends[d]]
        if len(inner_left) * len(inner_right) > MANY_WORDS**2:
            found.append((starts[a], starts[b], ends[c], ends[d]))
            continue
        found += [
            (starts[a] + i, starts[a] + j, ends[c] + k, ends[c] + m) for i, j, k, m in _opcodes(inner_left, inner_right)
        ]
    return found


def _opcodes(left: Sequence[object], right: Sequence[object]) -> list[Change]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def _lines(words_: Sequence[str]) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    line: list[str] = []
    for word in words_:
        line.append(word)
        if word == "\n":
            lines.append(tuple(line))
            line = []
    return [*lines, tuple(line)] if line else lines


def _starts(lines: Sequence[tuple[str, ...]]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts
