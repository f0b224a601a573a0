"""The offline journey in the engines of Firefox and Safari: a test of what is missing there.

Neither can be told that it is offline, and neither says what came from a worker: the server process is stopped.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from e2e.conftest import (
    KEYS,
    PHONE,
    Phone,
    current_slice,
    eventually,
    page_paths,
    wait_ready,
    worker_state,
)
from e2e.edits import add_sentence, topic_file
from server.publish.data_folder.release import DataFolder
from tests.serving import ServerProcess
from tools.browsers import NEEDS, BrowserMissing, find_webkit

ZH, EN = KEYS
PATIENCE_S = 60
# The line of the second language: the one being read says that it is ready from the start.
ENGLISH_KEPT = f'li:has([data-keep="{EN}"]) [data-keep-state="ready"]:not([hidden])'


def publish_edit(server: ServerProcess) -> str:
    """Add a sentence to a Chinese topic, publish, and return the digest of the release."""
    assert server.packs is not None
    add_sentence(topic_file(server.packs, ZH), "门一直关着。")
    server.command("release", "publish")
    return DataFolder(server.data).read_current().digest


# --- Firefox -----------------------------------------------------------------------------------------------------


def test_whole_journey_in_firefox(make_phone: Callable[..., Phone], own_server: ServerProcess) -> None:
    url = own_server.url
    phone = make_phone("firefox")
    page = phone.open()
    page.goto(f"{url}/{ZH}/")
    wait_ready(page)
    page.goto(f"{url}/{ZH}/settings/")
    page.locator(f'[data-keep="{EN}"]').check()
    expect(page.locator(ENGLISH_KEPT)).to_be_visible()

    with own_server.down():
        page = phone.restart()
        for key in KEYS:
            slice_ = current_slice(own_server, key)
            for path in page_paths(slice_):
                response = page.goto(f"{url}/{path}")
                assert response is not None
                assert response.status == 200, path
                expect(page.locator("h1")).to_be_visible()
                wait_ready(page)
        page.goto(f"{url}/{ZH}/nowhere/")
        page.locator('a[data-action="visit-now"]').click()
        page.wait_for_url(f"{url}/{ZH}/now/")
        page.locator('label[for="ids-no"]').click()
        expect(page.locator('[data-verdict="start"]')).to_have_count(0)
        expect(page.locator("[data-since]")).to_be_visible()
        page.locator('a[data-action="left"]').click()
        page.wait_for_url(f"{url}/{ZH}/now/after/")

        page = phone.restart()
        page.goto(f"{url}/{ZH}/records/")
        expect(page.locator("article.record")).to_have_count(1)
        first = DataFolder(own_server.data).read_current().digest
        expect(page.locator("html")).to_have_attribute("data-release", first)

    for change in (publish_edit, lambda server: (server.command("release", "rollback"), first)[1]):
        release = change(own_server)
        wanted = current_slice(own_server, ZH).digest
        page.goto(f"{url}/{ZH}/")
        eventually(
            lambda wanted=wanted: worker_state(page, "slots", ZH)["current"]["digest"] == wanted, "the update is here"
        )
        page.goto(f"{url}/{ZH}/now/")
        expect(page.locator("html")).to_have_attribute("data-release", release)


# --- WebKit ------------------------------------------------------------------------------------------------------


class WebKitPhone:
    """WebKitGTK's small browser, driven through WebDriver."""

    def __init__(self, driver: webdriver.WebKitGTK) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        self._leave(lambda: self.driver.get(url))

    def reload(self) -> None:
        self._leave(self.driver.refresh)

    def _leave(self, move: Callable[[], None]) -> None:
        """Wait for the new document as well: the driver now and then returns while the old one still stands."""
        self.driver.execute_script("document.documentElement.setAttribute('data-being-left', '')")
        move()
        self.wait(lambda: self.mark("data-being-left") is None, "the old document is gone")

    def find(self, selector: str) -> WebElement:
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, selector), selector)

    def mark(self, name: str) -> str | None:
        """An attribute of the page's root."""
        return self.driver.find_element(By.CSS_SELECTOR, "html").get_attribute(name)

    def wait_mark(self, name: str, value: str) -> None:
        self.wait(lambda: self.mark(name) == value, f"{name}={value}, it is {self.mark(name)}")

    def wait(self, claim: Callable[[], object], what: str) -> object:
        patience = WebDriverWait(
            self.driver, PATIENCE_S, 0.05, [NoSuchElementException, StaleElementReferenceException]
        )
        return patience.until(lambda _driver: claim(), what)

    def click(self, selector: str) -> None:
        """By script: WebKitGTK's driver scrolls a phone-sized page too late for its own click."""
        self.driver.execute_script("arguments[0].click()", self.find(selector))


