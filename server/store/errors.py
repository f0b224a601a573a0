"""Errors of the store; callers catch these and never a backend's own exceptions."""

from __future__ import annotations

import errno

from server.errors import AppError


class StoreError(AppError):
    """The store is damaged, was made by another version, or does not hold what was asked for."""

    code = "store"
    exit_code = 3


class StoreUnavailable(StoreError):
    """The store cannot be reached or written now: disk full, read-only, no connection. Nothing was changed."""

    status = 503
    code = "store-unavailable"


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether a full disk is behind an error: of this machine, or of the database's."""
    while error is not None:
        # 53100 is PostgreSQL's disk_full.
        if getattr(error, "sqlstate", None) == "53100":
            return True
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__
    return False


class StoreMoved(StoreError):
    """What a data folder held was moved elsewhere; going on with the folder would lose what was saved since."""

    code = "store-moved"


class Unstorable(StoreError):
    """A value that not every backend can save exactly, such as a text with a NUL; the message names the place."""

    status = 400
    code = "unstorable"


class Conflict(AppError):
    """A document does not have the version that a change was made from; nothing of the commit was saved.

    `expected` and `found` are versions; 0 means that there is no document.
    """

    status = 409
    code = "conflict"

    def __init__(self, kind: str, id: str, expected: int, found: int) -> None:
        super().__init__(f"{kind} {id} stands at version {found}, expected {expected}")
        self.kind = kind
        self.id = id
        self.expected = expected
        self.found = found


class NotWhole(AppError):
    """Stored data is damaged; the details were printed line by line."""

    code = "store-not-whole"
