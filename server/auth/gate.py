"""What the auth room works on: the store, the address that passkeys belong to, and the clock."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit

from server.auth.errors import Busy
from server.store.errors import Conflict
from server.store.protocol import Put, Store

# How often a change is tried again when somebody else was faster.
ATTEMPTS = 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The one origin that ceremonies are accepted from (WebAuthn Level 3, section 5.1.2); `prefix` is a proxy's path."""

    origin: str
    prefix: str = ""

    @property
    def rp_id(self) -> str:
        """The relying party identifier: the origin's host."""
        return urlsplit(self.origin).hostname or ""

    @property
    def host(self) -> str:
        """Host and port, as a browser sends them in `Host`."""
        return urlsplit(self.origin).netloc

    @property
    def is_secure(self) -> bool:
        """True when the desk is reached over TLS."""
        return self.origin.startswith("https://")

    def address(self, path: str) -> str:
        """The whole address of a page of the desk, for a link that somebody is given."""
        return f"{self.origin}{self.prefix}/editor/{path}"


def utc_now() -> datetime:
    """The time, with its offset."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Gate:
    """Handed to every function of this room."""

    store: Store
    party: RelyingParty
    now: Callable[[], datetime] = utc_now

    def stamp(self, after: timedelta = timedelta(), *, exact: bool = False) -> str:
        """Now, or `after` it, in the form that is stored: to the second, or `exact` for what is listed in its order."""
        precision = "microseconds" if exact else "seconds"
        return (self.now() + after).astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")

    def is_past(self, stamp: object) -> bool:
        """True when that moment has come."""
        return read_stamp(stamp) <= self.now()


class LazyGate:
    """The gate, opened by the first request that needs it: phones are served whatever the desk's store does."""

    def __init__(self, open_store: Callable[[], Store], party: RelyingParty, now: Callable[[], datetime]) -> None:
        self.party = party
        self._open = open_store
        self._now = now
        self._lock = Lock()
        self._gate: Gate | None = None
        self._secret = ""

    def gate(self) -> Gate:
        """The gate.

        Raises:
            StoreError: The store cannot be opened; the next request tries again.
        """
        with self._lock:
            if self._gate is None:
                self._gate = Gate(self._open(), self.party, self._now)
            return self._gate

    def secret(self) -> str:
        """What signs forms and groups askers: made at random when the desk is new, the same for every process of it."""
        gate = self.gate()
        if not self._secret:
            self._secret = retry_on_conflict(lambda: _secret_of(gate))
        return self._secret


def _secret_of(gate: Gate) -> str:
    doc = gate.store.get("setting", "secret")
    if doc is None:
        gate.store.commit([Put("setting", "secret", {"value": new_token()}, expect=0)])
        doc = gate.store.get("setting", "secret")
        assert doc is not None
    return str(doc.body["value"])


def read_stamp(stamp: object) -> datetime:
    """The moment that `Gate.stamp` wrote."""
    return datetime.fromisoformat(str(stamp))


def new_token() -> str:
    """256 random bits for an address or a cookie. Only its digest is stored."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What stands for a token in the store, so that a stolen backup opens nothing."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def retry_on_conflict(work: Callable[[], T]) -> T:
    """Run `work`, and again when somebody else changed what it had read.

    Raises:
        Busy: Others were faster every time; nothing was changed.
    """
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(Conflict):
            return work()
    try:
        return work()
    except Conflict as error:
        raise Busy(str(error)) from error
