"""What a long history costs the desk: time to open, to save, to look back and to back up, on both stores.

Each revision is a text of its own, a line in two logs, and every tenth is the first of another unit. PostgreSQL is a server of
the bench's own with its settings as they come, on the same disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from server.store.archive import write_archive
from server.store.content import open_instance, open_instance_snapshot
from server.store.open import open_store
from server.store.protocol import Append, Backend, Doc, LogEntry, Put
from tests.postgres import Cluster, cluster
from tests.publishing import Publisher
from tests.store.load import load, percentile
from tools.bench.setting import Setting, print_progress
from tools.bench.table import Row

SIZES = (100, 1_000, 10_000)
# What a person takes for "at once" (Nielsen 1993: a tenth of a second) leaves room for the network and the page.
SAVE_MS = 100.0
OPEN_MS = 500.0
# What keeps a person's thoughts from breaking off (the same source): one in a hundred may take so long in a crowd.
CROWD_MS = 1000.0
AT = "2026-01-02T03:04:05.678+00:00"
TEXT = "What the person at the door may not do, in about as many words as a short topic has. " * 30


def measure(setting: Setting) -> list[Row]:
    """Rows for each store and each length of the history."""
    rows: list[Row] = []
    sizes = SIZES[:2] if setting.quick else SIZES
    with cluster() as server:
        for size in sizes:
            folder = setting.folder / f"store-{size}"
            rows += _measure_history(setting, "embedded", folder, None, size)
        for size in sizes:
            url = server.new_database()
            rows += _measure_history(setting, "PostgreSQL", setting.folder / "unused", url, size)
            server.drop(url)
        rows += _measure_crowd(setting, server)
    return rows


def _measure_crowd(setting: Setting, server: Cluster) -> list[Row]:
    """Four servers on one database, eight people who save as fast as they can, two hundred phones."""
    seconds = 10 if setting.quick else 60
    print_progress(f"store: a crowd, {seconds} s")
    published = Publisher(setting.folder / "crowd")
    published.publish()
    url = server.new_database()
    outcome = load(published, setting.folder / "crowd", url, machines=4, editors=8, phones=200, seconds=seconds)
    server.drop(url)
    head = "store, PostgreSQL, 4 servers, 8 editors, 200 phones"
    facts = [f"{len(outcome.saves_ms)} saves, {outcome.refused} of them made again, {outcome.publishes} publishes"]
    return [
        Row(f"{head}: save, median", "ms", [percentile(outcome.saves_ms, 50)], why=facts),
        Row(f"{head}: save, p99", "ms", [percentile(outcome.saves_ms, 99)], CROWD_MS, why=facts),
        Row(f"{head}: a phone looks for news, median", "ms", [percentile(outcome.looks_ms, 50)], why=facts),
        Row(f"{head}: a phone looks for news, p99", "ms", [percentile(outcome.looks_ms, 99)], CROWD_MS, why=facts),
    ]


def _measure_history(setting: Setting, name: str, data: Path, url: str | None, size: int) -> list[Row]:
    print_progress(f"store: {name}, {size} revisions")
    fill_with_history(data, url, size)
    opens: list[float] = []
    saves: list[float] = []
    marks: list[float] = []
    looks: list[float] = []
    crossed: list[float] = []
    with ExitStack() as opened:
        for _ in range(setting.limit_repetitions(5)):
            began = time.perf_counter()
            opened.enter_context(closing(open_store(data, url)))
            opens.append(_compute_ms_since(began))
        store, other = (opened.enter_context(closing(open_store(data, url))) for _ in range(2))
        for n in range(setting.limit_repetitions(20)):
            saves.append(_measure_call_ms(save_text, store, n))
            marks.append(_measure_call_ms(store.commit, [Put("session", "one", {"seen": n})]))
            looks.append(_measure_call_ms(read_text_history, store))
        for n in range(setting.limit_repetitions(10)):
            save_text(other, n)
            crossed.append(_measure_call_ms(save_text, store, n))
    backups = [_measure_call_ms(_write_backup, data, url, setting.folder / "backup.zip") / 1000]
    head = f"store, {name}, {size:,} revisions"
    return [
        Row(f"{head}: open", "ms", opens, OPEN_MS),
        Row(f"{head}: save a text", "ms", saves, SAVE_MS),
        Row(f"{head}: save a text, after another process has", "ms", crossed),
        Row(f"{head}: note that somebody is here", "ms", marks, SAVE_MS),
        Row(f"{head}: last 20 revisions of a text", "ms", looks, SAVE_MS),
        Row(f"{head}: backup", "s", backups),
    ]


def fill_with_history(data: Path, url: str | None, size: int) -> None:
    """Put a history of so many revisions into an empty store."""
    with closing(open_store(data, url)) as store:
        names = [store.put_blob(f"{n} {TEXT}".encode()) for n in range(size)]
        store.load_records(_make_docs(names), _make_entries(names))


def save_text(store: Backend, n: int) -> None:
    """Do what the desk does when a text is saved."""
    blob = store.put_blob(f"saved {time.monotonic_ns()} {TEXT}".encode())
    unit = f"unit-{n % 5}"
    store.commit(
        [
            Put("edit", unit, _make_edit_body(blob, n)),
            Append("revisions", _make_revision_body(blob, n), unit),
            Append("audit", _make_audit_body(n)),
        ]
    )


def _make_edit_body(blob: str, n: int) -> dict[str, str | int]:
    return {
        "region": "xa",
        "path": f"en/topics/{n}.md",
        "key": "",
        "head": n,
        "content": blob,
        "base": blob,
        "by": "li",
    }


def _make_revision_body(blob: str, n: int) -> dict[str, str | int]:
    return {"n": n, "content": blob, "by": "li", "at": AT, "why": "edit"}


def _make_audit_body(n: int) -> dict[str, str | int]:
    return {"person": "li", "what": "edit.save", "target": f"xa:en/topics/{n}.md"}


def _make_docs(names: list[str]) -> Iterator[Doc]:
    for n in range(0, len(names), 10):
        yield Doc("edit", f"unit-{n // 10}", 10, _make_edit_body(names[n], n))


def _make_entries(names: list[str]) -> Iterator[LogEntry]:
    for n, _ in enumerate(names):
        yield LogEntry("audit", n + 1, AT, "", _make_audit_body(n))
    for n, name in enumerate(names):
        yield LogEntry("revisions", n + 1, AT, f"unit-{n // 10}", _make_revision_body(name, n))


def _write_backup(data: Path, url: str | None, target: Path) -> None:
    with open_instance(data, url) as instance, open_instance_snapshot(instance) as content:
        write_archive(content, target, program="bench")


def read_text_history(store: Backend) -> list[LogEntry]:
    """Return what the page of a text shows of its history."""
    return store.entries("revisions", key="unit-3", newest_first=True, limit=20)


def _measure_call_ms(work: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    work(*arguments)
    return _compute_ms_since(began)


def _compute_ms_since(began: float) -> float:
    """Milliseconds since then."""
    return 1000 * (time.perf_counter() - began)
