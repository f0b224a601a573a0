"""What a person enters, and the log of visits: kept on the phone, filled in where it is needed, removed when asked."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from e2e.conftest import KEYS, Phone, eventually, wait_ready
from e2e.door_pages import (
    ADDRESS,
    ENTERED,
    REGION,
    by_day,
    expect_logged,
    fake,
    locales,
    open_page,
    path_of,
    phone_context,
    save_settings,
    stored,
    tick,
    words,
)
from tests.serving import ServerProcess

SETTINGS = f"/{REGION}/en/settings/"
RECORDS = f"/{REGION}/en/records/"
COUNT_PERSIST = """window.persisted = 0;
Object.defineProperty(StorageManager.prototype, "persist", {
  value: () => { window.persisted += 1; return Promise.resolve(false); } });"""


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url, permissions=["clipboard-read", "clipboard-write"]) as context:
        yield by_day(context)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


# ---- what the person enters ----


@pytest.mark.parametrize(
    ("area_code", "number"),
    [
        ("010", "12110010"),
        ("0755", "12110755"),
        ("020", "12110020"),
        ("", "12110"),
        ("7", "12110"),
        ("10", "12110"),
    ],
)
def test_the_area_code_completes_the_number_for_text_messages(page: Page, area_code: str, number: str) -> None:
    save_settings(page, "en", area_code=area_code)
    for path in (f"/{REGION}/en/", path_of("en"), path_of("zh-Hans", "elder")):
        open_page(page, path)
        link = page.locator('a[data-action="text-police"]').first
        expect(link).to_have_attribute("href", re.compile(rf"^sms:{number}\?"))
        expect(link.locator(".call__number")).to_have_text(number)


def test_what_was_entered_is_there_again_and_in_every_language(page: Page) -> None:
    save_settings(page, "en", address=ADDRESS, area_code="0755", person_1_name="妈妈", person_1_number="138 0000 1234")
    for locale in locales():
        open_page(page, f"/{REGION}/{locale}/settings/")
        expect(page.locator('[name="address"]')).to_have_value(ADDRESS)
        expect(page.locator('[name="area-code"]')).to_have_value("0755")
        expect(page.locator('[name="person-1-name"]')).to_have_value("妈妈")
        expect(page.locator('[name="person-2-name"]')).to_have_value("")
        expect(page.locator("[data-saved]")).to_be_hidden()


def test_the_setting_explains_itself(page: Page) -> None:
    for locale in locales():
        open_page(page, f"/{REGION}/{locale}/settings/")
        field = page.get_by_label(words(locale, "setting.area-code.label"))
        assert field.get_attribute("aria-describedby") == "area-code-help"
        expect(page.locator("#area-code-help")).to_have_text(words(locale, "setting.area-code.help"))


def test_what_is_no_area_code_is_not_kept(page: Page) -> None:
    open_page(page, SETTINGS)
    page.locator('[name="area-code"]').fill("x1")
    page.locator('form[data-settings] [type="submit"]').click()
    expect(page.locator("[data-saved]")).to_be_hidden()
    assert page.evaluate("document.querySelector('[name=\"area-code\"]').validity.patternMismatch")


def test_saved_people_are_one_tap_away_for_a_child_and_an_old_person(page: Page) -> None:
    save_settings(
        page,
        "en",
        person_1_name="Mum",
        person_1_number="+86 138-0000-1234",
        person_2_number="(0755) 2345 678",
        person_3_name="nobody, without a number",
    )
    for flow in ("child", "elder"):
        open_page(page, path_of("en", flow))
        people = page.locator("[data-call-list] a")
        expect(people).to_have_text(["Mum", "07552345678"])
        assert [link.get_attribute("href") for link in people.all()] == ["tel:+8613800001234", "tel:07552345678"]
        expect(people.first).to_be_in_viewport(ratio=1)


def test_without_people_no_list_is_announced_and_the_foot_leads_to_where_they_are_added(page: Page) -> None:
    open_page(page, path_of("en", "child"))
    eventually(lambda: page.evaluate(ENTERED) == {}, "the phone has been asked")
    expect(page.locator("[data-call-list]")).to_have_count(1)
    expect(page.locator("section.people")).to_be_hidden()

    page.locator(".foot a").last.click()

    expect(page).to_have_url(re.compile(r"/settings/$"))
    expect(page.locator('#people [name="person-1-number"]')).to_be_visible()


def message_of(link: Locator) -> str:
    """Return the words that a link would put into a text message."""
    return parse_qs((link.get_attribute("href") or "").split("?", 1)[1])["body"][0]


JUNK = '<img src=x onerror="window.hit=1"><b>{address}</b>$&$`&quot;"\'%0A🙂'


def test_what_looks_like_html_is_only_text(context: BrowserContext) -> None:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    save_settings(page, "en", address=JUNK, person_1_name=JUNK[:30], person_1_number="javascript:alert(1)")
    save_settings(page, "en", person_2_name="code", person_2_number="*#06#", person_3_number="';--")

    open_page(page, path_of("en", "child"))
    expect(page.locator("[data-call-list] a")).to_have_text([JUNK[:30], "code"])
    hrefs = [link.get_attribute("href") for link in page.locator("[data-call-list] a").all()]
    assert hrefs == ["tel:1", "tel:06"]
    assert page.locator("[data-call-list] img, [data-call-list] b").count() == 0
    page.locator('[data-danger="scared"]').click()
    panel = page.locator("#danger-scared")
    for place in panel.locator("[data-own-address]").all():
        expect(place).to_have_text(JUNK)
    expect(panel.locator("[data-operator]")).to_contain_text(JUNK)
    assert panel.locator("img").count() == 0
    for text in (page.locator('.bar a[data-action="text-police"]'), panel.locator('a[data-action="text-police"]')):
        assert JUNK in message_of(text)
    assert "hit" not in page.evaluate("Object.keys(window)")
    assert errors == []


def test_words_with_a_percent_sign_still_get_the_address(page: Page) -> None:
    """The words of a text message stand in the page as a person writes them."""
    save_settings(page, "en", address=ADDRESS)

    def write_percent(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("?&amp;body=", "?&amp;body=100 % "))

    page.route(f"**{path_of('en')}", write_percent)
    open_page(page, path_of("en"))

    expect(page.locator("[data-own-address]").first).to_have_text(ADDRESS)
    message = message_of(page.locator('.bar a[data-action="text-police"]'))
    assert message.startswith("100 % ")
    assert ADDRESS in message


def test_an_address_that_could_not_be_kept_is_said_to_be_lost(context: BrowserContext) -> None:
    page = context.new_page()
    save_settings(page, "en", address="the old one")
    context.add_init_script(fake("refusePuts()"))
    open_page(page, SETTINGS)
    expect(page.locator('[name="address"]')).to_have_value("the old one")
    page.locator('[name="address"]').fill("the new one")
    page.locator('form[data-settings] [type="submit"]').click()

    expect(page.locator("[data-save-failed]")).to_be_visible()
    expect(page.locator("[data-saved]")).to_be_hidden()

    other = open_page(context.new_page(), SETTINGS)
    expect(other.locator('[name="address"]')).to_have_value("the old one")


def test_what_is_typed_before_the_phone_has_read_its_entries_stays(context: BrowserContext) -> None:
    page = context.new_page()
    save_settings(page, "en", address="the old one", area_code="010")
    context.add_init_script(fake("holdStorage()"))
    open_page(page, SETTINGS)
    page.locator('[name="address"]').fill("the new one")

    page.evaluate("() => storage.letGo()")

    expect(page.locator('[name="area-code"]')).to_have_value("010")
    expect(page.locator('[name="address"]')).to_have_value("the new one")


def test_what_is_kept_before_the_phone_has_read_its_entries_removes_none_of_them(context: BrowserContext) -> None:
    page = context.new_page()
    save_settings(page, "en", address="the old one", area_code="010")
    context.add_init_script(fake("holdStorage()"))
    open_page(page, SETTINGS)
    page.locator('[name="address"]').fill("the new one")
    page.evaluate("() => { storage.holds = false; }")
    page.locator('form[data-settings] [type="submit"]').click()
    expect(page.locator("[data-saved]")).to_be_visible()

    page.evaluate("() => storage.letGo()")

    expect(page.locator('[name="area-code"]')).to_have_value("010")
    other = open_page(context.new_page(), path_of("en"))
    other.evaluate("() => storage.letGo()")
    expect(other.locator("[data-own-address]").first).to_have_text("the new one")
    expect(other.locator(".bar .call__number").nth(1)).to_have_text("12110010")


def test_what_is_typed_while_the_phone_writes_is_not_said_to_be_kept(context: BrowserContext) -> None:
    context.add_init_script(fake("holdStorage()"))
    page = open_page(context.new_page(), SETTINGS)
    page.evaluate("() => storage.letGo()")
    page.evaluate("() => { storage.holds = true; }")
    page.locator('[name="address"]').fill("door 5")
    page.locator('form[data-settings] [type="submit"]').click()
    page.locator('[name="address"]').fill("door 55")

    page.evaluate("() => storage.letGo()")

    eventually(lambda: page.evaluate(ENTERED).get("address") == "door 5", "the first words are stored")
    expect(page.locator("[data-saved]")).to_be_hidden()
    page.locator('form[data-settings] [type="submit"]').click()
    expect(page.locator("[data-saved]")).to_be_visible()
    assert page.evaluate(ENTERED)["address"] == "door 55"


def test_the_browser_is_asked_to_keep_the_copy_only_after_the_person_has_acted(context: BrowserContext) -> None:
    context.add_init_script(COUNT_PERSIST)
    page = context.new_page()
    for path in (f"/{REGION}/en/", path_of("en"), f"/{REGION}/en/install/", RECORDS, SETTINGS):
        open_page(page, path)
        assert page.evaluate("persisted") == 0, path
    page.locator('[name="address"]').fill(ADDRESS)
    assert page.evaluate("persisted") == 0

    page.locator('form[data-settings] [type="submit"]').click()

    expect(page.locator("[data-saved]")).to_be_visible()
    assert page.evaluate("persisted") == 1


def test_everything_entered_can_be_removed(page: Page) -> None:
    save_settings(page, "en", address=ADDRESS, area_code="010", person_1_name="Mum", person_1_number="1")
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    open_page(page, SETTINGS)
    assert stored(page) == {"settings": 1, "visits": 1, "events": 2}
    expect(page.locator("[data-erase-yes]")).to_be_hidden()
    page.locator("[data-erase]").click()
    assert stored(page) == {"settings": 1, "visits": 1, "events": 2}, "one tap alone removes nothing"

    page.locator("[data-erase-yes]").click()

    expect(page.locator("[data-erased]")).to_be_visible()
    assert stored(page) == {"settings": 0, "visits": 0, "events": 0}
    expect(page.locator('[name="address"]')).to_have_value("")
    open_page(page, path_of("en"))
    expect(page.locator("[data-log]")).to_be_hidden()
    expect(page.locator("[data-own-address]").first).to_have_text("____")
    expect(page.locator(".bar .call__number").nth(1)).to_have_text("12110")


def test_another_language_is_kept_when_it_is_asked_for(phone: Phone, server: ServerProcess) -> None:
    page = phone.open()
    page.goto(f"{server.url}{SETTINGS}")
    wait_ready(page)
    own, other = page.locator(f'[data-keep="{KEYS[1]}"]'), page.locator(f'[data-keep="{KEYS[0]}"]')
    expect(own).to_be_checked()
    expect(own).to_be_disabled()
    expect(other).not_to_be_checked()

    other.check()

    item = page.locator("li", has=other)
    expect(item.locator('[data-keep-state="ready"]')).to_be_visible()
    page.reload()
    expect(other).to_be_checked()
    phone.context.set_offline(True)
    page.goto(f"{server.url}{path_of('zh-Hans')}")
    expect(page.locator("h1")).to_have_text(words("zh-Hans", "flow.borrower.first"))


# ---- the log ----


def log_a_visit(page: Page, check: str) -> None:
    open_page(page, path_of("en"))
    tick(page, check, "no")
    expect_logged(page, 1)
    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/after/")


def test_an_empty_log_says_that_it_is_empty(page: Page) -> None:
    open_page(page, RECORDS)
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("[data-unreadable]")).to_be_hidden()
    expect(page.locator("[data-needs-script]")).to_be_hidden()


def test_a_visit_is_copied_as_text_with_its_times(page: Page) -> None:
    log_a_visit(page, "ids")
    open_page(page, RECORDS)
    expect(page.locator("[data-empty]")).to_be_hidden()

    page.locator("[data-copy]").click()

    expect(page.locator("[data-copied]")).to_be_visible()
    at = "2026-11-21 12:00:00+08:00"
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == [
        f"{at}  Log started",
        f"{at}  {words('en', 'check.ids.ask')} No",
        f"{at}  They have gone",
    ]


def test_where_copying_is_refused_the_text_is_marked(context: BrowserContext) -> None:
    context.add_init_script(
        "Object.defineProperty(Clipboard.prototype, 'writeText', { value: () => Promise.reject(new Error('no')) });"
    )
    page = context.new_page()
    log_a_visit(page, "ids")
    open_page(page, RECORDS)

    page.locator("[data-copy]").click()

    eventually(lambda: "They have gone" in page.evaluate("String(getSelection())"), "the text is marked")
    expect(page.locator("[data-copied]")).to_be_hidden()


def test_one_visit_is_removed_and_the_others_stay(page: Page) -> None:
    log_a_visit(page, "ids")
    log_a_visit(page, "two-staff")
    open_page(page, RECORDS)
    visits = page.locator("[data-visits] article")
    expect(visits).to_have_count(2)
    newest = visits.first
    expect(newest).to_contain_text(words("en", "check.two-staff.ask"))
    newest.locator("[data-remove]").click()
    expect(visits).to_have_count(2)

    newest.locator("[data-remove-yes]").click()

    expect(visits).to_have_count(1)
    expect(visits).to_contain_text(words("en", "check.ids.ask"))
    page.reload()
    expect(visits).to_have_count(1)
    assert stored(page)["events"] == 3
    visits.locator("[data-remove]").click()
    visits.locator("[data-remove-yes]").click()
    expect(page.locator("[data-empty]")).to_be_visible()
    assert stored(page) == {"settings": 0, "visits": 0, "events": 0}


def test_the_log_reads_in_the_language_of_the_page(page: Page) -> None:
    log_a_visit(page, "ids")
    open_page(page, f"/{REGION}/zh-Hans/records/")
    expect(page.locator("[data-visits]")).to_contain_text(words("zh-Hans", "check.ids.ask"))
    # Nothing is shown by the key it is stored under.
    assert re.search(r"(visit|check|danger|say)\.[a-z]", page.locator("[data-visits]").inner_text()) is None


def test_a_log_that_cannot_be_read_says_so(context: BrowserContext) -> None:
    context.add_init_script(fake("refuseStorage()"))
    page = open_page(context.new_page(), RECORDS)
    expect(page.locator("[data-unreadable]")).to_be_visible()
    expect(page.locator("[data-empty]")).to_be_hidden()
