"""One instance on several machines: what one of them publishes, all of them serve within two seconds.

Each machine serves from a data folder of its own. The database holds a copy of every released file, and the channel, which
moves last: a machine that follows fetches what it lacks, and then writes the channel. With the embedded store there is
only one machine, and all of this is a no-op.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from threading import Event, Thread

from server.errors import AppError
from server.store.locks import hold_exclusive
from server.store.protocol import Store
from server.store.release_files import NO_CHANNEL, ChannelMark, Folder, FolderReleases, SharedFiles

# A notice comes at once; if one gets lost, this is the delay.
POLL_S = 1.0
# Until a lost connection is tried again.
RETRY_S = 1.0
LOCK = "shared.lock"

log = logging.getLogger(__name__)


class SharedReleases:
    """The releases that all machines of one instance share. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._shared = store.shared_files()

    @contextlib.contextmanager
    def hold_publish_turn(self, folder: Folder) -> Iterator[None]:
        """Publish, roll back or recall inside this block: on the newest state, while no other machine publishes.

        Updates the folder first. The changes of the block are sent to all machines when it ends, also when it ends with
        an error after the channel has moved.

        Raises:
            StoreUnavailable: The database does not answer.
            StoreError: The turn was lost with the connection and another machine has published; the next follower or
                publisher resets the folder to that machine's release.
        """
        if self._shared is None:
            yield
            return
        with hold_exclusive(folder.root / LOCK), self._shared.hold_publish_turn():
            seen = _pull_files(self._shared, FolderReleases(folder))
            try:
                yield
            finally:
                _push_files(self._shared, FolderReleases(folder), seen)

    def push_release(self, folder: Folder) -> None:
        """Send what the folder publishes to all machines: its files, and then its channel."""
        if self._shared is not None:
            with hold_exclusive(folder.root / LOCK), self._shared.hold_publish_turn():
                _push_files(self._shared, FolderReleases(folder), self._shared.read_mark())

    def pull_release(self, folder: Folder) -> None:
        """Update the folder to the newest channel of any machine; a database without a channel changes nothing."""
        if self._shared is not None:
            with hold_exclusive(folder.root / LOCK):
                _pull_files(self._shared, FolderReleases(folder))

    @contextlib.contextmanager
    def follow_releases(self, folder: Folder) -> Iterator[None]:
        """Keep the folder up to date, in a thread, while this block lasts."""
        if self._shared is None:
            yield
            return
        follower = _Follower(self._shared, folder)
        follower.start()
        try:
            yield
        finally:
            follower.stop()


class _Follower(Thread):
    def __init__(self, shared: SharedFiles, folder: Folder) -> None:
        super().__init__(name="follower", daemon=True)
        self._shared = shared
        self._files = FolderReleases(folder)
        self._lock = folder.root / LOCK
        self._ended = Event()
        self._told: set[str] = set()

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._shared.listen_for_channel_changes(self._pull_if_changed, ended=self._ended.is_set, poll_s=POLL_S)
            except (AppError, OSError) as error:  # The folder is still served.
                self._warn_once(str(error))
                self._ended.wait(RETRY_S)

    def stop(self) -> None:
        """Stop the thread and wait for it: at most POLL_S and the time of a running write."""
        self._ended.set()
        self.join()

    def _pull_if_changed(self) -> None:
        if _has_channel_of(self._files, self._shared.read_mark()):
            self._told.clear()
            return
        # Under the lock, since a publish on this machine has its own channel until its turn ends.
        with hold_exclusive(self._lock):
            if not _has_channel_of(self._files, self._shared.read_mark()):
                mark = _pull_files(self._shared, self._files)
                log.info("now at what was published as number %d", mark.version)

    def _warn_once(self, words: str) -> None:
        """Log each reason once, and not every second, until it works again. While a server ends, reasons alternate."""
        if words not in self._told:
            log.warning("cannot follow what other machines publish: %s", words)
        self._told.add(words)


def _has_channel_of(files: FolderReleases, mark: ChannelMark) -> bool:
    return mark == NO_CHANNEL or hashlib.sha256(files.read_channel()).hexdigest() == mark.sha256


def _pull_files(shared: SharedFiles, files: FolderReleases) -> ChannelMark:
    # The channel first: the files that it needs were there before it.
    mark, channel = shared.read_marked_channel()
    if mark == NO_CHANNEL:
        return mark
    for name in sorted(shared.list_file_paths() - set(files.list_file_paths())):
        files.write(name, shared.read(name))
    if not _has_channel_of(files, mark):
        files.write_channel(channel)
    return mark


def _push_files(shared: SharedFiles, files: FolderReleases, seen: ChannelMark) -> None:
    channel = files.read_channel()
    if not channel or (seen != NO_CHANNEL and _has_channel_of(files, seen)):
        return
    # Listed after the channel was read: whatever it names is among them.
    held = shared.list_file_paths()
    for name in files.list_file_paths():
        if name not in held:
            shared.write(name, files.read(name))
    shared.move_channel(channel, seen=seen)
