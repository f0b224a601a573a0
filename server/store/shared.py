"""One instance on several machines: what one of them publishes, all of them serve within two seconds.

Each machine serves from a data folder of its own. The database holds a copy of every released file, and the channel, which
moves last: a machine that follows fetches what it lacks, and then writes the channel. With the embedded store there is
one machine, and nothing of this does anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from threading import Event, Thread

from server.errors import AppError
from server.store.locks import exclusive
from server.store.protocol import Store
from server.store.release_files import NO_CHANNEL, ChannelMark, Folder, FolderReleases, SharedFiles

# A notice comes at once; should one get lost, this is how long it takes.
POLL_S = 1.0
# Until a lost connection is tried again.
RETRY_S = 1.0
LOCK = "shared.lock"

log = logging.getLogger(__name__)


class SharedReleases:
    """What the machines of one instance have published. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._shared = store.shared_files()

    @contextlib.contextmanager
    def turn(self, folder: Folder) -> Iterator[None]:
        """Publish, roll back or recall inside this block: on the newest state, and nobody else does meanwhile.

        Brings the folder up to date first. What the block has changed is with everybody when it ends, also when it ends
        with an error after the channel has moved.

        Raises:
            StoreUnavailable: The database does not answer.
            StoreError: The turn was lost with the connection and another machine has published; the folder is brought
                back to what that one published, by whoever follows or publishes next.
        """
        if self._shared is None:
            yield
            return
        with exclusive(folder.root / LOCK), self._shared.turn():
            seen = _pull(self._shared, FolderReleases(folder))
            try:
                yield
            finally:
                _push(self._shared, FolderReleases(folder), seen)

    def push(self, folder: Folder) -> None:
        """Give what the folder publishes to every machine: its files, and then its channel."""
        if self._shared is not None:
            with exclusive(folder.root / LOCK), self._shared.turn():
                _push(self._shared, FolderReleases(folder), self._shared.mark())

    def pull(self, folder: Folder) -> None:
        """Bring the folder to what was published last by any machine; a database without a channel changes nothing."""
        if self._shared is not None:
            with exclusive(folder.root / LOCK):
                _pull(self._shared, FolderReleases(folder))

    @contextlib.contextmanager
    def follow(self, folder: Folder) -> Iterator[None]:
        """Keep the folder up to date, in a thread, while this block lasts."""
        if self._shared is None:
            yield
            return
        follower = _Follower(self._shared, folder)
        follower.start()
        try:
            yield
        finally:
            follower.end()


class _Follower(Thread):
    def __init__(self, shared: SharedFiles, folder: Folder) -> None:
        super().__init__(name="follower", daemon=True)
        self._shared = shared
        self._files = FolderReleases(folder)
        self._lock = folder.root / LOCK
        self._ended = Event()
        self._told = ""

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._shared.listen(self._changed, ended=self._ended.is_set, poll_s=POLL_S)
            except (AppError, OSError) as error:  # What is in the folder goes on being served.
                self._tell(str(error))
                self._ended.wait(RETRY_S)

    def end(self) -> None:
        """End it and wait for that; it takes no longer than POLL_S and what is being written."""
        self._ended.set()
        self.join()

    def _changed(self) -> None:
        if _is_at(self._files, self._shared.mark()):
            self._told = ""
            return
        # Under the lock, since a publish on this machine is at its own channel until its turn ends.
        with exclusive(self._lock):
            if not _is_at(self._files, self._shared.mark()):
                mark = _pull(self._shared, self._files)
                log.info("now at what was published as number %d", mark.version)

    def _tell(self, words: str) -> None:
        """Once, and not every second, until it works again."""
        if words != self._told:
            log.warning("cannot follow what other machines publish: %s", words)
        self._told = words


def _is_at(files: FolderReleases, mark: ChannelMark) -> bool:
    return mark == NO_CHANNEL or hashlib.sha256(files.channel()).hexdigest() == mark.sha256


def _pull(shared: SharedFiles, files: FolderReleases) -> ChannelMark:
    # The channel first: the files that it needs were there before it.
    mark, channel = shared.marked_channel()
    if mark == NO_CHANNEL:
        return mark
    for name in sorted(shared.names() - set(files.names())):
        files.write(name, shared.read(name))
    if not _is_at(files, mark):
        files.write_channel(channel)
    return mark


def _push(shared: SharedFiles, files: FolderReleases, seen: ChannelMark) -> None:
    channel = files.channel()
    if not channel or (seen != NO_CHANNEL and _is_at(files, seen)):
        return
    # Listed after the channel was read: whatever it names is among them.
    held = shared.names()
    for name in files.names():
        if name not in held:
            shared.write(name, files.read(name))
    shared.move(channel, seen=seen)
