"""A phone whose storage refuses, hangs or was emptied: every page still opens, online and with the server stopped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import (
    KEYS,
    Phone,
    current_slice,
    eventually,
    page_paths,
    released_digest,
    save,
    wait_ready,
    worker_state,
)
from e2e.door_pages import expect_level, shipped, tick
from tests.faulty_proxy import Answer, Fault, FaultyProxy
from tests.serving import ServerProcess

ZH = KEYS[0]
# The next best source must have answered by then.
LIMIT_MS = 3000

# What is put before the worker's script.
DATABASE_FAULTS = {
    "throws": "IDBFactory.prototype.open = () => { throw new DOMException('broken', 'UnknownError'); };",
    "fires error": """IDBFactory.prototype.open = () => {
      const request = new EventTarget();
      request.error = new DOMException("Internal error opening backing store", "UnknownError");
      setTimeout(() => request.onerror(new Event("error")));
      return request;
    };""",
    "hangs": "IDBFactory.prototype.open = () => new EventTarget();",
}
FILES_FAULTS = {
    "reject": "Cache.prototype.match = Cache.prototype.keys = () => Promise.reject(new Error('broken'));",
    "open rejects": "CacheStorage.prototype.open = () => Promise.reject(new Error('broken'));",
    "hang": "CacheStorage.prototype.open = () => new Promise(() => {});",
}
HANG_WHEN_TOLD = """addEventListener("message", (event) => {
  if (event.data.hang) IDBFactory.prototype.open = () => new EventTarget();
});"""


def serve_worker_after(proxy: FaultyProxy, script: str) -> None:
    """From now on the worker's script begins with `script`."""
    _, _, worker = proxy.server.get("/sw.js")

    def put_before(_answer: Answer) -> Answer:
        return Answer(200, [("Content-Type", "text/javascript")], script.encode() + b"\n" + worker)

    proxy.fault = Fault("a fault in the worker", r"/sw\.js", put_before)


def restart_with_fault(phone: Phone, page: Page, proxy: FaultyProxy, script: str) -> Page:
    """Put `script` into the worker of a phone that holds a release, and open the browser anew."""
    serve_worker_after(proxy, script)
    page.evaluate("async () => { await (await navigator.serviceWorker.getRegistration()).update(); }")
    eventually(
        lambda: page.evaluate("async () => Boolean((await navigator.serviceWorker.getRegistration()).waiting)"),
        "the worker with the fault waits",
    )
    return phone.restart()


def expect_every_page(page: Page, server: ServerProcess, url: str) -> None:
    """Every page of the release opens within the limit, byte for byte and with its style."""
    slice_ = current_slice(server, ZH)
    for path in page_paths(slice_):
        response = page.goto(f"{url}/{path}", timeout=LIMIT_MS, wait_until="commit")
        assert response is not None
        assert (response.status, released_digest(response.text())) == (200, slice_.files[path].sha256), path
        page.wait_for_load_state()
        assert page.evaluate("document.styleSheets[0].cssRules.length > 0"), path


def save_whole(phone: Phone, url: str) -> Page:
    """A first visit; the phone has written all that it will write."""
    page = save(phone, url, ZH)
    eventually(lambda: worker_state(page, "meta", "last") == ZH, "the choice is noted")
    return page


def replace_with_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder", encoding="utf-8")


def expect_every_page_online_and_offline(page: Page, server: ServerProcess, url: str) -> None:
    expect_every_page(page, server, url)
    server.stop()
    expect_every_page(page, server, url)
    page.goto(f"{url}/{ZH}/")
    wait_ready(page, "failed")
    expect(page.locator(".status__broken-held")).to_be_visible()
    expect(page.locator("[data-status] > p:visible")).to_have_count(2)  # these words and "Try again"


