"""Guidance is written at the desk: by keyboard, on a small and a large screen, by two people at once, and offline."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from e2e.audit import MEASURES, axe_problems, axe_problems_in_both_schemes, larger_text, measured
from e2e.conftest import SHIPPED, until_held
from e2e.desk import Staff, setup_link, staff_of
from e2e.desk_audit import FIELD, WINDOWS, by_keyboard
from e2e.door_pages import shipped
from tests.serving import ServerProcess

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "zh-Hans")
# Axe takes what lies under the bar with the buttons for hidden: all of the page must be in view.
TALL = 20_000
# Resolves once whatever was asked for has been laid out and painted.
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SENTENCE = "/editor/cn/edit/en/strings.toml/say.not-inside"
SOURCE_SENTENCE = "/editor/cn/edit/zh-Hans/strings.toml/say.not-inside"
TOPIC = "/editor/cn/edit/zh-Hans/topics/call-police.md"
CONTACT = "/editor/cn/edit/contacts.toml/contact:police-text"
PAGES = {
    "home": "",
    "region": "cn/",
    "topics": "cn/topics/",
    "door": "cn/door/",
    "contacts": "cn/contacts/",
    "checks": "cn/checks/",
    "hours": "cn/hours/",
    "sources": "cn/sources/",
    "rules": "cn/rules/",
    "tables": "cn/tables/",
    "texts": "cn/texts/?q=police",
    "about the region": "cn/region/",
    "translate": "cn/translate/en/",
    "new": "cn/new/contact",
    "sentence": SENTENCE.removeprefix("/editor/"),
    "topic": TOPIC.removeprefix("/editor/"),
    "contact": CONTACT.removeprefix("/editor/"),
    "flow": "cn/edit/visit.toml/flow:family",
    "emergency": "cn/edit/visit.toml/danger:inside",
    "what visitors want": "cn/edit/visit.toml/tile:sign",
    "source": "cn/edit/sources.toml/source:L2",
    "outcome": "cn/edit/assess.toml/outcome:today-court",
    "verdict": "cn/edit/visit.toml/verdict",
    "head": "cn/edit/pack.toml",
}


@pytest.fixture(scope="module")
def desk_server(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(published, folder / "data", ignore=shutil.ignore_patterns("desk"))
    shutil.copytree(SHIPPED, folder / "packs")
    process = ServerProcess(folder / "data", packs=folder / "packs").start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def office(browser: Browser, desk_server: ServerProcess) -> Iterator[dict[str, Staff]]:
    """Li, the first owner, and Wang, who edits; there is a draft, a stale translation, and something to mend."""
    with staff_of(browser, desk_server.url) as hire:
        li = hire()
        li.context.add_init_script(MEASURES)
        li.make_passkey(setup_link(desk_server), "Li")
        li.print_codes()
        wang = hire(viewport={"width": 360, "height": 740})
        wang.make_passkey(li.invite("Editor"), "Wang")
        wang.print_codes()
        write(li, SOURCE_SENTENCE, "我不开门，请隔着门说。")
        li.goto(CONTACT)
        li.page.get_by_label("Number", exact=True).fill("121 10 ?")
        save(li.page)
        yield {"Li": li, "Wang": wang}


@pytest.fixture
def li(office: dict[str, Staff]) -> Iterator[Staff]:
    """Li at a large screen, in English, online."""
    staff = office["Li"]
    staff.page.set_viewport_size({"width": 1280, "height": 800})
    yield staff
    staff.context.set_offline(False)
    # The next test has the same page.
    staff.page.unroute_all(behavior="ignoreErrors")


@pytest.fixture
def wang(office: dict[str, Staff]) -> Staff:
    """Wang at a phone."""
    return office["Wang"]


def save(page: Page, button: str = "Save") -> None:
    """Press the button and wait for the page that says so."""
    page.locator(".save-bar").get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".note--good")).to_be_visible()


def write(staff: Staff, address: str, text: str) -> None:
    """Open a sentence, write it anew, and save it."""
    staff.goto(address)
    staff.page.get_by_label("Text", exact=True).fill(text)
    save(staff.page)


def state(page: Page) -> Locator:
    """The line that says whether everything is saved."""
    return page.locator("[data-save-state]")


def trouble(page: Page) -> Locator:
    return page.locator("[data-save-trouble]")


@contextmanager
def each_autosave(page: Page, meet: Callable[[Route], object]) -> Iterator[None]:
    """Meet on its way whatever the page sends to save by itself."""

    def met(route: Route) -> None:
        meet(route) if 'name="autosave"' in (route.request.post_data or "") else route.fallback()

    page.route("**/editor/cn/edit/**", met)
    yield
    page.unroute_all(behavior="ignoreErrors")


def text_field(page: Page) -> Locator:
    return page.get_by_label("Text", exact=True)


def speak(staff: Staff, language: str) -> None:
    """Choose the language of the desk."""
    staff.goto("/editor/account/")
    staff.page.locator(f".desk-foot__language[lang={language}]").click()
    expect(staff.page.locator("html")).to_have_attribute("lang", language)


@pytest.fixture
def in_language(office: dict[str, Staff]) -> Iterator[Callable[[str], Staff]]:
    def choose(language: str) -> Staff:
        speak(office["Li"], language)
        return office["Li"]

    yield choose
    office["Li"].page.emulate_media(color_scheme="light")
    speak(office["Li"], "en")


# ---- every page ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_and_fits(in_language, language):
    li = in_language(language)
    problems: list[str] = []
    for name, path in PAGES.items():
        li.goto(f"/editor/{path}")
        li.page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        for window, (width, _) in WINDOWS.items():
            li.page.set_viewport_size({"width": width, "height": TALL})
            problems += axe_problems_in_both_schemes(li.page, f"{name}, {window}")
            problems += [f"{name}, {window}: {line}" for line in measured(li.page, "cutOff") if not FIELD.search(line)]
            wide = li.page.evaluate("document.documentElement.scrollWidth")
            problems += [f"{name}: {wide} wide"] if wide > width else []

    assert problems == []


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", ["contact", "topic", "sentence", "translate", "home"])
def test_every_stop_of_the_keyboard_is_in_view(li, window, name):
    """The bar with the buttons stays at the bottom; nothing that has the focus may lie below it."""
    width, height = WINDOWS[window]
    li.page.set_viewport_size({"width": width, "height": height})
    li.goto(f"/editor/{PAGES[name]}")

    # The preview is as tall as a phone: its middle may be below the bar while its links are in view.
    assert [line for line in by_keyboard(li.page) if "<iframe" not in line] == []


@pytest.mark.parametrize("window", WINDOWS)
def test_every_page_fits_with_large_letters(browser, desk_server, office: dict[str, Staff], window):
    li = office["Li"]
    width, height = WINDOWS[window]
    li.page.set_viewport_size({"width": width, "height": height})
    larger_text(li.page, 200)
    try:
        for name, path in PAGES.items():
            li.goto(f"/editor/{path}")
            assert li.page.evaluate("document.documentElement.scrollWidth") <= width, name
    finally:
        larger_text(li.page, 100)


# ---- writing ----


def test_a_sentence_is_written_with_the_keyboard_alone(li):
    li.goto("/editor/cn/door/?locale=en")
    page = li.page
    page.get_by_role("link", name="Please go. Come back", exact=False).first.or_(
        page.locator(".unit-line a").nth(30)
    ).first.focus()
    page.keyboard.press("Enter")
    field = text_field(page)
    expect(field).to_be_visible()
    field.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Thank you.")
    expect(state(page)).to_contain_text("Saved as a draft")
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "save":
            break
    assert page.evaluate("document.activeElement.value") == "save"
    page.keyboard.press("Enter")

    expect(page.locator(".note--good")).to_have_text("Saved.")
    expect(text_field(page)).to_have_value(re.compile(r" Thank you\.$"))


def test_what_is_typed_is_saved_by_itself_and_told(li):
    li.goto(SENTENCE)
    page = li.page
    text_field(page).fill("You may not come in.")
    expect(state(page)).to_have_text("Not saved yet …")
    expect(state(page)).to_contain_text("Saved as a draft at")

    page.reload()

    expect(text_field(page)).to_have_value("You may not come in.")
    expect(page.locator(".state")).to_contain_text("Last changed by Li")


def test_what_was_typed_before_the_script_was_there_is_saved(li):
    page = li.page
    held: list[Route] = []
    page.route("**/desk*.js", lambda route: held.append(route), times=1)
    page.goto(f"{li.url}{SENTENCE}", wait_until="commit")
    text_field(page).fill("Typed while the script was on its way.")
    assert not page.locator("html[data-js]").count()

    until_held(page, held).continue_()

    expect(state(page)).to_contain_text("Saved as a draft at")


def test_without_a_network_it_says_that_nothing_is_saved_and_saves_later(li):
    li.goto(SENTENCE)
    page = li.page
    li.context.set_offline(True)
    text_field(page).fill("Written in a tunnel.")
    expect(trouble(page)).to_contain_text("Not saved: the desk does not answer.")
    expect(state(page)).not_to_contain_text("Saved")

    li.context.set_offline(False)

    expect(state(page)).to_contain_text("Saved as a draft at")
    expect(trouble(page)).to_be_hidden()
    page.reload()
    expect(text_field(page)).to_have_value("Written in a tunnel.")


def test_what_a_full_disk_does_not_take_can_be_copied_and_is_saved_later(li):
    li.context.grant_permissions(["clipboard-read", "clipboard-write"])
    li.goto(SENTENCE)
    page = li.page

    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"state": "disk-full", "messages": {}, "errors": []})

    with each_autosave(page, refuse):
        text_field(page).fill("Written beside a full disk.")
        expect(trouble(page)).to_contain_text("Not saved: the disk of the server is full.")
        trouble(page).get_by_role("button", name="Copy what you typed").click()
        expect(trouble(page).get_by_role("button", name="Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Written beside a full disk."

    expect(state(page)).to_contain_text("Saved as a draft at")


def test_a_server_that_is_down_loses_nothing(li, desk_server):
    li.goto(SENTENCE)
    page = li.page
    with desk_server.down():
        text_field(page).fill("Written while it was down.")
        expect(trouble(page)).to_contain_text("Not saved: the desk does not answer.")

    expect(state(page)).to_contain_text("Saved as a draft at")
    page.reload()
    expect(text_field(page)).to_have_value("Written while it was down.")


def test_an_answer_that_is_lost_on_the_way_is_no_quarrel_with_oneself(li):
    li.goto(SENTENCE)
    page = li.page
    arrived: list[int] = []

    def lose(route: Route) -> None:
        arrived.append(route.fetch().status)
        route.abort()

    with each_autosave(page, lose):
        text_field(page).fill("The answer to this is lost.")
        expect(trouble(page)).to_contain_text("Not saved: the desk does not answer.")
    assert arrived == [200]

    text_field(page).fill("This follows on it.")

    expect(state(page)).to_contain_text("Saved as a draft at")
    expect(trouble(page)).to_be_hidden()
    page.reload()
    expect(text_field(page)).to_have_value("This follows on it.")


def test_a_button_pressed_while_the_page_saves_by_itself_saves_all_and_asks_nothing(li):
    li.goto(SENTENCE)
    page = li.page
    asked: list[str] = []

    def hold_the_answer_and_press(route: Route) -> None:
        assert route.fetch().ok
        text_field(page).fill("Pressed meanwhile.")
        page.locator(".save-bar").get_by_role("button", name="Save", exact=True).click()

    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    with each_autosave(page, hold_the_answer_and_press):
        text_field(page).fill("Saved by itself, and not told yet.")
        expect(page.locator(".note--good")).to_have_text("Saved.")

    assert asked == []
    expect(text_field(page)).to_have_value("Pressed meanwhile.")


def test_what_was_saved_by_itself_can_be_given_up(li):
    write(li, SENTENCE, "The first change.")
    li.goto(SENTENCE)
    page = li.page
    text_field(page).fill("A change that is given up.")
    expect(state(page)).to_contain_text("Saved as a draft at")

    page.get_by_text("Discard this change").click()
    li.click("Discard it")

    expect(page.locator(".note--good")).to_have_text(re.compile("Your change was discarded"))


def test_whoever_was_signed_out_signs_in_elsewhere_and_goes_on(li):
    li.goto(SENTENCE)
    page = li.page
    li.context.clear_cookies()
    text_field(page).fill("Written while signed out.")
    expect(trouble(page)).to_contain_text("Not saved: you are signed out.")
    other = li.context.new_page()
    cdp = li.context.new_cdp_session(other)
    cdp.send("WebAuthn.enable", {"enableUI": False})
    options = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"transport": "internal", "isUserVerified": True, "automaticPresenceSimulation": True}
    key = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    for credential in li.credentials():
        cdp.send("WebAuthn.addCredential", {"authenticatorId": key, "credential": credential})
    other.goto(f"{li.url}/editor/sign-in")
    other.get_by_role("button", name="Sign in with a passkey").click()
    expect(other.get_by_role("button", name="Sign out")).to_be_visible()
    other.close()

    text_field(page).press("End")
    text_field(page).press_sequentially(" And after.")

    expect(state(page)).to_contain_text("Saved as a draft at")
    page.reload()
    expect(text_field(page)).to_have_value("Written while signed out. And after.")


def test_what_one_person_types_is_never_saved_under_the_name_of_another(li, wang):
    """Li's page is open when Wang signs in in another tab of the same browser; then Li comes back."""
    li.goto(SENTENCE)
    page, cookies = li.page, {staff: staff.context.cookies() for staff in (li, wang)}
    li.context.clear_cookies()
    li.context.add_cookies(cookies[wang])

    text_field(page).fill("Written by Li.")

    expect(trouble(page)).to_contain_text("Not saved: somebody else is signed in now.")
    expect(text_field(page)).to_have_value("Written by Li.")
    li.context.clear_cookies()
    li.context.add_cookies(cookies[li])
    text_field(page).press("End")
    text_field(page).press_sequentially(" And after.")
    expect(state(page)).to_contain_text("Saved as a draft at")
    page.reload()
    expect(text_field(page)).to_have_value("Written by Li. And after.")


