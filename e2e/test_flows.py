"""Every flow, sentence by sentence against the pack: what stands on the page, what opens large, what the police hear."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from e2e.door_pages import (
    ADDRESS,
    AREA_CODE,
    REGION,
    by_day,
    every_flow,
    flows,
    is_on_top,
    locales,
    open_page,
    path_of,
    phone_context,
    save_settings,
    shipped,
    shown_steps,
    tick,
    words,
)
from server.guidance.checks.claims import find_forbidden_claims
from server.guidance.model.visit import Step
from tests.js.table import asked_of

CASES = [pytest.param(locale, flow, id=f"{locale}-{flow}") for locale, flow in every_flow()]
# For people who do not owe the debt and may not know of it.
QUIET = [case for case in CASES if shipped().flows[case.values[1]].is_quiet]
DEBT = re.compile(r"欠|债|贷|逾期|催收|debt|\bloan|\bow(e|es|ed|ing)\b|overdue|collector", re.IGNORECASE)

# Reads the steps as they stand; `innerText` gives only what is shown.
READ_STEPS = """() => {
  const flat = (text) => text.replace(/\\s+/g, " ").trim();
  const says = (root) => Array.from(root.querySelectorAll("a[data-say]"), (say) => [
    say.dataset.say,
    flat(say.querySelector(".say__spoken").textContent),
    say.querySelector(".say__meaning") ? flat(say.querySelector(".say__meaning").textContent) : null,
  ]);
  const links = (root, selector) => Array.from(root.querySelectorAll(selector), (link) => link.getAttribute("href"));
  const ORDER = [".contacts", ".step__do", ":scope > .says, .variant", ".nevers", ":scope > p:not([class])"];
  return Array.from(document.querySelectorAll("[data-step]"), (step) => {
    const variant = step.querySelector("[data-variant]");
    const parts = ORDER.map((part) => step.querySelector(part)).filter((part) => part !== null);
    return {
      id: step.dataset.step,
      do: flat(step.querySelector("h3").innerText),
      shown: flat(step.innerText),
      says: variant ? says(variant.querySelector(".variant__no")) : says(step),
      nevers: Array.from(step.querySelectorAll(".nevers li"), (never) => flat(never.innerText)),
      contacts: links(step, ".contacts a"),
      cautions: Array.from(step.querySelectorAll("[data-caution]"), (caution) => flat(caution.innerText)),
      variant: variant && {
        id: variant.dataset.variant,
        ask: flat(variant.querySelector(".variant__ask").innerText),
        why: flat(variant.querySelector(".variant__yes p").textContent),
        says: says(variant.querySelector(".variant__yes")),
      },
      message: step.querySelector("[data-message]") && flat(step.querySelector("[data-message]").innerText),
      flows: Array.from(step.querySelectorAll("a.button"), (link) => new URL(link.href).pathname),
      inOrder: parts.every((part, at) => at === 0 || parts[at - 1].compareDocumentPosition(part) === 4),
    };
  });
}"""


@pytest.fixture(scope="module")
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    """A phone by day, without settings."""
    with phone_context(browser, base_url) as context:
        yield by_day(context)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def known(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    """A phone that knows the address and the area code."""
    with phone_context(browser, base_url) as context:
        by_day(context)
        page = context.new_page()
        save_settings(page, "zh-Hans", address=ADDRESS, area_code=AREA_CODE)
        page.close()
        yield context


def spoken(locale: str, key: str) -> tuple[str, str | None]:
    """What is said at the door, and what it means where the reader's language is another one."""
    language = shipped().spoken_locale
    return words(language, key), None if locale == language else words(locale, key)


def said(locale: str, says: tuple[str, ...]) -> list[list[str | None]]:
    return [[say, *spoken(locale, f"say.{say}")] for say in says]


def dialled(contact_id: str) -> str:
    """The beginning of a contact's link."""
    contact = shipped().contacts[contact_id]
    return f"{'sms' if contact.channel == 'sms' else 'tel'}:{contact.number}"


