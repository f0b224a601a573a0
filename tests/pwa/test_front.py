"""Delivery: what a browser gets for a released address, byte for byte."""

import gzip
import json
import re
import urllib.parse

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.app import create_app
from server.config import Config
from server.publish.data_folder.container import open_slice
from server.pwa.front import _list_encodings
from tests.publishing import ask

OPEN = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


def style_of(server) -> str:
    return re.search(rb'href="[./]*(b/[0-9a-f]{64}\.css)"', ask(server.port, "/xa/en/").body)[1].decode()


def bundle_of(server) -> str:
    channel = json.loads(ask(server.port, "/channel.json").body)
    return f"b/{channel['slices']['xa/en']}.bundle"


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000 ,gzip;Q=0", None),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *", "gzip"),
        ("identity", None),
        ("", None),
        ("zstd;q=1;;;,,,=", None),
    ],
)
@pytest.mark.parametrize("what", ["page", "style", "bundle", "worker"])
def test_the_best_encoding_that_the_reader_takes(tiny_server, what, accept, encoding):
    paths = {"page": "xa/en/now/", "style": style_of(tiny_server), "bundle": bundle_of(tiny_server), "worker": "sw.js"}
    path = f"/{paths[what]}"

    answer = ask(tiny_server.port, path, {"Accept-Encoding": accept})

    assert answer.status == 200
    assert answer.headers.get("content-encoding") == encoding
    assert "Accept-Encoding" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert OPEN[encoding](answer.body) == ask(tiny_server.port, path).body


@given(st.text(max_size=60))
def test_no_accept_encoding_breaks_the_choice(accept):
    assert set(_list_encodings(accept)) <= {"br", "gzip"}


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
@pytest.mark.parametrize("what", ["page", "channel", "style", "bundle", "worker"])
def test_what_the_reader_has_is_not_sent_again(tiny_server, what, encoding):
    paths = {
        "page": "xa/en/now/",
        "channel": "channel.json",
        "style": style_of(tiny_server),
        "bundle": bundle_of(tiny_server),
        "worker": "sw.js",
    }
    path, accept = f"/{paths[what]}", {"Accept-Encoding": encoding}
    tag = ask(tiny_server.port, path, accept).headers["etag"]

    for value in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = ask(tiny_server.port, path, {**accept, "If-None-Match": value})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"].removeprefix("W/") == tag
    assert ask(tiny_server.port, path, {**accept, "If-None-Match": '"other"'}).status == 200


def test_only_what_is_named_by_its_digest_may_be_kept_for_ever_and_nothing_may_be_rewritten(tiny_server):
    """One byte changed by an optimiser on the way, and the copy on the phone never becomes whole."""
    for path in (style_of(tiny_server), bundle_of(tiny_server)):
        assert (
            ask(tiny_server.port, f"/{path}").headers["cache-control"]
            == "public, max-age=31536000, immutable, no-transform"
        )
    for path in ("", "xa/en/", "xa/en/manifest.webmanifest", "channel.json", "sw.js"):
        assert ask(tiny_server.port, f"/{path}").headers["cache-control"] == "no-cache, no-transform"
    for path in ("healthz", "nowhere/", "xa/en/nowhere/", f"b/{'0' * 64}.css", f"b/{'0' * 64}.bundle"):
        assert ask(tiny_server.port, f"/{path}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/xa/en/", "/channel.json", "/sw.js", "/healthz", "/nowhere"])
def test_head_is_get_without_the_body(tiny_server, path):
    get, head = ask(tiny_server.port, path), ask(tiny_server.port, path, method="HEAD")

    assert head.body == b""
    assert head.status == get.status
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def test_a_page_says_which_release_and_slice_rendered_it(tiny_server):
    channel = json.loads(ask(tiny_server.port, "/channel.json").body)

    for encoding in OPEN:
        answer = ask(tiny_server.port, "/xa/en/now/", {"Accept-Encoding": encoding or "identity"})
        text = OPEN[encoding](answer.body).decode()
        assert f'data-release="{channel["release"]}" data-slice="{channel["slices"]["xa/en"]}"' in text


def test_the_channel_is_under_one_kilobyte(tiny_server):
    answer = ask(tiny_server.port, "/channel.json")

    assert len(answer.body) < 1024
    assert answer.headers["content-type"] == "application/json"


def test_the_bundle_on_the_wire_is_the_whole_slice(tiny_server, published_once):
    answer = ask(tiny_server.port, f"/{bundle_of(tiny_server)}", {"Accept-Encoding": "br"})

    slice_, bodies = open_slice(brotli.decompress(answer.body), key="xa/en")

    assert slice_ == published_once.data.read_slice("xa/en", slice_.digest)
    # The page that is being read has just fetched the shell.
    carried = {file.sha256 for path, file in slice_.files.items() if not path.startswith("b/")}
    assert set(bodies) == carried


