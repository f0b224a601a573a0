"""Every route of the desk with made-up paths, queries and bodies, signed in as each role: never a fault of ours.

The routes come from the URL map, the names of fields from the templates and the code: what is added later is asked, too.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import pytest
from flask import Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from server.store.protocol import Put
from tests.auth.desk import ORIGIN
from tests.editor.desks import CHECK, POLICE, SAY, SAY_ZH, TOPIC
from tests.editor.office import PEOPLE, Office
from tests.packs import set_string
from tests.publishing import Publisher
from tests.serving import ROOT

EXAMPLES = 30
# Whoever may do most comes furthest into the views.
ROLES = (*PEOPLE, "stranger", "owner", "owner")
SCRIPT = "<script>alert(1)</script>\"'{{7*7}}"
VARIABLE = re.compile(r"<(?:(?P<kind>[a-z]+):)?(?P<name>\w+)>")


class Asked(ImmutableMultiDict[str, str]):
    """Remembers which fields a view asks for, so that those are the ones that are made up."""

    names: ClassVar[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        Asked.names.add(key)
        return super().__getitem__(key)

    def get(self, key: str, *args: Any, **options: Any) -> Any:
        Asked.names.add(key)
        return super().get(key, *args, **options)

    def getlist(self, key: str, *args: Any, **options: Any) -> Any:
        Asked.names.add(key)
        return super().getlist(key, *args, **options)


class RecordingRequest(Request):
    """A request whose form and query remember what they were asked for."""

    parameter_storage_class = Asked


UNITS = [str(unit) for unit in (SAY, SAY_ZH, TOPIC, POLICE, CHECK)] + [
    "xa:pack.toml",
    "xa-e1:pack.toml",
    "xb:pack.toml",
]
NUMBERS = ["0", "1", "2", "-1", "1e9", "99999999999999999999", "٣", " 1", "1_0", ""]
TEXTS = [
    "",
    " ",
    "\x00",
    "\r\n",
    SCRIPT,
    "../../etc/passwd",
    "x" * 3000,
    "请站远一点。",
    "\u202e",
    "🏠",
    "\ufeff",
    '+++\ntitle = "x"\n+++\n',
    "[[",
]
# What means something to one of the views: so that more than the first check of each is reached.
TOKENS = [
    "en",
    "zh-Hans",
    "ms",
    "xa",
    "xa-e1",
    "police",
    "ids",
    "second",
    "0" * 64,
    "a" * 32,
    "theirs",
    "yours",
    "merged",
    "owner",
]
TOKENS += ["save", "ready", "none", "true", "2027-05-21", "2026-02-30", "say.leave", "contact:police", "strings.toml"]
TOKENS += [person.id for person in PEOPLE.values()]
words = st.sampled_from([*UNITS, *NUMBERS, *TEXTS, *TOKENS, *(f"1 {unit}" for unit in UNITS)])
# Surrogates cannot stand in a request; everything else can.
anything = words | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
names = st.text(string.ascii_letters + "._-[]", max_size=12)
pairs = st.lists(st.tuples(names, anything), max_size=8)
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)
LIKELY = {
    "unit": st.sampled_from(UNITS),
    "text": st.sampled_from([*(f"{n} {unit}" for n in (1, 2) for unit in UNITS), "Some words."]),
    "n": st.sampled_from(["1", "2"]),
    "seen": st.sampled_from(["0", "1", "2"]),
    "how": st.sampled_from(["theirs", "yours", "merged"]),
    "note": st.just("Say whose door it is."),
    "next_on": st.just("2027-05-21"),
    "tag": st.sampled_from(["ms", "ug-Arab", "en", "zh-Hant"]),
    "fallback": st.sampled_from(["en", "zh-Hans"]),
    "parent": st.just("xa"),
    "code": st.sampled_from(["e1", "e2", "E3"]),
    "name.en": st.just("Easton"),
    "name.zh-Hans": st.just("东城"),
    "role": st.sampled_from(["owner", "translator", "reader"]),
    "locales": st.sampled_from(["en", "zh-Hans"]),
    "language": st.sampled_from(["en", "zh-Hans"]),
}
EXAMPLE = {
    "region": "xa",
    "locale": "zh-Hans",
    "unit": "en/strings.toml/say.leave",
    "digest": "0" * 64,
    "token": "x" * 43,
}
FITTING = {
    "unit": str(SAY),
    "text": f"1 {SAY}",
    "n": "1",
    "seen": "1",
    "how": "yours",
    "note": "x",
    "next_on": "2027-05-21",
}
FITTING |= {"plan": "0" * 64, "current": "0" * 64, "parent": "xa", "code": "e9", "fallback": "en", "role": "reader"}
segments = {
    "region": st.sampled_from(["xa", "xb", "xa-e1", "zz"]),
    "locale": st.sampled_from(["en", "zh-Hans", "ms", "xx"]),
    "unit": st.sampled_from([name.partition(":")[2].replace("#", "/") for name in UNITS]) | anything,
    "digest": st.sampled_from(["0" * 64, *(person.id for person in PEOPLE.values())]),
    "token": st.just("x" * 43),
    "path": anything,
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, published_once: Publisher) -> Office:
    """A desk with something in every state. What the examples do to it, the later ones meet."""
    room = Office(Publisher(tmp_path_factory.mktemp("fuzz"), copy_of=published_once))
    room.approve(content="First words.")
    room.publish()
    room.approve(POLICE, {**room.desk.reader.read_newest_content(POLICE), "number": "112"})
    room.save(SAY_ZH, "请站远一点。")
    room.save(CHECK, {**room.desk.reader.read_newest_content(CHECK), "key": True}, submit=False)
    room.desk.publishing.recall_topic(PEOPLE["owner"], "xa", "second")
    room.desk.add_subregion(PEOPLE["owner"], "xa", "xa-e1", {"en": "Easton", "zh-Hans": "东城"})
    set_string(room.packs / "xa", "en", "say.leave", "Step away from my door, please.")
    room.app.request_class = RecordingRequest
    return room


def rules() -> list[Rule]:
    """The desk's routes; they are the same whatever it works on."""
    from server.app import create_app
    from server.config import Config

    app = create_app(Config(data=ROOT / "nowhere", packs=ROOT / "nowhere", origin=ORIGIN))
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/editor")]