def test_the_checkers_message_comes_and_goes_beside_the_field(li):
    li.goto(SENTENCE)
    page = li.page
    says = page.locator("#f_text-says")
    text_field(page).fill("Call {nobody}.")
    expect(says).to_contain_text("cannot be used here")
    expect(text_field(page)).to_have_attribute("aria-invalid", "true")

    text_field(page).fill("Call somebody.")

    expect(says).to_be_hidden()
    expect(text_field(page)).not_to_have_attribute("aria-invalid", "true")


def test_an_error_above_the_form_leads_to_its_line(li):
    li.goto(TOPIC)
    page = li.page
    field = page.locator("#f_body")
    before = field.input_value()
    lines = before.split("\n")
    errors = page.get_by_role("region", name="What must be mended")
    expect(errors).to_be_hidden()

    field.fill("\n".join([*lines[:9], "", "Call {contact:nobody}.", "", *lines[9:]]))
    errors.get_by_role("link", name="The whole text, line 11").click()

    expect(field).to_be_focused()
    selected = "(field) => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert field.evaluate(selected) == "Call {contact:nobody}."
    field.fill(before)
    expect(errors).to_be_hidden()
    expect(state(page)).to_contain_text("Saved as a draft at")


def test_a_list_changes_in_place_and_is_saved(li):
    li.goto(TOPIC)
    page = li.page
    rows = page.get_by_role("group", name="What to do", exact=True).get_by_role("textbox")
    before = [row.input_value() for row in rows.all()]
    page.get_by_label("Title").fill("改过的标题")
    page.get_by_role("button", name="Add a line · What to do").click()
    expect(rows).to_have_count(len(before) + 1)
    expect(rows.last).to_be_focused()
    rows.last.fill("记下时间")
    page.get_by_role("group", name="What to do", exact=True).get_by_role("button", name="Move line 2 up").click()
    expect(rows.first).to_have_value(before[1])
    expect(state(page)).to_contain_text("Saved as a draft at")

    page.reload()

    expect(page.get_by_label("Title")).to_have_value("改过的标题")
    assert [row.input_value() for row in rows.all()] == [before[1], before[0], *before[2:], "记下时间"]


