"""The visit screen with a keyboard and with a screen reader."""

from playwright.sync_api import Page, expect

from e2e.door_pages import BAD, expect_level, locales, open_page, path_of, shipped, tick, words

FOCUSED = """() => {
  const element = document.activeElement;
  const shown = element.type === "radio" ? element.nextElementSibling : element;
  const style = getComputedStyle(shown);
  // Its first line: the middle of a link of two lines may lie beside both.
  const box = shown.getClientRects()[0];
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    name: element.dataset.action || element.dataset.danger || element.dataset.say || element.name || element.className,
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
    in_order = [*BAD, shipped().verdict["start"], *shipped().flows["borrower"].dangers, "left"]
    places = [order.index(name) for name in in_order]
    assert places == sorted(places)


def test_a_check_is_answered_with_the_arrow_keys(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator("#ids-yes").focus()

    page.keyboard.press("Space")
    expect_level(page, "no-warning-yet")
    page.keyboard.press("ArrowDown")

    expect(page.locator("#ids-no")).to_be_checked()
    expect(page.locator("#ids-no")).to_be_focused()
    expect_level(page, "stop")


def test_a_danger_is_reached_opened_and_closed_with_the_keyboard(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator('[data-danger="threat"]').focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name=words("en", "danger.threat.label"))
    expect(panel).to_be_focused()
    inside = []
    for _ in range(12):
        page.keyboard.press("Tab")
        inside.append(page.evaluate("document.activeElement.closest('.panel') !== null"))
        if page.evaluate("document.activeElement === document.body"):
            inside.pop()  # the browser's own controls come between the end and the beginning
    assert inside
    assert all(inside), "the focus is behind the panel"

    page.keyboard.press("Escape")

    expect(panel).to_be_hidden()
    expect(page.locator('[data-danger="threat"]')).to_be_focused()


def test_a_screen_reader_hears_questions_answers_and_the_verdict(page: Page) -> None:
    for locale in locales():
        open_page(page, path_of(locale))
        for check_id in BAD:
            group = page.get_by_role("group", name=words(locale, f"check.{check_id}.ask"), exact=True)
            expect(group.get_by_role("radio")).to_have_count(3)
        snapshot = page.locator("form.checks").aria_snapshot()
        assert f'group "{words(locale, "check.ids.ask")}"' in snapshot
        live = page.locator("[data-verdict]").get_by_role("status")
        expect(live).to_contain_text(words(locale, "verdict.start.title"))

    tick(page, "ids", "no")
    expect(live).to_contain_text(words(locales()[-1], "check.ids.fail"))
    expect(page.get_by_role("timer")).to_be_visible()
    # A clock that ticks inside a live region would talk all the time.
    assert (
        page.evaluate("document.querySelector('[data-timer]').closest('[role=status], [role=alert], [aria-live]')")
        is None
    )
