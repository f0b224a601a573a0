"""The visit screen with a keyboard and with a screen reader."""

from playwright.sync_api import Page, expect

from e2e.door_pages import BAD, GOOD, expect_level, locales, open_page, path_of, shipped, tick, words

FOCUSED = """() => {
  const element = document.activeElement;
  const shown = element.type === "radio" ? element.nextElementSibling : element;
  const style = getComputedStyle(shown);
  // Its first line: the middle of a link of two lines may lie beside both.
  const box = shown.getClientRects()[0];
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    name: element.dataset.action || element.dataset.tile || element.dataset.say || element.name || element.className,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inView: top !== null && (shown === top || shown.contains(top)),
  };
}"""


def test_everything_is_reached_with_the_tab_key_and_shows_that_it_is(page: Page) -> None:
    open_page(page, path_of("en"))
    order: list[str] = []
    for _ in range(300):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if order and page.evaluate("document.activeElement === document.body"):
            break
        order.append(focused["name"])
        assert focused["ring"], f"no ring around {focused}"
        assert focused["inView"], f"covered or out of view: {focused}"
        if focused["name"] == "left":
            break
    assert order[0] == "skip"
    assert order[1:4] == ["call-police", "text-police", "bar__danger"]
    tiles = [*shipped().flows["borrower"].dangers, *shipped().tiles]
    in_order = [*BAD, shipped().verdict["start"], *tiles, "checked", "left"]
    places = [order.index(name) for name in in_order]
    assert places == sorted(places)


def test_a_check_is_answered_with_the_arrow_keys(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator("#ids-yes").focus()

    page.keyboard.press("Space")
    expect(page.locator("#ids-yes")).to_be_checked()
    expect_level(page, "start")
    page.keyboard.press("ArrowDown")

    expect(page.locator("#ids-no")).to_be_checked()
    expect(page.locator("#ids-no")).to_be_focused()
    expect_level(page, "stop")


# Where the Tab key is: in the panel, or on something else that can be seen and tapped.
REACHED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const box = element.getClientRects()[0];
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const place = element.closest(".panel, .bar");
  return { place: place ? place.className : element.className, seen: element === top || element.contains(top) };
}"""


def stops_of(page: Page) -> list[dict[str, object]]:
    """Where twelve presses of the Tab key lead; the browser's own controls come between the end and the beginning."""
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(REACHED))
    return [stop for stop in stops if stop]


def test_a_danger_is_reached_opened_and_closed_with_the_keyboard(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator('[data-danger="threat"]').focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name=words("en", "danger.threat.label"))
    expect(panel).to_be_focused()

    stops = stops_of(page)

    assert {stop["place"] for stop in stops} == {"panel panel--danger"}, "the focus is behind the panel"
    assert [stop for stop in stops if not stop["seen"]] == []
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator('[data-danger="threat"]')).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)


def test_who_cannot_speak_stays_in_the_panel_with_the_keyboard_too(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator('a.tile[href="#voice"]').focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name=words("en", "voice.label"))
    expect(panel).to_be_focused()

    stops = stops_of(page)

    assert {stop["place"] for stop in stops} == {"panel"}, "the focus is behind the panel"
    page.keyboard.press("Escape")
    expect(page.locator('a.tile[href="#voice"]')).to_be_focused()


def test_a_sentence_leaves_the_bar_within_reach_of_the_keyboard_and_nothing_else(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator("[data-verdict] [data-say]").locator("visible=true").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#say-{shipped().verdict['start']}")).to_be_focused()

    stops = stops_of(page)

    assert {stop["place"] for stop in stops} == {"panel panel--say", "bar"}
    assert [stop for stop in stops if not stop["seen"]] == []


def test_the_danger_link_of_the_bar_leads_out_of_a_panel_to_the_dangers(page: Page) -> None:
    """The keyboard goes on from there, not from the link that had opened the panel."""
    open_page(page, path_of("en"))
    page.locator("[data-verdict] [data-say]").locator("visible=true").click()
    expect(page.locator(f"#say-{shipped().verdict['start']}")).to_be_focused()

    page.locator(".bar__danger").click()

    expect(page.locator("#dangers-title")).to_be_in_viewport(ratio=1)
    expect(page.locator("[inert]")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator("[data-tile]").first).to_be_focused()


def test_a_new_visit_begins_at_the_top_for_the_keyboard_too(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    page.locator("[data-new-visit]").focus()

    page.keyboard.press("Enter")

    expect_level(page, "start")
    page.keyboard.press("Tab")
    expect(page.locator(f"#{next(iter(GOOD))}-yes")).to_be_focused()


def test_a_screen_reader_hears_questions_answers_and_the_verdict(page: Page) -> None:
    for locale in locales():
        open_page(page, path_of(locale))
        for check_id in BAD:
            group = page.get_by_role("group", name=words(locale, f"check.{check_id}.ask"), exact=True)
            expect(group.get_by_role("radio")).to_have_count(3)
        snapshot = page.locator("form.checks").aria_snapshot()
        assert f'group "{words(locale, "check.ids.ask")}"' in snapshot
        # The short label of a row is for the eye only.
        assert words(locale, "check.ids.short") not in snapshot
        live = page.locator("[data-verdict]").get_by_role("status")
        expect(live).to_contain_text(words(locale, "verdict.start.title"))

    tick(page, "ids", "no")
    expect(live).to_contain_text(words(locales()[-1], "check.ids.fail"))
