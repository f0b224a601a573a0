"""Every page of the release, and every page that the server makes up, in both languages.

The list of pages is read from the release, so a new page is looked at from the day it is there.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from e2e.audit import (
    COLOUR_RULES,
    MEASURES,
    STATUS_NOISE,
    TALL,
    VERDICTS,
    Address,
    Html,
    axe_problems,
    axe_problems_in_both_schemes,
    covered_targets,
    link_target,
    measured,
    measured_in_each_state,
    one_of_each_kind,
    open_page,
    open_panel,
    pages_of,
    panel_ids,
    parse_html,
    reader,
    release_files,
    set_window,
    walk_by_focus,
    walk_by_keyboard,
)
from e2e.clock import stop_date
from e2e.conftest import DEFAULT_FONTS, KEYS, LOCALES, NOON
from e2e.door_pages import flows, shipped
from tests.serving import ServerProcess
from tools.fonts import PAIRS, FontPair

pytestmark = pytest.mark.browser

# An old small phone, the same with twice the text size, on its side, common phones, a desk.
WINDOWS = {
    "320": (320, 568, 100),
    "320-large-text": (320, 568, 200),
    "on-its-side": (568, 320, 100),
    "360": (360, 640, 100),
    "412": (412, 915, 100),
    "1280": (1280, 800, 100),
    "1280-large-text": (1280, 800, 200),
}
# Where sticky bars leave least room, and where they leave most.
EXTREMES = ("320", "320-large-text", "on-its-side", "1280")
SMALLEST = ("320", "320-large-text")
# Where wide letters leave least room: every other window is wider, with text that is no larger.
TIGHT = ("320", "320-large-text", "1280-large-text")
WINDOWS_OF = {"android": tuple(WINDOWS), "wide": TIGHT}
# The way of the keyboard through every page, by pair of fonts, window and direction; `keys` presses the key itself each time.
WALKS = {
    "android": (("320", "forwards", "keys"), ("320", "backwards", "focus"), ("320-large-text", "forwards", "focus")),
    "wide": (
        ("320", "forwards", "focus"),
        ("320-large-text", "forwards", "focus"),
        ("320-large-text", "backwards", "keys"),
    ),
}
# A well-formed language tag, as RFC 5646 section 2.1 writes it: language, script, region.
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-\d{3})?")

in_each_language = pytest.mark.parametrize("locale", LOCALES)
in_each_scheme = pytest.mark.parametrize("scheme", ["light", "dark"])
in_each_pair_of_fonts = pytest.mark.parametrize("fonts", PAIRS.values(), ids=PAIRS)
NAME_OF_PAIR = {pair: name for name, pair in PAIRS.items()}

Opener = Callable[..., Page]


@pytest.fixture
def pages(server: ServerProcess, locale: str) -> list[Address]:
    """Every page in this language."""
    return pages_of(server.data, f"cn/{locale}")


@pytest.fixture
def fonts() -> FontPair:
    """What a reader's browser draws with, where a test does not choose."""
    return DEFAULT_FONTS


@pytest.fixture
def open_window(browser_of_fonts: Callable[[FontPair], Browser], fonts: FontPair, locale: str) -> Iterator[Opener]:
    """Opens a window of a reader of this language; an error in a page, or against its policy, fails the test."""
    browser = browser_of_fonts(fonts)
    problems: list[str] = []
    with ExitStack() as windows:

        def new(**options: object) -> Page:
            page = windows.enter_context(reader(browser, locale, **options)).new_page()
            stop_date(page, NOON)
            page.context.on("weberror", lambda error: problems.append(f"{page.url}: {error.error}"))
            page.on(
                "console", lambda line: problems.append(f"{page.url}: {line.text}") if line.type == "error" else None
            )
            return page

        yield new
    assert [line for line in problems if not STATUS_NOISE.search(line)] == []


