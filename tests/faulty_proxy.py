"""A reverse proxy between a phone and the real server that can break answers, and counts what it lets through."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.serving import ServerProcess

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "server"}
TIMEOUT_S = 30
PORTAL = b"<!doctype html><title>Welcome</title><form>Accept the terms of this network</form>"


@dataclass
class Answer:
    """What the server said; `declared` is the length that the phone is told, by default the true one."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    declared: int | None = None
    # "close" ends the connection in order, "reset" as a lost network does; "drop" does so before the first byte.
    end: str = "close"


Break = Callable[[Answer], Answer]


@dataclass(frozen=True)
class Fault:
    """What happens to every answer whose path matches `path`; `name` is for reports."""

    name: str
    path: str
    apply: Break = field(repr=False)


def drop(answer: Answer) -> Answer:
    """The connection is lost before the first byte."""
    return Answer(answer.status, answer.headers, b"", end="drop")


def cut(part: float) -> Break:
    """The connection is lost after this part of the body; the head tells the true length."""
    return lambda answer: Answer(
        answer.status, answer.headers, answer.body[: int(len(answer.body) * part)], len(answer.body), "reset"
    )


def truncate(missing: int) -> Break:
    """The last bytes are gone and the head agrees: nothing but the content can tell."""
    return lambda answer: Answer(answer.status, answer.headers, answer.body[:-missing])


def alter(offset: int) -> Break:
    """One bit of one byte is another one."""

    def apply(answer: Answer) -> Answer:
        body = bytearray(answer.body)
        body[offset] ^= 1
        return Answer(answer.status, answer.headers, bytes(body))

    return apply


def status(code: int) -> Break:
    """Another status, with a page as servers and proxies send it."""
    return lambda answer: Answer(code, [("Content-Type", "text/html")], b"<h1>Something went wrong</h1>")


def portal(answer: Answer) -> Answer:
    """A captive portal: 200 and a page of its own, whatever was asked for."""
    return Answer(200, [("Content-Type", "text/html")], PORTAL)


@dataclass(frozen=True)
class Passed:
    """One answered request; `sent` counts the bytes of head and body."""

    method: str
    path: str
    status: int
    sent: int


class FaultyProxy:
    """Listens on a port of its own and forwards to `server`, wherever that listens at the moment.

    With `identity` the phone is never sent compressed bytes, so that a fault can strike a chosen byte of the content. `tls` is a
    folder with a certificate (tests/tls.py).
    """

    def __init__(self, server: ServerProcess, *, identity: bool = False, tls: Path | None = None) -> None:
        self.server = server
        self.identity = identity
        self.fault: Fault | None = None
        self.struck = 0
        self.passed: list[Passed] = []
        self.asked: list[str] = []
        self.released = threading.Event()
        self._change = threading.Condition()
        self._http = _Listener(("127.0.0.1", 0), self)
        self.port = self._http.server_address[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "fullchain.pem", tls / "privkey.pem")
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop listening: from here on nobody is at this address."""
        self.released.set()
        self._http.shutdown()
        self._http.server_close()

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        """Inside this block `fault` strikes; the block ends when it has struck at least once."""
        self.fault, self.struck = fault, 0
        try:
            yield
            self._wait_for(lambda: self.struck > 0, f"nothing asked for {fault.path}")
        finally:
            self.fault = None

    @contextmanager
    def stalled(self, path: str) -> Iterator[None]:
        """Inside this block answers to `path` stop half-way and wait; at its end their connections are lost."""
        self.released.clear()

        def wait_half_way(answer: Answer) -> Answer:
            return Answer(
                answer.status, answer.headers, answer.body[: len(answer.body) // 2], len(answer.body), "stall"
            )

        try:
            with self.broken(Fault("stall", path, wait_half_way)):
                yield
        finally:
            self.released.set()

    def wait_asked(self, path: str, since: int = 0) -> None:
        """Wait until a request for `path` (a pattern) has come in after the first `since`."""
        self._wait_for(lambda: any(re.search(path, asked) for asked in self.asked[since:]), f"nobody asked for {path}")

    def _wait_for(self, claim: Callable[[], bool], complaint: str) -> None:
        with self._change:
            assert self._change.wait_for(claim, TIMEOUT_S), complaint

    def note_struck(self) -> None:
        with self._change:
            self.struck += 1
            self._change.notify_all()

    def note_asked(self, path: str) -> None:
        with self._change:
            self.asked.append(path)
            self._change.notify_all()

    def note_passed(self, passed: Passed) -> None:
        with self._change:
            self.passed.append(passed)
            self._change.notify_all()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], proxy: FaultyProxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A phone that goes away in the middle is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        proxy: FaultyProxy = self.server.proxy
        proxy.note_asked(self.path)
        try:
            answer = self._ask(proxy)
        except OSError:
            self._reset()
            return
        fault = proxy.fault
        if fault and re.search(fault.path, self.path):
            answer = fault.apply(answer)
            proxy.note_struck()
        self._send(answer, proxy)

    do_HEAD = do_POST = do_PUT = do_GET

    def _ask(self, proxy: FaultyProxy) -> Answer:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if proxy.identity:
            headers["Accept-Encoding"] = "identity"
        upstream = http.client.HTTPConnection("127.0.0.1", proxy.server.port, timeout=60)
        try:
            upstream.request(self.command, self.path, body or None, headers)
            found = upstream.getresponse()
            kept = [(name, value) for name, value in found.getheaders() if name.lower() not in HOP_BY_HOP]
            return Answer(found.status, kept, found.read())
        finally:
            upstream.close()

    def _send(self, answer: Answer, proxy: FaultyProxy) -> None:
        if answer.end == "drop":
            self._reset()
            return
        declared = len(answer.body) if answer.declared is None else answer.declared
        lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, '')}"]
        lines += [f"{name}: {value}" for name, value in answer.headers if name.lower() != "content-length"]
        if answer.status != 304:
            lines.append(f"Content-Length: {declared}")
        head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
        body = b"" if self.command == "HEAD" else answer.body
        # Noted first: a phone that has the answer must find it counted.
        proxy.note_passed(Passed(self.command, self.path, answer.status, len(head) + len(body)))
        self.wfile.write(head + body)
        self.wfile.flush()
        if answer.end == "stall":
            proxy.released.wait()
        if answer.end != "close":
            self._reset()
        self.close_connection = True

    def _reset(self) -> None:
        """End the connection with a reset, as when the network goes away."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test reports."""