def as_it_should_be(locale: str, flow_id: str, step: Step) -> dict[str, object]:
    pack, key = shipped(), f"flow.{flow_id}.{step.id}"
    cautions = [(one, f"contact.{one}.caution") for one in step.contacts]
    variant = step.variant
    return {
        "id": step.id,
        "do": words(locale, f"{key}.do"),
        "says": said(locale, step.say),
        "nevers": [words(locale, f"never.{never}") for never in step.never],
        "contacts": [dialled(contact) for contact in step.contacts],
        "cautions": [
            f"{pack.contacts[one].number} {words(locale, caution)}"
            for one, caution in cautions
            if caution in pack.strings[locale]
        ],
        "variant": variant
        and {
            "id": variant.id,
            "ask": words(locale, f"variant.{variant.id}.ask"),
            "why": words(locale, f"variant.{variant.id}.why"),
            "says": said(locale, variant.say),
        },
        # The numbers, the first action, the sentence, what never to do, and more: learnt once.
        "inOrder": True,
    }


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_each_sentence_of_a_flow_stands_on_its_page(page: Page, locale: str, flow_id: str) -> None:
    flow = shipped().flows[flow_id]
    open_page(page, path_of(locale, flow_id))

    assert words(locale, f"flow.{flow_id}.title") in page.title()
    expect(page.locator("h1")).to_have_text(words(locale, f"flow.{flow_id}.first"))
    found = page.evaluate(READ_STEPS)
    steps = shown_steps(flow)
    assert [step["id"] for step in found] == [step.id for step in steps]
    for step, shown in zip(steps, found, strict=True):
        expected = as_it_should_be(locale, flow_id, step)
        contacts = [re.sub(r"\?.*", "", href) for href in shown["contacts"]]
        assert {**{name: shown[name] for name in expected}, "contacts": contacts} == expected
        more = f"flow.{flow_id}.{step.id}.more"
        if more in shipped().strings[locale]:
            assert words(locale, more) in shown["shown"]
        assert shown["flows"] == ([path_of(locale, step.flow)] if step.flow else [])
        if step.message:
            before, _, rest = words(locale, f"flow.{flow_id}.{step.id}.message").partition("{time}")
            assert shown["message"] == f"{before}2026-11-21 12:00{rest.replace('{count}', '__')}"
        else:
            assert shown["message"] is None


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_what_leads_on_from_a_page_leads_there(page: Page, locale: str, flow_id: str) -> None:
    """The pages that its steps name, the one for when they have left, and those of other people."""
    flow = shipped().flows[flow_id]
    open_page(page, path_of(locale, flow_id))

    paths = page.evaluate("Array.from(document.querySelectorAll('main a'), (link) => new URL(link.href).pathname)")

    aftermath = shipped().get_flow_with_role("aftermath")
    assert aftermath
    expected = {step.flow for step in flow.steps if step.flow}
    if flow is not aftermath:
        people = {"family", "child", "elder", "official", "contact", "away"}
        expected |= {aftermath.id, *(people - {flow_id})}
    assert {path_of(locale, one) for one in expected} <= set(paths)
    left = page.locator('a[data-action="left"]')
    expect(left).to_have_count(0 if flow is aftermath else 1)


def test_every_visitor_check_asks_and_advises_in_the_words_of_the_pack(page: Page) -> None:
    for locale in locales():
        open_page(page, path_of(locale))
        for check in shipped().checks.values():
            box = page.locator(f'[data-check="{check.id}"]')
            expect(box.locator(".check__fail p")).to_have_text(words(locale, f"check.{check.id}.fail"))
            expect(box.locator(".check__fail [data-say]")).to_have_count(1 if check.say else 0)
            if check.say:
                expect(box.locator(".check__fail [data-say]")).to_have_attribute("href", f"#say-{check.say}")
            if check.hours:
                expect(box.locator("p").first).to_have_text(words(locale, f"hours.{check.hours}"))
                continue
            # The eye reads a short label, a listener hears the whole question.
            expect(box.locator("legend .for-reader")).to_have_text(words(locale, f"check.{check.id}.ask"))
            expect(box.locator("legend [aria-hidden]")).to_have_text(words(locale, f"check.{check.id}.short"))
            expect(box.locator(".check__unsure p")).to_have_text(words(locale, f"check.{check.id}.unsure"))


