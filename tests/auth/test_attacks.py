"""Attacks on the desk over HTTP. Each test fails when the guard that it is about is taken out."""

import base64
import copy
import re
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from server.auth.guard import AccessMark, find_access_mark
from server.auth.passkeys.passkey import list_passkeys
from server.auth.people.members import list_members
from server.auth.people.one_time_links import make_first_link, make_invitation_link
from server.auth.roles import ROLES, Permission
from server.auth.sessions import find_session
from tests.auth.authenticator import Authenticator, encode
from tests.auth.browser import COOKIE, Browser, words
from tests.auth.desk import ORIGIN

DIGEST, TOKEN = "0" * 64, "x" * 43
SAFE = {"GET", "HEAD", "OPTIONS"}
# Who may do what, said a second time and by hand, so that a slip in a view's mark is found. None: everybody, signed in or
# not. The set-up pages are open to those who have not finished; everything else is not.
ALL = {"owner", "publisher", "editor", "translator", "reader"}
WRITERS = ALL - {"reader"}
EDITORS = WRITERS - {"translator"}
PUBLISHERS = EDITORS - {"editor"}
OWNERS = {"owner"}
REGION = "/editor/<region:region>"
LISTINGS = "topics, door, contacts, checks, hours, sources, rules, tables, texts, region"
WHO_MAY = {
    "GET /editor": None,
    "GET /editor/assets/<build>/<path:name>": None,
    "GET /editor/sign-in": None,
    "POST /editor/sign-in/options": None,
    "POST /editor/sign-in/passkey": None,
    "POST /editor/sign-out": ALL,
    "POST /editor/language": None,
    "GET /editor/confirm": ALL,
    "POST /editor/confirm/options": ALL,
    "POST /editor/confirm/passkey": ALL,
    "GET /editor/<any(setup,invite,recover,move):purpose>/<token:token>": None,
    "POST /editor/<any(setup,invite,recover,move):purpose>/<token:token>/options": None,
    "POST /editor/<any(setup,invite,recover,move):purpose>/<token:token>/passkey": None,
    "GET /editor/recover": None,
    "POST /editor/recover": None,
    "GET /editor/finish": ALL,
    "GET /editor/account/": ALL,
    "POST /editor/account/name": ALL,
    "POST /editor/account/recovery/withdraw": ALL,
    "POST /editor/account/passkeys/options": ALL,
    "POST /editor/account/passkeys/": ALL,
    "POST /editor/account/passkeys/<digest:passkey_id>/remove": ALL,
    "POST /editor/account/passkeys/<digest:passkey_id>/rename": ALL,
    "GET /editor/account/codes/": ALL,
    "POST /editor/account/codes/": ALL,
    "POST /editor/account/codes/confirm": ALL,
    "POST /editor/account/sessions/<digest:session_id>/end": ALL,
    "POST /editor/account/sessions/end-others": ALL,
    "GET /editor/people/": OWNERS,
    "POST /editor/people/invite": OWNERS,
    "POST /editor/people/invites/<digest:link_id>/withdraw": OWNERS,
    "POST /editor/people/<digest:person_id>/role": OWNERS,
    "POST /editor/people/<digest:person_id>/disable": OWNERS,
    "POST /editor/people/<digest:person_id>/enable": OWNERS,
    "POST /editor/people/<digest:person_id>/recover": OWNERS,
    "GET /editor/audit/": OWNERS,
    # The guidance. What a translator may write of it, and who may approve what, is a matter of each text: tests/editor.
    "GET /editor/": ALL,
    f"GET {REGION}/": ALL,
    f"GET {REGION}/<any({LISTINGS}):listing>/": ALL,
    f"GET {REGION}/edit/<unit:name>": ALL,
    f"POST {REGION}/edit/<unit:name>": WRITERS,
    f"POST {REGION}/presence/<unit:name>": WRITERS,
    f"POST {REGION}/discard/<unit:name>": WRITERS,
    f"POST {REGION}/remove/<unit:name>": EDITORS,
    f"POST {REGION}/merge/<unit:name>": WRITERS,
    f"GET {REGION}/new/<kind>": EDITORS,
    f"POST {REGION}/new/<kind>": EDITORS,
    f"GET {REGION}/history/<unit:name>": ALL,
    "POST /editor/history/restore": WRITERS,
    f"GET {REGION}/translate/<locale:locale>/": ALL,
    "GET /editor/preview/<any(none, saving, ready, failed):state>/<path:address>": ALL,
    f"GET {REGION}/exchange/": ALL,
    f"GET {REGION}/exchange/pack.zip": ALL,
    f"POST {REGION}/exchange/import": PUBLISHERS,
    f"GET {REGION}/exchange/<locale:locale>.po": ALL,
    f"POST {REGION}/exchange/<locale:locale>/import": WRITERS,
    f"GET {REGION}/languages/new": EDITORS,
    f"POST {REGION}/languages/add": EDITORS,
    f"GET {REGION}/languages/<locale:locale>/remove": EDITORS,
    f"POST {REGION}/languages/<locale:locale>/remove": EDITORS,
    f"GET {REGION}/order/<any(topic, contact, check):kind>/": EDITORS,
    f"POST {REGION}/order/<any(topic, contact, check):kind>/move": EDITORS,
    f"GET {REGION}/remove-whole": EDITORS,
    f"GET {REGION}/translate/<locale:locale>/beside/": WRITERS,
    f"POST {REGION}/translate/<locale:locale>/beside/": WRITERS,
    "GET /editor/search/": ALL,
    f"POST {REGION}/hand-in": WRITERS,
    f"POST {REGION}/remove-whole": EDITORS,
    "GET /editor/regions/new": EDITORS,
    "POST /editor/regions/add": EDITORS,
    "POST /editor/regions/import": PUBLISHERS,
    "GET /editor/reviews/": ALL,
    "POST /editor/reviews/hand-in": WRITERS,
    "POST /editor/reviews/approve": EDITORS,
    "POST /editor/reviews/send-back": EDITORS,
    "POST /editor/reviews/take-back": EDITORS,
    "GET /editor/publish/": ALL,
    "POST /editor/publish/now": PUBLISHERS,
    "POST /editor/publish/send-back": EDITORS,
    "GET /editor/releases/": ALL,
    "GET /editor/releases/<digest:release>/back/": PUBLISHERS,
    "POST /editor/releases/<digest:release>/back/now": PUBLISHERS,
    "GET /editor/recalls/": ALL,
    f"GET /editor/recalls/{REGION.removeprefix('/editor/')}/<topic>/": PUBLISHERS,
    f"POST /editor/recalls/{REGION.removeprefix('/editor/')}/<topic>/withdraw": PUBLISHERS,
    f"POST /editor/recalls/{REGION.removeprefix('/editor/')}/<topic>/lift": PUBLISHERS,
    "GET /editor/reminders/": ALL,
    "POST /editor/reminders/checked": EDITORS,
    "GET /editor/upgrades/": ALL,
    f"GET {REGION}/upgrade/<unit:name>": ALL,
    "POST /editor/upgrades/settle": WRITERS,
}
PERMISSIONS = {
    frozenset(ALL): {Permission.READ},
    frozenset(WRITERS): {Permission.TRANSLATE},
    frozenset(EDITORS): {Permission.EDIT, Permission.REVIEW},
    frozenset(PUBLISHERS): {Permission.PUBLISH, Permission.IMPORT},
    frozenset(OWNERS): {Permission.PEOPLE},
}
SET_UP = {
    "POST /editor/sign-out",
    "GET /editor/confirm",
    "POST /editor/confirm/options",
    "POST /editor/confirm/passkey",
    "GET /editor/finish",
    "POST /editor/account/passkeys/options",
    "POST /editor/account/passkeys/",
    "GET /editor/account/codes/",
    "POST /editor/account/codes/",
    "POST /editor/account/codes/confirm",
}
# What cannot be undone, or gives somebody a way in.
FRESH = {
    f"POST {REGION}/languages/<locale:locale>/remove",
    f"POST {REGION}/remove-whole",
    "POST /editor/account/passkeys/options",
    "POST /editor/account/passkeys/",
    "POST /editor/account/passkeys/<digest:passkey_id>/remove",
    "POST /editor/account/codes/",
    "POST /editor/account/recovery/withdraw",
    # Whoever writes a reason must not be asked for the passkey when it is sent: it would be lost.
    "GET /editor/releases/<digest:release>/back/",
    f"GET /editor/recalls/{REGION.removeprefix('/editor/')}/<topic>/",
    *(line for line, who in WHO_MAY.items() if who in (OWNERS, PUBLISHERS) and line.startswith("POST")),
}
# What stands in an address; any other name is that of a digest.
VALUES = {
    "purpose": "invite",
    "token": TOKEN,
    "build": "x",
    "region": "xa",
    "listing": "topics",
    "name": "en/strings.toml/say.leave",
    "locale": "en",
    "kind": "contact",
    "state": "none",
    "address": "xa/en/",
    "topic": "nothing",
}
# Ends the session that the rest of the test needs.
ENDS = {"POST /editor/sign-out"}


