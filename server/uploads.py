"""Size limits of requests: 64 KiB for public pages, and a larger limit for the desk, which accepts texts and files.

Waitress reads the whole body before the application sees the request, so the limit here keeps strangers from filling the
disk. The larger limit applies to requests to the desk that carry one of its cookies, a few at a time. Whether the sender is
signed in is checked later, by the guard (server/auth/guard.py).
"""

from __future__ import annotations

import gc
import re
import time
from typing import Any, ClassVar
from weakref import WeakSet

from waitress.parser import HTTPRequestParser
from waitress.utilities import Error, RequestEntityTooLarge
from werkzeug.http import parse_cookie

# The public pages have no input.
MOST_BYTES = 64 << 10
# The largest file that the desk accepts, and what a browser sends around it.
MOST_DESK_BYTES = 17 << 20
MOST_AT_ONCE = 8
# How often a full room may be looked through for requests that are over: it costs some 50 ms.
COLLECT_EVERY_S = 1.0
COOKIE = re.compile(r"(__Secure-)?doorwise_editor")


class TooManyUploads(Error):
    """Too many large requests at once."""

    code = 503
    reason = "Service Unavailable"


class Parser(HTTPRequestParser):
    """Waitress's parser with a limit that depends on the address. The limit of the whole server must be MOST_DESK_BYTES."""

    _large: ClassVar[WeakSet[Parser]] = WeakSet()
    _collected_at: ClassVar[float] = float("-inf")

    def received(self, data: bytes) -> int:
        """Return how many bytes of `data` were used; a body that is too large ends the request."""
        consumed: int = super().received(data)
        size = max(self.content_length, self.body_bytes_received)
        if self.error is None and self.headers_finished and size >= MOST_BYTES and self not in Parser._large:
            if not self._is_desk_request():
                self._refuse_request(RequestEntityTooLarge(f"exceeds max_body of {MOST_BYTES}"))
            elif not Parser._has_room():
                self._refuse_request(TooManyUploads("too many large requests at once"))
            else:
                Parser._large.add(self)
        return consumed

    @staticmethod
    def _has_room() -> bool:
        """Return whether another large request may begin.

        One that is over counts until it is collected, and a reference cycle may keep it for as long as the server is idle.
        """
        now = time.monotonic()
        if len(Parser._large) >= MOST_AT_ONCE and now - Parser._collected_at >= COLLECT_EVERY_S:
            Parser._collected_at = now
            gc.collect()
        return len(Parser._large) < MOST_AT_ONCE

    def _refuse_request(self, error: Error) -> None:
        self.error = error
        self.completed = True

    def _is_desk_request(self) -> bool:
        parsed: Any = self  # the stubs know neither `path` nor that `command` is a text
        if parsed.command != "POST" or not parsed.path.startswith(f"{self.adj.url_prefix}/editor/"):
            return False
        # As Flask reads them: the standard library's parser stops at the first cookie that it cannot read.
        return any(COOKIE.fullmatch(name) for name in parse_cookie(self.headers.get("COOKIE", "")))
