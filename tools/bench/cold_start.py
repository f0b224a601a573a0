"""Cold offline start: the server is down, the browser process is new, the profile is one that visited once before."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import psutil
from playwright.sync_api import CDPSession, Page

from tools.bench.bare import build_bare_pages, serve_bare_pages
from tools.bench.phone import get_first_page, open_phone, wait_for_first_paint, wait_for_marks
from tools.bench.setting import HOME, VISIT, Setting, print_progress
from tools.bench.table import Row

LIMIT_S = 1.0
SLOWED = 6
# How long a known piece of work takes: shows how much slower the page really was, on a machine that is shared.
WORK = "() => { const t = performance.now(); let x = 0; for (let i = 0; i < 1e7; i++) x += i % 7; return performance.now() - t; }"
PHASES = "() => { const [n] = performance.getEntriesByType('navigation'); return [n.workerStart, n.responseStart, n.responseEnd, n.domInteractive]; }"
PHASE_NAMES = ("worker starts", "its answer begins", "page is there", "page is parsed")
METRICS = {
    "style": "RecalcStyleDuration",
    "layout": "LayoutDuration",
    "script": "ScriptDuration",
    "all tasks": "TaskDuration",
}
# One turn of running and standing still, when the whole browser is slowed from outside.
TURN_S = 0.012


def measure(setting: Setting) -> list[Row]:
    """The time from the start of the navigation to a visit screen that is painted and answers a tap."""
    base = setting.folder / "cold"
    with setting.start_server("cold-server") as server:
        with open_phone(setting.playwright, base) as context:
            page = get_first_page(context)
            page.goto(server.url + HOME)
            wait_for_marks(page, "ready")
            page.wait_for_timeout(1000)  # the browser writes what it keeps to the disk in its own time
            usual_ms = min(page.evaluate(WORK) for _ in range(5))
        address = server.url + VISIT
        bare = build_bare_pages(setting, server.data)
    times = setting.limit_repetitions(7)
    print_progress(f"cold offline start: {times} times with the page slowed {SLOWED} times")
    page_slowed = [_measure_start(setting, base, address, usual_ms, slow="page") for _ in range(times)]
    print_progress(
        f"cold offline start: {setting.limit_repetitions(3)} times each, not slowed and with the whole browser slowed"
    )
    plain = [_measure_start(setting, base, address, usual_ms, slow="") for _ in range(setting.limit_repetitions(3))]
    slowed = [
        _measure_start(setting, base, address, usual_ms, slow="browser") for _ in range(setting.limit_repetitions(3))
    ]
    return [
        Row(
            f"cold offline start, page slowed {SLOWED}x",
            "s",
            [one.usable_s for one in page_slowed],
            LIMIT_S,
            why=_explain_times(page_slowed),
        ),
        Row(
            f"cold offline first paint, page slowed {SLOWED}x, not behind bare pages with Workbox",
            "s",
            [one.phases["first paint"] for one in page_slowed],
            median(_measure_bare_pages(setting, bare, times)),
        ),
        Row("cold offline start, not slowed", "s", [one.usable_s for one in plain]),
        Row(_format_row_name(slowed), "s", [one.usable_s for one in slowed]),
    ]


def _measure_bare_pages(setting: Setting, folder: Path, times: int) -> list[float]:
    """Return when the same words as bare pages are painted, their server down too."""
    print_progress(f"cold offline start: bare pages, {times} times with the page slowed {SLOWED} times")
    base = setting.folder / "cold-bare"
    with serve_bare_pages(folder) as port:
        address = f"http://localhost:{port}{VISIT}"
        with open_phone(setting.playwright, base) as context:
            page = get_first_page(context)
            page.goto(address)
            wait_for_marks(page, "ready")
            page.wait_for_timeout(1000)
    paints = []
    for number in range(times):
        profile = setting.folder / f"cold-bare-{number}"
        shutil.copytree(base, profile, ignore=shutil.ignore_patterns("Singleton*"))
        with open_phone(setting.playwright, profile) as context:
            page = get_first_page(context)
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            page.goto(address)
            paints.append(wait_for_first_paint(page)[0])
        shutil.rmtree(profile)
    return paints


class Start:
    """One cold start: when it could be used, and how it came to that."""

    def __init__(self, page: Page, debugger: CDPSession, usual_ms: float) -> None:
        noted = wait_for_marks(page, "shown", "script", "listens")
        paint_s, _ = wait_for_first_paint(page)
        # Painted, the first words and the verdict in it, and somebody listening to the checks.
        self.usable_s = max(paint_s, noted["shown"], noted["script"], noted["listens"])
        phases: list[float] = page.evaluate(PHASES)
        self.phases = dict(zip(PHASE_NAMES, (at / 1000 for at in phases), strict=True))
        self.phases |= {"first paint": paint_s, "checks listen": noted["listens"]}
        found = {one["name"]: one["value"] for one in debugger.send("Performance.getMetrics")["metrics"]}
        self.work = {name: found[metric] for name, metric in METRICS.items()}
        self.slower = page.evaluate(WORK) / usual_ms
        assert page.locator("h1").is_visible()


def _measure_start(setting: Setting, base: Path, address: str, usual_ms: float, *, slow: str) -> Start:
    """Each start gets a copy of the profile, so that none is helped by what the one before it has cached."""
    profile = setting.folder / "cold-copy"
    shutil.copytree(base, profile, ignore=shutil.ignore_patterns("Singleton*"))
    try:
        with open_phone(setting.playwright, profile) as context:
            page = get_first_page(context)
            debugger = context.new_cdp_session(page)
            debugger.send("Performance.enable")
            if slow == "page":
                # The debugger slows pages only: for a worker it answers "only supported for pages, not workers".
                debugger.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            if slow == "browser":
                with _slow_browser_down(profile):
                    page.goto(address)
                    return Start(page, debugger, usual_ms)
            page.goto(address)
            return Start(page, debugger, usual_ms)
    finally:
        shutil.rmtree(profile)


@contextmanager
def _slow_browser_down(profile: Path) -> Iterator[None]:
    """Let every process of this one browser stand still for all but a sixth of the time."""
    roots = [
        one for one in psutil.Process().children(recursive=True) if f"--user-data-dir={profile}" in one.cmdline()[1:]
    ]
    family = {one.pid for root in roots for one in (root, *root.children(recursive=True))}
    over = threading.Event()

    def signal_browser(number: signal.Signals) -> None:
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop_and_continue() -> None:
        while not over.is_set():
            signal_browser(signal.SIGSTOP)
            time.sleep(TURN_S * (SLOWED - 1) / SLOWED)
            for root in roots:
                if root.is_running():
                    family.update(child.pid for child in root.children(recursive=True))
            signal_browser(signal.SIGCONT)
            time.sleep(TURN_S / SLOWED)

    thread = threading.Thread(target=stop_and_continue, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        signal_browser(signal.SIGCONT)


def _explain_times(starts: list[Start]) -> list[str]:
    slower = sorted(one.slower for one in starts)
    phases = ", ".join(f"{name} {median(one.phases[name] for one in starts):.2f} s" for name in starts[0].phases)
    work = ", ".join(f"{name} {median(one.work[name] for one in starts):.2f} s" for name in METRICS)
    return [
        f"medians since the navigation began: {phases}",
        f"of which the page's thread worked: {work}",
        f"a known piece of work took {median(slower):.1f} times its usual time in these pages ({slower[0]:.1f} .. {slower[-1]:.1f}); {SLOWED} is meant",
    ]


def _format_row_name(starts: list[Start]) -> str:
    return f"cold offline start, whole browser slowed ({median(one.slower for one in starts):.1f}x by a known work)"
