"""Rate limits, counted in the store so that they hold over all processes. `limits` decides; the store remembers.

No address is stored. A keyed digest of the sender's address puts each sender into one of 4,096 groups: too few to
identify anybody, enough that a locked-out sender hardly affects others.
"""

from __future__ import annotations

import hmac
import math
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from server.auth.errors import TooManyAttempts
from server.auth.gate import Gate, parse_stamp, retry_on_conflict
from server.store.protocol import Delete, Doc, Put

RULES: dict[str, RateLimitItem] = {
    "sign-in-begun": parse("60 per 5 minutes"),
    "sign-in": parse("30 per 5 minutes"),
    "link": parse("30 per 10 minutes"),
    "code": parse("5 per 15 minutes"),
    "invite": parse("30 per hour"),
}
GROUPS = 4096
SWEPT_AT_ONCE = 50


class StoreCounters(Storage):
    """The `limits` package's storage over our store: one document for each counter."""

    STORAGE_SCHEME = None  # It is made here, never from an address.

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.gate = gate

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Errors that `limits` might wrap; ours go through as they are."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Return the count after adding one; a window of `expiry` seconds begins with the first."""

        def attempt_increment() -> int:
            stood = self.gate.store.get("limit", key)
            running = stood if stood and not self._is_window_over(stood) else None
            count = amount + (_read_count(running) if running else 0)
            ends = str(running.body["ends_at"]) if running else self.gate.make_stamp(timedelta(seconds=expiry))
            over = [doc for doc in self.gate.store.find("limit") if doc.id != key and self._is_window_over(doc)]
            self.gate.store.commit(
                [
                    *(Delete("limit", doc.id) for doc in over[:SWEPT_AT_ONCE]),
                    Put("limit", key, {"count": count, "ends_at": ends}, expect=stood.version if stood else 0),
                ]
            )
            return count

        return retry_on_conflict(attempt_increment)

    def get(self, key: str) -> int:
        """Return the count of the running window."""
        doc = self.gate.store.get("limit", key)
        return _read_count(doc) if doc and not self._is_window_over(doc) else 0

    def get_expiry(self, key: str) -> float:
        """Return the end of the running window in seconds since 1970; without one, the present time."""
        doc = self.gate.store.get("limit", key)
        return (parse_stamp(doc.body["ends_at"]) if doc else self.gate.now()).timestamp()

    def check(self) -> bool:
        """Return True: a store that fails raises its own error."""
        return True

    def clear(self, key: str) -> None:
        """Delete one counter."""
        self.gate.store.commit([Delete("limit", key)])

    def reset(self) -> int:
        """Delete every counter and return how many there were."""
        found = self.gate.store.find("limit")
        self.gate.store.commit([Delete("limit", doc.id) for doc in found])
        return len(found)

    def _is_window_over(self, doc: Doc) -> bool:
        return self.gate.is_past(doc.body["ends_at"])


def _read_count(doc: Doc) -> int:
    value = doc.body["count"]
    assert isinstance(value, int)
    return value


def compute_sender_group(key: str, address: str | None) -> str:
    """Return the group of a sender's IP address; one household's IPv6 addresses are one group."""
    try:
        parsed = ip_address(address or "")
    except ValueError:  # A socket file, or a proxy that sends no address: all of those are one group.
        where = "?"
    else:
        where = str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)
    digest = hmac.digest(key.encode(), where.encode(), "sha256")
    return f"{int.from_bytes(digest[:4], 'big') % GROUPS:03x}"


def count_attempt(gate: Gate, rule: str, who: str) -> None:
    """Count one attempt of `who`, a group or a person.

    Raises:
        TooManyAttempts: There were too many of them; this one must not go on. A refused attempt writes nothing.
    """
    item = RULES[rule]
    limiter = FixedWindowRateLimiter(StoreCounters(gate))
    if limiter.test(item, rule, who) and limiter.hit(item, rule, who):
        return
    wait_s = limiter.get_window_stats(item, rule, who).reset_time - gate.now().timestamp()
    raise TooManyAttempts(f"{rule}: the limit of {item} was reached", retry_after_s=max(1, math.ceil(wait_s)))
