"""`doorwise check` at a real server behind a proxy: what is right passes, each planted fault is found and named."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import brotli
import pytest

from server.checkup import fetch
from server.checkup.fetch import FetchFailed, decode_body
from server.checkup.findings import CheckFinding, FindingCode, merge_findings
from server.checkup.sentences import SENTENCES
from server.checkup.visit import CheckResult, _parse_address, check_address
from server.cli.main import main
from tests.faulty_proxy import Answer, Break, Fault, FaultyProxy, alter, cut, portal, status, truncate
from tests.serving import ServerProcess
from tests.tls import make_certificate

Check = Callable[..., "tuple[int, list[str], str]"]


@pytest.fixture(scope="module")
def proxy(tiny_server: ServerProcess) -> Iterator[FaultyProxy]:
    one = FaultyProxy(tiny_server)
    yield one
    one.close()


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run the command in this process: exit code, lines, and what went to stderr."""

    def run(address: str, *options: str) -> tuple[int, list[str], str]:
        monkeypatch.setattr(sys, "argv", ["doorwise", "check", address, *options])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


# ---- what proxies and optimisers do ----


def rewrite(change: Callable[[bytes], bytes]) -> Break:
    """The body is unpacked, changed and sent on uncompressed, as optimisers do."""

    def apply(answer: Answer) -> Answer:
        headers = dict(answer.headers)
        packed = headers.pop("Content-Encoding", "") == "br"
        return Answer(
            answer.status, list(headers.items()), change(brotli.decompress(answer.body) if packed else answer.body)
        )

    return apply


def put(name: str, value: str | None) -> Break:
    """A header is another one, or missing."""

    def apply(answer: Answer) -> Answer:
        kept = [(held, text) for held, text in answer.headers if held.lower() != name.lower()]
        return Answer(answer.status, kept + ([(name, value)] if value is not None else []), answer.body)

    return apply


def age(answer: Answer) -> Answer:
    return put("Age", "86")(answer)


def recall_nothing(body: bytes) -> bytes:
    """An older list of releases, out of a cache that names itself nowhere."""
    return body.replace(b'"recalled":[]', b'"recalled": []')


def name_slices(key: str = "", digest: object = "", *, release: str = "a" * 64) -> bytes:
    """A list of releases with one slice, or none."""
    return json.dumps({"release": release, "slices": {key: digest} if key else {}}).encode()


def bomb(answer: Answer) -> Answer:
    """Some hundred bytes that become a gigabyte."""
    compressor = brotli.Compressor(quality=1)
    body = b"".join(compressor.process(bytes(1 << 20)) for _ in range(64)) + compressor.finish()
    return put("Content-Encoding", "br")(Answer(200, answer.headers, body))


