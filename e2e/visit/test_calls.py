"""Nothing stands between a finger and the dialler, and nothing is asked for."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.door_pages import GOOD, expect_level, expect_logged, fake, flows, open_page, path_of, tick


def test_the_screen_is_kept_awake_from_the_first_tap_and_nothing_is_asked_for(context: BrowserContext) -> None:
    context.add_init_script(fake("watchAsking()"))
    page = open_page(context.new_page(), path_of("en"))
    expect_level(page, "start")
    assert page.evaluate("asked") == []

    tick(page, "ids", "no")
    expect_logged(page, 1)
    assert page.evaluate("asked") == ["wake screen"]

    for check_id, answer in GOOD.items():
        tick(page, check_id, answer)
    page.locator("#step-who [data-say]").click()
    page.keyboard.press("Escape")
    page.locator('[data-danger="threat"]').click()
    page.keyboard.press("Escape")
    expect_logged(page, len(GOOD) + 3)
    assert page.evaluate("asked") == ["wake screen"]

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("asked") == ["wake screen", "wake screen"], "dialling takes the lock away"


def test_an_open_visit_keeps_the_next_page_awake_too(context: BrowserContext) -> None:
    context.add_init_script(fake("watchAsking()"))
    page = open_page(context.new_page(), path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    open_page(page, path_of("en", "family"))

    expect(page.locator("[data-timer]")).to_be_visible()
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
