"""The verdict after every tick."""

import contextlib

import pytest
from playwright.sync_api import Page, expect

from e2e.door_pages import (
    BAD,
    GOOD,
    REGION,
    expect_level,
    expect_logged,
    locales,
    open_page,
    path_of,
    shipped,
    tick,
    words,
)
from tests.js.table import checks_of, level, named_failure


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("check_id", list(BAD))
def test_a_failed_check_names_its_own_next_step_and_sentence(page: Page, locale: str, check_id: str) -> None:
    open_page(page, path_of(locale))
    expect_level(page, "start")
    check = shipped().checks[check_id]

    tick(page, check_id, check.bad)

    panel = expect_level(page, level(checks_of(shipped()), {check_id: check.bad}))
    expect(panel.locator("[data-next]")).to_have_text(words(locale, f"check.{check_id}.fail"))
    expect(panel.locator(".verdict__title")).to_be_visible()
    if check.say:
        expect(panel.locator("[data-say]")).to_have_attribute("data-say", check.say)
        expect(panel.locator(".say__spoken")).to_have_text(words(shipped().spoken_locale, f"say.{check.say}"))
    expect(page.locator(f"#check-{check_id} .check__fail")).to_be_visible()


SOME = [
    {"two-staff": "yes"},
    {"two-staff": "unsure"},
    {"ids": "no"},
    {"wants-signature": "yes"},
    {"two-staff": "yes", "ids": "yes", "authorisation": "unsure"},
    {"wants-signature": "yes", "ids": "no"},
    {"no-cash-no-cards": "no", "ids": "no", "wants-phone": "yes"},
    {"hours": "yes", "two-staff": "no"},
    {"alone": "unsure", "wants-in": "no"},
    GOOD,
    BAD,
    {**GOOD, "wants-signature": "yes"},
    {**GOOD, "wants-in": "yes"},
]


def test_the_verdict_in_the_browser_is_that_of_the_pack(page: Page) -> None:
    checks = checks_of(shipped())
    for answers in SOME:
        with contextlib.closing(page.context.new_page()) as fresh:
            fresh.context.clear_cookies()
            open_page(fresh, f"/{REGION}/en/records/")
            fresh.evaluate("indexedDB.deleteDatabase('doorwise') && null")
            open_page(fresh, path_of("en"))
            for check_id, answer in answers.items():
                tick(fresh, check_id, answer)
            panel = expect_level(fresh, level(checks, answers))
            if failed := named_failure(checks, answers):
                expect(panel.locator("[data-next]")).to_have_text(words("en", f"check.{failed.id}.fail"))
            expect_logged(fresh, len(answers))


@pytest.mark.parametrize("locale", locales())
def test_a_failed_check_stays_failed_when_it_is_ticked_good_afterwards(page: Page, locale: str) -> None:
    open_page(page, path_of(locale))
    tick(page, "ids", "no")
    panel = expect_level(page, "stop")

    for check_id, answer in {"ids": "yes", **GOOD}.items():
        tick(page, check_id, answer)
        expect_level(page, "stop")
    expect(panel.locator("[data-next]")).to_have_text(words(locale, "check.ids.fail"))

    page.reload()
    expect_level(page, "stop")
    expect(page.locator("#ids-yes")).to_be_checked()


def test_an_unclear_answer_is_not_a_failure(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "unsure")
    expect_level(page, "caution")
    expect(page.locator("#check-ids .check__unsure")).to_have_text(words("en", "check.ids.unsure"))

    tick(page, "ids", "yes")

    expect_level(page, "no-warning-yet")
    expect(page.locator("#check-ids .check__unsure")).to_be_hidden()


@pytest.mark.parametrize("danger", shipped().flows["borrower"].dangers)
def test_a_danger_is_a_matter_for_those_whom_its_button_calls(page: Page, danger: str) -> None:
    open_page(page, path_of("en"))
    page.locator(f'[data-danger="{danger}"]').click()
    page.keyboard.press("Escape")

    police = shipped().dangers[danger].contact == "police"
    expect_level(page, "police" if police else "start")

    expect_logged(page, 1)
    page.reload()
    expect_level(page, "police" if police else "start")
    tick(page, "two-staff", "yes")
    expect_level(page, "police" if police else "no-warning-yet")
