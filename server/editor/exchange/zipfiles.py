"""A region's pack as one zip, exported and imported. Nothing in an imported zip is trusted: names, sizes and files are checked.

People pack folders with Finder, Windows or GitHub: what these systems add is skipped, the folder may have another name or
lie in one more folder, or there is none. The region is the one that pack.toml says.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.editor.exchange.errors import ImportRefused
from server.guidance.files.pack_folder import (
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    MAX_PACK_BYTES,
    TABLE_FILES,
    Layer,
    parse_locale_path,
)
from server.guidance.files.parse import load_pack
from server.guidance.files.toml import parse_table
from server.guidance.model.pack import Pack
from server.guidance.model.regions import is_region_id
from server.guidance.problems.problem import PackErrors, escape_unprintable

MAX_ZIP_BYTES = 16 << 20
HEAD_FILE = "pack.toml"
# The pack's own folder, and one around it, as GitHub packs a repository.
MAX_FOLDERS = 2
# What Finder and Windows leave in folders, and hidden files, which are skipped in a pack's folder too.
_OF_A_SYSTEM = re.compile(r"\..+|__MACOSX|(?:eh)?thumbs\.db|desktop\.ini|Icon\r", re.IGNORECASE)
# Files for people, and pictures.
_FOR_PEOPLE = re.compile(r"(?:README|LICENSE)(?:[-.]\w+)?|.*\.png")
# The earliest time that a zip can hold: equal packs give equal zips.
EPOCH = (1980, 1, 1, 0, 0, 0)
# Errors that reading a damaged or forged zip may raise.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, OSError, OverflowError, struct.error),
)


@dataclass(frozen=True, slots=True)
class UnpackedZip:
    """The text files of an imported pack, by their path in the region's folder."""

    region: str
    files: Mapping[str, bytes]


def write_zip(region: str, files: Mapping[str, str]) -> bytes:
    """Return a zip of a pack's folder; equal files give equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, text in sorted(files.items()):
            info = zipfile.ZipInfo(f"{region}/{path}", EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, text.encode())
    return target.getvalue()


def read_zip(data: bytes) -> UnpackedZip:
    """Return the pack files in a zip: those of the one folder that has a pack.toml.

    Raises:
        ImportRefused: It is not a zip, is damaged, too large, holds links or names that leave the folder, or anything but
            a pack. The error names the entry.
    """
    if len(data) > MAX_ZIP_BYTES:
        raise ImportRefused("too-large", limit=MAX_ZIP_BYTES >> 20)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpack_archive(archive)
    except BROKEN as error:
        raise ImportRefused("not-a-zip") from error


def _unpack_archive(archive: zipfile.ZipFile) -> UnpackedZip:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ImportRefused("too-many-files", limit=MAX_ENTRIES)
    members = [(info, path) for info in entries if (path := _read_member_path(info)) is not None]
    root = _find_pack_folder([path for _, path in members])
    files: dict[str, bytes] = {}
    left = MAX_PACK_BYTES
    for info, path in members:
        inner = path.removeprefix(root)
        if _FOR_PEOPLE.fullmatch(path.rpartition("/")[2]):
            continue  # no texts, so nothing that can be edited here
        if not path.startswith(root) or (inner not in TABLE_FILES and parse_locale_path(inner) is None):
            raise ImportRefused("unknown-file", path=escape_unprintable(path)[:200])
        if inner in files:
            raise ImportRefused("twice", path=escape_unprintable(path))
        files[inner] = _read_entry(archive, info, min(MAX_FILE_BYTES, left))
        left -= len(files[inner])
    return UnpackedZip(_find_region(root, files[HEAD_FILE]), files)


def _find_pack_folder(paths: Sequence[str]) -> str:
    """Return the folder of the pack with a slash at its end, empty when its files are in no folder."""
    roots = {path.removesuffix(HEAD_FILE) for path in paths if path.rpartition("/")[2] == HEAD_FILE}
    if len(roots) != 1 or (root := roots.pop()).count("/") > MAX_FOLDERS:
        raise ImportRefused("not-one-folder")
    return root


def _find_region(root: str, head: bytes) -> str:
    """Return the region that a pack.toml names; its folder's name while the file cannot be read, so that its faults are told."""
    table = parse_table(head.decode("utf-8-sig", "replace"), HEAD_FILE, []) or {}
    for name in (table.get("id"), root.removesuffix("/").rpartition("/")[2]):
        if isinstance(name, str) and is_region_id(name):
            return name
    raise ImportRefused("not-one-folder")


def _read_member_path(info: zipfile.ZipInfo) -> str | None:
    """Return the path of a file, None for a folder and for what a system keeps for itself.

    Raises:
        ImportRefused: It is a link or an odd thing, encrypted, or its name is not a plain one inside a folder.
    """
    name = info.orig_filename.replace("\\", "/")  # as some programs on Windows write
    shown = escape_unprintable(info.orig_filename)[:200]
    parts = name.removesuffix("/").split("/")
    if "\0" in name or any(part in ("", ".", "..") or part.endswith(":") for part in parts):
        raise ImportRefused("odd-name", path=shown)
    if any(_OF_A_SYSTEM.fullmatch(part) for part in parts):
        return None
    if not name.isprintable():
        raise ImportRefused("odd-name", path=shown)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ImportRefused("not-a-file", path=shown)
    if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ImportRefused("packed-otherwise", path=shown)
    return None if name.endswith("/") else name


def _read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """Return one file, unpacked. Never reads more than `limit` bytes, whatever size the zip declares."""
    with archive.open(info) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ImportRefused("unpacks-too-large", path=escape_unprintable(info.filename)[:200])
    return data


@dataclass(frozen=True, slots=True)
class IncomingPack:
    """An imported pack, loaded; its files are below `packs` as long as the caller works with it."""

    region: str
    packs: Path
    pack: Pack


def load_unpacked_pack(unpacked: UnpackedZip, folder: Path, packs: Path, edits: Mapping[str, Layer]) -> IncomingPack:
    """Write an imported pack below `folder` and load it, its parents from `packs` with their edits.

    Raises:
        ImportRefused: With every fault of every file.
    """
    for path, data in unpacked.files.items():
        target = folder / unpacked.region / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    others = {region: layer for region, layer in edits.items() if region != unpacked.region}
    try:
        pack = load_pack(folder / unpacked.region, packs_root=packs, edits=others)
    except PackErrors as error:
        raise ImportRefused("not-a-pack", error.problems, count=len(error.problems)) from error
    return IncomingPack(unpacked.region, folder, pack)


def make_temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that is deleted at the end of its `with`."""
    return tempfile.TemporaryDirectory(prefix="doorwise-import-")
