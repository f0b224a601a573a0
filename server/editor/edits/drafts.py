"""Saving a unit: every state is kept, nobody's work is overwritten, and who wrote what stays in the history."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.auth.audit import audit
from server.auth.roles import Person
from server.editor.edits.baseline import Ground
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import NO_PAGE, REVISIONS, Draft, Edit, Revision, Sender, State, revision_from
from server.editor.edits.publications import Ledger
from server.editor.edits.saving import Change, Clock, SaveOptions, Saving, check_may_write, in_view, now
from server.editor.units.content import Content, digest
from server.editor.units.errors import NoRevision
from server.editor.units.unit import Kind, Unit
from server.store.errors import Conflict
from server.store.protocol import Append, StoreChange

# How often a save looks again when somebody was quicker. Each time is a commit of somebody else on the same unit, so a
# few are enough; the limit is there so that a fault cannot loop for ever.
TRIES = 20


class Drafts:
    """The edits of one store over one folder of packs."""

    def __init__(self, ground: Ground, ledger: Ledger, clock: Clock = now) -> None:
        self._ground = ground
        self._ledger = ledger
        self._saving = Saving(ground, clock)

    def head(self, unit: Unit) -> Draft | None:
        """Give how an edited unit stands, or None when nobody edited it."""
        edit = self._ground.edit(unit)
        return self.shown(edit) if edit else None

    def opened(self, unit: Unit) -> Draft:
        """Give how a unit stands, edited or not; `content` is what a form shows."""
        return self.head(unit) or self._untouched(unit)

    def shown(self, edit: Edit, published: State | None = None) -> Draft:
        """Give an edit as callers see it; `published` is looked up when it is not given."""
        ground, head = self._ground, edit.head
        taken = published or self._ledger.state(edit.unit)
        below = ground.below(edit.unit)
        content = below if head.follows else ground.contents.read(edit.unit, head.content)
        return Draft(
            unit=edit.unit,
            head=head.n,
            content=copy.deepcopy(content),
            made_from=ground.shipped_made_from(edit.unit) if head.follows else head.made_from,
            follows=head.follows,
            by=edit.by,
            by_name=edit.by_name,
            at=edit.at,
            note=edit.note,
            submitted=edit.submitted,
            reviewed=edit.reviewed.n,
            reviewed_by=edit.reviewed_by,
            reviewed_name=edit.reviewed_name,
            published=taken.n if taken else 0,
            upgraded=not head.follows and digest(edit.unit, below) != edit.base,
        )

    def save(
        self,
        person: Person,
        unit: Unit,
        content: Content | None,
        *,
        seen: int,
        made_from: str | None = None,
        autosave: bool = False,
        why: str = "save",
        note: str = "",
        on_present: bool = False,
        sender: Sender = NO_PAGE,
    ) -> Draft:
        """Keep a new state of a unit; saying what it says already changes nothing.

        Args:
            content: What it says now; None removes it.
            seen: `head` of the draft that the change was made from, 0 for the shipped text.
            made_from: For a translation, the digest of the source text that it is made from; when None, what was
                noted before, and for a text that nothing was noted of the present source text.
            autosave: The person has not pressed a button: later states of theirs replace it in the history.
            on_present: The change was made with what is shipped now in view, so it is no longer `upgraded`.
            sender: The page that it was written on: a later save of one page follows on its own last autosave, whether
                or not the page learnt that this one arrived.

        Raises:
            NotAllowed: The person may not write this unit.
            ContentRefused: The content cannot stand in a pack.
            EditConflict: Somebody saved another state since `seen`; nothing was overwritten.
        """
        change = Change(unit, content, seen, made_from, sender)
        options = SaveOptions(why=why, note=note, autosave=autosave, on_present=on_present)
        return self._saved(person, [change], options)[0]

    def save_all(
        self, person: Person, changes: Sequence[Change], *, why: str, note: str = "", also: Sequence[Append] = ()
    ) -> list[Draft]:
        """Save new states of several units, all or none; `also` goes into the same commit.

        The head of a new region comes first: it says what the translations after it are made from.

        Raises:
            NotAllowed, ContentRefused, EditConflict: As for `save`, for the first unit that is in the way.
        """
        return self._saved(person, changes, SaveOptions(why=why, note=note), also)

    def baseline_after(self, person: Person, change: Change) -> Ground:
        """Return the baseline as it will be once `change` is saved; nothing is."""
        edit = self._ground.edit(change.unit)
        name = self._ground.contents.write(change.unit, change.content)
        state = self._saving.state(change.unit, edit, name, change.made_from)
        return self._ground.ahead_of(self._saving.laid(person, change.unit, edit, state, SaveOptions(why="")))

    def follow_shipped(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Give up the edit: the unit says what is shipped again, now and after the next upgrade.

        Raises:
            NotAllowed, EditConflict: As for `save`.
        """
        check_may_write(person, unit)
        edit = self._ground.edit(unit)
        if edit is None:
            return self._untouched(unit)
        if seen != edit.head.n:
            raise self._conflict(unit, self._ground.below(unit), seen)
        if edit.head.follows:
            return self.shown(edit)
        laid = self._saving.laid(person, unit, edit, State(edit.head.n + 1, "", "", True), SaveOptions(why="shipped"))
        try:
            self._ground.store.commit(self._saving.steps(person, edit, laid))
        except Conflict as error:
            raise self._conflict(unit, self._ground.below(unit), seen) from error
        return self.shown(laid)

    def history(self, unit: Unit, *, limit: int | None = None) -> list[Revision]:
        """Give the revisions of a unit, the newest first. Autosaves in a row are one revision."""
        return [self._revision(unit, body) for body in self._lines(unit, limit)]

    def revision(self, unit: Unit, n: int) -> Revision:
        """Give one revision.

        Raises:
            NoRevision: There is none of that number in the history.
        """
        for body in self._lines(unit):
            if body["n"] == n:
                return self._revision(unit, body)
        raise NoRevision(f"{unit} has no revision {n}")

    def restore(self, person: Person, unit: Unit, revision: int, *, seen: int | None = None) -> Draft:
        """Save an earlier revision again; what stood in between stays in the history.

        Raises:
            NoRevision: There is none of that number.
            NotAllowed, EditConflict: As for `save`.
        """
        old = self.revision(unit, revision)
        head = self.opened(unit).head if seen is None else seen
        if old.follows:
            return self.follow_shipped(person, unit, seen=head)
        origin = old.made_from or None
        return self.save(person, unit, old.content, seen=head, made_from=origin, why="restore", note=str(revision))

    def keep(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Note that the edit stands as it is against what is shipped now.

        Raises:
            NotAllowed, EditConflict: As for `save`.
        """
        check_may_write(person, unit)
        edit = self._ground.edit(unit)
        if edit is None or edit.head.n != seen:
            raise self._conflict(unit, self.opened(unit).content, seen)
        laid = replace(edit, base=self._saving.present(edit.unit))
        if laid != edit:
            self._ground.store.commit([laid.put(), audit(person, "text.kept", str(edit.unit), revision=edit.head.n)])
        return self.shown(laid)

    def _lines(self, unit: Unit, limit: int | None = None) -> list[Mapping[str, Any]]:
        edit = self._ground.edit(unit)
        newest: list[Mapping[str, Any]] = [edit.line().body] if edit and edit.open else []
        entries = self._ground.store.entries(REVISIONS, key=str(unit), limit=limit, newest_first=True)
        return [*newest, *(entry.body for entry in entries)][:limit]

    def _revision(self, unit: Unit, body: Mapping[str, Any]) -> Revision:
        return revision_from(unit, body, self._ground.contents.read(unit, body["content"]))

    def _untouched(self, unit: Unit) -> Draft:
        content, origin = copy.deepcopy(self._ground.below(unit)), self._ground.shipped_made_from(unit)
        return Draft(unit=unit, head=0, content=content, made_from=origin, follows=True)

    def _saved(
        self, person: Person, changes: Sequence[Change], options: SaveOptions, also: Sequence[Append] = ()
    ) -> list[Draft]:
        for change in changes:
            check_may_write(person, change.unit)
        names = [self._ground.contents.write(change.unit, change.content) for change in changes]
        for _ in range(TRIES):
            steps: list[StoreChange] = []
            units: list[tuple[Unit, Edit | None]] = []
            saving = self._saving
            for change, name in zip(changes, names, strict=True):
                edit = self._ground.edit(change.unit)
                laid = self._after(saving, person, edit, change, name, options)
                steps += saving.steps(person, edit, laid)
                if laid is not None and change.unit.kind is Kind.HEAD:
                    saving = saving.ahead_of(laid)
                units.append((change.unit, laid))
            try:
                if steps or also:
                    self._ground.store.commit([*steps, *also])
            except Conflict:
                continue  # somebody was quicker: look again, most likely to find that it is a conflict of words
            return [self.shown(laid) if laid else self._untouched(unit) for unit, laid in units]
        first = changes[0]
        raise self._conflict(first.unit, first.content, first.seen)

    def _after(
        self, saving: Saving, person: Person, edit: Edit | None, change: Change, name: str, options: SaveOptions
    ) -> Edit | None:
        """Give the edit as it will be after a change, the same one when the change changes nothing."""
        state = saving.state(change.unit, edit, name, change.made_from)
        if edit is None and state.follows and change.seen == 0:
            return None
        if edit is not None and state.same_words(edit.head):
            return saving.settled(person, edit, options)
        if not in_view(person, edit, change):
            raise self._conflict(change.unit, change.content, change.seen)
        return saving.laid(person, change.unit, edit, state, options, change.sender)

    def _conflict(self, unit: Unit, yours: Content | None, seen: int) -> EditConflict:
        theirs = self.opened(unit)
        return EditConflict(unit, theirs, yours, self._before(unit, seen))

    def _before(self, unit: Unit, seen: int) -> Content | None:
        """Give what stood at `seen`, or the last state before it that the history has."""
        edit = self._ground.edit(unit)
        if edit is None:
            return self._ground.below(unit)
        body = next((one for one in self._lines(unit) if one["n"] <= seen), None)
        if body is None:
            return self._ground.contents.read(unit, edit.base)
        return self._ground.below(unit) if body["follows"] else self._ground.contents.read(unit, body["content"])
