"""Packs are loaded, checked and compiled into a release that is not stored yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from server.errors import PackRefused
from server.guidance.checks.check_pack import check_pack
from server.guidance.files.pack_folder import Layer
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.guidance.problems.problem import PackErrors
from server.i18n import load_translations
from server.publish.assets import Asset, load_assets
from server.publish.data_folder.canonical import sha256_hex
from server.publish.data_folder.release import Release
from server.publish.rendering.compile import CompiledSlice, Operator, compile_locale
from server.resources import PACKAGE

# Folders that a running program writes beside its code.
NOT_SHIPPED = frozenset({"__pycache__"})

Progress = Callable[[str], None]


def ignore_progress(line: str) -> None:
    """Drop a line of progress."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a release: the folders of packs, static files and catalogues, and the operator of this copy.

    `edits` are the edits of the desk, by region; a region may have edits and no folder.
    """

    packs: Path
    static: Path
    translations: Path
    operator: Operator = field(default_factory=Operator)
    edits: Mapping[str, Layer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """A release that is not stored yet, with everything that belongs to it."""

    release: Release
    compiled: Sequence[CompiledSlice] = field(repr=False)
    assets: Sequence[Asset] = field(repr=False)


def list_pack_folders(packs: Path, edits: Mapping[str, Layer] | None = None) -> list[Path]:
    """Return the folders below `packs` that hold a pack, in the order of their names; with those that are edits alone.

    Raises:
        PackRefused: There is no such folder.
    """
    folders = {path.parent for path in packs.glob("*/pack.toml")}
    folders |= {packs / region for region, layer in (edits or {}).items() if "pack.toml" in layer.texts}
    if not folders:
        raise PackRefused(f"{packs} holds no pack: expected at least one folder with a pack.toml")
    return sorted(folders)


def load_packs(
    packs: Path, *, today: date | None = None, edits: Mapping[str, Layer] | None = None
) -> tuple[list[Pack], list[str]]:
    """Return every pack, loaded and checked, and the warnings.

    Raises:
        PackRefused: At least one has an error; the message lists every error of every pack.
    """
    loaded, problems, warnings = [], [], []
    for folder in list_pack_folders(packs, edits):
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


def compile_packs(packs: Sequence[Pack], sources: Sources, progress: Progress = ignore_progress) -> BuiltRelease:
    """Return a release with every locale of every pack, compiled. Pure but for reading the shell's own files."""
    assets = load_assets(sources.static)
    for pack in packs:
        assets |= _load_screenshots(sources.packs, pack)
    compiled = []
    regions: dict[str, Mapping[str, object]] = {}
    for pack in packs:
        for locale in pack.locales.values():
            progress(f"rendering {pack.id}/{locale.tag}")
            translations = load_translations(locale.tag, sources.translations)
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
    return BuiltRelease(Release(slices, regions, shell), compiled, list(assets.values()))


def _load_screenshots(packs: Path, pack: Pack) -> dict[str, Asset]:
    found = {}
    for tag in pack.locales:
        for path in sorted((packs / pack.id / tag / "screenshots").glob("*@*x*.png")):
            data = path.read_bytes()
            found[f"screenshot:{pack.id}/{tag}/{path.name}"] = Asset(f"b/{sha256_hex(data)}.png", data, "image/png")
    return found


def build_release(sources: Sources, *, progress: Progress = ignore_progress) -> BuiltRelease:
    """Return a release of everything, loaded, checked and compiled.

    Raises:
        PackRefused: A pack has errors.
    """
    packs, warnings = load_packs(sources.packs, edits=sources.edits)
    for line in warnings:
        progress(f"warning: {line}")
    return compile_packs(packs, sources, progress)


def compute_shipped_digest(sources: Sources) -> str:
    """Return a SHA-256 that changes when anything but the edits changes a release: packs, static files, texts, program."""
    total = hashlib.sha256()
    for root in (sources.packs, sources.static, sources.translations, PACKAGE):
        for path in sorted(root.rglob("*")):
            if path.is_file() and NOT_SHIPPED.isdisjoint(path.parts):
                total.update(f"{path.relative_to(root)}\0{sha256_hex(path.read_bytes())}\n".encode())
    operator = sources.operator
    total.update(repr((operator.name, operator.contact)).encode())
    return total.hexdigest()