def desk_rules(app) -> Iterator[tuple[str, Rule, str]]:
    """Every rule below /editor, from the URL map: its line in the table above, the rule, one of its methods."""
    for rule in app.url_map.iter_rules():
        if f"{rule.rule}/".startswith("/editor/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield f"{method} {rule.rule}", rule, method


def path_of(app, rule: Rule) -> str:
    """An address that the rule matches."""
    values = {name: VALUES.get(name, DIGEST) for name in rule.arguments}
    return app.url_map.bind("desk.example.org").build(rule.endpoint, values)


def request(browser: Browser, method: str, path: str) -> tuple[int, str]:
    """Ask for an address as one of the desk's own pages would: status, and where it leads."""
    answer = browser.open(path) if method == "GET" else browser.send(path)
    return answer.status_code, str(answer.location or "")


# ---- who may do what ----


def test_every_page_is_in_the_table(app):
    assert {line for line, _, _ in desk_rules(app)} == set(WHO_MAY)


@pytest.mark.parametrize("role", list(ROLES))
def test_no_role_reaches_beyond_its_pages(app, join, role):
    """Generated from the URL map: nothing is refused that the table allows, nothing answered that it does not."""
    browser = join("Wang", role, *(["en"] if role == "translator" else []))
    wrong = []
    for line, rule, method in desk_rules(app):
        if line in ENDS:
            continue
        status, leads_to = request(browser, method, path_of(app, rule))
        allowed = WHO_MAY[line] is None or role in WHO_MAY[line]
        if allowed == (status == 403) or "/sign-in?" in leads_to or status >= 500:
            wrong.append(f"{role}: {line}: {status} {leads_to}")
    assert wrong == []


def test_nobody_gets_anywhere_without_a_session(app, visitor):
    for line, rule, method in desk_rules(app):
        if WHO_MAY[line] is None:
            continue
        status, leads_to = request(visitor, method, path_of(app, rule))
        assert (status == 401) or (status == 303 and leads_to.startswith("/editor/sign-in?next=")), line


def test_somebody_with_one_way_in_gets_only_to_the_set_up(app, store, visitor):
    visitor.follow(make_first_link(store, ORIGIN), "Li")

    for line, rule, method in desk_rules(app):
        if WHO_MAY[line] is None or line in ENDS:
            continue
        status, leads_to = request(visitor, method, path_of(app, rule))
        refused = (status == 303 and leads_to == "/editor/finish") or status == 403
        assert refused == (line not in SET_UP), f"{line}: {status} {leads_to}"


def test_what_gives_a_way_in_needs_a_fresh_passkey(app, li, clock):
    clock.move(minutes=11)

    for line, rule, method in desk_rules(app):
        if WHO_MAY[line] is None or line in ENDS:
            continue
        _, leads_to = request(li, method, path_of(app, rule))
        assert leads_to.startswith("/editor/confirm?") == (line in FRESH), line


def test_a_view_is_marked_by_one_permission_or_as_open(app):
    for line, rule, _ in desk_rules(app):
        who, mark = WHO_MAY[line], find_access_mark(app.view_functions[rule.endpoint])
        assert mark is not None, line
        wanted = {None} if who is None else PERMISSIONS[frozenset(who)]
        assert mark in [AccessMark(one, fresh=line in FRESH, unfinished=line in SET_UP) for one in wanted], line


def test_a_role_cannot_be_sent_along(li, join, gate):
    """Neither a further field of a form nor one of a script makes anybody more than they are."""
    wang = join("Wang", "reader")
    wang.send("/editor/account/name", name="Wang", role="owner", locales="en", secured="1")
    invitation = wang_invites(li, gate)
    path = invitation.removeprefix(ORIGIN)
    wang.create(f"{path}/options", f"{path}/passkey", name="Zhao", role="owner", person=list_members(gate)[0].id)

    assert {one.person.name: one.person.role for one in list_members(gate)} == {
        "Li": "owner",
        "Wang": "reader",
        "Zhao": "reader",
    }


def wang_invites(li: Browser, gate) -> str:
    owner = next(one for one in list_members(gate) if one.is_owner)
    return make_invitation_link(gate, owner.person, "reader", [])


# ---- session fixation, stolen and made-up cookies ----


def test_a_cookie_planted_before_the_sign_in_is_worth_nothing_after_it(app, li, make_browser):
    """The attacker's own session, planted in the victim's browser: the sign-in ends it and makes another one."""
    victim = make_browser(device=li.device)
    planted = li.cookie
    victim.client.set_cookie(COOKIE, planted, domain="desk.example.org", path="/editor/", secure=True)
    begun = victim.ask("/editor/sign-in/options", {}, opened="/editor/account/")
    body = {"ticket": begun.json["ticket"], "credential": victim.device.get(begun.json["options"])}
    assert victim.ask("/editor/sign-in/passkey", body, opened="/editor/account/").status_code == 200

    assert victim.cookie not in (None, planted)
    assert victim.open("/editor/account/").status_code == 200
    assert li.open("/editor/account/").status_code == 303, "the planted one is dead"


def test_a_made_up_token_is_not_adopted(li, make_browser, gate):
    victim = make_browser(device=li.device)
    victim.client.set_cookie(COOKIE, TOKEN, domain="desk.example.org", path="/editor/", secure=True)
    victim.sign_in()

    assert victim.cookie != TOKEN
    assert find_session(gate, TOKEN) is None


def test_the_form_token_changes_with_the_sign_in(visitor, li):
    other = Browser(visitor.client.application, li.device)
    before = other.token()
    other.sign_in()

    refused = other.post("/editor/sign-out", data={"csrf_token": before}, headers={"Origin": ORIGIN})

    assert (refused.status_code, other.open("/editor/account/").status_code) == (400, 200)


@pytest.mark.parametrize("value", ["", "x", "\u00ff" * 9, "a.b.c", "eyJsYW5ndWFnZSI6ImVuIn0.AAAA", "x" * 3000])
@pytest.mark.parametrize("name", [COOKIE, "__Secure-doorwise_start"])
def test_a_cookie_that_is_not_ours_is_nobodys(visitor, name, value):
    visitor.client.set_cookie(name, value, domain="desk.example.org", path="/editor/", secure=True)

    assert visitor.open("/editor/account/").location.startswith("/editor/sign-in")
    assert visitor.open("/editor/sign-in").status_code == 200


def test_what_a_cookie_says_counts_only_with_our_signature(visitor):
    """Otherwise whoever can plant a cookie could choose the form token, and bind a challenge to it."""
    said = base64.urlsafe_b64encode(b'{"language":"zh-Hans","csrf_token":"known"}').rstrip(b"=").decode()
    genuine = (
        visitor.token()
        and visitor.client.get_cookie("__Secure-doorwise_start", domain="desk.example.org", path="/editor/").value
    )
    for forged in (f"{said}.AAAA", f"{said}.{genuine.rpartition('.')[2]}"):
        visitor.client.set_cookie(
            "__Secure-doorwise_start", forged, domain="desk.example.org", path="/editor/", secure=True
        )
        assert '<html lang="en"' in visitor.open("/editor/sign-in").text


def test_what_is_known_of_a_session_does_not_open_it(li, make_browser, store):
    """Its id is shown on pages and lies in every backup; the token does not."""
    thief = make_browser()
    for doc in store.find("session"):
        for value in (doc.id, str(doc.body["csrf"])):
            thief.client.set_cookie(COOKIE, value, domain="desk.example.org", path="/editor/", secure=True)
            assert thief.open("/editor/account/").status_code == 303


# ---- forged requests ----

FOREIGN = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "a sub-domain": {"Origin": "https://evil.desk.example.org", "Sec-Fetch-Site": "same-site"},
    "another port": {"Origin": ORIGIN + ":8443", "Sec-Fetch-Site": "same-site"},
    "no TLS": {"Origin": ORIGIN.replace("https", "http")},
    "a page without an origin": {"Origin": "null"},
    "an old browser, foreign": {"Origin": "https://evil.example"},
    "only its site": {"Sec-Fetch-Site": "cross-site"},
    "typed into the address bar": {"Sec-Fetch-Site": "none"},
    "neither": {},
    "both, and they differ": {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_change_that_another_page_asked_for_is_refused(app, li, headers):
    """With the cookie and even with a token that is right: the two defences do not lean on each other."""
    token = li.token("/editor/account/")
    for _, rule, method in desk_rules(app):
        if method not in SAFE:
            answer = li.post(path_of(app, rule), data={"csrf_token": token, "language": "zh-Hans"}, headers=headers)
            assert answer.status_code == 403, rule
            assert "did not come from the desk" in words(answer)


@pytest.mark.parametrize("headers", [{"Origin": ORIGIN}, {"Sec-Fetch-Site": "same-origin"}], ids=["origin", "site"])
def test_one_of_the_two_is_enough_for_a_page_of_ours(li, headers):
    token = li.token("/editor/account/")

    answer = li.post("/editor/language", data={"csrf_token": token, "language": "zh-Hans"}, headers=headers)

    assert answer.status_code == 303


def test_a_change_without_its_form_token_is_refused(app, li, make_browser):
    """Also from a page of our own origin: somebody else's HTML there must not be able to act."""
    stranger = make_browser().token()
    own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    for token in ("", stranger, "x", li.token("/editor/account/")[:-1] + "!"):
        for line, rule, method in desk_rules(app):
            if method in SAFE:
                continue
            for form in ({"data": {"csrf_token": token}}, {"json": {}, "headers": {"X-CSRFToken": token}}):
                options = {**form, "headers": {**own, **form.get("headers", {})}}
                assert li.post(path_of(app, rule), **options).status_code == 400, (line, token)
    assert li.open("/editor/account/").status_code == 200


def test_nothing_is_changed_by_opening_a_page(app, li, store):
    """A link or an image on another site can make a browser open anything."""

    def held():
        # Who has which page open is a hint of two minutes; the page that is opened says it.
        docs = {name: doc for name, doc in store.docs.items() if name[0] != "presence"}
        return docs, dict(store.logs), set(store.blobs)

    li.open("/editor/account/")
    before = copy.deepcopy(held())

    for _, rule, _ in desk_rules(app):
        path = path_of(app, rule)
        for method in ("GET", "HEAD"):
            if TOKEN not in path:  # its failures are counted
                li.client.open(path, method=method, base_url=ORIGIN)

    assert held() == before


@pytest.mark.parametrize(
    "host", ["evil.example", "desk.example.org:8443", "desk.example.org.evil.example", "127.0.0.1"]
)
def test_the_desk_answers_to_its_own_name_only(app, li, host):
    """A stranger's name that points here (DNS rebinding) would make their page our origin."""
    answer = li.client.get("/editor/sign-in", base_url=f"https://{host}")

    assert answer.status_code == 421
    assert f'href="{ORIGIN}/editor/"' in answer.text
    assert "Set-Cookie" not in answer.headers
    assert app.test_client().get("/xa/en/", base_url=f"https://{host}").status_code == 200


# ---- replay over HTTP ----


def test_a_recorded_sign_in_cannot_be_sent_again(li, gate, make_browser):
    """With a synced passkey, whose counter does not help."""
    device = Authenticator(ORIGIN, synced=True)
    make_browser(device=device).follow(wang_invites(li, gate), "Zhao")
    visitor = make_browser(device=device)
    begun = visitor.ask("/editor/sign-in/options", {})
    recorded = {"ticket": begun.json["ticket"], "credential": visitor.device.get(begun.json["options"])}
    token = visitor.token()
    headers = {"Origin": ORIGIN, "X-CSRFToken": token, "Accept": "application/json"}
    kept = visitor.client.get_cookie("__Secure-doorwise_start", domain="desk.example.org", path="/editor/").value

    first = visitor.post("/editor/sign-in/passkey", json=recorded, headers=headers)
    visitor.client.delete_cookie(COOKIE, domain="desk.example.org", path="/editor/")
    visitor.client.set_cookie("__Secure-doorwise_start", kept, domain="desk.example.org", path="/editor/", secure=True)
    second = visitor.post("/editor/sign-in/passkey", json=recorded, headers=headers)

    assert first.status_code == 200
    assert (second.status_code, second.json["code"]) == (400, "passkey-rejected")


def test_an_answer_from_another_browser_is_refused(li, make_browser):
    """What an attacker began, a victim's browser must not finish: it would work in the attacker's name."""
    attacker, victim = make_browser(device=li.device), make_browser()
    begun = attacker.ask("/editor/sign-in/options", {})
    body = {"ticket": begun.json["ticket"], "credential": attacker.device.get(begun.json["options"])}

    answer = victim.ask("/editor/sign-in/passkey", body)

    assert (answer.status_code, answer.json["code"]) == (400, "passkey-rejected")
    assert victim.cookie is None


def test_why_a_passkey_was_refused_is_not_told(li, visitor):
    """Whether a passkey exists, is suspended, or is only signed wrong is the log's business."""
    visitor.device = li.device
    unknown = {"id": encode(b"x" * 32), "rawId": encode(b"x" * 32), "type": "public-key", "response": {}}
    begun = visitor.ask("/editor/sign-in/options", {}).json

    answers = [
        visitor.sign_in(origin="https://evil.example"),
        visitor.sign_in(verified=False),
        visitor.ask("/editor/sign-in/passkey", {"ticket": begun["ticket"], "credential": unknown}),
    ]

    assert len({(answer.status_code, answer.text) for answer in answers}) == 1


# ---- brute force ----


def test_codes_cannot_be_tried_out(li, make_browser, clock):
    codes = li.print_codes()
    thief = make_browser(address="203.0.113.5")
    for number in range(5):
        assert thief.send("/editor/recover", code=f"0000-0000-0000-000{number}").status_code == 400

    refused = thief.send("/editor/recover", code=codes[0])

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 15 * 60
    assert "Too many attempts" in words(refused)
    assert make_browser(address="192.0.2.44").send("/editor/recover", code=codes[0]).status_code == 303
    clock.move(minutes=15)
    assert thief.send("/editor/recover", code=codes[1]).status_code == 303


def test_sign_ins_cannot_be_tried_out(li, visitor):
    visitor.address = "203.0.113.5"
    answers = [visitor.ask("/editor/sign-in/passkey", {"ticket": "x", "credential": {}}) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [400] * 30 + [429]
    assert answers[-1].json["code"] == "too-many"


def test_challenges_cannot_fill_the_store(visitor, store):
    for _ in range(70):
        visitor.ask("/editor/sign-in/options", {})

    assert len(store.find("challenge")) == 60


@pytest.mark.parametrize("purpose", ["setup", "invite", "recover", "move"])
def test_links_cannot_be_tried_out(visitor, purpose):
    tokens = [f"{number:043d}" for number in range(31)]

    statuses = [visitor.open(f"/editor/{purpose}/{token}").status_code for token in tokens]

    assert statuses == [410] * 30 + [429]


def test_an_owner_whose_browser_was_taken_over_cannot_invite_the_world(li):
    statuses = [li.send("/editor/people/invite", role="reader").status_code for _ in range(31)]

    assert statuses == [200] * 30 + [429]


# ---- oversized and odd input ----


def test_an_oversized_form_is_refused_unread(visitor):
    token = visitor.token()
    headers = {"Origin": ORIGIN}

    for data in (
        {"csrf_token": token, "code": "x" * 70_000},
        {"csrf_token": token} | {f"x{n}": "y" * 50 for n in range(1500)},
    ):
        assert visitor.post("/editor/recover", data=data, headers=headers).status_code == 413


def test_a_form_of_too_many_parts_is_refused(visitor):
    boundary = "b"
    parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n' for _ in range(1100))
    content_type = f"multipart/form-data; boundary={boundary}"

    answer = visitor.post(
        "/editor/recover", data=parts + f"--{boundary}--", content_type=content_type, headers={"Origin": ORIGIN}
    )

    assert answer.status_code == 413


LONG = "x" * 3000
ODD = [
    "",
    LONG,
    "\ud83d",
    "\0",
    "\u202e",
    "[]",
    "{}",
    "null",
    "true",
    "1e999",
    "'; DROP TABLE person; --",
    "../../etc/passwd",
]


@pytest.mark.parametrize("value", [*ODD, None, [], {}, 7, 1.5, True, ["x"] * 50])
def test_odd_json_is_no_fault(li, make_browser, value):
    link = f"/editor/invite/{TOKEN}"
    bodies = [
        value,
        {"ticket": value, "credential": value},
        {"ticket": "x" * 24, "credential": {"id": value}, "next": value},
    ]
    bodies += [{"name": value, "passkey_name": value}]
    paths = ["/editor/sign-in/options", "/editor/sign-in/passkey", f"{link}/options", f"{link}/passkey"]
    signed_in = [
        "/editor/confirm/options",
        "/editor/confirm/passkey",
        "/editor/account/passkeys/options",
        "/editor/account/passkeys/",
    ]
    visitor = make_browser()
    for body in bodies:
        assert max(visitor.ask(path, body).status_code for path in paths) < 500
        assert max(li.ask(path, body).status_code for path in signed_in) < 500


@pytest.mark.parametrize("value", [odd for odd in ODD if odd != "\ud83d"])
def test_odd_fields_are_no_fault(li, visitor, gate, value):
    person = list_members(gate)[0].id
    passkey = list_passkeys(gate, person)[0].id
    for path in (
        "account/name",
        f"account/passkeys/{passkey}/rename",
        "account/codes/confirm",
        "people/invite",
        f"people/{person}/role",
    ):
        sent = {"name": value, "code": value, "role": value, "locales": [value, "en"]}
        assert li.send(f"/editor/{path}", **sent).status_code < 500, path
    assert visitor.send("/editor/recover", code=value).status_code in (400, 429)
    assert visitor.send("/editor/language", language=value, next=value).status_code == 400


@pytest.mark.parametrize(
    "path", ["..%2f..%2fetc/passwd", "%00", "%ff", "%F0%9F", "x" * 2000, "account/passkeys/%00/remove", "setup/%2e%2e"]
)
def test_odd_addresses_are_no_fault(li, path):
    assert li.open(f"/editor/{path}").status_code in (301, 404)
    assert li.post(f"/editor/{path}", data={}, headers={"Origin": ORIGIN}).status_code in (404, 405)


def test_other_methods_are_no_fault(app, li):
    for _, rule, _ in desk_rules(app):
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"):
            answer = li.client.open(path_of(app, rule), method=method, base_url=ORIGIN)
            assert answer.status_code < 500, (rule, method)


# ---- what reaches the log ----


def test_the_log_names_nobody_and_no_address(li, make_browser, caplog):
    caplog.set_level("DEBUG")
    codes = li.print_codes()
    thief = make_browser(address="203.0.113.99")
    for lie in ({"origin": "https://evil.example"}, {"verified": False}):
        thief.device = li.device
        assert thief.sign_in(**lie).status_code == 400
    for _ in range(6):
        thief.send("/editor/recover", code="0000-0000-0000-0001")
    thief.open(f"/editor/setup/{TOKEN}")
    li.send("/editor/people/invite", role="nobody")

    log = "\n".join(record.getMessage() for record in caplog.records)
    assert "passkey-rejected" in log
    assert "too-many" in log
    for secret in ("203.0.113", "Li", TOKEN, *codes, str(li.cookie)):
        assert not re.search(rf"\b{re.escape(secret)}\b", log), secret