CLOSINGS = ("link", "back", "escape")


def close_panel(page: Page, panel: Locator, way: str) -> None:
    if way == "link":
        panel.locator("[data-close]").click()
    elif way == "back":
        page.go_back()
    else:
        page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def open_large(page: Page, link: Locator, locale: str, way: str) -> None:
    """Open a sentence by its link, look at it, and close it so that the finger is where it was."""
    say = link.get_attribute("data-say") or ""
    link.click()
    panel = page.locator(f"#say-{say}")
    expect(panel).to_be_visible()
    expect(panel).to_be_focused()
    sentence, meaning = spoken(locale, f"say.{say}")
    large = panel.locator(".panel__spoken")
    expect(large).to_have_text(sentence)
    expect(large).to_be_in_viewport(ratio=1)
    assert large.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") >= 32
    assert large.evaluate("element => element.closest('[lang]').lang") == shipped().spoken_locale
    read = f"say.{say}.read"
    expect(panel.locator(".panel__read")).to_have_text(
        [words(locale, read)] if read in shipped().strings[locale] else []
    )
    expect(panel.locator(":scope > p:not([class])")).to_have_text([meaning] if meaning else [])
    box = panel.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (320, 568)
    close_panel(page, panel, way)
    # The panel goes with the address; the page hears of that a moment later.
    expect(link, f"the focus is lost after closing by {way}").to_be_focused()
    expect(page.locator("main")).to_be_visible()
    expect(page.locator("[inert]")).to_have_count(0)


@pytest.mark.parametrize(("locale", "flow_id"), [case for case in CASES if case.values[1] != "borrower"])
def test_each_sentence_opens_large_and_closes_to_where_it_was(page: Page, locale: str, flow_id: str) -> None:
    flow = shipped().flows[flow_id]
    open_page(page, path_of(locale, flow_id))
    opened: list[str] = []
    # One sentence of a step may wait for an answer, another one for the other.
    with_variant = any(step.variant for step in flow.steps)
    for answered in ("no", "yes") if with_variant else ("",):
        if answered:
            page.locator(f'label[for^="variant-"][for$="-{answered}"]').click()
        for link in page.locator("main a[data-say]").locator("visible=true").all():
            open_large(page, link, locale, CLOSINGS[len(opened) % 3])
            opened.append(link.get_attribute("data-say") or "")
    expected = {say for step in flow.steps for say in step.say}
    expected |= {say for step in flow.steps if step.variant for say in step.variant.say}
    assert set(opened) == expected


@pytest.mark.parametrize("locale", locales())
def test_each_sentence_of_the_verdict_opens_large_and_closes_to_where_it_was(
    browser: Browser, base_url: str, locale: str
) -> None:
    with phone_context(browser, base_url) as context:
        page = open_page(by_day(context).new_page(), path_of(locale))
        open_sentences_of_verdict(page, locale)


def open_sentences_of_verdict(page: Page, locale: str) -> None:
    opened: list[str] = []
    for tap in ("", *(f"{check.id}-{check.bad}" for check in asked_of(shipped()))):
        if tap:
            tick(page, *tap.rsplit("-", 1))
        link = page.locator("[data-verdict] [data-say]").locator("visible=true")
        open_large(page, link, locale, CLOSINGS[len(opened) % 3])
        opened.append(link.get_attribute("data-say") or "")
    assert opened == [shipped().verdict["start"], *(check.say for check in asked_of(shipped()))]


# ---- emergencies and what they want ----


