"""The desk's pages, as a browser meets them: every way in, step by step, and what each page must not do."""

import re
from dataclasses import replace

import pytest

from server.app import create_app
from server.auth.guard import check_access_marks, open_to_all
from server.auth.passkeys.passkey import list_passkeys
from server.auth.people.members import list_members
from server.auth.people.one_time_links import make_first_link, make_recovery_link
from server.config import Config
from server.headers import EDITOR_SECURITY
from server.store.errors import StoreUnavailable
from server.store.protocol import Doc, Put
from tests.auth.authenticator import Authenticator
from tests.auth.browser import Browser, shown_link, words
from tests.auth.desk import ORIGIN
from tests.memory import MemoryStore


def test_the_first_owner_sets_the_desk_up_with_two_passkeys(store, visitor, gate):
    link = make_first_link(store, ORIGIN)

    done = visitor.follow(link, "Li")
    assert done.json == {"go": "/editor/finish"}
    assert visitor.open("/editor/people/").location == "/editor/finish", "nothing else is open yet"
    assert "another set-up link of this server takes your place" in words(visitor.open("/editor/finish"))
    visitor.device = Authenticator(ORIGIN)
    done = visitor.create("/editor/account/passkeys/options", "/editor/account/passkeys/", passkey_name="blue key")

    assert done.json == {"go": "/editor/account/?done=passkey-added"}
    assert "blue key" in words(visitor.open("/editor/account/"))
    assert visitor.open("/editor/people/").status_code == 200
    spent = visitor.open(link)
    assert spent.status_code == 410
    assert "Ask an owner of this desk to invite you" in words(spent)
    assert make_first_link(store, ORIGIN) is None


def test_the_first_owner_sets_the_desk_up_with_one_passkey_and_codes(store, visitor):
    visitor.follow(make_first_link(store, ORIGIN), "Li")

    page = visitor.send("/editor/account/codes/")
    codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", page.text)
    asked = int(re.search(r'data-asked="(\d+)"', page.text)[1])
    assert len(set(codes)) == 10
    paper = page.text.partition('class="print-only"')[2].partition("</div>")[0]
    assert "https://desk.example.org/editor/recover" in paper
    assert "When you have lost your device, open this address and type one of these codes." in paper
    assert "2026" in paper, "which of two papers is the newer one"
    assert visitor.open("/editor/people/").location == "/editor/finish", "made is not yet on paper"
    wrong = visitor.send("/editor/account/codes/confirm", code=codes[asked % 10])
    assert wrong.status_code == 400
    assert f"not code number {asked}" in words(wrong)
    assert "<code>" not in visitor.open("/editor/account/codes/").text, "they are shown once"
    done = visitor.send("/editor/account/codes/confirm", code=codes[asked - 1])

    assert done.location == "/editor/account/?done=codes"
    assert "Unused codes on your paper: 10" in words(visitor.open("/editor/account/"))


def test_an_invitation_leads_in_with_its_role(li, visitor):
    link = shown_link(li.send("/editor/people/invite", role="translator", locales="zh-Hans"))
    assert link.startswith(f"{ORIGIN}/editor/invite/")

    said = words(visitor.open(link))
    assert "Li invites you" in said
    assert "Translator" in said
    assert visitor.follow(link, "Wang").json == {"go": "/editor/finish"}
    assert "takes your place" not in words(visitor.open("/editor/finish")), "only the first owner can be replaced"
    visitor.print_codes()

    assert visitor.open("/editor/account/").status_code == 200
    assert visitor.open("/editor/people/").status_code == 403
    people = words(li.open("/editor/people/"))
    assert "Wang – Translator (zh-Hans)" in people
    assert "Open invitations" not in people


def test_a_lost_passkey_is_recovered_with_a_code(li, make_browser):
    codes = li.print_codes()
    new = make_browser()

    assert new.send("/editor/recover", code="0000-0000-0000-0000").status_code == 400
    sent_on = new.send("/editor/recover", code=codes[4])
    assert sent_on.location.startswith(f"{ORIGIN}/editor/recover/")
    assert new.follow(sent_on.location).json == {"go": "/editor/account/?done=recover"}

    assert new.open("/editor/account/").status_code == 200
    assert li.open("/editor/account/").location.startswith("/editor/sign-in"), "the lost device's session is over"
    assert new.send("/editor/recover", code=codes[4]).status_code == 400


