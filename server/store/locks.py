"""Locks between processes and threads, released by the kernel when their holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from server.errors import DataFolderError
from server.files import lock_open_file, make_folder
from server.store.errors import StoreUnavailable


@contextlib.contextmanager
def hold_exclusive(path: Path, *, mode: int = 0o755) -> Iterator[None]:
    """Hold the exclusive lock on `path`, waiting for it; its folder is made, with `mode`, if it is missing.

    Raises:
        StoreUnavailable: The folder cannot be written.
    """
    try:
        if not path.parent.is_dir():
            make_folder(path.parent)
            path.parent.chmod(mode)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise make_unwritable_error(path.parent, error) from error
    with _hold_lock(descriptor, path, fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def hold_shared(path: Path) -> Iterator[None]:
    """Hold a shared lock on `path` against exclusive ones. Without a lock file, nobody has ever written.

    Raises:
        StoreUnavailable: The lock file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)  # enough for a lock, and possible where nothing may be written
    except (FileNotFoundError, NotADirectoryError):
        yield
        return
    except OSError as error:
        raise StoreUnavailable(f"cannot read {path}: {error.strerror}") from error
    with _hold_lock(descriptor, path, fcntl.LOCK_SH):
        yield


def make_unwritable_error(path: Path, error: OSError | DataFolderError) -> StoreUnavailable:
    """Return the error to raise when something at `path` could not be written."""
    if isinstance(error, DataFolderError):  # it names the file and the reason already
        return StoreUnavailable(str(error))
    return StoreUnavailable(f"cannot write {path}: {error.strerror or error}")


@contextlib.contextmanager
def _hold_lock(descriptor: int, path: Path, kind: int) -> Iterator[None]:
    # A descriptor of its own for every holder: so the lock holds between threads and after a fork, too.
    try:
        try:
            lock_open_file(descriptor, path, kind)
        except DataFolderError as error:
            raise StoreUnavailable(str(error)) from error
        yield
    finally:
        os.close(descriptor)
