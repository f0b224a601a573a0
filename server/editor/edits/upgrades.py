"""Where a newer shipped pack, or a parent's newer words, meet an edit: theirs, yours, and what the edit was made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.editor.edits.baseline import Ground
from server.editor.edits.model import Edit
from server.editor.units.content import Content, as_text, digest
from server.editor.units.text_diff import Merge, merge_words
from server.editor.units.unit import Unit


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One unit to decide on. None is a removed one; for tables the texts that merge are TOML.

    `head` is the revision of `yours`, what the decision is made on.
    """

    unit: Unit
    head: int
    theirs: Content | None
    yours: Content | None
    before: Content | None

    @property
    def merge(self) -> Merge:
        """Both changes in one text, with a choice where they meet."""
        return merge_words(*(as_text(self.unit, one) for one in (self.theirs, self.yours, self.before)))


def upgrades(ground: Ground, region: str | None = None) -> Iterator[Upgrade]:
    """Yield every edited unit whose shipped words changed since the edit was begun or last compared with them."""
    for edit in ground.edits(region):
        found = upgrade(ground, edit)
        if found is not None:
            yield found


def upgrade(ground: Ground, edit: Edit) -> Upgrade | None:
    """Give what is to be decided on an edit, or None when nothing changed below it."""
    if edit.head.follows:
        return None
    below = ground.below(edit.unit)
    if digest(edit.unit, below) == edit.base:
        return None
    yours = ground.contents.read(edit.unit, edit.head.content)
    return Upgrade(edit.unit, edit.head.n, below, yours, ground.contents.read(edit.unit, edit.base))
