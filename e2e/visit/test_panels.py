"""The way into panels and back out of them."""

import re

from playwright.sync_api import Page, expect

from e2e.door_pages import open_page, path_of, words


def test_the_way_back_through_two_panels_ends_where_it_began(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator('[data-danger="threat"]').click()
    danger = page.locator("#danger-threat")
    danger.locator('a[href^="#why-"]').click()
    why = page.locator(".panel--why").locator("visible=true")
    expect(why).to_have_count(1)
    expect(danger).to_be_hidden()

    page.keyboard.press("Escape")
    expect(danger).to_be_visible()
    expect(danger.locator('a[href^="#why-"]')).to_be_focused()
    page.keyboard.press("Escape")
    expect(danger).to_be_hidden()
    expect(page.locator('[data-danger="threat"]')).to_be_focused()


def test_a_panel_opened_by_its_address_closes_to_the_page(page: Page) -> None:
    open_page(page, f"{path_of('en')}#danger-threat")
    panel = page.locator("#danger-threat")
    expect(panel).to_be_visible()
    panel.locator("[data-close]").click()
    expect(panel).to_be_hidden()
    expect(page.locator("#dangers")).to_be_in_viewport()

    page.goto(f"{path_of('en')}?again#say-who-is-it")
    expect(page.locator("#say-who-is-it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#say-who-is-it")).to_be_hidden()


# Two taps and a key before the page hears of the first of them: it hears of such changes only afterwards.
TWO_TAPS_AND_ESCAPE = """() => {
  document.querySelector('[data-danger="threat"]').click();
  document.querySelector('#danger-threat a[href^="#why-"]').click();
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
}"""


def test_hasty_fingers_find_the_way_back_through_two_panels_too(page: Page) -> None:
    open_page(page, path_of("en"))

    page.evaluate(TWO_TAPS_AND_ESCAPE)

    expect(page.locator("#danger-threat")).to_be_visible()
    expect(page.locator('#danger-threat a[href^="#why-"]')).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('[data-danger="threat"]')).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)


def test_no_way_out_of_panels_leads_away_from_the_page(page: Page) -> None:
    """A page opened at a danger, by a shared link: behind its panel there is nothing to go back to but another page."""
    open_page(page, path_of("en", "family"))
    open_page(page, f"{path_of('en')}#danger-threat")
    danger = page.locator("#danger-threat")
    danger.locator('a[href^="#why-"]').click()
    why = page.locator(".panel--why").locator("visible=true")
    why.locator("[data-close]").click()
    expect(danger.locator('a[href^="#why-"]')).to_be_focused()

    danger.locator("[data-close]").click()

    expect(danger).to_be_hidden()
    expect(page.locator("#dangers")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"{path_of('en')}#dangers$"))
    page.locator('[data-danger="threat"]').click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(danger).to_be_hidden()
    expect(page).to_have_url(re.compile(f"{path_of('en')}#dangers$"))


def test_every_panel_is_a_dialog_with_a_name(page: Page) -> None:
    open_page(page, path_of("en"))
    unnamed = page.evaluate(
        """() => Array.from(document.querySelectorAll(".panel")).filter((panel) => {
          const title = document.getElementById(panel.getAttribute("aria-labelledby"));
          return panel.getAttribute("role") !== "dialog" || !title || !title.textContent.trim();
        }).map((panel) => panel.id)"""
    )
    assert unnamed == []
    page.locator("#step-who [data-say]").click()
    expect(page.get_by_role("dialog", name=words("zh-Hans", "say.who-is-it"))).to_be_visible()
