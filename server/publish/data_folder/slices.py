"""A slice: everything that one phone saves for one (region, locale), as a list of addresses and digests.

The manifest of a slice is plain text, one line a file, sorted by address:

    <address> TAB <sha256> TAB <media type> LF

so the phone can rebuild it after an update and compare one SHA-256, without a canonical JSON of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.publish.data_folder.canonical import sha256_hex


@dataclass(frozen=True, slots=True)
class SliceFile:
    """One file of a slice: the SHA-256 of its bytes and its media type."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Slice:
    """`key` is `<region>/<locale>`; `files` maps addresses, relative to the application root, to files."""

    key: str
    files: Mapping[str, SliceFile]

    @property
    def manifest(self) -> str:
        """The manifest text; equal slices give equal text."""
        return "".join(f"{path}\t{file.sha256}\t{file.media_type}\n" for path, file in sorted(self.files.items()))

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest: the name of the whole slice."""
        return sha256_hex(self.manifest.encode())


def parse_manifest(key: str, text: str) -> Slice:
    """Return the slice that `text` describes.

    Raises:
        ValueError: A line does not have its three fields.
    """
    files = {}
    for line in text.removesuffix("\n").split("\n"):
        path, sha256, media_type = line.split("\t")
        files[path] = SliceFile(sha256, media_type)
    return Slice(key, files)
