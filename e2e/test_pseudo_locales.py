"""The pages in two made-up languages: one with long words, one that runs from right to left.

Every text of a catalogue or a pack stands in ⟦brackets⟧ there, so a text without them never was in one.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from e2e.audit import (
    Address,
    larger_text,
    measured,
    one_of_each_kind,
    open_page,
    open_panel,
    pages_of,
    panel_ids,
    reader,
)
from e2e.clock import stop_date
from e2e.conftest import NOON, SHIPPED
from e2e.door_pages import expect_logged
from server.app import create_app
from server.config import Config
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.publish.build import Sources
from server.publish.current import publish_packs
from server.publish.data_folder.release import DataFolder
from tests.pseudo import write_pseudo_catalogue, write_pseudo_pack
from tests.serving import ROOT, ServerProcess

pytestmark = pytest.mark.browser

LANGUAGES: dict[str, Literal["ltr", "rtl"]] = {"en-XA": "ltr", "ar-XB": "rtl"}
IN_BRACKETS = re.compile(r"⟦[^⟦⟧]*⟧")
# The number of a source as it is cited, and the beginning of a release's digest.
CITED = re.compile(r"\b[LSE]\d+[a-z]?\b")
DIGEST = re.compile(r"\b[0-9a-f]{12}\b")


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A server whose release has a made-up language."""

    tag: str
    dir: str
    url: str
    data: Path
    pack: Pack

    @property
    def pages(self) -> list[Address]:
        return pages_of(self.data, f"{self.pack.id}/{self.tag}")


@pytest.fixture(scope="module", params=LANGUAGES)
def made_up(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUp]:
    """In this process, unlike the other tests' servers: an installation has its own catalogues and takes no others."""
    tag: str = request.param
    folder = tmp_path_factory.mktemp("made-up")
    packs, data = folder / "packs", folder / "data"
    packs.mkdir()
    write_pseudo_pack(SHIPPED / "cn", packs / "cn", tag, LANGUAGES[tag])
    catalogues = write_pseudo_catalogue(ROOT / "translations", folder / "translations", tag)
    publish_packs(DataFolder(data), Sources(packs, ROOT / "static", catalogues))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.i18n.resource_folder", lambda name: catalogues)
        server = make_server("127.0.0.1", 0, create_app(Config(data, packs)), threaded=True)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        pack = load_pack(packs / "cn", packs_root=packs)
        yield MadeUp(tag, LANGUAGES[tag], f"http://localhost:{server.server_port}", data, pack)
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def window(browser: Browser, made_up: MadeUp) -> Iterator[Page]:
    """A window 320 pixels wide of a person who reads the made-up language."""
    with reader(browser, made_up.tag) as context:
        page = context.new_page()
        stop_date(page, NOON)
        yield page


# ---- nothing that is read stands outside the catalogues and the packs ----


def leftover(text: str, made_up: MadeUp) -> str:
    """What of `text` comes from no catalogue, and is no number, date or mark either."""
    before = ""
    while before != text:
        before, text = text, IN_BRACKETS.sub(" ", text)
    # Sources first: the number of one, S110, ends with a telephone number.
    text = DIGEST.sub(" ", CITED.sub(" ", text))
    for contact in made_up.pack.contacts.values():
        text = text.replace(contact.address or "", " ")
    return "".join(letter for letter in text if letter.isalpha() or letter in "⟦⟧")


def outside_catalogues(page: Page, made_up: MadeUp) -> list[str]:
    """Every text of the page, hidden ones too, but those from a catalogue and addresses of this server."""
    lines = page.evaluate("(spoken) => audit.words(spoken)", made_up.pack.spoken_locale)
    return [line for line in lines if leftover(line, made_up) and not line.startswith(f"{made_up.url}/")]


def test_every_text_comes_from_a_catalogue_or_a_pack(window: Page, made_up: MadeUp) -> None:
    problems = []

    for address in made_up.pages:
        open_page(window, made_up.url, address)
        root = window.evaluate("[document.documentElement.lang, document.documentElement.dir]")
        if root != [made_up.tag, made_up.dir]:
            problems.append(f"{address}: is in {root}")
        problems += [f"{address}: {line}" for line in outside_catalogues(window, made_up)]

    assert not problems, "\n".join(problems)


