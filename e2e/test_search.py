"""The search of the guidance: without a server, without a mouse, and harmless without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import KEYS, Phone, wait_ready
from e2e.door_pages import shipped, words
from tests.serving import ServerProcess

ZH, EN = KEYS
# Read from the input to the first result, in the page.
FIRST_RESULT = """async (query) => {
  const input = document.querySelector("#search"), found = document.querySelector("[data-found]");
  const startedMs = performance.now();
  return new Promise((resolve) => {
    new MutationObserver(() => { if (found.children.length) resolve(performance.now() - startedMs); })
      .observe(found, { childList: true });
    input.focus();
    input.value = query;
    input.dispatchEvent(new Event("input"));
  });
}"""

# The titles' answers wait until they are let go, each by its number; how many were asked for is given back.
HOLD_TITLES = """
  const really = window.fetch, gates = [];
  window.fetch = async (...asked) => {
    const answer = await really(...asked);
    if (String(asked[0]).endsWith("search.json")) await new Promise((go) => gates.push(go));
    return answer;
  };
  window.letGo = async (number) => {
    while (gates.length < 1) await new Promise((go) => setTimeout(go, 10));
    if (gates[number]) gates[number]();
    for (let turn = 0; turn < 2; turn += 1) await new Promise((go) => requestAnimationFrame(go));
    return gates.length;
  };
"""
# Where the focus is after a letter and Enter that came before the next frame, and after two frames.
TYPED_AND_ENTERED_IN_ONE_FRAME = """async (query) => {
  const input = document.querySelector("#search");
  input.value = query;
  input.dispatchEvent(new Event("input"));
  input.form.requestSubmit();
  for (let turn = 0; turn < 2; turn += 1) await new Promise((go) => requestAnimationFrame(go));
  return document.activeElement.href || "";
}"""


def save_guide(phone: Phone, server: ServerProcess, key: str) -> Page:
    """The guidance of a phone that is ready, with the server stopped."""
    page = phone.open()
    page.goto(f"{server.url}/{key}/")
    wait_ready(page)
    server.stop()
    page.goto(f"{server.url}/{key}/guide/")
    return page


def results(page: Page) -> list[str]:
    """Where the results lead, below the guidance."""
    links = page.locator("[data-found] a").evaluate_all("links => links.map(link => link.href)")
    return [link.rstrip("/").rsplit("/", 1)[1] for link in links]


@pytest.mark.parametrize(
    ("key", "query", "topic"),
    [
        (ZH, "他们让我签字", "papers"),
        (ZH, "半夜还来催债", "collector-limits"),
        (EN, "they want my signature", "papers"),
        (EN, "intrest is way too high", "true-cost"),
    ],
)
def test_a_question_finds_its_topic_with_the_server_stopped(
    phone: Phone, own_server: ServerProcess, key: str, query: str, topic: str
) -> None:
    page = save_guide(phone, own_server, key)

    page.get_by_role("searchbox").fill(query)

    expect(page.locator(f'[data-found] a[href$="/{topic}/"]')).to_be_visible()
    assert topic in results(page)[:3]
    assert len(results(page)) <= 5
    expect(page.get_by_role("status").filter(has_text=str(len(results(page))))).to_be_visible()
    page.locator(f'[data-found] a[href$="/{topic}/"]').click()
    page.wait_for_url(f"{own_server.url}/{key}/guide/{topic}/")


@pytest.mark.parametrize(("key", "query", "topic"), [(EN, "self-defence", "if-inside"), (ZH, "正当防卫", "if-inside")])
def test_words_that_stand_only_in_a_text_are_found(
    phone: Phone, own_server: ServerProcess, key: str, query: str, topic: str
) -> None:
    page = save_guide(phone, own_server, key)

    page.get_by_role("searchbox").fill(query)

    expect(page.locator(f'[data-found] a[href$="/{topic}/"]')).to_be_visible()


@pytest.mark.parametrize("key", KEYS)
def test_no_result_leads_to_the_door_and_to_the_closest_topics(
    phone: Phone, own_server: ServerProcess, key: str
) -> None:
    page = save_guide(phone, own_server, key)
    nothing = page.locator("[data-nothing-found]")

    page.get_by_role("searchbox").fill("qqq (.*) 😀")

    expect(nothing).to_be_visible()
    expect(nothing.locator("[data-closest] a")).to_have_count(3)
    nothing.get_by_role("link").first.click()
    page.wait_for_url(f"{own_server.url}/{key}/now/")


def test_the_keyboard_alone_leads_from_the_box_to_a_topic(page: Page, server: ServerProcess) -> None:
    page.goto(f"{server.url}/{EN}/guide/")
    box = page.get_by_role("searchbox", name="Search the guidance")
    expect(box).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Tab")
        if box.evaluate("one => one === document.activeElement"):
            break

    page.keyboard.type("jail")
    expect(page.locator("[data-found] a").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("[data-found] a").first).to_be_focused()
    first = results(page)[0]
    page.keyboard.press("Enter")

    page.wait_for_url(f"{server.url}/{EN}/{shipped().topics[first].address}")


def test_titles_that_come_late_are_asked_for_once_and_leave_the_results_alone(
    page: Page, server: ServerProcess
) -> None:
    page.add_init_script(HOLD_TITLES)
    page.goto(f"{server.url}/{EN}/guide/")
    page.get_by_role("searchbox").click()
    page.evaluate("() => letGo(0)")
    page.keyboard.type("jail")
    link = page.locator("[data-found] a").first
    expect(link).to_be_visible()
    page.keyboard.press("Enter")
    expect(link).to_be_focused()

    # A second answer would come now, when a result has the focus already.
    asked = page.evaluate("() => letGo(1)")

    assert asked == 1
    expect(link).to_be_focused()


def test_results_asked_for_before_they_were_drawn_keep_the_focus(page: Page, server: ServerProcess) -> None:
    page.goto(f"{server.url}/{EN}/guide/")
    page.get_by_role("searchbox").fill("police")
    expect(page.locator("[data-found] a").first).to_be_visible()

    focused = page.evaluate(TYPED_AND_ENTERED_IN_ONE_FRAME, "jail")

    assert focused.startswith(f"{server.url}/{EN}/")


def test_an_emptied_box_leaves_the_page_as_it_was(page: Page, server: ServerProcess) -> None:
    page.goto(f"{server.url}/{EN}/guide/")
    box = page.get_by_role("searchbox")
    box.fill("police")
    expect(page.locator("[data-found] a").first).to_be_visible()
    # Below the results it would look like more of them.
    expect(page.locator("[data-all]")).to_be_hidden()

    box.fill("")

    expect(page.locator("[data-all] a").last).to_be_visible()
    expect(page.locator("[data-found] a")).to_have_count(0)
    expect(page.locator("[data-nothing-found]")).to_be_hidden()
    expect(page.locator("[data-found-count]")).to_have_text("")


@pytest.mark.parametrize("key", KEYS)
def test_words_of_despair_are_answered_with_somebody_to_talk_to_before_any_topic(
    page: Page, server: ServerProcess, key: str
) -> None:
    line = next(contact for contact in shipped().contacts.values() if contact.kind == "crisis")
    despair = re.split(r"[,，、]\s*", words(key.split("/")[1], "crisis.words"))
    page.goto(f"{server.url}/{key}/guide/")
    box, call = page.get_by_role("searchbox"), page.locator(f'[data-search] a[href="tel:{line.number}"]')
    expect(call).to_be_hidden()

    for word in despair:
        box.fill(f"qq {word.upper()} qq")
        expect(call).to_be_visible()
        box.fill("police")
        expect(call).to_be_hidden()
        box.fill(word)
        expect(call).to_be_visible()

    first = page.locator("[data-found] a, [data-closest] a").first
    expect(first).to_be_visible()
    tops = [part.evaluate("part => part.getBoundingClientRect().top") for part in (call, first)]
    assert tops == sorted(tops)


def test_a_text_that_belongs_to_a_tool_is_searched_where_it_stands(page: Page, server: ServerProcess) -> None:
    """By words that stand in it alone, in no title: the page that is read for them is the tool's."""
    topic = next(topic for topic in shipped().topics.values() if topic.tool)
    texts = shipped().topic_texts["en"]
    others = " ".join(text.raw for name, text in texts.items() if name != topic.id).lower()
    own = texts[topic.id]
    listed = " ".join((own.title, own.summary, *own.words)).lower()
    word = next(
        word for word in re.findall(r"[a-z]{7,}", own.body.lower()) if word not in others and word not in listed
    )
    page.goto(f"{server.url}/{EN}/guide/")

    page.get_by_role("searchbox").fill(word)

    expect(page.locator(f'[data-found] a[href$="/{topic.address}"]')).to_be_visible()
    page.locator("[data-found] a").first.click()
    page.wait_for_url(f"{server.url}/{EN}/{topic.address}")
    expect(page.locator("article.text")).to_contain_text(re.compile(word, re.IGNORECASE))


