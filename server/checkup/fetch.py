"""One request as a phone makes it, within limits: no server can hold or fill this machine.

Without credentials: the worker, the channel, the bundle and the web app manifest are fetched without any (`credentials:
"omit"` in the worker; HTML, "obtain a resource to fetch a manifest").
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from queue import Empty, SimpleQueue
from threading import Thread, Timer

import brotli

from server.checkup.findings import FindingCode
from server.errors import AppError

REQUEST_S = 20.0
WHOLE_VISIT_S = 120.0
MOST_ADDRESSES_TRIED = 3
MOST_BYTES = 16 << 20
MIB = 1 << 20
PHONE = {
    # Optimisers and challenges choose by the browser. The last word lets an operator find the visit in a proxy's log.
    "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 "
    "Mobile Safari/537.36 doorwise-check",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, br",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
    "Connection": "close",
}


class Unreachable(AppError):
    """Nobody answers at the address: nothing could be checked."""

    code = "unreachable"
    exit_code = 2


class FetchFailed(Exception):
    """A request without a whole answer, as the finding that it is."""

    def __init__(self, code: FindingCode, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; header names are lower case, repeated headers joined; `body` is decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: float
    """When it came, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class _ResolvedAddress:
    """One address of a host, and its port, as sockets take them."""

    family: int
    place: tuple[object, ...]


