"""A counting TCP proxy that can be as slow as a bad mobile link.

It stands between a browser and the server, so it sees what the pages, the worker and the browser itself ask for, and
slows all of them alike; throttling through the browser's debugger reaches the page and not the worker.

The model of a slow link, shared by all connections:

- a new connection waits one round trip (TCP's handshake), and one more when TLS is asked for;
- every byte takes half a round trip, in both directions;
- each direction carries `bytes_per_s`, in segments, in the order in which they are sent;
- the sender starts with ten segments in flight and gains one for each that is acknowledged (RFC 6928, slow start).

Left out: name lookup, loss, the bytes of TCP, IP and TLS themselves. The phone's own speed is not slowed here.
"""

from __future__ import annotations

import asyncio
import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

SEGMENT = 1448
INITIAL_WINDOW = 10 * SEGMENT
# Timers wake up late by a millisecond or so; a wire that was idle for less than this has not lost its turn.
SLACK_S = 0.005
HEAD_LIMIT = 8192


@dataclass(frozen=True, slots=True)
class Speed:
    """What a link does to bytes; the default is as fast as this machine."""

    bytes_per_s: float = math.inf
    round_trip_s: float = 0.0
    tls_round_trips: int = 0


FAST = Speed()
SLOW = Speed(bytes_per_s=400_000 / 8, round_trip_s=0.4)
SLOW_TLS = Speed(bytes_per_s=400_000 / 8, round_trip_s=0.4, tls_round_trips=1)


@dataclass(slots=True)
class Exchange:
    """One request and what came back for it, in bytes on the wire, headers included."""

    method: str
    path: str
    sent: int
    deliveries: list[tuple[float, int]] = field(default_factory=list)  # (wall clock, bytes that reached the browser)
    head: bytes = b""

    @property
    def received(self) -> int:
        """Bytes of the answer."""
        return sum(size for _, size in self.deliveries)

    @property
    def head_size(self) -> int:
        """Bytes of the answer's headers."""
        return self.head.find(b"\r\n\r\n") + 4

    @property
    def status(self) -> int:
        """The answer's status; 0 when none came."""
        parts = self.head.split(b" ", 2)
        return int(parts[1]) if len(parts) > 1 else 0

    @property
    def encoding(self) -> str:
        """The answer's Content-Encoding, `-` when there is none."""
        for line in self.head.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-encoding":
                return value.strip().decode()
        return "-"

    def __str__(self) -> str:
        """One line for people."""
        path = re.sub(r"([0-9a-f]{8})[0-9a-f]{56}", r"\1~", self.path)
        return f"{self.method} {path} {self.status} {self.encoding} {self.received} B"


class _Wire:
    """One direction of the link: carries one segment after another."""

    def __init__(self) -> None:
        self.free_at = 0.0

    async def wait_for_wire(self, size: int, speed: Speed) -> float:
        """Wait until `size` bytes have been put on the wire and return that moment."""
        now = asyncio.get_running_loop().time()
        self.free_at = max(self.free_at, now - SLACK_S) + size / speed.bytes_per_s
        end = max(self.free_at, now)
        if end > now:
            await asyncio.sleep(end - now)
        return end


class _Window:
    """How many bytes one sender may have in flight."""

    def __init__(self) -> None:
        self.size, self.in_flight = INITIAL_WINDOW, 0
        self.changed = asyncio.Event()

    async def wait_for_room(self, size: int) -> None:
        """Wait until `size` more bytes may be sent, and count them as sent."""
        while self.in_flight and self.in_flight + size > self.size:
            self.changed.clear()
            await self.changed.wait()
        self.in_flight += size

    def count_acknowledged(self, size: int) -> None:
        """`size` bytes have arrived, and the sender has heard of it."""
        self.in_flight -= size
        self.size += size
        self.changed.set()


class Link:
    """The proxy, in a thread of its own. Use it as a context manager; `speed` may be changed between measurements."""

    def __init__(self, target_port: int, speed: Speed = FAST) -> None:
        self.target_port = target_port
        self.speed = speed
        self.port = 0
        self.exchanges: list[Exchange] = []
        self._wires = (_Wire(), _Wire())
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run_proxy, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where a browser finds the server through this link."""
        return f"http://localhost:{self.port}"

    def take_exchanges(self) -> list[Exchange]:
        """Return the exchanges since the last call."""
        taken, self.exchanges = self.exchanges, []
        return taken

    def __enter__(self) -> Link:
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run_proxy(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._relay_connection, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    async def _relay_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()
            self._tasks.discard(task)
            return
        try:
            await asyncio.sleep(self.speed.round_trip_s * (1 + self.speed.tls_round_trips))
            talk = _Talk(self.get_exchanges)
            await asyncio.gather(
                self._relay_bytes(reader, far_writer, self._wires[0], talk.record_request_bytes),
                self._relay_bytes(far_reader, writer, self._wires[1], talk.record_answer_bytes),
            )
        except (OSError, asyncio.CancelledError):
            pass  # the browser closed, or the measurement is over
        finally:
            writer.close()
            far_writer.close()
            self._tasks.discard(task)

    def get_exchanges(self) -> list[Exchange]:
        """Return the list that is being filled; `take_exchanges` puts a new one in its place."""
        return self.exchanges

    async def _relay_bytes(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        wire: _Wire,
        saw: Callable[[bytes], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        window = _Window()
        queue: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

        async def deliver_delayed() -> None:
            while (item := await queue.get()) is not None:
                at, data = item
                await asyncio.sleep(max(0.0, at - loop.time()))
                sink.write(data)
                saw(data)
                await sink.drain()
            if sink.can_write_eof():
                sink.write_eof()

        delivering = asyncio.create_task(deliver_delayed())
        try:
            while data := await source.read(SEGMENT if self.speed.round_trip_s else 65536):
                speed = self.speed
                if speed.round_trip_s:
                    await window.wait_for_room(len(data))
                    end = await wire.wait_for_wire(len(data), speed)
                    loop.call_at(end + speed.round_trip_s, window.count_acknowledged, len(data))
                    queue.put_nowait((end + speed.round_trip_s / 2, data))
                else:
                    queue.put_nowait((0.0, data))
            queue.put_nowait(None)
            await delivering
        finally:
            delivering.cancel()


class _Talk:
    """The requests and answers of one connection. HTTP/1.1 without pipelining: an answer is to the last request."""

    def __init__(self, log: Callable[[], list[Exchange]]) -> None:
        self.log = log
        self.waiting = b""
        self.current: Exchange | None = None

    def record_request_bytes(self, data: bytes) -> None:
        """Bytes of requests; they have no bodies, as nothing here posts."""
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            method, path, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ")
            self.current = Exchange(method, path, len(head) + 4)
            self.log().append(self.current)

    def record_answer_bytes(self, data: bytes) -> None:
        """Bytes of an answer, as they reach the browser."""
        if self.current is not None:
            self.current.deliveries.append((time.time(), len(data)))
            if len(self.current.head) < HEAD_LIMIT and b"\r\n\r\n" not in self.current.head:
                self.current.head += data