def test_the_keyboard_stays_on_the_line_that_is_moved(li):
    li.goto(TOPIC)
    page = li.page
    line = page.locator("[data-rows=f_do]").get_by_role("textbox")
    moved = line.nth(1).input_value()

    for name, then, place in (("Move line 2 up", "Move line 1 down", 0), ("Move line 1 down", "Move line 2 down", 1)):
        page.locator("[data-rows=f_do]").get_by_role("button", name=name).press("Enter")
        expect(page.locator("[data-rows=f_do]").get_by_role("button", name=then)).to_be_focused()
        expect(line.nth(place)).to_have_value(moved)
    expect(state(page)).to_contain_text("Saved as a draft at")


def test_times_are_those_of_the_reader_with_their_zone(li):
    li.cdp.send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Shanghai"})
    li.goto(SENTENCE)
    write(li, SENTENCE, "Written at a time.")

    expect(li.page.locator(".state time")).to_contain_text("GMT+8")
    li.cdp.send("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_a_list_takes_nothing_until_its_change_has_come(li):
    """What was typed into the old list, or pressed on it, would be gone with it."""
    li.goto(TOPIC)
    page = li.page
    group = page.locator(f"#{page.get_by_role('group', name='What to do', exact=True).get_attribute('id')}")
    rows, add = group.locator("textarea, input:not([type=hidden])"), group.get_by_text("Add a line", exact=False)
    before = [row.input_value() for row in rows.all()]
    held: list[Route] = []

    def hold(route: Route) -> None:
        if 'name="row"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.fallback()

    page.route(f"**{TOPIC}", hold)
    add.click()
    expect(group).to_have_attribute("inert", "")
    rows.first.click(force=True)
    page.keyboard.type("into the old list")
    add.click(force=True)
    assert [row.input_value() for row in rows.all()] == before

    until_held(page, held).continue_()

    expect(rows).to_have_count(len(before) + 1)
    expect(rows.last).to_be_focused()
    assert [row.input_value() for row in rows.all()] == [*before, ""]
    assert len(held) == 1

    add.click()
    expect(group).to_have_attribute("inert", "")
    until_held(page, held, 2).abort()

    expect(page.get_by_text("The list could not be changed: the desk did not answer. Nothing is lost.")).to_be_visible()
    expect(add).to_be_focused()
    rows.last.fill("It can be written in again.")
    expect(state(page)).to_contain_text("Saved as a draft at")


def test_without_script_a_list_changes_and_a_button_saves(li, browser):
    context = browser.new_context(
        java_script_enabled=False, storage_state=li.context.storage_state(), viewport={"width": 360, "height": 740}
    )
    try:
        page = context.new_page()
        page.goto(f"{li.url}{TOPIC}")
        rows = page.get_by_role("group", name="What never to do", exact=True).get_by_role("textbox")
        count = rows.count()
        page.get_by_label("In one or two sentences").fill("没有脚本也能写。")
        page.get_by_role("button", name="Add a line · What never to do").click()
        expect(rows).to_have_count(count + 1)
        expect(page.get_by_label("In one or two sentences")).to_have_value("没有脚本也能写。")
        rows.last.fill("别慌")
        save(page)
        expect(rows.last).to_have_value("别慌")
        phone = page.frame_locator("[data-phone-page]")
        expect(phone.get_by_text("没有脚本也能写。")).to_be_visible()
    finally:
        context.close()


# ---- two people ----


def test_two_people_are_told_and_their_changes_are_put_together(li, wang):
    write(li, SENTENCE, "Stay outside. Speak through the door.")
    li.goto(SENTENCE)
    wang.goto(SENTENCE)
    expect(wang.page.locator("[data-here]")).to_contain_text("Li")
    text_field(wang.page).fill("Please stay outside. Speak through the door.")
    expect(state(wang.page)).to_contain_text("Saved as a draft at")

    text_field(li.page).fill("Stay outside. Speak through the closed door.")
    expect(trouble(li.page)).to_contain_text("Not saved: Wang has just saved another version.")
    li.click("Compare and decide")
    li.heading("Two changes of one text")
    expect(li.page.get_by_role("radio", name="Both changes together")).to_be_checked()
    assert axe_problems(li.page) == []
    li.click("Save what I chose")

    expect(li.page.locator(".note--good")).to_have_text("Both changes are merged and saved.")
    expect(text_field(li.page)).to_have_value("Please stay outside. Speak through the closed door.")


@pytest.mark.parametrize("window", WINDOWS)
def test_a_person_chooses_where_two_changes_meet(li, wang, window):
    width, height = WINDOWS[window]
    write(li, SENTENCE, "Stay outside.")
    li.goto(SENTENCE)
    write(wang, SENTENCE, "Remain outside.")
    li.page.set_viewport_size({"width": width, "height": height})
    text_field(li.page).fill("Keep outside.")
    expect(trouble(li.page)).to_be_visible()
    li.click("Compare and decide")
    li.click("Save what I chose")
    expect(li.page.get_by_role("heading", level=1)).to_have_text("Two changes of one text"), "it wants a choice"
    assert li.page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe_problems(li.page) == []

    li.page.get_by_role("radio", name="As written here:").check()
    li.page.get_by_role("textbox", name="Rewritten: Text").fill("Remain outside and keep calm.")
    li.click("Save what I chose")

    expect(text_field(li.page)).to_have_value("Remain outside and keep calm.")


# ---- preview and translation ----


def test_the_preview_follows_what_is_written_and_shows_each_state(li):
    li.goto(SENTENCE)
    page = li.page
    phone = page.frame_locator("[data-phone-page]")
    text_field(page).fill("You stay where you are.")
    expect(state(page)).to_contain_text("Saved as a draft at")
    expect(phone.locator("#say-not-inside")).to_contain_text("You stay where you are.")

    for label, name in (("not yet", "none"), ("being saved", "saving"), ("could not be saved", "failed")):
        page.get_by_role("link", name=label, exact=True).click()
        expect(phone.locator("html")).to_have_attribute("data-offline", name)
        expect(page.get_by_role("link", name=label, exact=True)).to_have_attribute("aria-current", "true")
    expect(phone.locator("#say-not-inside")).to_contain_text("You stay where you are.")


def test_the_preview_goes_to_its_place_and_leaves_the_page_around_it_where_it_is(li):
    page = li.page
    page.set_viewport_size({"width": 360, "height": 740})
    li.goto("/editor/cn/edit/sources.toml/source:L2")
    frame = page.locator("[data-phone-page]")
    phone = page.frame_locator("[data-phone-page]")
    place = phone.locator(f"#{frame.get_attribute('data-anchor')}:target")

    expect(place).to_be_attached()
    page.evaluate(PAINTED)
    assert page.evaluate("scrollY") == 0

    page.get_by_role("link", name="not yet", exact=True).click()
    before = page.evaluate("scrollY")
    expect(phone.locator("html")).to_have_attribute("data-offline", "none")
    expect(place).to_be_in_viewport()
    page.evaluate(PAINTED)
    assert page.evaluate("scrollY") == before


def units_with_a_place() -> list[str]:
    """Return one unit of each kind that has a place of its own on a page; of sentences also those that no step says."""
    pack = shipped()
    entries = {"check": pack.checks, "tile": pack.tiles, "danger": pack.dangers, "rule": pack.rules}
    found = [f"visit.toml/{kind}:{next(iter(held))}" for kind, held in entries.items()]
    said_by_tiles = {tile.say for tile in pack.tiles.values() if tile.say}
    texts = [f"tile.{next(iter(pack.tiles))}.do", f"rule.{next(iter(pack.rules))}", "voice.do"]
    texts += sorted(f"say.{say}" for say in said_by_tiles)
    return [*found, *(f"en/strings.toml/{key}" for key in texts)]


def test_the_preview_opens_each_kind_of_unit_at_its_place(li):
    page = li.page
    for unit in units_with_a_place():
        li.goto(f"/editor/cn/edit/{unit}")
        anchor = page.locator("[data-phone-page]").get_attribute("data-anchor")
        assert anchor, unit
        place = page.frame_locator("[data-phone-page]").locator(f"#{anchor}:target")
        expect(place, unit).to_be_attached()


def test_the_preview_shows_the_text_of_a_tool_on_the_page_of_the_tool(li):
    topic = next(topic for topic in shipped().topics.values() if topic.tool)
    li.goto(f"/editor/cn/edit/en/topics/{topic.id}.md")
    phone = li.page.frame_locator("[data-phone-page]")

    expect(phone.locator("article.text")).to_be_visible()
    expect(phone.locator("[data-questions]")).to_be_visible()


def test_the_preview_keeps_its_place_when_a_save_is_quicker_than_its_page(li):
    page = li.page
    held: list[Route] = []
    page.route("**/preview/**", lambda route: held.append(route), times=1)
    page.goto(f"{li.url}{SENTENCE}", wait_until="commit")
    expect(page.locator("html[data-js]")).to_be_attached()
    text_field(page).fill("Saved before the preview came.")
    expect(state(page)).to_contain_text("Saved as a draft at")

    until_held(page, held).continue_()

    shown = page.frame_locator("[data-phone-page]").locator("#say-not-inside:target")
    expect(shown).to_contain_text("Saved before the preview came.")


def test_the_preview_comes_back_after_the_server_was_down(li, desk_server):
    page = li.page
    li.goto(SENTENCE)
    sentence = page.frame_locator("[data-phone-page]").locator("#say-not-inside:target")
    expect(sentence).to_be_attached()
    with desk_server.down():
        page.get_by_role("link", name="not yet", exact=True).click()
        expect(sentence).to_have_count(0)

    text_field(page).fill("Written after the preview broke off.")

    expect(sentence).to_contain_text("Written after the preview broke off.")
    expect(page.frame_locator("[data-phone-page]").locator("html")).to_have_attribute("data-offline", "none")


def test_a_translation_stands_beside_its_source_and_catches_up(li):
    write(li, SOURCE_SENTENCE, "我不开门。")
    li.goto("/editor/cn/translate/en/")
    page = li.page
    page.get_by_role("link", name="Start with the first").click()
    expect(page.get_by_role("heading", name="Translate from")).to_be_visible()
    expect(page.get_by_role("region", name="Translate from")).to_have_text("我不开门。")
    text_field(page).fill("I do not open the door.")
    page.get_by_label("This translation matches the current source text.").check()
    page.get_by_role("button", name="Save, next").click()
    expect(page.locator(".note--good")).to_have_text("Saved. This is the next one.")
    assert "say.not-inside.read" in page.url, "how to pronounce it is behind as well"

    li.goto("/editor/cn/translate/en/?all=1")

    row = page.locator(".unit-line", has=page.get_by_text("say.not-inside", exact=True))
    expect(row).to_contain_text("Done")


def test_a_new_contact_is_added(li):
    li.goto("/editor/cn/contacts/")
    page = li.page
    page.get_by_role("link", name="Add · Contacts").click()
    page.get_by_label("Short name").fill("neighbours")
    li.click("Go on")
    page.get_by_label("Kind").select_option(label="Help and advice")
    page.get_by_label("How to reach it").select_option(label="Phone call")
    page.get_by_label("Number", exact=True).fill("12345")
    page.get_by_label("How it was checked").select_option(label="a public page was read")
    page.get_by_label("How sure we are").select_option(label="sure")
    save(page)

    texts = page.get_by_role("region", name="Its texts")
    expect(texts.get_by_text("Missing")).to_have_count(4)
    li.goto("/editor/cn/contacts/")
    expect(page.get_by_role("link", name="neighbours")).to_be_visible()


def test_the_phones_stylesheet_and_script_know_nothing_of_the_desk(desk_server, li):
    """What the desk needs must not cost readers a byte."""
    html = desk_server.get("/cn/en/now/")[2].decode()
    for name in re.findall(r'(?:href|src)="(?:\.\./)+(b/[0-9a-f]+\.(?:css|js))"', html):
        body = desk_server.get(f"/{name}")[2].decode()
        assert "save-bar" not in body
        assert "unit-form" not in body
        assert "presence" not in body


def test_texts_are_translated_side_by_side_with_the_keyboard_alone(li):
    """Somebody with a hundred sentences to translate does not reach for the mouse."""
    for key in ("say.not-inside", "say.verify-and-leave"):
        write(li, f"/editor/cn/edit/zh-Hans/strings.toml/{key}", f"新的一句 {key}")
    li.goto("/editor/cn/translate/en/beside/")
    page = li.page
    fields = page.locator(".beside textarea")
    expect(fields.first).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("The first of them.")
    page.keyboard.press("Alt+ArrowDown")
    expect(fields.nth(1)).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("The second of them.")
    page.keyboard.press("Alt+ArrowUp")
    expect(fields.first).to_be_focused()

    page.keyboard.press("ControlOrMeta+Enter")

    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("Texts saved: 2")
