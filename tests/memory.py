"""A store in memory with the meaning of the real ones, for the tests of the rooms above the store."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from threading import RLock
from typing import Any

from server.store.errors import Conflict, StoreError
from server.store.protocol import Append, Delete, Doc, Json, LogEntry, StoreChange

Docs = dict[tuple[str, str], Doc]
Logs = dict[str, list[LogEntry]]


class MemoryStore:
    """Docs, logs and blobs in dictionaries; one lock makes every method one step. It forgets everything when it is gone."""

    def __init__(self) -> None:
        self.docs: Docs = {}
        self.logs: Logs = {}
        self.blobs: dict[str, bytes] = {}
        self._lock = RLock()

    def __deepcopy__(self, memo: object) -> MemoryStore:
        """A store of its own that holds the same."""
        other = MemoryStore()
        other.docs, other.logs = copy.deepcopy(self.docs), copy.deepcopy(self.logs)
        other.blobs = dict(self.blobs)
        return other

    def get(self, kind: str, id: str) -> Doc | None:
        with self._lock:
            return copy.deepcopy(self.docs.get((kind, id)))

    def find(self, kind: str, **equals: Json) -> list[Doc]:
        with self._lock:
            found = [
                doc
                for (held, _), doc in sorted(self.docs.items())
                if held == kind and all(name in doc.body and doc.body[name] == equals[name] for name in equals)
            ]
            return copy.deepcopy(found)

    def shared_files(self) -> None:
        """One process, one data folder."""

    def commit(self, changes: Sequence[StoreChange]) -> tuple[Doc | LogEntry | None, ...]:
        with self._lock:
            docs, logs = dict(self.docs), {log: list(entries) for log, entries in self.logs.items()}
            done = tuple(_apply(change, docs, logs) for change in changes)
            self.docs, self.logs = docs, logs
            return copy.deepcopy(done)

    def entries(
        self, log: str, *, key: str | None = None, after: int = 0, limit: int | None = None, newest_first: bool = False
    ) -> list[LogEntry]:
        with self._lock:
            found = [one for one in self.logs.get(log, []) if one.seq > after and key in (None, one.key)]
        return copy.deepcopy((found[::-1] if newest_first else found)[:limit])

    def put_blob(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        with self._lock:
            self.blobs[name] = data
        return name

    def get_blob(self, sha256: str) -> bytes:
        with self._lock:
            if sha256 not in self.blobs:
                raise StoreError(f"blob {sha256} is missing")
            return self.blobs[sha256]

    def list_blob_names(self) -> Iterator[str]:
        return iter(sorted(self.blobs))

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        pass


def _apply(change: StoreChange, docs: Docs, logs: Logs) -> Doc | LogEntry | None:
    if isinstance(change, Append):
        log = logs.setdefault(change.log, [])
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        log.append(LogEntry(change.log, len(log) + 1, at, change.key, _stored(change.body)))
        return log[-1]
    there = docs.get((change.kind, change.id))
    found = there.version if there else 0
    if change.expect is not None and change.expect != found:
        raise Conflict(change.kind, change.id, change.expect, found)
    if isinstance(change, Delete):
        docs.pop((change.kind, change.id), None)
        return None
    docs[change.kind, change.id] = Doc(change.kind, change.id, found + 1, _stored(change.body))
    return docs[change.kind, change.id]


def _stored(body: Mapping[str, Json]) -> dict[str, Any]:
    """Through JSON and back: what a real store could not keep must fail here too, and nobody keeps a hold on a body."""
    kept = json.loads(json.dumps(dict(body)))
    assert isinstance(kept, dict)
    return kept
