"""What can go wrong with the store; callers catch these and never a backend's own exceptions."""

from __future__ import annotations

from server.errors import AppError


class StoreError(AppError):
    """The store is damaged, was made by another version, or was asked for what it does not hold."""

    code = "store"
    exit_code = 3


class StoreUnavailable(StoreError):
    """The store cannot be reached or written now: disk full, read-only, no connection. Nothing was changed."""

    status = 503
    code = "store-unavailable"


class Unstorable(StoreError):
    """A value that not every backend can keep exactly, such as a text with a NUL; the message says where it is."""

    status = 400
    code = "unstorable"


class Conflict(AppError):
    """A document does not stand at the version that a change was made from; nothing of the commit was kept.

    `expected` and `found` are versions; 0 stands for "not there".
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
    """Something that is kept was found to be damaged; what it is was told line by line."""

    code = "store-not-whole"
