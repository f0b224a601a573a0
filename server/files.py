"""Write files so that a crash or a full disk leaves the old bytes or the new ones, never half of them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from server.errors import DataFolderError

# The prefix of files that a killed process may have left half written.
UNFINISHED = ".new-"


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Save `data` at `path`; it is on the disk when this returns. Released bytes are public, hence the default `mode`.

    Raises:
        DataFolderError: The folder cannot be written (full, read-only, no permission); `path` is unchanged.
    """
    try:
        make_folder(path.parent)
        with open_replacement(path, mode=mode) as file:
            file.write(data)
    except OSError as error:
        raise DataFolderError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def open_replacement(path: Path, *, mode: int) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends well; it is on the disk then.

    Raises:
        OSError: It cannot be written. `path` is as it was before, unless only the folder could not be brought to the disk.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{UNFINISHED}{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)  # mkstemp makes files that only the owner reads
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make `folder` and its missing parents, each durable in its parent."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def remove_unfinished_files(folder: Path, name: str = "") -> None:
    """Remove half-written files of killed processes below `folder`, or of its file `name` alone.

    The caller makes sure that no other process is writing there.
    """
    leftovers = folder.glob(f"{UNFINISHED}{name}-*") if name else folder.rglob(f"{UNFINISHED}*")
    for path in leftovers:
        with contextlib.suppress(OSError):
            path.unlink()


def lock_open_file(descriptor: int, path: Path, kind: int) -> None:
    """Take the kernel's lock on an open file; it is dropped when the file is closed or the process dies.

    Raises:
        BlockingIOError: Another process holds it, and `kind` says not to wait.
        DataFolderError: This file system has no locks, as some network file systems have none.
    """
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        raise
    except OSError as error:
        reason = "this file system has no locks" if error.errno == errno.ENOLCK else error.strerror
        raise DataFolderError(f"cannot lock {path}: {reason}") from error


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; without it a power cut may restore the old name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
