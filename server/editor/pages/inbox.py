"""What waits for one person at the desk: texts that came back, reviews, faults that stop a publish, a rollback."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.auth.roles import Permission, Person
from server.editor.desk import Desk
from server.editor.edits.model import Draft, Status
from server.editor.edits.review import Note
from server.editor.packs.findings import Finding
from server.editor.pages.recall import PublishedTopic, list_recallable_topics
from server.editor.releases.taken_back import TakenBack


@dataclass(frozen=True, slots=True)
class ReturnedText:
    """A text that a reviewer sent back, with the note."""

    draft: Draft
    note: Note | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """Everything that waits for one person.

    Attributes:
        returned: Texts that this person wrote and a reviewer sent back.
        mine: Their other drafts that are not submitted yet.
        waiting: Texts of others that they can review.
        handed_in: Texts of theirs that somebody else must review.
        ready: Approved texts that phones have never had.
        taken_back: The last rollback, with its texts.
        withdrawn: Topics that were withdrawn from phones.
        stops: What the checker finds in what is approved: nothing can be published until it is fixed.
    """

    returned: Sequence[ReturnedText]
    mine: Sequence[Draft]
    waiting: Sequence[Draft]
    handed_in: Sequence[Draft]
    ready: Sequence[Draft]
    taken_back: TakenBack | None
    withdrawn: Sequence[PublishedTopic]
    stops: Sequence[Finding]

    def is_empty_for(self, person: Person) -> bool:
        """Return whether nothing here is for this person to do or to know."""
        ready = self.ready if person.may(Permission.PUBLISH) else ()
        return not (self.returned or self.mine or self.waiting or self.taken_back or self.stops or ready)


def load_inbox(desk: Desk, person: Person, regions: Iterable[str]) -> Inbox:
    """Return what waits for a person, in these regions."""
    drafts = desk.list_drafts()
    waiting = [one for one in drafts if one.status is Status.WAITING]
    can_review = {one.unit for one in waiting if not desk.reviews.find_review_obstacle(person, one.unit)}
    taken_back = desk.find_taken_back()
    kept = taken_back.units if taken_back else ()
    return Inbox(
        returned=[
            ReturnedText(one, desk.reviews.find_open_note(one))
            for one in drafts
            if one.status is Status.RETURNED and person.id in one.authors
        ],
        mine=[one for one in drafts if one.by == person.id and one.status is Status.DRAFT],
        waiting=[one for one in waiting if one.unit in can_review],
        handed_in=[one for one in waiting if one.unit not in can_review and person.id in one.authors],
        ready=[one for one in drafts if one.status is Status.REVIEWED and one.unit not in kept],
        taken_back=taken_back,
        withdrawn=[one for one in list_recallable_topics(desk) if one.is_withdrawn],
        stops=[one for region in regions for one in desk.check_region(region, with_drafts=False).errors],
    )
