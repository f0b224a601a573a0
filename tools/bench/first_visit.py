"""The first visit: requests, bytes, time on a slow link, bytes before the first paint, compressed JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tools.bench.bare import build_bare_pages, serve_bare_pages
from tools.bench.link import FAST, SLOW, SLOW_TLS, Exchange, Link, Speed
from tools.bench.phone import get_first_page, open_phone, wait_for_first_paint, wait_for_marks, wait_until_quiet
from tools.bench.setting import HOME, VISIT, Setting, print_progress
from tools.bench.table import Row

REQUESTS, WIRE_B, SLOW_S, PAINT_B, SCRIPT_B = 8, 70_000, 4.0, 14_000, 15_000
ENTRIES = (("home", HOME), ("visit screen", VISIT), ("/", "/"))


@dataclass(frozen=True, slots=True)
class Visit:
    """One first visit with a new profile."""

    exchanges: Sequence[Exchange]
    ready_s: float
    paint_s: float
    before_paint: int

    @property
    def wire(self) -> int:
        """Bytes of all answers."""
        return sum(exchange.received for exchange in self.exchanges)


def measure_visit(setting: Setting, name: str, port: int, path: str, speed: Speed) -> Visit:
    """Open `path` with a new profile and wait until the page is ready offline and the link is quiet."""
    with Link(port, speed) as link, open_phone(setting.playwright, setting.folder / name) as context:
        page = get_first_page(context)
        page.goto(link.url + path)
        ready_s = wait_for_marks(page, "ready")["ready"]
        paint_s, painted_at = wait_for_first_paint(page)
        exchanges = wait_until_quiet(page, link)
    before = sum(size for exchange in exchanges for at, size in exchange.deliveries if at <= painted_at)
    return Visit(exchanges, ready_s, paint_s, before)


def measure(setting: Setting) -> list[Row]:
    """Return every number of the first visit, for each way in."""
    rows: list[Row] = []
    with setting.start_server("first-visit") as server:

        def repeat_visit(label: str, path: str, speed: Speed, times: int) -> list[Visit]:
            print_progress(f"first visit: {label}, {times} times")
            return [measure_visit(setting, f"{label}-{number}", server.port, path, speed) for number in range(times)]

        for name, path in ENTRIES:
            slow = repeat_visit(
                f"slow link from {'entrance' if path == '/' else name}",
                path,
                SLOW,
                setting.limit_repetitions(2 if path == "/" else 4),
            )
            rows += _make_rows(name, slow)
        plain = repeat_visit("fast link from the visit screen", VISIT, FAST, 1)
        rows.append(_measure_scripts(plain[0]))
        secure = repeat_visit("slow link with TLS", VISIT, SLOW_TLS, setting.limit_repetitions(2))
        rows.append(
            Row("first visit, visit screen: ready, with TLS 1.3's round trip", "s", [one.ready_s for one in secure])
        )
        bare = build_bare_pages(setting, server.data)
    paint = next(row for row in rows if row.name.startswith("first visit, visit screen: first paint"))
    return rows + _measure_bare_pages(setting, bare, paint)


def _measure_bare_pages(setting: Setting, folder: Path, paint: Row) -> list[Row]:
    """Measure the same words as bare pages with Workbox; the app's first paint is not to be later than theirs."""
    times = setting.limit_repetitions(4)
    print_progress(f"first visit: bare pages on the slow link, {times} times")
    with serve_bare_pages(folder) as port:
        visits = [measure_visit(setting, f"bare-{number}", port, VISIT, SLOW) for number in range(times)]
    paint.limit = median(one.paint_s for one in visits)
    paint.why = [f"the limit is the bare pages' first paint in this run, of {visits[0].before_paint:,} B"]
    label = "bare pages with Workbox, visit screen"
    return [
        Row(f"{label}: requests", "", [len(one.exchanges) for one in visits]),
        Row(f"{label}: bytes on the wire", "B", [one.wire for one in visits]),
        Row(f"{label}: ready offline, 400 kbit/s and 400 ms", "s", [one.ready_s for one in visits]),
        Row(f"{label}: first paint, 400 kbit/s and 400 ms", "s", [one.paint_s for one in visits]),
    ]


def _make_rows(name: str, visits: Sequence[Visit]) -> list[Row]:
    label = f"first visit, {name}"
    sizes = [f"{exchange}" for exchange in sorted(visits[0].exchanges, key=lambda one: -one.received)]
    paint = [sum(exchange.received for exchange in _list_blocking_exchanges(one.exchanges)) for one in visits]
    rows = [
        Row(f"{label}: requests", "", [len(one.exchanges) for one in visits], REQUESTS, why=sizes),
        Row(f"{label}: bytes on the wire", "B", [one.wire for one in visits], WIRE_B, why=sizes),
        Row(
            f"{label}: ready offline, 400 kbit/s and 400 ms",
            "s",
            [one.ready_s for one in visits],
            SLOW_S,
            why=_format_answer_times(visits[0]),
        ),
    ]
    if name != "/":
        blocking = [f"{exchange}" for exchange in _list_blocking_exchanges(visits[0].exchanges)]
        early = [
            f"{exchange}"
            for exchange in visits[0].exchanges
            if exchange not in _list_blocking_exchanges(visits[0].exchanges) and exchange.deliveries
        ]
        rows += [
            Row(f"{label}: bytes the first paint needs (HTML, CSS)", "B", paint, PAINT_B, why=blocking),
            Row(
                f"{label}: bytes received before the first paint",
                "B",
                [one.before_paint for one in visits],
                PAINT_B,
                why=["needed: " + "; ".join(blocking), "the rest came meanwhile, of: " + "; ".join(early)],
            ),
            Row(f"{label}: first paint, 400 kbit/s and 400 ms", "s", [one.paint_s for one in visits]),
        ]
    return rows


def _list_blocking_exchanges(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the requests of the page itself and its stylesheets: nothing is painted before they are there."""
    return [one for one in exchanges if one.path.endswith((HOME, VISIT, ".css"))]


def _format_answer_times(one: Visit) -> list[str]:
    """When each answer began and ended, since the first byte of all."""
    start = min(exchange.deliveries[0][0] for exchange in one.exchanges if exchange.deliveries)
    return [
        f"{exchange}: {exchange.deliveries[0][0] - start:.2f} .. {exchange.deliveries[-1][0] - start:.2f} s after the first byte"
        for exchange in one.exchanges
        if exchange.deliveries
    ]


def _measure_scripts(one: Visit) -> Row:
    """Measure the scripts of the page; the worker's comes after it and is not needed by the screen."""
    scripts = [exchange for exchange in one.exchanges if exchange.path.endswith(".js") and exchange.path != "/sw.js"]
    size = sum(exchange.received - exchange.head_size for exchange in scripts)
    return Row("visit screen: JavaScript, compressed", "B", [size], SCRIPT_B, why=[f"{script}" for script in scripts])