WORKER = r"/sw\.js$"
CHANNEL = r"/channel\.json$"
BUNDLE = r"\.bundle$"
HOME = r"/xa/en/$"
FAULTS = [
    ("minifies scripts", r"/b/\w+\.js$", rewrite(lambda body: body.replace(b";", b" ;", 1)), FindingCode.ALTERED),
    ("minifies styles", r"/b/\w+\.css$", rewrite(lambda body: body + b"\n"), FindingCode.ALTERED),
    ("recompresses images", r"/b/\w+\.png$", alter(60), FindingCode.ALTERED),
    (
        "injects a script",
        HOME,
        rewrite(lambda body: body.replace(b"</body>", b"<script src=x></script></body>")),
        FindingCode.ALTERED,
    ),
    ("minifies the worker", WORKER, rewrite(lambda body: body.replace(b" ", b"")), FindingCode.ALTERED),
    ("alters the bundle", BUNDLE, rewrite(lambda body: body[:-1] + b"?"), FindingCode.ALTERED),
    ("serves another bundle", BUNDLE, rewrite(lambda body: b"DWB1" + bytes(40)), FindingCode.ALTERED),
    ("alters the web app manifest", r"webmanifest$", rewrite(lambda body: body + b" "), FindingCode.ALTERED),
    ("unpacks", BUNDLE, rewrite(lambda body: body), FindingCode.UNCOMPRESSED),
    ("cuts the bundle short", BUNDLE, truncate(9), FindingCode.BROKEN_OFF),
    ("loses the connection", BUNDLE, cut(0.5), FindingCode.BROKEN_OFF),
    ("challenges everybody", "", status(403), FindingCode.CHALLENGE),
    ("challenges the worker", WORKER, portal, FindingCode.CHALLENGE),
    ("has too many requests", r"/b/", status(429), FindingCode.CHALLENGE),
    ("asks for a password", "", status(401), FindingCode.PASSWORD),
    ("asks for a password for the manifest", r"webmanifest$", status(401), FindingCode.PASSWORD),
    ("redirects the worker", WORKER, lambda _: Answer(302, [("Location", "/login")], b""), FindingCode.REDIRECTED),
    ("leads elsewhere", r"^/$", lambda _: Answer(301, [("Location", "http://example.org/")], b""), FindingCode.REDIRECTED),
    ("leads in a circle", r"^/$", lambda _: Answer(302, [("Location", "/")], b""), FindingCode.REDIRECTED),
    ("does not pass the bundle on", BUNDLE, status(404), FindingCode.STATUS),
    ("has no upstream", CHANNEL, status(502), FindingCode.STATUS),
    ("loses the type", WORKER, put("Content-Type", "text/plain"), FindingCode.MEDIA_TYPE),
    ("caches the channel", CHANNEL, age, FindingCode.CACHED),
    ("caches the channel and says so", CHANNEL, put("CF-Cache-Status", "HIT"), FindingCode.CACHED),
    ("caches the channel silently", CHANNEL, rewrite(recall_nothing), FindingCode.CACHED),
    ("answers with an old date", CHANNEL, put("Date", formatdate(1_000_000_000, usegmt=True)), FindingCode.CACHED),
    ("caches pages", HOME, age, FindingCode.CACHED),
    ("serves a page of before", HOME, rewrite(lambda body: re.sub(rb'(data-release=")\w{12}', rb"\g<1>000000000000", body)), FindingCode.CACHED),
    ("lets browsers cache", CHANNEL, put("Cache-Control", "max-age=14400"), FindingCode.CACHING),
    ("forgets no-transform", WORKER, put("Cache-Control", "no-cache"), FindingCode.CACHING),
    ("serves something else as the channel", r"channel\.json", rewrite(lambda _: b"[]"), FindingCode.CHANNEL),
    ("drops the policy", HOME, put("Content-Security-Policy", None), FindingCode.HEADER),
    ("adds a policy", HOME, put("Content-Security-Policy", "script-src 'unsafe-inline'"), FindingCode.HEADER),
    ("recognises readers", HOME, put("Set-Cookie", "__cf_bm=1; Path=/"), FindingCode.COOKIE),
    ("has a page for everything", r"\.from\.", portal, FindingCode.MISSING_IS_FOUND),
    ("has another clock", r"channel\.json", put("Date", formatdate(1_000_000_000, usegmt=True)), FindingCode.CLOCK),
    ("sends a bomb", BUNDLE, bomb, FindingCode.TOO_LARGE),
    ("leads nowhere", r"^/$", lambda _: Answer(302, [("Location", "http://[bad")], b""), FindingCode.REDIRECTED),
    ("has a date of its own", r"channel\.json", put("Date", "tomorrow"), None),
    ("has an age of its own", CHANNEL, put("Age", "-"), FindingCode.CACHED),
    ("nests without end", r"channel\.json", rewrite(lambda _: b"[" * 100_000), FindingCode.CHANNEL),
    ("names slices of its own", r"channel\.json", rewrite(lambda _: b'{"release": 1, "slices": {"..\\r\\n/": [1e999]}}'), FindingCode.CHANNEL),
    ("releases nothing", r"channel\.json", rewrite(lambda _: name_slices()), FindingCode.CHANNEL),
    ("names no release", r"channel\.json", rewrite(lambda _: name_slices("xa/en", "a" * 64, release="\x1b]0;owned\x07")), FindingCode.CHANNEL),
    ("names a slice by no digest", r"channel\.json", rewrite(lambda _: name_slices("xa/en", "\ud800")), FindingCode.CHANNEL),
    ("names a slice by a number", r"channel\.json", rewrite(lambda _: name_slices("xa/en", 7)), FindingCode.CHANNEL),
    ("names a slice of nowhere", r"channel\.json", rewrite(lambda _: name_slices("xa/en/../\ud800", "a" * 64)), FindingCode.CHANNEL),
    ("has a list of slices", r"channel\.json", rewrite(lambda _: json.dumps({"release": "a" * 64, "slices": ["xa/en"]}).encode()), FindingCode.CHANNEL),
    ("has a bundle of its own", BUNDLE, rewrite(lambda _: b'DWB1\0\0\0\x2a{"parts":[["", Infinity]],"kind":"update"}'), FindingCode.ALTERED),
    ("packs as nobody asked", WORKER, put("Content-Encoding", "zstd"), FindingCode.ALTERED),
]  # fmt: skip


