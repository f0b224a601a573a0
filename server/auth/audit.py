"""The audit log: who changed what, and when. Lines are only ever added."""

from __future__ import annotations

from server.auth.roles import Person
from server.store.protocol import Append, Json, LogEntry, Store

LOG = "audit"
PAGE = 100


def make_audit_line(person: Person | None, /, what: str, target: str = "", **more: Json) -> Append:
    """Return the audit line for a change; it goes into the same commit as the change.

    Args:
        person: Who did it; None for the server's own console.
        what: A stable name such as `passkey.added`.
        target: The name of what was changed, understandable even after it was removed.
        more: What else a reader of the log needs; never a secret, never an address.
    """
    who: dict[str, Json] = {"who": person.id, "name": person.name} if person else {"who": "", "name": ""}
    return Append(LOG, {**who, "what": what, "target": target, **more}, key=person.id if person else "")


def read_audit_page(store: Store, before: int | None = None) -> list[LogEntry]:
    """Return up to a hundred lines older than line `before` (the newest ones without it), newest first."""
    if before is None:
        return store.entries(LOG, limit=PAGE, newest_first=True)
    first = max(0, before - 1 - PAGE)
    return store.entries(LOG, after=first, limit=before - 1 - first)[::-1] if before > 1 else []
