"""The first visit makes the phone ready; from then on everything opens with the server stopped."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Locator, Page, Response, expect

from e2e.conftest import KEYS, Phone, current_slice, eventually, page_paths, released_digest, wait_ready, worker_state
from server.publish.data_folder.release import DataFolder
from tests.serving import ServerProcess

ZH, EN = KEYS


def open_here(page: Page, server: ServerProcess, path: str) -> Response:
    response = page.goto(f"{server.url}/{path}")
    assert response is not None
    return response


def heading_of(server: ServerProcess, key: str, path: str) -> str:
    """The h1 of a page as the release holds it."""
    html = DataFolder(server.data).blobs.read(current_slice(server, key).files[path].sha256).decode()
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def expect_heading(page: Page, text: str) -> None:
    """Spaces do not count: a browser and a template break lines differently."""
    heading = page.locator("h1")
    expect(heading).to_have_count(1)
    expect(heading).to_be_visible()
    assert "".join(heading.inner_text().split()) == "".join(text.split())


def save(phone: Phone, server: ServerProcess, *keys: str) -> Page:
    """A phone that has opened the home of each of `keys` and is ready."""
    page = phone.open()
    for key in keys:
        open_here(page, server, f"{key}/")
        wait_ready(page)
        eventually(lambda key=key: worker_state(page, "meta", "last") == key, "the worker notes what was opened last")
    return page


@pytest.mark.parametrize("path", ["", "now/", "now/family/"])
@pytest.mark.parametrize("key", KEYS)
def test_first_page_opened_makes_the_phone_ready_without_a_reload(
    phone: Phone, server: ServerProcess, key: str, path: str
) -> None:
    page = phone.open()
    opened: list[str] = []
    page.on("framenavigated", lambda frame: opened.append(frame.url))

    open_here(page, server, f"{key}/{path}")
    wait_ready(page)

    assert opened == [f"{server.url}/{key}/{path}"]
    slot = worker_state(page, "slots", key)
    assert slot["current"]["digest"] == current_slice(server, key).digest


@pytest.mark.parametrize("key", KEYS)
def test_everything_opens_after_a_restart_with_the_server_stopped(
    phone: Phone, own_server: ServerProcess, key: str
) -> None:
    save(phone, own_server, key)
    slice_ = current_slice(own_server, key)
    release = DataFolder(own_server.data).read_current().digest
    own_server.stop()
    page = phone.restart()
    assert phone.context is not None
    failed: list[str] = []
    phone.context.on("requestfailed", lambda request: failed.append(request.url))

    for path in page_paths(slice_):
        response = open_here(page, own_server, path)

        assert response.status == 200, path
        assert response.from_service_worker, path
        assert released_digest(response.text()) == slice_.files[path].sha256, path
        expect_heading(page, heading_of(own_server, key, path))
        wait_ready(page)
        expect(page.locator("html")).to_have_attribute("data-release", release)
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 20, f"{path} came without its stylesheet"
        expect(page.locator("html")).to_have_attribute("data-js", "")

    # The look for a new channel, in the background, is the only thing that may fail.
    assert {url.removeprefix(own_server.url).partition("?")[0] for url in failed} <= {"/channel.json", "/sw.js"}


def test_every_file_that_a_page_asks_for_is_kept(phone: Phone, own_server: ServerProcess) -> None:
    """The web app manifest and the icon too, which a page test does not see."""
    page = save(phone, own_server, ZH)
    own_server.stop()

    for path in current_slice(own_server, ZH).files:
        found = page.evaluate(
            "async (url) => { const answer = await fetch(url); return [answer.status, (await answer.arrayBuffer()).byteLength]; }",
            f"{own_server.url}/{path}",
        )

        assert found[0] == 200, path
        assert found[1] > 0, path


def test_entrance_leads_to_the_last_used_locale(phone: Phone, own_server: ServerProcess) -> None:
    save(phone, own_server, ZH, EN)
    own_server.stop()
    page = phone.restart()

    open_here(page, own_server, "")
    assert page.url == f"{own_server.url}/{EN}/"

    open_here(page, own_server, f"{ZH}/now/")
    eventually(lambda: worker_state(page, "meta", "last") == ZH, "the worker notes what was opened last")
    open_here(page, own_server, "")
    assert page.url == f"{own_server.url}/{ZH}/"


def test_entrance_leads_to_what_is_kept_when_the_last_used_locale_is_not(
    phone: Phone, own_server: ServerProcess
) -> None:
    """The network went away while the second language was being opened for the first time."""
    page = save(phone, own_server, ZH)
    assert phone.context is not None
    phone.context.route("**/b/*.bundle", lambda route: route.abort())
    open_here(page, own_server, f"{EN}/")
    wait_ready(page, "failed")
    eventually(lambda: worker_state(page, "meta", "last") == EN, "the worker notes what was opened last")
    own_server.stop()

    open_here(page, own_server, "")

    assert page.url == f"{own_server.url}/{ZH}/"


def test_unknown_address_leads_to_the_visit_screen(phone: Phone, own_server: ServerProcess) -> None:
    """Of a kept locale, of none, of one that was never kept."""
    page = save(phone, own_server, ZH)
    own_server.stop()
    kept = [f"{ZH}/nowhere/", f"{ZH}/guide/no-such-topic/", f"{ZH}/now/family/more/"]
    elsewhere = ["nowhere", "a/b/c/d/e", f"{EN}/", f"{EN}/now/", "xx/yy/now/"]

    for path in [*kept, *elsewhere]:
        open_here(page, own_server, path)

        expect_heading(page, heading_of(own_server, ZH, f"{ZH}/missing/"))
        page.locator('a[data-action="visit-now"]').click()
        page.wait_for_url(f"{own_server.url}/{ZH}/now/")
        expect_heading(page, heading_of(own_server, ZH, f"{ZH}/now/"))


def test_forgotten_final_slash_is_no_unknown_address(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server, ZH)
    own_server.stop()

    open_here(page, own_server, f"{ZH}/now")

    assert page.url == f"{own_server.url}/{ZH}/now/"


FETCH = """async ([url, method]) => {
  try { return (await fetch(url, { method, cache: "no-store" })).status; } catch (error) { return String(error); }
}"""


def test_worker_leaves_editor_channel_and_posts_to_the_network(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server, ZH)
    assert phone.context is not None
    by_worker: list[str] = []
    phone.context.on("response", lambda answer: by_worker.append(answer.url) if answer.from_service_worker else None)
    cases = [
        ("/editor/", "GET"),
        ("/channel.json", "GET"),
        ("/healthz", "GET"),
        (f"/{ZH}/", "POST"),
        (f"/{ZH}/now/", "PUT"),
    ]

    online = [page.evaluate(FETCH, [own_server.url + path, method]) for path, method in cases]
    assert online[1:3] == [200, 200]
    assert all(status in (404, 405) for status in online[3:]), online
    own_server.stop()
    offline = [page.evaluate(FETCH, [own_server.url + path, method]) for path, method in cases]

    assert all("TypeError" in str(answer) for answer in offline), offline
    assert by_worker == []
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        page.goto(f"{own_server.url}/editor/")


def test_second_locale_is_kept_from_the_settings_and_forgotten_again(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server, ZH)
    open_here(page, own_server, f"{ZH}/settings/")
    box = page.locator(f'[data-keep="{EN}"]')
    ready = page.locator("li", has=box).locator('[data-keep-state="ready"]')

    box.check()
    expect(ready).to_be_visible()
    with own_server.down():
        page = phone.restart()
        for path in page_paths(current_slice(own_server, EN)):
            assert open_here(page, own_server, path).status == 200, path
            wait_ready(page)
        open_here(page, own_server, f"{ZH}/settings/")
        expect(box_of(page, EN)).to_be_checked()
        eventually(lambda: worker_state(page, "meta", "last") == ZH, "the worker notes what was opened last")

        box_of(page, EN).uncheck()
        eventually(lambda: worker_state(page, "slots", EN) is None, "English is forgotten")
        open_here(page, own_server, f"{EN}/now/")
        expect_heading(page, heading_of(own_server, ZH, f"{ZH}/missing/"))

        # What is left is whole: nothing that both languages share went with the other one.
        for path in page_paths(current_slice(own_server, ZH)):
            assert open_here(page, own_server, path).status == 200, path
            wait_ready(page)
    eventually(lambda: kept_blobs(page) == blobs_of(own_server, ZH), "only the files of one language are left")


def box_of(page: Page, key: str) -> Locator:
    return page.locator(f'[data-keep="{key}"]')


def kept_blobs(page: Page) -> set[str]:
    names = page.evaluate(
        "async () => (await (await caches.open('doorwise-blobs')).keys()).map((request) => request.url.split('/').pop())"
    )
    return set(names)


def blobs_of(server: ServerProcess, key: str) -> set[str]:
    return {file.sha256 for file in current_slice(server, key).files.values()}


def test_second_locale_that_cannot_be_saved_says_so(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server, ZH)
    open_here(page, own_server, f"{ZH}/settings/")
    own_server.stop()

    box = box_of(page, EN)
    box.click()

    expect(page.locator("li", has=box).locator('[data-keep-state="failed"]')).to_be_visible()
    expect(box).not_to_be_checked()
    expect(page.locator("html")).to_have_attribute("data-offline", "ready")


@pytest.mark.parametrize("key", KEYS)
def test_browser_that_refuses_workers_says_so_and_works_with_a_network(
    make_phone: Callable[..., Phone], server: ServerProcess, key: str
) -> None:
    page = make_phone(service_workers="block").open()

    open_here(page, server, f"{key}/")
    wait_ready(page, "failed")
    page.locator('a[data-action="visit-now"]').click()

    page.wait_for_url("**/now/")
    page.locator('label[for="ids-no"]').click()
    expect(page.locator("[data-since]")).to_be_visible()


def test_browser_without_workers_claims_nothing(phone: Phone, server: ServerProcess) -> None:
    page = phone.open()
    page.add_init_script("delete Navigator.prototype.serviceWorker")

    open_here(page, server, f"{ZH}/")

    expect(page.locator("html")).to_have_attribute("data-js", "")
    expect(page.locator(".status__none")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-offline", "none")


def test_browser_without_script_claims_nothing(make_phone: Callable[..., Phone], server: ServerProcess) -> None:
    page = make_phone(java_script_enabled=False).open()

    open_here(page, server, f"{ZH}/")

    expect(page.locator(".status__none")).to_be_visible()
