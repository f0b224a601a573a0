"""The address of a database, which holds a password: what may be told of it, and whether it can be one at all."""

from __future__ import annotations

from urllib.parse import urlsplit

from server.errors import UsageError

SCHEMES = ("postgresql://", "postgres://")


def is_address(place: str) -> bool:
    """Say whether `place` is the address of a database, and not a folder."""
    return place.startswith(SCHEMES)


def check_scheme(url: str) -> str:
    """Return the address of a database.

    Raises:
        UsageError: It is none; the message does not repeat it, for it may hold a password.
    """
    if not is_address(url):
        raise UsageError("store: expected postgresql://user@host/database")
    return url


def shown(url: str) -> str:
    """Return what may be told of an address: neither its password nor its options, one of which may be a password."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
        user = f"{parts.username}@" if parts.username else ""
    except ValueError:
        return "postgresql://…"
    return f"postgresql://{user}{place}{parts.path}"
