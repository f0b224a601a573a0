"""What a phone says of its copy is what was looked at: every file is there now, and each was right at most a day ago."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import KEYS, Phone, current_slice, eventually, save, wait_ready, worker_state
from tests.faulty_proxy import Answer, Fault, FaultyProxy
from tests.serving import ServerProcess

ZH = KEYS[0]
HOUR_MS = 3_600_000
# Replace the bytes of a file on this phone; without bytes it is lost.
DAMAGE = """async ([digest, bytes]) => {
  const cache = await caches.open("doorwise-blobs");
  const [held] = (await cache.keys()).filter((one) => one.url.endsWith(digest));
  if (bytes === null) return cache.delete(held);
  await cache.put(held, new Response(bytes));
  return true;
}"""
# The SHA-256 of the bytes that this phone holds for a digest.
HELD = """async (digest) => {
  const cache = await caches.open("doorwise-blobs");
  const [held] = (await cache.keys()).filter((one) => one.url.endsWith(digest));
  if (!held) return null;
  const bytes = await (await cache.match(held)).arrayBuffer();
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
}"""
# Without a time: as a worker left it that noted none.
SET_CHECKED = """([key, checkedMs]) => new Promise((resolve, reject) => {
  indexedDB.open("doorwise-worker").onsuccess = ({ target: { result: db } }) => {
    const tx = db.transaction("slots", "readwrite"), slots = tx.objectStore("slots");
    slots.get(key).onsuccess = (event) => slots.put({ ...event.target.result, checkedMs: checkedMs ?? undefined });
    tx.oncomplete = () => { db.close(); resolve(); };
    tx.onabort = () => { db.close(); reject(tx.error); };
  };
})"""

# What never settles until `isMended` is set.
HANG = """(() => {
  const { serviceWorker } = navigator, never = new Promise(() => {});
  const register = serviceWorker.register.bind(serviceWorker), { ready } = serviceWorker;
  if (%s) serviceWorker.register = (...asked) => (window.isMended ? register(...asked) : never);
  else Object.defineProperty(serviceWorker, "ready", { get: () => (window.isMended ? ready : never) });
})()"""
HANG_IN_WORKER = {
    "install": "addEventListener('install', (event) => event.waitUntil(new Promise(() => {})));",
    "message": "addEventListener('message', (event) => event.stopImmediatePropagation());",
}


def digest_of(server: ServerProcess, suffix: str) -> str:
    files = current_slice(server, ZH).files
    return next(file.sha256 for path, file in files.items() if path.endswith(suffix))


def checked_hours_ago(page: Page, hours: float) -> None:
    now = page.evaluate("Date.now()")
    page.evaluate(SET_CHECKED, [ZH, now - hours * HOUR_MS])


def checked_ms(page: Page) -> Any:
    return worker_state(page, "slots", ZH).get("checkedMs")


@pytest.mark.parametrize("suffix", [".css", ".js", f"{ZH}/about/"], ids=["style", "script", "page"])
def test_a_file_that_is_gone_is_found_at_the_next_opening_and_mended_at_the_next_contact(
    phone: Phone, own_server: ServerProcess, suffix: str
) -> None:
    page = save(phone, own_server.url, ZH)
    digest = digest_of(own_server, suffix)
    with own_server.down():
        assert page.evaluate(DAMAGE, [digest, None])
        page.reload()

        wait_ready(page, "failed")
        expect(page.locator(".status__failed")).to_be_visible()
        expect(page.locator("html")).not_to_have_attribute("data-held", "")
        expect(page.locator("[data-retry]")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('online'))")

    wait_ready(page)
    assert page.evaluate(HELD, digest) == digest


def test_a_file_with_other_bytes_is_found_once_the_phone_is_idle(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server.url, ZH)
    digest = digest_of(own_server, f"{ZH}/about/")
    assert page.evaluate(DAMAGE, [digest, "other bytes"])
    checked_hours_ago(page, 13)

    page.reload()

    eventually(lambda: page.evaluate(HELD, digest) == digest, "the right bytes are here again")
    wait_ready(page)


@pytest.mark.parametrize("hours", [25, -25], ids=["a day ago", "by a clock that was ahead"])
def test_what_was_checked_on_another_day_is_looked_at_before_it_is_claimed(
    phone: Phone, own_server: ServerProcess, hours: float
) -> None:
    page = save(phone, own_server.url, ZH)
    checked_hours_ago(page, hours)
    before = checked_ms(page)
    own_server.stop()

    page = phone.restart()
    opened = page.goto(f"{own_server.url}/{ZH}/")

    assert opened is not None
    assert 'data-offline="saving" data-held' in opened.text(), "claimed before anybody looked"
    wait_ready(page)
    assert abs(checked_ms(page) - page.evaluate("Date.now()")) < HOUR_MS < abs(before - page.evaluate("Date.now()"))


def test_a_copy_of_an_earlier_worker_is_looked_at_first(phone: Phone, own_server: ServerProcess) -> None:
    """It has noted no check; its record opens as it is."""
    page = save(phone, own_server.url, ZH)
    page.evaluate(SET_CHECKED, [ZH, None])
    own_server.stop()

    page = phone.restart()
    page.goto(f"{own_server.url}/{ZH}/")

    wait_ready(page)
    assert checked_ms(page)


def open_until_given_up(page: Page, url: str) -> None:
    """A first visit on which nothing is heard of the worker, for as long as the page waits."""
    page.clock.install()
    page.goto(f"{url}/{ZH}/")
    wait_ready(page, "saving")
    # The page tries Cache Storage, which does not know this clock: it must have answered before the clock runs ahead of it.
    page.evaluate("() => caches.keys()")

    def has_given_up() -> bool:
        page.clock.run_for(30_000)
        return page.locator("html").get_attribute("data-offline") == "failed"

    eventually(has_given_up, "the page says that it is not saved")
    expect(page.locator(".status__failed")).to_be_visible()


@pytest.mark.parametrize("hangs", ["register", "ready"])
def test_saving_does_not_stand_for_ever(phone: Phone, own_server: ServerProcess, hangs: str) -> None:
    page = phone.open()
    page.add_init_script(HANG % ("true" if hangs == "register" else "false"))
    open_until_given_up(page, own_server.url)

    page.evaluate("window.isMended = true")
    page.locator("[data-retry]").click()

    wait_ready(page)


@pytest.mark.parametrize("hangs", HANG_IN_WORKER)
def test_a_worker_that_does_not_answer_is_not_waited_for_for_ever(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy, hangs: str
) -> None:
    _, _, worker = own_server.get("/sw.js")
    script = HANG_IN_WORKER[hangs].encode() + b"\n" + worker
    proxy.fault = Fault("it hangs", r"/sw\.js", lambda _: Answer(200, [("Content-Type", "text/javascript")], script))

    page = phone.open()
    open_until_given_up(page, proxy.url)

    expect(page.locator("[data-retry]")).to_be_visible()


def test_an_address_without_tls_is_told_so(phone: Phone, own_server: ServerProcess) -> None:
    """By another name than localhost; browsers then keep nothing, whatever the page does."""
    page = phone.open()

    page.goto(f"http://0.0.0.0:{own_server.port}/{ZH}/")

    assert not page.evaluate("isSecureContext")
    expect(page.locator(".status__insecure")).to_be_visible()
    expect(page.locator("[data-status] > p:visible")).to_have_count(1)
