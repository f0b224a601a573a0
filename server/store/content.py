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
from server.store.values import check_no_gaps

ReportLine = Callable[[str], None]
# The SHA-256 of no lines.
NOTHING = hashlib.sha256().hexdigest()


class StoredContent(Protocol):
    """One moment of an instance: its documents and logs, blobs, released files and channel."""

    def read_all_docs(self) -> Iterator[Doc]:
        """Yield every document, in the order of kinds and ids."""

    def read_all_entries(self) -> Iterator[LogEntry]:
        """Yield every entry of every log, in the order of logs and seqs."""

    def list_blob_names(self) -> Iterable[str]:
        """Return the name of every blob."""

    def read_blob(self, name: str) -> bytes:
        """Return the bytes of a blob, checked."""

    def list_release_names(self) -> Iterable[str]:
        """Return the name of every released file."""

    def read_release_file(self, name: str) -> bytes:
        """Return the bytes of a released file, checked."""

    def read_channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""


@dataclass(frozen=True, slots=True)
class DataRoot:
    """A data folder as the store sees it."""

    root: Path


@dataclass(frozen=True, slots=True)
class Instance:
    """A store and the place of its released files; `place` may be shown to anybody."""

    store: Backend
    releases: Releases
    place: str


@contextlib.contextmanager
def open_instance(data: Path, url: str | None) -> Iterator[Instance]:
    """Yield the instance in a data folder, or in a database.

    Raises:
        StoreError, StoreUnavailable: As `open_store`.
    """
    with contextlib.closing(open_store(data, url)) as store:
        yield Instance(store, store.shared_files() or FolderReleases(DataRoot(data)), store.place)


@contextlib.contextmanager
def open_held_instance(data: Path, url: str | None) -> Iterator[Instance]:
    """Yield the instance in a data folder, or in a database, where there is one already; no folder is made.

    Raises:
        StoreError: The folder or database holds nothing: an address with a typing mistake must not pass for everything.
        StoreUnavailable: As `open_store`.
    """
    if url is None and not any((data / name).exists() for name in ("desk", "channel.json")):
        what = "holds no desk and no release" if data.is_dir() else "there is no such folder"
        raise StoreError(f"{data}: {what}; nothing was done")
    with open_instance(data, url) as instance:
        if _is_empty(instance):
            raise StoreError(f"{instance.place}: holds no desk and no release; nothing was done")
        yield instance


def _is_empty(instance: Instance) -> bool:
    if instance.releases.read_channel():
        return False
    with instance.store.snapshot() as snapshot:
        return next(snapshot.read_all_docs(), None) is None and next(snapshot.read_all_entries(), None) is None


@dataclass(frozen=True, slots=True)
class _InstanceSnapshot:
    instance: Instance
    snapshot: StoreSnapshot
    published: bytes

    def read_all_docs(self) -> Iterator[Doc]:
        return self.snapshot.read_all_docs()

    def read_all_entries(self) -> Iterator[LogEntry]:
        return self.snapshot.read_all_entries()

    def list_blob_names(self) -> Iterable[str]:
        return self.snapshot.list_blob_names()

    def read_blob(self, name: str) -> bytes:
        return self.instance.store.get_blob(name)

    def list_release_names(self) -> Iterable[str]:
        return sorted(self.instance.releases.list_file_paths())

    def read_release_file(self, name: str) -> bytes:
        return self.instance.releases.read(name)

    def read_channel(self) -> bytes:
        return self.published


@contextlib.contextmanager
def open_instance_snapshot(instance: Instance) -> Iterator[StoredContent]:
    """Yield one moment of an instance while it is still written to.

    The channel is read first: then the store has at least every publish that the channel has, and the files that it
    names exist.
    """
    published = instance.releases.read_channel()
    with instance.store.snapshot() as snapshot:
        yield _InstanceSnapshot(instance, snapshot, published)


