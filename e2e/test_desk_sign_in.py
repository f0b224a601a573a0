"""Getting into the desk, being thrown out of it, and getting back in; each person with a device of their own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from e2e.conftest import wait_ready
from e2e.desk import LINK, Staff, setup_link, staff_of
from tests.serving import ServerProcess

pytestmark = pytest.mark.browser

Hire = Callable[..., Staff]


@pytest.fixture
def desk_server(tmp_path: Path, published: Path) -> Iterator[ServerProcess]:
    """A server whose desk nobody has entered yet."""
    data = tmp_path / "data"
    shutil.copytree(published, data)
    process = ServerProcess(data).start()
    yield process
    process.stop()


@pytest.fixture
def hire(browser: Browser, desk_server: ServerProcess) -> Iterator[Hire]:
    with staff_of(browser, desk_server.url) as hire_one:
        yield hire_one


@pytest.fixture
def owner(hire: Hire, desk_server: ServerProcess) -> Staff:
    """Li, the first owner, with one passkey and codes on paper."""
    li = hire()
    li.make_passkey(setup_link(desk_server), "Li")
    li.print_codes()
    return li


def test_the_first_owner_starts_with_two_passkeys(hire: Hire, desk_server: ServerProcess) -> None:
    li = hire()
    link = setup_link(desk_server)

    li.make_passkey(link, "Li", key="laptop")
    li.heading("One more step")
    li.goto("/editor/people/")
    li.heading("One more step")
    li.click("Make a second passkey")
    alert = li.page.get_by_role("alert").filter(visible=True)
    expect(alert).to_have_text(re.compile("This device already has one of your passkeys"))
    li.lose_key()
    li.new_key("usb")
    li.page.get_by_label("A name for this passkey").fill("blue key")
    li.click("Make a second passkey")

    li.heading("My account")
    expect(li.page.locator("[data-passkeys] .row__name")).to_have_text(["laptop", "blue key"])
    li.click("Sign out")
    li.heading("Sign in")
    li.sign_in()
    li.heading("What needs you")
    li.goto(link)
    li.heading("The desk has an owner already")
    assert LINK.findall("".join(restarted(desk_server))) == [], "set up, it needs no link any more"


def restarted(server: ServerProcess) -> list[str]:
    """What the server says when it is started again."""
    before = len(server.lines)
    server.stop()
    server.start()
    return server.lines[before:]


def test_the_first_owner_starts_with_one_passkey_and_codes(hire: Hire, desk_server: ServerProcess) -> None:
    li = hire()
    li.make_passkey(setup_link(desk_server), "Li")

    li.click("Make recovery codes")
    codes, asked = li.shown_codes()
    assert len(set(codes)) == 10
    li.page.get_by_label(re.compile("Type code number")).fill(codes[asked % 10])
    li.click("I have them on paper")
    expect(li.page.get_by_role("alert")).to_contain_text(f"not code number {asked}")
    li.page.get_by_label(re.compile("Type code number")).fill(codes[asked - 1])
    li.click("I have them on paper")

    li.heading("My account")
    expect(li.page.locator("[data-codes-left]")).to_have_attribute("data-codes-left", "10")


def test_a_set_up_that_was_broken_off_is_begun_again(hire: Hire, desk_server: ServerProcess) -> None:
    """The browser died, the passkey is lost: the server's next start prints a link once more."""
    li = hire()
    li.make_passkey(setup_link(desk_server), "Li")

    lines = restarted(desk_server)
    again = hire()
    again.make_passkey(LINK.findall("".join(lines))[0], "Li Na")

    again.print_codes()
    li.goto("/editor/")
    li.heading("Sign in")


def test_an_invitation_leads_in_with_its_role_and_no_further(hire: Hire, owner: Staff) -> None:
    link = owner.invite("Translator", "English")
    wang = hire(locale="zh-CN")

    wang.goto(link)
    expect(wang.page.get_by_role("main")).to_contain_text("Li 邀请您加入")
    wang.page.get_by_label("您的名字，别人看到的就是它").fill("王芳")
    wang.click("创建通行密钥")
    wang.heading("还差一步")
    wang.click("English")
    wang.print_codes()

    expect(wang.page.get_by_role("main")).to_contain_text(
        "王芳 – Translator: translates into the languages chosen here (en)"
    )
    expect(wang.page.get_by_role("link", name="People")).to_have_count(0)
    wang.goto("/editor/people/")
    wang.heading("Your role does not allow this")
    owner.goto("/editor/people/")
    expect(owner.page.locator("[data-person='王芳']")).to_contain_text("Translator (en)")
    owner.goto("/editor/audit/")
    expect(owner.page.locator("[data-what='person.joined']").first).to_contain_text("王芳 joined")


