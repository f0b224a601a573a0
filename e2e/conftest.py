"""A real server process, real browsers, and phones that can be restarted."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Error, Page, Playwright, Route, expect

from server.publish.data_folder.canonical import sha256_hex
from server.publish.data_folder.release import DataFolder
from server.publish.data_folder.slices import Slice
from tests.faulty_proxy import FaultyProxy
from tests.serving import ROOT, ServerProcess
from tools import fonts
from tools.browsers import build_launch_options

PHONE = {"width": 320, "height": 568}
SHIPPED = ROOT / "server" / "packs"
# By day at the door, so that a test does not depend on the hour it runs at; tests of the clock choose their own.
NOON = "2026-11-21T12:00:00+08:00"

LOCALES = ("zh-Hans", "en")
# Playwright's own five seconds are too short for a machine that does other things as well.
expect.set_options(timeout=30_000)

# "wide" puts every browser test on the widest fonts; the audits of layouts use both pairs anyhow.
DEFAULT_FONTS = fonts.PAIRS[os.environ.get("DOORWISE_TEST_FONTS", "android")]

KEYS = tuple(f"cn/{locale}" for locale in LOCALES)


@pytest.fixture(scope="session", autouse=True)
def default_fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every browser draws with the same two fonts, whatever else is on this machine."""
    missing = [name for name in fonts.FILES if not fonts.is_installed(name)]
    assert not missing, f"{', '.join(missing)}: not on this machine; `make browsers` installs them"
    config = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    fonts.write_config(DEFAULT_FONTS, config)
    with pytest.MonkeyPatch.context() as patch:
        # Before Playwright starts: browsers inherit it from its driver.
        patch.setenv("FONTCONFIG_FILE", str(config))
        yield


@pytest.fixture(scope="session")
def browser_of_fonts(
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> Iterator[Callable[[fonts.FontPair], Browser]]:
    """The browser that draws with a pair of fonts and no others."""
    browsers = {DEFAULT_FONTS: browser}

    def find(pair: fonts.FontPair) -> Browser:
        if pair not in browsers:
            config = tmp_path_factory.mktemp("fonts") / "fonts.conf"
            fonts.write_config(pair, config)
            environment = fonts.build_browser_environment(config)
            browsers[pair] = browser_type.launch(**browser_type_launch_args, env=environment)
        return browsers[pair]

    yield find
    for started in browsers.values():
        if started is not browser:
            started.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the shipped packs published once; copied, never written."""
    data = tmp_path_factory.mktemp("published")
    server = ServerProcess(data)
    server.start()
    server.stop()
    return data


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Iterator[ServerProcess]:
    """One server for the tests that only read."""
    data = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(published, data)
    process = ServerProcess(data).start()
    yield process
    process.stop()


@pytest.fixture
def own_server(tmp_path: Path, published: Path) -> Iterator[ServerProcess]:
    """A server of this test's own, to stop, republish and roll back; its packs are a copy that may be edited."""
    data = tmp_path / "data"
    shutil.copytree(published, data)
    packs = tmp_path / "packs"
    shutil.copytree(SHIPPED, packs)
    process = ServerProcess(data, packs=packs).start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def base_url(server: ServerProcess) -> str:
    return server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, object], browser_type: BrowserType, browser_name: str
) -> dict[str, object]:
    """Where the browser is and how it starts; a missing one fails and says what to do."""
    return {
        **browser_type_launch_args,
        **build_launch_options(browser_name, playwright_path=browser_type.executable_path),
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {
        **browser_context_args,
        "viewport": PHONE,
        "has_touch": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }


@pytest.fixture
def proxy(own_server: ServerProcess) -> Iterator[FaultyProxy]:
    """Between a phone and `own_server`, to put a fault into an answer; answers are not compressed."""
    proxy = FaultyProxy(own_server, identity=True)
    yield proxy
    proxy.close()


class Phone:
    """A browser with a profile of its own that can be closed, killed and opened again."""

    def __init__(
        self, playwright: Playwright, name: str, profile: Path, *, whole: bool = False, **options: object
    ) -> None:
        self.playwright = playwright
        self.name = name
        self.profile = profile
        self.whole = whole
        self.options = options
        self.context: BrowserContext | None = None

    def open(self) -> Page:
        """Start the browser and give its page. Chromium alone can be told the time of day."""
        kind: BrowserType = getattr(self.playwright, self.name)
        arguments = build_launch_options(self.name, playwright_path=kind.executable_path, whole=self.whole)
        options = {"viewport": PHONE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **arguments, **self.options}
        self.context = kind.launch_persistent_context(self.profile, **options)
        return self.context.pages[0] if self.context.pages else self.context.new_page()

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
            self.context = None

    def kill(self) -> None:
        """End the browser as a crash or an empty battery does: at once, and without a word to it."""
        ours = str(self.profile)
        found = [one for one in psutil.Process().children(recursive=True) if _belongs_to(one, ours)]
        assert found, "no browser runs with this profile"
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=20)
        # Playwright has noticed, or will: there is nothing left to close.
        with contextlib.suppress(Error):
            self.close()
        self.context = None
        # What a killed Chromium leaves to keep a second one from the same profile.
        for name in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
            (self.profile / name).unlink(missing_ok=True)

    def restart(self) -> Page:
        """Close the browser wholly and open it again, as a phone does overnight."""
        self.close()
        return self.open()