def test_a_lost_passkey_is_recovered_by_a_second_owner(li, join, gate, make_browser):
    wang = join("Wang", "owner")
    owner = next(one for one in list_members(gate) if one.person.name == "Li")

    link = shown_link(wang.send(f"/editor/people/{owner.id}/recover"))
    new = make_browser()
    new.follow(link)

    assert new.open("/editor/account/").status_code == 200
    assert "made a recovery link for Li" in words(wang.open("/editor/audit/"))


def test_a_lost_passkey_is_recovered_from_the_console(li, gate, make_browser):
    owner = list_members(gate)[0]
    new = make_browser()

    new.follow(make_recovery_link(gate, None, owner.id))

    assert new.open("/editor/account/").status_code == 200
    assert "The server's console made a recovery link for Li" in words(new.open("/editor/audit/"))


def test_a_recovery_that_somebody_else_began_is_told_and_can_be_withdrawn(li, join, gate, visitor, clock):
    """An owner who makes a link for somebody can sign in as them: the person must see it while it can be stopped."""
    wang = join("Wang", "editor")
    assert "data-recovery" not in wang.open("/editor/account/").text
    person = next(one for one in list_members(gate) if one.person.name == "Wang")
    link = shown_link(li.send(f"/editor/people/{person.id}/recover"))

    said = words(wang.open("/editor/account/"))
    assert "Li made a link that creates a new passkey for your account." in said
    assert "Made: Nov 21, 2026, 9:00:00 AM UTC · works until: Nov 22, 2026, 9:00:00 AM UTC" in said
    assert "tell an owner" in said
    assert "data-recovery" not in li.open("/editor/account/").text, "it is nobody else's"
    assert visitor.open(link).status_code == 200
    done = wang.send("/editor/account/recovery/withdraw")

    assert done.location == "/editor/account/?done=recovery-withdrawn"
    after = wang.open(done.location)
    assert "The link was withdrawn." in words(after)
    assert "data-recovery" not in after.text
    assert visitor.open(link).status_code == 410
    assert "Wang withdrew a recovery link" in words(li.open("/editor/audit/"))
    assert wang.send("/editor/account/recovery/withdraw").status_code == 404


def test_a_recovery_from_the_console_is_told_until_it_ends(li, gate, clock):
    owner = list_members(gate)[0]
    make_recovery_link(gate, None, owner.id)

    said = words(li.open("/editor/account/"))
    assert "The server's console made a link" in said
    assert "somebody has used the server that it runs on" in said
    li.send("/editor/language", language="zh-Hans", next="/editor/account/")
    assert "服务器控制台" in words(li.open("/editor/account/"))
    clock.move(hours=24)
    li.sign_in()

    assert "data-recovery" not in li.open("/editor/account/").text


def test_a_recovery_with_a_code_is_told_to_whoever_is_still_signed_in(li, visitor):
    codes = li.print_codes()
    link = visitor.send("/editor/recover", code=codes[2]).location

    said = words(li.open("/editor/account/"))
    assert "One of your recovery codes was used." in said
    assert "somebody may have your paper" in said
    li.send("/editor/account/recovery/withdraw")

    assert visitor.open(link).status_code == 410


def test_withdrawing_a_recovery_needs_a_fresh_passkey(li, gate, clock, visitor):
    """A thief of the session alone must not be able to shut the person out."""
    link = make_recovery_link(gate, None, list_members(gate)[0].id)
    clock.move(minutes=11)

    assert li.send("/editor/account/recovery/withdraw").location == "/editor/confirm?next=/editor/account/"
    assert visitor.open(link).status_code == 200


def test_revoking_ends_a_session_in_the_middle(li, join, gate):
    wang = join("Wang", "editor")
    assert wang.open("/editor/account/").status_code == 200
    member = next(one for one in list_members(gate) if one.person.name == "Wang")

    assert li.send(f"/editor/people/{member.id}/disable").status_code == 303

    assert wang.open("/editor/account/").location.startswith("/editor/sign-in")
    assert wang.ask("/editor/account/passkeys/options", {}, opened="/editor/sign-in").status_code == 401
    assert wang.sign_in().status_code == 400


