"""The one response that carries a whole slice, or the changes from another one.

Layout, all of it read by the worker (`static/js/worker/container.js`):

    4 bytes   the letters DWB1
    4 bytes   length of the index, big endian
    index     UTF-8 JSON
    bodies    the bytes of `parts`, one after another

Index of a whole slice: `{"kind": "whole", "slice", "manifest", "parts": [[sha256, length], …]}`; without the shell's files.
Index of an update:     `{"kind": "update", "from", "slice", "drop": [address, …], "set": [[address, sha256, type], …],
                          "parts": […], "patches": [[sha256, from sha256, operations], …]}`.

Nothing in it is trusted: every body, every patched file and the manifest as a whole must have its declared digest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from server.errors import AppError
from server.publish.data_folder.canonical import sha256_hex
from server.publish.data_folder.patch import apply_patch, make_patch
from server.publish.data_folder.slices import Slice, SliceFile, parse_manifest

MAGIC = b"DWB1"
SHELL = "b/"
ReadBlob = Callable[[str], bytes]
Bodies = Mapping[str, bytes]


class ContainerError(AppError):
    """A container is cut short, altered, or made for another slice."""

    code = "container"


def pack_container(index: Mapping[str, object], bodies: list[bytes]) -> bytes:
    """Return an index and its bodies as one byte string."""
    head = json.dumps(index, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return MAGIC + len(head).to_bytes(4, "big") + head + b"".join(bodies)


def build_whole_slice(slice_: Slice, read: ReadBlob) -> bytes:
    """Return the container for a phone that has nothing yet; each distinct file is in it once.

    The shell's files (`b/…`) are left out: the open page has just fetched them, they never change, and the worker takes
    them from the browser's own cache. Sending them again would cost every first visit 14 KB.
    """
    carried = [file.sha256 for path, file in sorted(slice_.files.items()) if not path.startswith(SHELL)]
    digests = list(dict.fromkeys(carried))
    bodies = [read(digest) for digest in digests]
    index = {
        "kind": "whole",
        "slice": slice_.digest,
        "manifest": slice_.manifest,
        "parts": [[digest, len(body)] for digest, body in zip(digests, bodies, strict=True)],
    }
    return pack_container(index, bodies)


def build_update(old: Slice, new: Slice, read: ReadBlob) -> bytes:
    """Return the container that turns `old` into `new`; its size depends on the change, not on the number of files."""
    changed = {path: file for path, file in sorted(new.files.items()) if old.files.get(path) != file}
    held = {file.sha256 for file in old.files.values()}
    parts: list[list[object]] = []
    bodies: list[bytes] = []
    patches: list[list[object]] = []
    for path, file in changed.items():
        if file.sha256 in held:
            continue
        held.add(file.sha256)
        before = old.files.get(path)
        body = read(file.sha256)
        patch = make_patch(read(before.sha256), body) if before and _is_text(file.media_type) else None
        if before is not None and patch is not None:
            patches.append([file.sha256, before.sha256, patch])
        else:
            parts.append([file.sha256, len(body)])
            bodies.append(body)
    index = {
        "kind": "update",
        "from": old.digest,
        "slice": new.digest,
        "drop": sorted(set(old.files) - set(new.files)),
        "set": [[path, file.sha256, file.media_type] for path, file in changed.items()],
        "parts": parts,
        "patches": patches,
    }
    return pack_container(index, bodies)


def open_container(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return the index and the bodies of a container.

    Raises:
        ContainerError: It is not a container, it was cut short, or a body does not have the digest in the index.
    """
    start = 8 + int.from_bytes(data[4:8], "big")
    if len(data) < start or data[:4] != MAGIC:
        raise ContainerError("not a container, or cut short")
    try:
        index = json.loads(data[8:start])
        parts = [(str(digest), int(length)) for digest, length in index["parts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ContainerError(f"its index cannot be read: {error}") from error
    bodies = []
    for digest, length in parts:
        bodies.append(data[start : start + length])
        start += length
        if sha256_hex(bodies[-1]) != digest:
            raise ContainerError(f"the body of {digest} has another SHA-256")
    if start != len(data):
        raise ContainerError("it is longer than it says")
    return index, bodies


def open_slice(
    data: bytes, *, key: str, old: Slice | None = None, read: ReadBlob | None = None
) -> tuple[Slice, Bodies]:
    """Return the slice in a container, and the bodies that came with it, as the phone does.

    An update needs the slice that the phone has, and a way to read its files.

    Raises:
        ContainerError: Anything has another digest than it should, or a file is missing.
    """
    index, parts = open_container(data)
    try:
        return _open_slice(index, parts, key, old, read)
    except (KeyError, ValueError, TypeError) as error:
        raise ContainerError(f"its index cannot be read: {error}") from error


def _open_slice(
    index: dict[str, Any], parts: list[bytes], key: str, old: Slice | None, read: ReadBlob | None
) -> tuple[Slice, Bodies]:
    bodies = {str(digest): body for (digest, _), body in zip(index["parts"], parts, strict=True)}
    if index["kind"] == "whole":
        slice_ = parse_manifest(key, index["manifest"])
        held = {file.sha256 for path, file in slice_.files.items() if path.startswith(SHELL)}
    else:
        if old is None or read is None or index["from"] != old.digest:
            raise ContainerError("an update of another slice")
        files = {path: file for path, file in old.files.items() if path not in index["drop"]}
        files |= {path: SliceFile(digest, media_type) for path, digest, media_type in index["set"]}
        slice_, held = Slice(key, files), {file.sha256 for file in old.files.values()}
        for digest, before, operations in index["patches"]:
            bodies[digest] = apply_patch(read(before), operations)
            if sha256_hex(bodies[digest]) != digest:
                raise ContainerError(f"the patch to {digest} gives another SHA-256")
    if slice_.digest != index["slice"]:
        raise ContainerError("its manifest has another SHA-256")
    if missing := [path for path, file in slice_.files.items() if file.sha256 not in held | set(bodies)]:
        raise ContainerError(f"it does not bring {missing[0]}")
    return slice_, bodies


def _is_text(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type.endswith(("+json", "/json"))
