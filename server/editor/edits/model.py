"""What the desk keeps of an edited unit: the document `edit`, the lines of the log `revisions`, and how they are shown.

Contents are blobs, so documents and logs stay small. A content's name "" is a removed unit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from server.editor.units.content import Content
from server.editor.units.unit import Unit
from server.store.protocol import Append, Body, Doc, Put

EDIT = "edit"
REVISIONS = "revisions"


class Status(StrEnum):
    """How far the newest revision of a unit has come."""

    DRAFT = "draft"
    WAITING = "waiting"  # its author asked for a review
    REVIEWED = "reviewed"  # the next publish takes it
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class State:
    """One saved state of a unit. `follows`: the edit is given up, the unit says whatever the shipped pack says.

    `made_from` is, for a translation, the digest of the source text that it was made from.
    """

    n: int
    content: str
    made_from: str
    follows: bool

    def same_words(self, other: State) -> bool:
        """Say whether both states say the same."""
        return replace(self, n=0) == replace(other, n=0)


@dataclass(frozen=True, slots=True)
class Sender:
    """The open page that a save came from, and which of that page's saves it is, counted from 1.

    A page whose network fails cannot know that its last save arrived. Whatever it says next still follows on that one.
    """

    page: str = ""
    turn: int = 0

    def follows_on(self, earlier: Sender) -> bool:
        """Say whether this is a later save of the same page."""
        return bool(self.page) and self.page == earlier.page and self.turn > earlier.turn


NO_PAGE = Sender()
# What phones have of a unit that was never published: whatever is shipped.
UNPUBLISHED = State(0, "", "", True)


@dataclass(frozen=True, slots=True)
class Edit:
    """The document of one unit. `head` is the newest state and is on no line of the log while it is `open`:

    autosaves of one person follow each other in it without filling the history; `sender` is where the last of them came
    from. `reviewed` is what the next publish takes; its `n` is 0 when nothing was reviewed. `base` is what lay below the
    edit when it was begun, or last looked at.
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
    reviewed: State = UNPUBLISHED
    reviewed_by: str = ""
    reviewed_name: str = ""
    reviewed_at: str = ""
    version: int = 0

    def put(self) -> Put:
        """Give the change that keeps this, if the document still stands at `version`."""
        body: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        body |= {"region": self.unit.region, "path": self.unit.path, "key": self.unit.key}
        body |= {"head": asdict(self.head), "reviewed": asdict(self.reviewed), "authors": list(self.authors)}
        body["sender"] = asdict(self.sender)
        return Put(EDIT, str(self.unit), body, expect=self.version)

    def line(self) -> Append:
        """Give the line of the history that the head becomes."""
        body: dict[str, Any] = {**asdict(self.head), "by": self.by, "by_name": self.by_name, "at": self.at}
        return Append(REVISIONS, body | {"why": self.why, "note": self.note}, key=str(self.unit))


_PLAIN = (
    *("by", "by_name", "at", "why", "note", "base", "open", "opened", "submitted"),
    *("reviewed_by", "reviewed_name", "reviewed_at"),
)


def edit_from(doc: Doc) -> Edit:
    """Give the edit that a document keeps."""
    body: Any = doc.body
    return Edit(
        unit=Unit(body["region"], body["path"], body["key"]),
        head=State(**body["head"]),
        reviewed=State(**body["reviewed"]),
        authors=tuple(body["authors"]),
        sender=Sender(**body.get("sender", {})),
        version=doc.version,
        **{name: body[name] for name in _PLAIN},
    )


@dataclass(frozen=True, slots=True)
class Revision:
    """One line of a unit's history, newest state last; `why` is save, restore, shipped, merge, import or confirm.

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


def revision_from(unit: Unit, body: Body, content: Content | None) -> Revision:
    """Give the revision that a line of the log keeps."""
    found: Any = body
    state = State(found["n"], found["content"], found["made_from"], found["follows"])
    who = {name: str(found[name]) for name in ("by", "by_name", "at", "why", "note")}
    return Revision(unit, state.n, content, state.made_from, state.follows, **who)


@dataclass(frozen=True, slots=True)
class Draft:
    """How an edited unit stands.

    Attributes:
        head: Number of the newest revision, what `save` wants as `seen`; 0 when the unit was never edited.
        content: What the newest revision says; None when it is removed. When it `follows`, what is shipped.
        made_from: For a translation, the digest of the source text it was made from; "" when unknown.
        by: Id of whoever saved the newest revision; "" when the unit was never edited.
        submitted: The revision that its author handed in for review, 0 for none.
        reviewed: The newest reviewed revision, 0 for none.
        published: The revision that phones get, 0 for the shipped text.
        upgraded: What the shipped pack says is not what it said when the edit was begun.
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

    @property
    def status(self) -> Status:
        """How far the newest revision has come."""
        if self.head == self.published:
            return Status.PUBLISHED
        if self.head == self.reviewed:
            return Status.REVIEWED
        return Status.WAITING if self.head == self.submitted else Status.DRAFT
