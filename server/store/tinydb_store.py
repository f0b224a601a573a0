"""The embedded backend: TinyDB's tables over a storage of our own, which loses nothing that it has acknowledged.

Correct, though slower, when several processes share the folder: each step holds a lock between processes, and reads the
file again when somebody else has written it. TinyDB stays because the project's design asks for it: its tables are what is
documented and tested, the files under them are ours.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, groupby, islice
from pathlib import Path
from threading import RLock
from typing import Any, cast

from tinydb import Storage
from tinydb.table import Document, Table

from server.store import history
from server.store.errors import Conflict, StoreError
from server.store.generations import NOTHING, Generation, Generations, Tables
from server.store.history import LOG, SEALED, History
from server.store.locks import exclusive, shared
from server.store.objects import Objects
from server.store.protocol import Append, Delete, Doc, Json, LogEntry, StoreChange
from server.store.values import checked, plain_json, rfc3339, same, without_gaps

# How the names of the tables of documents begin, one for each kind.
DOC = "doc:"


class DurableStorage(Storage):
    """What TinyDB reads and writes: the tables of the last generation, or those of the commit that is being made."""

    def __init__(self, path: Path) -> None:
        self._files = Generations(path)
        self._held = NOTHING
        self._known = False
        self._working: Tables | None = None

    def refresh(self) -> None:
        """Read the file again if another process has written it. The caller holds the lock."""
        if not self._known or self._files.mark() != self._held.mark:
            self._held, self._known = self._files.load(), True

    @property
    def held(self) -> Generation:
        """The generation that is read."""
        return self._held

    def read(self) -> Tables:
        """Return the tables; TinyDB replaces a table that it changes, and never changes one in place."""
        return dict(self._held.tables if self._working is None else self._working)

    def write(self, data: Tables) -> None:
        """Take the tables of a commit that is being made."""
        self._working = data

    def save(self) -> None:
        """Bring what was written to the disk, as one generation. The caller holds the lock."""
        if self._working is not None:
            self._held = self._files.save(self._working, self._held)

    def forget(self) -> None:
        """Drop what was written and not saved."""
        self._working = None

    def problems(self) -> list[str]:
        """Return what is wrong with the files."""
        return self._files.problems()


class _Documents(Table):
    document_id_class = str  # type: ignore[assignment]  # a document's own id; by themselves TinyDB's are numbers


class TinyStore:
    """The store in `folder`, which is made by the first write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = str(folder.parent)
        self._lock = folder / "store.lock"
        self._objects = Objects(folder / "objects")
        self._history = History(Objects(folder / "history"))
        self._storage = DurableStorage(folder / "store.json")
        self._mutex = RLock()
        with self._reading():  # A damaged store is told at the start, not at the first request.
            pass

    def get(self, kind: str, id: str) -> Doc | None:
        """Return a document, or None when there is none."""
        with self._reading():
            return self._get(kind, id)

    def find(self, kind: str, /, **equals: Json) -> list[Doc]:
        """Return the documents of a kind whose top-level fields equal these, in the order of their ids."""
        wanted = {name: plain_json(value, name) for name, value in equals.items()}

        def fits(value: Mapping[Any, Any]) -> bool:
            body = value["body"]
            return all(name in body and same(body[name], item) for name, item in wanted.items())

        with self._reading():
            rows = self._documents(kind).search(fits)
        return sorted((_doc(kind, str(row.doc_id), row) for row in rows), key=lambda doc: doc.id)

    def commit(self, changes: Sequence[StoreChange]) -> tuple[Doc | LogEntry | None, ...]:
        """Make all changes or none; see the protocol."""
        ready = [checked(change) for change in changes]
        at = rfc3339(datetime.now(UTC))
        with self._writing():
            results = tuple(self._apply(change, at) for change in ready)
            for log in sorted({change.log for change in ready if isinstance(change, Append)}):
                self._seal(log)
            return results

    def entries(
        self, log: str, *, key: str | None = None, after: int = 0, limit: int | None = None, newest_first: bool = False
    ) -> list[LogEntry]:
        """Return entries of a log; see the protocol."""
        with self._reading():
            tables = self._storage.read()
        rows = self._history.rows(tables, log, after=max(0, after), newest_first=newest_first)
        wanted = (_entry(log, seq, row) for seq, row in rows if key is None or row["key"] == key)
        return list(islice(wanted, limit))

    def put_blob(self, data: bytes) -> str:
        """Keep bytes for good and return their name."""
        with exclusive(self._lock, mode=0o700):
            return self._objects.put(data)

    def get_blob(self, sha256: str) -> bytes:
        """Return the bytes of that name, or raise StoreError."""
        return self._objects.get(sha256)

    def blob_names(self) -> Iterator[str]:
        """Yield the name of every blob, in their order."""
        return self._objects.names()

    def shared_files(self) -> None:
        """None: one machine serves from one data folder, where its released files lie."""

    def check(self) -> list[str]:
        """Read everything again and return what is damaged, one line each."""
        with self._reading():
            lines = self._storage.problems()
            snapshot = self._moment()
        try:
            for _ in chain(snapshot.docs(), without_gaps(snapshot.entries())):
                pass
        except (StoreError, KeyError, TypeError, ValueError) as error:
            lines.append(f"{self.folder}: {error}")
        for name in self._objects.names():
            try:
                self._objects.get(name)
            except StoreError as error:
                lines.append(str(error))
        return lines

    def close(self) -> None:
        """Nothing is held open between two steps."""

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[_TablesMoment]:
        """Hold one moment: tables are never changed in place, and blobs are never removed."""
        with self._reading():
            held = self._moment()
        yield held

    def load(self, docs: Iterable[Doc], entries: Iterable[LogEntry]) -> None:
        """Fill an empty store; see the protocol."""
        with self._writing():
            if any(self._storage.read().values()):
                raise StoreError(f"{self.folder} is not empty")
            tables: dict[str, dict[str, Mapping[str, Any]]] = {}
            for doc in docs:
                table = tables.setdefault(DOC + doc.kind, {})
                table[doc.id] = {"version": doc.version, "body": plain_json(doc.body, doc.kind)}
            self._storage.write(tables)
            for log, lines in groupby(without_gaps(iter(entries)), key=lambda entry: entry.log):
                self._load_log(log, lines)

    def _load_log(self, log: str, lines: Iterator[LogEntry]) -> None:
        table = Table(self._storage, LOG + log, cache_size=0)
        while part := list(islice(lines, history.SEGMENT)):
            rows = ({"at": line.at, "key": line.key, "body": plain_json(line.body, log)} for line in part)
            table.insert_multiple(Document(row, line.seq) for row, line in zip(rows, part, strict=True))
            self._seal(log)

    def used_by_others(self) -> bool:
        """False: nobody is connected between two steps; who serves from a data folder holds a lock there."""
        return False

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._mutex, shared(self._lock):
            self._storage.refresh()
            yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._mutex, exclusive(self._lock, mode=0o700):
            self._storage.refresh()
            try:
                yield
                self._storage.save()
            finally:
                self._storage.forget()

    def _documents(self, kind: str) -> Table:
        return _Documents(self._storage, DOC + kind, cache_size=0)

    def _get(self, kind: str, id: str) -> Doc | None:
        # tinydb's types know numbers only.
        row = self._documents(kind).get(doc_id=cast(int, id))
        return None if row is None else _doc(kind, id, row)

    def _apply(self, change: StoreChange, at: str) -> Doc | LogEntry | None:
        if isinstance(change, Append):
            return self._append(change, at)
        held = self._get(change.kind, change.id)
        found = held.version if held else 0
        if change.expect not in (None, found):
            raise Conflict(change.kind, change.id, change.expect, found)
        table = self._documents(change.kind)
        if held is not None:
            table.remove(doc_ids=[cast(int, change.id)])
        if isinstance(change, Delete):
            return None
        row = {"version": found + 1, "body": change.body}
        table.insert(Document(row, cast(int, change.id)))
        return _doc(change.kind, change.id, row)

    def _append(self, change: Append, at: str) -> LogEntry:
        table = Table(self._storage, LOG + change.log, cache_size=0)
        seq = history.count(self._storage.read(), change.log) + 1
        row = {"at": at, "key": change.key, "body": change.body}
        table.insert(Document(row, seq))
        return _entry(change.log, seq, row)

    def _seal(self, log: str) -> None:
        """Move the newest entries of a log to a file, once they are many."""
        if sealed := self._history.seal(self._storage.read(), log):
            row, number = sealed
            Table(self._storage, SEALED + log, cache_size=0).insert(Document(row, number))
            Table(self._storage, LOG + log, cache_size=0).truncate()

    def _moment(self) -> _TablesMoment:
        return _TablesMoment(self._storage.read(), self._objects, self._history)


class _TablesMoment:
    """One moment of the store."""

    def __init__(self, tables: Tables, objects: Objects, history: History) -> None:
        self._tables = tables
        self._objects = objects
        self._history = history

    def docs(self) -> Iterator[Doc]:
        for name in sorted(self._tables):
            if name.startswith(DOC):
                for id in sorted(self._tables[name]):
                    yield _doc(name.removeprefix(DOC), id, self._tables[name][id])

    def entries(self) -> Iterator[LogEntry]:
        for log in history.logs(self._tables):
            for seq, row in self._history.rows(self._tables, log):
                yield _entry(log, seq, row)

    def blob_names(self) -> Iterator[str]:
        return self._objects.names()


def _doc(kind: str, id: str, row: Mapping[str, Any]) -> Doc:
    # A body of its own: what a caller does with it must not reach the tables.
    return Doc(kind, id, row["version"], cast(dict[str, Json], plain_json(row["body"], kind)))


def _entry(log: str, seq: int, row: Mapping[str, Any]) -> LogEntry:
    return LogEntry(log, seq, row["at"], row["key"], cast(dict[str, Json], plain_json(row["body"], log)))
