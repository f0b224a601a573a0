"""The prepared message: it leaves the phone only by the button, and the page says what has become of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.door_pages import by_day, locales, open_page, path_of, phone_context, shipped

WITH_MESSAGE = [(flow.id, step.id) for flow in shipped().flows.values() for step in flow.steps if step.message]
SHARE = """Object.defineProperty(Navigator.prototype, "share", {
  configurable: true,
  value: (data) => { globalThis.shared = data.text; return %s; },
});"""
NO_SHARE = "delete Navigator.prototype.share;"
NO_COPY = "Object.defineProperty(Clipboard.prototype, 'writeText', { value: () => Promise.reject(new Error('no')) });"


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url, permissions=["clipboard-read", "clipboard-write"]) as context:
        yield by_day(context)


def send(context: BrowserContext, script: str, flow: str = "family", step: str = "tell", locale: str = "en") -> Page:
    """Press the button on a phone of that kind."""
    context.add_init_script(script)
    page = open_page(context.new_page(), path_of(locale, flow))
    page.locator(f"#step-{step} [data-share-message]").click()
    return page


def expect_said(page: Page, said: str | None) -> None:
    """Of what may have become of it only this is said."""
    for one in ("share-done", "share-failed"):
        expect(page.locator(f"[data-{one}]").locator("visible=true")).to_have_count(1 if one == said else 0)


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize(("flow", "step"), WITH_MESSAGE)
def test_the_message_is_handed_to_the_phones_own_list(
    context: BrowserContext, locale: str, flow: str, step: str
) -> None:
    page = send(context, SHARE % "Promise.resolve()", flow, step, locale)

    shown = page.locator(f"#step-{step} [data-message]").text_content()
    assert page.evaluate("shared") == shown
    assert "2026-11-21 12:00" in (shown or "")
    expect_said(page, None)


def test_who_closes_the_phones_list_again_is_told_nothing(context: BrowserContext) -> None:
    page = send(context, SHARE % 'Promise.reject(new DOMException("", "AbortError"))')

    assert page.evaluate("shared")
    expect_said(page, None)


@pytest.mark.parametrize("script", [NO_SHARE, SHARE % 'Promise.reject(new DOMException("", "NotAllowedError"))'])
def test_a_phone_that_shares_nothing_copies_and_says_so(context: BrowserContext, script: str) -> None:
    page = send(context, script)

    expect(page.locator("[data-share-done]")).to_be_visible()
    expect_said(page, "share-done")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("[data-message]").text_content()


def test_a_phone_that_does_neither_says_so(context: BrowserContext) -> None:
    page = send(context, NO_SHARE + NO_COPY)

    expect(page.locator("[data-share-failed]")).to_be_visible()
    expect_said(page, "share-failed")
