"""The entrance, mistyped addresses and mistakes: each a page that leads on, in the reader's language."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.app import create_app
from server.config import Config
from server.pages.views import find_nearest_address
from tests.publishing import Publisher, ask, second_region
from tests.serving import ServerProcess

FILES = ("xa/en/", "xa/en/now/", "xa/zh-Hans/", "xa/en/manifest.webmanifest", "b/0.css")


@pytest.fixture(scope="module")
def two_regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    tiny = Publisher(tmp_path_factory.mktemp("regions"))
    second_region(tiny.packs)
    process = ServerProcess(tiny.data.root, packs=tiny.packs).start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory, published_once: Publisher) -> Iterator[ServerProcess]:
    tiny = Publisher(tmp_path_factory.mktemp("prefixed"), copy_of=published_once)
    process = ServerProcess(tiny.data.root, packs=tiny.packs, options=("--url-prefix", "/help")).start()
    yield process
    process.stop()


def follow(path: str, location: str) -> str:
    """Where a browser goes from `path`. Unlike urljoin(), browsers count empty folders too."""
    folders = path.partition("?")[0].split("/")[:-1]
    address = location.partition("?")[0]
    assert not address.startswith("/"), "an address from the root would leave the prefix"
    *steps, last = address.split("/")
    for step in steps:
        folders = (folders[:-1] or [""]) if step == ".." else [*folders, step]
    return "/".join([*folders, last])


@pytest.mark.parametrize(
    ("languages", "locale"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
        ("de, en;q=0.1", "en"),
        ("de", "en"),
        ("", "en"),
        ("zh;q=0, en", "en"),
        ("*", "en"),
        (";;;q=x, ,,-, qq-\xff, a-b-c-d-e-f, " + "x" * 3000, "en"),
    ],
)
def test_the_entrance_leads_to_the_best_matching_locale(tiny_server, languages, locale):
    answer = ask(tiny_server.port, "/", {"Accept-Language": languages})

    assert answer.status == 302
    assert follow("/", answer.headers["location"]) == f"/xa/{locale}/"
    assert "Accept-Language" in answer.headers["vary"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=80))
@example("en;q=nan")
@example("zh-Hans-CN-x-private;q=1e309, i-default")
def test_no_accept_language_breaks_a_page(tiny_server, languages):
    assert ask(tiny_server.port, "/", {"Accept-Language": languages}).status == 302
    assert ask(tiny_server.port, "/nowhere", {"Accept-Language": languages}).status == 404


def test_a_reader_whose_language_names_a_region_gets_it(two_regions):
    answer = ask(two_regions.port, "/", {"Accept-Language": "en-XB"})

    assert follow("/", answer.headers["location"]) == "/xb/en/"


@pytest.mark.parametrize(
    ("languages", "tag", "title"),
    [("zh-CN", "zh-Hans", "您在哪里"), ("en", "en", "Where are you"), ("de", "en", "Where are you")],
)
def test_who_cannot_be_told_a_region_chooses_one(two_regions, languages, tag, title):
    """The app never guesses whose law applies."""
    answer = ask(two_regions.port, "/", {"Accept-Language": languages})

    text = answer.body.decode()
    assert answer.status == 300
    assert f'<html lang="{tag}"' in text
    assert re.search(rf"<h1>{title}|<h1>你在哪里", text)
    assert re.findall(r'<li><a href="([^"]+)"', text) == ["xa/en/", "xa/zh-Hans/", "xb/en/", "xb/zh-Hans/"]


@pytest.mark.parametrize(
    ("home", "languages", "address"),
    [("xb", "zh-CN", "/xb/zh-Hans/"), ("xb", "en-XA", "/xb/en/"), ("xz", "en-XA", "/xa/en/")],
    ids=["no language names it", "another is named", "not released"],
)
def test_the_operator_chooses_the_region_of_the_entrance(two_regions, home, languages, address):
    config = Config(data=two_regions.data, packs=two_regions.packs, home_region=home)

    answer = create_app(config).test_client().get("/", headers={"Accept-Language": languages})

    assert follow("/", str(answer.location)) == address


@pytest.mark.parametrize(("languages", "tag"), [("zh-CN", "zh-Hans"), ("en", "en")])
@pytest.mark.parametrize("path", ["/nowhere", "/zz/en/now/", "/xa/fr/now/", "/nowhere/a/b/c", "/xa%2Fzz/x"])
def test_an_unknown_region_offers_the_known_ones(tiny_server, path, languages, tag):
    answer = ask(tiny_server.port, path, {"Accept-Language": languages})

    text = answer.body.decode()
    assert answer.status == 404
    assert answer.headers["content-language"] == tag
    assert f'<html lang="{tag}"' in text
    links = [follow(path, href) for href in re.findall(r'<li><a href="([^"]+)"', text)]
    assert links == ["/xa/en/", "/xa/zh-Hans/"]
    style = re.search(r'rel="stylesheet" href="([^"]+)"', text)[1]
    assert ask(tiny_server.port, follow(path, style)).status == 200


@pytest.mark.parametrize(
    "path",
    ["/xa/zh-Hans/x", "/xa/zh-Hans/nowhere/", "/xa/zh-Hans/a/b/c/d", "/xa/zh-Hans/a%2Fb/", "/xa/zh-Hans/missing/x"],
)
def test_a_missing_page_inside_a_locale_is_that_locales_own(tiny_server, path):
    """Its links work from any depth: the visit screen is one tap away even from a mistyped address."""
    answer = ask(tiny_server.port, path, {"Accept-Language": "en"})

    text = answer.body.decode()
    assert answer.status == 404
    assert '<html lang="zh-Hans"' in text
    targets = {follow(path, address) for address in re.findall(r'(?:href|src)="([^"#:]+)"', text)}
    assert "/xa/zh-Hans/now/" in targets
    assert {target: ask(tiny_server.port, target).status for target in targets} == dict.fromkeys(targets, 200)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/xa/en", "/xa/en/"),
        ("/xa/en/NOW", "/xa/en/now/"),
        ("/XA/EN/Now/", "/xa/en/now/"),
        ("/xa/zh-hans/now", "/xa/zh-Hans/now/"),
        ("/xa//en///now/", "/xa/en/now/"),
        ("/xa/en/manifest.webmanifest/", "/xa/en/manifest.webmanifest"),
        ("/xa%2Fen", "/xa/en/"),
    ],
)
def test_a_mistyped_address_leads_to_the_right_one(tiny_server, prefixed, path, target):
    for server, prefix in ((tiny_server, ""), (prefixed, "/help")):
        answer = ask(server.port, prefix + path)
        place = follow(prefix + path, answer.headers["location"])
        assert answer.status == 301
        assert place == prefix + target


@given(st.text(max_size=30) | st.sampled_from([*FILES, "..", "../xa/en/", "xa/en/../en/", "xa/en/now", "XA/EN/"]))
def test_the_nearest_address_is_a_released_one_and_another_one(path):
    """Else a redirect could lead in a circle, or away."""
    found = find_nearest_address(path, FILES)

    assert found is None or (found in FILES and found != path and ".." not in path.split("/"))


@pytest.mark.parametrize(("languages", "words"), [("en", "That is not possible here"), ("zh-CN", "zh-Hans")])
def test_a_post_to_a_page_is_answered_with_a_page(tiny_server, languages, words):
    answer = ask(tiny_server.port, "/xa/en/now/", {"Accept-Language": languages}, method="POST", body=b"a=1")

    assert answer.status == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"].startswith("text/html")
    assert words in answer.body.decode()


def test_health_names_the_release(tiny_server):
    release = re.search(rb'data-release="([0-9a-f]{64})"', ask(tiny_server.port, "/xa/en/").body)[1]

    answer = ask(tiny_server.port, "/healthz")

    assert (answer.status, answer.body) == (200, b"ok " + release + b"\n")


@pytest.mark.parametrize(
    ("path", "place"),
    [("/help", "/help/xa/en/"), ("/help/", "/help/xa/en/"), ("/help?from=poster", "/help/xa/en/")],
)
def test_the_entrance_works_under_a_prefix(prefixed, path, place):
    while (answer := ask(prefixed.port, path)).status in (301, 302):
        path = follow(path, answer.headers["location"])

    assert (answer.status, path) == (200, place)


def test_everything_works_under_a_prefix(prefixed):
    """What a page names is there, and stays below the prefix."""
    assert prefixed.url.endswith("/help")
    page = ask(prefixed.port, "/help/xa/en/")
    targets = {follow("/help/xa/en/", found) for found in re.findall(r'(?:href|src)="([^"#:]+)"', page.body.decode())}

    assert all(target.startswith("/help/") for target in targets)
    assert {target: ask(prefixed.port, target).status for target in targets} == dict.fromkeys(targets, 200)
    for path in ("/help/sw.js", "/help/channel.json", "/help/healthz"):
        assert ask(prefixed.port, path).status == 200
    assert ask(prefixed.port, "/help/xa/en/x").status == 404
