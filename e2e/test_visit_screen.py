"""The visit screen in a browser: in view at once, the verdict after every tick, the clock, the log, the voice, the keys."""

import contextlib
import re
from collections.abc import Callable, Iterator

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from e2e.conftest import NOON, PHONE, Phone, until_held, wait_ready
from e2e.door_pages import (
    REGION,
    by_day,
    every_flow,
    expect_level,
    expect_logged,
    flows,
    locales,
    open_page,
    path_of,
    phone_context,
    shipped,
    tick,
    verdict,
    words,
)
from tests.js.table import checks_of, level, named_failure
from tests.serving import ServerProcess

CASES = [pytest.param(locale, flow, id=f"{locale}-{flow}") for locale, flow in every_flow()]
NIGHT = "2026-11-21T03:00:00+08:00"
GOOD = {check.id: "no" if check.bad == "yes" else "yes" for check in checks_of(shipped())}
BAD = {check.id: check.bad for check in checks_of(shipped())}
TARGET = 48


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url) as context:
        yield by_day(context)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def labels(locale: str, *keys: str) -> list[str]:
    return [words(locale, key) for key in keys]


def open_phone(phone: Phone, server: ServerProcess, path: str, moment: str = NOON) -> Page:
    page = phone.open()
    page.clock.set_fixed_time(moment)
    return open_page(page, f"{server.url}{path}")


# ---- in view at once ----


@pytest.mark.parametrize("locale", locales())
def test_the_visit_screen_is_one_tap_from_home(page: Page, locale: str) -> None:
    open_page(page, f"/{REGION}/{locale}/")
    button = page.locator('a[data-action="visit-now"]')
    expect(button).to_be_in_viewport(ratio=1)

    button.click()

    expect(page).to_have_url(re.compile(f"{path_of(locale)}$"))
    expect(page.locator("h1")).to_have_text(words(locale, "flow.borrower.first"))


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_what_to_do_first_and_the_police_are_in_view_without_scrolling(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))
    police = page.locator('.bar a[data-action="call-police"]')
    text = page.locator('.bar a[data-action="text-police"]')
    for part in (page.locator("h1.first"), police, text):
        expect(part).to_be_in_viewport(ratio=1)
        assert is_on_top(part), "something covers it"
    assert police.get_attribute("href") == "tel:110"
    assert (text.get_attribute("href") or "").startswith("sms:12110?")

    for place in (0.5, 1):
        page.evaluate("place => scrollTo(0, place * document.documentElement.scrollHeight)", place)
        assert page.evaluate("scrollY") > 0
        for part in (police, text):
            expect(part).to_be_in_viewport(ratio=1)
            assert is_on_top(part), "something covers it"


def is_on_top(part: Locator) -> bool:
    return bool(
        part.evaluate(
            """element => {
              const box = element.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              return element === top || element.contains(top);
            }"""
        )
    )


@pytest.mark.parametrize(("locale", "flow_id"), CASES)
def test_every_target_is_large_enough_for_a_shaking_thumb(page: Page, locale: str, flow_id: str) -> None:
    open_page(page, path_of(locale, flow_id))

    small = page.evaluate(
        """least => Array.from(document.querySelectorAll("main a, main button, main label, nav a, summary"))
          .filter((target) => target.getClientRects().length > 0 && target.closest(".foot, p.small") === null)
          .map((target) => [target.className || target.textContent, target.getBoundingClientRect()])
          .filter(([, box]) => box.height < least || box.width < 44)
          .map(([name, box]) => `${name}: ${Math.round(box.width)}×${Math.round(box.height)}`)""",
        TARGET,
    )

    assert sorted(set(small)) == []


def test_the_text_route_is_explained_beside_it(page: Page) -> None:
    for locale in locales():
        open_page(page, path_of(locale))
        caution = page.locator("#text-caution")
        expect(caution).to_contain_text(words(locale, "contact.police-text.caution"))
        expect(caution.locator("a")).to_have_attribute("href", re.compile("/settings/$"))


# ---- the verdict ----


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


