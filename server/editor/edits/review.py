"""A second person reads what somebody wrote; only then may it be published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from server.auth.audit import audit
from server.auth.errors import NotAllowed
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import Ground
from server.editor.edits.drafts import Drafts
from server.editor.edits.model import UNPUBLISHED, Draft, Edit, State
from server.editor.edits.publications import Ledger
from server.editor.edits.saving import Clock, check_may_write, now
from server.editor.units.errors import ContentRefused, ReviewRefused
from server.editor.units.unit import Unit
from server.store.errors import Conflict
from server.store.protocol import Append, StoreChange

People = Callable[[], Sequence[Person]]

NOTES = "review-notes"  # a log: a note is kept with the text, never overwritten
MAX_NOTE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Note:
    """Why revision `n` went back, by whom and when."""

    n: int
    text: str
    by: str
    by_name: str
    at: str


class Reviews:
    """Handing in, reviewing, and taking a review back. `people` gives everybody who may sign in now."""

    def __init__(self, ground: Ground, ledger: Ledger, drafts: Drafts, people: People, clock: Clock = now) -> None:
        self._ground = ground
        self._ledger = ledger
        self._drafts = drafts
        self._people = people
        self._clock = clock

    def submit(self, person: Person, unit: Unit, revision: int) -> Draft:
        """Hand the newest revision in for review.

        Raises:
            NotAllowed: The person may not write this unit.
            ReviewRefused: It is not the newest revision.
        """
        check_may_write(person, unit)
        edit = self._newest(unit, revision)
        laid = replace(edit, submitted=revision, open=False)
        return self._commit(person, edit, laid, "text.submitted")

    def why_not(self, person: Person, unit: Unit) -> str:
        """Give why this person may not review the newest revision of a unit, as a stable word, or "".

        `permission`: their role does not allow it. `author`: they wrote some of it, and there is somebody who did not.
        """
        if not person.may(Permission.REVIEW):
            return "permission"
        edit = self._ground.edit(unit)
        authors = set(edit.authors) if edit else set()
        if person.id not in authors:
            return ""
        others = {one.id for one in self._people() if one.may(Permission.REVIEW)} - {person.id}
        if others - authors:
            return "author"
        # Everybody here wrote some of it: then at least not the one who wrote last, unless nobody else is here.
        return "author" if others and edit is not None and edit.by == person.id else ""

    def review(self, person: Person, unit: Unit, revision: int) -> Draft:
        """Say that a revision may be published; the next publish takes it.

        Raises:
            NotAllowed: This person may not review, or wrote it and there is somebody else who may.
            ReviewRefused: It is not the newest revision: read the newest one.
        """
        if why := self.why_not(person, unit):
            reason = "wrote it, and somebody else can review it" if why == "author" else "may not review"
            raise NotAllowed(f"{person.name}: {reason}: {unit}")
        edit = self._newest(unit, revision)
        laid = replace(
            edit,
            open=False,
            authors=(),
            reviewed=edit.head,
            reviewed_by=person.id,
            reviewed_name=person.name,
            reviewed_at=self._clock().isoformat(timespec="seconds"),
        )
        return self._commit(person, edit, laid, "text.reviewed")

    def take_back(self, person: Person, unit: Unit) -> Draft:
        """Take a review back: the next publish leaves the unit as phones have it now.

        Raises:
            NotAllowed: This person may not review.
            ReviewRefused: Nothing of the unit was reviewed since it was published.
        """
        if not person.may(Permission.REVIEW):
            raise NotAllowed(f"{person.name} may not review")
        edit = self._ground.edit(unit)
        published = self._ledger.state(unit) or UNPUBLISHED
        if edit is None or edit.reviewed == published:
            raise ReviewRefused(f"{unit}: nothing was reviewed that is not published")
        return self._commit(person, edit, _without_review(edit, published), "text.review-taken-back")

    def last_note(self, unit: Unit) -> Note | None:
        """Return the newest note on a unit; it is about the newest revision when its `n` is the draft's `head`."""
        lines = self._ground.store.entries(NOTES, key=str(unit), limit=1, newest_first=True)
        if not lines:
            return None
        entry = lines[0]
        n = entry.body["n"]
        assert isinstance(n, int)
        return Note(n, str(entry.body["text"]), str(entry.body["by"]), str(entry.body["by_name"]), entry.at)

    def send_back(self, person: Person, unit: Unit, revision: int, text: str) -> None:
        """Return the newest revision to its author with a note; it is no longer handed in, nor reviewed.

        Raises:
            NotAllowed: This person may not review.
            ContentRefused: The note is empty or too long.
            ReviewRefused: It is not the newest revision, or phones have it already.
        """
        if not person.may(Permission.REVIEW):
            raise NotAllowed(f"{person.name} may not review")
        words = text.replace("\r\n", "\n").strip()
        if not words or len(words) > MAX_NOTE_CHARS:
            raise ContentRefused(f"a note of {len(words)} characters, expected 1 to {MAX_NOTE_CHARS}")
        edit = self._newest(unit, revision)
        published = self._ledger.state(unit) or UNPUBLISHED
        if published.n == revision:
            raise ReviewRefused(f"{unit}: revision {revision} is on phones already")
        reviewed = edit.reviewed.n == revision
        returned = replace(_without_review(edit, published) if reviewed else edit, submitted=0, open=False)
        note: dict[str, str | int] = {"n": revision, "text": words, "by": person.id, "by_name": person.name}
        self._commit(person, edit, returned, "text.sent-back", Append(NOTES, note, key=str(unit)))

    def _newest(self, unit: Unit, revision: int) -> Edit:
        edit = self._ground.edit(unit)
        if edit is None or edit.head.n != revision:
            found = f"revision {edit.head.n} is the newest" if edit else "nobody edited it"
            raise ReviewRefused(f"{unit}: revision {revision} cannot be reviewed: {found}")
        return edit

    def _commit(self, person: Person, edit: Edit, laid: Edit, what: str, *also: StoreChange) -> Draft:
        if laid == edit and not also:
            return self._drafts.shown(edit)
        line = audit(person, what, str(edit.unit), revision=edit.head.n)
        changes: list[StoreChange] = [*([laid.put()] if laid != edit else []), *also, line]
        if edit.open and not laid.open:
            changes.append(edit.line())
        try:
            self._ground.store.commit(changes)
        except Conflict as error:
            raise ReviewRefused(f"{edit.unit}: somebody changed it at the same moment; read it again") from error
        return self._drafts.shown(laid)


def _without_review(edit: Edit, published: State) -> Edit:
    """Return `edit` as phones have it; its last writer is its author again, so that somebody else must read it."""
    authors = tuple(dict.fromkeys((*edit.authors, edit.by)))
    return replace(edit, reviewed=published, authors=authors, reviewed_by="", reviewed_name="", reviewed_at="")
