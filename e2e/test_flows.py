"""Every flow, sentence by sentence against the pack: what stands on the page, what opens large, what the police hear."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.door_pages import (
    ADDRESS,
    AREA_CODE,
    by_day,
    every_flow,
    flows,
    locales,
    open_page,
    path_of,
    phone_context,
    save_settings,
    shipped,
    tick,
    words,
)
from server.guidance.checks.claims import find_forbidden_claims
from server.guidance.model.visit import Step

CASES = [pytest.param(locale, flow, id=f"{locale}-{flow}") for locale, flow in every_flow()]
# For people at home who do not owe the debt and may not know of it.
QUIET = [case for case in CASES if case.values[1] in ("family", "child", "elder")]
DEBT = re.compile(r"欠|债|贷|逾期|催收|debt|\bloan|\bow(e|es|ed|ing)\b|overdue|collector", re.IGNORECASE)

# Reads the steps as they stand; `innerText` gives only what is shown.
READ_STEPS = """() => {
  const flat = (text) => text.replace(/\\s+/g, " ").trim();
  const says = (root) => Array.from(root.querySelectorAll("[data-say]"), (say) => [
    say.dataset.say,
    flat(say.querySelector(".say__spoken").textContent),
    say.querySelector(".say__meaning") ? flat(say.querySelector(".say__meaning").textContent) : null,
  ]);
  const links = (root, selector) => Array.from(root.querySelectorAll(selector), (link) => link.getAttribute("href"));
  return Array.from(document.querySelectorAll("[data-step]"), (step) => {
    const variant = step.querySelector("[data-variant]");
    return {
      id: step.dataset.step,
      do: flat(step.querySelector("h3").innerText),
      shown: flat(step.innerText),
      says: variant ? says(variant.querySelector(".variant__no")) : says(step),
      nevers: Array.from(step.querySelectorAll("[data-never]"), (never) => [never.dataset.never, flat(never.innerText)]),
      contacts: links(step, ".contacts a"),
      cautions: Array.from(step.querySelectorAll("[data-caution]"), (caution) => flat(caution.innerText)),
      variant: variant && {
        id: variant.dataset.variant,
        ask: flat(variant.querySelector(".variant__ask").innerText),
        why: flat(variant.querySelector(".variant__yes p").textContent),
        says: says(variant.querySelector(".variant__yes")),
      },
      message: step.querySelector("[data-message]") && flat(step.querySelector("[data-message]").innerText),
      flows: links(step, "a[href*='/now/']"),
      rules: links(step, ":scope > .why"),
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
        "nevers": [[never, words(locale, f"never.{never}")] for never in step.never],
        "contacts": [dialled(contact) for contact in step.contacts],
        "cautions": [
            f"{pack.contacts[one].number}: {words(locale, caution)}"
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
        "rules": [f"#why-{rule}" for rule in step.rules],
    }


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_each_sentence_of_a_flow_stands_on_its_page(page: Page, locale: str, flow_id: str) -> None:
    flow = shipped().flows[flow_id]
    open_page(page, path_of(locale, flow_id))

    assert words(locale, f"flow.{flow_id}.title") in page.title()
    expect(page.locator("h1")).to_have_text(words(locale, f"flow.{flow_id}.first"))
    found = page.evaluate(READ_STEPS)
    assert [step["id"] for step in found] == [step.id for step in flow.steps]
    for step, shown in zip(flow.steps, found, strict=True):
        expected = as_it_should_be(locale, flow_id, step)
        contacts = [re.sub(r"\?.*", "", href) for href in shown["contacts"]]
        assert {**{name: shown[name] for name in expected}, "contacts": contacts} == expected
        more = f"flow.{flow_id}.{step.id}.more"
        if more in shipped().strings[locale]:
            assert words(locale, more) in shown["shown"]
        if step.flow:
            assert any(href.endswith(path_of(locale, step.flow)) for href in shown["flows"])
        if step.message:
            before, _, rest = words(locale, f"flow.{flow_id}.{step.id}.message").partition("{time}")
            assert shown["message"] == f"{before}2026-11-21 12:00{rest.replace('{count}', '__')}"
        else:
            assert shown["message"] is None


def test_every_visitor_check_asks_and_advises_in_the_words_of_the_pack(page: Page) -> None:
    for locale in locales():
        open_page(page, path_of(locale))
        for check in shipped().checks.values():
            box = page.locator(f'[data-check="{check.id}"]')
            expect(box.locator("legend")).to_have_text(words(locale, f"check.{check.id}.ask"))
            expect(box.locator(".check__fail p")).to_have_text(words(locale, f"check.{check.id}.fail"))
            expect(box.locator(".check__unsure p")).to_have_text(words(locale, f"check.{check.id}.unsure"))
            if check.say:
                sentence, meaning = spoken(locale, f"say.{check.say}")
                expect(box.locator(".check__fail .say__spoken")).to_have_text(sentence)
                expect(box.locator(".check__fail .say__meaning")).to_have_text([meaning] if meaning else [])


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_each_sentence_opens_large_and_closes_to_where_it_was(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))
    if shipped().flows[flow_id].path == "":
        for check in shipped().checks.values():  # the sentence of a check stands below it once it has failed
            tick(page, check.id, check.bad)
        page.locator('label[for^="variant-"][for$="-yes"]').click()
    closings = ["link", "back", "escape"]
    opened: set[str] = set()
    for link in page.locator("main [data-say]").locator("visible=true").all():
        say = link.get_attribute("data-say") or ""
        # Twice the same sentence, as in the verdict, is one panel.
        if say in opened:
            continue
        opened.add(say)
        link.click()
        panel = page.locator(f"#say-{say}")
        expect(panel).to_be_visible()
        expect(panel).to_be_focused()
        sentence, meaning = spoken(locale, f"say.{say}")
        large = panel.locator(".panel__spoken")
        expect(large).to_have_text(sentence)
        expect(large).to_be_in_viewport(ratio=1)
        assert large.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") >= 32
        assert large.get_attribute("lang") == shipped().spoken_locale
        expect(panel.locator(".panel__meaning")).to_have_text([meaning] if meaning else [])
        read = f"say.{say}.read"
        expect(panel.locator(".panel__read")).to_have_text(
            [words(locale, read)] if read in shipped().strings[locale] else []
        )
        box = panel.bounding_box()
        assert box
        assert (box["width"], box["height"]) == (320, 568)
        way = closings[len(opened) % 3]
        if way == "link":
            panel.locator("[data-close]").click()
        elif way == "back":
            page.go_back()
        else:
            page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        # The panel goes with the address; the page hears of that a moment later.
        expect(link, f"the focus is lost after closing by {way}").to_be_focused()
        expect(page.locator("main")).to_be_visible()
        expect(page.locator("[inert]")).to_have_count(0)
    flow = shipped().flows[flow_id]
    expected = {say for step in flow.steps for say in step.say}
    expected |= {say for step in flow.steps if step.variant for say in step.variant.say}
    # The sentences of a variant stand in the place of the usual ones of that step.
    expected -= {say for step in flow.steps if step.variant for say in step.say}
    assert opened >= expected


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
        assert danger.contact
        dial = panel.locator(f'a[href="{dialled(danger.contact)}"]')
        expect(dial).to_have_count(1)
        expect(dial).to_be_in_viewport(ratio=1)
        assert panel.evaluate("panel => panel.scrollTop") == 0
        sentence, meaning = spoken(locale, f"danger.{danger_id}.words")
        expect(panel.locator(".panel__words")).to_have_text(sentence.replace("{address}", ADDRESS))
        expect(panel.locator(".panel__meaning")).to_have_text(
            [meaning.replace("{address}", ADDRESS)] if meaning else []
        )
        expect(panel.locator("[data-address-missing]")).to_be_hidden()
        if danger.text_contact:
            link = panel.locator('a[data-action="text-police"]')
            number, _, query = (link.get_attribute("href") or "").partition("?")
            assert number == f"{dialled(danger.text_contact)}755"
            body = words(shipped().spoken_locale, f"contact.{danger.text_contact}.words")
            assert parse_qs(query)["body"] == [body.replace("{address}", ADDRESS)]
        panel.locator("[data-close]").click()
        expect(panel).to_be_hidden()
    page.close()


@pytest.mark.parametrize("locale", locales())
def test_without_an_address_the_words_leave_a_gap_and_say_how_to_fill_it(page: Page, locale: str) -> None:
    open_page(page, path_of(locale))
    for danger in shipped().flows["borrower"].dangers:
        page.locator(f'[data-danger="{danger}"]').click()
        panel = page.locator(f"#danger-{danger}")
        expect(panel.locator(".panel__words")).to_contain_text("____")
        expect(panel.locator("[data-address-missing]")).to_be_visible()
        assert (panel.locator("[data-address-missing] a").get_attribute("href") or "").endswith("/settings/")
        page.go_back()


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_a_why_shows_the_rule_with_its_weight_its_sources_and_its_day(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))
    pack = shipped()
    for link in page.locator("main .step > .why").locator("visible=true").all():
        rule_id = (link.get_attribute("href") or "").removeprefix("#why-")
        link.click()
        panel = page.locator(f"#why-{rule_id}")
        expect(panel).to_contain_text(words(locale, f"rule.{rule_id}"))
        expect(panel.locator(".badge")).to_have_class(re.compile(f"badge--{pack.rules[rule_id].layer}"))
        if folded := panel.locator("details > summary").all():
            folded[0].click()
        listed = panel.locator(".rule__sources")
        for source_id in pack.rules[rule_id].sources:
            source = pack.sources[source_id]
            expect(listed).to_contain_text(words(locale, f"source.{source_id}"))
            for cite in source.cites:
                expect(listed).to_contain_text(cite.title)
        reviewed = min(pack.sources[source].review_by for source in pack.rules[rule_id].sources)
        expect(panel.locator("[data-review-by]")).to_contain_text(reviewed.isoformat())
        expect(panel.locator("[data-overdue]")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_no_door_page_says_that_anybody_or_anything_is_genuine(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))

    everything = page.evaluate("document.body.textContent")

    for language in {locale, shipped().spoken_locale}:
        for line in everything.splitlines():
            assert list(find_forbidden_claims(line, language)) == []


@pytest.mark.parametrize(("locale", "flow_id"), QUIET)
def test_pages_for_others_in_the_house_do_not_tell_of_a_debt(page: Page, locale: str, flow_id: str) -> None:
    """All that they show, each panel opened too; the titles of the sources stay folded until they are asked for."""
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

    assert len(shown) > 10
    told = [line for text in shown for line in unquote(text).splitlines() if DEBT.search(line)]
    assert told == []


def test_the_flows_of_the_pack_are_those_that_the_design_promises() -> None:
    assert {flow.path for flow in flows()} >= {"", "family", "child", "elder", "official", "away", "after"}
