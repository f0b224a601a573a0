"""What a reviewer tells the author when a text goes back: kept with the text, never overwritten."""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.auth.audit import audit
from server.auth.roles import Permission, Person
from server.editor.desk import Desk
from server.editor.errors import ContentRefused, NotAllowed, ReviewRefused
from server.editor.records import UNPUBLISHED
from server.editor.units import Unit
from server.store.errors import Conflict
from server.store.protocol import Append, Change

LOG = "review-notes"
MAX_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Note:
    """Why revision `n` went back, by whom and when."""

    n: int
    text: str
    by: str
    by_name: str
    at: str


def last_note(desk: Desk, unit: Unit) -> Note | None:
    """Give the newest note on a unit; it is about the newest revision when its `n` is the draft's `head`."""
    lines = desk.store.entries(LOG, key=str(unit), limit=1, newest_first=True)
    if not lines:
        return None
    entry = lines[0]
    n = entry.body["n"]
    assert isinstance(n, int)
    return Note(n, str(entry.body["text"]), str(entry.body["by"]), str(entry.body["by_name"]), entry.at)


def send_back(desk: Desk, person: Person, unit: Unit, revision: int, text: str) -> None:
    """Say why the newest revision must not be published yet. It is no longer handed in, nor reviewed.

    Raises:
        NotAllowed: This person may not review.
        ContentRefused: The note is empty or too long.
        ReviewRefused: It is not the newest revision, or phones have it already.
    """
    if not person.may(Permission.REVIEW):
        raise NotAllowed(f"{person.name} may not review")
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > MAX_CHARS:
        raise ContentRefused(f"a note of {len(words)} characters, expected 1 to {MAX_CHARS}")
    edit = desk.ground.edit(unit)
    published = desk.ledger.state(unit) or UNPUBLISHED
    if edit is None or edit.head.n != revision or published.n == revision:
        raise ReviewRefused(f"{unit}: revision {revision} is not the newest one that waits")
    laid = replace(edit, submitted=0, open=False)
    if edit.reviewed.n == revision:
        # As when a review is taken back: whoever wrote it is its author again, so that somebody else must read it.
        authors = tuple(dict.fromkeys((*edit.authors, edit.by)))
        laid = replace(laid, reviewed=published, authors=authors, reviewed_by="", reviewed_name="", reviewed_at="")
    changes: list[Change] = [laid.put()] if laid != edit else []
    if edit.open:
        changes.append(edit.line())
    note: dict[str, str | int] = {"n": revision, "text": words, "by": person.id, "by_name": person.name}
    line = audit(person, "text.sent-back", str(unit), revision=revision)
    try:
        desk.store.commit([*changes, Append(LOG, {**note}, key=str(unit)), line])
    except Conflict as error:
        raise ReviewRefused(f"{unit}: somebody changed it at the same moment; read it again") from error
