"""Nothing stands between a finger and the dialler, and nothing is asked for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.conftest import NOON
from e2e.door_pages import (
    GOOD,
    REGION,
    answer_all,
    expect_level,
    expect_logged,
    fake,
    flows,
    is_on_top,
    open_page,
    path_of,
    phone_context,
    tap_checked,
    tap_tile,
    tick,
)


def test_the_screen_is_kept_awake_from_the_first_tap_and_nothing_is_asked_for(context: BrowserContext) -> None:
    context.add_init_script(fake("watchAsking()"))
    page = open_page(context.new_page(), path_of("en"))
    expect_level(page, "start")
    assert page.evaluate("asked") == []

    tick(page, "authorisation", "unsure")
    expect_logged(page, 1)
    assert page.evaluate("asked") == ["wake screen"]

    answer_all(page)
    tap_checked(page, "confirmed")
    tap_tile(page, "scan")
    page.locator("[data-verdict] [data-say]").locator("visible=true").click()
    page.keyboard.press("Escape")
    tap_tile(page, "threat")
    # One of the answers was changed, which is an event of its own.
    expect_logged(page, 1 + len(GOOD) + 1 + 4)
    assert page.evaluate("asked") == ["wake screen"]

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("asked") == ["wake screen", "wake screen"], "dialling takes the lock away"


def test_an_open_visit_keeps_the_next_page_awake_too(context: BrowserContext) -> None:
    context.add_init_script(fake("watchAsking()"))
    page = open_page(context.new_page(), path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    open_page(page, path_of("en", "family"))

    expect(page.locator("[data-log]")).to_be_visible()
    assert page.evaluate("asked") == ["wake screen"]


@pytest.mark.parametrize("flow_id", [flow.id for flow in flows()])
def test_nothing_stands_between_the_finger_and_the_dialler(page: Page, flow_id: str) -> None:
    open_page(page, path_of("en", flow_id))
    page.evaluate("fakes.holdLinks()")

    clicked = page.evaluate(
        """() => {
          const links = document.querySelectorAll("a[href^='tel:'], a[href^='sms:']");
          for (const link of links) link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
          return links.length;
        }"""
    )

    assert clicked >= 2
    assert page.evaluate("stopped") == [False] * clicked


# ---- a tap that opens nothing ----


@pytest.fixture
def standing(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    """A phone whose time stands still until a test moves it."""
    with phone_context(browser, base_url) as context:
        context.clock.install(time=NOON)
        yield context


def open_standing(context: BrowserContext, path: str) -> Page:
    page = open_page(context.new_page(), path)
    page.evaluate("fakes.holdLinks()")
    page.clock.pause_at("2026-11-21T12:10:00+08:00")
    return page


PLACES = {
    "bar": (path_of("en"), '.bar a[data-action="call-police"]', "110"),
    "emergency": (f"{path_of('en')}#danger-ill", '#danger-ill a[data-action="call-ambulance"]', "120"),
    "home": (f"/{REGION}/en/", 'a[data-action="call-police"]', "110"),
    "step": (path_of("en", "official"), '#step-court a[data-action="call-court-line"]', "12368"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_number_that_opened_nothing_is_shown_to_dial_by_hand(standing: BrowserContext, place: str) -> None:
    """As in an app's own browser, which ignores such links."""
    path, link, number = PLACES[place]
    page = open_standing(standing, path)
    digits = page.locator("[data-dial-yourself]")

    page.locator(link).click()
    page.clock.run_for(1900)
    expect(digits).to_be_hidden()
    page.clock.run_for(200)

    expect(digits).to_be_visible()
    shown = digits.locator("[data-digits]")
    expect(shown).to_have_text(number)
    expect(shown).to_be_in_viewport(ratio=1)
    assert is_on_top(shown), "something covers the digits"
    assert is_on_top(digits.locator("button")), "something covers the way to close them"
    digits.locator("button").click()
    expect(digits).to_be_hidden()


def hide(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def blur(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('blur'))")


@pytest.mark.parametrize("leave", [hide, blur])
def test_a_dialler_that_opened_is_not_answered_with_digits(standing: BrowserContext, leave) -> None:
    page = open_standing(standing, path_of("en"))

    page.locator('.bar a[data-action="call-police"]').click()
    leave(page)
    page.clock.run_for(10_000)

    expect(page.locator("[data-dial-yourself]")).to_be_hidden()


def test_a_text_message_is_not_answered_with_digits(standing: BrowserContext) -> None:
    page = open_standing(standing, path_of("en"))

    page.locator('.bar a[data-action="text-police"]').click()
    page.clock.run_for(10_000)

    expect(page.locator("[data-dial-yourself]")).to_be_hidden()
