"""A real server process for tests: what `doorwise run` is, stoppable, back on the same port."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.forked import ForkedCommand, run_forked_command

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"Doorwise is ready: (http://\S+)")
START_TIMEOUT_S = 120


class ServerProcess:
    """`doorwise run` as a process of its own. `url` uses localhost: a service worker needs a secure context.

    With `afresh` it is started as an operator starts it, imports and all; else it is forked from a process that has them.
    """

    def __init__(
        self,
        data: Path,
        *,
        packs: Path | None = None,
        options: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        afresh: bool = False,
    ) -> None:
        self.data = data
        self.packs = packs
        self.options = options
        self.environment = dict(environment or {})
        self.afresh = afresh
        self.port = 0
        self.url = ""
        self.process: subprocess.Popen[str] | ForkedCommand | None = None
        self.reader: threading.Thread | None = None
        self.lines: list[str] = []

    def start(self) -> ServerProcess:
        """Start and wait until it says that it is ready. The port stays the same from the second start on."""
        arguments = ["run", "--port", str(self.port), "--data", str(self.data), *self.options]
        if self.packs is not None:
            arguments += ["--packs", str(self.packs)]
        self.process = self._start_process(arguments)
        found: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, args=(self.process, found), daemon=True)
        self.reader.start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            line = found.get(timeout=max(0.1, deadline - time.monotonic()))
            if line is None:
                raise RuntimeError("the server ended:\n" + "".join(self.lines[-40:]))
            if match := READY.search(line):
                self.url = match[1]
                self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])
                return self

    def _start_process(self, arguments: list[str]) -> subprocess.Popen[str] | ForkedCommand:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self.environment}
        if not self.afresh:
            return ForkedCommand.start_piped(arguments, folder=ROOT, environment=environment)
        return subprocess.Popen(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _read(self, process: subprocess.Popen[str] | ForkedCommand, found: queue.Queue[str | None]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line)
            found.put(line)
        found.put(None)

    def stop(self) -> None:
        """End it and wait until its port is closed."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._ended()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self._ended()

    def _ended(self) -> None:
        """Wait for the end, and until every line it said is read."""
        assert self.process is not None
        assert self.reader is not None
        self.process.wait(20)
        self.reader.join(20)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """The server process is stopped inside this block, and back on the same port after it."""
        self.stop()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", self.port)) != 0, "something still answers on the port"
        try:
            yield
        finally:
            self.start()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another `doorwise` command on the same data folder (and packs)."""
        extra = ["--packs", str(self.packs)] if self.packs and arguments[:2] == ("release", "publish") else []
        done = run_forked_command(
            [*arguments, "--data", str(self.data), *extra],
            folder=ROOT,
            environment={**os.environ, **self.environment},
            timeout_s=300,
        )
        done.check_returncode()
        return done

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask without following redirects: status, headers (lower-case names), body."""
        request = urllib.request.Request(f"{self.url}{path}", headers=dict(headers or {}), method=method)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None
