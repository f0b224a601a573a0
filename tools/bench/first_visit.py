"""The first visit: requests, bytes, time on a slow link, bytes before the first paint, compressed JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tools.bench.bare import build_bare_pages, serve_bare_pages
from tools.bench.link import FAST, SLOW, SLOW_TLS, Exchange, Link, Speed
from tools.bench.phone import first_page, first_paint, marks, phone, settle
from tools.bench.setting import HOME, VISIT, Setting, tell
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


def visit(setting: Setting, name: str, port: int, path: str, speed: Speed) -> Visit:
    """Open `path` with a new profile and wait until the page is ready offline and the link is quiet."""
    with Link(port, speed) as link, phone(setting.playwright, setting.folder / name) as context:
        page = first_page(context)
        page.goto(link.url + path)
        ready_s = marks(page, "ready")["ready"]
        paint_s, painted_at = first_paint(page)
        exchanges = settle(page, link)
    before = sum(size for exchange in exchanges for at, size in exchange.deliveries if at <= painted_at)
    return Visit(exchanges, ready_s, paint_s, before)


def measure(setting: Setting) -> list[Row]:
    """Every number of the first visit, for each way in."""
    rows: list[Row] = []
    with setting.server("first-visit") as server:

        def repeat(label: str, path: str, speed: Speed, times: int) -> list[Visit]:
            tell(f"first visit: {label}, {times} times")
            return [visit(setting, f"{label}-{number}", server.port, path, speed) for number in range(times)]

        for name, path in ENTRIES:
            slow = repeat(
                f"slow link from {'entrance' if path == '/' else name}",
                path,
                SLOW,
                setting.times(2 if path == "/" else 4),
            )
            rows += _rows(name, slow)
        plain = repeat("fast link from the visit screen", VISIT, FAST, 1)
        rows.append(_script(plain[0]))
        secure = repeat("slow link with TLS", VISIT, SLOW_TLS, setting.times(2))
        rows.append(
            Row("first visit, visit screen: ready, with TLS 1.3's round trip", "s", [one.ready_s for one in secure])
        )
        bare = build_bare_pages(setting, server.data)
    paint = next(row for row in rows if row.name.startswith("first visit, visit screen: first paint"))
    return rows + _bare(setting, bare, paint)


def _bare(setting: Setting, folder: Path, paint: Row) -> list[Row]:
    """The same words as bare pages with Workbox; the app's first paint is not to be later than theirs."""
    times = setting.times(4)
    tell(f"first visit: bare pages on the slow link, {times} times")
    with serve_bare_pages(folder) as port:
        visits = [visit(setting, f"bare-{number}", port, VISIT, SLOW) for number in range(times)]
    paint.limit = median(one.paint_s for one in visits)
    paint.why = [f"the limit is the bare pages' first paint in this run, of {visits[0].before_paint:,} B"]
    label = "bare pages with Workbox, visit screen"
    return [
        Row(f"{label}: requests", "", [len(one.exchanges) for one in visits]),
        Row(f"{label}: bytes on the wire", "B", [one.wire for one in visits]),
        Row(f"{label}: ready offline, 400 kbit/s and 400 ms", "s", [one.ready_s for one in visits]),
        Row(f"{label}: first paint, 400 kbit/s and 400 ms", "s", [one.paint_s for one in visits]),
    ]


def _rows(name: str, visits: Sequence[Visit]) -> list[Row]:
    label = f"first visit, {name}"
    sizes = [f"{exchange}" for exchange in sorted(visits[0].exchanges, key=lambda one: -one.received)]
    paint = [sum(exchange.received for exchange in _blocking(one.exchanges)) for one in visits]
    rows = [
        Row(f"{label}: requests", "", [len(one.exchanges) for one in visits], REQUESTS, why=sizes),
        Row(f"{label}: bytes on the wire", "B", [one.wire for one in visits], WIRE_B, why=sizes),
        Row(
            f"{label}: ready offline, 400 kbit/s and 400 ms",
            "s",
            [one.ready_s for one in visits],
            SLOW_S,
            why=_times(visits[0]),
        ),
    ]
    if name != "/":
        blocking = [f"{exchange}" for exchange in _blocking(visits[0].exchanges)]
        early = [
            f"{exchange}"
            for exchange in visits[0].exchanges
            if exchange not in _blocking(visits[0].exchanges) and exchange.deliveries
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


def _blocking(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The page itself and its stylesheets: nothing is painted before they are there."""
    return [one for one in exchanges if one.path.endswith((HOME, VISIT, ".css"))]


def _times(one: Visit) -> list[str]:
    """When each answer began and ended, since the first byte of all."""
    start = min(exchange.deliveries[0][0] for exchange in one.exchanges if exchange.deliveries)
    return [
        f"{exchange}: {exchange.deliveries[0][0] - start:.2f} .. {exchange.deliveries[-1][0] - start:.2f} s after the first byte"
        for exchange in one.exchanges
        if exchange.deliveries
    ]


def _script(one: Visit) -> Row:
    """The scripts of the page; the worker's comes after it and is not needed by the screen."""
    scripts = [exchange for exchange in one.exchanges if exchange.path.endswith(".js") and exchange.path != "/sw.js"]
    size = sum(exchange.received - exchange.head_size for exchange in scripts)
    return Row("visit screen: JavaScript, compressed", "B", [size], SCRIPT_B, why=[f"{script}" for script in scripts])
