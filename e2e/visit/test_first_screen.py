"""What is in view before anybody scrolls, and that a number is never far: boxes, measured in both languages and fonts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.audit import VERDICTS, set_window
from e2e.conftest import LOCALES
from e2e.door_pages import (
    AREA_CODE,
    REGION,
    by_day,
    flows,
    open_page,
    path_of,
    phone_context,
    save_settings,
    shipped,
)
from server.guidance.checks.door_length import CAPACITY_MEANING, CAPACITY_READ, CAPACITY_SPOKEN
from tests.js.table import asked_of
from tests.serving import ServerProcess
from tools.fonts import PAIRS, WIDE, FontPair

pytestmark = pytest.mark.browser

OLD, COMMON = (320, 568), (360, 640)
# An old phone whose browser keeps bars of its own.
LOW = (320, 454)
TAP = 44
EMERGENCY = ("110", "120")
LARGEST_HTML = 40_960
# Three windows of an old phone.
LONGEST_PAGE = 1704

in_each_language = pytest.mark.parametrize("locale", LOCALES)
in_each_pair_of_fonts = pytest.mark.parametrize("fonts", PAIRS.values(), ids=PAIRS)
in_both_windows = pytest.mark.parametrize("window", [OLD, COMMON], ids=["320x568", "360x640"])

# Put into the page before its own scripts.
MEASURES = """globalThis.boxes = (() => {
  const name = (element) => `${element.id || element.className || element.localName}: ${element.textContent.trim().slice(0, 30)}`;

  /** The boxes of an element's lines of text. */
  function lines(element) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
      range.selectNodeContents(node);
      found.push(...Array.from(range.getClientRects()).filter((box) => box.width > 0 && box.height > 0));
    }
    return found;
  }

  /** Whether a box lies wholly in the window, and nothing lies over its middle or the middle of its sides. */
  function isFree(element, box) {
    if (box.top < -0.5 || box.left < -0.5 || box.bottom > innerHeight + 0.5 || box.right > innerWidth + 0.5) return false;
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const points = [[x, y], [x, box.top + 3], [x, box.bottom - 3], [box.left + 3, y], [box.right - 3, y]];
    return points.every(([left, top]) => element.contains(document.elementFromPoint(left, top)));
  }

  /** What can be tapped counts with its whole box, what is read with each of its lines. */
  function isInView(element) {
    const boxes = element.matches("a, label, button") ? [element.getBoundingClientRect()] : lines(element);
    return element.checkVisibility() && boxes.length > 0 && boxes.every((box) => isFree(element, box));
  }

  const outOfView = (elements) => elements.filter((element) => !isInView(element)).map(name);

  function tooSmall(elements, least) {
    return elements
      .map((element) => [element, element.getBoundingClientRect()])
      .filter(([, box]) => box.width < least || box.height < least)
      .map(([element, box]) => `${name(element)}: ${box.width}×${box.height}`);
  }

  /** Everything that stays where it is while the page is scrolled, with its height in the window. */
  function bars() {
    return Array.from(document.querySelectorAll("body *"))
      .filter((element) => /fixed|sticky/.test(getComputedStyle(element).position) && element.checkVisibility())
      .map((element) => [element, element.getBoundingClientRect()])
      .map(([element, box]) => [name(element), Math.min(box.bottom, innerHeight) - Math.max(box.top, 0)])
      .filter(([, height]) => height > 0);
  }

  /** Open a panel as its link does, and wait until the page has heard of it. */
  function openPanel(id) {
    return new Promise((resolve) => {
      addEventListener("hashchange", () => resolve(document.getElementById(id)), { once: true });
      location.hash = id;
    });
  }

  const numbers = (place, number = "") => Array.from(place.querySelectorAll(`a[href^="tel:${number}"]`));
  const panels = () => Array.from(document.querySelectorAll(".panel"), (panel) => panel.id);
  const firstAction = (panel) => panel.querySelector(".panel__do, .panel__spoken");

  /** Of each panel: what is wrong with it when nothing is scrolled. */
  async function problemsOfPanels(mustFit) {
    const problems = [];
    for (const id of panels()) {
      const panel = await openPanel(id);
      const tools = panel.querySelector("[data-panel-tools]").getBoundingClientRect();
      if (!numbers(document).some(isInView)) problems.push(`#${id}: no number in view`);
      for (const part of [firstAction(panel), panel.querySelector("[data-close]")]) {
        if (!isInView(part)) problems.push(`#${id}: out of view: ${name(part)}`);
      }
      if (!mustFit) continue;
      const content = Array.from(panel.children).filter((child) => !child.matches("[data-panel-tools], [hidden]"));
      const bottom = Math.max(...content.map((child) => child.getBoundingClientRect().bottom));
      const over = Math.round(bottom - tools.top);
      if (over > 0) problems.push(`#${id}: ${over} px too high`);
      for (const part of outOfView(content)) problems.push(`#${id}: covered: ${part}`);
    }
    return problems;
  }

  return { outOfView, tooSmall, bars, isInView, numbers, panels, problemsOfPanels };
})();"""

Opener = Callable[..., Page]


@pytest.fixture
def fonts() -> FontPair:
    """The widest, where a test does not choose."""
    return WIDE


@pytest.fixture
def open_at(browser_of_fonts: Callable[[FontPair], Browser], fonts: FontPair, base_url: str) -> Iterator[Opener]:
    """Opens a page by day in a window of that size, with text of so many percent and nothing scrolled."""
    with phone_context(browser_of_fonts(fonts), base_url) as context:
        context.add_init_script(MEASURES)
        by_day(context)

        def open_window(path: str, window: tuple[int, int], percent: int = 100) -> Page:
            page = context.new_page()
            set_window(page, *window, percent)
            open_page(page, path)
            assert page.evaluate("[innerWidth, innerHeight, scrollY]") == [*window, 0]
            return page

        yield open_window


def out_of_view(page: Page, *selectors: str) -> list[str]:
    """Which of these are not wholly in view; each selector finds at least one."""
    found: list[str] = []
    for selector in selectors:
        assert page.locator(selector).count() > 0, f"there is no {selector}"
        found += page.locator(selector).evaluate_all("elements => boxes.outOfView(elements)")
    return found


FIRST_CHECK = f"#check-{asked_of(shipped())[0].id}"
CALL = '.bar a[data-action="call-police"]'


# ---- the first screen ----


@in_each_language
@in_each_pair_of_fonts
@in_both_windows
def test_the_numbers_the_four_checks_and_the_sentence_are_in_view_at_once(
    open_at: Opener, locale: str, window: tuple[int, int]
) -> None:
    page = open_at(path_of(locale), window)

    assert page.locator(".check").count() == len(asked_of(shipped())) == 4
    answers = page.locator(".check > label")
    assert answers.count() == 12
    assert answers.evaluate_all("(labels, least) => boxes.tooSmall(labels, least)", TAP) == []
    bar = (CALL, '.bar a[data-action="text-police"]', ".bar__danger")
    checks = (".check legend [aria-hidden]", ".check > label")
    start = '[data-panel="start"]'
    verdict = (f"{start} .verdict__title", f"{start} .say", f"{start} .say > *")
    assert out_of_view(page, *bar, "h1", *checks, *verdict) == []


@in_each_language
@in_each_pair_of_fonts
def test_under_a_browsers_own_bars_the_number_and_the_first_check_are_in_view(open_at: Opener, locale: str) -> None:
    page = open_at(path_of(locale), LOW)

    assert out_of_view(page, CALL, f"{FIRST_CHECK} legend [aria-hidden]", f"{FIRST_CHECK} > label") == []


@in_each_language
@in_each_pair_of_fonts
@in_both_windows
def test_with_text_of_twice_the_size_the_number_and_the_first_check_are_in_view(
    open_at: Opener, locale: str, window: tuple[int, int]
) -> None:
    page = open_at(path_of(locale), window, 200)

    assert out_of_view(page, CALL, f"{FIRST_CHECK} legend [aria-hidden]", f"{FIRST_CHECK} > label") == []


@in_each_language
@in_each_pair_of_fonts
@in_both_windows
def test_with_text_of_twice_the_size_all_bars_together_take_at_most_a_third(
    open_at: Opener, locale: str, window: tuple[int, int]
) -> None:
    """Whatever the verdict is, and wherever the page is scrolled to."""
    page = open_at(path_of(locale), window, 200)
    for level in VERDICTS:
        page.evaluate("(level) => { document.querySelector('[data-verdict]').dataset.verdict = level; }", level)
        for place in (0, 400):
            page.evaluate("(place) => scrollTo(0, place)", place)
            bars: list[list[Any]] = page.evaluate("boxes.bars()")
            assert len(bars) == 2, bars
            assert sum(height for _, height in bars) <= window[1] / 3, f"{level}: {bars}"


@pytest.mark.parametrize("locale", ["en"])
@pytest.mark.parametrize("fonts", [WIDE], ids=["wide"])
def test_the_visit_screen_is_at_most_three_windows_long(open_at: Opener, locale: str) -> None:
    page = open_at(path_of(locale), OLD)

    assert page.evaluate("document.documentElement.scrollHeight") <= LONGEST_PAGE


@in_each_language
def test_the_visit_screen_carries_only_itself(server: ServerProcess, locale: str) -> None:
    status, _, body = server.get(path_of(locale))

    assert status == 200
    assert len(body) <= LARGEST_HTML


@in_each_language
@in_each_pair_of_fonts
@in_both_windows
def test_a_text_number_with_its_area_code_leaves_the_bar_in_one_row(
    open_at: Opener, locale: str, window: tuple[int, int]
) -> None:
    page = open_at(path_of(locale), window)
    save_settings(page, locale, area_code=AREA_CODE)

    open_page(page, path_of(locale))

    expect(page.locator('.bar a[data-action="text-police"] .call__number')).to_have_text("12110755")
    assert len(set(page.locator(".bar > *").evaluate_all("items => items.map((item) => item.offsetTop)"))) == 1


# ---- two taps to a number ----


def is_on_page(page: Page, number: str) -> bool:
    """Return whether the number stands on the page itself, for one tap; it may have to be scrolled to."""
    return any(link.is_visible() for link in page.locator(f'a[href="tel:{number}"]').all())


def is_in_view(page: Page, number: str) -> bool:
    return bool(page.evaluate("(number) => boxes.numbers(document, number).some(boxes.isInView)", number))


def leads_to(page: Page, link: str, number: str) -> bool:
    """Tap a link of this page and return whether the number is then in view, ready for the second tap."""
    path = page.url
    page.locator(link).first.click()
    if "#" in link:
        expect(page.locator(".panel:target, :target").first).to_be_visible()
    else:
        page.wait_for_url(lambda url: url != path)
        expect(page.locator("html")).to_have_attribute("data-js", "")
    found = is_in_view(page, number)
    page.goto(path)
    return found


PLACES = {"home": "", **{flow.id: f"now/{flow.path}/".replace("//", "/") for flow in flows()}}


@in_each_language
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", EMERGENCY)
def test_every_emergency_number_is_two_taps_away_at_most(open_at: Opener, locale: str, place: str, number: str) -> None:
    page = open_at(f"/{REGION}/{locale}/{PLACES[place]}", OLD)
    if is_on_page(page, number):
        return

    links = page.locator("main a:not([href^='tel:']):not([href^='sms:'])").locator("visible=true")
    hrefs = list(dict.fromkeys(link.get_attribute("href") or "" for link in links.all()))
    # First what opens here, then other door pages.
    hrefs.sort(key=lambda href: not href.startswith("#"))

    assert any(leads_to(page, f'main a[href="{href}"]', number) for href in hrefs), f"no way from here to {number}"


# ---- panels ----


@in_each_language
@in_each_pair_of_fonts
@pytest.mark.parametrize("flow_id", [flow.id for flow in flows()])
def test_every_panel_fits_and_keeps_a_number_in_view(open_at: Opener, locale: str, flow_id: str) -> None:
    page = open_at(path_of(locale, flow_id), OLD)
    assert len(page.evaluate("boxes.panels()")) >= 1
    # What only a script can do is shown by it, a moment later.
    expect(page.locator("#voice [data-remember-voice]")).not_to_have_attribute("hidden", "")

    assert page.evaluate("boxes.problemsOfPanels(true)") == []


# Fills a sentence's panel with words of these lengths, and tells how much too high it is.
FILLED_PANEL = """async ([id, parts]) => {
  location.hash = id;
  await new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
  const panel = document.getElementById(id);
  const places = [panel.querySelector(".panel__spoken"), ...panel.querySelectorAll("p:not(.panel__spoken)")];
  parts.forEach(([words, length], at) => { places[at].textContent = words.repeat(length).slice(0, length); });
  const content = Array.from(panel.children).filter((child) => !child.matches("[data-panel-tools], [hidden]"));
  const bottom = Math.max(...content.map((child) => child.getBoundingClientRect().bottom));
  return bottom - panel.querySelector("[data-panel-tools]").getBoundingClientRect().top;
}"""
SPOKEN = ("请你们离开我家，不要再敲门。", 3, CAPACITY_SPOKEN)
SPOKEN_LATIN = ("Please leave my home and do not knock again. ", 2, CAPACITY_SPOKEN)
READ = ("qǐng nǐmen líkāi wǒ jiā, bú yào zài qiāo mén. ", 2, CAPACITY_READ)
MEANING = ("Please leave my home and do not knock again. ", 2, CAPACITY_MEANING)


@in_each_pair_of_fonts
@pytest.mark.parametrize(
    "parts",
    [
        [(SPOKEN, 1), (READ, 0), (MEANING, 0)],
        [(SPOKEN_LATIN, 1), (READ, 0), (MEANING, 0)],
        [(SPOKEN, 0.5), (READ, 0), (MEANING, 0.5)],
        [(SPOKEN, 0.4), (READ, 0.25), (MEANING, 0.35)],
        [(SPOKEN, 0.3), (READ, 0.3), (MEANING, 0.4)],
    ],
    ids=["Chinese", "Latin", "with its meaning", "with all", "a short one with all"],
)
def test_a_sentence_as_long_as_the_checker_lets_pass_fits_its_panel(
    open_at: Opener, fonts: FontPair, parts: list[tuple[tuple[str, int, int], float]]
) -> None:
    page = open_at(path_of("en"), OLD)
    panel = page.locator(".panel--say:has(.panel__read)").first.get_attribute("id")
    lengths = [(words, int(capacity * share / units)) for (words, units, capacity), share in parts]

    assert page.evaluate(FILLED_PANEL, [panel, lengths]) <= 0
    page.evaluate("location.hash = 'main'")
    much_more = [(words, length * 3 // 2) for words, length in lengths]
    assert page.evaluate(FILLED_PANEL, [panel, much_more]) > 0, "the checker would warn of what fits well"


@in_each_language
@in_each_pair_of_fonts
@pytest.mark.parametrize("flow_id", [flow.id for flow in flows()])
def test_with_text_of_twice_the_size_every_panel_keeps_its_number_its_first_action_and_the_way_back_in_view(
    open_at: Opener, locale: str, flow_id: str
) -> None:
    page = open_at(path_of(locale, flow_id), OLD, 200)

    assert page.evaluate("boxes.problemsOfPanels(false)") == []
