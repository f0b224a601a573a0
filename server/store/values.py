"""The values that a body may hold, so that every backend returns exactly what it was given."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from server.store.errors import StoreError, Unstorable
from server.store.protocol import Append, Body, Delete, Json, LogEntry, Put, StoreChange

# PostgreSQL's texts hold no NUL, and UTF-8 no half of a surrogate pair.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MOST_DEPTH = 50
MOST_INT = 2**63 - 1
# From here on PostgreSQL returns a float as a whole number, which may differ.
MOST_FLOAT = 1e15
# The most bytes for an index of PostgreSQL, with a margin.
MOST_NAME_BYTES = 1000
NAME = re.compile(r"[0-9a-f]{64}")


def check_change(change: StoreChange) -> StoreChange:
    """Return the change with a copy of its body, made of plain JSON values.

    Raises:
        Unstorable: A name is empty or too long, or not every backend can save a value exactly.
    """
    if isinstance(change, Append):
        return Append(
            _check_name(change.log, "log"),
            _check_body(change.body, change.log),
            _check_text(change.key, "key", change.log),
        )
    kind, id = _check_name(change.kind, "kind"), _check_name(change.id, "id")
    if isinstance(change, Delete):
        return Delete(kind, id, change.expect)
    return Put(kind, id, _check_body(change.body, kind), change.expect)


def make_plain_json(value: object, where: str, depth: int = 0) -> Json:
    """Return a copy of `value` in plain JSON types; `where` names it in an error message.

    Raises:
        Unstorable: It is not a JSON value, or not every backend can save it.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _check_text(value, "text", where)
    if isinstance(value, int):
        if not -MOST_INT <= value <= MOST_INT:
            raise Unstorable(f"{where}: a whole number of more than 64 bits")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= MOST_FLOAT:
            raise Unstorable(f"{where}: the number {value} cannot be kept exactly")
        return float(value) + 0.0  # minus zero becomes zero: PostgreSQL knows only one
    if depth >= MOST_DEPTH:
        raise Unstorable(f"{where}: nested more than {MOST_DEPTH} deep")
    if isinstance(value, Mapping):
        return {
            _check_text(name, "field", where): make_plain_json(item, f"{where}.{name}", depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [make_plain_json(item, f"{where}[{number}]", depth + 1) for number, item in enumerate(value)]
    raise Unstorable(f"{where}: a {type(value).__name__} is no JSON value")


def is_equal_json(one: Json, other: Json) -> bool:
    """Return whether two values are equal as JSON: to Python, 1 equals True."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equal_json(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal_json, one, other))
    return one == other


def check_blob_name(sha256: str) -> str:
    """Return the name of a blob if it is valid.

    Raises:
        StoreError: It is not 64 lower-case hex digits.
    """
    if not NAME.fullmatch(sha256):
        raise StoreError(f"not the name of a blob: {sha256[:80]!r}")
    return sha256


def format_rfc3339(moment: datetime) -> str:
    """Return a time in the form of every `at`: UTC, in milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def check_no_gaps(entries: Iterator[LogEntry]) -> Iterator[LogEntry]:
    """Yield the entries of whole logs, log after log, unchanged.

    Raises:
        StoreError: A seq is missing or comes twice.
    """
    log, seq = None, 0
    for entry in entries:
        seq = seq + 1 if entry.log == log else 1
        log = entry.log
        if entry.seq != seq:
            raise StoreError(f"the log {log} has entry {entry.seq} where {seq} is expected")
        yield entry


def _check_body(body: Body, where: str) -> Body:
    if not isinstance(body, Mapping):
        raise Unstorable(f"{where}: a body is a mapping, not a {type(body).__name__}")
    value = make_plain_json(body, where)
    assert isinstance(value, dict)
    return value


def _check_name(value: str, what: str) -> str:
    if not value:
        raise Unstorable(f"an empty {what}")
    return _check_text(value, what, what, most_bytes=MOST_NAME_BYTES)


def _check_text(value: object, what: str, where: str, most_bytes: int | None = None) -> str:
    if not isinstance(value, str):
        raise Unstorable(f"{where}: a {what} is a text, not a {type(value).__name__}")
    if UNSTORABLE.search(value):
        raise Unstorable(f"{where}: a {what} with a NUL or half a character")
    if what == "key":
        most_bytes = MOST_NAME_BYTES
    if most_bytes is not None and len(value.encode()) > most_bytes:
        raise Unstorable(f"{where}: a {what} of more than {most_bytes} bytes")
    return str.__str__(value)  # of an enumeration's member, its text
