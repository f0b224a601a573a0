"""Publishing in another process that is killed, at a step or at a moment."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from tests.publishing import Publisher
from tests.serving import ROOT

# Runs the command and kills itself, as a power cut would, at the n-th time that it opens, renames or makes something in
# the data folder: every state that the disk can be left in is the one before some such step. It may begin to count once
# a file of some name has been renamed.
DIE_AT_STEP = """
import os, runpy, signal, sys
step, data, after = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.argv = ["doorwise", *sys.argv[4:]]
seen, counting = 0, not after
def watch(event, arguments):
    global seen, counting
    if event in ("open", "os.rename", "os.mkdir", "os.remove") and str(arguments[0]).startswith(data):
        if counting:
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)
        elif event == "os.rename" and after in str(arguments[0]):
            counting = True
sys.addaudithook(watch)
try:
    runpy.run_module("server", run_name="__main__")
finally:
    print("steps:", seen, file=sys.stderr)
"""


def publish_and_die(
    publisher: Publisher, data: Path, step: int, *options: str, after: str = ""
) -> subprocess.CompletedProcess[str]:
    """Publish in another process that does not live longer than `step` steps; 0 lets it finish.

    With `after` only the steps count that come after a file with that in its name was renamed.
    """
    return subprocess.run(
        [sys.executable, "-c", DIE_AT_STEP, str(step), data, after, *_publish(publisher, data), *options],
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
