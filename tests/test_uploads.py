"""How much a request may send: asked of a real server, byte for byte."""

from __future__ import annotations

import socket
import time

import pytest

from server.uploads import MOST_AT_ONCE, MOST_BYTES, MOST_DESK_BYTES
from tests.publishing import ask, connection, exchange
from tests.serving import ServerProcess

COOKIE = {"Cookie": "doorwise_editor=nobody"}
LARGE = b"x" * (MOST_BYTES + 1)


@pytest.mark.parametrize("path", ["/", "/xa/en/now/", "/editorial/", "/x/editor/", "/editor"])
def test_nobody_sends_much_to_a_public_page(tiny_server: ServerProcess, path: str) -> None:
    assert ask(tiny_server.port, path, COOKIE, method="POST", body=LARGE).status == 413


def test_a_stranger_sends_little_to_the_desk(tiny_server: ServerProcess) -> None:
    assert ask(tiny_server.port, "/editor/regions/import", method="POST", body=LARGE).status == 413
    assert ask(tiny_server.port, "/editor/regions/import", {"Cookie": "a=b"}, method="POST", body=LARGE).status == 413
    assert ask(tiny_server.port, "/editor/regions/import", COOKIE, method="PUT", body=LARGE).status == 413


def test_what_looks_like_the_desks_own_page_reaches_the_guard(tiny_server: ServerProcess) -> None:
    answer = ask(tiny_server.port, "/editor/regions/import", COOKIE, method="POST", body=LARGE)

    assert answer.status in (401, 403), "it brings no form of ours, so the guard refuses it"


@pytest.mark.parametrize(
    "before", ["wp[a]=1", 'prefs={"a": [1, "b"]}', "a name=b", "=x", "a=1 2, 3", "z", '"; a=b'], ids=str
)
def test_another_sites_cookie_before_ours_changes_nothing(tiny_server: ServerProcess, before: str) -> None:
    """A content management system on the same domain sets such cookies; they come with every request."""
    cookies = {"Cookie": f"{before}; {COOKIE['Cookie']}"}

    answer = ask(tiny_server.port, "/editor/regions/import", cookies, method="POST", body=LARGE)

    assert answer.status in (401, 403), "the guard has read it"


def test_nobody_sends_more_than_the_largest_file(tiny_server: ServerProcess) -> None:
    declared = f"POST /editor/regions/import HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE['Cookie']}\r\n"
    with connection(tiny_server.port) as link:
        link.sendall(f"{declared}Content-Length: {MOST_DESK_BYTES}\r\n\r\n".encode())
        assert link.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("path", "size", "statuses"),
    [
        ("/", len(LARGE), {413}),
        ("/editor/regions/import", len(LARGE), {401, 403}),
        ("/editor/regions/import", MOST_DESK_BYTES + 1, {413}),
    ],
    ids=["public", "desk", "too much for the desk"],
)
def test_a_body_without_a_length_has_the_same_limits(
    tiny_server: ServerProcess, path: str, size: int, statuses: set[int]
) -> None:
    """A proxy that does not wait for the whole upload passes it on in chunks."""
    lines = [f"POST {path} HTTP/1.1", f"Host: localhost:{tiny_server.port}", f"Cookie: {COOKIE['Cookie']}"]
    head = "\r\n".join([*lines, "Transfer-Encoding: chunked", "Connection: close", "", ""]).encode()

    answer = exchange(tiny_server.port, head + b"%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n")

    assert answer.status in statuses


def test_only_a_few_send_much_at_once(tiny_server: ServerProcess) -> None:
    """A stranger who guesses the cookie's name keeps no more of the disk than this, and phones are served meanwhile."""
    head = f"POST /editor/regions/import HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE['Cookie']}\r\n"
    begun = f"{head}Content-Length: {MOST_DESK_BYTES - 1}\r\n\r\n".encode() + b"x" * 100_000
    links = [connection(tiny_server.port) for _ in range(MOST_AT_ONCE)]
    opened: list[socket.socket] = [link.__enter__() for link in links]
    try:
        for link in opened:
            link.sendall(begun)
        # The server reads them in an order of its own: it has seen them all when one more is refused.
        deadline = time.monotonic() + 30
        while ask(tiny_server.port, "/editor/regions/import", COOKIE, method="POST", body=LARGE).status != 503:
            assert time.monotonic() < deadline
        assert ask(tiny_server.port, "/xa/en/now/").status == 200
    finally:
        for link in links:
            link.__exit__(None, None, None)
    deadline = time.monotonic() + 30
    while ask(tiny_server.port, "/editor/regions/import", COOKIE, method="POST", body=LARGE).status == 503:
        assert time.monotonic() < deadline, "the room that they took is free again"
