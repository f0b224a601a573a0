"""Without JavaScript the pages read, the checklist works, and the verdict follows it by CSS alone."""

import datetime
import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from e2e.conftest import SHIPPED
from e2e.door_pages import REGION, every_flow, is_on_top, locales, path_of, phone_context, shipped, shown_steps, words
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from tests.js.table import LEVELS, OF_SEVERITY, asked_of, checks_of, level
from tests.serving import ServerProcess

CASES = [pytest.param(locale, flow, id=f"{locale}-{flow}") for locale, flow in every_flow()]


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url, java_script_enabled=False) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def answer(page: Page, check: str, value: str) -> None:
    page.locator(f'label[for="{check}-{value}"]').click()


def shown_level(page: Page) -> str | None:
    """The one verdict that is to be seen."""
    panels = page.locator("[data-panel]").locator("visible=true")
    expect(panels).to_have_count(1)
    return panels.get_attribute("data-panel")


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_a_door_page_reads_and_its_panels_open_by_link(page: Page, locale: str, flow_id: str) -> None:
    flow = shipped().flows[flow_id]
    page.goto(path_of(locale, flow_id))
    expect(page.locator("html")).not_to_have_attribute("data-js", "")
    expect(page.locator("h1")).to_have_text(words(locale, f"flow.{flow_id}.first"))
    expect(page.locator(".bar a[data-action='call-police']")).to_be_in_viewport(ratio=1)
    for step in shown_steps(flow):
        expect(page.locator(f"#step-{step.id} h3")).to_have_text(words(locale, f"flow.{flow_id}.{step.id}.do"))
        expect(page.locator(f"#step-{step.id} h3")).to_be_visible()
    assert re.search(r"[{}]", page.locator("body").inner_text()) is None, "a placeholder is shown as it is"

    for danger in flow.dangers[:2]:
        panel = open_by_link(page, f'[data-danger="{danger}"]', f"danger-{danger}")
        expect(panel.locator("[data-operator]")).to_contain_text("____")
        close(page, panel)
    for say in page.locator("main a[data-say]").locator("visible=true").all()[:2]:
        say_id = say.get_attribute("data-say") or ""
        say.click()
        panel = page.locator(f"#say-{say_id}")
        expect(panel.locator(".panel__spoken")).to_have_text(words(shipped().spoken_locale, f"say.{say_id}"))
        # A button that could do nothing is not shown.
        expect(page.locator("[data-speak]")).to_be_hidden()
        page.go_back()
        expect(panel).to_be_hidden()


def open_by_link(page: Page, link: str, panel_id: str) -> Locator:
    """Open a panel by its link; a number can be called from there, and the way back is in view."""
    page.locator(link).click()
    panel = page.locator(f"#{panel_id}")
    expect(panel).to_be_visible()
    calls = page.locator(f"#{panel_id} a[href^='tel:'], .bar a[href^='tel:']").all()
    assert [call for call in calls if is_on_top(call)], "no number can be tapped"
    expect(page.locator("[data-close]")).to_be_in_viewport(ratio=1)
    assert is_on_top(page.locator("[data-close]")), "something covers the way back"
    return panel


def close(page: Page, panel: Locator) -> None:
    page.locator("[data-close]").click()
    expect(panel).to_be_hidden()


@pytest.mark.parametrize("locale", locales())
def test_each_tile_opens_by_link_too(page: Page, locale: str) -> None:
    page.goto(path_of(locale))
    for tile in shipped().tiles.values():
        panel = open_by_link(page, f'[data-tile="{tile.id}"]', f"tile-{tile.id}")
        expect(panel.locator(".panel__do")).to_have_text(words(locale, f"tile.{tile.id}.do"))
        expect(panel.locator(".panel__spoken")).to_have_text(words(shipped().spoken_locale, f"say.{tile.say}"))
        close(page, panel)
    panel = open_by_link(page, 'a.tile[href="#voice"]', "voice")
    text = panel.locator("a[data-action='text-police']")
    expect(text).to_be_in_viewport(ratio=1)
    # Nothing fills these in, and a browser encodes them itself.
    message = words(shipped().spoken_locale, "voice.words").replace("{address}", "____")
    assert text.get_attribute("href") == f"sms:12110?&body={message}"
    for needs_script in ("[data-copy-words]", "[data-remember-voice]"):
        expect(panel.locator(needs_script)).to_be_hidden()


@pytest.mark.parametrize("locale", locales())
def test_each_check_shows_its_next_step_right_beneath_it(page: Page, locale: str) -> None:
    page.goto(path_of(locale))
    for check in asked_of(shipped()):
        box = page.locator(f'[data-check="{check.id}"]')
        fail, unsure = box.locator(".check__fail"), box.locator(".check__unsure")
        expect(fail).to_be_hidden()

        answer(page, check.id, check.bad)
        expect(fail.locator("p")).to_have_text(words(locale, f"check.{check.id}.fail"))
        expect(fail).to_be_visible()
        expect(unsure).to_be_hidden()
        if check.say:
            expect(fail.locator("[data-say]")).to_have_attribute("href", f"#say-{check.say}")
        answer(page, check.id, "unsure")
        expect(unsure).to_have_text(words(locale, f"check.{check.id}.unsure"))
        expect(unsure).to_be_visible()
        expect(fail).to_be_hidden()
        answer(page, check.id, "no" if check.bad == "yes" else "yes")
        expect(fail).to_be_hidden()
        expect(unsure).to_be_hidden()


