"""What the audits of every page share: the list of pages, axe, measurements in the page, and the HTML as it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect

from server.publish.data_folder.release import DataFolder
from tests.serving import ROOT

MEASURES = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What the browser itself prints about an answer that is an error page, as it should.
STATUS_NOISE = re.compile(r"Failed to load resource: the server responded with a status of (404|405)")
# For axe: as tall as any page, because axe takes what lies under a sticky bar for hidden, and leaves it out.
TALL = {"width": 320, "height": 12000}
# What axe looks at, unless a part is named: the whole page.
WHOLE = "[document.documentElement]"
# Of axe's rules those that colours decide: in the other colour scheme all else is the same.
COLOUR_RULES = ("color-contrast", "link-in-text-block")
VERDICTS = ("start", "no-warning-yet", "caution", "stop", "police")


@dataclass(frozen=True, slots=True)
class Address:
    """A page as a person meets it; `path` is relative to the application's root."""

    path: str
    method: str = "GET"
    status: int = 200

    def __str__(self) -> str:
        return f"/{self.path}" if self.method == "GET" else f"{self.method} /{self.path}"


def release_files(data: Path) -> dict[str, dict[str, str]]:
    """The files of the current release by slice: address → media type."""
    folder = DataFolder(data)
    return {
        key: {path: file.media_type for path, file in folder.read_slice(key, digest).files.items()}
        for key, digest in folder.read_current().slices.items()
    }


def pages_of(data: Path, key: str) -> list[Address]:
    """Every page of one (region, locale): those that the release holds, and those that the server makes up."""
    held = [
        Address(path) for path, media_type in release_files(data)[key].items() if media_type.startswith("text/html")
    ]
    made_up = [
        Address("nowhere/at/all", status=404),
        Address(f"{key}/nowhere", status=404),
        Address(f"{key}/guide/no/such/topic/", status=404),
        Address(f"{key}/now/", "POST", status=405),
    ]
    return held + made_up


@contextmanager
def reader(browser: Browser, locale: str, **options: object) -> Iterator[BrowserContext]:
    """A person's browser, without the worker: every page then comes from the server, as it is published now."""
    context = browser.new_context(
        **{
            "locale": locale,
            "timezone_id": "Asia/Shanghai",
            "viewport": {"width": 320, "height": 568},
            "service_workers": "block",
            **options,
        }
    )
    context.add_init_script(MEASURES)
    yield context
    context.close()


def open_page(page: Page, url: str, address: Address) -> Response:
    """Go to a page and give the answer; `url` is the application's root."""
    target = f"{url}/{address.path}"
    if address.method != "GET":

        def as_method(route: Route) -> None:
            route.continue_(method=address.method)

        page.route(target, as_method, times=1)
    answer = page.goto(target)
    assert answer is not None
    assert answer.status == address.status, f"{address}: {answer.status}"
    return answer


def panel_ids(page: Page) -> list[str]:
    """The panels that the page holds."""
    return page.eval_on_selector_all(".panel", "panels => panels.map((panel) => panel.id)")


def one_of_each_kind(panels: list[str]) -> list[str]:
    """The first panel of each kind: a sentence, an emergency, a tile, and that of somebody who cannot speak."""
    return list({panel.split("-")[0]: panel for panel in reversed(panels)}.values())


def open_panel(page: Page, panel: str) -> None:
    """Open a panel as its link does."""
    page.evaluate("(id) => { location.hash = id; }", panel)


def axe_problems(page: Page, rules: tuple[str, ...] = RULES, part: str = WHOLE) -> list[str]:
    """Run axe over the page as it is now and give one line for each place that breaks a rule, or may break contrast.

    Args:
        rules: axe's tags, or names of single rules.
        part: What to look at: an expression that gives a list of elements.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async ([tags, include]) => {
          if (include.length === 0) return [];
          const { violations, incomplete } = await axe.run(
            { include },
            // What passes is not told in full; no rule that runs reads the stylesheets once more.
            { runOnly: tags, resultTypes: ["violations", "incomplete"], preload: false },
          );
          // A link's invisible margin over the next line makes axe doubt; a ground that it cannot read must not pass.
          const doubtful = incomplete.map(({ id, nodes }) => ({
            id,
            nodes: nodes.filter(({ any }) => any.some(({ data }) => data?.messageKey && data.messageKey !== "bgOverlap")),
          }));
          return [...violations, ...doubtful.filter(({ id }) => id === "color-contrast")].flatMap(({ id, nodes }) =>
            nodes.map(({ target, any, all, none }) =>
              `${id}: ${target.join(" ")}: ${[...any, ...all, ...none].map(({ message }) => message).join(" ")}`,
            ),
          );
        }""",
        [list(rules), page.evaluate_handle(part)],
    )
    return list(found)


