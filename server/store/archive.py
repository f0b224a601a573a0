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

from server.files import open_replacement
from server.store.content import ReportLine, StoredContent, decode_doc, decode_entry, encode_doc, encode_entry
from server.store.errors import StoreError
from server.store.locks import make_unwritable_error
from server.store.protocol import Doc, LogEntry
from server.store.release_files import CHANNEL, NAME
from server.store.values import check_blob_name, format_rfc3339

FORMAT = 1
INDEX, DOCS, ENTRIES, BLOBS, RELEASE = "backup.json", "docs.jsonl", "entries.jsonl", "blobs/", "release/"
MOST_INDEX_BYTES = 1 << 28
CHUNK = 1 << 20
# A zip can hold no earlier time, and the time of a part means nothing.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def write_archive(
    content: StoredContent, target: Path, *, program: str, progress: ReportLine = lambda line: None
) -> None:
    """Write a backup to `target`, which only its owner may read; it is on the disk, and whole, when this returns.

    Args:
        content: What to save; the caller holds it at one moment.
        program: The version that makes it, for later questions.

    Raises:
        StoreUnavailable: `target` cannot be written; the old file stays.
        StoreError: Something of the content is damaged; a backup without it would hide that.
    """
    try:
        with open_replacement(target, mode=0o600) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            counts = _Writer(archive).write_content(content, program)
    except OSError as error:
        raise make_unwritable_error(target, error) from error
    progress(", ".join(f"{count} {what}" for what, count in counts.items()))


class _Writer:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.parts: dict[str, dict[str, Any]] = {}

    def write_content(self, content: StoredContent, program: str) -> dict[str, int]:
        counts = {
            "documents": self._write_part(DOCS, map(encode_doc, content.read_all_docs())),
            "log entries": self._write_part(ENTRIES, map(encode_entry, content.read_all_entries())),
            "blobs": sum(
                self._write_part(BLOBS + name, [content.read_blob(name)]) for name in content.list_blob_names()
            ),
            "released files": sum(
                self._write_part(RELEASE + name, [content.read_release_file(name)])
                for name in content.list_release_names()
            ),
        }
        if channel := content.read_channel():
            self._write_part(RELEASE + CHANNEL, [channel])
        index = {
            "format": FORMAT,
            "made_at": format_rfc3339(datetime.now(UTC)),
            "program": program,
            "parts": self.parts,
        }
        self._write_part(INDEX, [json.dumps(index, indent=1, sort_keys=True).encode()])
        return counts

    def _write_part(self, name: str, pieces: Iterable[bytes]) -> int:
        """Write one part and return the number of pieces."""
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
    """Yield a backup, after every byte of it was read and compared.

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
    """The contents of a backup."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        index = self._read_index()
        self.made_at = str(index.get("made_at"))
        self._parts: dict[str, dict[str, Any]] = index["parts"]

    def _read_index(self) -> dict[str, Any]:
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
        """Read every part again and raise if one is wrong.

        Raises:
            StoreError: A part is missing, too many, damaged, or not named as it may be.
        """
        there = [info.filename for info in self._file.infolist() if info.filename != INDEX]
        if sorted(there) != sorted(self._parts) or not {DOCS, ENTRIES} <= set(there):
            raise StoreError("this backup holds other parts than it says")
        for name, told in self._parts.items():
            self._check_name(name)
            size, sha256 = 0, hashlib.sha256()
            # No more than the declared size is read, however large the part would become.
            if self._file.getinfo(name).file_size != told.get("bytes"):
                raise StoreError(f"this backup is damaged: {name} has another size")
            with self._file.open(name) as part:
                while piece := part.read(CHUNK):
                    size += len(piece)
                    sha256.update(piece)
            if (size, sha256.hexdigest()) != (told.get("bytes"), told.get("sha256")):
                raise StoreError(f"this backup is damaged: {name} has other bytes")

    def read_all_docs(self) -> Iterator[Doc]:
        """Yield every document."""
        with self._file.open(DOCS) as lines:
            yield from map(decode_doc, lines)

    def read_all_entries(self) -> Iterator[LogEntry]:
        """Yield every log entry."""
        with self._file.open(ENTRIES) as lines:
            yield from map(decode_entry, lines)

    def list_blob_names(self) -> list[str]:
        """Return the name of every blob."""
        return sorted(name.removeprefix(BLOBS) for name in self._parts if name.startswith(BLOBS))

    def read_blob(self, name: str) -> bytes:
        """Return the bytes of a blob."""
        return self._file.read(BLOBS + name)

    def list_release_names(self) -> list[str]:
        """Return the name of every released file but the channel."""
        names = (name.removeprefix(RELEASE) for name in self._parts if name.startswith(RELEASE))
        return sorted(name for name in names if name != CHANNEL)

    def read_release_file(self, name: str) -> bytes:
        """Return the bytes of a released file."""
        return self._file.read(RELEASE + name)

    def read_channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""
        return self._file.read(RELEASE + CHANNEL) if RELEASE + CHANNEL in self._parts else b""

    @staticmethod
    def _check_name(name: str) -> None:
        if name.startswith(BLOBS):
            check_blob_name(name.removeprefix(BLOBS))
        elif name not in (DOCS, ENTRIES, RELEASE + CHANNEL) and not (
            name.startswith(RELEASE) and NAME.fullmatch(name.removeprefix(RELEASE))
        ):
            raise StoreError(f"this backup holds a part that no backup has: {name[:200]!r}")