def test_a_session_that_outlived_its_persons_disabling_is_worth_nothing(li, gate, store):
    """One that was opened at the same moment, after the disabling had looked for sessions."""
    owner = list_members(gate)[0]
    store.commit([Put("person", owner.id, replace(owner, active=False).build_body())])

    assert li.open("/editor/account/").location.startswith("/editor/sign-in")


def test_a_role_that_was_taken_away_is_gone_in_open_sessions(li, join, gate):
    wang = join("Wang", "owner")
    assert wang.open("/editor/people/").status_code == 200
    member = next(one for one in list_members(gate) if one.person.name == "Wang")

    li.send(f"/editor/people/{member.id}/role", role="reader")

    assert wang.open("/editor/people/").status_code == 403


def test_a_second_device_is_added_and_another_one_removed(li, gate):
    first = li.device
    li.device = Authenticator(ORIGIN)
    li.create("/editor/account/passkeys/options", "/editor/account/passkeys/", passkey_name="tablet")
    owner = list_members(gate)[0]
    lost = next(one for one in list_passkeys(gate, owner.id) if one.name == "phone")

    done = li.send(f"/editor/account/passkeys/{lost.id}/remove")

    assert done.status_code == 303
    assert li.open("/editor/account/").location.startswith("/editor/sign-in"), "it was opened with that one"
    assert li.sign_in().status_code == 200
    li.device = first
    assert li.sign_in().status_code == 400


def test_the_last_passkey_has_no_button_and_no_way(li, gate):
    owner = list_members(gate)[0]
    (only,) = list_passkeys(gate, owner.id)

    assert "/remove" not in li.open("/editor/account/").text
    answer = li.send(f"/editor/account/passkeys/{only.id}/remove")

    assert answer.status_code == 409
    assert "This is your last passkey" in words(answer)


def test_signing_out_ends_the_session_on_the_server(li, app):
    token = li.cookie
    page = li.send("/editor/sign-out")

    assert page.location == "/editor/sign-in"
    assert li.cookie is None
    li.client.set_cookie("__Secure-doorwise_editor", token, domain="desk.example.org", path="/editor/", secure=True)
    assert li.open("/editor/account/").location.startswith("/editor/sign-in")


def test_other_sessions_are_listed_and_ended(li, make_browser):
    li.send("/editor/account/sessions/end-others")  # what the set-up has opened
    elsewhere = make_browser(device=li.device)
    elsewhere.sign_in()
    (other,) = re.findall(r'action="(/editor/account/sessions/[0-9a-f]{64}/end)"', li.open("/editor/account/").text)

    li.send(other)
    assert elsewhere.open("/editor/account/").status_code == 303
    elsewhere.sign_in()
    li.send("/editor/account/sessions/end-others")

    assert elsewhere.open("/editor/account/").status_code == 303
    assert li.open("/editor/account/").status_code == 200


def test_what_matters_asks_for_the_passkey_once_more(li, clock):
    clock.move(minutes=10)

    stale = li.send("/editor/people/invite", role="owner")
    assert stale.location == "/editor/confirm?next=/editor/people/"
    assert "Open invitations" not in words(li.open("/editor/people/"))
    asked = li.ask("/editor/account/passkeys/options", {})
    assert (asked.status_code, asked.json["code"], asked.json["go"]) == (403, "confirm-needed", "/editor/confirm")
    assert li.confirm().status_code == 200

    assert li.send("/editor/people/invite", role="owner").status_code == 200


def test_the_page_to_go_back_to_is_the_one_that_holds_the_form(li, clock, gate):
    (only,) = list_passkeys(gate, list_members(gate)[0].id)
    clock.move(minutes=10)

    stale = li.send(f"/editor/account/passkeys/{only.id}/remove")

    assert stale.location == "/editor/confirm?next=/editor/account/"


@pytest.mark.parametrize(
    ("target", "go"),
    [
        ("/editor/audit/", "/editor/audit/"),
        ("/editor/audit/?before=7", "/editor/audit/?before=7"),
        ("https://evil.example/", "/editor/"),
        ("//evil.example/editor/", "/editor/"),
        ("/\\evil.example", "/editor/"),
        ("/editor/\\..\\..\\x", "/editor/"),
        ("/editor/../evil", "/editor/"),
        ("/editor/\t//evil.example", "/editor/"),
        ("javascript:alert(1)", "/editor/"),
        ("/cn/zh-Hans/", "/editor/"),
        ("", "/editor/"),
    ],
)
def test_a_sign_in_leads_to_pages_of_this_desk_only(li, make_browser, target, go):
    other = make_browser(device=li.device)
    begun = other.ask("/editor/sign-in/options", {}).json
    body = {"ticket": begun["ticket"], "credential": other.device.get(begun["options"]), "next": target}

    assert other.ask("/editor/sign-in/passkey", body).json == {"go": go}
    assert li.client.get("/editor/sign-in", query_string={"next": target}, base_url=ORIGIN).location == go