def test_what_a_visit_writes_comes_from_a_catalogue_or_a_pack(window: Page, made_up: MadeUp) -> None:
    """The log of a visit with every kind of tap in it, and the screens while it is open."""
    key = f"{made_up.pack.id}/{made_up.tag}"
    open_page(window, made_up.url, Address(f"{key}/now/"))
    # Each with the number of events that it writes: an answer that takes a warning back is noted as a correction too.
    taps = {
        ".check > label >> nth=1": 1,
        ".check > label >> nth=0": 2,
        "[data-panel=stop] [data-say]": 1,
        "[data-tile]:not([data-danger]) >> nth=0": 1,
        ".checked > label >> nth=0": 1,
        "[data-danger] >> nth=0": 1,
    }
    count = 0
    for tap, events in taps.items():
        window.locator(tap).click()
        count += events
        expect_logged(window, count)
        open_panel(window, "main")
    problems = outside_catalogues(window, made_up)
    window.locator("[data-action=left]").click()
    window.wait_for_url("**/now/after/")
    open_page(window, made_up.url, Address(f"{key}/records/"))
    expect(window.locator("[data-events] li")).to_have_count(count + 2)
    problems += outside_catalogues(window, made_up)

    assert not problems, "\n".join(problems)


def test_the_installed_icon_speaks_the_language(made_up: MadeUp, window: Page) -> None:
    answer = window.goto(f"{made_up.url}/{made_up.pack.id}/{made_up.tag}/manifest.webmanifest")
    assert answer is not None
    manifest = json.loads(answer.body())
    texts = [manifest[name] for name in ("name", "short_name", "description")]
    texts += [shortcut["name"] for shortcut in manifest["shortcuts"]]

    assert (manifest["lang"], manifest["dir"]) == (made_up.tag, made_up.dir)
    assert all("⟦" in text for text in texts)
    assert [text for text in texts if leftover(text, made_up)] == []


# ---- long words, and the other direction ----


@pytest.mark.parametrize("percent", [100, 200])
def test_long_texts_are_not_cut_off(window: Page, made_up: MadeUp, percent: int) -> None:
    larger_text(window, percent)
    problems = []

    for address in made_up.pages:
        open_page(window, made_up.url, address)
        problems += [f"{address}: {problem}" for problem in measured(window, "cutOff")]
        for panel in panel_ids(window):
            open_panel(window, panel)
            problems += [f"{address}: #{panel}: {problem}" for problem in measured(window, "cutOff")]
        open_panel(window, "main")
        window.evaluate("audit.reveal()")
        problems += [f"{address}: revealed: {problem}" for problem in measured(window, "cutOff")]

    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("percent", [100, 200])
def test_every_line_of_long_texts_can_be_brought_into_view(window: Page, made_up: MadeUp, percent: int) -> None:
    larger_text(window, percent)
    problems = []

    for address in made_up.pages:
        open_page(window, made_up.url, address)
        problems += [f"{address}: {problem}" for problem in measured(window, "unreachable")]
        for panel in one_of_each_kind(panel_ids(window)):
            open_panel(window, panel)
            problems += [f"{address}: #{panel}: {problem}" for problem in measured(window, "unreachable")]

    assert not problems, "\n".join(problems)


def test_spoken_sentences_and_official_titles_keep_their_own_direction(window: Page, made_up: MadeUp) -> None:
    """Else the brackets of a Chinese title change sides in a page that runs from right to left."""
    seen = 0
    problems = []

    for address in made_up.pages:
        open_page(window, made_up.url, address)
        found = window.eval_on_selector_all(
            f"cite, [lang={made_up.pack.spoken_locale}]:not([hreflang], .keep-list *)",
            "elements => elements.map((element) => [getComputedStyle(element).direction, audit.name(element)])",
        )
        seen += len(found)
        problems += [f"{address}: {what}" for direction, what in found if direction != "ltr"]

    assert seen > 20
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("size", [(320, 568), (1280, 800)], ids=["320", "1280"])
def test_from_right_to_left_every_page_is_its_own_mirror_image(
    browser: Browser, server: ServerProcess, size: tuple[int, int]
) -> None:
    """The bar, the answers, the steps: every box lies as far from the right edge as it lay from the left."""
    problems = []

    with reader(browser, "en", viewport={"width": size[0], "height": size[1]}) as context:
        page = context.new_page()
        for address in pages_of(server.data, "cn/en"):
            open_page(page, server.url, address)
            for panel in ["main", *one_of_each_kind(panel_ids(page))]:
                open_panel(page, panel)
                problems += [f"{address}: {problem}" for problem in measured(page, "notMirrored")]

    assert not problems, "\n".join(problems)


def test_from_right_to_left_reading_starts_at_the_right(browser: Browser, made_up: MadeUp) -> None:
    """Seen on the visit screen itself: the police come first, and so does “yes”."""
    with reader(browser, "en", viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        open_page(page, made_up.url, Address(f"{made_up.pack.id}/{made_up.tag}/now/"))
        bar = [item.bounding_box() for item in page.locator(".bar > *").all()]
        answers = [item.bounding_box() for item in page.locator(".check").first.locator("label").all()]

    for row in (bar, answers):
        starts = [box["x"] for box in row if box is not None]
        assert len(starts) == len(row) > 1
        assert starts == sorted(starts, reverse=made_up.dir == "rtl")
