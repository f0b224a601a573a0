"""From one state of an edited unit to the next: what is kept, what replaces what, and what is written for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from server.auth.audit import audit
from server.auth.errors import NotAllowed
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import Ground
from server.editor.edits.model import NO_PAGE, Edit, Sender, State
from server.editor.units.content import Content, digest
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Kind, Unit
from server.store.protocol import StoreChange

# One person's autosaves are one line of the history for so long.
ONE_LINE = timedelta(minutes=10)

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """What one unit is to say; the fields are those of `Drafts.save`."""

    unit: Unit
    content: Content | None
    seen: int
    made_from: str | None = None
    sender: Sender = NO_PAGE


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a change is kept: `why` and `note` go into the history; the rest is explained at `Drafts.save`."""

    why: str
    note: str = ""
    autosave: bool = False
    on_present: bool = False


class Saving:
    """Works out states and writes nothing itself, but for contents, which are blobs."""

    def __init__(self, ground: Ground, clock: Clock) -> None:
        self._ground = ground
        self._clock = clock

    def ahead_of(self, edit: Edit) -> Saving:
        """Return what works out states once `edit` is saved, for a commit that saves more than one unit."""
        return Saving(self._ground.ahead_of(edit), self._clock)

    def present(self, unit: Unit) -> str:
        """Keep what lies below the unit now, so that it can be shown after an upgrade has replaced it."""
        return self._ground.contents.write(unit, self._ground.below(unit))

    def state(self, unit: Unit, edit: Edit | None, name: str, made_from: str | None) -> State:
        """Give the next state of a unit that says the content of that name."""
        shipped = self._ground.shipped_made_from(unit) if name else ""
        noted = edit.head.made_from if edit and not edit.head.follows else shipped
        origin = made_from or noted or self._ground.source_digest(unit)
        origin = origin if name and self._ground.source_unit(unit) else ""
        number = edit.head.n + 1 if edit else 1
        if name == digest(unit, self._ground.below(unit)) and origin in ("", shipped):
            return State(number, "", "", True)
        return State(number, name, origin, False)

    def laid(
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
        continues = _continues(before, person, at)
        return replace(
            before,
            head=state,
            by=person.id,
            by_name=person.name,
            at=at.isoformat(timespec="seconds"),
            why=options.why,
            note=options.note,
            base=self.present(unit) if fresh or options.on_present else before.base,
            authors=_authors(before, person),
            open=options.autosave,
            sender=sender if options.autosave else NO_PAGE,
            opened=before.opened if continues else at.isoformat(timespec="seconds"),
        )

    def settled(self, person: Person, edit: Edit, options: SaveOptions) -> Edit:
        """Return the edit for a save of the content it has already: at most it closes the person's own autosaves."""
        closed = edit.open and not options.autosave and edit.by == person.id
        base = self.present(edit.unit) if options.on_present else edit.base
        return replace(edit, open=edit.open and not closed, base=base)

    def steps(self, person: Person, edit: Edit | None, laid: Edit | None) -> list[StoreChange]:
        """Give what must be written to get from one state of an edit to the next."""
        if laid is None or laid == edit:
            return []
        steps: list[StoreChange] = [laid.put()]
        at = datetime.fromisoformat(laid.at)
        replaced = edit is not None and (laid.head.n == edit.head.n or _continues(edit, person, at))
        if edit is not None and edit.open and not replaced:
            steps.append(edit.line())
        if not laid.open and (edit is None or edit.open or laid.head.n != edit.head.n):
            steps += [laid.line(), audit(person, "text.saved", str(laid.unit), revision=laid.head.n)]
        return steps


def may_write(person: Person, unit: Unit) -> bool:
    """Return whether a person may write a unit: an editor any, a translator the texts of their own languages.

    Where a translation comes from is kept with the translation; nobody writes it by itself.
    """
    if unit.kind is Kind.MADE_FROM:
        return False
    return person.may(Permission.EDIT) or (unit.locale is not None and person.may(Permission.TRANSLATE, unit.locale))


def check_may_write(person: Person, unit: Unit) -> None:
    """Raise NotAllowed unless this person may write this unit, ContentRefused where nobody may."""
    if unit.kind is Kind.MADE_FROM:
        raise ContentRefused(f"{unit}: kept with its translation")
    if not may_write(person, unit):
        raise NotAllowed(f"{person.name} may not edit {unit}")


def in_view(person: Person, edit: Edit | None, change: Change) -> bool:
    """Say whether whoever makes a change had the newest state of the unit in view, or sent it from the same page."""
    if edit is None:
        return change.seen == 0
    if change.seen == edit.head.n:
        return True
    return edit.open and edit.by == person.id and change.sender.follows_on(edit.sender)


def _continues(edit: Edit, person: Person, at: datetime) -> bool:
    """Say whether what the person saves at `at` replaces their autosave before it in the history."""
    if not edit.open or edit.by != person.id:
        return False
    return at - datetime.fromisoformat(edit.opened) < ONE_LINE


def _authors(edit: Edit, person: Person) -> tuple[str, ...]:
    """Give everybody who wrote since the last review, each once."""
    before = () if edit.head.n == edit.reviewed.n else edit.authors
    return tuple(dict.fromkeys((*before, person.id)))
