"""A phone whose storage fails during a visit: nothing that was tapped is lost, and no verdict becomes calmer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.conftest import NOON
from e2e.door_pages import (
    GOOD,
    answer_all,
    expect_level,
    expect_logged,
    fake,
    logged,
    open_page,
    path_of,
    stored,
    tick,
)


def tap_while_writes_fail(page: Page) -> Page:
    open_page(page, path_of("en"))
    tick(page, "two-staff", "yes")
    expect_logged(page, 1)
    page.evaluate("fakes.refuseWrites()")
    tick(page, "ids", "no")
    expect(page.locator("[data-log-failed]")).to_be_visible()
    expect(page.locator("[data-log]")).to_be_hidden()
    assert logged(page) == ["check.two-staff.yes"]
    return page


def tap_again(page: Page) -> None:
    tick(page, "authorisation", "yes")


def hide(page: Page) -> None:
    page.evaluate(
        """() => {
          Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )


def come_back(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def leave(page: Page) -> None:
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")


@pytest.mark.parametrize("chance", [tap_again, hide, come_back, leave])
def test_a_tap_that_could_not_be_stored_is_stored_at_the_next_chance(
    page: Page, chance: Callable[[Page], None]
) -> None:
    tap_while_writes_fail(page)
    page.evaluate("storage.refusesWrites = false")

    chance(page)

    expect(page.locator("[data-log-failed]")).to_be_hidden()
    expect(page.locator("[data-log]")).to_be_visible()
    assert logged(page)[:2] == ["check.two-staff.yes", "check.ids.no"]


def test_a_tap_that_could_not_be_stored_still_counts_after_a_reload(page: Page) -> None:
    tap_while_writes_fail(page)

    page.reload()

    expect_level(page, "stop")
    expect_logged(page, 2)
    expect_level(page, "stop")
    expect(page.locator("#ids-no")).to_be_checked()


def test_a_tap_whose_writing_was_cut_off_is_stored_once(page: Page) -> None:
    """The page was left before it knew that the tap was stored."""
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    page.evaluate(
        """() => {
          const ms = Date.now();
          const tap = { what: "check.ids.no", ms, key: "", visit: null, canBegin: true, isRetry: false };
          sessionStorage.setItem("doorwise-visit", JSON.stringify({ taps: [tap], level: "stop", levelMs: ms }));
        }"""
    )

    page.reload()

    expect_level(page, "stop")
    tick(page, "two-staff", "yes")
    expect_logged(page, 2)


def test_they_have_left_is_stored_later_when_it_could_not_be_stored_at_once(page: Page) -> None:
    tap_while_writes_fail(page)

    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/after/")

    expect_logged(page, 3)
    assert logged(page) == ["check.two-staff.yes", "check.ids.no", "visit.left"]
    open_page(page, path_of("en"))
    expect_level(page, "start")


@pytest.mark.parametrize("fault", ["refuseStorage()", "hangStorage()"])
def test_an_earlier_stop_stays_when_the_phone_cannot_be_read_after_a_reload(
    context: BrowserContext, page: Page, fault: str
) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    context.add_init_script(fake(fault))

    page.reload()

    expect_level(page, "stop")
    expect(page.locator("[data-log-unreadable]")).to_be_visible()
    tick(page, "ids", "yes")
    expect_level(page, "stop")


@pytest.mark.parametrize("fault", ["refuseStorage()", "hangStorage()"])
def test_what_cannot_be_read_is_never_taken_for_calm(context: BrowserContext, fault: str) -> None:
    """There may have been a stop on another page."""
    context.add_init_script(fake(fault))
    context.clock.install(time=NOON)
    page = open_page(context.new_page(), path_of("en"))

    page.clock.run_for(2900)

    expect(page.locator("[data-log-unreadable]")).to_be_visible()
    tick(page, "two-staff", "yes")
    expect_level(page, "caution")


def test_a_phone_that_answers_late_is_believed(context: BrowserContext, page: Page) -> None:
    open_page(page, path_of("en"))
    answer_all(page)
    expect_level(page, "no-warning-yet")
    expect_logged(page, len(GOOD))
    page.close()
    context.add_init_script(fake("holdStorage()"))
    page = open_page(context.new_page(), path_of("en"))
    expect(page.locator("[data-log-unreadable]")).to_be_visible()
    expect_level(page, "caution")

    page.evaluate("storage.letGo()")

    expect(page.locator("[data-log-unreadable]")).to_be_hidden()
    expect_level(page, "no-warning-yet")
    expect(page.locator("#two-staff-yes")).to_be_checked()


def test_a_stop_that_was_seen_stays_while_the_phone_can_no_longer_be_read(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    page.evaluate("fakes.refuseStorage()")

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    tick(page, "ids", "yes")
    expect(page.locator("[data-log-failed]")).to_be_visible()
    expect_level(page, "stop")


def test_a_phone_that_was_emptied_begins_afresh(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    page.evaluate("new Promise((resolve) => { indexedDB.deleteDatabase('doorwise').onsuccess = () => resolve(null); })")
    come_back(page)

    expect_level(page, "start")
    tick(page, "two-staff", "yes")
    expect_logged(page, 1)
    assert stored(page) == {"settings": 0, "visits": 1, "events": 2}