def _belongs_to(process: psutil.Process, profile: str) -> bool:
    """True for the browser of that profile, and for the processes it has started."""
    try:
        return any(profile in argument for argument in process.cmdline()) or any(
            profile in argument for parent in process.parents() for argument in parent.cmdline()
        )
    except psutil.Error:
        return False


@pytest.fixture
def make_phone(playwright: Playwright, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    phones: list[Phone] = []

    def make(name: str = "chromium", **options: object) -> Phone:
        phone = Phone(playwright, name, tmp_path / f"phone-{len(phones)}", **options)
        phones.append(phone)
        return phone

    yield make
    for phone in phones:
        phone.close()


@pytest.fixture
def phone(make_phone: Callable[..., Phone]) -> Phone:
    return make_phone()


def wait_ready(page: Page, state: str = "ready") -> None:
    """Wait until the page says that it is wholly on this phone (or another state).

    Not with wait_for_function: it evaluates a string, which the pages' Content-Security-Policy forbids.
    """
    expect(page.locator("html")).to_have_attribute("data-offline", state)


def current_slice(server: ServerProcess, key: str) -> Slice:
    """What the current release holds for (region, locale) `key`."""
    folder = DataFolder(server.data)
    return folder.read_slice(key, folder.read_current().slices[key])


def page_paths(slice_: Slice) -> list[str]:
    """The addresses of the slice's pages, in order."""
    return sorted(path for path, file in slice_.files.items() if file.media_type.startswith("text/html"))


def released_digest(html: str) -> str:
    """SHA-256 of a served page as the release holds it: without what the server or the worker has filled in."""
    blank = 'data-offline="none" data-release="" data-slice=""'
    filled = (
        r'data-offline="[a-z]+"(?: data-held)?(?: data-broken)? data-release="[0-9a-f]{64}" data-slice="[0-9a-f]{64}"'
    )
    text, found = re.subn(filled, blank, html, count=1)
    assert found, "a page without its marks"
    return sha256_hex(text.encode())


def eventually(claim: Callable[[], Any], what: str, timeout_s: float = 30) -> Any:
    """Wait until `claim` gives something true, and give that back."""
    deadline = time.monotonic() + timeout_s
    while not (found := claim()):
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.02)
    return found


def until_held(page: Page, held: list[Route], count: int = 1) -> Route:
    """The last of so many requests that a test holds back, once it has come."""
    # Playwright tells of a request only while it is asked something.
    eventually(lambda: page.context.cookies() is not None and len(held) >= count, f"{count} requests are held")
    return held[count - 1]


READ_STATE = """([store, key]) => new Promise((resolve, reject) => {
  const request = indexedDB.open("doorwise-worker");
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const db = request.result;
    if (!db.objectStoreNames.contains(store)) { db.close(); resolve(null); return; }
    const found = db.transaction(store).objectStore(store).get(key);
    found.onsuccess = () => { db.close(); resolve(found.result ?? null); };
    found.onerror = () => { db.close(); reject(found.error); };
  };
})"""


def worker_state(page: Page, store: str, key: str) -> Any:
    """One record of the worker's database: `slots` by (region, locale), or `meta` by name. Any page may read it."""
    return page.evaluate(READ_STATE, [store, key])


def save(phone: Phone, url: str, key: str) -> Page:
    """A first visit: the guidance is on the phone when this returns."""
    page = phone.open()
    page.goto(f"{url}/{key}/")
    wait_ready(page)
    return page


def begin_visit(page: Page, url: str, key: str) -> None:
    """Answer the first question at the door."""
    page.goto(f"{url}/{key}/now/")
    page.locator('label[for="ids-no"]').click()
    eventually(lambda: worker_state(page, "meta", "visit"), "the worker knows of the visit")


def expect_whole_offline(page: Page, server: ServerProcess, url: str, key: str) -> None:
    """With the server stopped every page of the current release opens, byte for byte."""
    slice_ = current_slice(server, key)
    with server.down():
        for path in page_paths(slice_):
            response = page.goto(f"{url}/{path}")
            assert response is not None
            assert (response.status, released_digest(response.text())) == (200, slice_.files[path].sha256), path
            wait_ready(page)
