"""What helps before anybody comes: the questions, the stages, getting ready, practice, and news of the texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.conftest import KEYS, Phone, eventually, wait_ready, worker_state
from e2e.door_pages import (
    ENTERED,
    REGION,
    by_day,
    fake,
    locales,
    open_page,
    phone_context,
    save_settings,
    shipped,
    words,
)
from e2e.edits import add_sentence, add_topic, remove_topic, topic_file
from server.guidance.checks.decision_table import GROUPS
from tests.outcomes import choose_outcomes
from tests.serving import ServerProcess

in_each_locale = pytest.mark.parametrize("locale", locales())
# Past every review date of the pack.
MUCH_LATER = "2040-01-01T12:00:00+08:00"


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url) as context:
        yield by_day(context)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def plain_page(browser: Browser, base_url: str) -> Iterator[Page]:
    """A page of a browser without script."""
    with phone_context(browser, base_url, java_script_enabled=False) as context:
        yield context.new_page()


def address(locale: str, name: str) -> str:
    return f"/{REGION}/{locale}/{name}/"


def ways_to_every_row() -> list[dict[str, str]]:
    """A few ways to answer that lead to every row of the table."""
    pack = shipped()
    missing, ways = set(pack.outcomes), []
    for chosen in product(*[question.answers for question in pack.questions.values()]):
        answers = dict(zip(pack.questions, chosen, strict=True))
        if found := missing & {row.id for row in choose_outcomes(pack, answers).values()}:
            missing -= found
            ways.append(answers)
    assert not missing
    return ways


def give(page: Page, question: str, answer: str) -> None:
    page.locator(f'label[for="q-{question}-{answer}"]').click()
    expect(page.locator(f"#q-{question}-{answer}")).to_be_checked()


@in_each_locale
def test_each_way_to_answer_shows_the_one_row_of_each_group_that_fits(page: Page, locale: str) -> None:
    open_page(page, address(locale, "will-they-come"))
    expect(page.locator("[data-answer-first]")).to_be_visible()
    expect(page.locator("[data-outcomes]")).to_be_hidden()
    held: dict[str, str] = {}

    for answers in ways_to_every_row():
        for question, answer in answers.items():
            if held.get(question) != answer:
                give(page, question, answer)
        held = answers
        expect(page.locator("[data-answer-first]")).to_be_hidden()
        rows = choose_outcomes(shipped(), answers)
        shown = page.locator("[data-outcome]").locator("visible=true")
        expect(shown).to_have_count(len(GROUPS))
        assert [row.get_attribute("data-outcome") for row in shown.all()] == [rows[group].id for group in GROUPS]
        for row in rows.values():
            box = page.locator(f'[data-outcome="{row.id}"]')
            expect(box.locator("h3")).to_have_text(words(locale, f"outcome.{row.id}.title"))
            expect(box.locator("[data-condition]").locator("visible=true")).to_have_count(0)

    # Nothing is kept: who opens the page next sees no answers.
    page.reload()
    expect(page.locator("[data-answer-first]")).to_be_visible()
    expect(page.locator("form input:checked")).to_have_count(0)


@in_each_locale
def test_nothing_is_shown_before_the_last_question_is_answered(page: Page, locale: str) -> None:
    open_page(page, address(locale, "will-they-come"))
    answers = ways_to_every_row()[0]

    for number, (question, answer) in enumerate(answers.items(), start=1):
        expect(page.locator("[data-outcomes]")).to_be_hidden()
        give(page, question, answer)
        expect(page.locator("[data-answer-first]")).to_be_visible(visible=number < len(answers))
    expect(page.locator("[data-outcomes]")).to_be_visible()


@in_each_locale
def test_the_stages_read_and_show_where_the_reader_is(page: Page, locale: str) -> None:
    open_page(page, address(locale, "will-they-come"))
    assert shipped().stages

    for stage in shipped().stages:
        box = page.locator(f'[data-stage="{stage}"]')
        for part in ("name", "what", "allowed", "ends"):
            expect(box).to_contain_text(words(locale, f"stage.{stage}.{part}"))
        expect(box.locator(".stage__text")).to_be_visible()
        expect(box.locator(".stage__you")).to_be_hidden()
        box.locator("label").click()
        expect(box.locator(".stage__you")).to_be_visible()
        expect(page.locator(".stage__you").locator("visible=true")).to_have_count(1)
    # The reasons stand on a page of their own, each at its place.
    reason = page.locator('[data-stage="visit"] a.why').first
    rule = (reason.get_attribute("href") or "").partition("#why-")[2]
    reason.click()
    expect(page).to_have_url(re.compile(rf"{re.escape(address(locale, 'now/why'))}#why-{rule}$"))
    expect(page.locator(f"#why-{rule}")).to_be_in_viewport()
    expect(page.locator(f"#why-{rule}")).to_contain_text(words(locale, f"rule.{rule}"))
    # A sentence opens from here and closes again.
    open_page(page, address(locale, "will-they-come"))
    panel = page.locator(".panel--say").locator("visible=true")
    page.locator("main .says a.say").locator("visible=true").first.click()
    expect(panel).to_have_count(1)
    panel.locator("[data-close]").click()
    expect(panel).to_have_count(0)


@in_each_locale
def test_practice_goes_from_line_to_line_explains_and_sums_up(page: Page, locale: str) -> None:
    drills = list(shipped().drills.values())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, address(locale, "practice"))
    box = page.locator("[data-drill]").locator("visible=true")
    expect(box).to_have_count(0)
    expect(page.locator('[data-drills] a[href^="tel:"], [data-drills] a[href^="sms:"]')).to_have_count(0)

    # Once through with every second answer bad, then again with every answer good.
    for bad in (range(0, len(drills), 2), ()):
        page.locator("[data-drill-start]").click()
        expect(page.locator("[data-drill-start]")).to_be_hidden()
        for number, drill in enumerate(drills):
            expect(box).to_have_count(1)
            expect(box).to_have_attribute("data-drill", drill.id)
            expect(box.locator(".drill__line")).to_have_text(words(shipped().spoken_locale, f"drill.{drill.id}.line"))
            expect(box.locator("[data-drill-next]")).to_be_hidden()
            expect(box.locator(".choice__why").locator("visible=true")).to_have_count(0)
            # The sentence to say would give the answer away; what there is to choose from is all in view.
            expect(box.locator("[data-drill-after]")).to_be_hidden()
            for label in box.locator(".choice label").all():
                expect(label).to_be_in_viewport(ratio=1)
            answer = next(one for one in drill.answers if (one == drill.good) != (number in bad))
            box.locator(f'label[for="drill-{drill.id}-{answer}"]').click()
            why = box.locator(".choice__why").locator("visible=true")
            expect(why).to_have_count(1)
            expect(why).to_contain_text(words(locale, f"drill.{drill.id}.{answer}.why"))
            expect(box.locator("[data-drill-after]")).to_be_visible()
            # Looking at the good answer afterwards teaches, and does not count.
            box.locator(f'label[for="drill-{drill.id}-{drill.good}"]').click()
            box.locator("[data-drill-next]").click()
        expect(box).to_have_count(0)
        expect(page.locator("[data-drill-end]")).to_contain_text(f"{len(drills) - len(bad)} / {len(drills)}")
        expect(page.locator("[data-drill-clock]")).to_be_hidden()

    assert [url for url in asked if not url.startswith("http")] == [], "nothing is dialled"
    assert page.evaluate(ENTERED) == {}, "nothing is kept"


@in_each_locale
def test_practice_ends_after_a_minute(page: Page, locale: str) -> None:
    open_page(page, address(locale, "practice"))
    page.locator("[data-drill-start]").click()
    expect(page.locator("[data-drill-time]")).to_have_text("60")

    page.clock.set_fixed_time("2026-11-21T12:01:01+08:00")

    expect(page.locator("[data-drill-end]")).to_contain_text(f"0 / {len(shipped().drills)}")
    expect(page.locator("[data-drill]").locator("visible=true")).to_have_count(0)
    expect(page.locator("[data-drill-start]")).to_be_visible()


@in_each_locale
def test_ticks_and_what_a_person_entered_both_stay(page: Page, locale: str) -> None:
    """The list itself sends people to the settings: saving there must not clear the ticks, nor a tick the people."""
    ticked = list(shipped().preparations)[:3]
    save_settings(page, locale, address="Door 8")
    open_page(page, address(locale, "practice"))
    expect(page.locator("[data-prepare]:checked")).to_have_count(0)
    for item in ticked:
        page.locator(f"#prepare-{item}").check()
    eventually(lambda: all(page.evaluate(ENTERED).get(f"prepare.{item}") for item in ticked), "the ticks are stored")
    page.locator(f"#prepare-{ticked[0]}").uncheck()
    eventually(lambda: not page.evaluate(ENTERED)[f"prepare.{ticked[0]}"], "the tick is removed")
    assert page.evaluate(ENTERED)["address"] == "Door 8"

    save_settings(page, locale, address="Door 9")
    open_page(page, address(locale, "practice"))

    expect(page.locator("[data-prepare]:checked")).to_have_count(len(ticked) - 1)
    for item in ticked[1:]:
        expect(page.locator(f"#prepare-{item}")).to_be_checked()
    expect(page.locator("[data-tick-failed]")).to_be_hidden()


def test_a_tick_made_before_the_phone_has_read_the_stored_ones_stays(context: BrowserContext) -> None:
    old, new = list(shipped().preparations)[:2]
    page = open_page(context.new_page(), address("en", "practice"))
    page.locator(f"#prepare-{old}").check()
    eventually(lambda: page.evaluate(ENTERED).get(f"prepare.{old}"), "the tick is stored")
    context.add_init_script(fake("holdStorage()"))
    open_page(page, address("en", "practice"))
    page.locator(f"#prepare-{new}").check()

    page.evaluate("() => storage.letGo()")

    expect(page.locator(f"#prepare-{old}")).to_be_checked()
    expect(page.locator(f"#prepare-{new}")).to_be_checked()


@pytest.mark.parametrize("key", KEYS)
def test_what_has_changed_is_marked_once_the_phone_has_it(phone: Phone, own_server: ServerProcess, key: str) -> None:
    assert own_server.packs is not None
    topic = topic_file(own_server.packs, key)
    page = phone.open()
    page.goto(f"{own_server.url}/{key}/")
    wait_ready(page)
    page.goto(f"{own_server.url}/{key}/guide/changes/")
    expect(page.locator("[data-first]")).to_be_visible()
    expect(page.locator("[data-needs-script]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-nothing]")).to_be_visible()
    expect(page.locator("[data-changed]").locator("visible=true")).to_have_count(0)

    before = worker_state(page, "slots", key)["current"]["digest"]
    add_sentence(topic, "A.")
    own_server.command("release", "publish")
    page.goto(f"{own_server.url}/{key}/")
    eventually(lambda: worker_state(page, "slots", key)["current"]["digest"] != before, "the phone has the new texts")
    page.goto(f"{own_server.url}/{key}/guide/changes/")

    expect(page.locator("[data-changed]").locator("visible=true")).to_have_count(1)
    expect(page.locator(f'[data-text="{topic.stem}"] [data-changed]')).to_be_visible()
    expect(page.locator("[data-new]").locator("visible=true")).to_have_count(0)
    expect(page.locator("[data-gone]")).to_be_hidden()
    expect(page.locator("[data-nothing]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-nothing]")).to_be_visible()


@pytest.mark.parametrize("key", KEYS)
def test_what_is_no_longer_here_is_called_as_it_was(browser: Browser, own_server: ServerProcess, key: str) -> None:
    assert own_server.packs is not None
    topic = add_topic(own_server.packs)
    own_server.command("release", "publish")
    with phone_context(browser, own_server.url) as context:
        page = open_page(context.new_page(), f"/{key}/guide/changes/")
        title = page.locator(f'[data-text="{topic}"] strong').inner_text()
        expect(page.locator("[data-first]")).to_be_visible()

        remove_topic(own_server.packs, topic)
        own_server.command("release", "publish")
        page.reload()

        expect(page.locator("[data-gone] li")).to_have_text([title])
        assert title != topic
        page.reload()
        expect(page.locator("[data-nothing]")).to_be_visible()
        expect(page.locator("[data-gone]")).to_be_hidden()


@in_each_locale
def test_every_topic_is_at_most_two_taps_from_home(page: Page, locale: str) -> None:
    """By the links of the pages themselves, those that are shown: not by what the templates are meant to hold."""
    home = f"/{REGION}/{locale}/"
    reached, level = {home}, [home]

    for _tap in range(2):
        found: set[str] = set()
        for path in level:
            open_page(page, path)
            found |= set(
                page.locator("a:visible").evaluate_all(
                    "links => links.map((link) => link.pathname).filter((path) => path.endsWith('/'))"
                )
            )
        level = sorted(path for path in found - reached if path.startswith(home))
        reached |= found

    assert reached >= {f"{home}{topic.address}" for topic in shipped().topics.values()}


def topics_at_their_places() -> list[str]:
    """Return the page of a topic, and of one that stands on the page of its tool."""
    topics = shipped().topics.values()
    tool = next(topic for topic in topics if topic.tool)
    return [next(iter(topics)).address.strip("/"), tool.address.strip("/")]


@in_each_locale
@pytest.mark.parametrize("name", topics_at_their_places())
def test_what_is_past_its_review_date_says_so_and_loses_its_weight(page: Page, locale: str, name: str) -> None:
    topic = next(one for one in shipped().topics.values() if one.address == f"{name}/")
    notice, badges = page.locator("[data-overdue-whole]"), page.locator("main .badge")
    open_page(page, address(locale, name))
    expect(notice).to_be_hidden()
    page.locator("details.sources summary").click()
    expect(badges.locator("visible=true")).not_to_have_count(0)

    page.clock.set_fixed_time(MUCH_LATER)
    open_page(page, address(locale, name))
    page.locator("details.sources summary").click()
    expect(page.locator("details.sources li").first).to_be_visible()

    expect(notice).to_be_visible()
    expect(notice).to_contain_text(topic.review_by.isoformat())
    assert "notice--warn" in (notice.get_attribute("class") or "")
    expect(badges).not_to_have_count(0)
    expect(badges.locator("visible=true")).to_have_count(0)
    expect(page.locator(".pair__do li").first).to_be_visible()
    open_page(page, address(locale, "about"))
    expect(page.locator("[data-overdue-whole]")).to_be_visible()


@in_each_locale
def test_the_day_itself_is_not_past(page: Page, locale: str) -> None:
    topic = next(iter(shipped().topics.values()))
    page.clock.set_fixed_time(f"{topic.review_by}T23:59:00+08:00")

    open_page(page, address(locale, f"guide/{topic.id}"))

    expect(page.locator("[data-overdue-whole]")).to_be_hidden()


@in_each_locale
def test_without_script_every_row_and_stage_stands_readable(plain_page: Page, locale: str) -> None:
    plain_page.goto(address(locale, "will-they-come"))

    expect(plain_page.locator("[data-answer-first]")).to_be_hidden()
    for row in shipped().outcomes.values():
        box = plain_page.locator(f'[data-outcome="{row.id}"]')
        expect(box.locator("h3")).to_be_visible()
        expect(box).to_contain_text(words(locale, f"outcome.{row.id}.text"))
        for condition in box.locator("[data-condition]").all():
            expect(condition).to_be_visible()
    for stage in shipped().stages:
        expect(plain_page.locator(f'[data-stage="{stage}"] .stage__text')).to_be_visible()


@in_each_locale
def test_without_script_every_drill_stands_readable_and_explains(plain_page: Page, locale: str) -> None:
    plain_page.goto(address(locale, "practice"))

    for button in plain_page.locator("[data-drill-start], [data-drill-next]").all():
        expect(button).to_be_hidden()
    expect(plain_page.locator("[data-drill-end]")).to_be_hidden()
    for drill in shipped().drills.values():
        box = plain_page.locator(f'[data-drill="{drill.id}"]')
        expect(box.locator(".drill__line")).to_be_visible()
        expect(box.locator("[data-drill-after]")).to_be_visible()
        box.locator(f'label[for="drill-{drill.id}-{drill.good}"]').click()
        why = box.locator(".choice__why").locator("visible=true")
        expect(why).to_have_count(1)
        expect(why).to_contain_text(words(locale, f"drill.{drill.id}.{drill.good}.why"))
    plain_page.goto(address(locale, "guide/changes"))
    expect(plain_page.locator("[data-needs-script]")).to_be_visible()
    assert re.search(r"[{}]", plain_page.locator("main").inner_text()) is None
