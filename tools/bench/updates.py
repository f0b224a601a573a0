"""What a returning phone downloads: after an edit of one sentence, and when nothing has changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Playwright, expect

from tests.serving import ServerProcess
from tools.bench.link import FAST, Exchange, Link
from tools.bench.phone import get_first_page, open_phone, wait_for_marks, wait_until_quiet
from tools.bench.setting import HOME, LOCALE, REGION, Setting, print_progress, publish_folder
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


def edit_topic(packs: Path, number: int) -> None:
    """Replace the first plain sentence of one topic with another one."""
    path = packs / REGION / LOCALE / "topics" / f"{TOPIC}.md"
    before, mark, body = path.read_text(encoding="utf-8").rpartition("+++\n")
    lines = body.split("\n")
    plain = next(
        index for index, line in enumerate(lines) if line and re.match(r"[^#{\-\[*>]", line) and "{" not in line
    )
    lines[plain] = SENTENCES[number % len(SENTENCES)]
    path.write_text(before + mark + "\n".join(lines), encoding="utf-8")


def open_home_again(playwright: Playwright, profile: Path, link: Link, release: str) -> list[Exchange]:
    """Start the browser on a profile that visited before, open home, and wait until it holds `release`."""
    with open_phone(playwright, profile) as context:
        page = get_first_page(context)
        page.goto(link.url + HOME)
        exchanges = wait_until_quiet(page, link)
        page.reload()  # answered from the phone: shows which release it now holds
        expect(page.locator("html")).to_have_attribute("data-release", release)
        wait_until_quiet(page, link)
    return exchanges


def read_current_release(server: ServerProcess) -> str:
    """Return the digest of the release that the server serves."""
    return server.get("/healthz")[2].decode().split()[1]


def make_phone_ready(playwright: Playwright, profile: Path, link: Link) -> tuple[float, int]:
    """Make the phone ready: seconds, and bytes on the wire."""
    with open_phone(playwright, profile) as context:
        page = get_first_page(context)
        page.goto(link.url + HOME)
        ready_s = wait_for_marks(page, "ready")["ready"]
        wire = sum_received_bytes(wait_until_quiet(page, link))
        page.wait_for_timeout(500)
    return ready_s, wire


def sum_received_bytes(exchanges: Sequence[Exchange]) -> int:
    """Bytes of all answers."""
    return sum(exchange.received for exchange in exchanges)


def describe_exchanges(exchanges: Sequence[Exchange]) -> list[str]:
    """Return a line for each exchange, and how much of them was headers."""
    heads = sum(exchange.head_size for exchange in exchanges)
    return [
        *(f"{exchange}, of which {exchange.head_size} B headers" for exchange in exchanges),
        f"headers in all: {heads} B",
    ]


def measure(setting: Setting) -> list[Row]:
    """One phone through a row of edits, each followed by a return at which nothing had changed."""
    profile = setting.folder / "returning"
    edited, same = [], []
    with setting.start_server("updates") as server, Link(server.port, FAST) as link:
        make_phone_ready(setting.playwright, profile, link)
        times = setting.limit_repetitions(4)
        print_progress(f"updates: {times} edits, {times} returns without one")
        for number in range(times):
            same.append(open_home_again(setting.playwright, profile, link, read_current_release(server)))
            assert server.packs is not None
            edit_topic(server.packs, number)
            publish_folder(setting.folder / "updates")
            edited.append(open_home_again(setting.playwright, profile, link, read_current_release(server)))
    return [
        Row(
            "return, one sentence of one topic edited",
            "B",
            [sum_received_bytes(one) for one in edited],
            EDITED_B,
            why=describe_exchanges(edited[-1]),
        ),
        Row(
            "return, nothing changed",
            "B",
            [sum_received_bytes(one) for one in same],
            SAME_B,
            why=describe_exchanges(same[-1]),
        ),
    ]
