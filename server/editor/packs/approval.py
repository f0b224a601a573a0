"""What an approval would break: the errors that would stop the next publish, of every region, because of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from server.editor.edits.baseline import UnitReader
from server.editor.edits.publications import UnitStates
from server.editor.packs.findings import Finding
from server.editor.packs.in_work import LocalesInWork
from server.editor.packs.loading import PackLoader
from server.editor.units.unit import Unit


class ApprovalCheck:
    """Find the errors that approving the newest revisions of some units would bring into the next publish."""

    def __init__(self, reader: UnitReader, packs: PackLoader, in_work: LocalesInWork) -> None:
        self._reader = reader
        self._packs = packs
        self._in_work = in_work

    def find_errors(self, units: Collection[Unit]) -> Sequence[Finding]:
        """Return the new errors, in any unit; none for what the other drafts mend once they are approved too.

        Without that exception an entry and its texts could never be approved one after the other.
        """
        edits = self._reader.list_edits()
        before = {edit.unit: edit.reviewed for edit in edits if edit.reviewed.n}
        drafted = {edit.unit: edit.head for edit in edits}
        after = before | {unit: drafted[unit] for unit in units}
        changed = {unit.region for unit in units}
        found: list[Finding] = []
        for region in self._packs.list_regions(after):
            if changed & {*self._packs.list_region_chain(region, after)}:
                new = self._find_new_errors(region, before, after, units)
                found += self._list_unmended_errors(region, new, drafted, units) if new else ()
        return found

    def _find_new_errors(
        self, region: str, before: UnitStates, after: UnitStates, units: Collection[Unit]
    ) -> list[Finding]:
        known = self._list_errors(region, before)
        new = [one for one in self._list_errors(region, after) if one not in known]
        if self._packs.load_pack(region, before).pack is not None:
            return new
        # What could not be read yesterday hid every other error: these texts answer for their own only.
        return [one for one in new if one.unit in units]

    def _list_unmended_errors(
        self, region: str, new: Sequence[Finding], drafted: UnitStates, units: Collection[Unit]
    ) -> list[Finding]:
        """Return the errors that are still there with every other draft that can be read."""
        usable = self._packs.load_usable_pack(region, drafted)
        left_out = {*usable.left_out} - {*units} if usable else set()
        still = self._list_errors(region, {unit: state for unit, state in drafted.items() if unit not in left_out})
        return [one for one in new if one in still]

    def _list_errors(self, region: str, states: UnitStates) -> Sequence[Finding]:
        return self._packs.check_region(region, states, self._in_work.find_tags(region, states)).errors
