"""Which addresses are believed, and what the log says of the others."""

import pytest

from server.proxies import ForwardedHeaders, parse_networks

CLAIMS = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "help.example.org"}


def forward(named: str, *peers: str, claims: dict[str, str] = CLAIMS) -> list[str]:
    """Return the scheme that the application sees at a request from each of `peers`."""
    seen: list[str] = []

    def app(environ, start_response) -> list[bytes]:
        seen.append(environ["wsgi.url_scheme"])
        assert environ["wsgi.url_scheme"] == "https" or not any(name in environ for name in claims)
        return []

    layer = ForwardedHeaders(app, parse_networks(named) if named else ())
    for peer in peers:
        layer({"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **claims}, lambda *_: None)
    return seen


@pytest.mark.parametrize(
    ("named", "peer"),
    [
        ("10.0.0.0/8", "10.255.3.4"),
        ("172.18.0.2/16", "172.18.0.7"),
        ("172.17.0.2", "::ffff:172.17.0.2"),
        ("::ffff:172.18.0.2", "172.18.0.2"),
        ("::ffff:172.18.0.2", "::ffff:172.18.0.2"),
        ("::ffff:172.18.0.0/112", "172.18.9.9"),
        ("::ffff:ac12:2/128", "172.18.0.2"),
        ("2001::/16", "2001:db8::1"),
        ("192.0.2.1, fd00::/8", "fd12::3"),
        ("fe80::/10", "fe80::1%eth0"),
        ("0:0:0:0:0:0:0:1", "::1"),
    ],
)
def test_a_named_address_or_network_is_believed(named, peer, caplog):
    assert forward(named, peer) == ["https"]
    assert caplog.messages == []


def test_a_network_in_the_other_spelling_is_no_larger_than_it_was(caplog):
    assert forward("::ffff:172.18.0.0/112", "172.19.0.1", "::1") == ["http", "http"]


@pytest.mark.parametrize(
    "named",
    [
        "0.0.0.0/1, 128.0.0.0/1",
        "10.0.0.0/7",
        "::ffff:0:0/96",
        "::ffff:10.0.0.0/103",
        "2000::/3",
        "::/1",
        "2001::/15",
        "::/0",
    ],
)
def test_a_network_of_half_the_world_is_refused(named):
    with pytest.raises(ValueError, match="would be believed"):
        parse_networks(named)


@pytest.mark.parametrize("named", ["10.0.0.0/8", "2001::/16", "fd00::/8", "fc00::/7", "fe80::/10", "::1"])
def test_a_network_that_one_house_can_have_is_taken(named):
    assert [str(one) for one in parse_networks(named)] == [named if "/" in named else f"{named}/128"]


@pytest.mark.parametrize(
    ("peer", "where"),
    [
        ("127.0.0.1", "this machine itself"),
        ("::1", "this machine itself"),
        ("172.18.0.2", "a private network"),
        ("fe80::1%eth0", "a private network"),
        ("::ffff:192.168.1.2", "a private network"),
        ("93.184.216.34", "a public address"),
        ("/run/socket", "an unknown place"),
    ],
)
def test_headers_from_elsewhere_are_dropped_with_one_line_and_no_address(peer, where, caplog):
    assert forward("10.0.0.0/8", peer, peer) == ["http", "http"]

    (line,) = caplog.messages
    assert line.startswith(f"X-Forwarded headers from {where} are ignored")
    assert peer not in line


def test_a_request_without_such_headers_leaves_no_line(caplog):
    assert forward("", "93.184.216.34", claims={}) == ["http"]
    assert caplog.messages == []
