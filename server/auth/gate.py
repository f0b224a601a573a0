"""The context of the auth room: the store, the address that passkeys belong to, and the clock."""

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

from server.auth.errors import RetriesExhausted
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
    def netloc(self) -> str:
        """Host and port, as a browser sends them in `Host`."""
        return urlsplit(self.origin).netloc

    @property
    def is_secure(self) -> bool:
        """Whether the desk is reached over TLS."""
        return self.origin.startswith("https://")

    def build_address(self, path: str) -> str:
        """Return the whole address of a page of the desk, for a link."""
        return f"{self.origin}{self.prefix}/editor/{path}"


def get_utc_now() -> datetime:
    """Return the present time, with its offset."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Gate:
    """The context that every function of this room receives."""

    store: Store
    party: RelyingParty
    now: Callable[[], datetime] = get_utc_now

    def make_stamp(self, after: timedelta = timedelta(), *, exact: bool = False) -> str:
        """Return the present time, or `after` it, as it is stored: in seconds, or `exact` for what is sorted by it."""
        precision = "microseconds" if exact else "seconds"
        return (self.now() + after).astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")

    def is_past(self, stamp: object) -> bool:
        """Return whether that time has come."""
        return parse_stamp(stamp) <= self.now()


class LazyGate:
    """The gate, opened by the first request that needs it: phones are served whatever happens to the desk's store."""

    def __init__(self, open_store: Callable[[], Store], party: RelyingParty, now: Callable[[], datetime]) -> None:
        self.party = party
        self._open = open_store
        self._now = now
        self._lock = Lock()
        self._gate: Gate | None = None
        self._secret = ""

    def get_gate(self) -> Gate:
        """Return the gate.

        Raises:
            StoreError: The store cannot be opened; the next request tries again.
        """
        with self._lock:
            if self._gate is None:
                self._gate = Gate(self._open(), self.party, self._now)
            return self._gate

    def get_secret(self) -> str:
        """Return the secret that signs forms and groups senders: random, made with a new desk, the same for all its processes."""
        gate = self.get_gate()
        if not self._secret:
            self._secret = retry_on_conflict(lambda: _load_secret(gate))
        return self._secret


def _load_secret(gate: Gate) -> str:
    doc = gate.store.get("setting", "secret")
    if doc is None:
        gate.store.commit([Put("setting", "secret", {"value": generate_token()}, expect=0)])
        doc = gate.store.get("setting", "secret")
        assert doc is not None
    return str(doc.body["value"])


def parse_stamp(stamp: object) -> datetime:
    """Return the time that `Gate.make_stamp` wrote."""
    return datetime.fromisoformat(str(stamp))


def generate_token() -> str:
    """Return 256 random bits for an address or a cookie. Only its digest is stored."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the digest that represents a token in the store, so that a stolen backup opens nothing."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def retry_on_conflict(work: Callable[[], T]) -> T:
    """Return what `work` returns; run it again when somebody else changed what it had read.

    Raises:
        RetriesExhausted: Others were faster every time; nothing was changed.
    """
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(Conflict):
            return work()
    try:
        return work()
    except Conflict as error:
        raise RetriesExhausted(str(error)) from error
