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
from server.store.locks import hold_exclusive, hold_shared
from server.store.objects import Objects
from server.store.protocol import Append, Delete, Doc, Json, LogEntry, StoreChange
from server.store.values import check_change, check_no_gaps, format_rfc3339, is_equal_json, make_plain_json

# The prefix of the tables of documents, one for each kind.
DOC = "doc:"


class DurableStorage(Storage):
    """The storage of TinyDB: the tables of the last generation, or those of the commit that is being made."""

    def __init__(self, path: Path) -> None:
        self._files = Generations(path)
        self._held = NOTHING
        self._known = False
        self._working: Tables | None = None

    def reload_if_changed(self) -> None:
        """Read the file again if another process has written it. The caller holds the lock."""
        if not self._known or self._files.read_mark() != self._held.mark:
            self._held, self._known = self._files.load_last_good(), True

    @property
    def held(self) -> Generation:
        """The generation that is read."""
        return self._held

    def read(self) -> Tables:
        """Return the tables; TinyDB replaces a table that it changes, and never changes one in place."""
        return dict(self._held.tables if self._working is None else self._working)

    def write(self, data: Tables) -> None:
        """Hold the tables of a commit that is being made."""
        self._working = data

    def save(self) -> None:
        """Save what was written, as one generation, on the disk. The caller holds the lock."""
        if self._working is not None:
            self._held = self._files.save_next(self._working, self._held)

    def discard_unsaved(self) -> None:
        """Drop what was written and not saved."""
        self._working = None

    def find_problems(self) -> list[str]:
        """Return the problems of the files."""
        return self._files.find_problems()


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
        with self._hold_for_reading():  # A damaged store is reported at the start, not at the first request.
            pass

    def get(self, kind: str, id: str) -> Doc | None:
        """Return a document, or None when there is none."""
        with self._hold_for_reading():
            return self._get_doc(kind, id)

    def find(self, kind: str, /, **equals: Json) -> list[Doc]:
        """Return the documents of a kind whose top-level fields equal these, in the order of their ids."""
        wanted = {name: make_plain_json(value, name) for name, value in equals.items()}

        def is_match(value: Mapping[Any, Any]) -> bool:
            body = value["body"]
            return all(name in body and is_equal_json(body[name], item) for name, item in wanted.items())

        with self._hold_for_reading():
            rows = self._open_table(kind).search(is_match)
        return sorted((_make_doc(kind, str(row.doc_id), row) for row in rows), key=lambda doc: doc.id)

    def commit(self, changes: Sequence[StoreChange]) -> tuple[Doc | LogEntry | None, ...]:
        """Make all changes or none; see the protocol."""
        ready = [check_change(change) for change in changes]
        at = format_rfc3339(datetime.now(UTC))
        with self._hold_for_writing():
            results = tuple(self._apply_change(change, at) for change in ready)
            for log in sorted({change.log for change in ready if isinstance(change, Append)}):
                self._seal_log(log)
            return results

    def entries(
        self, log: str, *, key: str | None = None, after: int = 0, limit: int | None = None, newest_first: bool = False
    ) -> list[LogEntry]:
        """Return entries of a log; see the protocol."""
        with self._hold_for_reading():
            tables = self._storage.read()
        rows = self._history.read_rows(tables, log, after=max(0, after), newest_first=newest_first)
        wanted = (_make_entry(log, seq, row) for seq, row in rows if key is None or row["key"] == key)
        return list(islice(wanted, limit))

    def put_blob(self, data: bytes) -> str:
        """Save bytes for good and return their name."""
        with hold_exclusive(self._lock, mode=0o700):
            return self._objects.put(data)

    def get_blob(self, sha256: str) -> bytes:
        """Return the bytes of that name, or raise StoreError."""
        return self._objects.get(sha256)

    def list_blob_names(self) -> Iterator[str]:
        """Yield the name of every blob, in order."""
        return self._objects.list_object_names()

    def shared_files(self) -> None:
        """None: one machine serves from one data folder, where its released files lie."""

    def check(self) -> list[str]:
        """Read everything again and return what is damaged, one line each."""
        with self._hold_for_reading():
            lines = self._storage.find_problems()
            snapshot = self._make_snapshot()
        try:
            for _ in chain(snapshot.read_all_docs(), check_no_gaps(snapshot.read_all_entries())):
                pass
        except (StoreError, KeyError, TypeError, ValueError) as error:
            lines.append(f"{self.folder}: {error}")
        for name in self._objects.list_object_names():
            try:
                self._objects.get(name)
            except StoreError as error:
                lines.append(str(error))
        return lines

    def close(self) -> None:
        """Do nothing: no file stays open between two steps."""

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[_TablesSnapshot]:
        """Yield one moment: tables are never changed in place, and blobs are never removed."""
        with self._hold_for_reading():
            held = self._make_snapshot()
        yield held

    def load_records(self, docs: Iterable[Doc], entries: Iterable[LogEntry]) -> None:
        """Fill an empty store; see the protocol."""
        with self._hold_for_writing():
            if any(self._storage.read().values()):
                raise StoreError(f"{self.folder} is not empty")
            tables: dict[str, dict[str, Mapping[str, Any]]] = {}
            for doc in docs:
                table = tables.setdefault(DOC + doc.kind, {})
                table[doc.id] = {"version": doc.version, "body": make_plain_json(doc.body, doc.kind)}
            self._storage.write(tables)
            for log, lines in groupby(check_no_gaps(iter(entries)), key=lambda entry: entry.log):
                self._load_log(log, lines)

    def _load_log(self, log: str, lines: Iterator[LogEntry]) -> None:
        table = Table(self._storage, LOG + log, cache_size=0)
        while part := list(islice(lines, history.SEGMENT)):
            rows = ({"at": line.at, "key": line.key, "body": make_plain_json(line.body, log)} for line in part)
            table.insert_multiple(Document(row, line.seq) for row, line in zip(rows, part, strict=True))
            self._seal_log(log)

    def is_used_by_others(self) -> bool:
        """Return False: there are no connections; a server holds a lock on its data folder instead."""
        return False

    @contextlib.contextmanager
    def _hold_for_reading(self) -> Iterator[None]:
        with self._mutex, hold_shared(self._lock):
            self._storage.reload_if_changed()
            yield

    @contextlib.contextmanager
    def _hold_for_writing(self) -> Iterator[None]:
        with self._mutex, hold_exclusive(self._lock, mode=0o700):
            self._storage.reload_if_changed()
            try:
                yield
                self._storage.save()
            finally:
                self._storage.discard_unsaved()

    def _open_table(self, kind: str) -> Table:
        return _Documents(self._storage, DOC + kind, cache_size=0)

    def _get_doc(self, kind: str, id: str) -> Doc | None:
        # tinydb's types know numbers only.
        row = self._open_table(kind).get(doc_id=cast(int, id))
        return None if row is None else _make_doc(kind, id, row)

    def _apply_change(self, change: StoreChange, at: str) -> Doc | LogEntry | None:
        if isinstance(change, Append):
            return self._append_entry(change, at)
        held = self._get_doc(change.kind, change.id)
        found = held.version if held else 0
        if change.expect not in (None, found):
            raise Conflict(change.kind, change.id, change.expect, found)
        table = self._open_table(change.kind)
        if held is not None:
            table.remove(doc_ids=[cast(int, change.id)])
        if isinstance(change, Delete):
            return None
        row = {"version": found + 1, "body": change.body}
        table.insert(Document(row, cast(int, change.id)))
        return _make_doc(change.kind, change.id, row)

    def _append_entry(self, change: Append, at: str) -> LogEntry:
        table = Table(self._storage, LOG + change.log, cache_size=0)
        seq = history.count_entries(self._storage.read(), change.log) + 1
        row = {"at": at, "key": change.key, "body": change.body}
        table.insert(Document(row, seq))
        return _make_entry(change.log, seq, row)

    def _seal_log(self, log: str) -> None:
        """Move the newest entries of a log to a file, if there are enough."""
        if sealed := self._history.seal_newest(self._storage.read(), log):
            row, number = sealed
            Table(self._storage, SEALED + log, cache_size=0).insert(Document(row, number))
            Table(self._storage, LOG + log, cache_size=0).truncate()

    def _make_snapshot(self) -> _TablesSnapshot:
        return _TablesSnapshot(self._storage.read(), self._objects, self._history)


class _TablesSnapshot:
    """One moment of the store."""

    def __init__(self, tables: Tables, objects: Objects, history: History) -> None:
        self._tables = tables
        self._objects = objects
        self._history = history

    def read_all_docs(self) -> Iterator[Doc]:
        for name in sorted(self._tables):
            if name.startswith(DOC):
                for id in sorted(self._tables[name]):
                    yield _make_doc(name.removeprefix(DOC), id, self._tables[name][id])

    def read_all_entries(self) -> Iterator[LogEntry]:
        for log in history.list_logs(self._tables):
            for seq, row in self._history.read_rows(self._tables, log):
                yield _make_entry(log, seq, row)

    def list_blob_names(self) -> Iterator[str]:
        return self._objects.list_object_names()


def _make_doc(kind: str, id: str, row: Mapping[str, Any]) -> Doc:
    # A copy of the body: a caller's changes must not reach the tables.
    return Doc(kind, id, row["version"], cast(dict[str, Json], make_plain_json(row["body"], kind)))


def _make_entry(log: str, seq: int, row: Mapping[str, Any]) -> LogEntry:
    return LogEntry(log, seq, row["at"], row["key"], cast(dict[str, Json], make_plain_json(row["body"], log)))