@pytest.mark.parametrize("fault", DATABASE_FAULTS)
def test_every_page_opens_when_the_database(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy, fault: str
) -> None:
    page = restart_with_fault(phone, save_whole(phone, proxy.url), proxy, DATABASE_FAULTS[fault])

    expect_every_page_online_and_offline(page, own_server, proxy.url)


def test_every_page_opens_when_the_database_hangs_after_it_has_worked(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy
) -> None:
    serve_worker_after(proxy, HANG_WHEN_TOLD)
    page = save_whole(phone, proxy.url)
    page.goto(f"{proxy.url}/{ZH}/")
    wait_ready(page)
    page.evaluate("navigator.serviceWorker.controller.postMessage({ hang: true })")

    expect_every_page_online_and_offline(page, own_server, proxy.url)


def test_every_page_opens_when_the_databases_folder_is_a_file(phone: Phone, own_server: ServerProcess) -> None:
    save_whole(phone, own_server.url)
    phone.close()
    replace_with_file(phone.profile / "Default" / "IndexedDB")

    expect_every_page_online_and_offline(phone.open(), own_server, own_server.url)


@pytest.mark.parametrize("fault", FILES_FAULTS)
def test_every_page_comes_from_the_network_when_the_files(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy, fault: str
) -> None:
    """Without a network nothing can: the files are what is broken."""
    page = restart_with_fault(phone, save_whole(phone, proxy.url), proxy, FILES_FAULTS[fault])

    expect_every_page(page, own_server, proxy.url)


def test_every_page_comes_from_the_network_when_the_files_folder_is_a_file(
    phone: Phone, own_server: ServerProcess
) -> None:
    save_whole(phone, own_server.url)
    phone.close()
    replace_with_file(phone.profile / "Default" / "Service Worker" / "CacheStorage")
    page = phone.open()

    expect_every_page(page, own_server, own_server.url)
    page.goto(f"{own_server.url}/{ZH}/")
    expect(page.locator(".status__broken")).to_be_visible()
    page.locator("[data-retry]").click()
    expect(page.locator(".status__broken")).to_be_visible()


@pytest.mark.parametrize(
    "fault", [*DATABASE_FAULTS.values(), FILES_FAULTS["open rejects"]], ids=["throws", "fires error", "hangs", "files"]
)
def test_first_visit_with_broken_storage_goes_on(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy, fault: str
) -> None:
    serve_worker_after(proxy, fault)
    page = phone.open()
    page.goto(f"{proxy.url}/{ZH}/")
    wait_ready(page, "failed")

    expect_every_page(page, own_server, proxy.url)


@pytest.mark.parametrize("is_online", [True, False], ids=["online", "offline"])
def test_every_page_opens_when_the_database_was_emptied(
    phone: Phone, own_server: ServerProcess, is_online: bool
) -> None:
    save_whole(phone, own_server.url)
    phone.close()
    shutil.rmtree(phone.profile / "Default" / "IndexedDB")
    page = phone.open()
    if not is_online:
        own_server.stop()

    expect_every_page(page, own_server, own_server.url)

    wait_ready(page)
    assert worker_state(page, "slots", ZH)["current"]["digest"] == current_slice(own_server, ZH).digest


# --- Firefox -----------------------------------------------------------------------------------------------------

# The pages that a person needs first; `test_whole_journey_in_firefox` opens every one.
SAMPLE = ("", "now/", f"guide/{next(iter(shipped().topics))}/", "settings/")
STATUS = "[data-status] > p:visible"


@pytest.fixture
def firefox(make_phone: Callable[..., Phone], own_server: ServerProcess) -> Phone:
    """A Firefox that has saved everything and is closed."""
    phone = make_phone("firefox")
    save_whole(phone, own_server.url)
    phone.close()
    return phone


def storage_of(firefox: Phone) -> Path:
    """The folder of the profile with what this origin has stored; there is one."""
    (folder,) = (firefox.profile / "storage" / "default").iterdir()
    return folder