@pytest.fixture
def display() -> Iterator[str]:
    """A screen that nobody sees; WebKitGTK has no headless mode."""
    found = find_webkit()
    if found is None:
        raise BrowserMissing(NEEDS["webkit"].advice)
    read, write = os.pipe()
    command = [found.xvfb, "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    xvfb = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as lines:
            # The whole line: Xvfb writes the number and the newline apart, and dies where nobody reads the second.
            yield ":" + lines.readline().strip()
    finally:
        xvfb.terminate()
        xvfb.wait(20)


@pytest.fixture
def webkit_phone(display: str) -> Iterator[WebKitPhone]:
    """A fresh profile each time: what it keeps ends with the session."""
    found = find_webkit()
    assert found
    options = Options()
    options.binary_location = found.minibrowser
    options.add_argument("--automation")
    driver = webdriver.WebKitGTK(options=options, service=Service(found.driver, env={**os.environ, "DISPLAY": display}))
    try:
        driver.set_window_size(PHONE["width"], PHONE["height"])
        driver.set_page_load_timeout(PATIENCE_S)
        yield WebKitPhone(driver)
    finally:
        driver.quit()


# Selenium's driver for WebKitGTK starts its connection in a way that Selenium itself no longer likes.
@pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
def test_whole_journey_in_webkit(webkit_phone: WebKitPhone, own_server: ServerProcess) -> None:
    url, phone = own_server.url, webkit_phone
    phone.open(f"{url}/{ZH}/")
    phone.wait_mark("data-offline", "ready")
    phone.open(f"{url}/{ZH}/settings/")
    phone.click(f'[data-keep="{EN}"]')
    phone.find(ENGLISH_KEPT)

    with own_server.down():
        for key in KEYS:
            slice_ = current_slice(own_server, key)
            for path in page_paths(slice_):
                phone.open(f"{url}/{path}")
                phone.wait_mark("data-offline", "ready")
                assert phone.mark("data-slice") == slice_.digest, path
                assert phone.find("h1").text, path
        phone.reload()
        phone.wait_mark("data-offline", "ready")
        phone.open(f"{url}/{ZH}/nowhere/")
        phone.click('a[data-action="visit-now"]')
        phone.wait(lambda: phone.driver.current_url == f"{url}/{ZH}/now/", "the visit screen")
        phone.click('label[for="ids-no"]')
        phone.wait(
            lambda: phone.find("[data-verdict]").get_attribute("data-verdict") != "start",
            "the tick changes the verdict",
        )
        phone.wait(lambda: phone.find("[data-since]").is_displayed(), "the tick is in the log")
        phone.click('a[data-action="left"]')
        phone.wait(lambda: phone.driver.current_url == f"{url}/{ZH}/now/after/", "the visit is over")
        phone.open(f"{url}/{ZH}/records/")
        phone.find("article.record")

    first = DataFolder(own_server.data).read_current().digest
    for change in (publish_edit, lambda server: (server.command("release", "rollback"), first)[1]):
        release = change(own_server)
        arrives(phone, f"{url}/{ZH}/", release)


def arrives(phone: WebKitPhone, address: str, release: str) -> None:
    """Open the page until it is of `release`: a script of WebDriver's cannot wait for the worker's database here."""

    def opened_with_it() -> bool:
        phone.open(address)
        return phone.mark("data-release") == release

    phone.wait(opened_with_it, "the new release")
