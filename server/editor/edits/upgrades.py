"""Edits whose baseline has changed, by a newer shipped pack or a parent's newer texts: theirs, yours, and the old baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.editor.edits.baseline import UnitReader
from server.editor.edits.model import Edit
from server.editor.units.content import Content, format_content, hash_content
from server.editor.units.text_diff import Merge, merge_words
from server.editor.units.unit import Unit


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One unit to decide on. None is a removed one; tables are merged as TOML.

    `head` is the revision of `yours`, on which the decision is made.
    """

    unit: Unit
    head: int
    theirs: Content | None
    yours: Content | None
    before: Content | None

    @property
    def merge(self) -> Merge:
        """Both changes in one text, with a choice where they meet."""
        return merge_words(*(format_content(self.unit, one) for one in (self.theirs, self.yours, self.before)))


def list_upgrades(reader: UnitReader, region: str | None = None) -> Iterator[Upgrade]:
    """Yield every edited unit whose baseline changed since the edit was begun or last compared with it."""
    for edit in reader.list_edits(region):
        found = find_upgrade(reader, edit)
        if found is not None:
            yield found


def find_upgrade(reader: UnitReader, edit: Edit) -> Upgrade | None:
    """Return the decision that an edit needs, or None when its baseline has not changed."""
    if edit.head.follows:
        return None
    below = reader.read_baseline(edit.unit)
    if hash_content(edit.unit, below) == edit.base:
        return None
    yours = reader.contents.read(edit.unit, edit.head.content)
    return Upgrade(edit.unit, edit.head.n, below, yours, reader.contents.read(edit.unit, edit.base))
