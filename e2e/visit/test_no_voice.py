"""A person who cannot speak or hear: the text first, its words on the screen too, and somebody who calls for them."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from e2e.conftest import eventually
from e2e.door_pages import (
    ADDRESS,
    AREA_CODE,
    ENTERED,
    REGION,
    by_day,
    fake,
    flows,
    is_on_top,
    locales,
    open_page,
    path_of,
    phone_context,
    save_settings,
    shipped,
    words,
)

SPOKEN = shipped().spoken_locale


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url, permissions=["clipboard-read", "clipboard-write"]) as context:
        yield by_day(context)


def open_voice(page: Page, locale: str, flow_id: str = "borrower") -> Locator:
    open_page(page, path_of(locale, flow_id))
    page.locator('a.tile[href="#voice"]').click()
    panel = page.locator("#voice")
    expect(panel).to_be_visible()
    return panel


def message_of(link: Locator) -> tuple[str, str]:
    """The number that a text goes to, and its words."""
    number, _, query = (link.get_attribute("href") or "").partition("?")
    return number, parse_qs(query)["body"][0]


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("flow_id", [flow.id for flow in flows()])
def test_one_tap_on_every_door_page_leads_to_the_text(page: Page, locale: str, flow_id: str) -> None:
    panel = open_voice(page, locale, flow_id)

    for part in (panel.locator('a[data-action="text-police"]'), panel.locator('a[data-action="call-police"]')):
        expect(part).to_be_in_viewport(ratio=1)
        assert is_on_top(part), "something covers it"
    expect(panel.get_by_role("heading")).to_have_text(words(locale, "voice.label"))
    expect(panel.locator(".panel__do")).to_have_text(words(locale, "voice.do"))
    expect(panel.locator(".panel__spoken")).to_have_text(words(SPOKEN, "voice.show"))
    # How the number is made, and what to do when nobody answers.
    expect(panel).to_contain_text(words(locale, "contact.police-text.caution"))
    # The text comes before the call, in the place where every other panel has its call.
    assert panel.locator(".panel__calls a").first.get_attribute("data-action") == "text-police"


@pytest.mark.parametrize("locale", locales())
def test_the_text_holds_the_words_that_the_screen_shows(page: Page, locale: str) -> None:
    save_settings(
        page, locale, address=ADDRESS, area_code=AREA_CODE, person_1_name="妈妈", person_1_number="138 0000 1234"
    )

    panel = open_voice(page, locale)

    expected = words(SPOKEN, "voice.words").replace("{address}", ADDRESS)
    expect(panel.locator("[data-copied-words]")).to_have_text(expected)
    assert message_of(panel.locator('a[data-action="text-police"]')) == ("sms:12110755", expected)
    to, relative = message_of(panel.locator("[data-relative]"))
    assert to == "sms:13800001234"
    assert relative == words(SPOKEN, "voice.relative").replace("{address}", ADDRESS)


def test_without_settings_the_words_leave_a_gap_and_ask_for_nothing(page: Page) -> None:
    panel = open_voice(page, "en")

    expected = words(SPOKEN, "voice.words").replace("{address}", "____")
    expect(panel.locator("[data-copied-words]")).to_have_text(expected)
    assert message_of(panel.locator('a[data-action="text-police"]')) == ("sms:12110", expected)
    assert message_of(panel.locator("[data-relative]"))[0] == "sms:"
    expect(panel.locator('a[href*="settings"]')).to_have_count(0)


@pytest.mark.parametrize("locale", locales())
def test_the_area_code_is_asked_for_beside_the_text_and_goes_into_every_number_at_once(page: Page, locale: str) -> None:
    """A message to the bare number may reach nobody: where the number depends on the place, the place is asked for here."""
    panel = open_voice(page, locale)
    box = panel.get_by_label(words(locale, "voice.area-code"), exact=True)
    expect(box).to_be_in_viewport(ratio=1)
    assert is_on_top(box), "something covers it"
    expect(panel.locator("[data-bare-number]")).to_have_text(words(locale, "contact.police-text.caution"))

    box.press_sequentially(AREA_CODE)

    texts = page.locator('a[data-action="text-police"]')
    expected = words(SPOKEN, "voice.words").replace("{address}", "____")
    assert message_of(panel.locator('a[data-action="text-police"]')) == ("sms:12110755", expected)
    assert {message_of(link)[0] for link in texts.all()} == {"sms:12110755"}
    expect(panel.locator(".call__number").first).to_have_text("12110755")
    # What is whole needs no word on how to complete it.
    expect(panel.locator("[data-bare-number]")).to_be_hidden()
    expect(panel.locator("[data-whole-number]")).to_have_text(words(locale, "voice.next"))
    eventually(lambda: page.evaluate(ENTERED).get("area-code") == AREA_CODE, "the phone keeps it")
    again = open_voice(page, locale)
    assert message_of(again.locator('a[data-action="text-police"]'))[0] == "sms:12110755"
    expect(again.locator("[data-area-code]")).to_be_hidden()


@pytest.mark.parametrize("typed", ["07", "abc", "0"])
def test_an_area_code_that_is_too_short_makes_no_other_number(page: Page, typed: str) -> None:
    panel = open_voice(page, "en")

    panel.locator("[data-area-code] input").press_sequentially(typed)

    assert message_of(panel.locator('a[data-action="text-police"]'))[0] == "sms:12110"


def test_the_words_are_copied_for_a_phone_that_opens_no_message(page: Page) -> None:
    save_settings(page, "en", address=ADDRESS)
    panel = open_voice(page, "en")

    panel.locator("[data-copy-words]").click()

    expect(panel.locator("[data-copy-done]")).to_be_visible()
    expect(panel.locator("[data-copy-failed]")).to_be_hidden()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == words(SPOKEN, "voice.words").replace("{address}", ADDRESS)


def test_where_copying_is_refused_the_panel_says_so(context: BrowserContext) -> None:
    context.add_init_script(
        "Object.defineProperty(Clipboard.prototype, 'writeText', { value: () => Promise.reject(new Error('no')) });"
    )
    panel = open_voice(context.new_page(), "en")

    panel.locator("[data-copy-words]").click()

    expect(panel.locator("[data-copy-failed]")).to_be_visible()
    expect(panel.locator("[data-copy-done]")).to_be_hidden()


def expect_kept(page: Page, kept: str) -> None:
    """The page follows what was said, and the phone holds it for the next one."""
    expect(page.locator("html[data-silent]")).to_have_count(1 if kept else 0)
    eventually(lambda: page.evaluate(ENTERED).get("no-voice") == kept, f"the phone keeps {kept!r}")


def places_of(page: Page) -> list[float]:
    """How far from the left the call and the text stand in the bar, and how far down."""
    boxes = [page.locator(f'.bar a[data-action="{name}"]').bounding_box() for name in ("text-police", "call-police")]
    return [box["x"] + 1000 * box["y"] for box in boxes if box]


@pytest.mark.parametrize("locale", locales())
def test_who_has_said_so_once_is_shown_the_text_first_on_every_door_page(page: Page, locale: str) -> None:
    panel = open_voice(page, locale)
    expect(page.locator("html[data-silent]")).to_have_count(0)
    text, call = places_of(page)
    assert call < text

    panel.get_by_role("checkbox", name=words(locale, "voice.remember")).check()

    expect_kept(page, "yes")
    for flow in flows():
        open_page(page, path_of(locale, flow.id))
        expect(page.locator("html")).to_have_attribute("data-silent", "")
        text, call = places_of(page)
        assert text < call, flow.id
    open_voice(page, locale).locator("[data-voice]").uncheck()
    expect_kept(page, "")
    open_page(page, path_of(locale))
    text, call = places_of(page)
    assert call < text


def test_it_is_kept_with_what_else_the_person_has_entered(page: Page) -> None:
    save_settings(page, "en", address=ADDRESS)
    open_voice(page, "en").locator("[data-voice]").check()
    expect_kept(page, "yes")

    open_page(page, path_of("en"))

    entered = page.evaluate(ENTERED)
    assert (entered["address"], entered["no-voice"]) == (ADDRESS, "yes")
    expect(page.locator("#voice [data-voice]")).to_be_checked()
    save_settings(page, "en", area_code=AREA_CODE)
    open_page(page, path_of("en"))
    expect(page.locator("html")).to_have_attribute("data-silent", "")


def test_where_it_cannot_be_kept_it_still_holds_for_this_page(context: BrowserContext) -> None:
    context.add_init_script(fake("refusePuts()"))
    page = context.new_page()

    open_voice(page, "en").locator("[data-voice]").check()

    expect(page.locator("html")).to_have_attribute("data-silent", "")
    expect(page.locator("[data-voice]")).to_be_checked()


@pytest.mark.parametrize("locale", locales())
def test_home_says_how_the_number_is_made_until_the_area_code_is_known(page: Page, locale: str) -> None:
    home = f"/{REGION}/{locale}/"
    open_page(page, home)
    hint = page.locator(".contacts + [data-bare-number]")
    expect(hint).to_have_text(words(locale, "contact.police-text.caution"))

    save_settings(page, locale, area_code=AREA_CODE)
    open_page(page, home)

    expect(hint).to_be_hidden()
    assert message_of(page.locator('.contacts a[data-action="text-police"]'))[0] == "sms:12110755"