def test_a_right_proxy_passes(proxy: FaultyProxy, check: Check):
    code, lines, err = check(proxy.url)

    assert (code, err) == (0, ""), lines
    assert len(lines) == 1
    assert re.search(r"a phone gets release \w{12} whole; \d{2,} answers were compared$", lines[0])


@pytest.mark.parametrize(("path", "apply", "code"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_what_a_proxy_breaks_is_found_and_named(
    proxy: FaultyProxy, check: Check, path: str, apply: Break, code: FindingCode | None
):
    with proxy.broken(Fault(str(code), path, apply)):
        exit_code, lines, err = check(f"{proxy.url}/")

    if code is None:  # whatever that is, it is no reason to stumble
        assert exit_code in (0, 1)
        return
    assert exit_code == 1
    assert {line.partition(":")[0] for line in lines} == {code}, lines
    assert err.startswith(f"doorwise: {proxy.url}/: ")


def test_a_password_names_what_to_exempt(proxy: FaultyProxy, check: Check):
    with proxy.broken(Fault("password", "", status(401))):
        _, (line,), _ = check(proxy.url, "--language", "zh-Hans")

    assert line.startswith("password: /, /sw.js, /channel.json: ")
    assert all(path in line for path in ("/sw.js", "/channel.json", "/b/", "manifest.webmanifest"))
    assert "密码" in line


def test_a_server_that_trickles_does_not_hold_the_visit(
    proxy: FaultyProxy, check: Check, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetch, "REQUEST_S", 1.0)
    with proxy.stalled(BUNDLE):
        exit_code, lines, _ = check(proxy.url)

    assert exit_code == 1
    assert {line.partition(":")[0] for line in lines} == {FindingCode.TOO_SLOW}


@pytest.mark.parametrize(
    ("days", "trusted", "codes"),
    [(90, True, set()), (0, True, {FindingCode.CERTIFICATE_ENDS}), (90, False, {FindingCode.CERTIFICATE})],
    ids=["right", "ends in a minute", "of an unknown authority"],
)
def test_the_certificate_is_looked_at_as_phones_do(
    tiny_server: ServerProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    trusted: bool,
    codes: set[FindingCode],
):
    authority = make_certificate(tmp_path, days=days, is_strict=False)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    proxy = FaultyProxy(tiny_server, tls=tmp_path)

    result = check_address(proxy.url)
    proxy.close()

    assert {finding.code for finding in result.findings} == codes
    assert bool(result.release) == trusted


def test_an_address_without_https_is_named(proxy: FaultyProxy, check: Check):
    """0.0.0.0 leads to this machine, and browsers do not count it as one."""
    code, (line,), _ = check(f"http://0.0.0.0:{proxy.port}")

    assert (code, line.partition(":")[0]) == (1, FindingCode.NO_HTTPS)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://example.org",
        "https://",
        "https://me:x@example.org",
        "https://a:x",
        "https://a/?b",
        "https://" + "x" * 70 + ".example",
    ],
)
def test_what_is_no_address_is_wrong_use(check: Check, address: str):
    code, lines, err = check(address)

    assert (code, lines) == (2, [])
    assert "expected an address such as https://help.example.org" in err


