"""Write-once files named by digest, each beside its brotli and gzip forms."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli

from server.errors import DataFolderError
from server.files import write_atomically
from server.publish.data_folder.canonical import sha256_hex

NAME = re.compile(r"[0-9a-f]{64}")
# Only these are fetched by their own address: images are compressed already, and pages are sent in a container or with
# their release filled in. Compressing the rest would only cost time and disk.
COMPRESSED = ("text/css; charset=utf-8", "text/javascript; charset=utf-8")


class BlobStore:
    """Blobs below `root`, in folders named by their first two hex digits."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def build_path(self, digest: str) -> Path:
        """Return the path for the bytes of `digest`, whether or not they exist.

        Raises:
            ValueError: `digest` is not 64 lower-case hex digits (so no name can leave the folder).
        """
        if not NAME.fullmatch(digest):
            raise ValueError(f"not a SHA-256: {digest[:80]!r}")
        return self.root / digest[:2] / digest

    def put(self, data: bytes, media_type: str) -> str:
        """Save `data` once and return its digest."""
        digest = sha256_hex(data)
        write_once(self.build_path(digest), data, compress=media_type in COMPRESSED)
        return digest

    def read(self, digest: str) -> bytes:
        """Return the bytes of `digest`.

        Raises:
            DataFolderError: The blob is missing or its bytes no longer have that digest.
        """
        try:
            data = self.build_path(digest).read_bytes()
        except OSError as error:
            raise DataFolderError(f"blob {digest} cannot be read: {error.strerror}") from error
        if sha256_hex(data) != digest:
            raise DataFolderError(f"blob {digest} is damaged: its bytes have another SHA-256")
        return data


def write_once(path: Path, data: bytes, *, compress: bool) -> None:
    """Save `data` at `path`, and its compressed forms beside it; intact files are not written again.

    The plain file is written last, so that where it is, its forms are too. Equal input gives equal bytes.
    """
    if compress:
        for form in find_damaged_compressed_files(path, data):
            write_atomically(form, FORMS[form.suffix][0](data))
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)


def find_damaged_compressed_files(path: Path, data: bytes) -> list[Path]:
    """Return the compressed forms beside `path` that are missing or do not unpack to `data`."""
    forms = [path.with_name(path.name + suffix) for suffix in FORMS]
    return [form for form in forms if not _is_compressed_form_of(form, data)]


def _is_compressed_form_of(form: Path, data: bytes) -> bool:
    try:
        return FORMS[form.suffix][1](form.read_bytes()) == data
    except (OSError, EOFError, zlib.error, brotli.error):
        return False


def _compress_brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=11))


def _compress_gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


# By file name suffix: how each form is made, and unpacked.
FORMS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".br": (_compress_brotli, brotli.decompress),
    ".gz": (_compress_gzip, gzip.decompress),
}
