"""Reviews: a second person reads what somebody wrote before it can be published."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from server.auth.audit import make_audit_line
from server.auth.errors import AccessDenied
from server.auth.gate import get_utc_now
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import UnitReader
from server.editor.edits.drafts import Drafts
from server.editor.edits.errors import TextsFaulty
from server.editor.edits.model import GONE, UNPUBLISHED, Draft, Edit, State
from server.editor.edits.publications import Ledger
from server.editor.edits.saving import Clock, check_may_write
from server.editor.units.errors import ContentRefused, ReviewRefused
from server.editor.units.unit import Unit
from server.store.errors import Conflict
from server.store.protocol import Append, StoreChange

People = Callable[[], Sequence[Person]]
# Returns the errors that approving the newest revisions of these units would bring into the next publish.
FindErrors = Callable[[Sequence[Unit]], Sequence[object]]

NOTES = "review-notes"  # a log: a note is kept with the text, never overwritten
MAX_NOTE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Note:
    """The reason why revision `n` was sent back, by whom and when."""

    n: int
    text: str
    by: str
    by_name: str
    at: str


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """What becomes of one text: the edit as it was read, as it will be, and the store changes that lead there."""

    edit: Edit
    changed: Edit
    changes: Sequence[StoreChange]


class Reviews:
    """Hand in, review, and take a review back. `people` returns everybody who may sign in now."""

    def __init__(
        self,
        reader: UnitReader,
        ledger: Ledger,
        drafts: Drafts,
        people: People,
        find_errors: FindErrors,
        clock: Clock = get_utc_now,
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._drafts = drafts
        self._people = people
        self.find_errors = find_errors
        self._clock = clock

    def submit_revision(self, person: Person, unit: Unit, revision: int) -> Draft:
        """Hand the newest revision in for review.

        Raises:
            AccessDenied: The person may not write this unit.
            ReviewRefused: It is not the newest revision.
        """
        return self.submit_revisions(person, [(unit, revision)])[0]

    def submit_revisions(self, person: Person, texts: Sequence[tuple[Unit, int]]) -> list[Draft]:
        """Hand the newest revisions of several texts in, all or none. Raises as `submit_revision`."""
        steps = []
        for unit, revision in texts:
            check_may_write(person, unit)
            edit = self._require_newest(unit, revision)
            laid = replace(edit, submitted=revision, returned=0, open=False)
            steps.append(_build_step(person, edit, laid, "text.submitted"))
        return self._commit_steps(steps)

    def find_review_obstacle(self, person: Person, unit: Unit) -> str:
        """Return why this person may not review the newest revision of a unit, as a stable word, or "".

        `permission`: their role does not allow it. `author`: they wrote some of it, and somebody else did not.
        """
        if not person.may(Permission.REVIEW):
            return "permission"
        edit = self._reader.find_edit(unit)
        authors = set(edit.authors) if edit else set()
        if person.id not in authors:
            return ""
        others = {one.id for one in self._people() if one.may(Permission.REVIEW)} - {person.id}
        if others - authors:
            return "author"
        # Everybody here wrote some of it. Then anybody may review it but the last writer, unless nobody else is here.
        return "author" if others and edit is not None and edit.by == person.id else ""

    def approve_revision(self, person: Person, unit: Unit, revision: int) -> Draft:
        """Mark a revision as reviewed; the next publish includes it. Raises as `approve_revisions`."""
        return self.approve_revisions(person, [(unit, revision)])[0]

    def approve_revisions(self, person: Person, texts: Sequence[tuple[Unit, int]]) -> list[Draft]:
        """Mark revisions as reviewed, all or none, after looking at all of them together.

        Raises:
            AccessDenied: This person may not review, or wrote one and there is somebody else who may.
            ReviewRefused: One is not the newest revision; the person has to read that one.
            TextsFaulty: They would stop the next publish.
        """
        for unit, revision in texts:
            if why := self.find_review_obstacle(person, unit):
                reason = "wrote it, and somebody else can review it" if why == "author" else "may not review"
                raise AccessDenied(f"{person.name}: {reason}: {unit}")
            self._require_newest(unit, revision)
        if errors := self.find_errors([unit for unit, _ in texts]):
            raise TextsFaulty(errors)
        # One commit: a text that somebody saves at this moment leaves none of the others approved.
        chosen = dict.fromkeys(texts)
        return self._commit_steps(
            [self._build_approval(person, self._require_newest(unit, revision)) for unit, revision in chosen]
        )

    def _build_approval(self, person: Person, edit: Edit) -> ReviewStep:
        laid = replace(
            edit,
            open=False,
            authors=(),
            returned=0,
            reviewed=edit.head,
            reviewed_by=person.id,
            reviewed_name=person.name,
            reviewed_at=self._clock().isoformat(timespec="seconds"),
        )
        return _build_step(person, edit, laid, "text.reviewed")

    def revoke_review(self, person: Person, unit: Unit) -> Draft:
        """Take a review back: the next publish leaves the unit as phones have it now.

        Raises:
            AccessDenied: This person may not review.
            ReviewRefused: Nothing of the unit was reviewed since it was published.
        """
        return self._commit_steps([self._build_revocation(person, unit)])[0]

    def _build_revocation(self, person: Person, unit: Unit) -> ReviewStep:
        if not person.may(Permission.REVIEW):
            raise AccessDenied(f"{person.name} may not review")
        edit = self._reader.find_edit(unit)
        published = self._ledger.read_state(unit) or UNPUBLISHED
        if edit is None or edit.reviewed == published:
            raise ReviewRefused(f"{unit}: nothing was reviewed that is not published")
        return _build_step(person, edit, _remove_review(edit, published), "text.review-taken-back")

    def find_open_note(self, draft: Draft) -> Note | None:
        """Return the note with which a text was sent back, until it is handed in again; None when there is none."""
        note = self.find_last_note(draft.unit)
        return note if note is not None and note.n in (draft.head, draft.returned) else None

    def find_last_note(self, unit: Unit) -> Note | None:
        """Return the newest note on a unit; it is about the newest revision when its `n` is the draft's `head`."""
        lines = self._reader.store.entries(NOTES, key=str(unit), limit=1, newest_first=True)
        # What is gone takes its notes along: what has the same name later is another text.
        if not lines or lines[0].body.get("why") == GONE:
            return None
        entry = lines[0]
        n = entry.body["n"]
        assert isinstance(n, int)
        return Note(n, str(entry.body["text"]), str(entry.body["by"]), str(entry.body["by_name"]), entry.at)

    def send_back_revision(self, person: Person, unit: Unit, revision: int, text: str) -> None:
        """Send the newest revision back to its author with a note; it is no longer submitted or reviewed.

        Raises:
            AccessDenied: This person may not review.
            ContentRefused: The note is empty or too long.
            ReviewRefused: It is not the newest revision, or phones have it already.
        """
        self._commit_steps([self._build_return(person, unit, revision, text)])

    def _build_return(self, person: Person, unit: Unit, revision: int, text: str) -> ReviewStep:
        if not person.may(Permission.REVIEW):
            raise AccessDenied(f"{person.name} may not review")
        words = tidy_reason(text)
        edit = self._require_newest(unit, revision)
        published = self._ledger.read_state(unit) or UNPUBLISHED
        if published.n == revision:
            raise ReviewRefused(f"{unit}: revision {revision} is on phones already")
        reviewed = edit.reviewed.n == revision
        kept = _remove_review(edit, published) if reviewed else edit
        returned = replace(kept, submitted=0, returned=revision, open=False)
        note: dict[str, str | int] = {"n": revision, "text": words, "by": person.id, "by_name": person.name}
        line = Append(NOTES, note, key=str(unit))
        return _build_step(person, edit, returned, "text.sent-back", line, why=words)

    def give_up_approvals(self, person: Person, units: Collection[Unit], text: str) -> None:
        """Send approved texts back with one note, all or none; of a text changed since, only the approval is taken back.

        Raises:
            AccessDenied, ContentRefused, ReviewRefused: As `send_back_revision`.
        """
        steps = []
        for unit in sorted(units):
            edit = self._reader.find_edit(unit)
            if edit is not None and edit.head.n == edit.reviewed.n:
                steps.append(self._build_return(person, unit, edit.head.n, text))
            else:
                steps.append(self._build_revocation(person, unit))
        self._commit_steps(steps)

    def _require_newest(self, unit: Unit, revision: int) -> Edit:
        edit = self._reader.find_edit(unit)
        if edit is None or edit.head.n != revision:
            found = f"revision {edit.head.n} is the newest" if edit else "nobody edited it"
            raise ReviewRefused(f"{unit}: revision {revision} cannot be reviewed: {found}")
        return edit

    def _commit_steps(self, steps: Sequence[ReviewStep]) -> list[Draft]:
        """Commit all steps at once, or none."""
        changes = [change for step in steps for change in step.changes]
        try:
            if changes:
                self._reader.store.commit(changes)
        except Conflict as error:
            names = ", ".join(str(step.edit.unit) for step in steps)
            raise ReviewRefused(f"{names}: somebody changed it at the same moment; read it again") from error
        return [self._drafts.make_draft(step.changed) for step in steps]