ROUTES = [
    pytest.param(rule.rule, method, id=f"{method} {rule.rule}")
    for rule in sorted(rules(), key=lambda rule: rule.rule)
    for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"})
]


def as_they_were(office: Office) -> None:
    """Everybody is there again in their role, and nobody is locked out by too many attempts."""
    for person in PEOPLE.values():
        doc = office.store.get("person", person.id)
        assert doc is not None
        wanted = {**doc.body, "name": person.name, "role": person.role, "locales": list(person.locales), "active": True}
        if wanted != doc.body:
            office.store.commit([Put("person", person.id, wanted)])


def ask(office: Office, role: str, method: str, path: str, body: tuple[str, bytes] | None) -> TestResponse:
    """One request, with what the guard wants to see of our own pages."""
    office.return_to_work(role)
    browser = office[role] if role != "stranger" else office.stranger()
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "X-CSRFToken": browser.token()}
    options = {"content_type": body[0], "data": body[1]} if body else {}
    return browser.client.open(path, method=method, base_url=ORIGIN, headers=headers, **options)


@st.composite
def addresses(draw: st.DrawFn, rule: str, asked: Sequence[str]) -> str:
    """An address that fits the rule, or nearly."""
    path = VARIABLE.sub(lambda match: quote(draw(segments.get(match["kind"] or "", anything)) or "x"), rule)
    query = draw(st.just([]) | forms(asked))
    return f"{path}?{urlencode(query)}" if query else path


