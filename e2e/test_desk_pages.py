"""Every page of the desk that is about people, in both languages: axe, small and wide windows, large text, keyboard."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from e2e.audit import MEASURES, measured
from e2e.desk import Staff, setup_link, staff_of
from e2e.desk_audit import FIELD, WINDOWS, problems_of, speak
from tests.serving import ServerProcess

pytestmark = pytest.mark.browser

LANGUAGES = {"en": "en-GB", "zh-Hans": "zh-CN"}
in_each_language = pytest.mark.parametrize("language", LANGUAGES)
# Somebody's name as long as it may be, in words that cannot be broken.
LONG = "Wolfeschlegelsteinhausenbergerdorff-" + "Maximiliana" * 2


@pytest.fixture(scope="module")
def desk_server(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Iterator[ServerProcess]:
    data = tmp_path_factory.mktemp("desk") / "data"
    shutil.copytree(published, data, ignore=shutil.ignore_patterns("desk"))
    process = ServerProcess(data).start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def owner(browser: Browser, desk_server: ServerProcess) -> Iterator[Staff]:
    """The first owner, whose desk has something on every page."""
    with staff_of(browser, desk_server.url) as hire:
        li = hire()
        li.context.add_init_script(MEASURES)
        li.make_passkey(setup_link(desk_server), "Li", key="M" * 40)
        li.print_codes()
        wang = hire()
        wang.make_passkey(li.invite("Translator", "English", "简体中文"), LONG)
        wang.print_codes()
        unfinished = hire()
        unfinished.make_passkey(li.invite("Publisher"), "Zhao")
        li.invite("Owner")
        yield li


def each_page(li: Staff, invite: str) -> Iterator[str]:
    """Open each page in turn, with what a tap brings up, and name it. Leaves the owner signed in."""
    page = li.page
    for path in ("account/", "people/", "audit/", "confirm", "people/nowhere/"):
        li.goto(f"/editor/{path}")
        for summary in page.locator("summary").all():
            summary.click()
        yield path
    li.goto("/editor/account/")
    page.locator("form[action$='/account/codes/'] button").click()
    page.locator("[data-codes]").wait_for()
    yield "codes, shown"
    page.locator("[data-asked]").fill("1")
    page.locator("form[action$='/codes/confirm'] button").click()
    page.locator("[aria-invalid]").wait_for()
    yield "codes, wrong"
    li.goto("/editor/account/?done=recover")
    yield "account, codes waiting"
    li.goto("/editor/people/")
    page.locator("form[action$='/people/invite'] button").click()
    page.locator("[data-link]").wait_for()
    yield "people, a link"
    li.goto(invite)
    yield "an invitation"
    li.goto(f"/editor/setup/{'x' * 43}")
    yield "a link that is spent"


def each_page_outside(stranger: Staff, recovery: str) -> Iterator[str]:
    """The same for pages before the sign-in, and of a set-up that is not finished."""
    page = stranger.page
    for path in ("sign-in", "recover"):
        stranger.goto(f"/editor/{path}")
        yield path
    page.locator("[name=code]").fill("1")
    page.locator("main button").click()
    page.locator("[aria-invalid]").wait_for()
    yield "recover, wrong"
    stranger.goto("/editor/sign-in")
    stranger.recognise(False)
    page.locator("main button").click()
    page.locator("[data-failed]:visible").wait_for()
    yield "sign-in, failed"
    stranger.recognise(True)
    stranger.goto(recovery)
    yield "a recovery"
    page.locator("main button").click()
    page.locator("form[action$='/account/codes/']").wait_for()
    yield "one more step"


@in_each_language
def test_every_page_behind_the_sign_in(owner: Staff, language: str) -> None:
    owner.goto("/editor/account/")
    speak(owner, language)
    owner.goto("/editor/people/")
    owner.page.locator("form[action$='/people/invite'] button").click()
    problems = [
        problem
        for name in each_page(owner, owner.page.locator("[data-link]").input_value())
        for problem in problems_of(owner.page, name)
    ]

    assert not problems, "\n".join(problems)


@in_each_language
def test_every_page_before_the_sign_in(
    browser: Browser, owner: Staff, desk_server: ServerProcess, language: str
) -> None:
    said = desk_server.command("editor", "recover", "Zhao").stdout
    link = re.findall(r"http://\S+", said)[0]
    with staff_of(browser, desk_server.url) as hire:
        stranger = hire(locale=LANGUAGES[language])
        stranger.context.add_init_script(MEASURES)
        problems = [
            problem for name in each_page_outside(stranger, link) for problem in problems_of(stranger.page, name)
        ]

    assert not problems, "\n".join(problems)


def test_without_script_the_page_says_what_is_missing(browser: Browser, desk_server: ServerProcess) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{desk_server.url}/editor/sign-in")

    assert page.get_by_text("Passkeys need JavaScript, which this browser does not run.").is_visible()
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    context.close()


def test_a_browser_without_passkeys_is_told_so(browser: Browser, desk_server: ServerProcess) -> None:
    context = browser.new_context(locale="en-GB")
    context.add_init_script("delete globalThis.PublicKeyCredential")
    page = context.new_page()
    page.goto(f"{desk_server.url}/editor/sign-in")

    page.get_by_text("This browser does not support passkeys.").wait_for()
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    context.close()


@in_each_language
@pytest.mark.parametrize("window", WINDOWS)
def test_what_is_needed_less_often_is_reached_by_keyboard(owner: Staff, language: str, window: str) -> None:
    """On every page of the desk, in a small window too, with nothing over the page that must be closed again."""
    page = owner.page
    width, height = WINDOWS[window]
    page.set_viewport_size({"width": width, "height": height})
    owner.goto("/editor/account/")
    speak(owner, language)
    more = page.locator(".desk-nav__more")
    links = more.get_by_role("link")
    expect(links).to_have_count(0)

    more.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(links).to_have_count(3)
    assert [problem for problem in measured(page, "cutOff") if not FIELD.search(problem)] == []
    addresses = [str(link.get_attribute("href")) for link in links.all()]
    for number, address in enumerate(addresses):
        owner.goto("/editor/account/")
        more.locator("summary").focus()
        page.keyboard.press("Enter")
        for _ in range(number + 1):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{address}")
        expect(links.and_(page.locator("[aria-current=page]"))).to_have_attribute("href", address)

    assert addresses == ["/editor/reminders/", "/editor/releases/", "/editor/recalls/"]
