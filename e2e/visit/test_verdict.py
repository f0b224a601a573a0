"""The verdict after every tap."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.door_pages import (
    BAD,
    GOOD,
    REGION,
    answer_all,
    expect_level,
    expect_logged,
    level_after,
    locales,
    logged,
    open_page,
    path_of,
    shipped,
    tap_checked,
    tap_tile,
    tick,
    verdict,
    words,
)
from server.guidance.model.visit import CHECKED
from tests.js.table import OF_SEVERITY


def tap(page: Page, event: str) -> None:
    """Do what the log will name so."""
    kind, one, *rest = event.split(".")
    if kind == "check":
        tick(page, one, rest[0])
    elif kind == "checked":
        tap_checked(page, one)
    else:
        tap_tile(page, one)


def expect_words(panel: Locator, locale: str, next_words: str, say: str | None) -> None:
    """The panel shows one next step and, unless there is none, one sentence: these."""
    expect(panel.locator(".verdict__title")).to_be_visible()
    expect(panel.locator("[data-next]")).to_have_text(next_words)
    expect(panel.locator("[data-say]")).to_have_count(1 if say else 0)
    if say:
        expect(panel.locator("[data-say]")).to_have_attribute("data-say", say)
        expect(panel.locator(".say__spoken")).to_have_text(words(shipped().spoken_locale, f"say.{say}"))
        meaning = [] if locale == shipped().spoken_locale else [words(locale, f"say.{say}")]
        expect(panel.locator(".say__meaning")).to_have_text(meaning)


def expect_say_opens_large(page: Page, panel: Locator, say: str) -> None:
    panel.locator("[data-say]").click()
    opened = page.locator(".panel").locator("visible=true")
    expect(opened.locator("[data-say], .panel__spoken, .say__spoken").first).to_be_visible()
    expect(opened).to_contain_text(words(shipped().spoken_locale, f"say.{say}"))
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)


# ---- what each tap alone leads to ----


@pytest.mark.parametrize("locale", locales())
def test_before_anything_is_known_the_door_stays_shut_and_there_is_a_sentence(page: Page, locale: str) -> None:
    open_page(page, path_of(locale))

    panel = expect_level(page, "start")

    expect(panel.locator(".verdict__title")).to_have_text(words(locale, "verdict.start.title"))
    expect_words(panel, locale, words(locale, "verdict.start.next"), shipped().verdict["start"])


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("check_id", list(BAD))
def test_a_failed_check_names_its_own_next_step_and_sentence(page: Page, locale: str, check_id: str) -> None:
    open_page(page, path_of(locale))
    check = shipped().checks[check_id]

    tick(page, check_id, check.bad)

    panel = expect_level(page, OF_SEVERITY[check.severity])
    expect_words(panel, locale, words(locale, f"check.{check_id}.fail"), check.say)
    assert check.say
    expect_say_opens_large(page, panel, check.say)
    # No row moves under the finger.
    expect(page.locator(f"#check-{check_id} .check__fail")).to_be_hidden()


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("check_id", list(BAD))
def test_an_unclear_answer_is_a_caution_that_names_its_own_next_step(page: Page, locale: str, check_id: str) -> None:
    open_page(page, path_of(locale))

    tick(page, check_id, "unsure")

    panel = expect_level(page, "caution")
    expect_words(panel, locale, words(locale, f"check.{check_id}.unsure"), None)
    expect(page.locator(f"#check-{check_id} .check__unsure")).to_be_hidden()


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("tile_id", list(shipped().tiles))
def test_a_tile_names_its_own_next_step_and_sentence(page: Page, locale: str, tile_id: str) -> None:
    open_page(page, path_of(locale))
    tile = shipped().tiles[tile_id]

    tap_tile(page, tile_id)

    panel = expect_level(page, OF_SEVERITY[tile.severity])
    label, do = words(locale, f"tile.{tile_id}.label"), words(locale, f"tile.{tile_id}.do")
    expect_words(panel, locale, f"{label} · {do}", tile.say)
    assert tile.say
    expect_say_opens_large(page, panel, tile.say)
    expect_logged(page, 2)
    assert logged(page) == [f"tile.{tile_id}", f"say.{tile.say}"]


@pytest.mark.parametrize("danger_id", shipped().flows["borrower"].dangers)
def test_a_danger_is_a_matter_for_those_whom_its_button_calls(page: Page, danger_id: str) -> None:
    open_page(page, path_of("en"))
    danger = shipped().dangers[danger_id]
    tap_tile(page, danger_id)

    if danger.numbers[0] != "police":
        expect_level(page, "start")
        expect_logged(page, 1)
        page.reload()
        expect_level(page, "start")
        answer_all(page)
        expect_level(page, "no-warning-yet")
        return
    panel = expect_level(page, "police")
    label, do = words("en", f"danger.{danger_id}.label"), words("en", f"danger.{danger_id}.do")
    expect_words(panel, "en", f"{label} · {do}", danger.say)
    if danger.say:
        expect_say_opens_large(page, panel, danger.say)
    expect_logged(page, 2 if danger.say else 1)
    page.reload()
    expect_level(page, "police")
    answer_all(page)
    expect_level(page, "police")


# ---- what the official number said ----


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("answer", ["unknown-to-them", "no-answer"])
def test_a_call_that_confirms_nothing_is_a_warning_with_a_sentence(page: Page, locale: str, answer: str) -> None:
    """What comes next speaks of a sentence, so there is one."""
    open_page(page, path_of(locale))
    answer_all(page)

    tap_checked(page, answer)

    level = {"unknown-to-them": "stop", "no-answer": "caution"}[answer]
    panel = expect_level(page, level)
    expect_words(panel, locale, words(locale, f"checked.{answer}.next"), shipped().verdict[level])


@pytest.mark.parametrize("locale", locales())
def test_a_call_that_confirms_changes_the_words_and_not_the_level(page: Page, locale: str) -> None:
    open_page(page, path_of(locale))
    tap_checked(page, "confirmed")
    expect_level(page, "start")

    answer_all(page)

    panel = expect_level(page, "no-warning-yet")
    expect(panel.locator(".verdict__title")).to_have_text(words(locale, "verdict.confirmed.title"))
    expect_words(panel, locale, words(locale, "verdict.confirmed.next"), shipped().verdict["confirmed"])
    expect_say_opens_large(page, panel, shipped().verdict["confirmed"])
    tick(page, "ids", "no")
    panel = expect_level(page, "stop")
    expect_words(panel, locale, words(locale, "check.ids.fail"), shipped().checks["ids"].say)


def test_without_the_call_no_warning_yet_asks_for_it(page: Page) -> None:
    open_page(page, path_of("en"))

    answer_all(page)

    panel = expect_level(page, "no-warning-yet")
    expect(panel.locator(".verdict__title")).to_have_text(words("en", "verdict.no-warning-yet.title"))
    expect_words(panel, "en", words("en", "verdict.no-warning-yet.next"), shipped().verdict["no-warning-yet"])


# ---- several taps ----


def test_nothing_reassures_before_all_four_are_answered(page: Page) -> None:
    open_page(page, path_of("en"))
    for answered, (check, answer) in enumerate(GOOD.items(), start=1):
        expect_level(page, "start")
        tick(page, check, answer)
        expect_level(page, "no-warning-yet" if answered == len(GOOD) else "start")


def events_of(answers: dict[str, str]) -> list[str]:
    return [f"check.{check}.{answer}" for check, answer in answers.items()]


SOME = [
    ["check.two-staff.yes", "check.ids.yes", "check.authorisation.unsure"],
    ["tile.sign", "check.ids.no"],
    ["check.ids.no", "tile.sign"],
    ["check.ids.unsure", "tile.promise", "checked.no-answer"],
    ["tile.scan", "tile.come-in", "tile.official"],
    [*events_of(GOOD), "tile.their-number"],
    [*events_of(GOOD), "danger.ill", "tile.phone", "check.ids.unsure"],
    ["danger.threat", "danger.inside", "check.ids.no", "tile.scan"],
    [*events_of(BAD), "checked.confirmed"],
    [*events_of(BAD), *events_of(GOOD), "checked.confirmed"],
    [*events_of(GOOD), "checked.unknown-to-them", "checked.confirmed"],
    ["checked.no-answer", "checked.unknown-to-them", "check.two-staff.unsure"],
]


def words_of(event: str) -> str:
    """What the verdict says when this has led to it."""
    kind, one, *rest = event.split(".")
    if kind == "check":
        return words("en", f"check.{one}.{'unsure' if rest[0] == 'unsure' else 'fail'}")
    if kind == "checked":
        return words("en", f"checked.{one}.next")
    return f"{words('en', f'{kind}.{one}.label')} · {words('en', f'{kind}.{one}.do')}"


@pytest.mark.parametrize("events", SOME, ids=[str(number) for number in range(len(SOME))])
def test_the_verdict_is_that_of_the_pack_and_names_the_worst_and_latest_reason(page: Page, events: list[str]) -> None:
    open_page(page, path_of("en"))
    for number, event in enumerate(events, start=1):
        tap(page, event)

        level = level_after(events[:number])
        panel = expect_level(page, level)
        if reasons := [one for one in events[:number] if level_after([one]) == level != "start"]:
            expect(panel.locator("[data-next]")).to_have_text(words_of(reasons[-1]))
        assert panel.locator("[data-say]").count() <= 1


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


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("first", ["no", "unsure"])
def test_a_slip_of_the_finger_is_noted_as_a_correction_and_the_verdict_stays(
    page: Page, locale: str, first: str
) -> None:
    open_page(page, path_of(locale))
    note = page.locator("[data-corrected]")
    tick(page, "ids", first)
    level = verdict(page).get_attribute("data-verdict") or ""
    expect(note).to_be_hidden()

    tick(page, "ids", "yes")

    expect_level(page, level)
    expect(note).to_be_visible()
    expect(note).to_contain_text(words(locale, "verdict.new.title"))
    expect_logged(page, 3)
    assert logged(page) == [f"check.ids.{first}", "check.ids.yes", "visit.corrected"]
    answer_all(page)
    expect_level(page, level)
    page.reload()
    expect(note).to_be_visible()


def test_another_answer_that_was_no_warning_is_no_correction(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "yes")
    tick(page, "ids", "unsure")
    expect_level(page, "caution")

    expect_logged(page, 2)
    assert logged(page) == ["check.ids.yes", "check.ids.unsure"]
    expect(page.locator("[data-corrected]")).to_be_hidden()


def test_every_answer_of_the_official_number_is_asked_for(page: Page) -> None:
    for locale in locales():
        open_page(page, path_of(locale))
        group = page.get_by_role("group", name=words(locale, "checked.ask"), exact=True)
        for answer in CHECKED:
            expect(group.get_by_role("radio", name=words(locale, f"checked.{answer}"), exact=True)).to_have_count(1)
        expect(group).to_contain_text(words(locale, "checked.where"))


# ---- a visit that an earlier release has begun ----


FORMER = {was: tile for tile in shipped().tiles.values() for was in tile.was}


@pytest.mark.parametrize("was", FORMER)
def test_a_sign_that_an_earlier_release_asked_about_still_counts(page: Page, was: str) -> None:
    """The visit goes on after the update; the tile that took the sign's place says how bad it is, and what next."""
    tile = FORMER[was]
    open_page(page, f"/{REGION}/en/guide/")
    page.evaluate(
        """(what) => {
          const ms = Date.now();
          const tap = { what, ms, key: "", visit: null, canBegin: true, isRetry: false };
          sessionStorage.setItem("doorwise-visit", JSON.stringify({ taps: [tap], level: "start", levelMs: ms }));
        }""",
        f"check.{was}.yes",
    )

    open_page(page, path_of("en"))

    panel = expect_level(page, OF_SEVERITY[tile.severity])
    expect(panel.locator("[data-next]")).to_have_text(re.compile(re.escape(words("en", f"tile.{tile.id}.do"))))
    answer_all(page)
    expect_level(page, OF_SEVERITY[tile.severity])


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("answer", ["no", "unsure"])
def test_a_check_that_fails_shows_the_way_for_visitors_whom_the_checks_do_not_fit(
    page: Page, locale: str, answer: str
) -> None:
    """Police and court officers show no stamped letter: nobody should send them away for it."""
    tile = next(tile for tile in shipped().tiles.values() if tile.visitors and tile.flow)
    open_page(page, path_of(locale))
    way = page.locator(".verdict__other").locator("visible=true")
    expect(way).to_have_count(0)

    tick(page, "authorisation", answer)
    way.click()

    page.wait_for_url(f"**{path_of(locale, tile.flow or '')}")