def expect_sample(page: Page, server: ServerProcess, words: str) -> None:
    """Each of the pages opens within the limit, whole, and those with a line about what is saved show `words`."""
    slice_ = current_slice(server, ZH)
    for path in SAMPLE:
        response = page.goto(f"{server.url}/{ZH}/{path}", timeout=LIMIT_MS, wait_until="commit")
        assert response is not None
        assert response.status in (200, 304), path
        expect(page.locator("html")).to_have_attribute("data-slice", slice_.digest)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.styleSheets[0].cssRules.length > 0"), path
        if page.locator("[data-status]").count():
            expect(page.locator(STATUS).first).to_have_class(words, timeout=LIMIT_MS)


def expect_verdicts(page: Page, server: ServerProcess) -> None:
    """Taps at the door change the verdict, and never to a calmer one."""
    page.goto(f"{server.url}/{ZH}/now/", timeout=LIMIT_MS, wait_until="commit")
    expect(page.locator("html")).to_have_attribute("data-js", "")
    tick(page, "ids", "no")
    expect_level(page, "stop")
    page.locator('[data-danger="threat"]').click()
    page.keyboard.press("Escape")
    expect_level(page, "police")
    tick(page, "ids", "yes")
    expect_level(page, "police")


def test_firefox_goes_on_when_the_databases_folder_is_a_file(firefox: Phone, own_server: ServerProcess) -> None:
    replace_with_file(storage_of(firefox) / "idb")
    page = firefox.open()

    expect_sample(page, own_server, "status__broken-held")
    own_server.stop()
    expect_sample(page, own_server, "status__broken-held")

    expect_verdicts(page, own_server)
    expect(page.locator("[data-log-unreadable]")).to_be_visible()
    expect(page.locator("[data-log-failed]")).to_be_visible()


def test_firefox_goes_on_when_the_databases_were_emptied(firefox: Phone, own_server: ServerProcess) -> None:
    """Nothing is broken then: the worker's database is filled again, even without a network."""
    databases = storage_of(firefox) / "idb"
    shutil.rmtree(databases)
    databases.mkdir()
    page = firefox.open()

    with own_server.down():
        expect_sample(page, own_server, "status__ready")
        expect_verdicts(page, own_server)
    expect_sample(page, own_server, "status__ready")

    assert worker_state(page, "slots", ZH)["current"]["digest"] == current_slice(own_server, ZH).digest


def test_firefox_goes_on_with_a_network_when_the_files_folder_is_a_file(
    firefox: Phone, own_server: ServerProcess
) -> None:
    """Its worker lies in that folder too and does not start, so the page itself must find out what is wrong."""
    replace_with_file(storage_of(firefox) / "cache")
    page = firefox.open()

    expect_sample(page, own_server, "status__broken")
    expect_verdicts(page, own_server)


# --- a hole in the copy ------------------------------------------------------------------------------------------

REMOVE = """async ([root, digest]) => (await caches.open("doorwise-blobs")).delete(`${root}/b/${digest}`)"""
HOLDS = (
    """async ([root, digest]) => Boolean(await (await caches.open("doorwise-blobs")).match(`${root}/b/${digest}`))"""
)


@pytest.mark.parametrize("suffix", [".css", ".js", f"{ZH}/guide/"])
def test_file_gone_from_the_copy_is_noticed_offline_and_mended_online(
    phone: Phone, own_server: ServerProcess, suffix: str
) -> None:
    url = own_server.url
    page = save_whole(phone, url)
    files = current_slice(own_server, ZH).files
    digest = next(file.sha256 for path, file in files.items() if path.endswith(suffix))
    own_server.stop()
    assert page.evaluate(REMOVE, [url, digest])

    page = phone.restart()
    page.goto(f"{url}/{ZH}/about/")
    if suffix != ".js":  # without its script the page cannot say anything
        wait_ready(page, "failed")
    own_server.start()
    page.goto(f"{url}/{ZH}/")

    wait_ready(page)
    assert page.evaluate(HOLDS, [url, digest])