# ---- the clock ----


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
        expect(page.locator("#hours-yes")).to_be_checked()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_by_day_it_does_not(browser: Browser, base_url: str, zone: str) -> None:
    with at(browser, base_url, NOON, zone) as context:
        page = open_page(context.new_page(), path_of("en"))
        tick(page, "two-staff", "yes")
        expect_level(page, "no-warning-yet")
        expect(page.locator("[data-clock]")).to_be_hidden()
        expect(page.locator("#hours-yes")).not_to_be_checked()


def test_the_hour_may_end_while_the_screen_is_open(browser: Browser, base_url: str) -> None:
    with phone_context(browser, base_url) as context:
        page = context.new_page()
        page.clock.install(time="2026-11-21T21:58:00+08:00")
        open_page(page, path_of("en"))
        tick(page, "two-staff", "yes")
        expect_level(page, "no-warning-yet")

        page.clock.fast_forward("03:00")

        expect(page.locator("[data-clock]")).to_be_visible()
        expect_level(page, "stop")


def test_what_the_person_answered_about_the_hour_is_not_overruled(browser: Browser, base_url: str) -> None:
    """The person may have agreed to this hour."""
    with at(browser, base_url, NIGHT, "Asia/Shanghai") as context:
        page = open_page(context.new_page(), path_of("en"))
        tick(page, "hours", "no")
        expect_level(page, "no-warning-yet")
        expect(page.locator("#hours-no")).to_be_checked()


# ---- the log ----


