"""Work out the next state of an edited unit, and the store changes that save it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.auth.audit import make_audit_line
from server.auth.errors import AccessDenied
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import UnitReader
from server.editor.edits.model import NO_PAGE, Edit, Sender, State
from server.editor.units.content import Content, hash_content
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Kind, Unit
from server.store.protocol import StoreChange

# For this time, the autosaves of one person are one line of the history.
ONE_LINE = timedelta(minutes=10)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class UnitChange:
    """The new content of one unit; the fields are the arguments of `Drafts.save`."""

    unit: Unit
    content: Content | None
    seen: int
    made_from: str | None = None
    sender: Sender = NO_PAGE


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a change is saved: `why` and `note` go into the history; the rest is explained at `Drafts.save`."""

    why: str
    note: str = ""
    autosave: bool = False
    on_present: bool = False


class EditBuilder:
    """Works out states. Writes only contents, which are blobs."""

    def __init__(self, reader: UnitReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def with_saved(self, edit: Edit) -> EditBuilder:
        """Return a Saving that treats `edit` as saved already, for a commit of several units."""
        return EditBuilder(self._reader.with_saved(edit), self._clock)

    def save_baseline(self, unit: Unit) -> str:
        """Save the baseline of the unit and return its name, so that it can be shown after an upgrade replaced it."""
        return self._reader.contents.write(unit, self._reader.read_baseline(unit))

    def build_state(self, unit: Unit, edit: Edit | None, name: str, made_from: str | None) -> State:
        """Return the next state of a unit, for the content of that name."""
        shipped = self._reader.read_shipped_origin(unit) if name else ""
        noted = edit.head.made_from if edit and not edit.head.follows else shipped
        origin = made_from or noted or self._reader.compute_source_digest(unit)
        origin = origin if name and self._reader.find_source_unit(unit) else ""
        number = (edit.head.n if edit else self._reader.read_last_number(unit)) + 1
        if name == hash_content(unit, self._reader.read_baseline(unit)) and origin in ("", shipped):
            return State(number, "", "", True)
        return State(number, name, origin, False)

    def build_edit(
        self,
        person: Person,
        unit: Unit,
        edit: Edit | None,
        state: State,
        options: SaveOptions,
        sender: Sender = NO_PAGE,
    ) -> Edit:
        """Return the edit with `state` as its head."""
        at = self._clock()
        new = Edit(unit, state, "", "", "", "", "", "", ())
        before = edit or new
        fresh = edit is None or before.head.follows
        continues = _should_replace_autosave(before, person, at)
        return replace(
            before,
            head=state,
            by=person.id,
            by_name=person.name,
            at=at.isoformat(timespec="seconds"),
            why=options.why,
            note=options.note,
            base=self.save_baseline(unit) if fresh or options.on_present else before.base,
            authors=_list_authors(before, person),
            open=options.autosave,
            sender=sender if options.autosave else NO_PAGE,
            opened=before.opened if continues else at.isoformat(timespec="seconds"),
        )

    def close_autosaves(self, person: Person, edit: Edit, options: SaveOptions) -> Edit:
        """Return the edit for a save with the same content as its head: at most, it closes the person's own autosaves."""
        closed = edit.open and not options.autosave and edit.by == person.id
        base = self.save_baseline(edit.unit) if options.on_present else edit.base
        return replace(edit, open=edit.open and not closed, base=base)

    def list_store_changes(self, person: Person, edit: Edit | None, new: Edit | None) -> list[StoreChange]:
        """Return the store changes that lead from one state of an edit to the next."""
        if new is None or new == edit:
            return []
        steps: list[StoreChange] = [new.build_save_change()]
        if edit is not None and edit.open and not self._replaces_autosave(person, edit, new):
            steps.append(edit.build_history_line())
        if not new.open and (edit is None or edit.open or new.head.n != edit.head.n):
            steps += [
                new.build_history_line(),
                make_audit_line(person, "text.saved", str(new.unit), revision=new.head.n),
            ]
        return steps

    def _replaces_autosave(self, person: Person, edit: Edit, new: Edit) -> bool:
        """Return whether the line of an autosave is not needed: it is this revision, or the person went on typing."""
        if new.head.n == edit.head.n:
            return True
        # Whoever undoes, removes, merges or imports does not go on typing: what they typed is found in the history only.
        if new.why != "save" or self._is_removed(new):
            return False
        return _should_replace_autosave(edit, person, datetime.fromisoformat(new.at))

    def _is_removed(self, edit: Edit) -> bool:
        """Return whether the head has no content, of its own or shipped."""
        head = edit.head
        return self._reader.read_baseline(edit.unit) is None if head.follows else not head.content


def may_write(person: Person, unit: Unit) -> bool:
    """Return whether a person may write a unit: an editor any, a translator the texts of their own languages.

    Where a translation comes from is kept with the translation; nobody writes it by itself.
    """
    if unit.kind is Kind.MADE_FROM:
        return False
    return person.may(Permission.EDIT) or (unit.locale is not None and person.may(Permission.TRANSLATE, unit.locale))


def check_may_write(person: Person, unit: Unit) -> None:
    """Raise AccessDenied unless this person may write this unit, ContentRefused where nobody may."""
    if unit.kind is Kind.MADE_FROM:
        raise ContentRefused(f"{unit}: kept with its translation")
    if not may_write(person, unit):
        raise AccessDenied(f"{person.name} may not edit {unit}")


def is_based_on_newest(person: Person, edit: Edit | None, change: UnitChange) -> bool:
    """Return whether a change was made from the newest state of the unit, or sent from the same page."""
    if edit is None:
        return change.seen == 0
    if change.seen == edit.head.n:
        return True
    return edit.open and edit.by == person.id and change.sender.is_later_save_of(edit.sender)


def _should_replace_autosave(edit: Edit, person: Person, at: datetime) -> bool:
    """Return whether a save at `at` replaces the person's last autosave in the history."""
    if not edit.open or edit.by != person.id:
        return False
    return at - datetime.fromisoformat(edit.opened) < ONE_LINE


def _list_authors(edit: Edit, person: Person) -> tuple[str, ...]:
    """Return everybody who wrote since the last review, each once."""
    before = () if edit.head.n == edit.reviewed.n else edit.authors
    return tuple(dict.fromkeys((*before, person.id)))
