"""The audit log: who changed what, and when. It is only ever added to."""

from __future__ import annotations

from server.auth.roles import Person
from server.store.protocol import Append, Json, LogEntry, Store

LOG = "audit"
PAGE = 100


def audit(person: Person | None, /, what: str, target: str = "", **more: Json) -> Append:
    """The line that goes into the same commit as the change it tells of.

    Args:
        person: Who did it; None for the server's own console.
        what: A stable name such as `passkey.added`.
        target: What it was done to, in words that still mean something when the thing is gone.
        more: What else a reader of the log needs; never a secret, never an address.
    """
    who: dict[str, Json] = {"who": person.id, "name": person.name} if person else {"who": "", "name": ""}
    return Append(LOG, {**who, "what": what, "target": target, **more}, key=person.id if person else "")


def audit_page(store: Store, before: int | None = None) -> list[LogEntry]:
    """Up to a hundred lines older than line `before` (the newest ones without it), newest first."""
    if before is None:
        return store.entries(LOG, limit=PAGE, newest_first=True)
    first = max(0, before - 1 - PAGE)
    return store.entries(LOG, after=first, limit=before - 1 - first)[::-1] if before > 1 else []