def _build_step(person: Person, edit: Edit, changed: Edit, what: str, *also: StoreChange, why: str = "") -> ReviewStep:
    """Return the step from an edit to a changed one, with its line in the log of changes."""
    if changed == edit and not also:
        return ReviewStep(edit, edit, ())
    more = {"why": why} if why else {}
    line = make_audit_line(person, what, str(edit.unit), revision=edit.head.n, **more)
    changes: list[StoreChange] = [*([changed.build_save_change()] if changed != edit else []), *also, line]
    if edit.open and not changed.open:
        changes.append(edit.build_history_line())
    return ReviewStep(edit, changed, changes)


def tidy_reason(text: str) -> str:
    """Return a note or a reason as it is kept.

    Raises:
        ContentRefused: It is empty or too long.
    """
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > MAX_NOTE_CHARS:
        raise ContentRefused(f"a note of {len(words)} characters, expected 1 to {MAX_NOTE_CHARS}")
    return words


def _remove_review(edit: Edit, published: State) -> Edit:
    """Return `edit` as phones have it. Its last writer is an author again, so that somebody else must read it."""
    authors = tuple(dict.fromkeys((*edit.authors, edit.by)))
    return replace(edit, reviewed=published, authors=authors, reviewed_by="", reviewed_name="", reviewed_at="")