def with_checks(pages: list[Address]) -> Address:
    """The visit screen."""
    return next(address for address in pages if address.path.endswith("/now/") and address.method == "GET")


def named(address: Address, problems: list[str]) -> list[str]:
    """Say of each problem which page has it."""
    return [f"{address}: {problem}" for problem in problems]


def test_every_slice_of_the_release_is_audited(server: ServerProcess) -> None:
    assert set(release_files(server.data)) == set(KEYS)


# ---- fonts ----


@in_each_language
@in_each_pair_of_fonts
def test_a_page_is_drawn_with_the_fonts_that_were_asked_for(
    open_window: Opener, server: ServerProcess, pages: list[Address], fonts: FontPair
) -> None:
    """Whatever else is installed: a measurement says nothing when nobody knows of which font."""
    page = open_window()
    open_page(page, server.url, with_checks(pages))

    drawn = drawn_fonts(page)

    assert {fonts.latin, fonts.chinese} <= drawn
    # A heavy face of the same family may have a name of its own.
    assert [name for name in drawn if not name.startswith((fonts.latin, fonts.chinese))] == []


def drawn_fonts(page: Page) -> set[str]:
    """Return the families that the page's text is drawn with."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    nodes = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "main, main *"})["nodeIds"]
    drawn = (session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"] for node in nodes)
    return {font["familyName"] for fonts in drawn for font in fonts}


# ---- axe ----


@in_each_language
def test_axe_finds_nothing_on_any_page(open_window: Opener, server: ServerProcess, pages: list[Address]) -> None:
    """As it opens, then a panel of each kind, and every notice and button that waits for its moment.

    What lies behind a panel or beside a notice is as it was: it is not looked at again. The colours of what stands there
    from the start are looked at together with the notices'.
    """
    page = open_window(viewport=TALL)
    problems = []

    for address in pages:
        open_page(page, server.url, address)
        problems += named(address, axe_problems(page))
        for panel in one_of_each_kind(panel_ids(page)):
            open_panel(page, panel)
            problems += named(address, axe_problems_in_both_schemes(page, f"#{panel}", "audit.shown()"))
        open_panel(page, "main")
        page.evaluate("audit.reveal()")
        problems += named(address, axe_problems(page, part="audit.revealed()"))
        page.emulate_media(color_scheme="dark")
        problems += [f"{address}, dark: {problem}" for problem in axe_problems(page, COLOUR_RULES)]
        page.emulate_media(color_scheme="light")

    assert not problems, "\n".join(problems)


@in_each_language
def test_axe_finds_nothing_at_any_verdict(open_window: Opener, server: ServerProcess, pages: list[Address]) -> None:
    page = open_window(viewport=TALL)
    open_page(page, server.url, with_checks(pages))
    problems = []

    for verdict in reach_each_verdict(page):
        problems += axe_problems_in_both_schemes(page, verdict)

    assert not problems, "\n".join(problems)


def reach_each_verdict(page: Page) -> Iterator[str]:
    """Answer and tap so that the visit screen shows each verdict in turn."""
    verdict = page.locator("[data-verdict]")
    checks = [
        (check.get_attribute("data-check"), check.get_attribute("data-bad")) for check in page.locator(".check").all()
    ]
    name, bad = checks[0]
    good = {"no": "yes", "yes": "no"}
    taps: list[tuple[str, list[str]]] = [
        ("start", []),
        ("no-warning-yet", [f"label[for={name}-{good[bad or 'no']}]" for name, bad in checks]),
        ("no-warning-yet", ["label[for=checked-confirmed]"]),
        ("caution", [f"label[for={name}-unsure]"]),
        ("stop", [f"label[for={name}-{bad}]"]),
        ("police", ["[data-danger]:not([data-level]) >> nth=0"]),
    ]
    assert tuple(dict.fromkeys(level for level, _ in taps)) == VERDICTS
    for level, selectors in taps:
        for selector in selectors:
            page.locator(selector).click()
        expect(verdict).to_have_attribute("data-verdict", level)
        open_panel(page, "main")
        yield level


# ---- small windows, large text ----


@in_each_language
@in_each_pair_of_fonts
def test_every_page_can_be_read_in_every_window(
    open_window: Opener, server: ServerProcess, pages: list[Address], fonts: FontPair
) -> None:
    """Nothing is cut off or scrolls sideways; no line and no place that a link leads to stays under a bar."""
    page = open_window()
    problems = []

    for address in pages:
        open_page(page, server.url, address)
        for window in WINDOWS_OF[NAME_OF_PAIR[fonts]]:
            set_window(page, *WINDOWS[window])
            problems += [f"{address}, {window}: {problem}" for problem in problems_in_window(page, window)]

    assert not problems, "\n".join(problems)


def problems_in_window(page: Page, window: str) -> list[str]:
    """Measure the page in the window as it is now."""
    panels = panel_ids(page)
    problems = measured_in_each_state(page, "cutOff", panels)
    if window in SMALLEST:
        problems += covered_targets(page)
    if window in EXTREMES:
        problems += measured_in_each_state(page, "unreachable", one_of_each_kind(panels))
    return problems


def test_the_measurements_find_what_is_broken(page: Page, server: ServerProcess) -> None:
    """Each on purpose: a wide box, a cut text, a bar over everything, white on white, something that moves."""
    page.add_init_script(MEASURES)
    breaks = {
        "cutOff": [
            "main.style.width = '30rem'",
            "main.querySelector('h1').style.cssText = 'overflow: hidden; height: 1em'",
            "main.querySelector('h1').style.cssText = 'position: relative; left: -3rem'",
            "main.querySelector('[data-panel=start] .say').style.cssText = 'height: 1em; min-height: 0'",
            "main.querySelector('h1').style.cssText = 'width: 3em; white-space: nowrap; overflow: auto'",
        ],
        "unreachable": ["document.querySelector('.bar').style.cssText = 'height: 100vh; max-height: none'"],
        "moving": ["main.style.transition = 'opacity 1s'", "main.style.scrollBehavior = 'smooth'"],
        "notBlackOnWhite": ["main.style.color = '#111'"],
        "notMirrored": ["main.style.marginLeft = '9px'"],
    }
    for measure, ways in breaks.items():
        for way in ways:
            page.goto(f"{server.url}/cn/en/now/")
            page.evaluate(f"() => {{ const main = document.querySelector('main'); {way}; }}")
            assert measured(page, measure), way


@in_each_language
@in_each_pair_of_fonts
def test_without_script_nothing_is_cut_off_or_covered_either(
    open_window: Opener, server: ServerProcess, pages: list[Address]
) -> None:
    page = open_window(java_script_enabled=False)
    problems = []

    for address in pages:
        open_page(page, server.url, address)
        for window in SMALLEST:
            set_window(page, *WINDOWS[window])
            problems += [f"{address}, {window}: {problem}" for problem in measured(page, "cutOff")]
            problems += [f"{address}, {window}: {problem}" for problem in covered_targets(page)]

    assert not problems, "\n".join(problems)


# ---- keyboard ----


@in_each_language
@in_each_pair_of_fonts
def test_whatever_has_the_focus_can_be_seen(
    open_window: Opener, server: ServerProcess, pages: list[Address], fonts: FontPair
) -> None:
    """Tab and Shift+Tab never stop under a bar or the verdict, and the place is outlined (WCAG 2.4.11, 2.4.7)."""
    page = open_window()
    page.add_init_script("audit.recordStops()")
    problems = []

    for address in pages:
        open_page(page, server.url, address)
        for window, direction, by in WALKS[NAME_OF_PAIR[fonts]]:
            set_window(page, *WINDOWS[window])
            backwards = direction == "backwards"
            where = f"{address}, {window}, {direction}"
            reached = walk_by_focus(page, backwards=backwards)
            stops = walk_by_keyboard(page, backwards=backwards) if by == "keys" else reached
            problems += [f"{where}: covered: {stop['name']}" for stop in stops if not stop["free"]]
            problems += [f"{where}: no outline: {stop['name']}" for stop in stops if not stop["outlined"]]
            assert stops, f"{where}: the keyboard reaches nothing"
            # Whatever the key leads to is looked at in every walk.
            assert {stop["key"] for stop in stops} <= {stop["key"] for stop in reached}, where

    assert not problems, "\n".join(problems)


# ---- forced colours, motion, paper ----


@in_each_language
def test_in_forced_colours_everything_that_can_be_tapped_has_an_edge(
    open_window: Opener, server: ServerProcess, pages: list[Address]
) -> None:
    page, counter = open_window(forced_colors="active"), open_window()
    problems = []

    for address in pages:
        open_page(page, server.url, address)
        page.evaluate("audit.reveal()")
        problems += named(
            address,
            page.evaluate(
                "Array.from(document.querySelectorAll('.button, .call, .danger, .tile, .chip, .say, .bar__danger,"
                " .cards a, .check > label, .checked > label, .variant > label, input:not([type=radio], [type=checkbox]), textarea'))"
                ".filter((element) => { const style = getComputedStyle(element);"
                " return style.borderTopStyle === 'none' || parseFloat(style.borderTopWidth) < 1; })"
                ".map(audit.name)"
            ),
        )
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        problems += [] if colours(counter, page.screenshot()) > 2 else [f"{address}: blank"]

    assert not problems, "\n".join(problems)


@in_each_language
def test_in_forced_colours_an_answer_differs_by_more_than_colour(
    open_window: Opener, server: ServerProcess, pages: list[Address]
) -> None:
    page = open_window(forced_colors="active")
    labels = page.locator(".check > label, .checked > label, .variant > label")
    kinds = set()

    for flow in (flow for flow in flows() if any(step.checks or step.variant for step in flow.steps)):
        open_page(page, server.url, next(address for address in pages if address.path.endswith(f"/{flow.address}")))
        kinds |= set(labels.evaluate_all("labels => labels.map((label) => label.parentElement.classList[0])"))
        assert labels.evaluate_all("labels => labels.flatMap(audit.drawn)") == []
        for label in labels.all():
            label.click()
            assert label.evaluate("audit.drawn") != [], label.inner_text()
    assert kinds == {"check", "checked", "variant"}


@in_each_language
def test_in_forced_colours_a_verdict_differs_by_more_than_colour(
    open_window: Opener, server: ServerProcess, pages: list[Address]
) -> None:
    page = open_window(forced_colors="active")
    open_page(page, server.url, with_checks(pages))
    verdicts = {}

    for level in reach_each_verdict(page):
        panel = page.locator(f"[data-panel={level}]")
        expect(panel).to_be_visible()
        verdicts[level] = panel.evaluate(
            "panel => { const { borderTopStyle, borderTopWidth } = getComputedStyle(panel);"
            " const sign = getComputedStyle(panel.querySelector('.verdict__title'), '::before').content;"
            " return [sign, borderTopStyle, borderTopWidth].join(' '); }"
        )

    assert len(set(verdicts.values())) == len(VERDICTS), verdicts


@in_each_language
def test_nothing_moves_for_a_person_who_wants_less_motion(
    open_window: Opener, server: ServerProcess, pages: list[Address]
) -> None:
    page = open_window(reduced_motion="reduce")
    problems = []

    for address in pages:
        open_page(page, server.url, address)
        problems += named(address, measured(page, "moving"))

    assert not problems, "\n".join(problems)


@in_each_language
@in_each_scheme
def test_on_paper_every_page_is_black_on_white_without_bars(
    open_window: Opener, server: ServerProcess, pages: list[Address], scheme: str
) -> None:
    """Printers leave backgrounds out: white letters on a coloured ground would vanish."""
    page = open_window(color_scheme=scheme)
    problems = []

    for address in pages:
        open_page(page, server.url, address)
        page.emulate_media(media="print", color_scheme=scheme)
        assert visible(page, ".bar, .button, .panel, .verdict, .status") == [], address
        problems += named(address, measured(page, "notBlackOnWhite"))
        if address.status == 200:
            expect(page.locator("[data-print-foot]")).to_be_visible()
            expect(page.locator("[data-print-foot]")).to_have_text(f"{page.url} {NOON[:10]}")
        # Paper cannot be tapped: the number is read from it, and of two ways to answer both are there.
        paper = ".dangers .on-paper, .variant__no, .variant__yes"
        assert len(visible(page, paper)) == page.locator(paper).count(), address
        page.emulate_media(media="screen", color_scheme=scheme)
        assert visible(page, "[data-print-foot], .on-paper") == [], address
    assert page.pdf().startswith(b"%PDF-")

    assert not problems, "\n".join(problems)


def visible(page: Page, selector: str) -> list[str]:
    """Return those of the elements that can be seen, as Playwright's `to_be_visible` judges it."""
    return list(
        page.eval_on_selector_all(
            selector,
            """elements => elements.filter((element) => {
              const { width, height } = element.getBoundingClientRect();
              return width > 0 && height > 0 && element.checkVisibility({ checkVisibilityCSS: true });
            }).map(audit.name)""",
        )
    )


