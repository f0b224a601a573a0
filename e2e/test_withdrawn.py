"""A text that was withdrawn: no phone that has heard of it shows it any more, wherever it was being read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import KEYS, Phone, begin_visit, eventually, save, wait_ready, worker_state
from e2e.door_pages import REGION, shipped
from tests.faulty_proxy import Answer, Fault, FaultyProxy
from tests.serving import ServerProcess

EN = KEYS[1]
TOPIC, TOOL = "scams", "will-they-come"
# The person comes back to a page that was left in view, or behind another app.
COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"


def address_of(server: ServerProcess, topic: str, key: str = EN) -> str:
    return f"{server.url}/{key}/{shipped().topics[topic].address}"


def recall(server: ServerProcess, topic: str, *more: str) -> None:
    server.command("release", "recall", REGION, topic, *more)


@pytest.mark.parametrize(
    ("key", "name"), [*((key, "scams") for key in KEYS), (KEYS[1], "will-they-come")], ids=[*KEYS, "of a tool"]
)
def test_a_recall_reaches_a_phone_that_holds_the_text(
    phone: Phone, own_server: ServerProcess, key: str, name: str
) -> None:
    topic = f"{own_server.url}/{key}/{shipped().topics[name].address}"
    page = phone.open()
    page.goto(f"{own_server.url}/{key}/")
    wait_ready(page)
    own_server.command("release", "recall", REGION, name)
    page.goto(f"{own_server.url}/{key}/guide/")
    eventually(lambda: worker_state(page, "meta", "recalled"), "the phone knows of the recall")

    own_server.stop()
    page = phone.restart()
    for way in (topic, topic.rstrip("/")):
        page.goto(way)
        expect(page).to_have_url(f"{own_server.url}/{key}/withdrawn/")
        expect(page.locator('main a[href^="tel:"]')).to_be_visible()
    # The other texts are as they were.
    page.goto(f"{own_server.url}/{key}/guide/papers/")
    expect(page.locator("h1")).to_have_text(shipped().topic_texts[key.split("/")[1]]["papers"].title)

    own_server.start()
    own_server.command("release", "recall", REGION, name, "--lift")
    page.goto(f"{own_server.url}/{key}/guide/")
    eventually(lambda: worker_state(page, "meta", "recalled") == [], "the phone knows that it is lifted")
    page.goto(topic)
    expect(page).to_have_url(topic)


def expect_withdrawn(page: Page) -> None:
    """The page says so in place of its text; what helps at the door is one tap away."""
    expect(page.locator("[data-withdrawn]")).to_be_visible()
    expect(page.locator("main .lede")).to_be_hidden()
    expect(page.locator(".pair").first).to_be_hidden()
    expect(page.locator('[data-withdrawn] a[href^="tel:"]').first).to_be_visible()
    expect(page.locator('[data-withdrawn] [data-action="visit-now"]')).to_be_visible()


@pytest.mark.parametrize("topic", [TOPIC, TOOL])
def test_a_page_in_view_is_told_in_place_and_keeps_its_answers(
    phone: Phone, own_server: ServerProcess, topic: str
) -> None:
    """A visit is going on in another tab; nothing is reloaded, and nothing of it is lost."""
    reading = save(phone, own_server.url, EN)
    reading.goto(address_of(own_server, topic))
    answers = reading.locator("[data-questions] input").all()[:1]
    for answer in answers:
        answer.check(force=True)
    reading.evaluate("window.isSamePage = true")
    recall(own_server, topic)
    visiting = reading.context.new_page()

    begin_visit(visiting, own_server.url, EN)

    expect_withdrawn(reading)
    recall(own_server, topic, "--lift")
    reading.evaluate(COME_BACK)
    expect(reading.locator("[data-withdrawn]")).to_be_hidden()
    expect(reading.locator("main .lede")).to_be_visible()
    assert reading.evaluate("window.isSamePage"), "reloaded"
    for answer in answers:
        expect(answer).to_be_checked()
    expect(visiting.locator("[data-verdict]")).to_have_attribute("data-verdict", "stop")


def test_a_page_that_comes_back_into_view_asks(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server.url, EN)
    page.goto(address_of(own_server, TOPIC))
    recall(own_server, TOPIC)

    page.evaluate(COME_BACK)

    expect_withdrawn(page)


def test_the_first_reload_is_told_too(phone: Phone, own_server: ServerProcess) -> None:
    page = save(phone, own_server.url, EN)
    page.goto(address_of(own_server, TOPIC))
    recall(own_server, TOPIC)

    page.reload()

    expect_withdrawn(page)


def test_no_list_and_no_search_tells_of_a_withdrawn_text(phone: Phone, own_server: ServerProcess) -> None:
    """Its summary is its answer."""
    page = save(phone, own_server.url, EN)
    recall(own_server, TOPIC)
    page.goto(f"{own_server.url}/{EN}/guide/")
    card = page.locator(f'[data-all] a[href$="{TOPIC}/"]')

    expect(card).to_be_hidden()
    page.locator("#search").fill(shipped().topic_texts["en"][TOPIC].title)
    expect(page.locator("[data-found] li").first).to_be_visible()
    expect(page.locator(f'[data-found] a[href$="{TOPIC}/"]')).to_have_count(0)
    page.goto(f"{own_server.url}/{EN}/")
    expect(page.locator(f'.cards a[href$="{TOPIC}/"]')).to_be_hidden()
    expect(page.locator('.cards a[href$="/papers/"]')).to_be_visible()


def test_a_cache_on_the_way_that_keeps_answers_withholds_nothing(
    phone: Phone, own_server: ServerProcess, proxy: FaultyProxy
) -> None:
    """Told to keep what it likes for hours, it gives what it holds to whoever asks for the same address."""
    _, headers, body = own_server.get("/channel.json")
    held = Answer(200, list(headers.items()), body)
    proxy.fault = Fault("an edge cache", r"/channel\.json$", lambda _answer: held)
    page = save(phone, proxy.url, EN)
    recall(own_server, TOPIC)

    page.goto(f"{proxy.url}/{EN}/guide/")

    eventually(lambda: worker_state(page, "meta", "recalled"), "the phone knows of the recall")
