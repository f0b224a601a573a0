"""The desk: all operations on edits for the web, the command line and the importers. Each part is a module."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from server.auth.gate import get_utc_now
from server.auth.roles import Person
from server.editor.edits.baseline import UnitReader
from server.editor.edits.blobs import Contents
from server.editor.edits.drafts import Drafts
from server.editor.edits.model import UNPUBLISHED, Draft, State, Status
from server.editor.edits.new_places import make_locale_unit, make_subregion_changes
from server.editor.edits.publications import Ledger, UnitStates
from server.editor.edits.review import People, Reviews
from server.editor.edits.saving import Clock, may_write
from server.editor.edits.upgrades import Upgrade, list_upgrades
from server.editor.exchange.importing import ImportResult, export_zip, import_zip
from server.editor.exchange.po import PoImportResult, export_po, import_po
from server.editor.packs.approval import ApprovalCheck
from server.editor.packs.findings import CheckedPack, Finding
from server.editor.packs.in_work import LocalesInWork
from server.editor.packs.loading import PackLoader, UsablePack, drop_locales
from server.editor.packs.ordering import move_entry_in_head
from server.editor.packs.preview import Preview, Previews
from server.editor.packs.progress import LocaleProgress, TextRow, list_text_rows, measure_progress
from server.editor.packs.reminders import SPANS, DueCheck, find_due_checks
from server.editor.packs.removal import Removals
from server.editor.releases.planner import Planner
from server.editor.releases.publishing import Publishing, Turn
from server.editor.releases.taken_back import TakenBack, find_taken_back
from server.editor.units.content import Content
from server.editor.units.errors import ContentRefused, PlaceRefused, UnknownPlace
from server.editor.units.unit import Kind, Unit, make_head_unit
from server.guidance.model.pack import Pack
from server.publish.build import Sources
from server.publish.data_folder.release import DataFolder
from server.store.protocol import Store


class Desk:
    """One organisation's desk. Safe to use from several threads, and from several processes on one store.

    Args:
        store: Where edits, revisions and the record of publications are kept.
        packs: The folder of shipped packs, the baseline of the edits.
        folder: What phones are served from.
        sources: What a release is made of, apart from the edits.
        people: Returns everybody who may sign in now; a review needs another person, if there is one.
        turn: What to hold while the channel changes, `lambda: SharedReleases(store).hold_publish_turn(folder)`.
    """

    def __init__(
        self,
        store: Store,
        packs: Path,
        folder: DataFolder,
        sources: Sources,
        *,
        people: People,
        turn: Turn = contextlib.nullcontext,
        clock: Clock = get_utc_now,
    ) -> None:
        self.store = store
        self.packs = packs
        self.folder = folder
        self.sources = sources
        self.contents = Contents(store)
        self.reader = UnitReader(store, packs, self.contents)
        self.ledger = Ledger(store, self.contents)
        self.edits = Drafts(self.reader, self.ledger, clock)
        self._packs = PackLoader(self.reader.shipped, self.contents)
        self._previews = Previews(sources)
        self._in_work = LocalesInWork(self._packs, self.reader.shipped, folder)
        self._removals = Removals(self.reader, self.ledger, self._packs, self._in_work)
        self.approvals = ApprovalCheck(self.reader, self._packs, self._in_work)
        self.reviews = Reviews(self.reader, self.ledger, self.edits, people, self.approvals.find_errors, clock)
        planner = Planner(self.reader, self.ledger, self._packs, folder, sources)
        self.publishing = Publishing(store, self.ledger, folder, sources, planner, clock, turn)

    def read_published(self, unit: Unit) -> Content | None:
        """Return the content of a unit on phones; None when it is removed there."""
        return self.read_state(unit, self.ledger.read_state(unit) or UNPUBLISHED)

    def read_state(self, unit: Unit, state: State) -> Content | None:
        """Return the content of a unit in one of its states."""
        return self.reader.read_baseline(unit) if state.follows else self.contents.read(unit, state.content)

    def list_drafts(self, region: str | None = None) -> list[Draft]:
        """Return every edited unit of which phones do not have everything, in order of the units' names."""
        taken = self.ledger.read_states()
        states = [(edit, taken.get(edit.unit, UNPUBLISHED)) for edit in self.reader.list_edits(region)]
        return [self.edits.make_draft(edit, state) for edit, state in states if not edit.is_published_as(state)]

    def find_taken_back(self) -> TakenBack | None:
        """Return the last rollback with the approved texts that it took back, or None."""
        return find_taken_back(self.ledger, self.reader.list_edits())

    # ---- whole packs ----

    def list_regions(self) -> list[str]:
        """Return every region: the shipped ones, and those that were made on the desk."""
        return self._packs.list_regions(self._list_drafted_states())

    def load_usable_pack(self, region: str, *, with_drafts: bool = True) -> UsablePack | None:
        """Return a region's pack for lists and previews; drafts that cannot be read are left out, with the reason.

        Without drafts it holds what a publish would include: the reviewed states.
        """
        return self._packs.load_usable_pack(
            region, self._list_drafted_states() if with_drafts else self._list_reviewed_states()
        )

    def check_region(self, region: str, *, with_drafts: bool = True) -> CheckedPack:
        """Return what the checker finds in a region, with all drafts or with reviewed states only; `group_by_unit()` sorts it.

        Languages in work are left out: they stop no publish.
        """
        states = self._list_drafted_states() if with_drafts else self._list_reviewed_states()
        return self._packs.check_region(region, states, self._in_work.find_tags(region, states))

    def make_locale_preview(self, region: str, locale: str, *, with_drafts: bool = True) -> Preview | None:
        """Return the pages of a region in one language as phones would show them; None when there is no such region or language."""
        usable = self.load_usable_pack(region, with_drafts=with_drafts)
        return self._previews.make_locale_preview(usable, locale) if usable else None

    def check_unit(self, unit: Unit) -> tuple[Finding, ...]:
        """Return what the checker finds in one unit's newest state; fast enough to run after every autosave."""
        states = self._list_drafted_states()
        return self._packs.check_unit(unit, states, self._in_work.find_tags(unit.region, states))

    def _list_drafted_states(self) -> UnitStates:
        return {edit.unit: edit.head for edit in self.reader.list_edits()}

    def _list_reviewed_states(self) -> UnitStates:
        return {edit.unit: edit.reviewed for edit in self.reader.list_edits() if edit.reviewed.n}

    # ---- languages ----

    def list_text_rows(self, region: str, locale: str) -> list[TextRow]:
        """Return every text of a region to translate, door sentences first, with its source and state.

        Raises:
            UnknownPlace: There is no such region or language.
        """
        return list_text_rows(self._require_locale(region, locale), locale)

    def measure_progress(self, region: str) -> list[LocaleProgress]:
        """Return how far each language of a region has come. Raises UnknownPlace."""
        pack = self._require_pack(region)
        return [measure_progress(pack, tag) for tag in pack.locales]

    def list_locales(self) -> list[tuple[str, str]]:
        """Return tag and name of every language that a region has on this desk, in work or not, by tag."""
        found: dict[str, str] = {}
        for region in self.list_regions():
            units = [*self.reader.shipped.list_own_units(region), *(one.unit for one in self.reader.list_edits(region))]
            for unit in units:
                content = self.reader.read_newest_content(unit) if unit.key.startswith("locale:") else None
                if isinstance(content, dict):
                    found.setdefault(unit.entry[1], str(content.get("name") or unit.entry[1]))
        return sorted(found.items())

    def find_locales_in_work(self, region: str) -> frozenset[str]:
        """Return the tags of a region's languages that stop no publish, because they are not whole and not on phones."""
        return self._in_work.find_tags(region, self._list_drafted_states())

    def load_pack_of_whole_locales(self, region: str) -> Pack:
        """Return a region's pack with its drafts and without its languages in work. Raises UnknownPlace."""
        return drop_locales(self._require_pack(region), self.find_locales_in_work(region))

    def add_locale(
        self, person: Person, region: str, tag: str, *, name: str, direction: str = "ltr", fallback: str
    ) -> Draft:
        """Add a language without texts to a region; phones get it once its door sentences are complete and current.

        Raises:
            AccessDenied: This person may not edit.
            UnknownPlace, PlaceRefused: There is no such region, or the language cannot be added.
        """
        pack = self._require_pack(region)
        if fallback in self.find_locales_in_work(region):
            raise PlaceRefused("fallback", f"{region}: {fallback!r} is not whole, so nothing can be borrowed from it")
        unit, content = make_locale_unit(pack, tag, name=name, direction=direction, fallback=fallback)
        return self.edits.save(person, unit, content, seen=self.edits.get_draft(unit).head)

    def add_subregion(self, person: Person, parent: str, code: str, names: Mapping[str, str]) -> list[Draft]:
        """Add a region below another one. It has the contents of its parent, but for its name in each whole language.

        Raises:
            AccessDenied: This person may not edit.
            UnknownPlace, PlaceRefused: There is no such parent, or the region cannot be added.
        """
        return self.edits.save_all(
            person,
            make_subregion_changes(self.reader, self.load_pack_of_whole_locales(parent), code, names),
            why="save",
        )

    def move_entry(self, person: Person, region: str, kind: str, one: str, place: int, *, seen: int) -> Draft:
        """Put a topic, contact or check at another place among its kind; `seen` is that of the region's head.

        Raises:
            AccessDenied, EditConflict: As for `Drafts.save`.
            UnknownPlace: There is no such region.
        """
        pack, head = self._require_pack(region), make_head_unit(region)
        content = move_entry_in_head(self.edits.get_draft(head).content, pack, kind, one, place)
        return self.edits.save(person, head, content, seen=seen, autosave=True)

    def list_own_units(self, region: str) -> list[Unit]:
        """Return what a sub-region says itself, drafts included; nothing for a region that inherits nothing."""
        parent = self.reader.find_parent_region(region)
        if parent is None:
            return []
        edited = [one.unit for one in self.reader.list_edits(region) if not one.head.follows]
        units = {*self.reader.shipped.list_own_units(region), *edited}
        return [
            unit
            for unit in sorted(units)
            if unit.kind not in (Kind.MADE_FROM, Kind.HEAD)
            and self.reader.read_newest_content(unit) != self.reader.read_newest_content(unit.in_region(parent))
        ]

    def hand_in_region(self, person: Person, region: str) -> list[Draft]:
        """Hand in, all or none, every draft of a region that this person may write and that was not handed in."""
        drafts = [one for one in self.list_drafts(region) if one.status is Status.DRAFT and may_write(person, one.unit)]
        return self.reviews.submit_revisions(person, [(one.unit, one.head) for one in drafts])

    def may_remove_region(self, region: str) -> bool:
        """Return whether a region was made here and never reached a phone, and none is below it. Raises UnknownPlace."""
        return not self._removals.find_reason_to_keep_region(region)

    def count_region_edits(self, region: str) -> int:
        """Return how many texts go when a region is removed."""
        return len(self._removals.list_region_edits(region))

    def remove_region(self, person: Person, region: str) -> None:
        """Remove a region that was never published, whole. Raises AccessDenied, UnknownPlace, PlaceRefused."""
        self._removals.remove_region(person, region)

    def may_remove_locale(self, region: str, tag: str) -> bool:
        """Return whether a language was added here and never reached a phone, and nothing needs it."""
        try:
            return not self._removals.find_reason_to_keep_locale(self._require_pack(region), tag)
        except UnknownPlace:
            return False

    def count_locale_edits(self, region: str, tag: str) -> int:
        """Return how many texts go when a language is removed."""
        return len(self._removals.list_locale_edits(region, tag))

    def remove_locale(self, person: Person, region: str, tag: str) -> None:
        """Remove a language that was never published, with its texts. Raises AccessDenied, UnknownPlace, PlaceRefused."""
        self._removals.remove_locale(person, lambda: self._require_pack(region), tag)

    def _require_pack(self, region: str) -> Pack:
        usable = self.load_usable_pack(region)
        if usable is None:
            raise UnknownPlace(f"no region {region[:20]!r}")
        return usable.pack

    def _require_locale(self, region: str, locale: str) -> Pack:
        pack = self._require_pack(region)
        if locale not in pack.locales:
            raise UnknownPlace(f"{region} has no language {locale[:40]!r}")
        return pack

    # ---- upgrades and reminders ----

    def list_upgrades(self, region: str | None = None) -> list[Upgrade]:
        """Return every edited unit whose baseline changed since: theirs, yours, before, merge."""
        return list(list_upgrades(self.reader, region))

    def save_merged(
        self, person: Person, unit: Unit, content: Content | None, *, seen: int, made_from: str | None = None
    ) -> Draft:
        """Decide an upgrade with a content that was written with theirs in view. Raises as `Drafts.save`."""
        return self.edits.save(person, unit, content, seen=seen, made_from=made_from, why="merge", on_present=True)

    def list_due_checks(self, today: date, days: int = SPANS[0]) -> list[DueCheck]:
        """Return what must be checked again within `days` days, in every region, overdue ones first."""
        packs = [usable.pack for region in self.list_regions() if (usable := self.load_usable_pack(region))]
        own = [
            one
            for pack in packs
            for one in find_due_checks(pack, today, days)
            if self._is_due_in_region(pack, one.unit)
        ]
        return sorted(own, key=lambda one: (one.review_by, one.unit))

    def _is_due_in_region(self, pack: Pack, unit: Unit) -> bool:
        """Return whether the region has a content of its own here; what it inherits is due in its parent, once."""
        if pack.parent is None or unit == make_head_unit(pack.id):
            return pack.parent is None
        return self.reader.read_newest_content(unit) != self.reader.read_newest_content(unit.in_region(pack.parent))

    def record_check(self, person: Person, unit: Unit, *, seen: int, today: date, review_by: date) -> Draft:
        """Record that a unit was checked today, and when it must be checked again. Raises as `Drafts.save`."""
        content = self.edits.get_draft(unit).content
        if not isinstance(content, dict) or review_by <= today:
            raise ContentRefused(f"{unit}: expected a table with dates, and a day after today")
        dates = {"checked_on": today, "review_by": review_by}
        return self.edits.save(person, unit, content | dates, seen=seen, why="checked")

    # ---- files ----

    def export_zip(self, region: str, *, with_drafts: bool = False) -> bytes:
        """Return a region's pack as a zip: reviewed states, or all drafts that can be read. Raises UnknownPlace."""
        states = self._list_drafted_states() if with_drafts else self._list_reviewed_states()
        usable = self._packs.load_usable_pack(region, states)
        if usable is None:
            raise UnknownPlace(f"no region {region[:20]!r}")
        kept = {unit: state for unit, state in states.items() if unit not in usable.left_out}
        return export_zip(self.reader, usable.pack, kept, with_drafts=with_drafts)

    def import_zip(self, person: Person, data: bytes) -> ImportResult:
        """Import a pack from a zip as drafts.

        Raises:
            AccessDenied: This person may not import.
            ImportRefused: The file is not a pack, or the checker refuses it; the message lists the reasons. Nothing was changed.
        """
        return import_zip(self.reader, self.edits, person, data, self._list_drafted_states(), self._in_work)

    def export_po(self, region: str, locale: str) -> bytes:
        """Return a language of a region as a PO file, drafts included. Raises UnknownPlace."""
        pack = self._require_locale(region, locale)
        heads = {draft.unit: draft for draft in map(self.edits.make_draft, self.reader.list_edits(region))}
        return export_po(pack, locale, list_text_rows(pack, locale), heads)

    def import_po(self, person: Person, region: str, locale: str, data: bytes) -> PoImportResult:
        """Import the translations of a PO file as drafts, all or none.

        Raises:
            AccessDenied: This person may not translate into this language.
            UnknownPlace: There is no such region or language.
            ImportRefused: The file is not a PO file, or is of another language.
            EditConflict: Somebody saved one of the texts at the same moment; nothing was changed.
        """
        pack = self._require_locale(region, locale)
        return import_po(self.edits, person, pack, locale, list_text_rows(pack, locale), data)
