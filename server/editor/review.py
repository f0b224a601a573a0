"""A second person reads what somebody wrote; only then may it be published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from server.auth.audit import audit
from server.auth.roles import Permission, Person
from server.editor.drafts import Drafts
from server.editor.errors import NotAllowed, ReviewRefused
from server.editor.ground import Ground
from server.editor.ledger import Ledger
from server.editor.records import UNPUBLISHED, Draft, Edit
from server.editor.saving import Clock, may_write, now
from server.editor.units import Unit
from server.store.errors import Conflict
from server.store.protocol import Change

People = Callable[[], Sequence[Person]]


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
        may_write(person, unit)
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
        authors = tuple(dict.fromkeys((*edit.authors, edit.by)))
        laid = replace(edit, reviewed=published, authors=authors, reviewed_by="", reviewed_name="", reviewed_at="")
        return self._commit(person, edit, laid, "text.review-taken-back")

    def _newest(self, unit: Unit, revision: int) -> Edit:
        edit = self._ground.edit(unit)
        if edit is None or edit.head.n != revision:
            found = f"revision {edit.head.n} is the newest" if edit else "nobody edited it"
            raise ReviewRefused(f"{unit}: revision {revision} cannot be reviewed: {found}")
        return edit

    def _commit(self, person: Person, edit: Edit, laid: Edit, what: str) -> Draft:
        if laid == edit:
            return self._drafts.shown(edit)
        changes: list[Change] = [laid.put(), audit(person, what, str(edit.unit), revision=edit.head.n)]
        if edit.open and not laid.open:
            changes.append(edit.line())
        try:
            self._ground.store.commit(changes)
        except Conflict as error:
            raise ReviewRefused(f"{edit.unit}: somebody changed it at the same moment; read it again") from error
        return self._drafts.shown(laid)
