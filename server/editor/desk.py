"""The desk: everything that the web, the command line and the importers may do with edits. Each part is a module."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from server.auth.roles import Person
from server.editor.edits.adding import new_locale, new_subregion
from server.editor.edits.baseline import Ground
from server.editor.edits.blobs import Contents
from server.editor.edits.drafts import Drafts
from server.editor.edits.model import NO_PAGE, UNPUBLISHED, Draft, Revision, Sender
from server.editor.edits.publications import Ledger, Taken
from server.editor.edits.review import People, Reviews
from server.editor.edits.saving import Change, Clock, now
from server.editor.edits.upgrades import Upgrade, upgrades
from server.editor.exchange.importing import Imported, export_zip, import_zip
from server.editor.exchange.po import PoImported, export_po, import_po
from server.editor.packs.findings import Checked, Finding
from server.editor.packs.loading import Packs, Usable
from server.editor.packs.preview import Preview, Previews
from server.editor.packs.progress import Progress, Row, progress, rows
from server.editor.packs.reminders import Due, due
from server.editor.releases.plan import PublishPlan
from server.editor.releases.planner import Planner
from server.editor.releases.publishing import Publishing, ReleaseLine, Turn
from server.editor.units.content import Content
from server.editor.units.errors import ContentRefused, UnknownPlace
from server.editor.units.unit import Unit, head_unit
from server.guidance.model import Pack
from server.publish.channel import ChannelState
from server.publish.publisher import Sources
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
        self._drafts = Drafts(self.ground, self.ledger, clock)
        self.reviews = Reviews(self.ground, self.ledger, self._drafts, people, clock)
        self._packs = Packs(self.ground.shipped, self.contents)
        self._previews = Previews(sources)
        planner = Planner(self.ground, self.ledger, self._packs, folder, sources)
        self._publishing = Publishing(store, self.ledger, folder, sources, planner, clock, turn)

    # ---- reading and saving one unit ----

    def opened(self, unit: Unit) -> Draft:
        """Give how a unit stands, edited or not: what a form shows, and `head` for `save`."""
        return self._drafts.opened(unit)

    def head(self, unit: Unit) -> Draft | None:
        """Give how an edited unit stands, or None when nobody edited it."""
        return self._drafts.head(unit)

    def text(self, unit: Unit) -> Content | None:
        """Give what a unit says with the newest drafts, its parent's included."""
        return self.ground.text(unit)

    def below(self, unit: Unit) -> Content | None:
        """Give what a unit says without its own edit: the shipped pack's, or a sub-region's parent's words."""
        return self.ground.below(unit)

    def published(self, unit: Unit) -> Content | None:
        """Give what phones have of a unit; None when it is removed there."""
        state = self.ledger.state(unit)
        return self.below(unit) if state is None or state.follows else self.contents.read(unit, state.content)

    def save(
        self,
        person: Person,
        unit: Unit,
        content: Content | None,
        *,
        seen: int,
        made_from: str | None = None,
        autosave: bool = False,
        note: str = "",
        sender: Sender = NO_PAGE,
    ) -> Draft:
        """Keep a new state of a unit; saying what it says already changes nothing.

        Args:
            content: What it says now; None removes it.
            seen: `head` of the draft that the change was made from, 0 for the shipped text.
            made_from: For a translation, the digest of the source text that was in view (see `source_digest`) when the
                person says that the translation fits it; None keeps what was noted before.
            autosave: No button was pressed: the person's later states replace it in the history.
            sender: The open page that it comes from: its saves follow each other, even when an answer was lost.

        Raises:
            NotAllowed: The person may not write this unit.
            ContentRefused: The content cannot stand in a pack.
            EditConflict: Somebody saved another state since `seen`; nothing was overwritten.
        """
        return self._drafts.save(
            person, unit, content, seen=seen, made_from=made_from, autosave=autosave, note=note, sender=sender
        )

    def save_all(self, person: Person, changes: Sequence[Change], *, why: str = "save") -> list[Draft]:
        """Keep new states of several units, all or none. Raises as `save`, for the first that is in the way."""
        return self._drafts.save_all(person, changes, why=why)

    def discard(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Give up the edit of a unit: it says what is shipped again, once that is reviewed and published."""
        return self._drafts.follow_shipped(person, unit, seen=seen)

    def history(self, unit: Unit, *, limit: int | None = None) -> list[Revision]:
        """Give the revisions of a unit, the newest first; `word_diff` in words.py compares two."""
        return self._drafts.history(unit, limit=limit)

    def revision(self, unit: Unit, n: int) -> Revision:
        """Give one revision. Raises NoRevision."""
        return self._drafts.revision(unit, n)

    def restore(self, person: Person, unit: Unit, revision: int, *, seen: int | None = None) -> Draft:
        """Save an earlier revision again, as a new one. Raises as `save`, and NoRevision."""
        return self._drafts.restore(person, unit, revision, seen=seen)

    def source_unit(self, unit: Unit) -> Unit | None:
        """Give the text that a translation is made from; None for what is no translation."""
        return self.ground.source_unit(unit)

    def source_digest(self, unit: Unit) -> str:
        """Give the digest of the present source text of a translation, drafts included; "" for what is none."""
        return self.ground.source_digest(unit)

    # ---- review ----

    def drafts(self, region: str | None = None) -> list[Draft]:
        """Give every edited unit whose newest revision is not published yet, in order of the units' names."""
        taken = self.ledger.taken()
        states = [(edit, taken.get(edit.unit, UNPUBLISHED)) for edit in self.ground.edits(region)]
        return [self._drafts.shown(edit, state) for edit, state in states if edit.head.n != state.n]

    def submit(self, person: Person, unit: Unit, revision: int) -> Draft:
        """Hand the newest revision in for review. Raises NotAllowed, ReviewRefused."""
        return self.reviews.submit(person, unit, revision)

    def review(self, person: Person, unit: Unit, revision: int) -> Draft:
        """Say that the newest revision may be published.

        Raises:
            NotAllowed: This person may not review, or wrote it and somebody else here may review.
            ReviewRefused: It is not the newest revision.
        """
        return self.reviews.review(person, unit, revision)

    def why_no_review(self, person: Person, unit: Unit) -> str:
        """Give why this person may not review a unit: "permission", "author" or "" when they may."""
        return self.reviews.why_not(person, unit)

    def take_back_review(self, person: Person, unit: Unit) -> Draft:
        """Take a review back: the next publish leaves the unit as phones have it. Raises NotAllowed, ReviewRefused."""
        return self.reviews.take_back(person, unit)

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

    # ---- publishing ----

    def plan(self) -> PublishPlan:
        """Give what a publish would do now: units, pages, languages, bytes, what falls behind, what stands in its way."""
        return self._publishing.plan()

    def publish(self, person: Person, plan_digest: str) -> ChannelState:
        """Publish what the plan of that digest shows.

        Raises:
            NotAllowed: This person may not publish.
            PlanChanged: Something was reviewed, shipped or published meanwhile; nothing was published.
            PackRefused: The checker refuses it; nothing was published.
        """
        return self._publishing.publish(person, plan_digest)

    def releases(self) -> list[ReleaseLine]:
        """Give how the channel moved, the newest first."""
        return self._publishing.releases()

    def rollback(self, person: Person, digest: str | None = None) -> ChannelState:
        """Go back to an earlier release (any unambiguous beginning of its digest), by default to the one before.

        Raises:
            NotAllowed: This person may not publish.
            UnknownRelease, PackRefused: There is no such release, or it is not whole.
        """
        return self._publishing.rollback(person, digest)

    def recall(self, person: Person, region: str, topic: str, *, lift: bool = False) -> list[str]:
        """Withdraw a topic from every phone at its next contact, or bring it back; give its addresses.

        Raises:
            NotAllowed: This person may not publish.
            PackRefused: There is no such topic to withdraw, or to bring back.
        """
        return self._publishing.recall(person, region, topic, lift=lift)

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
        content = self.opened(unit).content
        return self._drafts.save(person, unit, content, seen=seen, made_from=source_digest, why="confirm")

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
        return self.save(person, unit, content, seen=self.opened(unit).head)

    def add_subregion(self, person: Person, parent: str, region: str, names: Mapping[str, str]) -> list[Draft]:
        """Add a region below another one, which says what that one says but for its name in each of its languages.

        Raises:
            NotAllowed: This person may not edit.
            UnknownPlace, ContentRefused: There is no such parent, or the region cannot be added.
        """
        head, *more = new_subregion(self.ground, self._usable(parent), region, names)
        # The head first: where the names are translated from is known only once the region has a parent.
        made = self._drafts.save_all(person, [head], why="save")
        return [*made, *self._drafts.save_all(person, more, why="save")]

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

    def take_theirs(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Settle an upgrade: say what is shipped, now and from now on. Raises as `save`."""
        return self._drafts.follow_shipped(person, unit, seen=seen)

    def keep_yours(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Settle an upgrade: leave the edit as it is. Raises as `save`."""
        return self._drafts.keep(person, unit, seen=seen)

    def save_merged(
        self, person: Person, unit: Unit, content: Content | None, *, seen: int, made_from: str | None = None
    ) -> Draft:
        """Settle an upgrade with words that were made with theirs in view. Raises as `save`."""
        return self._drafts.save(person, unit, content, seen=seen, made_from=made_from, why="merge", on_present=True)

    def due(self, today: date, days: int = 30) -> list[Due]:
        """Give what is to be checked again within so many days, in every region, what is overdue first."""
        packs = [usable.pack for region in self.regions() if (usable := self.pack(region))]
        own = [one for pack in packs for one in due(pack, today, days) if self._is_own(pack, one.unit)]
        return sorted(own, key=lambda one: (one.review_by, one.unit))

    def _is_own(self, pack: Pack, unit: Unit) -> bool:
        """Say whether a region says this itself; what a sub-region takes from its parent is due there, once."""
        if pack.parent is None or unit == head_unit(pack.id):
            return pack.parent is None
        return self.text(unit) != self.text(unit.in_region(pack.parent))

    def checked(self, person: Person, unit: Unit, *, seen: int, today: date, review_by: date) -> Draft:
        """Note that what a unit says was checked today, and when it is to be checked again. Raises as `save`."""
        content = self.opened(unit).content
        if not isinstance(content, dict) or review_by <= today:
            raise ContentRefused(f"{unit}: expected a table with dates, and a day after today")
        dates = {"checked_on": today, "review_by": review_by}
        return self._drafts.save(person, unit, content | dates, seen=seen, why="checked")

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
        return import_zip(self.ground, self._drafts, person, data, self._drafted())

    def export_po(self, region: str, locale: str) -> bytes:
        """Give a language of a region as a PO file, drafts included. Raises UnknownPlace."""
        pack = self._in_locale(region, locale)
        heads = {draft.unit: draft for draft in map(self._drafts.shown, self.ground.edits(region))}
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
        return import_po(self._drafts, person, pack, locale, rows(pack, locale), data)