def test_somebody_who_comes_from_an_e_mail_stays_signed_in(li):
    """SameSite=Strict keeps the cookie back on such a visit; the page asks for itself once more, which brings it."""
    token = li.cookie
    li.client.delete_cookie("__Secure-doorwise_editor", domain="desk.example.org", path="/editor/")
    landing = li.open("/editor/audit/", **{"Sec-Fetch-Site": "cross-site"})
    assert landing.location == "/editor/sign-in?next=/editor/audit/"

    waiting = li.open(landing.location, **{"Sec-Fetch-Site": "cross-site"})
    assert '<meta http-equiv="refresh" content="0">' in waiting.text
    assert "doorwise_editor" not in str(waiting.headers.getlist("Set-Cookie")), "its cookie must not be overwritten"
    li.client.set_cookie("__Secure-doorwise_editor", token, domain="desk.example.org", path="/editor/", secure=True)

    assert li.open(landing.location, **{"Sec-Fetch-Site": "same-origin"}).location == "/editor/audit/"


def test_the_language_is_chosen_before_and_after_the_sign_in(li, visitor, make_browser):
    assert "登录" in visitor.open("/editor/sign-in", **{"Accept-Language": "zh-CN"}).text
    visitor.send("/editor/language", language="zh-Hans", next="/editor/recover")
    assert '<html lang="zh-Hans"' in visitor.open("/editor/sign-in").text

    li.send("/editor/language", language="zh-Hans", next="/editor/account/")
    elsewhere = make_browser(device=li.device)
    elsewhere.sign_in()
    assert '<html lang="zh-Hans"' in elsewhere.open("/editor/account/").text
    assert li.send("/editor/language", language="tlh").status_code == 400


def test_the_log_tells_it_all_page_by_page(li, gate):
    for number in range(150):
        li.send("/editor/language", language=("zh-Hans", "en")[number % 2])

    newest = li.open("/editor/audit/").text
    (older,) = re.findall(r'href="(/editor/audit/\?before=\d+)"', newest)
    before = li.open(older).text
    numbers = [int(number) for number in re.findall(r'<li value="(\d+)"', newest + before)]

    assert numbers == list(range(len(gate.store.entries("audit")), 0, -1))
    assert li.open("/editor/audit/?before=1").status_code == 200
    assert li.open("/editor/audit/?before=-5").status_code == 200
    assert li.open("/editor/audit/?before=nonsense").status_code == 200


def test_every_page_leads_to_what_is_needed_less_often(li, join):
    wang = join("Wang", "reader")
    for browser in (li, wang):
        page = browser.open("/editor/account/").text
        for address in ("/editor/reminders/", "/editor/releases/", "/editor/recalls/"):
            assert f'<a href="{address}">' in page
            there = browser.open(address)
            assert there.status_code == 200
            assert f'<a href="{address}" aria-current="page">' in there.text
            assert '<details class="desk-nav__more" open>' in there.text, "where one is must be in view"
        assert '<details class="desk-nav__more">' in page


# ---- cookies, caches, headers ----


def test_public_pages_set_no_cookie_and_read_none(app, li):
    for path in ("/", "/xa/en/", "/xa/en/now/", "/nowhere", "/sw.js", "/channel.json", "/healthz", "/editors"):
        answer = li.open(path)
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path
    assert li.open("/xa/en/now/").data == app.test_client().get("/xa/en/now/").data


def test_the_cookies_are_for_the_desk_alone(li, visitor):
    before = visitor.open("/editor/sign-in").headers["Set-Cookie"]
    signed_in = li.sign_in().headers.getlist("Set-Cookie")

    for cookie in (before, *signed_in):
        assert cookie.startswith("__Secure-doorwise_")
        assert re.search(r"; Secure; HttpOnly; Path=/editor/; SameSite=Strict$", cookie), cookie
        assert "Domain" not in cookie


