"""The contract of the store. Two backends implement it; `tests/store/conformance.py` checks all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from server.store.release_files import SharedFiles

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Body: TypeAlias = "Mapping[str, Json]"


@dataclass(frozen=True, slots=True)
class Doc:
    """A document: `version` is 1 when it is made and rises by 1 with every put."""

    kind: str
    id: str
    version: int
    body: Body


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of an append-only log: `seq` counts 1, 2, 3 … in each log without gaps, `at` is RFC 3339 in UTC."""

    log: str
    seq: int
    at: str
    key: str
    body: Body


@dataclass(frozen=True, slots=True)
class Put:
    """Make or replace a document. `expect` 0: it must be new; n: it must have version n; None: any version."""

    kind: str
    id: str
    body: Body
    expect: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a document; a missing one is not an error unless `expect` requires a version."""

    kind: str
    id: str
    expect: int | None = None


@dataclass(frozen=True, slots=True)
class Append:
    """Add an entry to the end of a log; `key` is what entries can be found by."""

    log: str
    body: Body
    key: str = ""


StoreChange: TypeAlias = Put | Delete | Append


class Store(Protocol):
    """Documents by kind and id, append-only logs, and write-once blobs. Safe to use from several threads.

    Every method is one atomic step and raises StoreUnavailable when the disk or the database does not answer.
    """

    def get(self, kind: str, id: str) -> Doc | None:
        """Return a document, or None when there is none."""

    def find(self, kind: str, /, **equals: Json) -> list[Doc]:
        """Return the documents of a kind whose top-level fields equal these, in the order of their ids.

        Equal as in JSON: 1 equals 1.0 but not true, and a field that is not there does not equal null.
        """

    def commit(self, changes: Sequence[StoreChange]) -> tuple[Doc | LogEntry | None, ...]:
        """Make all changes, in their order, or none; on the disk when this returns.

        Returns:
            One result for each change: the new Doc of a Put, the LogEntry of an Append, None for a Delete.

        Raises:
            Conflict: A document does not have the version that its change expects.
            Unstorable: Not every backend can save a body, a name or a key exactly.
            StoreUnavailable: It could not be written; nothing was changed.
        """

    def entries(
        self, log: str, *, key: str | None = None, after: int = 0, limit: int | None = None, newest_first: bool = False
    ) -> list[LogEntry]:
        """Return the entries of a log (with this `key`, with a seq above `after`), at most `limit`, in order of seq."""

    def put_blob(self, data: bytes) -> str:
        """Save bytes for good and return their name, the SHA-256 in lower-case hex; on the disk when this returns."""

    def get_blob(self, sha256: str) -> bytes:
        """Return the bytes of that name.

        Raises:
            StoreError: They are missing, or no longer have that SHA-256.
        """

    def list_blob_names(self) -> Iterator[str]:
        """Yield the name of every blob, in order."""

    def shared_files(self) -> SharedFiles | None:
        """Return the released files that all machines share, or None where they lie in the data folder alone."""

    def check(self) -> list[str]:
        """Read everything again and return what is damaged, one line each."""

    def close(self) -> None:
        """Close files and connections; the store is not used after this."""


class StoreSnapshot(Protocol):
    """Everything a store holds at one moment, unaffected by later writes. Blobs are read from the store itself."""

    def read_all_docs(self) -> Iterator[Doc]:
        """Yield every document, in the order of kinds and ids."""

    def read_all_entries(self) -> Iterator[LogEntry]:
        """Yield every entry of every log, in the order of logs and seqs."""

    def list_blob_names(self) -> Iterator[str]:
        """Yield the name of every blob that the documents and entries can refer to, in order."""


class Backend(Store, Protocol):
    """The operations of a store that backups, restores and moves need in addition."""

    @property
    def place(self) -> str:
        """Where everything is kept, as messages tell it: without a password."""

    def snapshot(self) -> AbstractContextManager[StoreSnapshot]:
        """Yield one moment of the store for reading."""

    def load_records(self, docs: Iterable[Doc], entries: Iterable[LogEntry]) -> None:
        """Fill an empty store with documents and entries as they are, versions, seqs and times included; all or none.

        Raises:
            StoreError: It holds documents or entries already, or an entry's seq leaves a gap.
        """

    def is_used_by_others(self) -> bool:
        """Return whether another process of Doorwise is connected to the same database; a folder has a lock instead."""
