"""Take the pictures of the running app that the README and the web app manifests show: `python -m tools.make_screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.serving import ROOT, ServerProcess
from tools.browsers import build_launch_options

NOON = "2026-11-21T12:00:00+08:00"
WIDTH, HEIGHT = 412, 915


def open_page(browser: Browser, url: str, *, dark: bool) -> Page:
    """Open `url` as a phone by day, with no worker, so that no saving is under way in the picture."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if dark else "light",
        timezone_id="Asia/Shanghai",
        service_workers="block",
    )
    page = context.new_page()
    page.clock.install(time=NOON)
    page.goto(url)
    return page


def main() -> None:
    """Start a server of our own, take every picture, end the server."""
    docs = ROOT / "docs"
    docs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder), afresh=True).start()
        options: dict[str, Any] = {
            **build_launch_options("chromium", playwright_path=playwright.chromium.executable_path)
        }
        browser = playwright.chromium.launch(**options)
        try:
            for locale in ("zh-Hans", "en"):
                screenshots = ROOT / "server" / "packs" / "cn" / locale / "screenshots"
                screenshots.mkdir(exist_ok=True)
                page = open_page(browser, f"{server.url}/cn/{locale}/now/", dark=False)
                page.screenshot(path=screenshots / f"visit@{WIDTH}x{HEIGHT}.png")
            open_page(browser, f"{server.url}/cn/zh-Hans/now/", dark=False).screenshot(path=docs / "visit-zh.png")
            page = open_page(browser, f"{server.url}/cn/en/now/", dark=True)
            page.locator("label[for=ids-no]").click()
            page.screenshot(path=docs / "visit-en.png")
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
