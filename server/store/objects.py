"""Bytes of the embedded store: write-once files named by their SHA-256, in folders named by its first two digits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from server.errors import DataFolderError
from server.files import remove_unfinished_files, write_atomically
from server.store.errors import StoreError
from server.store.locks import make_unwritable_error
from server.store.values import NAME, check_blob_name


class Objects:
    """The blobs below `root`. A caller of `put` holds the store's lock, so that only one process writes at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Save `data` once and return its name; an intact file is not written again.

        We hold the lock, so an existing file is complete and any temporary file is abandoned.

        Raises:
            StoreUnavailable: It cannot be written.
        """
        name = hashlib.sha256(data).hexdigest()
        path = self._build_path(name)
        try:
            if not path.is_file() or path.read_bytes() != data:
                remove_unfinished_files(path.parent)
                write_atomically(path, data, mode=0o600)
        except (OSError, DataFolderError) as error:
            raise make_unwritable_error(path, error) from error
        return name

    def get(self, sha256: str) -> bytes:
        """Return the bytes of that name.

        Raises:
            StoreError: They are missing or damaged.
        """
        try:
            data = self._build_path(check_blob_name(sha256)).read_bytes()
        except FileNotFoundError as error:
            raise StoreError(f"blob {sha256} is missing") from error
        except OSError as error:
            raise StoreError(f"blob {sha256} cannot be read: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(f"blob {sha256} is damaged: its bytes have another SHA-256")
        return data

    def list_object_names(self) -> Iterator[str]:
        """Yield every name, in order."""
        folders = sorted(path for path in self.root.glob("[0-9a-f][0-9a-f]") if path.is_dir())
        for folder in folders:
            yield from sorted(path.name for path in folder.iterdir() if NAME.fullmatch(path.name))

    def _build_path(self, name: str) -> Path:
        return self.root / name[:2] / name
