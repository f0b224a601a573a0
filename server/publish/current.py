"""Make a release current: store it whole, then move the channel. Until the last step nothing a phone sees changes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial

from server.errors import DataFolderError, PackRefused, UnknownRelease
from server.publish.build import BuiltRelease, Progress, Sources, build_release, ignore_progress
from server.publish.data_folder.channel import ChannelState
from server.publish.data_folder.container import build_update, build_whole_slice
from server.publish.data_folder.lock import hold_lock
from server.publish.data_folder.release import DataFolder, Release
from server.publish.rendering.compile import CompiledSlice

# A phone that holds one of these last releases fetches only what changed; an older one takes the whole.
UPDATES_KEPT = 8
COMPRESSED_AT_ONCE = 4


def publish_packs(
    data: DataFolder,
    sources: Sources,
    *,
    progress: Progress = ignore_progress,
    only_if_new: bool = False,
) -> ChannelState:
    """Publish the packs and return the channel's state.

    With `only_if_new` the channel moves only to a release that it never named before, so that a restart of the server
    does not undo a rollback.

    Raises:
        PackRefused: A pack has errors.
        DataFolderError: The data folder cannot be written; the old release stays current.
    """
    with hold_publish_lock(data, "doorwise release publish"):
        # Read under the lock: of two publishes at once, the later one must not publish older files than the earlier one.
        built = build_release(sources, progress=progress)
        state = data.channel.read()
        if only_if_new and built.release.digest != state.release and was_ever_current(state, built.release.digest):
            return state
        return publish_built_release(data, built, progress=progress)


def hold_publish_lock(data: DataFolder, what: str) -> AbstractContextManager[None]:
    """Hold the publish lock: required while the releases or the channel of a data folder change."""
    return hold_lock(data.root / "publish.lock", what=what, wait=True)


def was_ever_current(state: ChannelState, digest: str) -> bool:
    """Return whether the channel has been at this release."""
    return any(move.release == digest for move in state.moves)


def publish_built_release(
    data: DataFolder,
    built: BuiltRelease,
    *,
    progress: Progress = ignore_progress,
    record: Callable[[], None] = lambda: None,
) -> ChannelState:
    """Store a release, whole, and move the channel to it. The caller holds the publish lock.

    `record` is called when everything is stored and the channel has not moved; when it raises, the channel stays.
    """
    state = data.channel.read()
    is_current = state.release == built.release.digest
    if not is_current or data.verify(built.release.digest):
        data.remove_unfinished()
        for asset in built.assets:
            data.blobs.put(asset.data, asset.media_type)
        for item in built.compiled:
            progress(f"storing {item.slice.key}: {len(item.slice.files)} files")
            _store_files(data, item)
        # Compressing takes most of the time, and lets other threads run.
        with ThreadPoolExecutor(COMPRESSED_AT_ONCE) as pool:
            list(pool.map(partial(_store_container, data), built.compiled))
        _store_recent_updates(data, built.release, state, progress)
        data.put_release(built.release)
    record()
    # Current but damaged: now it is repaired, and the channel need not move.
    return state if is_current else data.channel.move(built.release.digest, why="publish")


def _store_files(data: DataFolder, item: CompiledSlice) -> None:
    for body, media_type in item.bodies.values():
        data.blobs.put(body, media_type)
    data.blobs.put(item.slice.manifest.encode(), "text/plain; charset=utf-8")


def _store_container(data: DataFolder, item: CompiledSlice) -> None:
    data.put_bundle(f"{item.slice.digest}.bundle", build_whole_slice(item.slice, data.blobs.read))


def _store_recent_updates(data: DataFolder, release: Release, state: ChannelState, progress: Progress) -> None:
    """Store the containers that bring phones from the last releases to this one."""
    recent = list(dict.fromkeys(move.release for move in reversed(state.moves)))[:UPDATES_KEPT]
    for digest in recent:
        for line in store_updates(data, digest, release):
            progress(line)


def store_updates(data: DataFolder, old_digest: str, release: Release) -> list[str]:
    """Store the containers that turn an earlier release into `release`; return a line about each.

    A damaged earlier release must not prevent a new one: phones that have it fetch the whole slice.
    """
    lines = []
    try:
        old = data.read_release(old_digest)
    except DataFolderError as error:
        return [f"warning: no update from release {old_digest[:12]}: {error}"]
    for key, slice_digest in release.slices.items():
        old_slice = old.slices.get(key)
        if old_slice is None or old_slice == slice_digest:
            continue
        try:
            update = build_update(data.read_slice(key, old_slice), data.read_slice(key, slice_digest), data.blobs.read)
        except DataFolderError as error:
            lines.append(f"warning: no update of {key} from {old_slice[:12]}: {error}")
            continue
        data.put_bundle(f"{slice_digest}.from.{old_slice}", update)
        lines.append(f"stored the update of {key} from {old_slice[:12]}")
    return lines


def roll_back(
    data: DataFolder, digest: str | None = None, *, record: Callable[[str], None] = lambda release: None
) -> ChannelState:
    """Move the channel to `digest` (any unambiguous beginning), by default to the release before the current one.

    `record` is called with the whole digest before the channel moves; when it raises, the channel stays.

    Raises:
        UnknownRelease: There is no such release.
        PackRefused: It is damaged; the channel is as it was.
    """
    with hold_publish_lock(data, "doorwise release rollback"):
        return roll_back_under_lock(data, digest, record=record)


def roll_back_under_lock(
    data: DataFolder, digest: str | None = None, *, record: Callable[[str], None] = lambda release: None
) -> ChannelState:
    """Do what `roll_back` does, for a caller that holds the publish lock."""
    state = data.channel.read()
    target = data.find_release(digest) if digest is not None else find_previous_release(state)
    if problems := data.verify(target):
        raise PackRefused("\n".join([*problems, f"release {target[:12]} is not whole: the channel was not moved"]))
    if state.release:
        store_updates(data, state.release, data.read_release(target))
    record(target)
    return data.channel.move(target, why="rollback")


def find_previous_release(state: ChannelState) -> str:
    """Return the release to go back to: what was current before the current one was published.

    A rollback undoes the publishes since, so a second one goes further back and never forward again.

    Raises:
        UnknownRelease: There is no earlier release.
    """
    standing: list[str] = []
    for move in state.moves:
        if move.why == "rollback" and move.release in standing:
            while standing[-1] != move.release:
                standing.pop()
        elif standing[-1:] != [move.release]:
            standing.append(move.release)
    if len(standing) < 2:
        raise UnknownRelease("there is no earlier release to go back to")
    return standing[-2]
