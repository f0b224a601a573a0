"""The way into panels and back out of them."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.door_pages import every_flow, open_page, path_of, shipped, words

CASES = [pytest.param(locale, flow, id=f"{locale}-{flow}") for locale, flow in every_flow()]
FIRST = shipped().verdict["start"]


def open_over(page: Page, panel: str) -> Locator:
    """Open a panel by its address while another one is open."""
    page.evaluate("(id) => { location.hash = id; }", panel)
    opened = page.locator(f"#{panel}")
    expect(opened).to_be_focused()
    return opened


def test_the_way_back_through_two_panels_ends_where_it_began(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator('[data-danger="threat"]').click()
    danger = page.locator("#danger-threat")
    expect(danger).to_be_focused()
    say = open_over(page, f"say-{FIRST}")
    expect(danger).to_be_hidden()

    page.keyboard.press("Escape")
    expect(danger).to_be_visible()
    expect(danger).to_be_focused()
    expect(say).to_be_hidden()
    page.keyboard.press("Escape")
    expect(danger).to_be_hidden()
    expect(page.locator('[data-danger="threat"]')).to_be_focused()


def test_a_panel_opened_by_its_address_closes_to_the_page(page: Page) -> None:
    open_page(page, f"{path_of('en')}#danger-threat")
    panel = page.locator("#danger-threat")
    expect(panel).to_be_visible()
    panel.locator("[data-close]").click()
    expect(panel).to_be_hidden()
    expect(page.locator("h1")).to_be_in_viewport(ratio=1)
    expect(page.locator("[inert]")).to_have_count(0)

    page.goto(f"{path_of('en')}?again#say-{FIRST}")
    expect(page.locator(f"#say-{FIRST}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f"#say-{FIRST}")).to_be_hidden()


# A tap and a key before the page hears of the tap: it hears of such changes only afterwards.
TAP_AND_ESCAPE = """() => {
  document.querySelector('[data-danger="threat"]').click();
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
}"""
TWO_PANELS_AND_ESCAPE = f"""() => {{
  document.querySelector('[data-danger="threat"]').click();
  location.hash = "say-{FIRST}";
  document.dispatchEvent(new KeyboardEvent("keydown", {{ key: "Escape" }}));
}}"""


def test_hasty_fingers_find_the_way_back(page: Page) -> None:
    open_page(page, path_of("en"))

    page.evaluate(TAP_AND_ESCAPE)

    expect(page.locator("#danger-threat")).to_be_hidden()
    expect(page.locator('[data-danger="threat"]')).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)


def test_hasty_fingers_find_the_way_back_through_two_panels_too(page: Page) -> None:
    open_page(page, path_of("en"))

    page.evaluate(TWO_PANELS_AND_ESCAPE)

    expect(page.locator("#danger-threat")).to_be_visible()
    expect(page.locator("#danger-threat")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('[data-danger="threat"]')).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)


def test_no_way_out_of_panels_leads_away_from_the_page(page: Page) -> None:
    """A page opened at a danger, by a shared link: behind its panel there is nothing to go back to but another page."""
    open_page(page, path_of("en", "family"))
    open_page(page, f"{path_of('en')}#danger-threat")
    danger = page.locator("#danger-threat")
    say = open_over(page, f"say-{FIRST}")
    say.locator("[data-close]").click()
    expect(danger).to_be_focused()

    danger.locator("[data-close]").click()

    expect(danger).to_be_hidden()
    expect(page).to_have_url(re.compile(f"{path_of('en')}#main$"))
    page.locator('[data-danger="threat"]').click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(danger).to_be_hidden()
    expect(page).to_have_url(re.compile(f"{path_of('en')}#main$"))


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_every_panel_is_a_dialog_with_a_name_of_its_own(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))

    names = page.evaluate(
        """() => Array.from(document.querySelectorAll(".panel"), (panel) => {
          const title = document.getElementById(panel.getAttribute("aria-labelledby"));
          const is = [panel.getAttribute("role"), panel.getAttribute("aria-modal"), panel.tabIndex].join(" ");
          return [panel.id, is, title && panel.contains(title) ? title.textContent.trim() : ""];
        })"""
    )

    assert names
    assert [one for one in names if one[1] != "dialog true -1"] == []
    titles = [name for _, _, name in names]
    assert all(titles)
    assert len(set(titles)) == len(titles), "two panels have one name"


def test_a_sentence_is_named_by_its_own_words(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator("[data-verdict] [data-say]").locator("visible=true").click()
    expect(page.get_by_role("dialog", name=words("zh-Hans", f"say.{FIRST}"))).to_be_visible()


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_the_one_way_back_stands_in_the_panel_that_is_open(page: Page, locale: str, flow_id: str) -> None:
    """A button to speak only where there is a sentence to speak."""
    open_page(page, path_of(locale, flow_id))
    tools = page.locator("[data-panel-tools]")
    expect(tools).to_have_count(1)
    expect(tools).to_be_hidden()
    for panel in page.evaluate("Array.from(document.querySelectorAll('.panel'), (panel) => panel.id)"):
        page.evaluate("(id) => { location.hash = id; }", panel)
        opened = page.locator(f"#{panel}")
        expect(opened.locator("[data-panel-tools] [data-close]")).to_be_in_viewport(ratio=1)
        speaks = opened.locator(".panel__spoken").count() == 1 and panel != "voice"
        expect(opened.locator("[data-speak]")).to_be_visible(visible=speaks)
        expect(opened.locator("[data-speak-failed]")).to_be_hidden()
    page.evaluate("() => { location.hash = 'main'; }")
    expect(tools).to_be_hidden()


@pytest.mark.parametrize("locale", ["zh-Hans", "en"])
def test_the_sentence_for_the_visitors_stands_before_the_words_for_the_phone(page: Page, locale: str) -> None:
    """“Say it once” must not lead to what is meant for the police."""
    open_page(page, path_of(locale))
    spoken = page.locator(".panel--danger:has([data-say])")
    assert spoken.count() > 0

    for panel in spoken.all():
        parts = panel.locator("[data-say], [data-operator]").evaluate_all("parts => parts.map((part) => part.dataset)")
        assert ["say" in part for part in parts] == [True, False]
        weights = panel.locator(".say__spoken").evaluate_all(
            "all => all.map((one) => getComputedStyle(one).fontWeight)"
        )
        assert weights == ["700"]