def test_every_file_of_a_slice_is_served_with_its_type(tiny_server, published_once):
    data = published_once.data
    for path, file in data.read_slice("xa/en", data.read_current().slices["xa/en"]).files.items():
        answer = ask(tiny_server.port, f"/{path}")

        assert (answer.status, answer.headers["content-type"]) == (200, file.media_type), path
    for path in data.read_current().shell.values():
        assert ask(tiny_server.port, f"/{path}").status == 200, path


def test_a_file_of_the_shell_is_served_as_bytes_of_no_type_too(tiny_server):
    """Where a CDN rewrites style sheets, phones take them under this address."""
    style = style_of(tiny_server)

    answer = ask(tiny_server.port, f"/{style.removesuffix('.css')}.bin")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.body == ask(tiny_server.port, f"/{style}").body


DIGEST = "0" * 64
TRICKS = [
    "/../../../../etc/passwd",
    "/b/../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/b/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/b/..%2fchannel.json",
    "/..%5c..%5cwindows",
    "/\\..\\..\\etc\\passwd",
    "//etc/passwd",
    "///xa////en",
    "/b//etc/passwd",
    "/xa//%0d%0aSet-Cookie:%20a=b",
    "/xa%2F%2Fen%2F%2F",
    "//javascript:alert(1)//",
    f"/b/{DIGEST}.from.{DIGEST}/../../channel.json",
    f"/b/{DIGEST}.from.{DIGEST}/%2e%2e/%2e%2e/channel.json",
    f"/b/{DIGEST}.from.../../releases",
    f"/b/{DIGEST}.json",
    f"/b/{DIGEST}.css%00.png",
    f"/b/{DIGEST}.css%0a",
    f"/b/{DIGEST}",
    "/b/",
    "/b",
    "/xa/en/%00",
    "/xa/en/now/%00/",
    "/%ff%fe%80",
    "/xa/%C0%AF/en/",
    "/xa/en/%",
    "/xa/en/%zz/",
    "/xa/en/now/?" + "q" * 5000,
    "/" + "a/" * 3000,
    "/" + "%E9%97%A8" * 5000,
    "/" + "x" * 100_000,
    "/.",
    "/..",
    "/./xa/./en/",
    "/xa/en/..;/",
    "/publish.lock",
    "/releases/",
    "/static/sw.js",
    "http://localhost/../../etc/passwd",
    "*",
]


@pytest.mark.parametrize("path", TRICKS, ids=lambda path: path[:40])
def test_no_address_leads_outside_or_breaks_the_server(tiny_server, path):
    answer = ask(tiny_server.port, path.encode())

    assert answer.status in (200, 301, 302, 400, 404), answer.status
    assert b"root:" not in answer.body
    assert b'"moves"' not in answer.body
    if answer.status == 200:
        assert b"<html" in answer.body, "the only thing that may be found is a page"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.sampled_from(
            ["xa", "en", "b", "now", "..", ".", "", "%2e%2e", "%2f", "%00", "%ff", "\\", "EN", DIGEST, "sw.js"]
        )
        | st.binary(max_size=4).map(lambda data: urllib.parse.quote_from_bytes(data)),
        max_size=8,
    ),
    slash=st.booleans(),
)
def test_random_addresses_never_break_the_server(tiny_server, parts, slash):
    """A redirect, if it comes, leads to a page that is there."""
    path = "/" + "/".join(parts) + ("/" if slash else "")

    answer = ask(tiny_server.port, path.encode())

    assert answer.status < 500
    if answer.status in (301, 302):
        base = f"http://h{path}" if not path.startswith("//") else f"http://h/.{path}"
        target = urllib.parse.urlsplit(urllib.parse.urljoin(base, answer.headers["location"]))
        assert not answer.headers["location"].startswith(("/", "http"))
        assert target.netloc == "h"


def test_a_page_whose_bytes_are_damaged_is_a_fault_not_a_lost_page(published):
    """Saying that the page is not here would send a reader away; and the log must name the file."""
    data = published.data
    file = data.read_slice("xa/en", data.read_current().slices["xa/en"]).files["xa/en/now/"]
    data.blobs.build_path(file.sha256).write_bytes(b"other")
    client = create_app(Config(data=data.root, packs=published.packs)).test_client()

    assert client.get("/xa/en/now/").status_code == 500
    assert client.get("/xa/en/").status_code == 200
    assert client.get("/sw.js").status_code == 200


def test_a_blob_that_is_held_in_memory_is_gone_when_its_file_is(published):
    """What was removed from the data folder, by hand or by a restore, must not be served from memory."""
    data = published.data
    path = data.build_bundle_path(f"{data.read_current().slices['xa/en']}.bundle")
    client = create_app(Config(data=data.root, packs=published.packs)).test_client()
    first = client.get(f"/b/{path.name}", headers={"Accept-Encoding": "br"})
    assert (first.status_code, first.data) == (200, path.with_name(path.name + ".br").read_bytes())
    assert client.get(f"/b/{path.name}", headers={"Accept-Encoding": "br"}).data == first.data
    assert client.get(f"/b/{path.name}", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"

    path.unlink()

    assert client.get(f"/b/{path.name}", headers={"Accept-Encoding": "br"}).status_code == 404