@st.composite
def forms(draw: st.DrawFn, asked: Sequence[str]) -> list[tuple[str, str]]:
    """The fields that the view asks for, most of them with a value that fits; and some that nobody asks for."""
    likely = [(name, draw(LIKELY.get(name, words) if draw(st.integers(0, 2)) else anything)) for name in asked]
    return likely + draw(st.just([]) | pairs)


@st.composite
def bodies(draw: st.DrawFn, asked: Sequence[str]) -> tuple[str, bytes]:
    """A form, a form with a file, JSON, or bytes that claim to be one of them."""
    kind = draw(st.sampled_from(["form", "form", "form", "form", "file", "json", "odd"]))
    if kind == "json":
        return "application/json", json.dumps(
            draw(plain_json | st.dictionaries(st.sampled_from(JSON_NAMES), plain_json))
        ).encode()
    if kind == "odd":
        return draw(st.sampled_from(ODD_TYPES)), draw(st.binary(max_size=200))
    fields = draw(forms(asked))
    if kind == "form":
        return "application/x-www-form-urlencoded", urlencode(fields).encode()
    return multipart({name: value for name, value in fields if name.isalpha()}, draw(st.binary(max_size=200)))


JSON_NAMES = ["ticket", "credential", "name", "passkey_name", "next", "id", "rawId", "type", "response"]
ODD_TYPES = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "x",
    "text/plain; charset=nope",
]


def asked_by(office: Office, rule: str, method: str) -> list[str]:
    """Give the names of the fields that a route reads, found out by sending it forms that fit."""
    path = VARIABLE.sub(lambda match: EXAMPLE.get(match["kind"] or "", "second"), rule)
    Asked.names.clear()
    names: list[str] = []
    for _ in range(6):  # a view that refuses one field has not asked for the next one yet; the guard asks for two
        form = urlencode([(name, FITTING.get(name, "x")) for name in names]).encode()
        body = ("application/x-www-form-urlencoded", form) if method != "GET" else None
        ask(office, "owner", method, path if body else f"{path}?{form.decode()}", body)
        as_they_were(office)
        if names == (names := sorted(Asked.names - {"csrf_token", "whose"})):
            break
    return names


def multipart(fields: Mapping[str, str], data: bytes) -> tuple[str, bytes]:
    parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts.append(('name="file"; filename="../../x.zip"', data))
    body = b"".join(
        f"--x\r\nContent-Disposition: form-data; {about}\r\n\r\n".encode() + value + b"\r\n" for about, value in parts
    )
    return "multipart/form-data; boundary=x", body + b"--x--\r\n"


@pytest.mark.parametrize(("rule", "method"), ROUTES)
def test_no_route_fails_whatever_it_is_sent(office: Office, rule: str, method: str) -> None:
    asked = asked_by(office, rule, method)

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(data=st.data())
    def look(data: st.DataObject) -> None:
        role = data.draw(st.sampled_from(ROLES), label="role")
        path = data.draw(addresses(rule, asked), label="path")
        body = data.draw(bodies(asked), label="body") if method != "GET" else None

        answer = ask(office, role, method, path, body)

        assert answer.status_code < 500, (method, path, role, body)
        assert b"<script>alert" not in answer.data
        as_they_were(office)

    look()


@settings(max_examples=100, suppress_health_check=list(HealthCheck), database=None)
@given(
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    role=st.sampled_from(ROLES),
    method=st.sampled_from(["GET", "POST", "PUT"]),
)
def test_no_address_fails(office: Office, path: str, role: str, method: str) -> None:
    assert ask(office, role, method, f"/editor/{quote(path)}", None).status_code < 500


def test_the_routes_are_found() -> None:
    """If the URL map were read wrongly, nothing above could fail."""
    assert len(ROUTES) > 60


def test_the_fields_are_found(office: Office) -> None:
    """If nobody saw which fields a view asks for, nothing above could reach behind its first check."""
    assert {"n", "note", "unit"} <= set(asked_by(office, "/editor/reviews/send-back", "POST"))
    assert {"next_on", "seen", "unit"} <= set(asked_by(office, "/editor/reminders/checked", "POST"))
