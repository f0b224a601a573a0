"""What going back to an earlier release would change on phones, shown before anybody does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.editor.edits.model import UNPUBLISHED, State
from server.editor.edits.publications import Ledger
from server.editor.releases.plan import PageChange
from server.editor.releases.planner import list_page_changes
from server.editor.units.unit import Unit
from server.publish.data_folder.release import DataFolder


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """The states of each unit that changes, now and then, and the pages that change."""

    units: tuple[tuple[Unit, State, State], ...]
    pages: tuple[PageChange, ...]


def plan_rollback(ledger: Ledger, folder: DataFolder, release: str) -> RollbackPlan:
    """Return what going back to a release would change.

    Raises:
        DataFolderError: One of the two releases cannot be read.
    """
    of = ledger.find_publication(release)
    now, then = ledger.read_states(), ledger.read_states(of) if of else {}
    states = ((unit, now.get(unit, UNPUBLISHED), then.get(unit, UNPUBLISHED)) for unit in sorted(now.keys() | then))
    changed = tuple(one for one in states if not one[1].has_same_content(one[2]))
    return RollbackPlan(changed, tuple(_list_changed_pages(folder, release)))


def _list_changed_pages(folder: DataFolder, release: str) -> Iterator[PageChange]:
    old, new = folder.read_current().slices, folder.read_release(release).slices
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            before, after = (folder.read_slice(key, one[key]) if key in one else None for one in (old, new))
            yield from list_page_changes(key, before, after)
