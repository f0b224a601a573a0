from pathlib import Path

import pytest

from server.config import Config, read_operator
from server.errors import UsageError


def config(**settings: object) -> Config:
    return Config(data=Path("data"), packs=Path("packs"), **settings)


EXPECTED = "expected https:// and a domain, such as https://desk.example.org, or http://localhost and a port"
# Browsers make no passkeys there, or write the origin in another way, so that no comparison would ever succeed.
NO_ORIGINS = [
    "desk.example.org",
    "http://desk.example.org",
    "https://192.0.2.1",
    "https://[::1]",
    "http://127.0.0.1:8000",
    "https://desk.example.org/",
    "https://desk.example.org/editor",
    "https://desk.example.org:443",
    "http://localhost:80",
    "https://Desk.example.org",
    "https://门前.example",
    "https://user@desk.example.org",
    "https://desk.example.org?x",
    "https://desk_.example.org",
    "https://",
    "https://desk.example.org:99999",
    "ftp://desk.example.org",
    " https://desk.example.org",
    "null",
]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"port": -1}, "port: -1 – expected 0 to 65535"),
        ({"port": 65536}, "port: 65536 – expected 0 to 65535"),
        *(
            (
                {"trusted_proxy": proxy},
                f"trusted proxy: {proxy!r} – expected an IP address or a network such as 10.0.0.0/8, none larger than /8 (IPv6: /16)",
            )
            for proxy in (
                "proxy.example.org",
                "*",
                "10.0.0.0/33",
                "10.0.0.1,",
                "0.0.0.0/0",
                "::/0",
                "64.0.0.0/2",
                "2000::/3",
                "::ffff:0:0/96",
            )
        ),
        ({"home_region": "China"}, "home region: 'China' – expected the id of a region, such as cn or cn-31"),
        ({"hsts": "yes"}, "hsts: 'yes' – expected one of off, host, subdomains, forget"),
        ({"url_prefix": "help"}, "url prefix: 'help' – expected a path such as /doorwise"),
        ({"url_prefix": "/help/"}, "url prefix: '/help/' – expected a path such as /doorwise"),
        ({"url_prefix": "/"}, "url prefix: '/' – expected a path such as /doorwise"),
        ({"url_prefix": "/a//b"}, "url prefix: '/a//b' – expected a path such as /doorwise"),
        ({"url_prefix": "//a"}, "url prefix: '//a' – expected a path such as /doorwise"),
        ({"url_prefix": "/a?b"}, "url prefix: '/a?b' – expected a path such as /doorwise"),
        ({"url_prefix": "/a b"}, "url prefix: '/a b' – expected a path such as /doorwise"),
        ({"url_prefix": "/../a"}, "url prefix: '/../a' – expected a path such as /doorwise"),
        *(
            (
                {"origin": origin},
                f"origin: {origin!r} – {EXPECTED}",
            )
            for origin in NO_ORIGINS
        ),
        ({"store": "mysql://me:secret@host/desk"}, "store: expected postgresql://user@host/database"),
        ({"store": ""}, "store: expected postgresql://user@host/database"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_name(settings, message):
    with pytest.raises(UsageError) as refusal:
        config(**settings)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"port": 0},
        {"port": 65535},
        {"trusted_proxy": "::1"},
        {"trusted_proxy": "10.0.0.0/8"},
        {"trusted_proxy": "172.18.0.2/16"},
        {"trusted_proxy": "127.0.0.1, fd00::/8"},
        {"trusted_proxy": "::ffff:172.18.0.2"},
        {"hsts": "host"},
        {"home_region": "cn-31"},
        {"url_prefix": "/help"},
        {"url_prefix": "/a/b-c_d.e~1"},
        {"origin": "https://desk.example.org"},
        {"origin": "https://desk.example.org:8443"},
        {"origin": "https://xn--fiqs8s.example"},
        {"origin": "http://localhost:8000"},
        {"origin": "http://localhost"},
        {"origin": "http://desk.localhost:9"},
        {"store": "postgresql://me@host/desk"},
        {"store": "postgres:///desk"},
    ],
)
def test_what_can_be_right_is_taken(settings):
    for name, value in settings.items():
        assert getattr(config(**settings), name) == value


def test_a_password_is_not_shown_where_settings_are():
    assert "secret" not in repr(config(store="postgresql://me:secret@host/desk"))


def test_nobody_is_believed_and_only_this_machine_is_served_by_default():
    assert config().host == "127.0.0.1"
    assert config().trusted_proxy is None


def test_the_operator_is_named_by_the_environment():
    operator = read_operator({"DOORWISE_OPERATOR_NAME": "A", "DOORWISE_OPERATOR_CONTACT": "b@example.org"})

    assert (operator.name, operator.contact) == ("A", "b@example.org")
    assert read_operator({}).name == ""


def test_without_an_origin_the_desk_is_on_this_machine():
    assert config(port=9000).desk_origin == "http://localhost:9000"
    assert config(origin="https://desk.example.org").desk_origin == "https://desk.example.org"
