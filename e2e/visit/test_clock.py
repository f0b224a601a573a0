"""The hour at the door, and how long a visit lasts."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from e2e.conftest import NOON
from e2e.door_pages import (
    GOOD,
    REGION,
    answer_all,
    by_day,
    expect_level,
    expect_logged,
    locales,
    logged,
    open_page,
    path_of,
    phone_context,
    shipped,
    tap_tile,
    tick,
    words,
)

NIGHT = "2026-11-21T03:00:00+08:00"


def at(browser: Browser, base_url: str, moment: str, zone: str) -> BrowserContext:
    context = phone_context(browser, base_url, timezone_id=zone)
    return by_day(context, moment)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
@pytest.mark.parametrize("locale", locales())
def test_at_night_the_screen_says_by_itself_that_it_is_not_the_hour(
    browser: Browser, base_url: str, locale: str, zone: str
) -> None:
    """The hour counts where the door is, however the phone is set."""
    with at(browser, base_url, NIGHT, zone) as context:
        page = open_page(context.new_page(), path_of(locale))
        notice = page.locator("[data-clock]")
        expect(notice).to_be_visible()
        expect(notice).to_contain_text(words(locale, "hours.collection"))
        expect_level(page, "start")
        expect(page.locator("[data-log]")).to_be_hidden()

        tick(page, "two-staff", "yes")

        panel = expect_level(page, "stop")
        expect(panel.locator("[data-next]")).to_have_text(words(locale, "check.hours.fail"))
        expect(panel.locator("[data-say]")).to_have_attribute("data-say", "not-the-hour")
        expect_logged(page, 3)
        assert logged(page) == ["check.two-staff.yes", "visit.hours", "check.hours.yes"]
        expect(page.locator("[data-check=hours] input")).to_have_count(0)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_by_day_the_screen_shows_no_notice_of_the_hour(browser: Browser, base_url: str, zone: str) -> None:
    with at(browser, base_url, NOON, zone) as context:
        page = open_page(context.new_page(), path_of("en"))
        answer_all(page)
        expect_level(page, "no-warning-yet")
        expect(page.locator("[data-clock]")).to_be_hidden()
        expect_logged(page, len(GOOD))
        assert logged(page) == [f"check.{check}.{answer}" for check, answer in GOOD.items()]


def test_the_hour_may_end_while_the_screen_is_open(browser: Browser, base_url: str) -> None:
    with phone_context(browser, base_url) as context:
        page = context.new_page()
        page.clock.install(time="2026-11-21T21:58:00+08:00")
        open_page(page, path_of("en"))
        answer_all(page)
        expect_level(page, "no-warning-yet")

        page.clock.fast_forward("03:00")

        expect(page.locator("[data-clock]")).to_be_visible()
        expect_level(page, "stop")


OTHERS = [tile.id for tile in shipped().tiles.values() if tile.visitors]


@pytest.mark.parametrize("tile", OTHERS)
def test_hours_for_collectors_do_not_bind_those_who_claim_to_be_somebody_else(
    browser: Browser, base_url: str, tile: str
) -> None:
    """Police and courts may come at night; what else is seen counts as ever."""
    with at(browser, base_url, NIGHT, "Asia/Shanghai") as context:
        page = open_page(context.new_page(), path_of("en"))

        tap_tile(page, tile)
        answer_all(page)

        expect_level(page, "caution")
        expect(page.locator("[data-clock]")).to_be_visible()
        expect_logged(page, 1 + len(GOOD))
        assert "check.hours.yes" not in logged(page)
        tick(page, "ids", "no")
        expect_level(page, "stop")


def test_a_tile_that_anybody_could_cause_leaves_the_hour_counting(browser: Browser, base_url: str) -> None:
    with at(browser, base_url, NIGHT, "Asia/Shanghai") as context:
        page = open_page(context.new_page(), path_of("en"))

        tap_tile(page, "sign")

        panel = expect_level(page, "stop")
        expect(panel.locator("[data-next]")).to_have_text(words("en", "check.hours.fail"))


def test_what_an_earlier_release_was_told_about_the_hour_is_not_overruled(browser: Browser, base_url: str) -> None:
    """It asked, and the person may have agreed to this hour; the visit goes on after the update."""
    with at(browser, base_url, NIGHT, "Asia/Shanghai") as context:
        page = open_page(context.new_page(), f"/{REGION}/en/guide/")
        page.evaluate(
            """() => {
              const ms = Date.now();
              const tap = { what: "check.hours.no", ms, key: "", visit: null, canBegin: true, isRetry: false };
              sessionStorage.setItem("doorwise-visit", JSON.stringify({ taps: [tap], level: "start", levelMs: ms }));
            }"""
        )
        open_page(page, path_of("en"))
        expect_logged(page, 1)

        answer_all(page)

        expect_level(page, "no-warning-yet")
        expect_logged(page, 1 + len(GOOD))


def test_a_visit_that_nobody_ended_is_over_after_half_a_day(browser: Browser, base_url: str) -> None:
    with phone_context(browser, base_url) as context:
        page = by_day(context).new_page()
        open_page(page, path_of("en"))
        tick(page, "ids", "no")
        expect_logged(page, 1)

        context.clock.set_fixed_time("2026-11-22T12:00:00+08:00")
        open_page(page, path_of("en"))

        expect_level(page, "start")
        expect(page.locator("[data-log]")).to_be_hidden()
