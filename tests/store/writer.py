"""A process that writes to a store until it is killed, and says what was acknowledged; and what must be there after it.

    python -m tests.store.writer DATA [URL] [--die-at STEP]

With `--die-at` it kills itself, as a power cut would, at that step of its work on the disk.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from server.store import history
from server.store.open import open_store
from server.store.protocol import Append, Backend, Delete, Put

STEPS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir")
KEPT = 3


def die_at(step: int, folder: str) -> Callable[[], int]:
    """Kill this process when it opens, renames, links, removes or makes something in `folder` for the `step`-th time.

    Returns:
        What tells how often it has done so; 0 as `step` lets it live.
    """
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in STEPS and str(arguments[0]).startswith(folder):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    return lambda: seen


def write(store: Backend, n: int) -> None:
    """Make the n-th change: one commit that touches everything a store has."""
    blob = store.put_blob(f"revision {n}\n".encode() * (n % 50))
    body = {"n": n, "blob": blob}
    store.commit(
        [
            Put("head", "one", body, expect=n - 1),
            Put("edit", f"{n:08}", body, expect=0),
            Delete("edit", f"{n - KEPT:08}", expect=1 if n > KEPT else 0),
            Append("revisions", body, key="one"),
            Append("audit", {"n": n}),
        ]
    )


def last(store: Backend) -> int:
    """The number of the last change that is there."""
    head = store.get("head", "one")
    return 0 if head is None else head.version


def wrong(store: Backend, acknowledged: int) -> list[str]:
    """What is not as it must be when changes up to `acknowledged` were, and perhaps one more was being made."""
    n = last(store)
    lines = store.check()
    if n not in (acknowledged, acknowledged + 1):
        lines.append(f"stands at {n}, acknowledged {acknowledged}")
    edits = [doc.body["n"] for doc in store.find("edit")]
    if edits != list(range(max(1, n - KEPT + 1), n + 1)):
        lines.append(f"edits {edits} at {n}")
    for log in ("revisions", "audit"):
        entries = store.entries(log)
        if [(entry.seq, entry.body["n"]) for entry in entries] != [(seq, seq) for seq in range(1, n + 1)]:
            lines.append(f"{log}: {len(entries)} entries at {n}")
    for entry in store.entries("revisions", newest_first=True, limit=5):
        number = entry.seq
        if store.get_blob(str(entry.body["blob"])) != f"revision {number}\n".encode() * (number % 50):
            lines.append(f"the blob of {number} is another")
    return lines


def main() -> None:
    """Write until killed; each line on standard output is the number of an acknowledged change."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--die-at", type=int, default=0)
    parser.add_argument("--times", type=int, default=sys.maxsize)
    arguments = parser.parse_args()
    if arguments.die_at:
        die_at(arguments.die_at, str(arguments.data))
    history.SEGMENT = 5  # so that every few changes seal a log, and some are killed at it
    store = open_store(arguments.data, arguments.url)
    first = last(store) + 1
    os.write(1, b"ready\n")
    for n in count(first):
        if n - first >= arguments.times:
            break
        write(store, n)
        os.write(1, b"%d\n" % n)
    store.close()


if __name__ == "__main__":
    main()
