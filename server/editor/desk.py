"""The desk: everything that the web, the command line and the importers may do with edits. Each part is a module."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from server.auth.roles import Person
from server.editor.edits.adding import new_locale, new_subregion
from server.editor.edits.baseline import Ground
from server.editor.edits.blobs import Contents
from server.editor.edits.drafts import Drafts
from server.editor.edits.model import UNPUBLISHED, Draft
from server.editor.edits.publications import Ledger, Taken
from server.editor.edits.review import People, Reviews
from server.editor.edits.saving import Clock, now
from server.editor.edits.upgrades import Upgrade, upgrades
from server.editor.exchange.importing import Imported, export_zip, import_zip
from server.editor.exchange.po import PoImported, export_po, import_po
from server.editor.packs.findings import Checked, Finding
from server.editor.packs.loading import Packs, Usable
from server.editor.packs.preview import Preview, Previews
from server.editor.packs.progress import Progress, Row, progress, rows
from server.editor.packs.reminders import SPANS, Due, due
from server.editor.releases.planner import Planner
from server.editor.releases.publishing import Publishing, Turn
from server.editor.units.content import Content
from server.editor.units.errors import ContentRefused, UnknownPlace
from server.editor.units.unit import Unit, head_unit
from server.guidance.model import Pack
from server.publish.build import Sources
from server.publish.release import DataFolder
from server.store.protocol import Store


class Desk:
    """One organisation's desk. Safe to use from several threads, and from several processes on one store.

    Args:
        store: Where edits, revisions and the record of publications are kept.
        packs: The folder of shipped packs that the edits lie over.
        folder: What phones are served from.
        sources: What a release is made of, apart from the edits.
        people: Gives everybody who may sign in now; a review needs somebody else, if there is somebody.
        turn: What to hold while the channel changes, `lambda: SharedReleases(store).turn(folder)`.
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
        clock: Clock = now,
    ) -> None:
        self.store = store
        self.packs = packs
        self.folder = folder
        self.sources = sources
        self.contents = Contents(store)
        self.ground = Ground(store, packs, self.contents)
        self.ledger = Ledger(store, self.contents)
        self.edits = Drafts(self.ground, self.ledger, clock)
        self.reviews = Reviews(self.ground, self.ledger, self.edits, people, clock)
        self._packs = Packs(self.ground.shipped, self.contents)
        self._previews = Previews(sources)
        planner = Planner(self.ground, self.ledger, self._packs, folder, sources)
        self.publishing = Publishing(store, self.ledger, folder, sources, planner, clock, turn)

    def published(self, unit: Unit) -> Content | None:
        """Give what phones have of a unit; None when it is removed there."""
        state = self.ledger.state(unit)
        return self.ground.below(unit) if state is None or state.follows else self.contents.read(unit, state.content)

    def drafts(self, region: str | None = None) -> list[Draft]:
        """Give every edited unit whose newest revision is not published yet, in order of the units' names."""
        taken = self.ledger.taken()
        states = [(edit, taken.get(edit.unit, UNPUBLISHED)) for edit in self.ground.edits(region)]
        return [self.edits.shown(edit, state) for edit, state in states if edit.head.n != state.n]

    # ---- whole packs ----

    def regions(self) -> list[str]:
        """Give every region: shipped ones, and those that were made here."""
        return self._packs.regions(self._drafted())

    def pack(self, region: str, *, with_drafts: bool = True) -> Usable | None:
        """Give a region's pack for lists and previews; drafts that cannot be read are left out, with the reason.

        Without drafts it is what a publish would take: the reviewed states.
        """
        return self._packs.usable(region, self._drafted() if with_drafts else self._reviewed())

    def check(self, region: str, *, with_drafts: bool = True) -> Checked:
        """Give what the checker says of a region, with all drafts or with what is reviewed; `by_unit()` sorts it."""
        return self._packs.check(region, self._drafted() if with_drafts else self._reviewed())

    def preview(self, region: str, locale: str, *, with_drafts: bool = True) -> Preview | None:
        """Give the pages of a region in one language as phones would show them; None when there is no such one."""
        usable = self.pack(region, with_drafts=with_drafts)
        return self._previews.of(usable, locale) if usable else None

    def messages(self, unit: Unit) -> tuple[Finding, ...]:
        """Give what the checker says of one unit's newest state; quick enough to be asked after every autosave."""
        return self._packs.messages(unit, self._drafted())

    def _drafted(self) -> Taken:
        return {edit.unit: edit.head for edit in self.ground.edits()}

    def _reviewed(self) -> Taken:
        return {edit.unit: edit.reviewed for edit in self.ground.edits() if edit.reviewed.n}

    # ---- languages ----

    def rows(self, region: str, locale: str) -> list[Row]:
        """Give every text of a region to translate, door sentences first, with its source and how it stands.

        Raises:
            UnknownPlace: There is no such region or language.
        """
        return rows(self._in_locale(region, locale), locale)

    def progress(self, region: str) -> list[Progress]:
        """Give how far each language of a region has come. Raises UnknownPlace."""
        pack = self._usable(region)
        return [progress(pack, tag) for tag in pack.locales]

    def confirm(self, person: Person, unit: Unit, *, seen: int, source_digest: str) -> Draft:
        """Say that a translation, as it is, fits the source text of this digest. Raises as `save`."""
        content = self.edits.opened(unit).content
        return self.edits.save(person, unit, content, seen=seen, made_from=source_digest, why="confirm")

    def add_locale(
        self, person: Person, region: str, tag: str, *, name: str, direction: str = "ltr", fallback: str
    ) -> Draft:
        """Add a language to a region, with no texts yet; phones get it once its door sentences are done and current.

        Raises:
            NotAllowed: This person may not edit.
            UnknownPlace, ContentRefused: There is no such region, or the language cannot be added.
        """
        pack = self._usable(region)
        unit, content = new_locale(pack, tag, name=name, direction=direction, fallback=fallback)
        return self.edits.save(person, unit, content, seen=self.edits.opened(unit).head)

    def add_subregion(self, person: Person, parent: str, region: str, names: Mapping[str, str]) -> list[Draft]:
        """Add a region below another one, which says what that one says but for its name in each of its languages.

        Raises:
            NotAllowed: This person may not edit.
            UnknownPlace, ContentRefused: There is no such parent, or the region cannot be added.
        """
        return self.edits.save_all(person, new_subregion(self.ground, self._usable(parent), region, names), why="save")

    def _usable(self, region: str) -> Pack:
        usable = self.pack(region)
        if usable is None:
            raise UnknownPlace(f"no region {region[:20]!r}")
        return usable.pack

    def _in_locale(self, region: str, locale: str) -> Pack:
        pack = self._usable(region)
        if locale not in pack.locales:
            raise UnknownPlace(f"{region} has no language {locale[:40]!r}")
        return pack

    # ---- upgrades and reminders ----

    def upgrades(self, region: str | None = None) -> list[Upgrade]:
        """Give every edited unit whose shipped words (or parent's words) changed since: theirs, yours, before, merge."""
        return list(upgrades(self.ground, region))

    def save_merged(
        self, person: Person, unit: Unit, content: Content | None, *, seen: int, made_from: str | None = None
    ) -> Draft:
        """Settle an upgrade with words that were made with theirs in view. Raises as `save`."""
        return self.edits.save(person, unit, content, seen=seen, made_from=made_from, why="merge", on_present=True)

    def due(self, today: date, days: int = SPANS[0]) -> list[Due]:
        """Give what is to be checked again within so many days, in every region, what is overdue first."""
        packs = [usable.pack for region in self.regions() if (usable := self.pack(region))]
        own = [one for pack in packs for one in due(pack, today, days) if self._is_own(pack, one.unit)]
        return sorted(own, key=lambda one: (one.review_by, one.unit))

    def _is_own(self, pack: Pack, unit: Unit) -> bool:
        """Say whether a region says this itself; what a sub-region takes from its parent is due there, once."""
        if pack.parent is None or unit == head_unit(pack.id):
            return pack.parent is None
        return self.ground.text(unit) != self.ground.text(unit.in_region(pack.parent))

    def checked(self, person: Person, unit: Unit, *, seen: int, today: date, review_by: date) -> Draft:
        """Note that what a unit says was checked today, and when it is to be checked again. Raises as `save`."""
        content = self.edits.opened(unit).content
        if not isinstance(content, dict) or review_by <= today:
            raise ContentRefused(f"{unit}: expected a table with dates, and a day after today")
        dates = {"checked_on": today, "review_by": review_by}
        return self.edits.save(person, unit, content | dates, seen=seen, why="checked")

    # ---- files ----

    def export_zip(self, region: str, *, with_drafts: bool = False) -> bytes:
        """Give a region's pack as a zip: reviewed states, or with all drafts that can be read. Raises UnknownPlace."""
        states = self._drafted() if with_drafts else self._reviewed()
        usable = self._packs.usable(region, states)
        if usable is None:
            raise UnknownPlace(f"no region {region[:20]!r}")
        kept = {unit: state for unit, state in states.items() if unit not in usable.left_out}
        return export_zip(self.ground, usable.pack, kept, with_drafts=with_drafts)

    def import_zip(self, person: Person, data: bytes) -> Imported:
        """Take in a pack from a zip as drafts.

        Raises:
            NotAllowed: This person may not import.
            ImportRefused: The file is no pack, or the checker refuses it; the message lists why. Nothing was changed.
        """
        return import_zip(self.ground, self.edits, person, data, self._drafted())

    def export_po(self, region: str, locale: str) -> bytes:
        """Give a language of a region as a PO file, drafts included. Raises UnknownPlace."""
        pack = self._in_locale(region, locale)
        heads = {draft.unit: draft for draft in map(self.edits.shown, self.ground.edits(region))}
        return export_po(pack, locale, rows(pack, locale), heads)

    def import_po(self, person: Person, region: str, locale: str, data: bytes) -> PoImported:
        """Take in the translations of a PO file as drafts, all or none.

        Raises:
            NotAllowed: This person may not translate into this language.
            UnknownPlace: There is no such region or language.
            ImportRefused: It is no PO file, or one of another language.
            EditConflict: Somebody saved one of the texts at the same moment; nothing was changed.
        """
        pack = self._in_locale(region, locale)
        return import_po(self.edits, person, pack, locale, rows(pack, locale), data)
