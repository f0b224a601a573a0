"""What a returning phone downloads: after an edit of one sentence, and when nothing has changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Playwright, expect

from tests.serving import ServerProcess
from tools.bench.link import FAST, Exchange, Link
from tools.bench.phone import first_page, marks, phone, settle
from tools.bench.setting import HOME, LOCALE, REGION, Setting, publish, tell
from tools.bench.table import Row

EDITED_B, SAME_B = 4_000, 1_000
TOPIC = "first-minute"
SENTENCES = (
    "先停一下，慢慢呼吸，隔着门说话就可以。",
    "门口的人说什么，您都可以慢慢听，慢慢想。",
    "不用急着回答，先让自己站稳。",
    "声音放平，一次只说一句话。",
    "手发抖也没有关系，先坐下来再说。",
)


def edit(packs: Path, number: int) -> None:
    """Replace the first plain sentence of one topic with another one."""
    path = packs / REGION / LOCALE / "topics" / f"{TOPIC}.md"
    before, mark, body = path.read_text(encoding="utf-8").rpartition("+++\n")
    lines = body.split("\n")
    plain = next(
        index for index, line in enumerate(lines) if line and re.match(r"[^#{\-\[*>]", line) and "{" not in line
    )
    lines[plain] = SENTENCES[number % len(SENTENCES)]
    path.write_text(before + mark + "\n".join(lines), encoding="utf-8")


def comes_back(playwright: Playwright, profile: Path, link: Link, release: str) -> list[Exchange]:
    """Start the browser on a profile that visited before, open home, and wait until it holds `release`."""
    with phone(playwright, profile) as context:
        page = first_page(context)
        page.goto(link.url + HOME)
        exchanges = settle(page, link)
        page.reload()  # answered from the phone: shows which release it now holds
        expect(page.locator("html")).to_have_attribute("data-release", release)
        settle(page, link)
    return exchanges


def current(server: ServerProcess) -> str:
    """The digest of the release that the server serves."""
    return server.get("/healthz")[2].decode().split()[1]


def first_visit(playwright: Playwright, profile: Path, link: Link) -> tuple[float, int]:
    """Make the phone ready: seconds, and bytes on the wire."""
    with phone(playwright, profile) as context:
        page = first_page(context)
        page.goto(link.url + HOME)
        ready_s = marks(page, "ready")["ready"]
        wire = received(settle(page, link))
        page.wait_for_timeout(500)
    return ready_s, wire


def received(exchanges: Sequence[Exchange]) -> int:
    """Bytes of all answers."""
    return sum(exchange.received for exchange in exchanges)


def listed(exchanges: Sequence[Exchange]) -> list[str]:
    """The exchanges, and how much of them was headers."""
    heads = sum(exchange.head_size for exchange in exchanges)
    return [
        *(f"{exchange}, of which {exchange.head_size} B headers" for exchange in exchanges),
        f"headers in all: {heads} B",
    ]


def measure(setting: Setting) -> list[Row]:
    """One phone through a row of edits, each followed by a return at which nothing had changed."""
    profile = setting.folder / "returning"
    edited, same = [], []
    with setting.server("updates") as server, Link(server.port, FAST) as link:
        first_visit(setting.playwright, profile, link)
        times = setting.times(4)
        tell(f"updates: {times} edits, {times} returns without one")
        for number in range(times):
            same.append(comes_back(setting.playwright, profile, link, current(server)))
            assert server.packs is not None
            edit(server.packs, number)
            publish(setting.folder / "updates")
            edited.append(comes_back(setting.playwright, profile, link, current(server)))
    return [
        Row(
            "return, one sentence of one topic edited",
            "B",
            [received(one) for one in edited],
            EDITED_B,
            why=listed(edited[-1]),
        ),
        Row("return, nothing changed", "B", [received(one) for one in same], SAME_B, why=listed(same[-1])),
    ]
