"""Open the backend that an installation uses."""

from __future__ import annotations

from pathlib import Path

from server.store.moved import refuse_moved_folder
from server.store.protocol import Backend
from server.store.tinydb_store import TinyStore


def open_store(data: Path, url: str | None) -> Backend:
    """Return the store of an installation: embedded in the data folder, or PostgreSQL when there is an address.

    Args:
        data: The data folder; the embedded store is in `desk` below it.
        url: DOORWISE_STORE, `postgresql://…`, or None.

    Raises:
        StoreError: The store is damaged, or was made by a later program.
        StoreMoved: What the folder held was moved elsewhere.
        StoreUnavailable: The database cannot be reached.
    """
    if url is None:
        refuse_moved_folder(data)
        return TinyStore(data / "desk")
    from server.store.postgres_store import PostgresStore

    return PostgresStore(url)
