"""Commands of `doorwise` in processes that are forked from one that has imported everything.

What a server does when it starts is 0.1 s of work after 0.8 s of imports, and a run of all tests starts hundreds.
What depends on how Python itself starts (PYTHONHASHSEED, a limit set before it) is started afresh instead.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from io import TextIOWrapper
from multiprocessing import connection, reduction
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Protocol

IMPORTED = ["pytest", "server.app", "server.cli.main", "server.serve"]


@cache
def _get_fork_context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


class _Descriptor(Protocol):
    """An open file on its way to another process."""

    def detach(self) -> int: ...


class ForkedCommand:
    """A `doorwise` command that runs, with what the tests use of `subprocess.Popen`."""

    def __init__(
        self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], stdout: int, stderr: int
    ) -> None:
        """Start it; `stdout` and `stderr` are descriptors, which stay the caller's to close."""
        outputs = reduction.DupFd(stdout), reduction.DupFd(stderr)
        self._process = _get_fork_context().Process(
            target=_run_command_in_fork,
            args=(list(arguments), str(folder), dict(environment), *outputs),
            daemon=True,  # one that a failed test left behind ends with the tests
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.stdout: TextIOWrapper | None = None

    @classmethod
    def start_piped(cls, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> ForkedCommand:
        """Start a command whose output, errors and all, is read from `stdout`."""
        read_end, write_end = os.pipe()
        try:
            command = cls(arguments, folder=folder, environment=environment, stdout=write_end, stderr=write_end)
        finally:
            os.close(write_end)
        command.stdout = os.fdopen(read_end, encoding="utf-8", errors="replace")
        return command

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self._process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout: float) -> int:
        """Wait for its end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: It still runs after `timeout` seconds.
        """
        connection.wait([self._process.sentinel], timeout)
        self._process.join(0)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("doorwise", timeout)
        return code


def run_forked_command(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a `doorwise` command to its end.

    Raises:
        subprocess.TimeoutExpired: It did not end; it was killed.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as stdout,
        tempfile.TemporaryFile("w+", encoding="utf-8") as stderr,
    ):
        command = ForkedCommand(
            arguments, folder=folder, environment=environment, stdout=stdout.fileno(), stderr=stderr.fileno()
        )
        try:
            code = command.wait(timeout_s)
        except subprocess.TimeoutExpired:
            command.kill()
            raise
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(list(arguments), code, stdout.read(), stderr.read())


def _run_command_in_fork(
    arguments: list[str], folder: str, environment: dict[str, str], stdout: _Descriptor, stderr: _Descriptor
) -> None:
    """Be, in a forked process, what `python -m server` with these arguments is."""
    from server.cli.main import main

    for standard, given in ((0, os.open(os.devnull, os.O_RDONLY)), (1, stdout.detach()), (2, stderr.detach())):
        os.dup2(given, standard)
        os.close(given)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", 1, encoding="utf-8", closefd=False) for number in (1, 2))
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["doorwise", *arguments]
    with contextlib.suppress(BrokenPipeError):
        main()
