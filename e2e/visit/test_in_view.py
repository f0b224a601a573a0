"""What a person needs is in view, large enough, and covered by nothing. The first screen has a file of its own."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import PHONE
from e2e.door_pages import (
    REGION,
    every_flow,
    flows,
    is_on_top,
    locales,
    open_page,
    path_of,
    tap_checked,
    tick,
    words,
)

CASES = [pytest.param(locale, flow, id=f"{locale}-{flow}") for locale, flow in every_flow()]
TARGET = 48
# Of answers all four rows have to be in view at once.
ANSWER = 44
CONFIRMATIONS = ("confirmed", "unknown-to-them", "no-answer")


@pytest.mark.parametrize("locale", locales())
def test_the_visit_screen_is_one_tap_from_home(page: Page, locale: str) -> None:
    open_page(page, f"/{REGION}/{locale}/")
    button = page.locator('a[data-action="visit-now"]')
    expect(button).to_be_in_viewport(ratio=1)

    button.click()

    expect(page).to_have_url(re.compile(f"{path_of(locale)}$"))
    expect(page.locator("h1")).to_have_text(words(locale, "flow.borrower.first"))


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_what_to_do_first_and_the_police_are_in_view_without_scrolling(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))
    police = page.locator('.bar a[data-action="call-police"]')
    text = page.locator('.bar a[data-action="text-police"]')
    for part in (page.locator("h1.first"), police, text):
        expect(part).to_be_in_viewport(ratio=1)
        assert is_on_top(part), "something covers it"
    assert police.get_attribute("href") == "tel:110"
    assert (text.get_attribute("href") or "").startswith("sms:12110?")

    for place in (0.5, 1):
        page.evaluate("place => scrollTo(0, place * document.documentElement.scrollHeight)", place)
        assert page.evaluate("scrollY") > 0
        for part in (police, text):
            expect(part).to_be_in_viewport(ratio=1)
            assert is_on_top(part), "something covers it"


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_every_target_is_large_enough_for_a_shaking_thumb(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))

    small = page.evaluate(
        """([target, answer]) => Array.from(document.querySelectorAll("main a, main button, main label, nav a, summary"))
          .filter((part) => part.getClientRects().length > 0 && part.closest(".foot, p.small") === null)
          .map((part) => [part, part.getBoundingClientRect()])
          .filter(([part, box]) => {
            const least = part.closest("fieldset, .verdict") ? answer : target;
            return box.height < least || box.width < answer;
          })
          .map(([part, box]) => `${part.className || part.textContent}: ${Math.round(box.width)}×${Math.round(box.height)}`)
        """,
        [TARGET, ANSWER],
    )

    assert sorted(set(small)) == []


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_every_target_of_a_panel_is_large_enough_too(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))

    small = page.evaluate(
        """(least) => Array.from(document.querySelectorAll(".panel")).flatMap((panel) => {
          location.hash = panel.id;
          return Array.from(panel.querySelectorAll("a, button, label"))
            .filter((part) => part.getClientRects().length > 0)
            .map((part) => [part.className, part.getBoundingClientRect()])
            .filter(([, box]) => box.height < least || box.width < least)
            .map(([name, box]) => `${panel.id}: ${name}: ${Math.round(box.width)}×${Math.round(box.height)}`);
        })""",
        ANSWER,
    )

    assert small == []


def test_the_danger_link_of_the_bar_leads_to_the_dangers_below_the_bar(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator(".bar__danger").click()
    heading = page.locator("#dangers-title")
    expect(heading).to_be_in_viewport(ratio=1)
    assert is_on_top(heading), "the bar covers it"


def test_the_screen_fits_a_narrow_phone_without_scrolling_sideways(page: Page) -> None:
    for flow in flows():
        open_page(page, path_of("en", flow.id))
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{flow.id} is {width} wide"


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("answer", CONFIRMATIONS)
def test_what_the_official_number_said_changes_what_stands_under_the_finger(
    page: Page, locale: str, answer: str
) -> None:
    """The verdict is two windows above: who only saw a button change would think that nothing came of it."""
    open_page(page, path_of(locale))

    tap_checked(page, answer)

    again = page.locator("[data-verdict-again]")
    expect(again.locator(".verdict__title")).to_be_in_viewport(ratio=1)
    expect(again).to_have_text(page.locator("[data-panel]:visible").inner_text(), use_inner_text=True)


def test_what_is_repeated_is_the_verdict_of_the_worst_that_is_known(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")

    tap_checked(page, "confirmed")

    expect(page.locator("[data-verdict-again] .verdict__title")).to_have_text(words("en", "verdict.stop.title"))
