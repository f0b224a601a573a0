"""Publish: packs → checked → compiled → stored → the channel moved. Until the last step nothing a phone sees changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from server.errors import DataFolderError, PackRefused, UnknownRelease
from server.guidance.check import check_pack
from server.guidance.files import Layer
from server.guidance.model import GUIDE_PAGES, Pack
from server.guidance.parse import load_pack
from server.guidance.problem import PackErrors
from server.i18n import translations_for
from server.publish.assets import Asset, load_assets
from server.publish.canonical import sha256_hex
from server.publish.channel import ChannelState
from server.publish.compile import CompiledSlice, Operator, compile_locale
from server.publish.container import update_between, whole_slice
from server.publish.lock import hold
from server.publish.release import DataFolder, Release
from server.resources import PACKAGE

# What a running program leaves beside its code.
NOT_SHIPPED = frozenset({"__pycache__"})
# A phone that holds one of these last releases fetches only what changed; an older one takes the whole.
UPDATES_KEPT = 8

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a release is made from: the folders of packs, static files and catalogues, and who runs this copy.

    `edits` is what editors changed, by region; a region may have edits and no folder.
    """

    packs: Path
    static: Path
    translations: Path
    operator: Operator = field(default_factory=Operator)
    edits: Mapping[str, Layer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """A release that is not stored yet, with everything that belongs to it."""

    release: Release
    compiled: Sequence[CompiledSlice] = field(repr=False)
    assets: Sequence[Asset] = field(repr=False)
    warnings: Sequence[str] = ()


def pack_folders(packs: Path, edits: Mapping[str, Layer] | None = None) -> list[Path]:
    """The folders below `packs` that hold a pack, in the order of their names; with those that are edits alone.

    Raises:
        PackRefused: There is none.
    """
    folders = {path.parent for path in packs.glob("*/pack.toml")}
    folders |= {packs / region for region, layer in (edits or {}).items() if "pack.toml" in layer.texts}
    if not folders:
        raise PackRefused(f"{packs} holds no pack: expected at least one folder with a pack.toml")
    return sorted(folders)


def load_packs(
    packs: Path, *, today: date | None = None, edits: Mapping[str, Layer] | None = None
) -> tuple[list[Pack], list[str]]:
    """Load and check every pack and return them with the warnings.

    Raises:
        PackRefused: At least one has an error; the message lists every error of every pack.
    """
    loaded, problems, warnings = [], [], []
    for folder in pack_folders(packs, edits):
        try:
            pack = load_pack(folder, packs_root=packs, edits=edits)
        except PackErrors as error:
            problems += [str(problem) for problem in error.problems]
            continue
        report = check_pack(pack, today=today)
        problems += [str(problem) for problem in report.errors]
        warnings += [str(problem) for problem in report.warnings]
        loaded.append(pack)
    if problems:
        raise PackRefused("\n".join([*problems, f"{len(problems)} errors: nothing was published"]))
    return loaded, warnings


def compile_packs(
    packs: Sequence[Pack], sources: Sources, progress: Progress
) -> tuple[Release, list[CompiledSlice], list[Asset]]:
    """Compile every locale of every pack. Pure but for reading the shell's own files."""
    assets = load_assets(sources.static)
    for pack in packs:
        assets |= _screenshots(sources.packs, pack)
    compiled = []
    regions: dict[str, dict[str, object]] = {}
    for pack in packs:
        for locale in pack.locales.values():
            progress(f"rendering {pack.id}/{locale.tag}")
            translations = translations_for(locale.tag, sources.translations)
            compiled.append(
                compile_locale(pack, locale.tag, assets=assets, translations=translations, operator=sources.operator)
            )
        regions[pack.id] = {
            "iso": pack.iso,
            "name": {tag: pack.strings[tag]["region.name"] for tag in pack.locales},
            "locales": [{"tag": item.tag, "dir": item.dir, "name": item.name} for item in pack.locales.values()],
        }
    shell = {name: asset.path for name, asset in assets.items() if name == "css" or name.endswith(".png")}
    slices = {item.slice.key: item.slice.digest for item in compiled}
    # Icons and screenshots belong to the release though no phone keeps them offline.
    return Release(slices, {**regions}, shell), compiled, list(assets.values())


def _screenshots(packs: Path, pack: Pack) -> dict[str, Asset]:
    found = {}
    for tag in pack.locales:
        for path in sorted((packs / pack.id / tag / "screenshots").glob("*@*x*.png")):
            data = path.read_bytes()
            found[f"screenshot:{pack.id}/{tag}/{path.name}"] = Asset(f"b/{sha256_hex(data)}.png", data, "image/png")
    return found


def build(sources: Sources, *, progress: Progress = lambda line: None, today: date | None = None) -> Built:
    """Load, check and compile everything.

    Raises:
        PackRefused: A pack has errors.
    """
    packs, warnings = load_packs(sources.packs, today=today, edits=sources.edits)
    for line in warnings:
        progress(f"warning: {line}")
    release, compiled, assets = compile_packs(packs, sources, progress)
    return Built(release, compiled, assets, warnings)


def shipped_digest(sources: Sources) -> str:
    """Give a SHA-256 that changes when anything but the edits changes a release: packs, static files, texts, program."""
    total = hashlib.sha256()
    for root in (sources.packs, sources.static, sources.translations, PACKAGE):
        for path in sorted(root.rglob("*")):
            if path.is_file() and NOT_SHIPPED.isdisjoint(path.parts):
                total.update(f"{path.relative_to(root)}\0{sha256_hex(path.read_bytes())}\n".encode())
    operator = sources.operator
    total.update(repr((operator.name, operator.contact)).encode())
    return total.hexdigest()


def publish(
    data: DataFolder,
    sources: Sources,
    *,
    progress: Progress = lambda line: None,
    today: date | None = None,
    only_if_new: bool = False,
) -> ChannelState:
    """Publish the packs and return the channel's state.

    With `only_if_new` the channel moves only to a release that it never named before, so that a restart of the server
    does not undo a rollback.

    Raises:
        PackRefused: A pack has errors.
        DataFolderError: The data folder cannot be written; the old release stays current.
    """
    with publishing(data, "doorwise release publish"):
        # Read under the lock: of two publishes at once, the later one must not bring back what the earlier one read.
        built = build(sources, progress=progress, today=today)
        state = data.channel.read()
        if only_if_new and built.release.digest != state.release and named_before(state, built.release.digest):
            return state
        return put_release(data, built, progress=progress)


def publishing(data: DataFolder, what: str) -> AbstractContextManager[None]:
    """The lock that whoever changes the releases or the channel of a data folder holds meanwhile."""
    return hold(data.root / "publish.lock", what=what, wait=True)


def named_before(state: ChannelState, digest: str) -> bool:
    """True when the channel has been at this release."""
    return any(move.release == digest for move in state.moves)


def put_release(
    data: DataFolder,
    built: Built,
    *,
    progress: Progress = lambda line: None,
    record: Callable[[], None] = lambda: None,
) -> ChannelState:
    """Store a release, whole, and make it current. The caller holds `publishing`.

    `record` is called when everything is stored and the channel has not moved; when it raises, the channel stays.
    """
    state = data.channel.read()
    is_current = state.release == built.release.digest
    if not is_current or data.verify(built.release.digest):
        data.sweep()
        for asset in built.assets:
            data.blobs.put(asset.data, asset.media_type)
        for item in built.compiled:
            progress(f"storing {item.slice.key}: {len(item.slice.files)} files")
            _store_slice(data, item)
        _store_updates(data, built.release, state, progress)
        data.put_release(built.release)
    record()
    # Current but damaged: what was missing is there again, and the channel need not move.
    return state if is_current else data.channel.move(built.release.digest, why="publish")


def _store_slice(data: DataFolder, item: CompiledSlice) -> None:
    for body, media_type in item.bodies.values():
        data.blobs.put(body, media_type)
    data.blobs.put(item.slice.manifest.encode(), "text/plain; charset=utf-8")
    data.put_bundle(f"{item.slice.digest}.bundle", whole_slice(item.slice, data.blobs.read))


def _store_updates(data: DataFolder, release: Release, state: ChannelState, progress: Progress) -> None:
    """Make the containers that bring phones from the last releases to this one."""
    recent = list(dict.fromkeys(move.release for move in reversed(state.moves)))[:UPDATES_KEPT]
    for digest in recent:
        for line in store_updates(data, digest, release):
            progress(line)


def store_updates(data: DataFolder, old_digest: str, release: Release) -> list[str]:
    """Store the containers that turn an earlier release into `release`, and say so, one line each.

    An earlier release that is damaged must not stand in the way of a new one: phones that hold it take the whole.
    """
    lines = []
    try:
        old = data.release(old_digest)
    except DataFolderError as error:
        return [f"warning: no update from release {old_digest[:12]}: {error}"]
    for key, slice_digest in release.slices.items():
        old_slice = old.slices.get(key)
        if old_slice is None or old_slice == slice_digest:
            continue
        try:
            update = update_between(data.slice(key, old_slice), data.slice(key, slice_digest), data.blobs.read)
        except DataFolderError as error:
            lines.append(f"warning: no update of {key} from {old_slice[:12]}: {error}")
            continue
        data.put_bundle(f"{slice_digest}.from.{old_slice}", update)
        lines.append(f"stored the update of {key} from {old_slice[:12]}")
    return lines


def rollback(
    data: DataFolder, digest: str | None = None, *, record: Callable[[str], None] = lambda release: None
) -> ChannelState:
    """Move the channel to `digest` (any unambiguous beginning), by default to the release before the current one.

    `record` is called with the whole digest before the channel moves; when it raises, the channel stays.

    Raises:
        UnknownRelease: There is no such release.
        PackRefused: It is damaged; the channel is as it was.
    """
    with publishing(data, "doorwise release rollback"):
        return go_back(data, digest, record=record)


def go_back(
    data: DataFolder, digest: str | None = None, *, record: Callable[[str], None] = lambda release: None
) -> ChannelState:
    """Do what `rollback` does for a caller that holds `publishing`."""
    state = data.channel.read()
    target = data.find(digest) if digest is not None else previous_release(state)
    if problems := data.verify(target):
        raise PackRefused("\n".join([*problems, f"release {target[:12]} is not whole: the channel was not moved"]))
    if state.release:
        store_updates(data, state.release, data.release(target))
    record(target)
    return data.channel.move(target, why="rollback")


def previous_release(state: ChannelState) -> str:
    """The release to go back to: what was current before the current one was published.

    A rollback undoes the publishes since, so a second one goes further back and never forward again.

    Raises:
        UnknownRelease: There is none.
    """
    standing: list[str] = []
    for move in state.moves:
        if move.why == "rollback" and move.release in standing:
            del standing[len(standing) - standing[::-1].index(move.release) :]
        elif standing[-1:] != [move.release]:
            standing.append(move.release)
    if len(standing) < 2:
        raise UnknownRelease("there is no earlier release to go back to")
    return standing[-2]


def recall(
    data: DataFolder, region: str, topic: str, *, lift: bool = False, record: Callable[[], None] = lambda: None
) -> list[str]:
    """Withdraw a topic in every locale of `region` (or, with `lift`, bring it back) and return its addresses.

    Phones learn of it at their next contact, whichever release they hold; it stays until it is lifted. `record` is
    called before the channel changes; when it raises, nothing is withdrawn.

    Raises:
        PackRefused: The current release has no such topic, or nothing was withdrawn that could be lifted.
    """
    with publishing(data, "doorwise release recall"):
        release = data.current()
        recalled = set(data.channel.read().recalled)
        if lift:
            # Also of a topic that a later release no longer has.
            found = {address for address in recalled if _is_topic(address, region, topic)}
        else:
            found = {
                address
                for key, digest in release.slices.items()
                for address in data.slice(key, digest).files
                if _is_topic(address, region, topic)
            }
        if not found:
            raise PackRefused(f"{region} {topic}: no such topic is {'withdrawn' if lift else 'published'}")
        record()
        data.channel.recall(recalled - found if lift else recalled | found)
        return sorted(found)


def _is_topic(address: str, region: str, topic: str) -> bool:
    """True for `<region>/<locale>/guide/<topic>/`."""
    parts = address.split("/")
    return len(parts) == 5 and topic not in GUIDE_PAGES and (parts[0], *parts[2:]) == (region, "guide", topic, "")