@pytest.mark.parametrize(("locale", "flow_id"), [case for case in CASES if shipped().flows[case.values[1]].dangers])
def test_each_danger_leads_straight_to_the_dial_and_the_words(known: BrowserContext, locale: str, flow_id: str) -> None:
    page = known.new_page()
    open_page(page, path_of(locale, flow_id))
    buttons = page.locator("main [data-danger]")
    dangers = shipped().flows[flow_id].dangers
    expect(buttons).to_have_text([words(locale, f"danger.{danger}.label") for danger in dangers])
    for danger_id in dangers:
        danger = shipped().dangers[danger_id]
        page.locator(f'[data-danger="{danger_id}"]').click()
        panel = page.get_by_role("dialog", name=words(locale, f"danger.{danger_id}.label"), exact=True)
        expect(panel).to_be_visible()
        expect(panel.locator(".panel__do")).to_have_text(words(locale, f"danger.{danger_id}.do"))
        numbers = [dialled(contact) for contact in danger.numbers]
        assert numbers
        expect(panel.locator("a[href^='tel:']")).to_have_count(len(numbers))
        for place, number in enumerate(numbers):
            dial = panel.locator(".panel__calls a").nth(place)
            expect(dial).to_have_attribute("href", number)
            expect(dial).to_be_in_viewport(ratio=1)
        assert panel.evaluate("panel => panel.scrollTop") == 0
        sentence, meaning = spoken(locale, f"danger.{danger_id}.words")
        operator = sentence.replace("{address}", ADDRESS)
        expect(panel.locator("[data-operator]")).to_have_text(operator)
        shown = panel.inner_text()
        for text in (meaning or "", words(locale, f"danger.{danger_id}.next")):
            assert text.replace("{address}", ADDRESS) in shown
        expect(panel.locator(".nevers li")).to_have_text([words(locale, f"never.{never}") for never in danger.never])
        said_here = [part or "" for part in spoken(locale, f"say.{danger.say}")] if danger.say else []
        assert [text for text in said_here if text not in shown] == []
        links = panel.locator('a[data-action="text-police"]')
        expect(links).to_have_count(1 if danger.text_contact else 0)
        if danger.text_contact:
            number, _, query = (links.get_attribute("href") or "").partition("?")
            assert number == f"{dialled(danger.text_contact)}755"
            assert parse_qs(query)["body"] == [operator]
            expect(links).to_be_in_viewport(ratio=1)
        panel.locator("[data-close]").click()
        expect(panel).to_be_hidden()
    page.close()


@pytest.mark.parametrize("locale", locales())
def test_without_an_address_the_words_leave_a_gap_and_no_setting_is_asked_for(page: Page, locale: str) -> None:
    """Nobody shall enter anything in an emergency."""
    open_page(page, path_of(locale))
    for danger in shipped().flows["borrower"].dangers:
        page.locator(f'[data-danger="{danger}"]').click()
        panel = page.locator(f"#danger-{danger}")
        expect(panel.locator("[data-operator]")).to_contain_text("____")
        expect(panel.locator('a[href*="settings"], input')).to_have_count(0)
        page.go_back()


@pytest.mark.parametrize("locale", locales())
def test_each_tile_gives_one_next_step_one_sentence_and_what_never_to_do(page: Page, locale: str) -> None:
    open_page(page, path_of(locale))
    for tile in shipped().tiles.values():
        link = page.locator(f'[data-tile="{tile.id}"]')
        expect(link).to_have_text(words(locale, f"tile.{tile.id}.label"))
        link.click()
        panel = page.get_by_role("dialog", name=words(locale, f"tile.{tile.id}.label"), exact=True)
        expect(panel).to_be_focused()
        expect(panel.locator(".panel__do")).to_have_text(words(locale, f"tile.{tile.id}.do"))
        assert tile.say
        sentence, meaning = spoken(locale, f"say.{tile.say}")
        expect(panel.locator(".panel__spoken")).to_have_text(sentence)
        expect(panel.locator(".say__meaning")).to_have_text([meaning] if meaning else [])
        expect(panel.locator(".nevers li")).to_have_text([words(locale, f"never.{never}") for never in tile.never])
        assert words(locale, f"tile.{tile.id}.next") in panel.inner_text()
        pages = panel.evaluate(
            "panel => Array.from(panel.querySelectorAll('a.button:not([data-close])'), (link) => new URL(link).pathname)"
        )
        assert pages == ([path_of(locale, tile.flow)] if tile.flow else [])
        # The bar with the number stays in view above it.
        expect(page.locator('.bar a[data-action="call-police"]')).to_be_in_viewport(ratio=1)
        assert is_on_top(page.locator('.bar a[data-action="call-police"]'))
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(link).to_be_focused()


