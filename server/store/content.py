"""Everything an instance holds, as one stream: what a backup writes, and what a restore or a move reads."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from server.store.errors import StoreError
from server.store.open import open_store
from server.store.protocol import Backend, Doc, LogEntry, StoreSnapshot
from server.store.release_files import FolderReleases, Releases
from server.store.values import without_gaps

ReportLine = Callable[[str], None]
# The SHA-256 of no lines.
NOTHING = hashlib.sha256().hexdigest()


class StoredContent(Protocol):
    """One moment of an instance: its documents and logs, blobs, released files and channel."""

    def docs(self) -> Iterator[Doc]:
        """Yield every document, in the order of kinds and ids."""

    def entries(self) -> Iterator[LogEntry]:
        """Yield every entry of every log, in the order of logs and seqs."""

    def blob_names(self) -> Iterable[str]:
        """Give the name of every blob."""

    def blob(self, name: str) -> bytes:
        """Return the bytes of a blob, checked."""

    def release_names(self) -> Iterable[str]:
        """Give the name of every released file."""

    def release(self, name: str) -> bytes:
        """Return the bytes of a released file, checked."""

    def channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""


@dataclass(frozen=True, slots=True)
class DataRoot:
    """A data folder as the store sees it."""

    root: Path


@dataclass(frozen=True, slots=True)
class Instance:
    """A store and where its released files are kept; `place` may be told to anybody."""

    store: Backend
    releases: Releases
    place: str


@contextlib.contextmanager
def open_instance(data: Path, url: str | None) -> Iterator[Instance]:
    """Open what a data folder, or a database, holds.

    Raises:
        StoreError, StoreUnavailable: As `open_store`.
    """
    with contextlib.closing(open_store(data, url)) as store:
        yield Instance(store, store.shared_files() or FolderReleases(DataRoot(data)), store.place)


@dataclass(frozen=True, slots=True)
class _InstanceMoment:
    instance: Instance
    snapshot: StoreSnapshot
    published: bytes

    def docs(self) -> Iterator[Doc]:
        return self.snapshot.docs()

    def entries(self) -> Iterator[LogEntry]:
        return self.snapshot.entries()

    def blob_names(self) -> Iterable[str]:
        return self.snapshot.blob_names()

    def blob(self, name: str) -> bytes:
        return self.instance.store.get_blob(name)

    def release_names(self) -> Iterable[str]:
        return sorted(self.instance.releases.names())

    def release(self, name: str) -> bytes:
        return self.instance.releases.read(name)

    def channel(self) -> bytes:
        return self.published


@contextlib.contextmanager
def moment(instance: Instance) -> Iterator[StoredContent]:
    """Hold one moment of an instance that goes on being written to.

    The channel is read first: the store then knows at least of every publish that the channel does, and the files that it
    names are there.
    """
    published = instance.releases.channel()
    with instance.store.snapshot() as snapshot:
        yield _InstanceMoment(instance, snapshot, published)


def doc_line(doc: Doc) -> bytes:
    """Return the line that stands for a document: equal documents give equal bytes, whatever keeps them."""
    return _line({"kind": doc.kind, "id": doc.id, "version": doc.version, "body": doc.body})


def entry_line(entry: LogEntry) -> bytes:
    """Return the line that stands for an entry."""
    return _line({"log": entry.log, "seq": entry.seq, "at": entry.at, "key": entry.key, "body": entry.body})


def doc_of(line: bytes) -> Doc:
    """Return the document of a line, or raise StoreError when it is none."""
    return Doc(**_fields(line, {"kind": str, "id": str, "version": int, "body": dict}))


def entry_of(line: bytes) -> LogEntry:
    """Return the entry of a line, or raise StoreError when it is none."""
    return LogEntry(**_fields(line, {"log": str, "seq": int, "at": str, "key": str, "body": dict}))


def digest_lines(lines: Iterable[bytes]) -> tuple[int, str]:
    """Return how many lines there are, and the SHA-256 of all."""
    count, sha256 = 0, hashlib.sha256()
    for line in lines:
        count += 1
        sha256.update(line)
    return count, sha256.hexdigest()


def fill(target: Instance, content: StoredContent, progress: ReportLine = lambda line: None) -> None:
    """Put everything into an empty instance, read it again, and compare.

    What serves phones comes last. When this was interrupted it can be done again: what is there already and equal is taken.

    Raises:
        StoreError: The target holds something else; nothing was changed. Or what was written reads otherwise.
        StoreUnavailable: It cannot be written.
    """
    docs = digest_lines(map(doc_line, content.docs()))
    entries = digest_lines(map(entry_line, without_gaps(content.entries())))
    channel = content.channel()
    held = _records(target)
    if held not in (((0, NOTHING), (0, NOTHING)), (docs, entries)) or target.releases.channel() not in (b"", channel):
        raise StoreError(f"{target.place} is not empty; nothing was changed")
    blobs = releases = 0
    for name in content.blob_names():
        if target.store.put_blob(content.blob(name)) != name:
            raise StoreError(f"blob {name} has other bytes")
        blobs += 1
    for name in content.release_names():
        target.releases.write(name, content.release(name))
        releases += 1
    if held != (docs, entries):
        target.store.load(content.docs(), content.entries())
    if target.releases.channel() != channel:
        target.releases.write_channel(channel)
    progress(f"{docs[0]} documents, {entries[0]} log entries, {blobs} blobs, {releases} released files")
    _compare(target, content, (docs, entries))
    progress("read again and equal")


def _records(instance: Instance) -> tuple[tuple[int, str], tuple[int, str]]:
    with instance.store.snapshot() as snapshot:
        return digest_lines(map(doc_line, snapshot.docs())), digest_lines(map(entry_line, snapshot.entries()))


def _compare(target: Instance, content: StoredContent, records: tuple[tuple[int, str], tuple[int, str]]) -> None:
    if _records(target) != records:
        raise StoreError(f"{target.place} reads other documents than were written to it")
    for name in content.blob_names():
        target.store.get_blob(name)  # checks the digest, which is the name
    for name in content.release_names():
        if target.releases.read(name) != content.release(name):
            raise StoreError(f"{target.place} has other bytes in {name} than were written to it")
    if target.releases.channel() != content.channel():
        raise StoreError(f"{target.place} has another channel than was written to it")


def _line(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _fields(line: bytes, types: dict[str, type]) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise StoreError(f"not a line of a backup: {error}") from error
    if not isinstance(fields, dict) or {name: type(value) for name, value in fields.items()} != types:
        raise StoreError(f"not a line of a backup: expected {', '.join(types)}")
    return fields
