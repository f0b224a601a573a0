"""Save units: every revision is kept, nobody's work is overwritten, and the history records who wrote what."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.auth.audit import make_audit_line
from server.auth.errors import AccessDenied
from server.auth.gate import get_utc_now
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import UnitReader
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import (
    GONE,
    NO_PAGE,
    REVISIONS,
    UNPUBLISHED,
    Draft,
    Edit,
    Revision,
    Sender,
    State,
    parse_revision,
    parse_state,
)
from server.editor.edits.publications import Ledger
from server.editor.edits.saving import (
    Clock,
    EditBuilder,
    SaveOptions,
    UnitChange,
    check_may_write,
    is_based_on_newest,
    may_write,
)
from server.editor.units.content import Content, hash_content
from server.editor.units.errors import NoRevision
from server.editor.units.unit import Kind, Unit
from server.store.errors import Conflict
from server.store.protocol import Append, StoreChange

# How often a save is tried again when somebody else committed first. Each time is their commit on the same unit, so a
# few are enough; the limit is there so that a fault cannot loop for ever.
TRIES = 20


class Drafts:
    """The edits of one store over one folder of packs."""

    def __init__(self, reader: UnitReader, ledger: Ledger, clock: Clock = get_utc_now) -> None:
        self._reader = reader
        self._ledger = ledger
        self._builder = EditBuilder(reader, clock)

    def find_draft(self, unit: Unit) -> Draft | None:
        """Return the draft of an edited unit, or None when nobody edited it."""
        edit = self._reader.find_edit(unit)
        return self.make_draft(edit) if edit else None

    def get_draft(self, unit: Unit) -> Draft:
        """Return the draft of a unit, edited or not; `content` is what a form shows."""
        return self.find_draft(unit) or self._make_unedited_draft(unit)

    def make_draft(self, edit: Edit, published: State | None = None) -> Draft:
        """Return an edit as callers see it; `published` is read from the ledger when it is not passed."""
        reader, head = self._reader, edit.head
        taken = published or self._ledger.read_state(edit.unit)
        below = reader.read_baseline(edit.unit)
        content = below if head.follows else reader.contents.read(edit.unit, head.content)
        return Draft(
            unit=edit.unit,
            head=head.n,
            content=copy.deepcopy(content),
            made_from=reader.read_shipped_origin(edit.unit) if head.follows else head.made_from,
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
            upgraded=not head.follows and hash_content(edit.unit, below) != edit.base,
            returned=edit.returned,
            authors=edit.authors,
            is_on_phones=edit.is_published_as(taken or UNPUBLISHED),
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
        """Save a new version of a unit. Saving the current content again is a no-op.

        Args:
            content: The new content; None removes the unit.
            seen: `head` of the draft that the change was made from, 0 for the shipped text.
            made_from: For a translation, the digest of the source text that it is made from. When None, the digest
                recorded before is kept; without one, the digest of the present source text is recorded.
            autosave: The person has not pressed a button: their later versions replace this one in the history.
            on_present: The person saw the baseline of today, so the draft is no longer `upgraded`.
            sender: The page that it was written on. A later save of the same page replaces its own last autosave,
                even if the page never received the answer to that one.

        Raises:
            AccessDenied: The person may not write this unit.
            ContentRefused: No pack file can hold the content.
            EditConflict: Somebody saved another version since `seen`; nothing was overwritten.
        """
        change = UnitChange(unit, content, seen, made_from, sender)
        options = SaveOptions(why=why, note=note, autosave=autosave, on_present=on_present)
        return self._save_changes(person, [change], options)[0]

    def save_all(
        self, person: Person, changes: Sequence[UnitChange], *, why: str, note: str = "", also: Sequence[Append] = ()
    ) -> list[Draft]:
        """Save new states of several units, all or none; `also` goes into the same commit.

        The head of a new region comes first: it says what the translations after it are made from.

        Raises:
            AccessDenied, ContentRefused, EditConflict: As for `save`, for the first unit that fails.
        """
        return self._save_changes(person, changes, SaveOptions(why=why, note=note), also)

    def preview_save(self, person: Person, change: UnitChange) -> UnitReader:
        """Return a reader that shows `change` as saved already, without saving the edit."""
        edit = self._reader.find_edit(change.unit)
        name = self._reader.contents.write(change.unit, change.content)
        state = self._builder.build_state(change.unit, edit, name, change.made_from)
        return self._reader.with_saved(self._builder.build_edit(person, change.unit, edit, state, SaveOptions(why="")))

    def drop_edit(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Drop the edit: the unit has the shipped content again, now and after the next upgrade.

        Raises:
            AccessDenied, EditConflict: As for `save`.
        """
        check_may_write(person, unit)
        edit = self._reader.find_edit(unit)
        if edit is None:
            return self._make_unedited_draft(unit)
        if seen != edit.head.n:
            raise self._make_conflict(unit, self._reader.read_baseline(unit), seen)
        if edit.head.follows:
            return self.make_draft(edit)
        return self._commit_undo(person, edit, self._build_undo(person, edit, UNPUBLISHED))

    def discard_change(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Give the change of a unit up: it has the approved content again, or, given up once more, that of phones.

        Nothing is left of it that waits for a review or for phones; the history keeps it.

        Raises:
            AccessDenied: As for `save`, and where an approval would go that is not theirs to take (`may_discard`).
            EditConflict: As for `save`.
        """
        check_may_write(person, unit)
        edit = self._reader.find_edit(unit)
        if edit is None:
            return self._make_unedited_draft(unit)
        published = self._ledger.read_state(unit) or UNPUBLISHED
        if seen != edit.head.n:
            raise self._make_conflict(unit, self._reader.read_baseline(unit), seen)
        if edit.is_published_as(published):
            return self.make_draft(edit, published)
        takes_approval = edit.would_discard_approval(published)
        if edit.is_approved_beyond(published) and not takes_approval:
            undone = self._build_undo(person, edit, edit.reviewed)
            return self._commit_undo(person, edit, replace(undone, reviewed=undone.head, authors=()))
        undone = self._build_undo(person, edit, published)
        if takes_approval and not self._may_take_approval(person, edit, published):
            raise AccessDenied(f"{person.name} may not take the approval of {unit} away")
        # Without the approval: what somebody gave up must not reach phones with the next release.
        undone = replace(undone, reviewed=published, reviewed_by="", reviewed_name="", reviewed_at="")
        what = "text.review-taken-back"
        lines = [make_audit_line(person, what, str(unit), revision=edit.reviewed.n)] if takes_approval else []
        return self._commit_undo(person, edit, replace(undone, authors=()), lines)

    def may_discard(self, person: Person, unit: Unit) -> bool:
        """Return whether a person may give a change up. With it goes an approval: of who may review, or wrote it alone."""
        edit = self._reader.find_edit(unit)
        published = self._ledger.read_state(unit) or UNPUBLISHED
        if edit is None or not edit.would_discard_approval(published):
            return may_write(person, unit)
        return may_write(person, unit) and self._may_take_approval(person, edit, published)

    def _may_take_approval(self, person: Person, edit: Edit, published: State) -> bool:
        return person.may(Permission.REVIEW) or self._list_writers(edit, published) == {person.id}

    def _list_writers(self, edit: Edit, published: State) -> set[str]:
        """Return everybody who wrote since phones got the text. `authors` begins anew at each approval: ask the history."""
        lines = self._read_history_lines(edit.unit)
        since = itertools.takewhile(lambda line: not parse_state(line).has_same_content(published), lines)
        return {edit.by, *edit.authors, *(str(line["by"]) for line in since)}

    def _build_undo(self, person: Person, edit: Edit, target: State) -> Edit:
        """Return the edit with the content of an earlier state, under a number of its own."""
        options = SaveOptions(why="shipped") if target.follows else SaveOptions(why="restore", note=str(target.n))
        state = replace(target, n=edit.head.n + 1)
        return replace(self._builder.build_edit(person, edit.unit, edit, state, options), returned=0)

    def _commit_undo(self, person: Person, edit: Edit, undone: Edit, also: Sequence[Append] = ()) -> Draft:
        try:
            self._reader.store.commit([*self._builder.list_store_changes(person, edit, undone), *also])
        except Conflict as error:
            raise self._make_conflict(edit.unit, self._reader.read_baseline(edit.unit), edit.head.n) from error
        return self.make_draft(undone)

    def list_revisions(self, unit: Unit, *, limit: int | None = None) -> list[Revision]:
        """Return the revisions of a unit, newest first. Autosaves in a row are one revision."""
        return [self._load_revision(unit, body) for body in self._read_history_lines(unit, limit)]

    def get_revision(self, unit: Unit, n: int) -> Revision:
        """Return one revision.

        Raises:
            NoRevision: The history has no revision of that number.
        """
        for body in self._read_history_lines(unit):
            if body["n"] == n:
                return self._load_revision(unit, body)
        raise NoRevision(f"{unit} has no revision {n}")

    def restore_revision(self, person: Person, unit: Unit, revision: int, *, seen: int | None = None) -> Draft:
        """Save an earlier revision again; the revisions in between stay in the history.

        Raises:
            NoRevision: The history has no revision of that number.
            AccessDenied, EditConflict: As for `save`.
        """
        old = self.get_revision(unit, revision)
        head = self.get_draft(unit).head if seen is None else seen
        if old.follows:
            return self.drop_edit(person, unit, seen=head)
        origin = old.made_from or None
        return self.save(person, unit, old.content, seen=head, made_from=origin, why="restore", note=str(revision))

    def keep_edit_after_upgrade(self, person: Person, unit: Unit, *, seen: int) -> Draft:
        """Record that the edit stays as it is although the baseline changed.

        Raises:
            AccessDenied, EditConflict: As for `save`.
        """
        check_may_write(person, unit)
        edit = self._reader.find_edit(unit)
        if edit is None or edit.head.n != seen:
            raise self._make_conflict(unit, self.get_draft(unit).content, seen)
        new = replace(edit, base=self._builder.save_baseline(edit.unit))
        if new != edit:
            self._reader.store.commit(
                [new.build_save_change(), make_audit_line(person, "text.kept", str(edit.unit), revision=edit.head.n)]
            )
        return self.make_draft(new)

    def _read_history_lines(self, unit: Unit, limit: int | None = None) -> list[Mapping[str, Any]]:
        edit = self._reader.find_edit(unit)
        newest: list[Mapping[str, Any]] = [edit.build_history_line().body] if edit and edit.open else []
        entries = self._reader.store.entries(REVISIONS, key=str(unit), limit=limit, newest_first=True)
        since = itertools.takewhile(lambda entry: entry.body["why"] != GONE, entries)
        return [*newest, *(entry.body for entry in since)][:limit]

    def _load_revision(self, unit: Unit, body: Mapping[str, Any]) -> Revision:
        return parse_revision(unit, body, self._reader.contents.read(unit, body["content"]))

    def _make_unedited_draft(self, unit: Unit) -> Draft:
        content, origin = copy.deepcopy(self._reader.read_baseline(unit)), self._reader.read_shipped_origin(unit)
        return Draft(unit=unit, head=0, content=content, made_from=origin, follows=True)

    def _save_changes(
        self, person: Person, changes: Sequence[UnitChange], options: SaveOptions, also: Sequence[Append] = ()
    ) -> list[Draft]:
        for change in changes:
            check_may_write(person, change.unit)
        names = [self._reader.contents.write(change.unit, change.content) for change in changes]
        for _ in range(TRIES):
            steps: list[StoreChange] = []
            units: list[tuple[Unit, Edit | None]] = []
            builder = self._builder
            for change, name in zip(changes, names, strict=True):
                edit = self._reader.find_edit(change.unit)
                new = self._compute_next_edit(builder, person, edit, change, name, options)
                steps += builder.list_store_changes(person, edit, new)
                if new is not None and change.unit.kind is Kind.HEAD:
                    builder = builder.with_saved(new)
                units.append((change.unit, new))
            try:
                if steps or also:
                    self._reader.store.commit([*steps, *also])
            except Conflict:
                continue  # somebody else committed first: read again, most likely to find a conflict of contents
            return [self.make_draft(new) if new else self._make_unedited_draft(unit) for unit, new in units]
        first = changes[0]
        raise self._make_conflict(first.unit, first.content, first.seen)

    def _compute_next_edit(
        self,
        builder: EditBuilder,
        person: Person,
        edit: Edit | None,
        change: UnitChange,
        name: str,
        options: SaveOptions,
    ) -> Edit | None:
        """Return the edit after a change; the same edit when the change is a no-op."""
        state = builder.build_state(change.unit, edit, name, change.made_from)
        if edit is None and state.follows and change.seen == 0:
            return None
        if edit is not None and state.has_same_content(edit.head):
            return builder.close_autosaves(person, edit, options)
        if not is_based_on_newest(person, edit, change):
            raise self._make_conflict(change.unit, change.content, change.seen)
        return builder.build_edit(person, change.unit, edit, state, options, change.sender)

    def _make_conflict(self, unit: Unit, yours: Content | None, seen: int) -> EditConflict:
        theirs = self.get_draft(unit)
        return EditConflict(unit, theirs, yours, self._read_content_at(unit, seen))

    def _read_content_at(self, unit: Unit, seen: int) -> Content | None:
        """Return the content of revision `seen`, or of the last earlier one in the history."""
        edit = self._reader.find_edit(unit)
        if edit is None:
            return self._reader.read_baseline(unit)
        body = next((one for one in self._read_history_lines(unit) if one["n"] <= seen), None)
        if body is None:
            return self._reader.contents.read(unit, edit.base)
        return (
            self._reader.read_baseline(unit) if body["follows"] else self._reader.contents.read(unit, body["content"])
        )
