"""The current release as a table from addresses to files; read again when the channel moves."""

from __future__ import annotations

import gzip
import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import brotli

from server.bounded_cache import BoundedCache
from server.errors import AppError, NoRelease
from server.publish.data_folder.channel import build_served_channel
from server.publish.data_folder.release import DataFolder, Release
from server.publish.data_folder.slices import SliceFile
from server.publish.rendering.render import BLANK_MARKS

log = logging.getLogger(__name__)

# How long to wait after a failed read of a release before trying again; each further failure doubles the pause.
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# Pages with their release filled in are kept in memory, newest used last; 256 of them are a few megabytes.
PAGES_HELD = 256
# Only these names reach the disk, so no name can leave its folder.
# `.bin` is any of them as bytes of no type, which an optimiser on the way leaves alone.
ASSET = re.compile(r"[0-9a-f]{64}\.(css|js|png|bin)")
CONTAINER_NAME = re.compile(r"[0-9a-f]{64}\.(bundle|from\.[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class ReleaseSnapshot:
    """One release, ready to be served. `slice_of` names the slice of each page's address."""

    release: Release
    channel: bytes
    files: dict[str, SliceFile]
    slice_of: dict[str, str]
    recalled: frozenset[str] = frozenset()


class CurrentRelease:
    """The release that a data folder publishes now. Safe to use from several threads."""

    def __init__(self, data: DataFolder, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.data = data
        self._clock = clock
        self._lock = Lock()
        self._seen: tuple[int, int, int] | None = None
        self._snapshot: ReleaseSnapshot | None = None
        self._unreadable: tuple[int, int, int] | None = None
        self._pause_s = 0.0
        self._next_try_at = 0.0
        self._pages = BoundedCache(PAGES_HELD)

    def get_snapshot(self) -> ReleaseSnapshot:
        """Return the current release; costs one stat() while the channel has not moved.

        A release that cannot be read is tried again after a pause, or when the channel moves once more; until then the
        one before is served.

        Raises:
            NoRelease, DataFolderError: There is no readable release, and none was read before.
        """
        held = self._snapshot
        if held is not None and not self._is_update_due(self._read_mark()):
            return held
        with self._lock:
            mark = self._read_mark()
            if self._snapshot is None:
                self._snapshot, self._seen = self._load_snapshot(), mark
            elif self._is_update_due(mark):
                self._reload_snapshot(self._snapshot, mark)
            return self._snapshot

    def _is_update_due(self, mark: tuple[int, int, int] | None) -> bool:
        return mark != self._seen and (mark != self._unreadable or self._clock() >= self._next_try_at)

    def _reload_snapshot(self, held: ReleaseSnapshot, mark: tuple[int, int, int] | None) -> None:
        try:
            self._snapshot, self._seen, self._pause_s = self._load_snapshot(), mark, 0.0
        except AppError as error:
            self._pause_s = min(2 * self._pause_s or FIRST_PAUSE_S, LONGEST_PAUSE_S)
            self._unreadable = mark
            self._next_try_at = self._clock() + self._pause_s
            log.error(
                "still serving release %s, as the current one cannot be read: %s", held.release.digest[:12], error
            )

    def get_page(self, path: str, snapshot: ReleaseSnapshot, encoding: str) -> bytes:
        """Return the bytes of a page in `encoding` (`br`, `gzip` or `identity`), its release and slice filled in."""
        digest = snapshot.files[path].sha256
        key = (digest, snapshot.release.digest, encoding)

        def fill_page() -> bytes:
            release, slice_ = snapshot.release.digest, snapshot.slice_of[path]
            filled = f'data-offline="none" data-release="{release}" data-slice="{slice_}"'
            body = self.data.blobs.read(digest).replace(BLANK_MARKS.encode(), filled.encode(), 1)
            if encoding == "br":
                return bytes(brotli.compress(body, quality=11))
            return gzip.compress(body, 6, mtime=0) if encoding == "gzip" else body

        return self._pages.get(key, fill_page)

    def find_blob_path(self, name: str) -> Path | None:
        """Return the path of `/b/<name>`: a file of any release, a whole slice, or an update; None if there is no such file."""
        if ASSET.fullmatch(name):
            path = self.data.blobs.build_path(name.partition(".")[0])
        elif CONTAINER_NAME.fullmatch(name):
            path = self.data.build_bundle_path(name)
        else:
            return None
        return path if path.is_file() else None

    def _read_mark(self) -> tuple[int, int, int] | None:
        try:
            status = os.stat(self.data.channel.path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _load_snapshot(self) -> ReleaseSnapshot:
        state = self.data.channel.read()
        if state.release is None:
            raise NoRelease(f"nothing is published in {self.data.root} yet")
        release = self.data.read_release(state.release)
        files: dict[str, SliceFile] = {}
        slice_of: dict[str, str] = {}
        for key, digest in release.slices.items():
            slice_ = self.data.read_slice(key, digest)
            files |= slice_.files
            slice_of |= dict.fromkeys(slice_.files, digest)
        return ReleaseSnapshot(
            release, build_served_channel(state, release.slices), files, slice_of, frozenset(state.recalled)
        )
