"""One byte string for each document, and its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_bytes(document: Mapping[str, object]) -> bytes:
    """Return the bytes of `document`, equal for equal documents.

    Returns:
        UTF-8 JSON, keys sorted by code point, no spaces, no final newline.

    Raises:
        TypeError: A value is a float or is not JSON-ready.

    Source: the part of RFC 8785 (JCS) that documents without floats need.
    """
    _refuse_floats(document)
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a canonical document holds no floats")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