def test_what_is_typed_goes_nowhere(page: Page, server: ServerProcess) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/{EN}/guide/")

    page.get_by_role("searchbox").fill("zebra police")
    # Answered: with results while only titles are there, with the closest topics once the texts are.
    expect(page.locator("[data-found-count]")).not_to_be_empty()
    expect(page.locator("[data-found] a, [data-closest] a").first).to_be_visible()
    page.keyboard.press("Enter")

    assert not [url for url in asked if "zebra" in url]
    assert "zebra" not in page.url


def test_without_script_there_is_no_box_and_every_topic_stands_there(browser: Browser, server: ServerProcess) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/{EN}/guide/")

    expect(page.get_by_role("search")).to_have_count(0)
    shown = (
        page.locator("main > .cards a").locator("visible=true").evaluate_all("links => links.map(({ href }) => href)")
    )
    assert set(shown) >= {f"{server.url}/{EN}/{topic.address}" for topic in shipped().topics.values()}
    context.close()


def test_the_first_results_come_at_once_on_a_slowed_phone(phone: Phone, own_server: ServerProcess) -> None:
    """Printed, not judged: a machine that does other things as well is no phone."""
    page = save_guide(phone, own_server, ZH)
    assert phone.context is not None
    phone.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})

    took = [page.evaluate(FIRST_RESULT, query) for query in ("他们让我签字", "会不会坐牢", "打110怎么说")]

    # The first of them also fetches and indexes, and the texts are being read meanwhile.
    line = ", ".join(f"{ms:.0f} ms" for ms in took)
    print(f"\nfrom a letter to its results, slowed six times: {line}")  # noqa: T201 - a measure, shown with -s
