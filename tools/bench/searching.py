"""How long a slowed phone takes from a letter in the search box to its results."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from playwright.sync_api import Playwright, expect

from tools.bench.link import Link
from tools.bench.phone import get_first_page, open_phone
from tools.bench.setting import HOME

FOUND_S = 0.1
SLOWED = 6
QUERIES = ("他们让我签字", "会不会坐牢", "打110怎么说", "老人一个人在家", "法院的纸")
# Types `query` as the box's whole text and waits until other results than those that stood there are there.
TYPE = """async (query) => {
  const input = document.querySelector("#search"), found = document.querySelector("[data-found]");
  const startedMs = performance.now();
  return new Promise((resolve) => {
    new MutationObserver(() => { if (found.children.length) resolve((performance.now() - startedMs) / 1000); })
      .observe(found, { childList: true });
    input.focus();
    input.value = query;
    input.dispatchEvent(new Event("input"));
  });
}"""


def measure_search_times(playwright: Playwright, profile: Path, link: Link) -> tuple[float, float]:
    """Seconds to the first results of all (the index is fetched and built), and from then on (the median)."""
    with open_phone(playwright, profile) as context:
        page = get_first_page(context)
        page.goto(f"{link.url}{HOME}guide/")
        expect(page.get_by_role("searchbox")).to_be_visible()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        first, *later = (page.evaluate(TYPE, query) for query in QUERIES)
    return first, median(later)
