"""Somebody who edits: a process that saves texts others save too, and says how long it took: `python -m tests.store.editor`.

It prints one JSON object: how many saves were acknowledged and refused, and the milliseconds of each.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from contextlib import closing

from server.store.errors import Conflict
from server.store.postgres_store import PostgresStore
from server.store.protocol import Append, Json, Put

UNITS = 6


def edit(store: PostgresStore, who: str, seconds: float) -> dict[str, object]:
    """Save again and again, from the newest version that was seen; a refused save is made again from a newer one."""
    saved: list[str] = []
    refused = 0
    took: list[float] = []
    source = random.Random(who)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        unit = f"unit-{source.randrange(UNITS)}"
        held = store.get("edit", unit)
        version = held.version if held else 0
        text = f"{who} {len(saved)}"
        began = time.perf_counter()
        try:
            body: dict[str, Json] = {"by": who, "text": store.put_blob(text.encode() * 200), "before": version}
            store.commit(
                [Put("edit", unit, body, expect=version), Append("revisions", body, unit), Append("audit", body)]
            )
            saved.append(str(body["text"]))
        except Conflict:
            refused += 1
        took.append(1000 * (time.perf_counter() - began))
    return {"saved": saved, "refused": refused, "took_ms": took}


if __name__ == "__main__":
    url, who, seconds = sys.argv[1:]
    with closing(PostgresStore(url)) as store:
        os.write(1, json.dumps(edit(store, who, float(seconds))).encode())
