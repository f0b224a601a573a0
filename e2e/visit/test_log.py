"""Every tap is in the log on the phone, or the screen shows that it is not."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from e2e.conftest import NOON, Phone, eventually, until_held, wait_ready, worker_state
from e2e.door_pages import (
    GOOD,
    REGION,
    answer_all,
    expect_level,
    expect_logged,
    fake,
    logged,
    open_page,
    path_of,
    stored,
    tap_checked,
    tap_tile,
    tick,
    verdict,
    words,
)
from tests.serving import ServerProcess


def open_phone(phone: Phone, server: ServerProcess, path: str, moment: str = NOON) -> Page:
    page = phone.open()
    page.clock.set_fixed_time(moment)
    return open_page(page, f"{server.url}{path}")


@pytest.mark.parametrize("end", [Phone.close, Phone.kill], ids=["closed", "killed"])
def test_what_was_shown_as_logged_is_there_after_the_browser_ended(
    phone: Phone, server: ServerProcess, end: Callable[[Phone], None]
) -> None:
    page = open_phone(phone, server, path_of("en"))
    wait_ready(page)
    tick(page, "ids", "no")
    tick(page, "authorisation", "unsure")
    tap_tile(page, "scan")
    tap_checked(page, "no-answer")
    expect_logged(page, 4)
    end(phone)

    page = open_phone(phone, server, path_of("en"), "2026-11-21T12:03:07+08:00")

    expect(page.locator("#ids-no")).to_be_checked()
    expect(page.locator("#authorisation-unsure")).to_be_checked()
    expect(page.locator("#checked-no-answer")).to_be_checked()
    panel = expect_level(page, "stop")
    expect(panel.locator("[data-next]")).to_contain_text(words("en", "tile.scan.do"))
    expect(page.locator("[data-since]")).to_have_text("12:00")
    open_page(page, f"{server.url}/{REGION}/en/records/")
    expect(page.locator("[data-visits] article")).to_have_count(1)
    expect(page.locator("[data-visits] [data-open]")).to_be_visible()
    lines = page.locator("[data-visits] li").all_text_contents()
    assert [line.split("  ", 1)[1] for line in lines] == [
        "Log started",
        f"{words('en', 'check.ids.ask')} No",
        f"{words('en', 'check.authorisation.ask')} Not sure",
        words("en", "tile.scan.label"),
        f"{words('en', 'checked.ask')} {words('en', 'checked.no-answer')}",
    ]
    assert all(line.startswith("2026-11-21 12:00:00+08:00") for line in lines)


def test_every_kind_of_tap_is_in_the_log(page: Page) -> None:
    open_page(page, path_of("en"))
    page.evaluate("fakes.holdLinks()")
    page.locator("[data-verdict] [data-say]").locator("visible=true").click()
    page.keyboard.press("Escape")
    tick(page, "two-staff", "unsure")
    tick(page, "two-staff", "yes")
    page.locator('[data-danger="threat"]').click()
    page.locator('#danger-threat a[data-action="call-police"]').click()
    page.locator("#danger-threat [data-close]").click()
    page.locator('.bar a[data-action="text-police"]').click()
    tap_tile(page, "cash")
    tap_checked(page, "unknown-to-them")
    expect_logged(page, 9)
    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/after/")

    open_page(page, f"/{REGION}/en/records/")

    expect(page.locator("[data-visits] article")).to_have_count(1)
    lines = page.locator("[data-visits] li").all_text_contents()
    assert [line.split("  ", 1)[1] for line in lines] == [
        "Log started",
        words("en", "say.who-is-it"),
        f"{words('en', 'check.two-staff.ask')} Not sure",
        f"{words('en', 'check.two-staff.ask')} Yes",
        "An answer was changed",
        words("en", "danger.threat.label"),
        "Tapped to call",
        "Tapped to send a text message",
        words("en", "tile.cash.label"),
        f"{words('en', 'checked.ask')} {words('en', 'checked.unknown-to-them')}",
        "They have gone",
    ]


def test_the_log_says_since_when_it_is_kept_and_that_no_sound_is(page: Page) -> None:
    """No clock runs there: nobody shall take it for a recording."""
    open_page(page, path_of("en"))
    expect(page.locator("[data-log]")).to_be_hidden()

    tick(page, "ids", "yes")

    line = page.locator("[data-log]")
    expect(line).to_have_text("Your taps are noted on this phone since 12:00. No sound is recorded.")
    page.clock.set_fixed_time("2026-11-21T12:03:07+08:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tick(page, "two-staff", "yes")
    expect_logged(page, 2)
    expect(line).to_contain_text("12:00")


def test_what_could_not_be_kept_is_said_on_top(context: BrowserContext) -> None:
    context.add_init_script(fake("refuseWrites()"))
    page = open_page(context.new_page(), path_of("en"))

    tick(page, "ids", "no")

    expect(page.locator("[data-log-failed]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("fault", ["refuseStorage()", "refuseWrites()", "hangStorage()"])
def test_a_phone_that_cannot_keep_the_log_says_so_and_the_verdict_works(context: BrowserContext, fault: str) -> None:
    context.add_init_script(fake(fault))
    page = open_page(context.new_page(), path_of("en"))

    tick(page, "ids", "no")

    panel = expect_level(page, "stop")
    expect(panel.locator("[data-next]")).to_have_text(words("en", "check.ids.fail"))
    expect(page.locator("[data-log-failed]")).to_be_visible(timeout=10_000)
    expect(page.locator("[data-log]")).to_be_hidden()
    tap_tile(page, "sign")
    expect_level(page, "stop")
    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/after/")


def test_a_slow_phone_takes_its_warning_back_once_it_has_kept_everything(context: BrowserContext) -> None:
    """The disk answers only when it is let: late is not lost."""
    context.add_init_script(fake("holdStorage()"))
    page = open_page(context.new_page(), path_of("en"))
    tick(page, "ids", "no")
    expect_level(page, "stop")
    expect(page.locator("[data-log-failed]")).to_be_visible(timeout=10_000)

    page.evaluate("storage.letGo()")

    expect_logged(page, 1)
    expect(page.locator("[data-log-failed]")).to_be_hidden()
    expect(page.locator("[data-log]")).to_be_visible()


def test_what_was_ticked_before_the_script_came_counts(context: BrowserContext) -> None:
    """A finger may be faster than a slow network."""
    page = context.new_page()
    held: list[Route] = []
    page.route("**/b/*.js", lambda route: held.append(route))
    page.goto(path_of("en"), wait_until="commit")
    tick(page, "ids", "no")
    expect(page.locator("html")).not_to_have_attribute("data-js", "")

    until_held(page, held).continue_()

    expect(page.locator("html")).to_have_attribute("data-js", "")
    expect_level(page, "stop")
    expect_logged(page, 1)


def test_they_have_left_closes_the_visit_and_leads_to_what_comes_next(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect(page.locator("[data-log]")).to_be_visible()
    expect_logged(page, 1)

    page.locator('a[data-action="left"]').click()

    page.wait_for_url(f"**{path_of('en', 'after')}")
    expect(page.locator("h1")).to_have_text(words("en", "flow.after.first"))
    expect(page.locator("[data-log]")).to_be_hidden()
    open_page(page, path_of("en"))
    expect_level(page, "start")
    expect(page.locator("[data-check] input:checked")).to_have_count(0)
    expect(page.locator("[data-log]")).to_be_hidden()
    tick(page, "two-staff", "yes")
    expect_logged(page, 1)
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-visits] article")).to_have_count(2)
    expect(page.locator("[data-visits] [data-open]").locator("visible=true")).to_have_count(1)


def test_they_have_left_counts_once_however_often_it_is_tapped(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    page.locator('a[data-action="left"]').dblclick()

    # Not wait_for_url: the second tap may load the page anew, and the event that it waits for is then gone.
    expect(page).to_have_url(re.compile(f"{path_of('en', 'after')}$"))
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-events] li")).to_have_count(3)


def test_somebody_else_at_the_door_is_a_new_visit_on_the_same_page(page: Page) -> None:
    """Nothing of the visit before counts for them, and it stays in the log."""
    open_page(page, path_of("en"))
    button = page.locator("[data-new-visit]")
    expect(button).to_be_hidden()
    tick(page, "ids", "no")
    tick(page, "ids", "yes")
    tap_checked(page, "no-answer")
    expect_logged(page, 4)

    button.click()

    expect_level(page, "start")
    expect(page.locator("main input:checked")).to_have_count(0)
    expect(page.locator("[data-corrected]")).to_be_hidden()
    expect(page.locator("[data-log]")).to_be_hidden()
    expect(button).to_be_hidden()
    expect(page.locator("h1")).to_be_in_viewport(ratio=1)
    expect(page).to_have_url(re.compile(f"{path_of('en')}$"))
    answer_all(page)
    panel = expect_level(page, "no-warning-yet")
    expect(panel.locator("[data-next]")).to_have_text(words("en", "verdict.no-warning-yet.next"))
    expect_logged(page, len(GOOD))
    assert logged(page) == [f"check.{check}.{answer}" for check, answer in GOOD.items()]
    assert stored(page)["visits"] == 2
    page.reload()
    expect_level(page, "no-warning-yet")


def test_a_tap_right_after_a_new_visit_was_begun_keeps_the_page_from_being_replaced(
    phone: Phone, server: ServerProcess
) -> None:
    """The worker must know of the visit that is open, however slowly the one before it is closed."""
    page = phone.open()
    page.add_init_script(fake("holdStorage()"))
    page.clock.set_fixed_time(NOON)
    page.goto(f"{server.url}{path_of('en')}")
    page.evaluate("storage.letGo()")
    wait_ready(page)
    tick(page, "ids", "no")
    eventually(lambda: worker_state(page, "meta", "visit"), "the worker knows of the visit")
    expect_logged(page, 1)
    page.evaluate("storage.holds = true")
    # A read that hangs: what follows is written together.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    page.locator("[data-new-visit]").click()
    tick(page, "two-staff", "yes")
    page.evaluate("storage.letGo()")

    eventually(lambda: logged(page) == ["check.two-staff.yes"], "the tap is in a visit of its own")
    expect(page.locator("[data-log]")).to_be_visible()
    assert worker_state(page, "meta", "visit"), "the worker takes the visit for over"


def test_a_call_made_after_they_have_left_opens_no_new_visit(page: Page) -> None:
    open_page(page, path_of("en", "after"))
    page.evaluate("fakes.holdLinks()")
    page.locator("#step-safe .contacts a").first.click()
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-empty]")).to_be_visible()


def test_the_pages_of_one_visit_share_it(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    page.locator('.others a[href$="family/"]').click()
    expect(page).to_have_url(re.compile(f"{path_of('en', 'family')}$"))
    expect(page.locator("h1")).to_have_text(words("en", "flow.family.first"))
    expect(page.locator("[data-log]")).to_be_visible()
    page.locator("#step-shut [data-say]").click()
    expect_logged(page, 2)

    open_page(page, path_of("zh-Hans"))
    expect_level(page, "stop")
    expect(page.locator("#ids-no")).to_be_checked()
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-visits] article")).to_have_count(1)
    expect(page.locator("[data-visits] li")).to_have_count(3)


def test_two_open_pages_begin_one_visit(page: Page) -> None:
    other = page.context.new_page()
    open_page(page, path_of("en"))
    open_page(other, path_of("en", "family"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    other.locator("#step-shut [data-say]").click()
    expect_logged(other, 2)

    open_page(page, f"/{REGION}/en/records/")

    expect(page.locator("[data-visits] article")).to_have_count(1)
    expect(page.locator("[data-visits] li")).to_have_count(3)


def test_a_page_that_the_back_key_brings_back_knows_that_the_visit_has_ended(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    other = open_page(page.context.new_page(), path_of("en", "family"))
    other.locator('a[data-action="left"]').click()
    other.wait_for_url("**/after/")

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect_level(page, "start")
    expect(page.locator("[data-check] input:checked")).to_have_count(0)
    expect(page.locator("[data-log]")).to_be_hidden()


def test_an_open_visit_is_not_reloaded_by_the_page_itself(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for check_id, answer in GOOD.items():
        tick(page, check_id, answer)
    # One of them was changed, which is an event of its own.
    expect_logged(page, 1 + len(GOOD) + 1)
    assert loads == []
    expect(verdict(page)).to_have_attribute("data-verdict", "stop")
