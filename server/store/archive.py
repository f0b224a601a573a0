"""A backup: one zip of everything an instance holds, with the SHA-256 of every part.

docs.jsonl       a document in each line
entries.jsonl    a log entry in each line
blobs/<sha256>
release/…        the released files, named as in the data folder, and release/channel.json
backup.json      the format, when and by what it was made, and the size and SHA-256 of every other part; written last
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.files import replacing
from server.store.content import ReportLine, StoredContent, doc_line, doc_of, entry_line, entry_of
from server.store.errors import StoreError
from server.store.locks import unwritable
from server.store.protocol import Doc, LogEntry
from server.store.release_files import CHANNEL, NAME
from server.store.values import blob_name, rfc3339

FORMAT = 1
INDEX, DOCS, ENTRIES, BLOBS, RELEASE = "backup.json", "docs.jsonl", "entries.jsonl", "blobs/", "release/"
MOST_INDEX_BYTES = 1 << 28
CHUNK = 1 << 20
# A zip can hold no earlier time, and the time of a part would say nothing.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def write_archive(
    content: StoredContent, target: Path, *, program: str, progress: ReportLine = lambda line: None
) -> None:
    """Write a backup to `target`, which only its owner may read; it is on the disk, and whole, when this returns.

    Args:
        content: What to keep; held at one moment by the caller.
        program: The version that makes it, for whoever wonders later.

    Raises:
        StoreUnavailable: `target` cannot be written; what was there before stands.
        StoreError: Something of the content is damaged; a backup without it would hide that.
    """
    try:
        with replacing(target, mode=0o600) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            counts = _Writer(archive).write(content, program)
    except OSError as error:
        raise unwritable(target, error) from error
    progress(", ".join(f"{count} {what}" for what, count in counts.items()))


class _Writer:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.parts: dict[str, dict[str, Any]] = {}

    def write(self, content: StoredContent, program: str) -> dict[str, int]:
        counts = {
            "documents": self._stream(DOCS, map(doc_line, content.docs())),
            "log entries": self._stream(ENTRIES, map(entry_line, content.entries())),
            "blobs": sum(self._stream(BLOBS + name, [content.blob(name)]) for name in content.blob_names()),
            "released files": sum(
                self._stream(RELEASE + name, [content.release(name)]) for name in content.release_names()
            ),
        }
        if channel := content.channel():
            self._stream(RELEASE + CHANNEL, [channel])
        index = {"format": FORMAT, "made_at": rfc3339(datetime.now(UTC)), "program": program, "parts": self.parts}
        self._stream(INDEX, [json.dumps(index, indent=1, sort_keys=True).encode()])
        return counts

    def _stream(self, name: str, pieces: Iterable[bytes]) -> int:
        """Write one part and return of how many pieces it was made."""
        info = zipfile.ZipInfo(name, NO_TIME)
        info.external_attr = 0o600 << 16
        info.compress_type = zipfile.ZIP_STORED if name.endswith((".br", ".gz")) else zipfile.ZIP_DEFLATED
        count, size, sha256 = 0, 0, hashlib.sha256()
        with self.archive.open(info, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                count, size = count + 1, size + len(piece)
                sha256.update(piece)
        self.parts[name] = {"bytes": size, "sha256": sha256.hexdigest()}
        return count


@contextlib.contextmanager
def read_archive(path: Path) -> Iterator[Archive]:
    """Open a backup, having read and compared every byte of it.

    Raises:
        StoreError: It cannot be read, is damaged, or was made by a later program.
    """
    with contextlib.ExitStack() as opened:
        try:
            archive = Archive(opened.enter_context(zipfile.ZipFile(path)))
            archive.verify()
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            # zipfile raises the last two for compressions and encryption that it does not have.
            raise StoreError(f"{path} cannot be read as a backup: {error}") from error
        yield archive


class Archive:
    """What a backup holds."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        index = self._index()
        self.made_at = str(index.get("made_at"))
        self._parts: dict[str, dict[str, Any]] = index["parts"]

    def _index(self) -> dict[str, Any]:
        try:
            if self._file.getinfo(INDEX).file_size > MOST_INDEX_BYTES:
                raise StoreError(f"{INDEX} of this backup is too large to be one")
            index = json.loads(self._file.read(INDEX))
            number = index["format"]
            if number == FORMAT and isinstance(index["parts"], dict):
                return dict(index)
        except (KeyError, ValueError, TypeError) as error:
            raise StoreError(f"this zip is no backup of Doorwise: {INDEX}: {error!r}") from error
        raise StoreError(f"this backup has the format {number!r}; this program reads {FORMAT}")

    def verify(self) -> None:
        """Read every part again.

        Raises:
            StoreError: A part is missing, too many, damaged, or not named as it may be.
        """
        there = [info.filename for info in self._file.infolist() if info.filename != INDEX]
        if sorted(there) != sorted(self._parts) or not {DOCS, ENTRIES} <= set(there):
            raise StoreError("this backup holds other parts than it says")
        for name, told in self._parts.items():
            self._check_name(name)
            size, sha256 = 0, hashlib.sha256()
            # No more than it says is read, whatever it would grow to.
            if self._file.getinfo(name).file_size != told.get("bytes"):
                raise StoreError(f"this backup is damaged: {name} has another size")
            with self._file.open(name) as part:
                while piece := part.read(CHUNK):
                    size += len(piece)
                    sha256.update(piece)
            if (size, sha256.hexdigest()) != (told.get("bytes"), told.get("sha256")):
                raise StoreError(f"this backup is damaged: {name} has other bytes")

    def docs(self) -> Iterator[Doc]:
        """Yield every document."""
        with self._file.open(DOCS) as lines:
            yield from map(doc_of, lines)

    def entries(self) -> Iterator[LogEntry]:
        """Yield every log entry."""
        with self._file.open(ENTRIES) as lines:
            yield from map(entry_of, lines)

    def blob_names(self) -> list[str]:
        """Return the name of every blob."""
        return sorted(name.removeprefix(BLOBS) for name in self._parts if name.startswith(BLOBS))

    def blob(self, name: str) -> bytes:
        """Return the bytes of a blob."""
        return self._file.read(BLOBS + name)

    def release_names(self) -> list[str]:
        """Return the name of every released file but the channel."""
        names = (name.removeprefix(RELEASE) for name in self._parts if name.startswith(RELEASE))
        return sorted(name for name in names if name != CHANNEL)

    def release(self, name: str) -> bytes:
        """Return the bytes of a released file."""
        return self._file.read(RELEASE + name)

    def channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""
        return self._file.read(RELEASE + CHANNEL) if RELEASE + CHANNEL in self._parts else b""

    @staticmethod
    def _check_name(name: str) -> None:
        if name.startswith(BLOBS):
            blob_name(name.removeprefix(BLOBS))
        elif name not in (DOCS, ENTRIES, RELEASE + CHANNEL) and not (
            name.startswith(RELEASE) and NAME.fullmatch(name.removeprefix(RELEASE))
        ):
            raise StoreError(f"this backup holds a part that no backup has: {name[:200]!r}")
