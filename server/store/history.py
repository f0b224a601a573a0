"""Logs of the embedded store. Their newest entries are rows of a table; the older ones are in write-once files.

So a save writes the new entries and not the history: the one file that it replaces stays small, however long a log is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from server.bounded_cache import BoundedCache
from server.store.errors import StoreError
from server.store.generations import Tables
from server.store.objects import Objects

# Prefixes of table names: for the newest entries of each log, and for the files of its older ones.
LOG, SEALED = "log:", "sealed:"
# Entries in one sealed file. The rows of newer ones are written again with each save, about 200 bytes each.
SEGMENT = 250
# Files that are cached in memory, the last used at the end: about ten thousand entries.
SEGMENTS_HELD = 40

LogRow = Mapping[str, Any]


class History:
    """The logs of one store; `objects` are the files of their older entries."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._held = BoundedCache(SEGMENTS_HELD)

    def read_rows(
        self, tables: Tables, log: str, *, after: int = 0, newest_first: bool = False
    ) -> Iterator[tuple[int, LogRow]]:
        """Yield the rows of a log whose seq is above `after`, each with its seq; files are read only when reached.

        Raises:
            StoreError: A file is missing or damaged.
        """
        tail = tables.get(LOG + log, {})
        sealed = _list_sealed(tables, log)
        first_of_tail = sealed[-1][1] + 1 if sealed else 1
        parts: list[tuple[int, int, str]] = []  # seqs of its first and last entry, and the file; the newest have none
        for name, last in sealed:
            parts.append((parts[-1][1] + 1 if parts else 1, last, name))
        parts.append((first_of_tail, first_of_tail + len(tail) - 1, ""))
        for first, last, name in reversed(parts) if newest_first else parts:
            seqs = range(max(first, after + 1), last + 1)
            if not seqs:
                continue
            rows = (
                self._read_segment(name, last - first + 1)
                if name
                else [tail[str(seq)] for seq in range(first, last + 1)]
            )
            for seq in reversed(seqs) if newest_first else seqs:
                yield seq, rows[seq - first]

    def seal_newest(self, tables: Tables, log: str) -> tuple[LogRow, int] | None:
        """Write the newest entries of a log into a file, if there are enough, and return the row for that file.

        The caller holds the lock, and removes the entries from their table.

        Returns:
            The row and its number, or None when there are not enough entries.
        """
        tail = tables.get(LOG + log, {})
        if len(tail) < SEGMENT:
            return None
        sealed = _list_sealed(tables, log)
        last = (sealed[-1][1] if sealed else 0) + len(tail)
        rows = [tail[str(seq)] for seq in range(last - len(tail) + 1, last + 1)]
        return {"sha256": self._objects.put(_encode_rows(rows)), "last": last}, len(sealed) + 1

    def _read_segment(self, name: str, count: int) -> list[LogRow]:
        def read() -> list[LogRow]:
            rows: list[LogRow] = json.loads(self._objects.get(name))
            if len(rows) != count:
                raise StoreError(f"{name} holds {len(rows)} log entries, expected {count}")
            return rows

        return self._held.get(name, read)


def count_entries(tables: Tables, log: str) -> int:
    """Return the number of entries of a log."""
    sealed = _list_sealed(tables, log)
    return (sealed[-1][1] if sealed else 0) + len(tables.get(LOG + log, {}))


def list_logs(tables: Tables) -> list[str]:
    """Return the names of the logs, in their order."""
    names = {name.removeprefix(start) for start in (LOG, SEALED) for name in tables if name.startswith(start)}
    return sorted(names)


def _list_sealed(tables: Tables, log: str) -> list[tuple[str, int]]:
    """Return the files of a log in their order, each with the seq of its last entry."""
    table = tables.get(SEALED + log, {})
    rows = (table[str(number)] for number in range(1, len(table) + 1))
    return [(str(row["sha256"]), int(row["last"])) for row in rows]


def _encode_rows(rows: Iterable[LogRow]) -> bytes:
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":")).encode()