def test_a_second_device_is_added_and_signs_in_by_itself(hire: Hire, owner: Staff) -> None:
    owner.new_key("usb")
    owner.goto("/editor/account/")
    owner.page.get_by_label("A name for this passkey").fill("blue key")
    owner.click("Add a passkey")
    expect(owner.page.locator("[data-passkey='blue key']")).to_be_visible()
    (credential,) = owner.credentials()

    elsewhere = hire()
    elsewhere.take(credential)
    elsewhere.sign_in()

    elsewhere.goto("/editor/account/")
    expect(elsewhere.page.get_by_role("region", name="Where you are signed in")).to_contain_text(
        "blue key · this browser"
    )


def test_removing_a_passkey_throws_its_browser_out_in_the_middle(hire: Hire, owner: Staff) -> None:
    owner.new_key("usb")
    owner.goto("/editor/account/")
    owner.page.get_by_label("A name for this passkey").fill("blue key")
    owner.click("Add a passkey")
    elsewhere = hire()
    expect(owner.page.locator("[data-passkey='blue key']")).to_be_visible()
    elsewhere.take(owner.credentials()[0])
    elsewhere.sign_in()
    elsewhere.goto("/editor/account/")

    owner.click("Remove blue key")
    expect(owner.page.get_by_role("status").filter(visible=True)).to_have_text("The passkey was removed.")

    elsewhere.click("Make new codes")
    elsewhere.heading("Sign in first")
    elsewhere.goto("/editor/account/")
    elsewhere.heading("Sign in")
    elsewhere.click("Sign in with a passkey")
    expect(elsewhere.page.get_by_role("alert").filter(visible=True)).to_contain_text("The passkey was not accepted")


def test_disabling_somebody_throws_them_out_in_the_middle(hire: Hire, owner: Staff) -> None:
    wang = hire()
    wang.make_passkey(owner.invite("Editor"), "Wang")
    wang.print_codes()

    owner.goto("/editor/people/")
    row = owner.page.locator("[data-person='Wang']")
    row.get_by_text("Lost a passkey, or leaving the team?").click()
    row.get_by_role("button", name="Disable").click()
    expect(owner.page.get_by_role("status").filter(visible=True)).to_have_text("That person can no longer sign in.")

    wang.click("Make new codes")
    wang.heading("Sign in first")
    wang.click("Sign in", role="link")
    wang.click("Sign in with a passkey")
    expect(wang.page.get_by_role("alert").filter(visible=True)).to_contain_text("The passkey was not accepted")


def test_a_lost_passkey_with_codes(hire: Hire, desk_server: ServerProcess) -> None:
    li = hire()
    li.make_passkey(setup_link(desk_server), "Li", key="lost phone")
    codes = li.print_codes()
    new = hire()

    new.goto("/editor/sign-in")
    new.click("Use a recovery code from your paper", role="link")
    new.page.get_by_label("Recovery code").fill("1111 2222 3333 4444")
    new.click("Go on")
    expect(new.page.get_by_role("alert")).to_contain_text("not one of your codes")
    new.page.get_by_label("Recovery code").fill(codes[6].lower().replace("-", " "))
    new.click("Go on")
    new.heading("Recover your account")
    new.page.get_by_label("A name for this passkey").fill("new phone")
    new.click("Make a passkey")

    expect(new.page.get_by_role("status").filter(visible=True)).to_have_text(
        "Welcome back. Remove the passkey that you lost."
    )
    new.click("Remove lost phone")
    expect(new.page.locator("[data-passkeys] .row__name")).to_have_text(["new phone"])
    li.goto("/editor/account/")
    li.heading("Sign in")
    li.click("Sign in with a passkey")
    expect(li.page.get_by_role("alert").filter(visible=True)).to_contain_text("The passkey was not accepted")


