"""The files that a data folder publishes, as names and bytes: what backups hold and machines share.

The names are those that `server.publish.release.DataFolder` uses; what is in the files is that room's affair.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from server.errors import DataFolderError
from server.files import write_atomically
from server.store.errors import StoreError
from server.store.locks import unwritable

CHANNEL = "channel.json"
# In the order in which they may be read while somebody publishes: a release is written after everything that it names.
FOLDERS = ("releases", "bundles", "blobs")
DIGEST = "[0-9a-f]{64}"
# Nothing else is read or written, so no name can lead out of the folder.
NAME = re.compile(
    rf"releases/(?P<release>{DIGEST})\.json"
    rf"|bundles/{DIGEST}\.(bundle|from\.{DIGEST})(\.br|\.gz)?"
    rf"|blobs/(?P<first>[0-9a-f]{{2}})/(?P<blob>(?P=first)[0-9a-f]{{62}})(?P<form>\.br|\.gz)?"
)


class Folder(Protocol):
    """A data folder; `server.publish.release.DataFolder` is one."""

    @property
    def root(self) -> Path:
        """Where it lies."""


@dataclass(frozen=True, slots=True)
class ChannelMark:
    """Which channel a database has; `version` 0 stands for none."""

    version: int
    sha256: str


NO_CHANNEL = ChannelMark(0, "")


class Releases(Protocol):
    """Released files by their names, and the channel, wherever they are kept."""

    def channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""

    def names(self) -> Iterable[str]:
        """Give the name of every released file but the channel."""

    def read(self, name: str) -> bytes:
        """Return the bytes of a file, or raise StoreError when they are missing or damaged."""

    def write(self, name: str, data: bytes) -> None:
        """Keep a file; it is on the disk when this returns."""

    def write_channel(self, data: bytes) -> None:
        """Make this the channel, once everything that it names is there."""


class SharedFiles(Releases, Protocol):
    """Released files that the machines of one instance share."""

    def turn(self) -> AbstractContextManager[None]:
        """Be the only one of all machines that publishes."""

    def names(self) -> set[str]:
        """Return the name of every released file but the channel."""

    def mark(self) -> ChannelMark:
        """Return which channel is there."""

    def marked_channel(self) -> tuple[ChannelMark, bytes]:
        """Return which channel is there, and its bytes; empty where there is none."""

    def move(self, data: bytes, *, seen: ChannelMark) -> ChannelMark:
        """Make `data` the channel, unless it is no longer the one that was `seen`: then raise StoreError."""

    def listen(self, changed: Callable[[], None], *, ended: Callable[[], bool], poll_s: float) -> None:
        """Call `changed` at once, at every notice, and every `poll_s`, until `ended`."""


class FolderReleases:
    """The released files of one data folder."""

    def __init__(self, folder: Folder) -> None:
        self.root = folder.root

    def channel(self) -> bytes:
        """Return the channel file; empty when nothing was published.

        Raises:
            StoreError: It cannot be read.
        """
        try:
            return (self.root / CHANNEL).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise StoreError(f"cannot read {self.root / CHANNEL}: {error.strerror}") from error

    def names(self) -> Iterator[str]:
        """Yield the name of every file but the channel; what a killed publish left half written is left out."""
        for top in FOLDERS:
            for path in sorted((self.root / top).rglob("*")):
                name = path.relative_to(self.root).as_posix()
                if NAME.fullmatch(name) and path.is_file():
                    yield name

    def read(self, name: str) -> bytes:
        """Return the bytes of a file, checked where its name is their digest.

        Raises:
            StoreError: It cannot be read, or is damaged.
        """
        try:
            data = (self.root / name).read_bytes()
        except OSError as error:
            raise StoreError(f"cannot read {self.root / name}: {error.strerror}") from error
        check(name, data)
        return data

    def write(self, name: str, data: bytes) -> None:
        """Write a file; it is on the disk when this returns.

        Raises:
            StoreError: `name` is not that of a released file, or is the digest of other bytes.
            StoreUnavailable: It cannot be written.
        """
        check(name, data)
        _write(self.root / name, data)

    def write_channel(self, data: bytes) -> None:
        """Write the channel file.

        Raises:
            StoreUnavailable: It cannot be written; the old one stands.
        """
        _write(self.root / CHANNEL, data)


def check(name: str, data: bytes) -> None:
    """Raise StoreError when `name` is not that of a released file, or is the digest of other bytes."""
    match = NAME.fullmatch(name)
    if match is None:
        raise StoreError(f"not the name of a released file: {name[:200]!r}")
    digest = match["release"] or (None if match["form"] else match["blob"])
    if digest and hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"{name} is damaged: its bytes have another SHA-256")


def _write(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data)
    except DataFolderError as error:
        raise unwritable(path, error) from error
