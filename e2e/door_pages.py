"""What the tests of the door screens share: the packs as they are shipped, and how a finger uses the pages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from e2e.clock import stop_date
from e2e.conftest import NOON, PHONE, SHIPPED, eventually
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.guidance.model.visit import Flow, Step
from server.guidance.texts.text import get_text
from tests.js.table import OF_CHECKED, asked_of, checks_of, level, level_of_answer, tap_levels, worst

REGION = "cn"
FAKES = Path(__file__).with_name("fakes.js").read_text(encoding="utf-8")
# What a person has entered, as this phone holds it.
ENTERED = """() => new Promise((resolve) => {
  indexedDB.open("doorwise").onsuccess = ({ target }) => {
    const db = target.result;
    db.transaction("settings").objectStore("settings").get("entered").onsuccess = (event) => {
      db.close();
      resolve(event.target.result || {});
    };
  };
})"""
# The events of the latest visit, as this phone holds them. A database that no page has made yet is not made here.
LOGGED = """() => new Promise((resolve) => {
  const request = indexedDB.open("doorwise");
  request.onupgradeneeded = () => request.transaction.abort();
  request.onerror = () => resolve([]);
  request.onsuccess = () => {
    const db = request.result;
    const tx = db.transaction(["visits", "events"]);
    let whats = [];
    tx.objectStore("visits").openCursor(null, "prev").onsuccess = ({ target }) => {
      if (!target.result) return;
      tx.objectStore("events").index("visit").getAll(target.result.key).onsuccess = (event) => {
        whats = event.target.result.map(({ what }) => what);
      };
    };
    tx.oncomplete = () => { db.close(); resolve(whats); };
  };
})"""
ADDRESS = "幸福路 8 号 3 单元 502 <室>"
AREA_CODE = "0755"


@cache
def shipped() -> Pack:
    return load_pack(SHIPPED / REGION)


# The answers to what is asked through the door; the clock answers the rest.
GOOD = {check.id: "no" if check.bad == "yes" else "yes" for check in asked_of(shipped())}
BAD = {check.id: check.bad for check in asked_of(shipped())}


def flows() -> list[Flow]:
    return list(shipped().flows.values())


def locales() -> list[str]:
    return list(shipped().locales)


def every_flow() -> Iterator[tuple[str, str]]:
    """Each (locale, flow)."""
    return ((locale, flow.id) for locale in locales() for flow in flows())


def shown_steps(flow: Flow) -> list[Step]:
    """The steps that stand on a flow's page. Below the checks a step that only leads to a page is a button."""
    if not any(step.checks for step in flow.steps):
        return list(flow.steps)
    more = shipped().strings[locales()[0]]
    return [
        step
        for step in flow.steps
        if step.say or step.never or step.contacts or step.message or f"flow.{flow.id}.{step.id}.more" in more
    ]


def words(locale: str, key: str) -> str:
    """A text of the pack as a page shows it: line breaks and runs of spaces are one space."""
    return " ".join(get_text(shipped(), locale, key).split())


def path_of(locale: str, flow_id: str = "borrower") -> str:
    flow = shipped().flows[flow_id]
    return f"/{REGION}/{locale}/now/" + (f"{flow.path}/" if flow.path else "")


def phone_context(browser: Browser, base_url: str, **options: object) -> BrowserContext:
    """A phone without a worker: pages come from the server, so that nothing but the page itself is looked at."""
    given: dict[str, object] = {
        "viewport": PHONE,
        "has_touch": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "service_workers": "block",
        "base_url": base_url,
        **options,
    }
    context = browser.new_context(**given)
    context.add_init_script(FAKES)
    return context


def fake(call: str) -> str:
    """Return a script that makes a phone misbehave from the start; `call` is one of the functions of fakes.js."""
    return f"{FAKES}\nfakes.{call};"