def test_nobody_at_the_address_is_told_apart_from_a_fault(tiny_server: ServerProcess, check: Check):
    gone = FaultyProxy(tiny_server)
    gone.close()

    code, lines, err = check(gone.url)

    assert (code, lines) == (2, [])
    assert f"localhost port {gone.port} cannot be reached" in err


@pytest.fixture
def silent_port(proxy: FaultyProxy) -> Iterator[int]:
    """The proxy's port at 127.0.0.2 and above, where a connection is neither taken nor refused: the queue is full."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.2", proxy.port))
        listener.listen(0)
        for _ in range(2):
            one = opened.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.2", proxy.port))
        yield proxy.port


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name lead to these addresses; return the list of names that will have been asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def test_many_addresses_that_say_nothing_do_not_hold_the_visit(
    silent_port: int, check: Check, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetch, "REQUEST_S", 1.0)
    resolve_to(monkeypatch, *["127.0.0.2"] * 8)
    started_at = time.monotonic()

    code, lines, err = check(f"http://localhost:{silent_port}")

    assert time.monotonic() - started_at < 3
    assert (code, lines) == (2, [])
    assert f"localhost port {silent_port} cannot be reached" in err


def test_an_address_that_answers_is_found_after_one_that_does_not(
    silent_port: int, check: Check, monkeypatch: pytest.MonkeyPatch
):
    """It is looked up once and found once, not at each of the visit's requests."""
    monkeypatch.setattr(fetch, "REQUEST_S", 4.0)
    asked = resolve_to(monkeypatch, "127.0.0.2", "127.0.0.1")

    code, lines, _ = check(f"http://localhost:{silent_port}")

    assert code == 0, lines
    assert asked.count("localhost") == 1


def test_a_name_that_nobody_resolves_does_not_hold_the_visit(check: Check, monkeypatch: pytest.MonkeyPatch):
    ended = threading.Event()
    monkeypatch.setattr(fetch, "REQUEST_S", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(10) and [])
    started_at = time.monotonic()

    code, lines, err = check("https://help.example.org")
    ended.set()

    assert time.monotonic() - started_at < 3
    assert (code, lines) == (2, [])
    assert "help.example.org port 443 cannot be reached" in err


def test_a_domain_in_other_letters_is_asked_for_as_browsers_do():
    client, prefix = _parse_address("门前.example/帮助/")

    assert (client.scheme, client.host, client.port) == ("https", "xn--ldr016n.example", 443)
    assert prefix == "/%E5%B8%AE%E5%8A%A9"


def test_what_a_strangers_server_says_stays_on_its_line():
    """A terminal obeys control characters."""
    finding = CheckFinding(FindingCode.REDIRECTED, ("/\x1b[2J\n",), {"target": "x" * 5000 + "\x1b]0;\x07"})

    line = finding.format_line()

    assert line.isprintable()
    assert len(line) < 500


def test_what_the_command_prints_stays_on_its_line(monkeypatch: pytest.MonkeyPatch, check: Check):
    """Whatever becomes of the checks before: nothing that was found reaches the terminal as it came."""
    monkeypatch.setattr("server.cli.check.check_address", lambda _: CheckResult([], "\x1b]0;owned\x07\ud800", 9))

    code, (line,), _ = check("https://help.example.org/\x1b[2J")

    assert code == 0
    assert line.isprintable()


def test_equal_findings_are_one_line():
    found = [CheckFinding(FindingCode.COOKIE, (f"/{number}",), {"name": "a"}) for number in range(9)]

    (one,) = merge_findings([*found, found[0]])

    assert one.format_line().startswith("cookie: /0, /1, /2, /3, 5 more: ")


def test_each_finding_has_its_words():
    assert {str(code) for code in FindingCode} == set(SENTENCES)


@pytest.mark.parametrize("encoding", ["gzip", "br"])
@pytest.mark.parametrize("raw", [b"", b"\0", b"nonsense" * 9])
def test_what_cannot_be_unpacked_is_a_finding(encoding: str, raw: bytes):
    with pytest.raises(FetchFailed) as failure:
        decode_body(raw, encoding)

    assert failure.value.code in (FindingCode.ALTERED, FindingCode.BROKEN_OFF)