# ---- why ----


@pytest.mark.parametrize("locale", locales())
def test_every_rule_stands_on_one_page_with_its_weight_its_sources_and_its_day(page: Page, locale: str) -> None:
    pack = shipped()
    open_page(page, f"{path_of(locale)}why/")
    expect(page.locator(".bar a[data-action='call-police']")).to_be_in_viewport(ratio=1)
    expect(page.locator("main .rule")).to_have_count(len(pack.rules))
    for rule in pack.rules.values():
        section = page.locator(f"#why-{rule.id}")
        expect(section).to_contain_text(words(locale, f"rule.{rule.id}"))
        expect(section.locator(".badge")).to_have_class(re.compile(f"badge--{rule.layer}"))
        expect(section.locator(".rule__sources li")).to_have_text(
            [f"{words(locale, f'source.{source}')} ({source})" for source in rule.sources]
        )
        reviewed = min(pack.sources[source].review_by for source in rule.sources)
        expect(section.locator("[data-review-by]")).to_have_attribute("data-review-by", reviewed.isoformat())
        expect(section.locator("[data-overdue]")).to_be_hidden()


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_the_reasons_are_one_link_away(page: Page, locale: str, flow_id: str) -> None:
    """The page of rules, and the topic that holds those that count here; no page carries them itself.

    From a quiet page only the topic: the rules are about somebody who may not know of the debt.
    """
    flow = shipped().flows[flow_id]
    open_page(page, path_of(locale, flow_id))

    paths = page.evaluate("Array.from(document.querySelectorAll('.foot a'), (link) => new URL(link).pathname)")

    why, topic = f"{path_of(locale)}why/", f"/{REGION}/{locale}/guide/{flow.guide}/"
    assert (why in paths) == (not flow.is_quiet)
    assert (topic in paths) == (flow.path != "" and flow.guide is not None)
    assert why in paths or topic in paths
    expect(page.locator(".rule, [id^='why-']")).to_have_count(0)


# ---- what no page says ----


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_no_door_page_says_that_anybody_or_anything_is_genuine(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))

    everything = page.evaluate("document.body.textContent")

    for language in {locale, shipped().spoken_locale}:
        for line in everything.splitlines():
            assert list(find_forbidden_claims(line, language)) == []


@pytest.mark.parametrize(("locale", "flow_id"), QUIET)
def test_pages_for_others_in_the_house_do_not_tell_of_a_debt(page: Page, locale: str, flow_id: str) -> None:
    """All that they show, each panel opened too."""
    open_page(page, path_of(locale, flow_id))
    assert page.locator("[data-step]").count() > 3

    shown = page.evaluate(
        """() => {
          const seen = [document.title, document.body.innerText];
          for (const element of document.querySelectorAll("[aria-label]")) seen.push(element.getAttribute("aria-label"));
          for (const link of document.querySelectorAll("a[href^='sms:']")) seen.push(link.getAttribute("href"));
          for (const panel of document.querySelectorAll(".panel")) {
            location.hash = panel.id;
            seen.push(panel.innerText);
          }
          return seen;
        }"""
    )

    assert len(shown) > 1 + page.locator(".panel").count() > 2
    told = [line for text in shown for line in unquote(text).splitlines() if DEBT.search(line)]
    assert told == []


def test_the_flows_of_the_pack_are_those_that_the_design_promises() -> None:
    paths = {"", "talk", "family", "child", "elder", "official", "contact", "away", "after"}
    assert {flow.path for flow in flows()} >= paths
    assert {case.values[1] for case in QUIET} >= {"family", "child", "elder", "contact"}