def test_nothing_of_the_desk_is_kept_by_a_browser_or_a_proxy(li, visitor):
    for path in (
        "/editor/sign-in",
        "/editor/recover",
        "/editor/account/",
        "/editor/nowhere",
        "/editor/audit/",
        "/editor/",
    ):
        answer = li.open(path)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert "Cookie" in answer.headers["Vary"], path
    assert visitor.ask("/editor/sign-in/options", {}).headers["Cache-Control"] == "no-store"
    assert visitor.open("/editor/account/").headers.get("Cache-Control") == "no-store"
    assert visitor.send("/editor/recover", code="x").headers["Cache-Control"] == "no-store"


def test_the_desk_carries_its_security_headers(li, visitor):
    for answer in (li.open("/editor/account/"), visitor.open("/editor/audit/"), visitor.open("/editor/setup/x")):
        assert {name: answer.headers.get(name) for name, _ in EDITOR_SECURITY} == dict(EDITOR_SECURITY)
    policy = dict(EDITOR_SECURITY)["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy


def test_no_page_has_an_inline_script_or_style(li, visitor, store):
    pages = [li.open(path) for path in ("/editor/account/", "/editor/people/", "/editor/audit/", "/editor/confirm")]
    pages += [visitor.open(path) for path in ("/editor/sign-in", "/editor/recover", "/editor/setup/" + "x" * 43)]
    pages += [li.send("/editor/account/codes/"), li.send("/editor/people/invite", role="reader")]
    for page in pages:
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page.text), page.request.path


