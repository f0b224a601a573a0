"""A text that was recalled: its address leads to the page of its locale that says so, and nothing else changes."""

import json
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest

from server.publish.withdraw import recall_topic
from tests.publishing import Publisher, ask
from tests.serving import ServerProcess

LOCALES = ("en", "zh-Hans")
TOPIC = "second"


@pytest.fixture(scope="module", params=["", "/help"], ids=["at the root", "under a prefix"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, published_once: Publisher
) -> Iterator[tuple[ServerProcess, str]]:
    """A server that runs already when the topic is withdrawn, and the path that it is served under."""
    tiny = Publisher(tmp_path_factory.mktemp("withdrawn"), copy_of=published_once)
    options = ("--url-prefix", request.param) if request.param else ()
    process = ServerProcess(tiny.data.root, packs=tiny.packs, options=options).start()
    assert ask(process.port, f"{request.param}/xa/en/guide/{TOPIC}/").status == 200
    recall_topic(tiny.data, "xa", TOPIC)
    yield process, request.param
    process.stop()


@pytest.mark.parametrize("locale", LOCALES)
def test_its_address_leads_to_the_page_of_its_locale(served: "tuple[ServerProcess, str]", locale) -> None:
    server, prefix = served
    address = f"{prefix}/xa/{locale}/guide/{TOPIC}/"

    answer = ask(server.port, address)

    assert (answer.status, answer.body) == (302, b"")
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert not answer.headers["location"].startswith(("/", "http")), "it must work behind any proxy"
    target = urlsplit(urljoin(f"http://h{address}", answer.headers["location"])).path
    assert target == f"{prefix}/xa/{locale}/withdrawn/"
    page = ask(server.port, target)
    assert page.status == 200
    assert f'lang="{locale}"'.encode() in page.body


@pytest.mark.parametrize("locale", LOCALES)
def test_head_and_a_reader_that_holds_the_text_are_sent_there_too(served: "tuple[ServerProcess, str]", locale) -> None:
    server, prefix = served
    address = f"{prefix}/xa/{locale}/guide/{TOPIC}/"
    plain = ask(server.port, address)

    head = ask(server.port, address, method="HEAD")
    assert {**head.headers, "date": ""} == {**plain.headers, "date": ""}
    assert (head.status, head.body) == (302, b"")
    # The tag that the text itself had is not known here; "*" stands for any.
    for tag in ("*", plain.headers["etag"], f"W/{plain.headers['etag']}", '"other"'):
        again = ask(server.port, address, {"If-None-Match": tag, "Accept-Encoding": "br, gzip"})
        assert (again.status, again.headers["location"]) == (302, plain.headers["location"])


def test_the_address_with_a_question_or_without_its_slash_does_not_show_the_text(
    served: "tuple[ServerProcess, str]",
) -> None:
    server, prefix = served

    assert ask(server.port, f"{prefix}/xa/en/guide/{TOPIC}/?from=search").status == 302
    bare = ask(server.port, f"{prefix}/xa/en/guide/{TOPIC}")
    assert bare.status in (301, 302, 308)
    target = urljoin(f"http://h{prefix}/xa/en/guide/{TOPIC}", bare.headers["location"])
    assert ask(server.port, urlsplit(target).path).headers["location"].endswith("withdrawn/")


def test_other_addresses_answer_as_before(served: "tuple[ServerProcess, str]", tiny_server) -> None:
    server, prefix = served
    paths = [f"xa/{locale}/{page}" for locale in LOCALES for page in ("", "now/", "guide/", "guide/first-minute/")]

    for path in paths:
        here, there = ask(server.port, f"{prefix}/{path}"), ask(tiny_server.port, f"/{path}")
        assert (here.status, here.headers["etag"]) == (200, there.headers["etag"]), path


def test_phones_are_told_which_addresses(served: "tuple[ServerProcess, str]") -> None:
    server, prefix = served

    told = ask(server.port, f"{prefix}/channel.json")

    assert json.loads(told.body)["recalled"] == [f"xa/{locale}/guide/{TOPIC}/" for locale in LOCALES]
    assert len(told.body) < 1024


def test_a_phone_that_asked_before_is_told_anew(published: Publisher) -> None:
    """The channel's tag moves with what is recalled; else the phone would be told that nothing is new."""
    process = ServerProcess(published.data.root, packs=published.packs).start()
    try:
        before = ask(process.port, "/channel.json").headers["etag"]
        text = ask(process.port, f"/xa/en/guide/{TOPIC}/")
        recall_topic(published.data, "xa", TOPIC)
        told = ask(process.port, "/channel.json", {"If-None-Match": before})
        assert (told.status, told.headers["etag"] == before) == (200, False)
        held = ask(process.port, f"/xa/en/guide/{TOPIC}/", {"If-None-Match": text.headers["etag"]})
        assert held.status == 302, "not 304: the reader holds what must not be relied on"

        recall_topic(published.data, "xa", TOPIC, lift=True)
        assert ask(process.port, "/channel.json").headers["etag"] == before
        back = ask(process.port, f"/xa/en/guide/{TOPIC}/")
        assert (back.status, back.body) == (200, text.body)
    finally:
        process.stop()
