"""Pages on a phone whose storage is refused, never answers or was emptied: they work, and show plainly what is not kept."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.clock import stop_date
from e2e.conftest import NOON
from e2e.door_pages import (
    REGION,
    expect_level,
    fake,
    open_page,
    path_of,
    phone_context,
    save_settings,
    shipped,
    tick,
    words,
)

EMPTY_STORAGE = "new Promise((resolve) => { indexedDB.deleteDatabase('doorwise').onsuccess = () => resolve(null); })"
HOME = f"/{REGION}/en/"
TOPIC = next(iter(shipped().topics))
PATHS = [
    HOME,
    path_of("en"),
    path_of("en", "child"),
    path_of("en", "after"),
    *(
        f"{HOME}{name}/"
        for name in ("now/why", "guide", f"guide/{TOPIC}", "guide/changes", "practice", "will-they-come", "install")
    ),
    *(f"{HOME}{name}/" for name in ("settings", "records", "about", "sources")),
]


@pytest.fixture(params=["refuseStorage()", "hangStorage()"])
def broken(browser: Browser, base_url: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url) as context:
        context.clock.install(time=NOON)
        context.add_init_script(fake(request.param))
        yield context


@pytest.fixture
def page(broken: BrowserContext) -> Page:
    return broken.new_page()


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page's console reports."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


def wait_for_limit(page: Page) -> None:
    """The page has been told by now, or has waited as long as it may."""
    page.clock.run_for(2900)


def test_no_page_reports_an_error(page: Page, errors: list[str]) -> None:
    for path in PATHS:
        open_page(page, path)
        wait_for_limit(page)
        # Whatever still waits then is given up, without an error either.
        page.clock.run_for(60_000)
        expect(page.locator("h1")).to_be_visible()
        assert errors == [], path


def test_checks_verdict_and_panels_work(page: Page, errors: list[str]) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    panel = expect_level(page, "stop")
    expect(panel.locator("[data-next]")).to_have_text(words("en", "check.ids.fail"))
    wait_for_limit(page)

    expect(page.locator("[data-log-unreadable]")).to_be_visible()
    expect(page.locator("[data-log-failed]")).to_be_visible()
    page.locator('[data-danger="threat"]').click()
    expect(page.locator("#danger-threat")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#danger-threat")).to_be_hidden()
    expect_level(page, "police")
    page.locator('a[data-action="left"]').click()
    page.clock.run_for(1600)
    page.wait_for_url("**/after/")
    assert errors == []


def test_the_search_finds_what_it_finds_elsewhere(page: Page, errors: list[str]) -> None:
    open_page(page, f"{HOME}guide/")
    page.locator("[data-search] input").fill("police")
    page.clock.run_for(100)
    expect(page.locator("[data-found] li").first).to_be_visible()
    assert errors == []


def keep_settings(page: Page) -> None:
    page.locator('[name="address"]').fill("Door 8")
    page.locator('form[data-settings] [type="submit"]').click()


def erase(page: Page) -> None:
    page.locator("[data-erase]").click()
    page.locator("[data-erase-yes]").click()


def tick_a_preparation(page: Page) -> None:
    page.locator("[data-prepare]").first.click()


def do_nothing(page: Page) -> None:
    """Open the page, and that is all."""


@pytest.mark.parametrize(
    ("path", "act", "notice", "absent"),
    [
        ("settings/", do_nothing, "[data-unreadable]", "[data-save-failed]"),
        ("settings/", keep_settings, "[data-save-failed]", "[data-saved]"),
        ("settings/", erase, "[data-erase-failed]", "[data-erased]"),
        ("records/", do_nothing, "[data-unreadable]", "[data-empty]"),
        ("practice/", do_nothing, "[data-unreadable]", "[data-tick-failed]"),
        ("practice/", tick_a_preparation, "[data-tick-failed]", "[data-drill-end]"),
        ("guide/changes/", do_nothing, "[data-unreadable]", "[data-nothing], [data-first]"),
    ],
)
def test_a_page_shows_what_it_cannot_read_or_keep(
    page: Page, errors: list[str], path: str, act: Callable[[Page], None], notice: str, absent: str
) -> None:
    open_page(page, HOME + path)
    act(page)
    wait_for_limit(page)

    expect(page.locator(notice)).to_be_visible()
    expect(page.locator(absent).locator("visible=true")).to_have_count(0)
    assert errors == []


def test_a_phone_that_was_emptied_is_a_new_phone(browser: Browser, base_url: str) -> None:
    with phone_context(browser, base_url) as context:
        stop_date(context, NOON)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        save_settings(page, "en", address="Door 8")
        open_page(page, path_of("en"))
        tick(page, "ids", "no")
        expect(page.locator("[data-since]")).to_be_visible()
        open_page(page, f"{HOME}guide/")
        page.evaluate(EMPTY_STORAGE)

        open_page(page, path_of("en"))
        expect_level(page, "start")
        open_page(page, f"{HOME}settings/")
        expect(page.locator('[name="address"]')).to_have_value("")
        expect(page.locator("[data-unreadable]")).to_be_hidden()
        open_page(page, f"{HOME}records/")
        expect(page.locator("[data-empty]")).to_be_visible()
        assert errors == []