def _build_tls_context() -> ssl.SSLContext:
    """Return a context that asks of a certificate what phones ask: from Python 3.13 on, the default asks more (RFC 5280)."""
    context = ssl.create_default_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class PhoneClient:
    """Ask one server as a phone does. `ends_at` is when the whole visit must be over, on the monotonic clock."""

    def __init__(self, scheme: str, host: str, port: int) -> None:
        self.scheme, self.host, self.port = scheme, host, port
        self.ends_at = time.monotonic() + WHOLE_VISIT_S
        self.certificate: tuple[float, float] | None = None
        """When the certificate began and when it ends, in seconds since 1970."""
        self._found: list[_ResolvedAddress] = []
        self._tls = _build_tls_context() if scheme == "https" else None

    def has_time_to_repeat(self) -> bool:
        """Return whether there is time for another look."""
        return time.monotonic() < self.ends_at - WHOLE_VISIT_S / 2

    def fetch(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Return the answer to a GET of `path`, which begins at the root of the host.

        Raises:
            Unreachable: There is no connection at all.
            FetchFailed: There is no whole answer, or the certificate is refused.
        """
        seconds = min(REQUEST_S, self.ends_at - time.monotonic())
        if seconds <= 0:
            raise FetchFailed(FindingCode.TOO_SLOW, seconds=round(WHOLE_VISIT_S))
        end = time.monotonic() + seconds
        usual = 443 if self.scheme == "https" else 80
        name = f"[{self.host}]" if ":" in self.host else self.host
        sent = {"Host": name if self.port == usual else f"{name}:{self.port}", **PHONE, **(headers or {})}
        try:
            with self._connect(end) as link:
                connection = http.client.HTTPConnection(self.host, self.port)
                connection.sock = link
                connection.request("GET", path, headers=sent)
                return _read_reply(connection.getresponse())
        except (FetchFailed, OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() >= end - 0.05:
                raise FetchFailed(FindingCode.TOO_SLOW, seconds=round(seconds)) from error
            if isinstance(error, FetchFailed):
                raise
            raise FetchFailed(
                FindingCode.BROKEN_OFF, detail=getattr(error, "reason", "") or type(error).__name__
            ) from error

    @contextlib.contextmanager
    def _connect(self, end: float) -> Iterator[socket.socket]:
        """Yield a connection that is cut when `end` has come: bytes that trickle in would never let a timeout pass."""
        link = self._open_connection(end)
        if self._tls is not None:
            link = self._tls.wrap_socket(link, server_hostname=self.host, do_handshake_on_connect=False)
        timer = Timer(max(0.1, end - time.monotonic()), _cut_connection, [link])
        timer.daemon = True
        timer.start()
        try:
            if isinstance(link, ssl.SSLSocket):
                self._shake_hands(link)
            yield link
        finally:
            timer.cancel()
            link.close()

    def _open_connection(self, end: float) -> socket.socket:
        """Return a connection to one of the host's addresses; all of them together have until `end`."""
        try:
            if not self._found:
                self._found = _resolve(self.host, self.port, end - time.monotonic())
            return self._try_addresses(end)
        except OSError as error:
            raise Unreachable(f"{self.host} port {self.port} cannot be reached: {error.strerror or error}") from error

    def _try_addresses(self, end: float) -> socket.socket:
        last: OSError = TimeoutError("timed out")
        for tried, found in enumerate(self._found):
            # A silent address leaves the next ones their share.
            seconds = (end - time.monotonic()) / (len(self._found) - tried)
            if seconds <= 0:
                break
            link = socket.socket(found.family, socket.SOCK_STREAM)
            try:
                link.settimeout(seconds)
                link.connect(found.place)
            except OSError as error:
                link.close()
                last = error
                continue
            link.settimeout(max(0.1, end - time.monotonic()))
            # The visit's next requests begin with what has answered.
            self._found.insert(0, self._found.pop(tried))
            return link
        raise last

    def _shake_hands(self, link: ssl.SSLSocket) -> None:
        try:
            link.do_handshake()
        except ssl.SSLCertVerificationError as error:
            raise FetchFailed(FindingCode.CERTIFICATE, detail=error.verify_message) from error
        held = link.getpeercert() or {}
        if "notBefore" in held and "notAfter" in held:
            times = (ssl.cert_time_to_seconds(str(held[name])) for name in ("notBefore", "notAfter"))
            self.certificate = (next(times), next(times))


def _resolve(host: str, port: int, seconds: float) -> list[_ResolvedAddress]:
    """Return the addresses to try, those of IPv6 and IPv4 in turn (RFC 8305, section 4).

    Raises:
        OSError: There is none, or none came within `seconds`: the system's own limit may be minutes.
    """
    answers: SimpleQueue[list[_ResolvedAddress] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([_ResolvedAddress(family, place) for family, _, _, _, place in found])
        except OSError as error:
            answers.put(error)
        except UnicodeError as error:
            answers.put(OSError(str(error)))

    Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=max(0.1, seconds))
    except Empty:
        raise TimeoutError("its name was not resolved in time") from None
    if isinstance(found, OSError):
        raise found
    by_family: dict[int, list[_ResolvedAddress]] = {}
    for one in dict.fromkeys(found):
        by_family.setdefault(one.family, []).append(one)
    in_turn = [one for row in zip_longest(*by_family.values()) for one in row if one is not None]
    return in_turn[:MOST_ADDRESSES_TRIED]


def _cut_connection(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Not the method of the TLS socket, which would take its state away from the thread that reads.
        socket.socket.shutdown(link, socket.SHUT_RDWR)


def _read_reply(answer: http.client.HTTPResponse) -> Reply:
    raw = answer.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise FetchFailed(FindingCode.TOO_LARGE, limit=MOST_BYTES // MIB)
    if answer.length:
        raise FetchFailed(FindingCode.BROKEN_OFF, detail=f"{answer.length} bytes are missing")
    headers: dict[str, str] = {}
    for name, value in answer.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    body = decode_body(raw, headers.get("content-encoding", "").strip().lower())
    return Reply(answer.status, headers, body, time.time())


def decode_body(raw: bytes, encoding: str) -> bytes:
    """Return the bytes that were compressed; a small answer that would become very large is refused.

    Raises:
        FetchFailed: It cannot be decoded, or becomes larger than MOST_BYTES.
    """
    try:
        if encoding in ("", "identity"):
            return raw
        if encoding == "gzip":
            inflater = zlib.decompressobj(wbits=31)
            body, is_whole = inflater.decompress(raw, MOST_BYTES + 1), inflater.eof
        elif encoding == "br":
            body, is_whole = _decode_brotli(raw)
        else:
            raise FetchFailed(FindingCode.ALTERED, detail=f"Content-Encoding: {encoding}")
    except (zlib.error, brotli.error) as error:
        raise FetchFailed(FindingCode.ALTERED, detail=f"not {encoding}") from error
    if len(body) > MOST_BYTES:
        raise FetchFailed(FindingCode.TOO_LARGE, limit=MOST_BYTES // MIB)
    if not is_whole:
        raise FetchFailed(FindingCode.BROKEN_OFF, detail=f"{encoding} is cut short")
    return body


def _decode_brotli(raw: bytes) -> tuple[bytes, bool]:
    decoder = brotli.Decompressor()
    parts = [decoder.process(raw, output_buffer_limit=MIB)]
    while not decoder.is_finished() and sum(map(len, parts)) <= MOST_BYTES:
        part = decoder.process(b"", output_buffer_limit=MIB)
        if not part:
            break
        parts.append(part)
    return b"".join(parts), decoder.is_finished()
