"""Start writers, kill them, and see what they had acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT

TIMEOUT_S = 60


def start_writer(*arguments: str | Path) -> subprocess.Popen[str]:
    """A writer in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str], before: int) -> int:
    """Wait for its death and return the last change that it acknowledged; `before` where it acknowledged none."""
    assert process.stdout is not None
    with process.stdout:
        lines = process.stdout.readlines()
    assert process.wait(TIMEOUT_S) == -signal.SIGKILL, "it ended by itself; its error is above"
    return last_acknowledged(lines, before)


def last_acknowledged(lines: list[str], before: int) -> int:
    """The last number that was said in full: half a line acknowledges nothing."""
    numbers = [int(line) for line in lines if line.endswith("\n") and line.strip().isdigit()]
    return numbers[-1] if numbers else before


def let_it_write(process: subprocess.Popen[str], lines: int, spin: int, before: int) -> int:
    """Wait until it has acknowledged some changes, and for `spin` turns of a loop more: so it is anywhere in the next one.

    Returns:
        The last change that it had acknowledged so far.
    """
    assert process.stdout is not None
    read = [process.stdout.readline() for _ in range(lines + 1)]
    for _ in range(spin):
        pass
    return last_acknowledged(read, before)