# ---- privacy ----


@in_each_language
def test_no_page_asks_another_origin_or_keeps_a_cookie(
    open_window: Opener, server: ServerProcess, pages: list[Address]
) -> None:
    page = open_window()
    asked: list[str] = []
    answers: list[Response] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.context.on("response", lambda answer: answers.append(answer))

    for address in pages:
        open_page(page, server.url, address)
        page.evaluate("audit.reveal()")
        assert page.evaluate("document.cookie") == ""

    assert len(asked) > len(pages)
    assert [url for url in asked if f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" != server.url] == []
    assert page.context.cookies() == []
    assert [answer.url for answer in answers if answer.header_value("set-cookie")] == []


@in_each_language
def test_every_answer_carries_the_strict_policy(server: ServerProcess, pages: list[Address], locale: str) -> None:
    for address in pages:
        policy = answer(server, address, locale)[0]["content-security-policy"]
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))

        assert rules.pop("default-src") == "'none'", address
        assert {"script-src", "style-src", "connect-src", "form-action", "base-uri", "frame-ancestors"} <= set(rules)
        assert set(rules.values()) <= {"'self'", "'none'"}, f"{address}: {policy}"


@in_each_language
def test_the_browser_refuses_what_the_policy_forbids(page: Page, server: ServerProcess, pages: list[Address]) -> None:
    """Inline script, inline style and another origin: put in on purpose, all without effect."""
    reached: list[str] = []
    page.context.route(re.compile(r"example\.org"), lambda route: (reached.append(route.request.url), route.abort()))
    open_page(page, server.url, with_checks(pages))
    refused = page.evaluate(
        """async () => {
          const refused = [];
          document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "globalThis.ran = true";
          const style = document.createElement("style");
          style.textContent = "h1 { font-style: italic }";
          const image = document.createElement("img");
          image.src = "https://example.org/a.png";
          document.body.append(script, style, image);
          await fetch("https://example.org/").catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve));
          const italic = getComputedStyle(document.querySelector("h1")).fontStyle === "italic";
          return [...refused.map((name) => name.replace("-elem", "")), ...(globalThis.ran || italic ? ["effect"] : [])];
        }"""
    )

    assert sorted(set(refused)) == ["connect-src", "img-src", "script-src", "style-src"]
    assert reached == []