def test_a_scripts_name_changes_when_it_does_and_nothing_else_is_served(li):
    page = li.open("/editor/account/").text
    for address in re.findall(r'(?:href|src)="(/editor/assets/[^"]+)"', page):
        answer = li.open(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers
        folder = address[: len("/editor/assets/") + 16]
    for wrong in (
        f"{folder}/js/app.js",
        f"{folder}/../app.js",
        f"{folder}/js/editor/..%2f..%2fsw.js",
        "/editor/assets/0/desk.css",
    ):
        assert li.open(wrong).status_code in (301, 404), wrong


def test_an_address_that_is_nearly_right_leads_on_without_a_host(li):
    """Behind a proxy the router knows neither the name nor the scheme that the reader used."""
    answer = li.open("/editor/account?done=name")

    assert (answer.status_code, answer.headers["Location"]) == (308, "/editor/account/?done=name")


def test_the_desk_without_its_final_slash_is_the_desk(visitor):
    assert visitor.open("/editor").headers["Location"] == "/editor/"


def test_the_worker_leaves_the_desk_alone(visitor):
    assert "/^(editor(\\/|$)|" in visitor.open("/sw.js").text


# ---- stored script ----

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


def test_a_name_that_is_a_script_is_shown_as_text(store, visitor, gate):
    visitor.follow(make_first_link(store, ORIGIN), SCRIPT[:60])
    visitor.device = Authenticator(ORIGIN)
    visitor.create("/editor/account/passkeys/options", "/editor/account/passkeys/", passkey_name=SCRIPT[:40])
    (tablet,) = [one for one in list_passkeys(gate, list_members(gate)[0].id) if one.name != "phone"]
    visitor.send(f"/editor/account/passkeys/{tablet.id}/rename", name="<b>" + SCRIPT[:30])
    invited = visitor.send("/editor/people/invite", role="reader")

    pages = [
        visitor.open(path) for path in ("/editor/account/", "/editor/people/", "/editor/audit/", "/editor/confirm")
    ]
    for page in [*pages, invited, visitor.open(shown_link(invited))]:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<b><script" not in page.text
        assert "<img" not in page.text
        assert "&lt;script&gt;" in page.text


# ---- what the application refuses to start with ----


def test_a_view_of_the_desk_that_does_not_say_who_may_see_it_stops_the_start(app):
    app.add_url_rule("/editor/forgotten", "forgotten", lambda: "")

    with pytest.raises(RuntimeError, match="/editor/forgotten"):
        check_access_marks(app)


def test_a_view_that_says_so_does_not(app):
    app.add_url_rule("/editor/remembered", "remembered", open_to_all(lambda: ""))

    check_access_marks(app)


# ---- when the store fails ----


class Broken(MemoryStore):
    """A store whose disk is gone."""

    def get(self, kind: str, id: str) -> Doc | None:
        raise StoreUnavailable("the disk is gone")


@pytest.mark.parametrize("when", ["at the start", "in the middle"])
def test_a_desk_without_its_store_says_so_and_readers_are_served(published_once, when):
    def open_store():
        if when == "at the start":
            raise StoreUnavailable("no such database")
        return Broken()

    config = Config(data=published_once.data.root, packs=published_once.packs, origin=ORIGIN)
    visitor = Browser(create_app(config, store=open_store))

    for path in ("/editor/", "/editor/sign-in", "/editor/recover"):
        answer = visitor.open(path)
        assert answer.status_code == 503
        assert "cannot reach its data" in words(answer)
        assert "Set-Cookie" not in answer.headers
    sent = visitor.post("/editor/sign-in/options", json={}, headers={"Origin": ORIGIN})
    assert (sent.status_code, sent.json["code"]) == (503, "store-unavailable")
    assert visitor.open("/xa/en/now/").status_code == 200


def test_a_store_that_comes_back_is_used(published_once, store, clock):
    failures = [StoreUnavailable("not yet")]

    def open_store():
        if failures:
            raise failures.pop()
        return store

    config = Config(data=published_once.data.root, packs=published_once.packs, origin=ORIGIN)
    visitor = Browser(create_app(config, store=open_store, now=clock))

    assert visitor.open("/editor/sign-in").status_code == 503
    assert visitor.open("/editor/sign-in").status_code == 200


def test_two_processes_sign_with_one_secret(published_once, store):
    """Or a form made by one would be refused by the other."""
    config = Config(data=published_once.data.root, packs=published_once.packs, origin=ORIGIN)
    one, two = (Browser(create_app(config, store=lambda: store)) for _ in range(2))
    token = one.token()
    cookie = one.client.get_cookie("__Secure-doorwise_start", domain="desk.example.org", path="/editor/").value
    two.client.set_cookie("__Secure-doorwise_start", cookie, domain="desk.example.org", path="/editor/", secure=True)

    sent = two.post("/editor/language", data={"csrf_token": token, "language": "en"}, headers={"Origin": ORIGIN})

    assert sent.status_code == 303


def test_a_form_of_another_person_is_refused_whatever_its_token(gate, li, join):
    """A script renews the token of a page that was open while somebody else signed in in another tab."""
    join("Wang", "editor")
    wang = next(one for one in list_members(gate) if one.person.name == "Wang")
    own = next(one for one in list_members(gate) if one.person.name == "Li")

    refused = li.send("/editor/account/name", name="Not mine", whose=wang.id)
    by_script = li.send("/editor/account/name", name="Not mine", whose=wang.id, headers={"Accept": "application/json"})

    assert (refused.status_code, by_script.status_code) == (409, 409)
    assert by_script.json["code"] == "not-your-form"
    assert "what you typed is still on the page" in words(refused)
    assert {one.person.name for one in list_members(gate)} == {"Li", "Wang"}
    assert li.send("/editor/account/name", name="Li Li", whose=own.id).status_code == 303


def test_every_form_of_the_desk_says_whose_it_is(gate, li):
    member = list_members(gate)[0]

    page = li.open("/editor/account/").text

    own = [form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="csrf_token"' in form]
    assert own
    assert [form for form in own if f'name="whose" value="{member.id}"' not in form and "language" not in form] == []


@pytest.mark.parametrize(
    ("fields", "own", "for_owners"),
    [
        ({"may_sync": True}, "Passkeys on several devices do that. Remove it", "Passkeys on several devices do that."),
        (
            {"may_sync": False},
            "It still works, as it was your only way in.",
            "it may have been copied. It still works.",
        ),
    ],
)
def test_a_counter_out_of_order_is_told_to_its_person_and_to_owners(store, gate, li, join, fields, own, for_owners):
    wang = join("Wang", "editor")
    person = next(one for one in list_members(gate) if one.person.name == "Wang")
    passkey = list_passkeys(gate, person.id)[0]
    store.commit([replace(passkey, counter_off_at="2026-11-21T09:00:00Z", **fields).build_save_change()])

    assert own in words(wang.open("/editor/account/"))
    assert for_owners in words(li.open("/editor/people/"))
    assert "counter" not in words(li.open("/editor/account/"))