def test_a_lost_passkey_with_a_second_owner(hire: Hire, owner: Staff) -> None:
    wang = hire()
    wang.make_passkey(owner.invite("Owner"), "Wang")
    wang.print_codes()

    wang.goto("/editor/people/")
    row = wang.page.locator("[data-person='Li']")
    row.get_by_text("Lost a passkey, or leaving the team?").click()
    row.get_by_role("button", name="Make a recovery link").click()
    new = hire()
    new.make_passkey(wang.shown_link())

    new.heading("My account")
    owner.goto("/editor/people/")
    owner.heading("Sign in")


def test_a_lost_passkey_with_the_console(hire: Hire, owner: Staff, desk_server: ServerProcess) -> None:
    """While the server runs."""
    said = desk_server.command("editor", "recover", "li").stdout
    new = hire()

    new.make_passkey(LINK.findall(said)[0])

    new.heading("My account")
    new.goto("/editor/audit/")
    expect(new.page.locator("[data-what='recovery.started']")).to_contain_text(
        "The server's console made a recovery link for Li"
    )


def test_a_device_that_does_not_recognise_its_person_lets_nobody_in(hire: Hire, owner: Staff) -> None:
    owner.click("Sign out")
    owner.recognise(False)
    owner.click("Sign in with a passkey")

    expect(owner.page.get_by_role("alert").filter(visible=True)).to_contain_text(
        "It was cancelled, or it took too long"
    )
    owner.recognise(True)
    owner.click("Sign in with a passkey")
    owner.heading("What needs you")


def test_a_sign_in_by_keyboard_alone(owner: Staff) -> None:
    owner.click("Sign out")
    owner.heading("Sign in")
    owner.goto("/editor/sign-in")

    owner.page.keyboard.press("Tab")
    expect(owner.page.get_by_role("link", name="Skip to the text")).to_be_focused()
    owner.page.keyboard.press("Enter")
    owner.page.keyboard.press("Tab")
    expect(owner.page.get_by_role("button", name="Sign in with a passkey")).to_be_focused()
    owner.page.keyboard.press("Enter")

    owner.heading("What needs you")


def test_without_an_answer_the_page_says_so_and_works_again_later(owner: Staff, desk_server: ServerProcess) -> None:
    owner.click("Sign out")
    owner.heading("Sign in")
    with desk_server.down():
        owner.click("Sign in with a passkey")
        expect(owner.page.get_by_role("alert").filter(visible=True)).to_contain_text("The desk did not answer")

    owner.click("Sign in with a passkey")
    owner.heading("What needs you")


def test_the_language_of_the_desk_is_chosen_at_its_foot(owner: Staff) -> None:
    owner.click("中文 (简体)")
    owner.heading("我的账户")
    expect(owner.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    owner.click("退出")
    owner.click("用通行密钥登录")
    owner.heading("待办")


def test_the_public_pages_know_nothing_of_the_desk(owner: Staff, desk_server: ServerProcess) -> None:
    """No cookie reaches them, and the worker, which is at work here, never answers for the desk."""
    owner.goto("/cn/en/")
    wait_ready(owner.page)
    for path in ("/", "/cn/en/now/", "/channel.json", "/sw.js"):
        answer = owner.context.request.get(f"{desk_server.url}{path}")
        assert "set-cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("vary", "").lower()
    assert {(cookie["path"], cookie["httpOnly"], cookie["sameSite"]) for cookie in owner.context.cookies()} == {
        ("/editor/", True, "Strict")
    }
    assert owner.page.evaluate("document.cookie") == ""
    with owner.page.expect_request(f"{desk_server.url}/cn/en/now/") as asked:
        owner.goto("/cn/en/now/")
    assert "cookie" not in asked.value.all_headers()

    opened = owner.page.goto(f"{desk_server.url}/editor/account/")
    assert opened is not None
    assert not opened.from_service_worker
    owner.heading("My account")
    keys = owner.page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (name) =>"
        " (await (await caches.open(name)).keys()).map((request) => request.url)))).flat()"
    )
    assert keys, "the worker has saved the public pages"
    assert [address for address in keys if "/editor" in address] == []
    with desk_server.down(), pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        owner.page.goto(f"{desk_server.url}/editor/account/")
