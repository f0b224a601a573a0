"""A visit screen that stays open: its visit may be over, ended or removed while nobody looks."""

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import NOON, eventually
from e2e.door_pages import (
    REGION,
    expect_level,
    expect_logged,
    logged,
    open_page,
    path_of,
    stored,
    tick,
)

NEXT_DAY = "2026-11-22T12:30:00+08:00"
CLOCK_PUT_BACK = "2024-01-01T12:00:00+08:00"


@pytest.fixture
def visited(page: Page) -> Page:
    """A page on which a check has failed."""
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    return page


def come_back(page: Page) -> None:
    """Bring the page back into view, as an app that was in the background."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def expect_fresh(page: Page) -> None:
    expect_level(page, "start")
    expect(page.locator("[data-check] input:checked")).to_have_count(0)
    expect(page.locator("[data-log]")).to_be_hidden()


def erase_everything(page: Page) -> None:
    other = open_page(page.context.new_page(), f"/{REGION}/en/settings/")
    other.locator("[data-erase]").click()
    other.locator("[data-erase-yes]").click()
    expect(other.locator("[data-erased]")).to_be_visible()


def remove_visit(page: Page) -> None:
    other = open_page(page.context.new_page(), f"/{REGION}/en/records/")
    other.locator("[data-remove]").click()
    other.locator("[data-remove-yes]").click()
    expect(other.locator("[data-empty]")).to_be_visible()


def end_visit(page: Page) -> None:
    other = open_page(page.context.new_page(), path_of("en"))
    other.locator('a[data-action="left"]').click()
    other.wait_for_url("**/after/")


@pytest.mark.parametrize("moment", [NEXT_DAY, CLOCK_PUT_BACK])
def test_a_page_that_comes_back_after_the_visit_is_over_begins_afresh(visited: Page, moment: str) -> None:
    visited.clock.set_fixed_time(moment)
    come_back(visited)

    expect_fresh(visited)
    tick(visited, "ids", "no")
    expect_level(visited, "stop")
    expect_logged(visited, 1)
    assert stored(visited)["visits"] == 2


@pytest.mark.parametrize("moment", [NEXT_DAY, CLOCK_PUT_BACK])
def test_a_tap_after_the_visit_is_over_begins_a_new_one(visited: Page, moment: str) -> None:
    """Nobody has told the page that it was away: the screen may have been on all the time."""
    visited.clock.set_fixed_time(moment)
    tick(visited, "two-staff", "yes")

    expect_level(visited, "start")
    expect(visited.locator("[data-check] input:checked")).to_have_count(1)
    eventually(lambda: stored(visited)["visits"] == 2, "a second visit")
    assert logged(visited) == ["check.two-staff.yes"]


def test_a_visit_that_is_over_leaves_the_screen_by_itself(page: Page) -> None:
    page.clock.install(time=NOON)
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    page.clock.fast_forward("13:00:00")

    expect_level(page, "start")
    expect(page.locator("#ids-no")).not_to_be_checked()


@pytest.mark.parametrize("remove", [erase_everything, remove_visit])
def test_a_tap_after_the_visit_was_removed_begins_a_new_one(visited: Page, remove) -> None:
    remove(visited)

    tick(visited, "two-staff", "yes")

    expect_level(visited, "start")
    expect(visited.locator("[data-check] input:checked")).to_have_count(1)
    eventually(lambda: logged(visited) == ["check.two-staff.yes"], "the tap is in a visit")
    assert stored(visited) == {"settings": 0, "visits": 1, "events": 2}, "no event is without its visit"


@pytest.mark.parametrize("remove", [erase_everything, remove_visit])
def test_a_removed_visit_does_not_come_back_when_they_have_left(visited: Page, remove) -> None:
    remove(visited)

    visited.locator('a[data-action="left"]').click()

    visited.wait_for_url("**/after/")
    assert stored(visited) == {"settings": 0, "visits": 0, "events": 0}


@pytest.mark.parametrize("change", [erase_everything, remove_visit, end_visit])
def test_a_page_that_comes_back_after_the_visit_is_gone_begins_afresh(visited: Page, change) -> None:
    change(visited)

    come_back(visited)

    expect_fresh(visited)


def test_a_tap_after_the_visit_was_ended_elsewhere_begins_a_new_one(visited: Page) -> None:
    end_visit(visited)
    assert logged(visited) == ["check.ids.no", "visit.left"]

    tick(visited, "two-staff", "yes")

    expect_level(visited, "start")
    eventually(lambda: logged(visited) == ["check.two-staff.yes"], "the tap is in a visit of its own")
    assert stored(visited) == {"settings": 0, "visits": 2, "events": 5}


def test_a_page_that_comes_back_knows_what_another_one_has_seen(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "two-staff", "yes")
    expect_logged(page, 1)
    other = open_page(page.context.new_page(), path_of("en"))
    tick(other, "ids", "no")
    expect_logged(page, 2)

    come_back(page)

    expect_level(page, "stop")
    expect(page.locator("#two-staff-yes")).to_be_checked()