@pytest.mark.parametrize("locale", locales())
def test_what_the_official_number_said_shows_its_next_step_beneath_it(page: Page, locale: str) -> None:
    page.goto(path_of(locale))
    expected = {name: words(locale, f"checked.{name}.next") for name in ("unknown-to-them", "no-answer")}
    expected["confirmed"] = words(locale, "verdict.confirmed.next")
    for name, next_words in expected.items():
        page.locator(f'label[for="checked-{name}"]').click()

        shown = page.locator("[data-checked-next]").locator("visible=true")
        expect(shown).to_have_count(1)
        expect(shown).to_have_attribute("data-checked-next", name)
        expect(shown).to_contain_text(next_words)


def combinations(pack: Pack) -> Iterator[dict[str, str]]:
    """Of each kind of check: one answer alone, each pair of unlike kinds failed; then everything, and all but one."""
    checks = asked_of(pack)
    kinds = {(check.severity, check.bad): check for check in checks}
    for check in kinds.values():
        for value in ("yes", "no", "unsure"):
            yield {check.id: value}
    for one, other in itertools.combinations(kinds.values(), 2):
        yield {one.id: one.bad, other.id: other.bad}
    for one, other in itertools.pairwise(kinds.values()):
        yield {one.id: one.bad, other.id: "unsure"}
    good = {check.id: "no" if check.bad == "yes" else "yes" for check in checks}
    yield good
    for check in checks:
        yield {one: value for one, value in good.items() if one != check.id}
    yield {**good, checks[0].id: checks[0].bad}
    yield {**good, checks[0].id: "unsure"}
    yield {check.id: check.bad for check in checks}


def compare_verdicts(page: Page, path: str, pack: Pack) -> set[str]:
    """Tick each combination and compare what CSS shows; gives the levels that were seen."""
    seen = set()
    page.goto(path)
    assert shown_level(page) == "start"
    for answers in combinations(pack):
        page.goto(path)
        for check, value in answers.items():
            answer(page, check, value)
        expected = level(checks_of(pack), answers)
        assert shown_level(page) == expected, answers
        seen.add(expected)
    return seen


def test_the_verdict_by_css_is_that_of_the_pack(page: Page) -> None:
    seen = compare_verdicts(page, path_of("en"), shipped())

    assert seen == {"start", "no-warning-yet", "caution", "stop"}


@pytest.mark.parametrize("bad", ["no", "yes"])
def test_the_verdict_by_css_knows_every_severity(browser: Browser, own_server: ServerProcess, bad: str) -> None:
    """A pack may ask for the police at once, or only for a complaint, and either answer may be the bad one."""
    assert own_server.packs
    visit = own_server.packs / REGION / "visit.toml"
    source = visit.read_text(encoding="utf-8")
    for check, severity in zip(asked_of(shipped()), OF_SEVERITY, strict=True):
        source, found = re.subn(
            rf'(id = "{check.id}"\nkind = "check"\n(?:[a-z]+ = .*\n)*?)bad = "\w+"\nseverity = "\w+"',
            rf'\1bad = "{bad}"\nseverity = "{severity}"',
            source,
        )
        assert found == 1, check.id
    visit.write_text(source, encoding="utf-8")
    own_server.command("release", "publish")
    pack = load_pack(own_server.packs / REGION)
    assert {(check.bad, check.severity) for check in asked_of(pack)} == {(bad, severity) for severity in OF_SEVERITY}

    with phone_context(browser, own_server.url, java_script_enabled=False) as context:
        seen = compare_verdicts(context.new_page(), path_of("en"), pack)

    assert seen == set(LEVELS)


def test_they_have_left_leads_to_what_comes_next(page: Page) -> None:
    page.goto(path_of("en"))
    page.locator('a[data-action="left"]').click()
    expect(page).to_have_url(re.compile(f"{path_of('en', 'after')}$"))
    expect(page.locator("h1")).to_have_text(words("en", "flow.after.first"))


def test_what_to_say_depends_on_the_answer_and_waits_for_it(page: Page) -> None:
    flow, step = next((flow, step) for flow in shipped().flows.values() for step in flow.steps if step.variant)
    assert step.variant
    page.goto(path_of("en", flow.id))
    usual, other = page.locator(f"#step-{step.id} .variant__no"), page.locator(f"#step-{step.id} .variant__yes")
    expect(usual).to_be_hidden()
    expect(other).to_be_hidden()

    page.locator(f'label[for="variant-{step.variant.id}-no"]').click()

    expect(usual.locator("[data-say]")).to_be_visible()
    expect(usual.locator("[data-say]")).to_have_attribute("data-say", step.say[0])
    expect(other).to_be_hidden()

    page.locator(f'label[for="variant-{step.variant.id}-yes"]').click()

    expect(usual).to_be_hidden()
    expect(other.locator("[data-say]")).to_be_visible()
    expect(other.locator("[data-say]")).to_have_attribute("data-say", step.variant.say[0])


@pytest.mark.parametrize("name", ["settings", "records"])
def test_a_page_that_needs_script_says_so(page: Page, name: str) -> None:
    for locale in locales():
        page.goto(f"/{REGION}/{locale}/{name}/")
        expect(page.locator("[data-needs-script]")).to_be_visible()


def test_home_and_guidance_read(page: Page) -> None:
    for locale in locales():
        page.goto(f"/{REGION}/{locale}/")
        expect(page.locator(".status__none")).to_be_visible()
        page.locator('a[data-action="visit-now"]').click()
        expect(page.locator("h1")).to_have_text(words(locale, "flow.borrower.first"))
        for topic in shipped().topics:
            page.goto(f"/{REGION}/{locale}/guide/{topic}/")
            expect(page.locator("h1")).to_have_text(shipped().topic_texts[locale][topic].title)


def test_the_shipped_pack_is_not_out_of_date_by_its_own_dates() -> None:
    """Guards these tests: what is overdue would be marked on every page they read."""
    assert load_pack(SHIPPED / REGION).review_by > datetime.date(2026, 11, 21)
