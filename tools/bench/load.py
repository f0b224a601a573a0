"""A small load generator, a process of its own: `python -m tools.bench.load PORT PATH SECONDS CONNECTIONS [HEADER ...]`.

Prints answers per second. It speaks just enough HTTP to be much cheaper than the server that it loads: every answer to
one request has the same length, so after the first it only counts bytes.
"""

from __future__ import annotations

import re
import socket
import sys
import threading
import time


class Client:
    """One connection that asks again as soon as it has its answer."""

    def __init__(self, port: int, request: bytes) -> None:
        self.port, self.request = port, request
        self.count = 0
        self.closes = False
        self._connect()
        self.status, self.length = self._read_first_answer()
        if self.closes:
            self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _read_first_answer(self) -> tuple[bytes, int]:
        self.socket.sendall(self.request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive_more()
        head, _, body = data.partition(b"\r\n\r\n")
        status = head.split(b" ")[1]
        declared = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(declared[1]) if declared and status != b"304" else 0
        # Waitress closes after every answer without a body, as browsers find too; connecting again is then part of the cost.
        self.closes = re.search(rb"(?i)\r\nconnection: *close", head) is not None
        while len(body) < size:
            body += self._receive_more()
        return status, len(head) + 4 + size

    def _receive_more(self) -> bytes:
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def send_requests(self, until: float) -> None:
        """Ask until that moment."""
        start = b"HTTP/1.1 " + self.status
        while time.monotonic() < until:
            self.socket.sendall(self.request)
            first = data = self._receive_more()
            got = len(data)
            while got < self.length:
                got += len(self._receive_more())
            if got != self.length or not first.startswith(start):
                raise RuntimeError(f"an answer of {got} bytes where {self.length} were expected: {first[:80]!r}")
            self.count += 1
            if self.closes:
                self.socket.close()
                self._connect()


def main(arguments: list[str]) -> None:
    """Load one address and print answers per second, and of one answer its length, its status, and what becomes of the connection."""
    port, path, seconds, connections, *headers = arguments
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    clients = [Client(int(port), "\r\n".join(lines).encode()) for _ in range(int(connections))]
    began = time.monotonic()
    threads = [threading.Thread(target=client.send_requests, args=(began + float(seconds),)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(client.count for client in clients), "a connection ended early"
    took = time.monotonic() - began
    print(
        sum(client.count for client in clients) / took,
        clients[0].length,
        clients[0].status.decode(),
        "closes" if clients[0].closes else "stays",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
