"""The address of a database, which holds a password: how to check it, and how to show it."""

from __future__ import annotations

from urllib.parse import urlsplit

from server.errors import UsageError

SCHEMES = ("postgresql://", "postgres://")


def is_address(place: str) -> bool:
    """Return whether `place` is the address of a database, and not a folder."""
    return place.startswith(SCHEMES)


def check_scheme(url: str) -> str:
    """Return the address of a database.

    Raises:
        UsageError: It is not an address; the message does not repeat it, for it may hold a password.
    """
    if not is_address(url):
        raise UsageError("store: expected postgresql://user@host/database")
    return url


def hide_password(url: str) -> str:
    """Return an address that may be shown: without its password and its options, one of which may be a password."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
        user = f"{parts.username}@" if parts.username else ""
    except ValueError:
        return "postgresql://…"
    return f"postgresql://{user}{place}{parts.path}"
