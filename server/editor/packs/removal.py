"""Remove a region or a language that was made at the desk and never reached a phone: its edits and their history, whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from server.auth.audit import make_audit_line
from server.auth.errors import AccessDenied
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import UnitReader
from server.editor.edits.model import EDIT, GONE_LINE, LAST_NUMBER, REVISIONS, Edit
from server.editor.edits.publications import CURRENT, PUBLISHED, Ledger
from server.editor.edits.review import NOTES
from server.editor.packs.in_work import LocalesInWork
from server.editor.packs.loading import PackLoader
from server.editor.units.errors import PlaceRefused, UnknownPlace
from server.editor.units.unit import Unit, make_entry_unit
from server.guidance.model.pack import Pack
from server.store.errors import Conflict
from server.store.protocol import Append, Delete, Put, StoreChange

# How often a removal is tried again when somebody saved or published at the same moment.
TRIES = 20


class Removals:
    """What may be removed whole, and removing it."""

    def __init__(self, reader: UnitReader, ledger: Ledger, packs: PackLoader, in_work: LocalesInWork) -> None:
        self._reader = reader
        self._ledger = ledger
        self._packs = packs
        self._in_work = in_work

    def find_reason_to_keep_region(self, region: str) -> str:
        """Return why a region cannot be removed: "shipped", "published" or "parts"; "" when it can.

        Raises:
            UnknownPlace: There is no such region.
        """
        states = {edit.unit: edit.head for edit in self._reader.list_edits()}
        if region not in self._packs.list_regions(states):
            raise UnknownPlace(f"no region {region[:20]!r}")
        if region in self._reader.shipped.list_regions():
            return "shipped"
        if self._in_work.is_released(region) or self._was_published(lambda unit: unit.region == region):
            return "published"
        return "parts" if any(self._packs.list_regions_below(region, states)) else ""

    def find_reason_to_keep_locale(self, pack: Pack, tag: str) -> str:
        """Return why a region's language cannot be removed: "needed", "published" or "borrowed"; "" when it can.

        Regions below that would lose it too are asked as well.

        Raises:
            UnknownPlace: The region has no language of its own with that tag.
        """
        unit = make_entry_unit(pack.id, "locale", tag)
        if tag not in pack.locales or (self._reader.find_edit(unit) is None and self._in_work.is_new(unit)):
            raise UnknownPlace(f"{pack.id} has no language {tag[:40]!r}")
        if tag in (pack.source_locale, pack.spoken_locale):
            return "needed"
        leaving = {edit.unit for edit in self.list_locale_edits(pack.id, tag)} | {unit}
        if not self._in_work.is_new(unit) or self._was_published(leaving.__contains__):
            return "published"
        return self._find_need_below(pack, tag)

    def list_region_edits(self, region: str) -> list[Edit]:
        """Return the edits that go with a region."""
        return self._reader.list_edits(region)

    def list_locale_edits(self, region: str, tag: str) -> list[Edit]:
        """Return the edits that go with a language of a region: its entry, and its texts there and in the regions below.

        A region below that has an entry of its own for the language keeps its texts, and so do those below that one.
        """
        edits = self._reader.list_edits()
        regions = {region, *self._list_regions_that_inherit(region, tag, edits)}
        entry = make_entry_unit(region, "locale", tag)
        return [one for one in edits if one.unit == entry or (one.unit.region in regions and one.unit.locale == tag)]

    def _list_regions_that_inherit(self, region: str, tag: str, edits: Sequence[Edit]) -> list[str]:
        """Return the regions below that have the language from this region alone."""
        states = {edit.unit: edit.head for edit in edits}
        own = {edit.unit for edit in edits if edit.head.content or edit.reviewed.content}

        def has_own(one: str) -> bool:
            entry = make_entry_unit(one, "locale", tag)
            return entry in own or entry.key in self._reader.shipped.read_all_entries(one, entry.path)

        def list_between(one: str) -> Sequence[str]:
            chain = self._packs.list_region_chain(one, states)
            return chain[: chain.index(region)]

        below = self._packs.list_regions_below(region, states)
        return [one for one in below if not any(map(has_own, list_between(one)))]

    def _find_need_below(self, pack: Pack, tag: str) -> str:
        """Return why this region, or one below that has the language from it, cannot lose it: "needed", "borrowed" or ""."""
        edits = self._reader.list_edits()
        states = {edit.unit: edit.head for edit in edits}
        below = [
            self._packs.load_usable_pack(one, states) for one in self._list_regions_that_inherit(pack.id, tag, edits)
        ]
        packs = [pack, *(usable.pack for usable in below if usable is not None)]
        if any(tag in (one.source_locale, one.spoken_locale) for one in packs):
            return "needed"
        return "borrowed" if any(locale.fallback == tag for one in packs for locale in one.locales.values()) else ""

    def remove_region(self, person: Person, region: str) -> None:
        """Remove a region whole, with what anybody wrote in it.

        Raises:
            AccessDenied: This person may not edit.
            UnknownPlace, PlaceRefused: There is no such region, or it cannot be removed; `reason` tells why.
        """
        self._remove_place(
            lambda: self.find_reason_to_keep_region(region),
            lambda: self.list_region_edits(region),
            person,
            make_audit_line(person, "pack.removed", region),
        )

    def remove_locale(self, person: Person, load_pack: Callable[[], Pack], tag: str) -> None:
        """Remove a language of a region whole, with its texts. Raises as `remove_region`."""
        region = load_pack().id
        self._remove_place(
            lambda: self.find_reason_to_keep_locale(load_pack(), tag),
            lambda: self.list_locale_edits(region, tag),
            person,
            make_audit_line(person, "translation.removed", f"{region}/{tag}"),
        )

    def _remove_place(
        self, find_reason: Callable[[], str], list_edits: Callable[[], Sequence[Edit]], person: Person, line: Append
    ) -> None:
        if not person.may(Permission.EDIT):
            raise AccessDenied(f"{person.name} may not edit")
        store = self._reader.store
        for _ in range(TRIES):
            published = store.get(PUBLISHED, CURRENT)
            edits = list_edits()
            if reason := find_reason():
                raise PlaceRefused(reason)
            noted = {entry.key for entry in store.entries(NOTES)}
            steps: list[StoreChange] = []
            if published is not None:
                # A publish at the same moment must not bring to phones what is removed here: one of the two fails.
                steps.append(Put(PUBLISHED, CURRENT, published.body, expect=published.version))
            for edit in edits:
                steps.append(Delete(EDIT, str(edit.unit), expect=edit.version))
                steps.append(Put(LAST_NUMBER, str(edit.unit), {"n": edit.head.n}))
                gone = GONE_LINE | {"by": person.id, "by_name": person.name}
                steps.append(Append(REVISIONS, gone, key=str(edit.unit)))
                if str(edit.unit) in noted:
                    steps.append(Append(NOTES, gone, key=str(edit.unit)))
            try:
                store.commit([*steps, line])
                return
            except Conflict:
                continue
        raise PlaceRefused("busy")

    def _was_published(self, is_part: Callable[[Unit], bool]) -> bool:
        """Return whether any publication had an edit of the place."""
        return any(is_part(unit) for one in self._ledger.list_publications() for unit in self._ledger.read_states(one))
