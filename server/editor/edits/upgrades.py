"""Edits whose baseline has changed since: a newer pack was shipped, or the parent region was edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.editor.edits.baseline import UnitReader
from server.editor.edits.model import Edit
from server.editor.units.content import Content, format_content, hash_content
from server.editor.units.text_diff import Merge, merge_changes
from server.editor.units.unit import Unit


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A unit for which a person must choose between the new baseline and the edit.

    `theirs` is the new baseline, `yours` the edit, `before` the old baseline; None means that the unit was removed. `head`
    is the number of the revision `yours`.
    """

    unit: Unit
    head: int
    theirs: Content | None
    yours: Content | None
    before: Content | None

    @property
    def merge(self) -> Merge:
        """Both changes in one text, tables as TOML, with a choice where both changed the same words."""
        return merge_changes(*(format_content(self.unit, one) for one in (self.theirs, self.yours, self.before)))


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