def axe_problems_in_both_schemes(page: Page, state: str, part: str = WHOLE) -> list[str]:
    """Run every rule in light colours, and in dark ones those that depend on colours; `state` begins each line."""
    problems = []
    for scheme, rules in (("light", RULES), ("dark", COLOUR_RULES)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two that it knows
        problems += [f"{state}, {scheme}: {problem}" for problem in axe_problems(page, rules, part)]
    return problems


def measured(page: Page, measure: str) -> list[str]:
    """Run one of audit.js's measurements."""
    return list(page.evaluate(f"audit.{measure}()"))


def set_window(page: Page, width: int, height: int, percent: int) -> None:
    """Make the window so large and its text of so many percent, and wait until it is."""
    page.set_viewport_size({"width": width, "height": height})
    larger_text(page, percent)
    expect(page.locator("html")).to_have_css("font-size", f"{16 * percent // 100}px")


def measured_in_each_state(page: Page, measure: str, panels: list[str]) -> list[str]:
    """Run one of audit.js's measurements in every state of the page, with these panels opened."""
    return list(page.evaluate(f"(panels) => audit.inEachState(audit.{measure}, panels)", panels))


def covered_targets(page: Page) -> list[str]:
    """Return the places that links of this page lead to and whose first line is covered then.

    Each place is looked at in a call of its own: without script a page has no frames to wait for.
    """
    covered = list(page.evaluate("audit.coveredPanels()"))
    for place in page.evaluate("audit.places()"):
        page.evaluate("(id) => audit.openPanel(id)", place)
        if page.evaluate("(id) => audit.isCovered(id)", place):
            covered.append(place)
    return [f"#{target} is covered when a link leads there" for target in covered]


def walk_by_keyboard(page: Page, *, backwards: bool = False) -> list[dict[str, Any]]:
    """Press Tab, or Shift+Tab, until every place that takes the focus has had it, and return these stops."""
    session = page.context.new_cdp_session(page)
    tab = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9, "modifiers": 8 if backwards else 0}
    stops: dict[int, dict[str, Any]] = {}
    known = -1
    while len(stops) > known:
        known = len(stops)
        for _ in range(10):
            session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **tab})
        # Before the first stop, and when the focus leaves the page, nothing has it.
        stops |= {stop["key"]: stop for stop in page.evaluate("audit.takeStops()") if stop}
    session.detach()
    return list(stops.values())


def walk_by_focus(page: Page, *, backwards: bool = False) -> list[dict[str, Any]]:
    """Give the focus to every place that the Tab key leads to, by script, and return these stops."""
    return list(page.evaluate("(backwards) => audit.walkByFocus(backwards)", backwards))


def larger_text(page: Page, percent: int) -> None:
    """Set the browser's own text size, as a person does in its settings.

    Not a style that is put into the page: that would leave media queries in em, and `font: 100%`, as they were.
    """
    session = page.context.new_cdp_session(page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * percent // 100, "fixed": 13 * percent // 100}})


@dataclass
class Element:
    """A start tag as it was sent."""

    tag: str
    attributes: dict[str, str | None]


@dataclass
class Html:
    """What a page's source says, before any script has changed it."""

    elements: list[Element] = field(default_factory=list)
    title: str = ""

    def all(self, tag: str) -> list[Element]:
        """Every element of that name."""
        return [element for element in self.elements if element.tag == tag]

    def values(self, attribute: str) -> list[str]:
        """Every value of that attribute."""
        found = (element.attributes.get(attribute) for element in self.elements)
        return [value for value in found if value is not None]

    @property
    def ids(self) -> list[str]:
        """Every id, in order, twice if it is there twice."""
        return self.values("id")


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.html = Html()
        self._title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.html.elements.append(Element(tag, dict(attrs)))
        self._title = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        self._title = False

    def handle_data(self, data: str) -> None:
        if self._title:
            self.html.title += data


def parse_html(body: bytes) -> Html:
    """Read a page's source."""
    parser = _Parser()
    parser.feed(body.decode())
    parser.close()
    return parser.html


def link_target(path: str, href: str) -> tuple[str, str]:
    """Where a link on the page at `path` leads: the address relative to the application's root, and the fragment.

    The root is put one folder down, so that a link with one `../` too many is seen.
    """
    target = urlsplit(urljoin(f"http://app.invalid/below/{path}", href))
    assert target.netloc == "app.invalid", f"{path}: {href} leads to another origin"
    assert target.path.startswith("/below/"), f"{path}: {href} leads out of the application"
    return target.path.removeprefix("/below/"), target.fragment
