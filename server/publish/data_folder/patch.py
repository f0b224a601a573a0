"""The difference of two texts, as lines to copy and text to insert.

A patch is a list of operations: `[first, count]` copies lines of the old text, a string is inserted as it is.
It need not be trusted: the phone compares the SHA-256 of the result.
"""

from __future__ import annotations

import codecs
import difflib
import json

Operation = list[int] | str


def make_patch(old: bytes, new: bytes) -> list[Operation] | None:
    """Return the patch from `old` to `new`, or None when `new` is shorter than the patch or either is not UTF-8.

    A text that begins with a byte order mark is not patched: the phone's decoder drops it.
    """
    if old.startswith(codecs.BOM_UTF8):
        return None
    try:
        before, after = _split_lines(old.decode()), _split_lines(new.decode())
    except UnicodeDecodeError:
        return None
    operations: list[Operation] = []
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            operations.append([i1, i2 - i1])
        elif j2 > j1:
            operations.append("".join(after[j1:j2]))
    size = len(json.dumps(operations, ensure_ascii=False).encode())
    return operations if size < len(new) else None


def apply_patch(old: bytes, operations: list[Operation]) -> bytes:
    """Return the text that `operations` make of `old`; the worker (`static/js/worker/container.js`) does the same on the phone."""
    lines = _split_lines(old.decode())
    out = []
    for operation in operations:
        out.append(operation if isinstance(operation, str) else "".join(lines[operation[0] : sum(operation)]))
    return "".join(out).encode()


def _split_lines(text: str) -> list[str]:
    """Return the lines, split after LF only (str.splitlines has more line ends than JavaScript's split)."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
