"""Publishing in another process that is killed, at a step or at a moment."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from tests.publishing import Publisher
from tests.serving import ROOT

# Runs the command and kills itself, as a power cut would, at the n-th time that it opens, renames or makes something in
# the data folder: every state that the disk can be left in is the one before some such step.
DIE_AT_STEP = """
import os, runpy, signal, sys
step, data = int(sys.argv[1]), sys.argv[2]
sys.argv = ["doorwise", *sys.argv[3:]]
seen = 0
def watch(event, arguments):
    global seen
    if event in ("open", "os.rename", "os.mkdir", "os.remove") and str(arguments[0]).startswith(data):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
try:
    runpy.run_module("server", run_name="__main__")
finally:
    print("steps:", seen, file=sys.stderr)
"""


def publish_and_die(publisher: Publisher, data: Path, step: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Publish in another process that does not live longer than `step` steps; 0 lets it finish."""
    return subprocess.run(
        [sys.executable, "-c", DIE_AT_STEP, str(step), data, *_publish(publisher, data), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def steps_of(done: subprocess.CompletedProcess[str]) -> int:
    """How many steps a publish took that was let finish."""
    assert done.returncode == 0, done.stderr
    return int(done.stderr.rsplit("steps:", 1)[1])


def publish_and_kill(publisher: Publisher, data: Path, after_s: float, *options: str) -> None:
    """Publish in another process and kill it from outside, wherever it may be by then."""
    with subprocess.Popen(
        [sys.executable, "-m", "server", *_publish(publisher, data), *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        process.kill()


def _publish(publisher: Publisher, data: Path) -> list[str | Path]:
    return ["release", "publish", "--data", data, "--packs", publisher.packs]
