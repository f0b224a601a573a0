"""A release: the digest of every slice and the list of regions, under one name; stored in one data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from server.errors import AppError, DataFolderError, NoRelease, UnknownRelease
from server.files import remove_unfinished_files, write_atomically
from server.publish.data_folder.blobs import COMPRESSED, NAME, BlobStore, find_damaged_compressed_files, write_once
from server.publish.data_folder.canonical import canonical_bytes, sha256_hex
from server.publish.data_folder.channel import Channel
from server.publish.data_folder.container import open_container, open_slice
from server.publish.data_folder.slices import Slice, parse_manifest

FORMAT = 1


@dataclass(frozen=True)
class Release:
    """`slices` maps `<region>/<locale>` to the digest of its manifest; `regions` is the data for a chooser page.

    A region is `{"iso", "name": {locale: name}, "locales": [{"tag", "dir", "name"}, …]}`, locales in the order of its pack.
    `shell` maps the names of the stylesheet, icons and screenshots to their addresses: they belong to the release, though
    only some are saved on phones.
    """

    slices: Mapping[str, str]
    regions: Mapping[str, Mapping[str, Any]]
    shell: Mapping[str, str]

    @cached_property
    def document(self) -> bytes:
        """The bytes of this release's document."""
        return canonical_bytes(
            {
                "format": FORMAT,
                "slices": dict(self.slices),
                "regions": dict(self.regions),
                "shell": dict(self.shell),
            }
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the document: the name of the release."""
        return sha256_hex(self.document)


class DataFolder:
    """Everything that a publish writes: `blobs/`, `bundles/`, `releases/` and `channel.json` below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = BlobStore(root / "blobs")
        self.channel = Channel(root / "channel.json")

    def build_bundle_path(self, name: str) -> Path:
        """Return the path of a container: `<slice>.bundle`, or `<slice>.from.<older slice>`."""
        return self.root / "bundles" / name

    def put_bundle(self, name: str, data: bytes) -> None:
        """Save a container once, beside its compressed forms."""
        write_once(self.build_bundle_path(name), data, compress=True)

    def put_release(self, release: Release) -> None:
        """Save the document of a release whose blobs and containers are all stored."""
        write_atomically(self._build_release_path(release.digest), release.document)

    def read_release(self, digest: str) -> Release:
        """Return the release of that digest.

        Raises:
            DataFolderError: It is missing or damaged.
        """
        path = self._build_release_path(digest)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DataFolderError(f"release {digest} cannot be read: {error.strerror}") from error
        if sha256_hex(data) != digest:
            raise DataFolderError(f"{path} is damaged: its bytes have another SHA-256")
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise DataFolderError(f"{path} has the format {document['format']}; this program reads {FORMAT}")
        return Release(document["slices"], document["regions"], document["shell"])

    def read_current(self) -> Release:
        """Return the release that the channel names.

        Raises:
            NoRelease: Nothing was published yet.
            DataFolderError: The channel or the release is damaged.
        """
        digest = self.channel.read().release
        if digest is None:
            raise NoRelease(f"nothing is published in {self.root} yet")
        return self.read_release(digest)

    def read_slice(self, key: str, digest: str) -> Slice:
        """Return the slice of that digest; its manifest is a blob like any other."""
        return parse_manifest(key, self.blobs.read(digest).decode())

    def verify(self, digest: str) -> list[str]:
        """Return the problems of a release after reading every byte again, one line each; empty when it is whole."""
        problems: list[str] = []
        try:
            release = self.read_release(digest)
        except AppError as error:
            return [str(error)]
        for key, slice_digest in release.slices.items():
            try:
                slice_ = self.read_slice(key, slice_digest)
            except AppError as error:
                problems.append(f"{key}: {error}")
                continue
            problems += self._find_blob_problems(key, slice_digest, "text/plain")
            problems += self._find_bundle_problems(key, slice_digest)
            for path, file in slice_.files.items():
                problems += self._find_blob_problems(path, file.sha256, file.media_type)
        for path in release.shell.values():
            media_type = "image/png" if path.endswith(".png") else "text/css"
            problems += self._find_blob_problems(path, Path(path).stem, media_type)
        return list(dict.fromkeys(problems))

    def verify_updates(self, digest: str) -> list[str]:
        """Return the problems of the updates to a release. It is whole without them: phones then fetch the bundle."""
        problems = []
        for slice_digest in self.read_release(digest).slices.values():
            for path in sorted((self.root / "bundles").glob(f"{slice_digest}.from.{'?' * 64}")):
                try:
                    data = path.read_bytes()
                    open_container(data)
                except (OSError, AppError) as error:
                    problems.append(f"{path}: {error}; remove it and its .br and .gz, phones then take the whole")
                else:
                    problems += [
                        f"{form} is missing or damaged; remove it" for form in find_damaged_compressed_files(path, data)
                    ]
        return problems

    def _find_blob_problems(self, path: str, digest: str, media_type: str) -> list[str]:
        try:
            data = self.blobs.read(digest)
        except AppError as error:
            return [f"{path}: {error}"]
        forms = find_damaged_compressed_files(self.blobs.build_path(digest), data) if media_type in COMPRESSED else []
        return [f"{path}: {form.name} is missing or damaged" for form in forms]

    def _find_bundle_problems(self, key: str, slice_digest: str) -> list[str]:
        path = self.build_bundle_path(f"{slice_digest}.bundle")
        try:
            data = path.read_bytes()
        except OSError as error:
            return [f"{key}: its bundle cannot be read: {error.strerror}"]
        try:
            open_slice(data, key=key)
        except AppError as error:
            return [f"{key}: its bundle is damaged: {error}"]
        return [f"{key}: {form.name} is missing or damaged" for form in find_damaged_compressed_files(path, data)]

    def remove_unfinished(self) -> None:
        """Remove the half-written files of a killed publish. The caller holds the publish lock."""
        for folder in ("blobs", "bundles", "releases"):
            remove_unfinished_files(self.root / folder)
        remove_unfinished_files(self.root, self.channel.path.name)

    def find_release(self, beginning: str) -> str:
        """Return the digest of the one stored release whose digest begins like this.

        Raises:
            UnknownRelease: There is no such release, or there are several.
        """
        matches = [name for name in self.list_releases() if beginning and name.startswith(beginning.lower())]
        if len(matches) != 1:
            raise UnknownRelease(
                f"{beginning!r} names {len(matches)} releases, expected exactly one; see `doorwise release list`"
            )
        return matches[0]

    def list_releases(self) -> list[str]:
        """Return the digests of the releases whose document is stored, in order of their names."""
        folder = self.root / "releases"
        return sorted(path.stem for path in folder.glob("*.json") if NAME.fullmatch(path.stem))

    def _build_release_path(self, digest: str) -> Path:
        if not NAME.fullmatch(digest):
            raise DataFolderError(f"not the digest of a release: {digest[:80]!r}")
        return self.root / "releases" / f"{digest}.json"
