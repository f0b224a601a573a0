"""A real browser with a profile that lasts, and what its pages say about time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from tools.bench.link import Exchange, Link
from tools.browsers import build_launch_options

# Notes the moments a page cannot tell afterwards. Run before the page's own script, in every page.
WATCH = """
(() => {
  const marks = {};
  Object.defineProperty(window, "benchMarks", { value: marks });
  const note = (name, holds) => { if (holds && !(name in marks)) marks[name] = performance.now(); };
  const look = () => {
    const root = document.documentElement;
    if (!root) return;
    note("ready", root.dataset.offline === "ready");
    note("script", root.hasAttribute("data-js"));
    if (!("shown" in marks)) note("shown", document.querySelector("h1") && document.querySelector("[data-verdict]"));
  };
  const attributeFilter = ["data-offline", "data-js"];
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributeFilter });
  // The checks answer a tap from the moment that somebody listens to them.
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    note("listens", type === "change" && this instanceof Element && this.matches("main, main *"));
    return add.call(this, type, ...rest);
  };
})();
"""
TIMEOUT_S = 120.0
# A link on which nothing has moved for this long has nothing more to say.
QUIET_S = 1.5


@contextmanager
def open_phone(playwright: Playwright, profile: Path) -> Iterator[BrowserContext]:
    """Start the browser on `profile`, and end it."""
    context = playwright.chromium.launch_persistent_context(
        profile,
        viewport={"width": 320, "height": 568},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        **build_phone_options(playwright),
    )
    try:
        context.add_init_script(WATCH)
        yield context
    finally:
        context.close()


def build_phone_options(playwright: Playwright) -> dict[str, Any]:
    """How this machine's Chromium is started."""
    return {**build_launch_options("chromium", playwright_path=playwright.chromium.executable_path, whole=True)}


def get_first_page(context: BrowserContext) -> Page:
    """Return the page that the browser opened with."""
    return context.pages[0] if context.pages else context.new_page()


def wait_for_marks(page: Page, *names: str, timeout_s: float = TIMEOUT_S) -> dict[str, float]:
    """Wait until the page has noted `names` and return its notes, in seconds since the navigation began."""
    deadline = time.monotonic() + timeout_s
    while True:
        noted = page.evaluate("() => window.benchMarks || {}")
        if all(name in noted for name in names):
            return {name: at / 1000 for name, at in noted.items()}
        if time.monotonic() > deadline:
            state = page.evaluate("() => document.documentElement.outerHTML.slice(0, 300)")
            raise RuntimeError(f"{page.url} never became {names}: {noted}, {state}")
        page.wait_for_timeout(50)


def wait_for_first_paint(page: Page) -> tuple[float, float]:
    """First contentful paint: in seconds since the navigation began, and by the wall clock."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        found = page.evaluate(
            "() => performance.getEntriesByName('first-contentful-paint').map((e) => [e.startTime, performance.timeOrigin])"
        )
        if found:
            start, origin = found[0]
            return start / 1000, (start + origin) / 1000
        page.wait_for_timeout(50)
    raise RuntimeError(f"{page.url} painted nothing")


def wait_until_quiet(page: Page, link: Link) -> list[Exchange]:
    """Wait until nothing has moved on the link for a while and return what did since the last time."""
    deadline = time.monotonic() + TIMEOUT_S
    before: tuple[int, int] | None = None
    since = time.monotonic()
    while time.monotonic() < deadline:
        exchanges = link.exchanges
        state = (len(exchanges), sum(exchange.received for exchange in exchanges))
        if state != before:
            before, since = state, time.monotonic()
        elif time.monotonic() - since > QUIET_S and all(exchange.received for exchange in exchanges):
            break
        page.wait_for_timeout(100)
    return link.take_exchanges()
