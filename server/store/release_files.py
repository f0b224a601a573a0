"""The files that a data folder publishes, as names and bytes: what backups hold and machines share.

The names are those that `server.publish.data_folder.release.DataFolder` uses; only that room reads the files' contents.
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
from server.store.locks import make_unwritable_error

CHANNEL = "channel.json"
# In the order in which they may be read during a publish: a release is written after everything that it names.
FOLDERS = ("releases", "bundles", "blobs")
DIGEST = "[0-9a-f]{64}"
# Nothing else is read or written, so no name can lead out of the folder.
NAME = re.compile(
    rf"releases/(?P<release>{DIGEST})\.json"
    rf"|bundles/{DIGEST}\.(bundle|from\.{DIGEST})(\.br|\.gz)?"
    rf"|blobs/(?P<first>[0-9a-f]{{2}})/(?P<blob>(?P=first)[0-9a-f]{{62}})(?P<form>\.br|\.gz)?"
)


class Folder(Protocol):
    """A data folder; `server.publish.data_folder.release.DataFolder` is one."""

    @property
    def root(self) -> Path:
        """The path of the folder."""


@dataclass(frozen=True, slots=True)
class ChannelMark:
    """The version and digest of a database's channel; `version` 0 means that there is none."""

    version: int
    sha256: str


NO_CHANNEL = ChannelMark(0, "")


class Releases(Protocol):
    """Released files by their names, and the channel, in a folder or a database."""

    def read_channel(self) -> bytes:
        """Return the channel; empty when nothing was published."""

    def list_file_paths(self) -> Iterable[str]:
        """Return the name of every released file but the channel."""

    def read(self, name: str) -> bytes:
        """Return the bytes of a file, or raise StoreError when they are missing or damaged."""

    def write(self, name: str, data: bytes) -> None:
        """Save a file; it is on the disk when this returns."""

    def write_channel(self, data: bytes) -> None:
        """Save the channel, once everything that it names is there."""


class SharedFiles(Releases, Protocol):
    """Released files that the machines of one instance share."""

    def hold_publish_turn(self) -> AbstractContextManager[None]:
        """Be the only one of all machines that publishes."""

    def list_file_paths(self) -> set[str]:
        """Return the name of every released file but the channel."""

    def read_mark(self) -> ChannelMark:
        """Return which channel is there."""

    def read_marked_channel(self) -> tuple[ChannelMark, bytes]:
        """Return which channel is there, and its bytes; empty where there is none."""

    def move_channel(self, data: bytes, *, seen: ChannelMark) -> ChannelMark:
        """Make `data` the channel, unless it is no longer the one that was `seen`: then raise StoreError."""

    def listen_for_channel_changes(
        self, changed: Callable[[], None], *, ended: Callable[[], bool], poll_s: float
    ) -> None:
        """Call `changed` at once, at every notice, and every `poll_s`, until `ended`."""


class FolderReleases:
    """The released files of one data folder."""

    def __init__(self, folder: Folder) -> None:
        self.root = folder.root

    def read_channel(self) -> bytes:
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

    def list_file_paths(self) -> Iterator[str]:
        """Yield the name of every file but the channel; half-written files of a killed publish are left out."""
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
        check_release_file(name, data)
        return data

    def write(self, name: str, data: bytes) -> None:
        """Write a file; it is on the disk when this returns.

        Raises:
            StoreError: `name` is not that of a released file, or is the digest of other bytes.
            StoreUnavailable: It cannot be written.
        """
        check_release_file(name, data)
        _write_file(self.root / name, data)

    def write_channel(self, data: bytes) -> None:
        """Write the channel file.

        Raises:
            StoreUnavailable: It cannot be written; the old one stays.
        """
        _write_file(self.root / CHANNEL, data)


def check_release_file(name: str, data: bytes) -> None:
    """Raise StoreError when `name` is not that of a released file, or is the digest of other bytes."""
    match = NAME.fullmatch(name)
    if match is None:
        raise StoreError(f"not the name of a released file: {name[:200]!r}")
    digest = match["release"] or (None if match["form"] else match["blob"])
    if digest and hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"{name} is damaged: its bytes have another SHA-256")


def _write_file(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data)
    except DataFolderError as error:
        raise make_unwritable_error(path, error) from error
