"""Every answer carries the security headers, whoever gives it: a release, Flask, an error, the server itself."""

import json
import re
import subprocess

import pytest

from server.headers import ASSET, SECURITY
from server.publish.data_folder.release import DataFolder
from server.pwa.views import build_worker_script
from tests.publishing import STATIC, ask, exchange

HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "help.example.org"}


def assert_secure(answer, headers=SECURITY):
    assert {name: answer.headers.get(name.lower()) for name, _ in headers} == dict(headers)
    assert "set-cookie" not in answer.headers
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/xa/en/", 200),
        ("HEAD", "/xa/en/now/", 200),
        ("GET", "/sw.js", 200),
        ("GET", "/healthz", 200),
        ("GET", "/", 302),
        ("GET", "/xa/en", 301),
        ("GET", "/xa//en/", 301),
        ("GET", "/xa/en/nowhere/", 404),
        ("GET", "/nowhere", 404),
        ("POST", "/xa/en/", 405),
        ("DELETE", "/", 405),
        ("OPTIONS", "/", 200),
        ("BREW", "/", 405),
    ],
)
def test_every_answer_carries_the_security_headers(tiny_server, method, path, status):
    answer = ask(tiny_server.port, path, method=method)

    assert answer.status == status
    assert_secure(answer)


def test_what_is_no_document_carries_what_applies_to_it(tiny_server):
    page = ask(tiny_server.port, "/xa/en/")
    style = re.search(rb'href="[./]*(b/[0-9a-f]{64}\.css)"', page.body)[1].decode()
    bundle = json.loads(ask(tiny_server.port, "/channel.json").body)["slices"]["xa/en"]

    for path in (f"/{style}", f"/b/{bundle}.bundle", "/channel.json", "/xa/en/manifest.webmanifest"):
        assert_secure(ask(tiny_server.port, path), ASSET)
    assert_secure(ask(tiny_server.port, f"/b/{'0' * 64}.css"))


def test_a_304_repeats_only_what_a_cache_needs(tiny_server):
    """It costs a phone bytes at every start; the headers of the stored answer go on counting (RFC 9111, 3.2)."""
    page = ask(tiny_server.port, "/xa/en/")

    unchanged = ask(tiny_server.port, "/xa/en/", {"If-None-Match": page.headers["etag"]})

    assert unchanged.status == 304
    assert unchanged.headers["etag"] == page.headers["etag"]
    assert "content-security-policy" not in unchanged.headers


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
    ids=["nonsense", "length", "headers", "body", "encoding"],
)
def test_what_the_server_refuses_unread_carries_them_too(tiny_server, request_bytes, status):
    answer = exchange(tiny_server.port, request_bytes)

    assert answer.status == status
    assert_secure(answer)


def test_https_is_not_believed_without_a_trusted_proxy(tiny_server):
    answer = ask(tiny_server.port, "/xa/en/", HTTPS)

    assert "strict-transport-security" not in answer.headers


def test_the_worker_gives_the_same_headers_to_the_pages_it_answers():
    """Offline, the server's headers are not there to protect the page."""
    script = """
    globalThis.self = { registration: { scope: "https://example.org/" }, addEventListener() {} };
    const worker = require("fs").readFileSync(0, "utf8");
    const answer = 'return JSON.stringify(Object.fromEntries(makeResponse("", "t").headers));';
    // Put in where the script's own lines end, since nothing of it can be seen from outside.
    const told = worker.replace(/\\}\\s*\\}\\)\\(\\);\\s*$/, `;${answer}}})()`);
    process.stdout.write(require("vm").runInThisContext(told));
    """

    done = subprocess.run(
        ["node", "-e", script],
        input=build_worker_script(STATIC),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    expected = {name.lower(): value for name, value in SECURITY}
    assert json.loads(done.stdout) == expected | {"content-type": "t"}


def test_nothing_in_the_policy_lets_a_script_or_a_stranger_in():
    policy = dict(SECURITY)["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


def test_no_page_asks_for_anything_that_the_policy_forbids(published_once):
    """An inline script or style, or a stranger's address, would be dead on every phone."""
    data: DataFolder = published_once.data
    for key, digest in data.read_current().slices.items():
        for path, file in data.read_slice(key, digest).files.items():
            if file.media_type.startswith("text/html"):
                text = data.blobs.read(file.sha256).decode()
                assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text), path
                assert not re.search(r'(?:src|<link[^>]* href)="(?:https?:)?//', text), path
