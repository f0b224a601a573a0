"""Contents as blobs of the store, and those that were read lately."""

from __future__ import annotations

import json
from typing import Any

from server.editor.units.content import Content, clean, decode, encode
from server.editor.units.unit import Unit
from server.recent import Recent
from server.store.protocol import Json, Store

# Enough for every text of a large pack; a content is a few kilobytes.
KEPT = 20_000


class Contents:
    """Contents of units by the name of their blob; "" stands for a removed unit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent = Recent(KEPT)

    def write(self, unit: Unit, content: Content | None) -> str:
        """Keep a content and give its name.

        Raises:
            ContentRefused: It cannot stand in a pack.
        """
        cleaned = clean(unit, content)
        return "" if cleaned is None else self._store.put_blob(encode(unit, cleaned))

    def read(self, unit: Unit, name: str) -> Content | None:
        """Give the content of that name. Nobody changes it.

        Raises:
            StoreError: Its blob is missing or damaged.
        """
        if not name:
            return None
        is_text = unit.path.endswith(".md") or unit.locale is not None
        return self._recent.get((is_text, name), lambda: decode(unit, self._store.get_blob(name)))

    def write_json(self, value: Json) -> str:
        """Keep a JSON value as a blob and give its name."""
        return self._store.put_blob(json.dumps(value, ensure_ascii=False, sort_keys=True).encode())

    def read_json(self, name: str) -> Any:
        """Give the JSON value of that name. Nobody changes it."""
        return self._recent.get(("json", name), lambda: json.loads(self._store.get_blob(name)))
