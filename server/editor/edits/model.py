"""What the store holds of an edited unit: the document `edit`, the lines of the log `revisions`, and drafts made of them.

Contents are blobs, so documents and logs stay small. The name "" is the content of a removed unit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from server.editor.units.content import Content
from server.editor.units.unit import Unit
from server.store.protocol import Append, Body, Doc, Json, Put

EDIT = "edit"
REVISIONS = "revisions"


# Documents with the last revision number of a unit that is gone: what is made again under its name goes on from there, so that
# a page that was opened before can never save over it.
LAST_NUMBER = "last-number"
# The line after which the history of a unit begins anew: its region or language was removed whole.
GONE = "gone"
GONE_LINE: dict[str, Json] = {
    "n": 0,
    "content": "",
    "made_from": "",
    "follows": True,
    "by": "",
    "by_name": "",
    "at": "",
    "note": "",
    "why": GONE,
}


class Status(StrEnum):
    """How far the newest revision of a unit has come."""

    DRAFT = "draft"
    RETURNED = "returned"  # a reviewer sent it back with a note, and it was not handed in again
    WAITING = "waiting"  # its author asked for a review
    REVIEWED = "reviewed"  # the next publish includes it
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class State:
    """One saved state of a unit. `follows`: the edit was dropped, the unit has the content of the shipped pack.

    `made_from` is, for a translation, the digest of the source text that it was made from.
    """

    n: int
    content: str
    made_from: str
    follows: bool

    def has_same_content(self, other: State) -> bool:
        """Return whether both states differ in nothing but the number."""
        return replace(self, n=0) == replace(other, n=0)


@dataclass(frozen=True, slots=True)
class Sender:
    """The open page that a save came from, and the number of the save on that page, counted from 1.

    A page whose network fails cannot know that its last save arrived. Its next save still counts as following that one.
    """

    page: str = ""
    turn: int = 0

    def is_later_save_of(self, earlier: Sender) -> bool:
        """Return whether this is a later save of the same page."""
        return bool(self.page) and self.page == earlier.page and self.turn > earlier.turn


NO_PAGE = Sender()
# What phones have of a unit that was never published: the shipped content.
UNPUBLISHED = State(0, "", "", True)


@dataclass(frozen=True, slots=True)
class Edit:
    """The document of one unit. `head` is the newest state and has no line in the log while it is `open`:

    autosaves of one person replace each other in it without filling the history; `sender` is the page of the last one.
    `reviewed` is what the next publish includes; its `n` is 0 when nothing was reviewed. `base` names the baseline of the
    edit when it was begun, or last compared. `returned` is the revision that a reviewer sent back, 0 for none; it stays
    while the text is mended, until that is handed in or approved.
    """

    unit: Unit
    head: State
    by: str
    by_name: str
    at: str
    why: str
    note: str
    base: str
    authors: tuple[str, ...]
    open: bool = False
    opened: str = ""
    sender: Sender = NO_PAGE
    submitted: int = 0
    returned: int = 0
    reviewed: State = UNPUBLISHED
    reviewed_by: str = ""
    reviewed_name: str = ""
    reviewed_at: str = ""
    version: int = 0

    def is_published_as(self, published: State) -> bool:
        """Return whether phones, which have `published`, lack nothing of this edit, written or approved."""
        return not self.is_approved_beyond(published) and self.head.has_same_content(published)

    def is_approved_beyond(self, published: State) -> bool:
        """Return whether something is approved that phones, which have `published`, do not have."""
        return self.reviewed.n > 0 and not self.reviewed.has_same_content(published)

    def would_discard_approval(self, published: State) -> bool:
        """Return whether giving the change up takes an approval away: nothing newer than the approved text is there."""
        return self.is_approved_beyond(published) and self.head.has_same_content(self.reviewed)

    def build_save_change(self) -> Put:
        """Return the store change that saves this edit if the document still has `version`."""
        body: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        body |= {"region": self.unit.region, "path": self.unit.path, "key": self.unit.key}
        body |= {"head": asdict(self.head), "reviewed": asdict(self.reviewed), "authors": list(self.authors)}
        body |= {"sender": asdict(self.sender), "returned": self.returned}
        return Put(EDIT, str(self.unit), body, expect=self.version)

    def build_history_line(self) -> Append:
        """Return the line of the history for the head."""
        body: dict[str, Any] = {**asdict(self.head), "by": self.by, "by_name": self.by_name, "at": self.at}
        return Append(REVISIONS, body | {"why": self.why, "note": self.note}, key=str(self.unit))


_PLAIN = (
    *("by", "by_name", "at", "why", "note", "base", "open", "opened", "submitted"),
    *("reviewed_by", "reviewed_name", "reviewed_at"),
)


def parse_edit(doc: Doc) -> Edit:
    """Return the edit that a document holds."""
    body: Any = doc.body
    return Edit(
        unit=Unit(body["region"], body["path"], body["key"]),
        head=State(**body["head"]),
        reviewed=State(**body["reviewed"]),
        authors=tuple(body["authors"]),
        # Not there in edits of older programs.
        sender=Sender(**body.get("sender", {})),
        returned=body.get("returned", 0),
        version=doc.version,
        **{name: body[name] for name in _PLAIN},
    )


@dataclass(frozen=True, slots=True)
class Revision:
    """One line of a unit's history; `why` is save, restore, shipped, merge, import or confirm.

    `content` is None for a removed unit, and for one that `follows` the shipped pack again.
    """

    unit: Unit
    n: int
    content: Content | None
    made_from: str
    follows: bool
    by: str
    by_name: str
    at: str
    why: str
    note: str


def parse_state(body: Body) -> State:
    """Return the state that a line of the log holds."""
    found: Any = body
    return State(found["n"], found["content"], found["made_from"], found["follows"])


def parse_revision(unit: Unit, body: Body, content: Content | None) -> Revision:
    """Return the revision that a line of the log holds."""
    found: Any = body
    state = parse_state(body)
    who = {name: str(found[name]) for name in ("by", "by_name", "at", "why", "note")}
    return Revision(unit, state.n, content, state.made_from, state.follows, **who)


@dataclass(frozen=True, slots=True)
class Draft:
    """An edited unit as pages show it.

    Attributes:
        head: Number of the newest revision, to be passed to `save` as `seen`; 0 when the unit was never edited.
        content: The content of the newest revision; None when it is removed. When it `follows`, the shipped content.
        made_from: For a translation, the digest of the source text it was made from; "" when unknown.
        by: Id of the person who saved the newest revision; "" when the unit was never edited.
        submitted: The revision that its author handed in for review, 0 for none.
        returned: The revision that a reviewer sent back, 0 for none.
        reviewed: The newest reviewed revision, 0 for none.
        published: The revision that phones get, 0 for the shipped text.
        upgraded: The shipped content has changed since the edit was begun.
        authors: Ids of everybody who wrote since the last review.
        is_on_phones: Phones have this content, under whichever number, and nothing else is approved.
    """

    unit: Unit
    head: int
    content: Content | None
    made_from: str
    follows: bool
    by: str = ""
    by_name: str = ""
    at: str = ""
    note: str = ""
    submitted: int = 0
    reviewed: int = 0
    reviewed_by: str = ""
    reviewed_name: str = ""
    published: int = 0
    upgraded: bool = False
    returned: int = 0
    authors: tuple[str, ...] = ()
    is_on_phones: bool = True

    @property
    def status(self) -> Status:
        """How far the newest revision has come."""
        if self.is_on_phones:
            return Status.PUBLISHED
        if self.head == self.reviewed:
            return Status.REVIEWED
        if self.head == self.submitted:
            return Status.WAITING
        return Status.RETURNED if self.returned else Status.DRAFT