def kill_browser(phone: Phone) -> None:
    """End the browser of this profile as a phone that loses its power would."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(phone.profile) in argument for argument in process.info["cmdline"] or ()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    with contextlib.suppress(Exception):
        phone.close()
    phone.context = None


@pytest.mark.parametrize("end", [Phone.close, kill_browser], ids=["closed", "killed"])
def test_what_was_shown_as_logged_is_there_after_the_browser_ended(
    phone: Phone, server: ServerProcess, end: Callable[[Phone], None]
) -> None:
    page = open_phone(phone, server, path_of("en"))
    wait_ready(page)
    tick(page, "ids", "no")
    tick(page, "alone", "unsure")
    expect_logged(page, 2)
    end(phone)

    page = open_phone(phone, server, path_of("en"), "2026-11-21T12:03:07+08:00")

    expect(page.locator("#ids-no")).to_be_checked()
    expect(page.locator("#alone-unsure")).to_be_checked()
    expect_level(page, "stop")
    expect(page.locator("[data-timer]")).to_have_text("3:07")
    open_page(page, f"{server.url}/{REGION}/en/records/")
    expect(page.locator("[data-visits] article")).to_have_count(1)
    expect(page.locator("[data-visits] [data-open]")).to_be_visible()
    lines = page.locator("[data-visits] li").all_text_contents()
    assert [line.split("  ", 1)[1] for line in lines] == [
        "Log started",
        f"{words('en', 'check.ids.ask')} No",
        f"{words('en', 'check.alone.ask')} Not sure",
    ]
    assert all(line.startswith("2026-11-21 12:00:00+08:00") for line in lines)


def test_every_kind_of_tap_is_in_the_log(page: Page) -> None:
    open_page(page, path_of("en"))
    hold_links(page)
    page.locator("#step-who [data-say]").click()
    page.keyboard.press("Escape")
    page.locator('[data-danger="threat"]').click()
    page.locator('#danger-threat a[data-action="call-police"]').click()
    page.locator("#danger-threat [data-close]").click()
    page.locator('.bar a[data-action="text-police"]').click()
    expect_logged(page, 4)
    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/after/")

    open_page(page, f"/{REGION}/en/records/")

    expect(page.locator("[data-visits] article")).to_have_count(1)
    lines = page.locator("[data-visits] li").all_text_contents()
    assert [line.split("  ", 1)[1] for line in lines] == [
        "Log started",
        words("en", "say.who-is-it"),
        words("en", "danger.threat.label"),
        "Tapped to call",
        "Tapped to send a text message",
        "They have left",
    ]


FAIL_TO_OPEN = "IDBFactory.prototype.open = () => { throw new DOMException('full', 'QuotaExceededError'); };"
FAIL_TO_WRITE = """const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode, options) {
  const tx = begin.call(this, stores, mode, options);
  if (mode === "readwrite") setTimeout(() => { try { tx.abort(); } catch {} }, 0);
  if (mode === "readwrite") tx.objectStore = new Proxy(tx.objectStore, { apply: () => ({ add: () => ({}), put: () => ({}),
    clear: () => ({}), openCursor: () => ({}) }) });
  return tx;
};"""
NEVER_ANSWER = "IDBFactory.prototype.open = () => ({});"


@pytest.mark.parametrize(
    "fault", [FAIL_TO_OPEN, FAIL_TO_WRITE, NEVER_ANSWER], ids=["cannot-open", "cannot-write", "hangs"]
)
def test_a_phone_that_cannot_keep_the_log_says_so_and_the_verdict_works(context: BrowserContext, fault: str) -> None:
    context.add_init_script(fault)
    page = open_page(context.new_page(), path_of("en"))

    tick(page, "ids", "no")

    panel = expect_level(page, "stop")
    expect(panel.locator("[data-next]")).to_have_text(words("en", "check.ids.fail"))
    expect(page.locator("[data-log-failed]")).to_be_visible(timeout=10_000)
    expect(page.locator("[data-log-saved]")).to_be_hidden()
    assert page.locator("main").get_attribute("data-logged") is None
    tick(page, "wants-signature", "yes")
    expect_level(page, "stop")
    page.locator('a[data-action="left"]').click()
    page.wait_for_url("**/after/")


def test_a_slow_phone_takes_its_warning_back_once_it_has_kept_everything(context: BrowserContext) -> None:
    """The disk answers only when it is let: late is not lost."""
    context.add_init_script(
        """const open = IDBFactory.prototype.open;
        const waiting = [];
        IDBFactory.prototype.open = function (...values) {
          if (window.fast) return open.apply(this, values);
          const late = {};
          waiting.push(() => {
            const real = open.apply(this, values);
            for (const name of ["onupgradeneeded", "onblocked", "onerror", "onsuccess"]) {
              real[name] = (event) => { late.result = real.result; late.error = real.error; late[name]?.(event); };
            }
          });
          return late;
        };
        window.letGo = () => { window.fast = true; for (const go of waiting) go(); };"""
    )
    page = open_page(context.new_page(), path_of("en"))
    tick(page, "ids", "no")
    expect_level(page, "stop")
    expect(page.locator("[data-log-failed]")).to_be_visible(timeout=10_000)

    page.evaluate("letGo()")

    expect_logged(page, 1)
    expect(page.locator("[data-log-failed]")).to_be_hidden()
    expect(page.locator("[data-timer]")).to_be_visible()


def test_what_was_ticked_before_the_script_came_counts(context: BrowserContext) -> None:
    """A finger may be faster than a slow network."""
    page = context.new_page()
    held: list[Route] = []
    page.route("**/b/*.js", lambda route: held.append(route))
    page.goto(path_of("en"), wait_until="commit")
    tick(page, "ids", "no")
    expect(page.locator("html")).not_to_have_attribute("data-js", "")

    until_held(page, held).continue_()

    expect(page.locator("html")).to_have_attribute("data-js", "")
    expect_level(page, "stop")
    expect_logged(page, 1)


def test_they_have_left_closes_the_visit_and_leads_to_what_comes_next(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect(page.locator("[data-timer]")).to_be_visible()
    expect_logged(page, 1)

    page.locator('a[data-action="left"]').click()

    page.wait_for_url(f"**{path_of('en', 'after')}")
    expect(page.locator("h1")).to_have_text(words("en", "flow.after.first"))
    expect(page.locator("[data-log]")).to_be_hidden()
    open_page(page, path_of("en"))
    expect_level(page, "start")
    expect(page.locator("[data-check] input:checked")).to_have_count(0)
    expect(page.locator("[data-log]")).to_be_hidden()
    tick(page, "two-staff", "yes")
    expect_logged(page, 1)
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-visits] article")).to_have_count(2)
    expect(page.locator("[data-visits] [data-open]").locator("visible=true")).to_have_count(1)


def test_they_have_left_counts_once_however_often_it_is_tapped(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    page.locator('a[data-action="left"]').dblclick()

    page.wait_for_url(f"**{path_of('en', 'after')}")
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-events] li")).to_have_count(3)


def test_a_call_made_after_they_have_left_opens_no_new_visit(page: Page) -> None:
    open_page(page, path_of("en", "after"))
    hold_links(page)
    page.locator("#step-safe .contacts a").first.click()
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-empty]")).to_be_visible()


def test_the_pages_of_one_visit_share_it(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    page.locator(f'.others a[href$="{path_of("en", "family")}"]').click()
    expect(page.locator("h1")).to_have_text(words("en", "flow.family.first"))
    expect(page.locator("[data-timer]")).to_be_visible()
    page.locator("#step-one-sentence [data-say]").click()
    expect_logged(page, 1)

    open_page(page, path_of("zh-Hans"))
    expect_level(page, "stop")
    expect(page.locator("#ids-no")).to_be_checked()
    open_page(page, f"/{REGION}/en/records/")
    expect(page.locator("[data-visits] article")).to_have_count(1)
    expect(page.locator("[data-visits] li")).to_have_count(3)


def test_two_open_pages_begin_one_visit(page: Page) -> None:
    other = page.context.new_page()
    open_page(page, path_of("en"))
    open_page(other, path_of("en", "family"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    other.locator("#step-one-sentence [data-say]").click()
    expect_logged(other, 1)

    open_page(page, f"/{REGION}/en/records/")

    expect(page.locator("[data-visits] article")).to_have_count(1)
    expect(page.locator("[data-visits] li")).to_have_count(3)


def test_a_page_that_the_back_key_brings_back_knows_that_the_visit_has_ended(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)
    other = open_page(page.context.new_page(), path_of("en", "family"))
    other.locator('a[data-action="left"]').click()
    other.wait_for_url("**/after/")

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect_level(page, "start")
    expect(page.locator("[data-check] input:checked")).to_have_count(0)
    expect(page.locator("[data-log]")).to_be_hidden()


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


# ---- never in the way ----

WATCH = """window.asked = [];
const note = (name) => { window.asked.push(name); return Promise.resolve(name === "persist" ? false : {}); };
Object.defineProperty(Navigator.prototype, "wakeLock", {
  get: () => ({ request: (kind) => note(`wake ${kind}`) }), configurable: true });