# ---- the HTML as it was sent ----


@pytest.fixture
def sources(server: ServerProcess, pages: list[Address], locale: str) -> dict[Address, Html]:
    """The source of every page."""
    return {address: parse_html(answer(server, address, locale)[1]) for address in pages}


def answer(server: ServerProcess, address: Address, locale: str) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body that a reader of this language gets."""
    status, headers, body = server.get(f"/{address.path}", {"Accept-Language": locale}, method=address.method)
    assert status == address.status, f"{address}: {status}"
    return headers, body


@in_each_language
def test_no_page_holds_script_or_style_of_its_own(sources: dict[Address, Html]) -> None:
    for address, html in sources.items():
        inline = [script.attributes for script in html.all("script") if "src" not in script.attributes]
        handlers = [name for element in html.elements for name in element.attributes if name.startswith("on")]
        addresses = [*html.values("href"), *html.values("src"), *html.values("action")]

        assert inline == [], address
        assert html.all("style") == [], address
        assert html.values("style") == [], address
        assert handlers == [], address
        assert [url for url in addresses if re.match(r"\s*(javascript|data|blob|https?|//)", url, re.I)] == [], address


@in_each_language
def test_every_page_says_its_language_and_has_one_heading_and_a_title(
    sources: dict[Address, Html], locale: str
) -> None:
    # The old address of a text that stands on the page of its tool has that page's name, and leads there.
    old = {f"cn/{locale}/guide/{topic.id}/": topic.address for topic in shipped().topics.values() if topic.tool}
    titles: dict[str, Address] = {}
    for address, html in sources.items():
        root = html.all("html")[0].attributes

        assert root["lang"] == locale, address
        assert root["dir"] == "ltr", address
        assert len(html.all("h1")) == 1, address
        assert len(html.all("main")) == 1, address
        assert html.title.strip(), address
        if address.path in old:
            assert f"../../{old[address.path]}" in html.values("href"), address
        elif address.status == 200:
            assert html.title not in titles, f"{address} and {titles.get(html.title)}: {html.title}"
            titles[html.title] = address
        for tag in html.values("lang"):
            assert LANGUAGE_TAG.fullmatch(tag), f"{address}: {tag} is no well-formed language tag"


@in_each_language
def test_every_id_stands_once(sources: dict[Address, Html]) -> None:
    for address, html in sources.items():
        assert sorted(set(html.ids)) == sorted(html.ids), address
        for attribute in ("for", "aria-labelledby", "aria-describedby"):
            for value in html.values(attribute):
                assert set(value.split()) <= set(html.ids), f"{address}: {attribute}={value}"


@in_each_language
def test_every_link_leads_somewhere(server: ServerProcess, sources: dict[Address, Html]) -> None:
    """Within the release, with the place on that page; or straight to the dialler and the messages."""
    files = set().union(*release_files(server.data).values())
    held = {address.path: html for address, html in sources.items() if address.status == 200}
    checked: dict[str, int] = {}
    for address, html in sources.items():
        for href in [*html.values("href"), *html.values("src")]:
            if re.fullmatch(r"(tel:[0-9+*#]+|sms:[0-9+]*\?&body=.+)", href):
                continue
            if href.startswith("#"):
                assert href[1:] in html.ids, f"{address}: {href}"
                continue
            target, fragment = link_target(address.path, href)
            if target not in files and target not in checked:
                checked[target] = server.get(f"/{target}")[0]
            assert target in files or checked[target] == 200, f"{address}: {href}"
            assert not fragment or fragment in held[target].ids, f"{address}: {href}"

    assert checked, "every page links an icon, which no phone keeps offline"


def colours(counter: Page, image: bytes) -> int:
    """How many colours a picture has; that of a blank page has one. `counter` is a page without a policy."""
    return int(
        counter.evaluate(
            """async (png) => {
              const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
              const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
              canvas.drawImage(image, 0, 0);
              const { data } = canvas.getImageData(0, 0, image.width, image.height);
              return new Set(new Uint32Array(data.buffer)).size;
            }""",
            base64.b64encode(image).decode(),
        )
    )