def encode_doc(doc: Doc) -> bytes:
    """Return the line of a document: equal documents give equal bytes in every backend."""
    return _encode_line({"kind": doc.kind, "id": doc.id, "version": doc.version, "body": doc.body})


def encode_entry(entry: LogEntry) -> bytes:
    """Return the line of an entry."""
    return _encode_line({"log": entry.log, "seq": entry.seq, "at": entry.at, "key": entry.key, "body": entry.body})


def decode_doc(line: bytes) -> Doc:
    """Return the document of a line, or raise StoreError when the line is not a document."""
    return Doc(**_parse_fields(line, {"kind": str, "id": str, "version": int, "body": dict}))


def decode_entry(line: bytes) -> LogEntry:
    """Return the entry of a line, or raise StoreError when the line is not an entry."""
    return LogEntry(**_parse_fields(line, {"log": str, "seq": int, "at": str, "key": str, "body": dict}))


def digest_lines(lines: Iterable[bytes]) -> tuple[int, str]:
    """Return the number of lines, and the SHA-256 of all."""
    count, sha256 = 0, hashlib.sha256()
    for line in lines:
        count += 1
        sha256.update(line)
    return count, sha256.hexdigest()


def fill_instance(target: Instance, content: StoredContent, progress: ReportLine = lambda line: None) -> None:
    """Write everything into an empty instance, read it again, and compare.

    The channel comes last. An interrupted run can be repeated: equal files that exist already are used.

    Raises:
        StoreError: The target holds something else; nothing was changed. Or the data read differs from the data written.
        StoreUnavailable: It cannot be written.
    """
    docs = digest_lines(map(encode_doc, content.read_all_docs()))
    entries = digest_lines(map(encode_entry, check_no_gaps(content.read_all_entries())))
    channel = content.read_channel()
    held = _hash_records(target)
    if held not in (((0, NOTHING), (0, NOTHING)), (docs, entries)) or target.releases.read_channel() not in (
        b"",
        channel,
    ):
        raise StoreError(f"{target.place} is not empty; nothing was changed")
    blobs = releases = 0
    for name in content.list_blob_names():
        if target.store.put_blob(content.read_blob(name)) != name:
            raise StoreError(f"blob {name} has other bytes")
        blobs += 1
    for name in content.list_release_names():
        target.releases.write(name, content.read_release_file(name))
        releases += 1
    if held != (docs, entries):
        target.store.load_records(content.read_all_docs(), content.read_all_entries())
    if target.releases.read_channel() != channel:
        target.releases.write_channel(channel)
    progress(f"{docs[0]} documents, {entries[0]} log entries, {blobs} blobs, {releases} released files")
    _compare_instance(target, content, (docs, entries))
    progress("read again and equal")


def _hash_records(instance: Instance) -> tuple[tuple[int, str], tuple[int, str]]:
    with instance.store.snapshot() as snapshot:
        return digest_lines(map(encode_doc, snapshot.read_all_docs())), digest_lines(
            map(encode_entry, snapshot.read_all_entries())
        )


def _compare_instance(
    target: Instance, content: StoredContent, records: tuple[tuple[int, str], tuple[int, str]]
) -> None:
    if _hash_records(target) != records:
        raise StoreError(f"{target.place} reads other documents than were written to it")
    for name in content.list_blob_names():
        target.store.get_blob(name)  # checks the digest, which is the name
    for name in content.list_release_names():
        if target.releases.read(name) != content.read_release_file(name):
            raise StoreError(f"{target.place} has other bytes in {name} than were written to it")
    if target.releases.read_channel() != content.read_channel():
        raise StoreError(f"{target.place} has another channel than was written to it")


def _encode_line(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _parse_fields(line: bytes, types: dict[str, type]) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise StoreError(f"not a line of a backup: {error}") from error
    if not isinstance(fields, dict) or {name: type(value) for name, value in fields.items()} != types:
        raise StoreError(f"not a line of a backup: expected {', '.join(types)}")
    return fields
