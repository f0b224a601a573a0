"""Contents as blobs of the store, with a cache of those that were read last."""

from __future__ import annotations

import json
from typing import Any

from server.bounded_cache import BoundedCache
from server.editor.units.content import Content, clean_content, decode_content, encode_content
from server.editor.units.unit import Unit
from server.store.protocol import Json, Store

# Enough for every text of a large pack; a content has a few kilobytes.
KEPT = 20_000


class Contents:
    """Contents of units by the name of their blob; "" is the name of a removed unit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent = BoundedCache(KEPT)

    def write(self, unit: Unit, content: Content | None) -> str:
        """Save a content and return its name.

        Raises:
            ContentRefused: No pack file can hold it.
        """
        cleaned = clean_content(unit, content)
        return "" if cleaned is None else self._store.put_blob(encode_content(unit, cleaned))

    def read(self, unit: Unit, name: str) -> Content | None:
        """Return the content of that name. Callers must not change it.

        Raises:
            StoreError: Its blob is missing or damaged.
        """
        if not name:
            return None
        is_text = unit.path.endswith(".md") or unit.locale is not None
        return self._recent.get((is_text, name), lambda: decode_content(unit, self._store.get_blob(name)))

    def write_json(self, value: Json) -> str:
        """Save a JSON value as a blob and return its name."""
        return self._store.put_blob(json.dumps(value, ensure_ascii=False, sort_keys=True).encode())

    def read_json(self, name: str) -> Any:
        """Return the JSON value of that name. Callers must not change it."""
        return self._recent.get(("json", name), lambda: json.loads(self._store.get_blob(name)))
