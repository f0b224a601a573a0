"""A broken worker is taken off the phones, and comes back mended."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page, expect

from e2e.conftest import KEYS, Phone, begin_visit, eventually, expect_whole_offline, save, wait_ready
from tests.serving import ServerProcess

ZH = KEYS[0]


def restart_server(server: ServerProcess, *options: str) -> None:
    server.stop()
    server.options = options
    server.start()


WORKER_TRACES = """async () => ({
  registrations: (await navigator.serviceWorker.getRegistrations()).length,
  caches: (await caches.keys()).filter((name) => name.startsWith("doorwise")),
  databases: (await indexedDB.databases()).map((one) => one.name).filter((name) => name === "doorwise-worker"),
})"""
NO_TRACES = {"registrations": 0, "caches": [], "databases": []}
UPDATE = "async () => { await (await navigator.serviceWorker.getRegistration()).update(); }"


def retire_under(page: Page, server: ServerProcess) -> None:
    """Retire the worker of an open page.

    Not by opening another page: Chromium waits for what the old worker is at, half a minute and up to five.
    """
    restart_server(server, "--retire-worker")
    page.evaluate(UPDATE)
    wait_ready(page, "none")


def test_broken_worker_can_be_retired_and_brought_back(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server.url, ZH)
    begin_visit(page, own_server.url, ZH)

    retire_under(page, own_server)

    # It may be in use at a door: told, but not reloaded.
    expect(page.locator("#ids-no")).to_be_checked()
    eventually(lambda: page.evaluate(WORKER_TRACES) == NO_TRACES, "the worker and its copies are gone")
    for path in ("records/", "now/", ""):
        response = page.goto(f"{own_server.url}/{ZH}/{path}")
        assert response is not None
        assert (response.status, response.from_service_worker) == (200, False)
        wait_ready(page, "none")
        if path == "records/":
            expect(page.locator("article.record")).to_have_count(1)
    eventually(lambda: page.evaluate(WORKER_TRACES) == NO_TRACES, "no page brings the worker back")

    restart_server(own_server)
    page.goto(f"{own_server.url}/{ZH}/")
    wait_ready(page)
    expect_whole_offline(page, own_server, own_server.url, ZH)


def test_retired_worker_leaves_nothing_offline(phone: Phone, own_server: ServerProcess) -> None:
    """The page has said `none`, and that is the truth: with the server stopped nothing opens."""
    page = save(phone, own_server.url, ZH)
    restart_server(own_server, "--retire-worker")
    page.goto(f"{own_server.url}/{ZH}/")
    wait_ready(page, "none")
    eventually(lambda: page.evaluate(WORKER_TRACES) == NO_TRACES, "the worker and its copies are gone")
    own_server.stop()

    page = phone.restart()

    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        page.goto(f"{own_server.url}/{ZH}/")


def test_page_opened_beside_one_of_the_retired_worker_says_that_nothing_is_saved(
    phone: Phone, own_server: ServerProcess
) -> None:
    """Chromium keeps an unregistered worker while a page of it is open, and gives it back to whoever registers it."""
    first = save(phone, own_server.url, ZH)
    retire_under(first, own_server)

    second = first.context.new_page()
    second.goto(f"{own_server.url}/{ZH}/")
    # Not only `none`, which is what it says before its script has begun.
    expect(second.locator("html")).to_have_attribute("data-js", "")

    wait_ready(second, "none")
    eventually(lambda: second.evaluate(WORKER_TRACES) == NO_TRACES, "no page brings the worker back")
    wait_ready(second, "none")
