"""Without JavaScript the pages read, the checklist works, and the verdict follows it by CSS alone."""

import datetime
import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.conftest import SHIPPED
from e2e.door_pages import REGION, every_flow, locales, path_of, phone_context, shipped, words
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from tests.js.table import LEVELS, checks_of, level
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
    page.goto(path_of(locale, flow_id))
    expect(page.locator("html")).not_to_have_attribute("data-js", "")
    expect(page.locator("h1")).to_have_text(words(locale, f"flow.{flow_id}.first"))
    expect(page.locator(".bar a[data-action='call-police']")).to_be_in_viewport(ratio=1)
    for step in shipped().flows[flow_id].steps:
        expect(page.locator(f"#step-{step.id} h3")).to_have_text(words(locale, f"flow.{flow_id}.{step.id}.do"))
        expect(page.locator(f"#step-{step.id} h3")).to_be_visible()
    assert re.search(r"[{}]", page.locator("body").inner_text()) is None, "a placeholder is shown as it is"

    for danger in shipped().flows[flow_id].dangers[:2]:
        page.locator(f'[data-danger="{danger}"]').click()
        panel = page.locator(f"#danger-{danger}")
        expect(panel).to_be_visible()
        expect(panel.locator("a[href^='tel:']")).to_be_in_viewport(ratio=1)
        expect(panel.locator(".panel__words")).to_contain_text("____")
        panel.locator("[data-close]").click()
        expect(panel).to_be_hidden()
    for say in page.locator(".step [data-say]").locator("visible=true").all()[:2]:
        say_id = say.get_attribute("data-say") or ""
        say.click()
        panel = page.locator(f"#say-{say_id}")
        expect(panel.locator(".panel__spoken")).to_have_text(words(shipped().spoken_locale, f"say.{say_id}"))
        # A button that could do nothing is not shown.
        expect(panel.locator("[data-speak]")).to_be_hidden()
        page.go_back()
        expect(panel).to_be_hidden()


@pytest.mark.parametrize("locale", locales())
def test_each_check_shows_its_next_step_right_beneath_it(page: Page, locale: str) -> None:
    page.goto(path_of(locale))
    for check in checks_of(shipped()):
        box = page.locator(f'[data-check="{check.id}"]')
        fail, unsure = box.locator(".check__fail"), box.locator(".check__unsure")
        expect(fail).to_be_hidden()

        answer(page, check.id, check.bad)
        expect(fail.locator("p")).to_have_text(words(locale, f"check.{check.id}.fail"))
        expect(fail).to_be_visible()
        expect(unsure).to_be_hidden()
        if check.say:
            expect(fail.locator("[data-say]")).to_have_attribute("data-say", check.say)
        answer(page, check.id, "unsure")
        expect(unsure).to_have_text(words(locale, f"check.{check.id}.unsure"))
        expect(unsure).to_be_visible()
        expect(fail).to_be_hidden()
        answer(page, check.id, "no" if check.bad == "yes" else "yes")
        expect(fail).to_be_hidden()
        expect(unsure).to_be_hidden()


def combinations(pack: Pack) -> Iterator[dict[str, str]]:
    """Of each kind of check: one answer alone, each pair of unlike kinds failed; then everything good or bad."""
    checks = checks_of(pack)
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
    assert compare_verdicts(page, path_of("en"), shipped()) == {"no-warning-yet", "caution", "stop"}


def test_the_verdict_by_css_knows_every_severity(browser: Browser, own_server: ServerProcess) -> None:
    """A pack may ask for the police at once, or only for a complaint."""
    assert own_server.packs
    visit = own_server.packs / REGION / "visit.toml"
    source = visit.read_text(encoding="utf-8")
    for check, severity in {"ids": "police", "wants-in": "police", "alone": "complain", "two-staff": "caution"}.items():
        changed = re.sub(rf'(id = "{check}"\nkind = .*?severity = )"\w+"', rf'\1"{severity}"', source, flags=re.DOTALL)
        assert changed != source, check
        source = changed
    visit.write_text(source, encoding="utf-8")
    own_server.command("release", "publish")
    pack = load_pack(own_server.packs / REGION)
    assert {check.severity for check in checks_of(pack)} == {"complain", "caution", "stop", "police"}

    with phone_context(browser, own_server.url, java_script_enabled=False) as context:
        seen = compare_verdicts(context.new_page(), path_of("en"), pack)

    assert seen == set(LEVELS) - {"start"}


def test_they_have_left_leads_to_what_comes_next(page: Page) -> None:
    page.goto(path_of("en"))
    page.locator('a[data-action="left"]').click()
    expect(page).to_have_url(re.compile(f"{path_of('en', 'after')}$"))
    expect(page.locator("h1")).to_have_text(words("en", "flow.after.first"))


def test_a_variant_changes_what_to_say(page: Page) -> None:
    page.goto(path_of("en"))
    step = next(step for step in shipped().flows["borrower"].steps if step.variant)
    assert step.variant
    usual, other = page.locator(f"#step-{step.id} .variant__no"), page.locator(f"#step-{step.id} .variant__yes")
    expect(usual).to_be_visible()
    expect(other).to_be_hidden()

    page.locator(f'label[for="variant-{step.variant.id}-yes"]').click()

    expect(usual).to_be_hidden()
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
