"""One writer, one server on a data folder: advisory locks that the kernel releases when a process dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from server.errors import DataFolderError
from server.files import lock_open_file


@contextlib.contextmanager
def hold_lock(path: Path, *, what: str, wait: bool = False) -> Iterator[None]:
    """Hold the lock file at `path`; `what` names the holder in the other process's error message.

    Raises:
        DataFolderError: Another process holds it (unless `wait`), or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DataFolderError(f"cannot write {path}: {error.strerror}") from error
    try:
        try:
            lock_open_file(descriptor, path, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise DataFolderError(
                f"the data folder {path.parent} is in use by another process ({holder or 'unknown'}); "
                "end that one first, or give this one another folder with --data"
            ) from error
        with contextlib.suppress(OSError):  # A full disk must not stop a server that only reads.
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{what}, process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)