def by_day(context: BrowserContext, moment: str = NOON) -> BrowserContext:
    """Every page of the context believes that it is this moment; its timers run on."""
    stop_date(context, moment)
    return context


def open_page(page: Page, path: str) -> Page:
    """Open a page and wait until its script has taken hold."""
    page.goto(path)
    expect(page.locator("html")).to_have_attribute("data-js", "")
    return page


def tick(page: Page, check: str, answer: str) -> None:
    page.locator(f'label[for="{check}-{answer}"]').click()
    expect(page.locator(f"#{check}-{answer}")).to_be_checked()


def answer_all(page: Page, answers: dict[str, str] = GOOD) -> None:
    for check, answer in answers.items():
        tick(page, check, answer)


def tap_tile(page: Page, tile: str) -> None:
    """Tap what they do or want, an emergency or not, and close the panel that it opens."""
    page.locator(f'[data-tile="{tile}"]').click()
    panel = page.locator(f"#tile-{tile}, #danger-{tile}")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def tap_checked(page: Page, answer: str) -> None:
    """Answer what the official number said."""
    page.locator(f'label[for="checked-{answer}"]').click()
    expect(page.locator(f"#checked-{answer}")).to_be_checked()


def level_after(events: list[str]) -> str:
    """The verdict that the pack means after these taps, named as the log names them."""
    pack = shipped()
    checks, taps = checks_of(pack), tap_levels(pack)
    answers: dict[str, str] = {}
    found = []
    for event in events:
        kind, one, *rest = event.split(".")
        if kind == "check":
            answers[one] = rest[0]
            found.append(level_of_answer(pack.checks[one], rest[0]))
        else:
            found.append(OF_CHECKED[one] if kind == "checked" else taps[event])
    return worst([*found, level(checks, answers)])


def verdict(page: Page) -> Locator:
    return page.locator("[data-verdict]")


def expect_level(page: Page, level: str) -> Locator:
    """The verdict is this one, and its words are the only ones shown; gives what is shown."""
    expect(verdict(page)).to_have_attribute("data-verdict", level)
    panel = page.locator(f'[data-panel="{level}"]')
    expect(panel).to_be_visible()
    expect(page.locator("[data-panel]").locator("visible=true")).to_have_count(1)
    return panel


def logged(page: Page) -> list[str]:
    """Return the events of the latest visit on this phone, without its beginning."""
    found: list[str] = page.evaluate(LOGGED)
    return found[1:]


def expect_logged(page: Page, count: int) -> None:
    """Wait until the latest visit on this phone has this many events, without its beginning."""
    eventually(lambda: len(logged(page)) == count, f"{count} events are stored")


def stored(page: Page) -> dict[str, int]:
    """How much this phone holds in each of its stores."""
    counts: dict[str, int] = page.evaluate(
        """() => new Promise((resolve) => {
          indexedDB.open("doorwise").onsuccess = ({ target }) => {
            const db = target.result;
            const found = {};
            const names = Array.from(db.objectStoreNames);
            const tx = db.transaction(names);
            for (const name of names) {
              tx.objectStore(name).count().onsuccess = (event) => { found[name] = event.target.result; };
            }
            tx.oncomplete = () => { db.close(); resolve(found); };
          };
        })"""
    )
    return counts


def is_on_top(part: Locator) -> bool:
    """Return whether nothing covers the middle of an element."""
    return bool(
        part.evaluate(
            """element => {
              const box = element.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              return element === top || element.contains(top);
            }"""
        )
    )


def save_settings(page: Page, locale: str, **fields: str) -> None:
    """Enter what a person enters once, and wait until the phone says that it keeps it."""
    open_page(page, f"/{REGION}/{locale}/settings/")
    for name, value in fields.items():
        page.locator(f'[name="{name.replace("_", "-")}"]').fill(value)
    page.locator('form[data-settings] [type="submit"]').click()
    expect(page.locator("[data-saved]")).to_be_visible()
