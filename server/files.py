"""Write files so that a crash or a full disk leaves the old bytes or the new ones, never half of them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from server.errors import DataFolderError

# How the names of files begin that a killed process may have left half written.
UNFINISHED = ".new-"


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` at `path`; when this returns it is on the disk. Released bytes are public, hence the default `mode`.

    Raises:
        DataFolderError: The folder cannot be written (full, read-only, no permission); `path` is as it was before.
    """
    try:
        make_folder(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{UNFINISHED}{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)  # mkstemp makes files that only the owner reads
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise DataFolderError(f"cannot write {path}: {error.strerror or error}") from error


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, each durable in the one above."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sweep(folder: Path, name: str = "") -> None:
    """Remove what killed processes left half written below `folder`, or of its file `name` alone.

    The caller sees to it that nobody else is writing there.
    """
    leftovers = folder.glob(f"{UNFINISHED}{name}-*") if name else folder.rglob(f"{UNFINISHED}*")
    for path in leftovers:
        with contextlib.suppress(OSError):
            path.unlink()


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; without it a power cut may bring the old name back."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