Object.defineProperty(StorageManager.prototype, "persist", { value: () => note("persist") });
Object.defineProperty(Geolocation.prototype, "getCurrentPosition", { value: () => note("place") });
if (window.Notification) Notification.requestPermission = () => note("notification");
if (window.MediaDevices) MediaDevices.prototype.getUserMedia = () => note("microphone");
"""


def hold_links(page: Page) -> None:
    """Note whether a script stands between the finger and the dialler, and do not leave for it."""
    page.evaluate(
        """() => {
          window.stopped = [];
          window.addEventListener("click", (event) => {
            const link = event.target.closest("a[href^='tel:'], a[href^='sms:']");
            if (!link) return;
            window.stopped.push(event.defaultPrevented);
            event.preventDefault();
          });
        }"""
    )


def test_the_screen_is_kept_awake_from_the_first_tap_and_nothing_is_asked_for(context: BrowserContext) -> None:
    context.add_init_script(WATCH)
    page = open_page(context.new_page(), path_of("en"))
    expect_level(page, "start")
    assert page.evaluate("asked") == []

    tick(page, "ids", "no")
    expect_logged(page, 1)
    assert page.evaluate("asked") == ["wake screen"]

    for check_id, answer in GOOD.items():
        tick(page, check_id, answer)
    page.locator("#step-who [data-say]").click()
    page.keyboard.press("Escape")
    page.locator('[data-danger="threat"]').click()
    page.keyboard.press("Escape")
    expect_logged(page, len(GOOD) + 3)
    assert page.evaluate("asked") == ["wake screen"]

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("asked") == ["wake screen", "wake screen"], "dialling takes the lock away"


def test_an_open_visit_keeps_the_next_page_awake_too(context: BrowserContext) -> None:
    context.add_init_script(WATCH)
    page = open_page(context.new_page(), path_of("en"))
    tick(page, "ids", "no")
    expect_logged(page, 1)

    open_page(page, path_of("en", "family"))

    expect(page.locator("[data-timer]")).to_be_visible()
    assert page.evaluate("asked") == ["wake screen"]


@pytest.mark.parametrize("flow_id", [flow.id for flow in flows()])
def test_nothing_stands_between_the_finger_and_the_dialler(page: Page, flow_id: str) -> None:
    open_page(page, path_of("en", flow_id))
    hold_links(page)

    clicked = page.evaluate(
        """() => {
          const links = document.querySelectorAll("a[href^='tel:'], a[href^='sms:']");
          for (const link of links) link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
          return links.length;
        }"""
    )

    assert clicked >= 2
    assert page.evaluate("stopped") == [False] * clicked


# ---- the voice ----


def fake_voice(*, voices: list[str], then: str) -> str:
    """A voice of these languages that starts, fails or stays silent when it is told to speak."""
    return f"""window.spoken = [];
    window.SpeechSynthesisUtterance = class {{ constructor(text) {{ this.text = text; }} }};
    Object.defineProperty(window, "speechSynthesis", {{ configurable: true, value: {{
      getVoices: () => {voices}.map((lang) => ({{ lang, name: lang }})),
      cancel: () => undefined,
      speak: (utterance) => {{
        window.spoken.push([utterance.text, utterance.lang]);
        if ("{then}" === "start") setTimeout(() => utterance.onstart({{}}), 50);
        if ("{then}" === "fail") setTimeout(() => utterance.onerror({{ error: "synthesis-failed" }}), 50);
      }},
    }} }});"""


@pytest.fixture
def voice(browser: Browser, base_url: str) -> Iterator[Callable[[str], tuple[Page, Locator]]]:
    """A phone with such a voice, told to speak; its time stands still until a test moves it."""
    with phone_context(browser, base_url) as context:
        context.clock.install(time=NOON)

        def speak(script: str) -> tuple[Page, Locator]:
            context.add_init_script(script)
            page = open_page(context.new_page(), path_of("en", "elder"))
            page.clock.pause_at("2026-11-21T12:10:00+08:00")
            page.locator("#step-play [data-say]").click()
            panel = page.locator("#say-elder-go-away")
            panel.locator("[data-speak]").click()
            return page, panel.locator("[data-speak-failed]")

        yield speak


def test_the_phone_speaks_the_sentence_in_the_language_of_the_door(
    voice: Callable[[str], tuple[Page, Locator]],
) -> None:
    page, failed = voice(fake_voice(voices=["en-US", "zh_CN"], then="start"))
    page.clock.run_for(10_000)
    expect(failed).to_be_hidden()
    assert page.evaluate("spoken") == [[words("zh-Hans", "say.elder-go-away"), "zh_CN"]]


def test_a_phone_that_has_not_told_its_voices_yet_is_asked_to_speak(
    voice: Callable[[str], tuple[Page, Locator]],
) -> None:
    page, failed = voice(fake_voice(voices=[], then="start"))
    page.clock.run_for(10_000)
    expect(failed).to_be_hidden()
    assert page.evaluate("spoken") == [[words("zh-Hans", "say.elder-go-away"), "zh-Hans"]]


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        (fake_voice(voices=["en-US", "fr-FR"], then="start"), 0),
        (fake_voice(voices=["zh-CN"], then="nothing"), 1),
        (fake_voice(voices=["zh-CN"], then="fail"), 1),
        ("delete Window.prototype.speechSynthesis; delete window.speechSynthesis; window.spoken = [];", 0),
    ],
    ids=["no-chinese-voice", "silent", "fails", "no-speech-at-all"],
)
def test_a_phone_that_does_not_speak_says_so(
    voice: Callable[[str], tuple[Page, Locator]], script: str, spoken: int
) -> None:
    page, failed = voice(script)

    page.clock.run_for(3000)

    expect(failed).to_be_visible()
    expect(failed).to_be_in_viewport()
    assert len(page.evaluate("spoken")) == spoken


# ---- keys and screen readers ----

FOCUSED = """() => {
  const element = document.activeElement;
  const shown = element.type === "radio" ? element.nextElementSibling : element;
  const style = getComputedStyle(shown);
  const box = shown.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    name: element.dataset.action || element.dataset.danger || element.dataset.say || element.name || element.className,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inView: top !== null && (shown === top || shown.contains(top)),
  };
}"""


def test_everything_is_reached_with_the_tab_key_and_shows_that_it_is(page: Page) -> None:
    open_page(page, path_of("en"))
    order: list[str] = []
    for _ in range(300):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if order and page.evaluate("document.activeElement === document.body"):
            break
        order.append(focused["name"])
        assert focused["ring"], f"no ring around {focused}"
        assert focused["inView"], f"covered or out of view: {focused}"
        if focused["name"] == "left":
            break
    assert order[0] == "skip"
    assert order[1:4] == ["call-police", "text-police", "bar__danger"]
    in_order = [*BAD, shipped().verdict["start"], *shipped().flows["borrower"].dangers, "left"]
    places = [order.index(name) for name in in_order]
    assert places == sorted(places)


def test_a_check_is_answered_with_the_arrow_keys(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator("#ids-yes").focus()

    page.keyboard.press("Space")
    expect_level(page, "no-warning-yet")
    page.keyboard.press("ArrowDown")

    expect(page.locator("#ids-no")).to_be_checked()
    expect(page.locator("#ids-no")).to_be_focused()
    expect_level(page, "stop")


def test_a_danger_is_reached_opened_and_closed_with_the_keyboard(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator('[data-danger="threat"]').focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name=words("en", "danger.threat.label"))
    expect(panel).to_be_focused()
    inside = []
    for _ in range(12):
        page.keyboard.press("Tab")
        inside.append(page.evaluate("document.activeElement.closest('.panel') !== null"))
        if page.evaluate("document.activeElement === document.body"):
            inside.pop()  # the browser's own controls come between the end and the beginning
    assert inside
    assert all(inside), "the focus is behind the panel"

    page.keyboard.press("Escape")

    expect(panel).to_be_hidden()
    expect(page.locator('[data-danger="threat"]')).to_be_focused()


def test_the_way_back_through_two_panels_ends_where_it_began(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator('[data-danger="threat"]').click()
    danger = page.locator("#danger-threat")
    danger.locator('a[href^="#why-"]').click()
    why = page.locator(".panel--why").locator("visible=true")
    expect(why).to_have_count(1)
    expect(danger).to_be_hidden()

    page.keyboard.press("Escape")
    expect(danger).to_be_visible()
    expect(danger.locator('a[href^="#why-"]')).to_be_focused()
    page.keyboard.press("Escape")
    expect(danger).to_be_hidden()
    expect(page.locator('[data-danger="threat"]')).to_be_focused()


def test_a_panel_opened_by_its_address_closes_to_the_page(page: Page) -> None:
    open_page(page, f"{path_of('en')}#danger-threat")
    panel = page.locator("#danger-threat")
    expect(panel).to_be_visible()
    panel.locator("[data-close]").click()
    expect(panel).to_be_hidden()
    expect(page.locator("#dangers")).to_be_in_viewport()

    page.goto(f"{path_of('en')}?again#say-who-is-it")
    expect(page.locator("#say-who-is-it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#say-who-is-it")).to_be_hidden()


# Two taps and a key before the page hears of the first of them: it hears of such changes only afterwards.
TWO_TAPS_AND_ESCAPE = """() => {
  document.querySelector('[data-danger="threat"]').click();
  document.querySelector('#danger-threat a[href^="#why-"]').click();
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
}"""


def test_hasty_fingers_find_the_way_back_through_two_panels_too(page: Page) -> None:
    open_page(page, path_of("en"))

    page.evaluate(TWO_TAPS_AND_ESCAPE)

    expect(page.locator("#danger-threat")).to_be_visible()
    expect(page.locator('#danger-threat a[href^="#why-"]')).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('[data-danger="threat"]')).to_be_focused()
    expect(page.locator("[inert]")).to_have_count(0)


def test_no_way_out_of_panels_leads_away_from_the_page(page: Page) -> None:
    """A page opened at a danger, by a shared link: behind its panel there is nothing to go back to but another page."""
    open_page(page, path_of("en", "family"))
    open_page(page, f"{path_of('en')}#danger-threat")
    danger = page.locator("#danger-threat")
    danger.locator('a[href^="#why-"]').click()
    why = page.locator(".panel--why").locator("visible=true")
    why.locator("[data-close]").click()
    expect(danger.locator('a[href^="#why-"]')).to_be_focused()

    danger.locator("[data-close]").click()

    expect(danger).to_be_hidden()
    expect(page.locator("#dangers")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"{path_of('en')}#dangers$"))
    page.locator('[data-danger="threat"]').click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(danger).to_be_hidden()
    expect(page).to_have_url(re.compile(f"{path_of('en')}#dangers$"))


def test_the_danger_link_of_the_bar_leads_to_the_dangers_below_the_bar(page: Page) -> None:
    open_page(page, path_of("en"))
    page.locator(".bar__danger").click()
    heading = page.locator("#dangers-title")
    expect(heading).to_be_in_viewport(ratio=1)
    assert is_on_top(heading), "the bar covers it"


def test_a_screen_reader_hears_questions_answers_and_the_verdict(page: Page) -> None:
    for locale in locales():
        open_page(page, path_of(locale))
        for check_id in BAD:
            group = page.get_by_role("group", name=words(locale, f"check.{check_id}.ask"), exact=True)
            expect(group.get_by_role("radio")).to_have_count(3)
        snapshot = page.locator("form.checks").aria_snapshot()
        assert f'group "{words(locale, "check.ids.ask")}"' in snapshot
        live = page.locator("[data-verdict]").get_by_role("status")
        expect(live).to_contain_text(words(locale, "verdict.start.title"))

    tick(page, "ids", "no")
    expect(live).to_contain_text(words(locales()[-1], "check.ids.fail"))
    expect(page.get_by_role("timer")).to_be_visible()
    # A clock that ticks inside a live region would talk all the time.
    assert (
        page.evaluate("document.querySelector('[data-timer]').closest('[role=status], [role=alert], [aria-live]')")
        is None
    )


def test_every_panel_is_a_dialog_with_a_name(page: Page) -> None:
    open_page(page, path_of("en"))
    unnamed = page.evaluate(
        """() => Array.from(document.querySelectorAll(".panel")).filter((panel) => {
          const title = document.getElementById(panel.getAttribute("aria-labelledby"));
          return panel.getAttribute("role") !== "dialog" || !title || !title.textContent.trim();
        }).map((panel) => panel.id)"""
    )
    assert unnamed == []
    page.locator("#step-who [data-say]").click()
    expect(page.get_by_role("dialog", name=words("zh-Hans", "say.who-is-it"))).to_be_visible()


def test_the_screen_fits_a_narrow_phone_without_scrolling_sideways(page: Page) -> None:
    for flow in flows():
        open_page(page, path_of("en", flow.id))
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{flow.id} is {width} wide"


def test_an_open_visit_is_not_reloaded_by_the_page_itself(page: Page) -> None:
    open_page(page, path_of("en"))
    tick(page, "ids", "no")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    for check_id, answer in GOOD.items():
        tick(page, check_id, answer)
    expect_logged(page, 1 + len(GOOD))
    assert loads == []
    expect(verdict(page)).to_have_attribute("data-verdict", "stop")
