"""Open the backend that an installation uses, unless its folder says that its content was moved."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from server.files import write_atomically
from server.store.errors import StoreMoved
from server.store.protocol import Backend
from server.store.tinydb_store import TinyStore

# In a data folder whose content was moved, so that nobody goes on with what stayed behind.
NOTE = "moved.json"


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
        _refuse_moved_folder(data)
        return TinyStore(data / "desk")
    from server.store.postgres_store import PostgresStore

    return PostgresStore(url)


def record_store_move(data: Path, place: str) -> None:
    """Write into the folder that its content was moved to `place`, which anybody may see."""
    note = {"to": place, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_atomically(data / NOTE, json.dumps(note, ensure_ascii=False).encode() + b"\n")


def _refuse_moved_folder(data: Path) -> None:
    """Do nothing for a folder whose desk is in it.

    Raises:
        StoreMoved: Its content was moved; the message says where to, when, and how to use the folder all the same.
    """
    path = data / NOTE
    try:
        note = json.loads(path.read_bytes())
        to, at = str(note["to"]), str(note["at"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, TypeError, KeyError):
        to, at = "somewhere else", "a day that cannot be read"
    raise StoreMoved(
        f"{data}: what it held was moved to {to} (on {at}); use that, with --store if it is a database. "
        f"To go on with the folder as it was then, remove {path}"
    )
