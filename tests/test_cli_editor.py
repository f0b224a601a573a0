"""`doorwise editor`, and what `doorwise run` says about the desk: an operator at the console is never locked out."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.auth.gate import Gate, RelyingParty, get_utc_now
from server.auth.people.link_purposes import LIFETIME, Purpose
from server.auth.people.members import disable_person, find_member
from server.auth.people.one_time_links import find_link
from server.auth.sessions import find_session
from server.auth.start_messages import list_start_messages
from server.cli.main import cli
from server.store.open import open_store
from tests.auth.authenticator import Authenticator
from tests.auth.desk import ORIGIN, first_owner, follow, newcomer, sign_in, token_of
from tests.publishing import CLIENT, Publisher, ask, doorwise
from tests.serving import ServerProcess

LINK = re.compile(r"^  (?:[^:\n]+: )?(https?://\S+)$", re.MULTILINE)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def gate(data: Path) -> Iterator[Gate]:
    """The gate of the desk in that data folder, beside whatever command uses it."""
    store = open_store(data, None)
    yield Gate(store, RelyingParty(ORIGIN), get_utc_now)
    store.close()


def editor(data: Path, *arguments: str, origin: str = ORIGIN):
    return doorwise("editor", *arguments, "--data", data, "--origin", origin)


def test_the_list_shows_everybody_and_how_they_stand(data, gate):
    assert "nobody has joined yet" in editor(data, "list").stdout
    owner = first_owner(gate, Authenticator(ORIGIN))
    phone = Authenticator(ORIGIN)
    wang = newcomer(gate, owner, phone, "Wang", "translator", "en", "zh-Hans")
    sign_in(gate, phone)
    disable_person(gate, owner.person, wang.id)

    first, second = editor(data, "list").stdout.splitlines()

    assert first == f"Li: owner, active, 1 passkeys, last sign-in never, {owner.id}"
    assert re.fullmatch(
        rf"Wang: translator en zh-Hans, disabled, 1 passkeys, last sign-in 20\d\d-\S+Z, {wang.id}", second
    )


@pytest.mark.parametrize("by", ["name", "id", "other case"])
def test_the_console_lets_somebody_back_in(data, gate, by):
    owner = first_owner(gate, Authenticator(ORIGIN))

    done = editor(data, "recover", {"name": "Li", "id": owner.id, "other case": "lI"}[by])
    new = Authenticator(ORIGIN)
    follow(gate, Purpose.RECOVER, LINK.findall(done.stdout)[0], new)

    assert find_session(gate, sign_in(gate, new)).person == owner.id


def test_somebody_who_is_not_there_or_disabled_is_named(data, gate):
    owner = first_owner(gate, Authenticator(ORIGIN))
    wang = newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    disable_person(gate, owner.person, wang.id)

    for name, words in (("Zhao", f"nobody is called so: Li ({owner.id}), Wang"), ("Wang", "was disabled")):
        done = editor(data, "recover", name)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_a_first_link_is_there_until_an_owner_has_finished(data, gate):
    (address,) = LINK.findall(editor(data, "first-link").stdout)
    assert find_link(gate, Purpose.FIRST, token_of(address)).role == "owner"
    first_owner(gate, Authenticator(ORIGIN))

    done = editor(data, "first-link")

    assert done.returncode == 2
    assert "doorwise editor recover" in done.stderr


def test_the_desk_moves_to_another_domain(data, gate):
    owner = first_owner(gate, Authenticator(ORIGIN))
    newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    new_origin = "https://new.example.org"

    done = editor(data, "move-domain", origin=new_origin)

    links = LINK.findall(done.stdout)
    assert len(links) == 2
    assert all(link.startswith(f"{new_origin}/editor/move/") for link in links)
    moved = Gate(gate.store, RelyingParty(new_origin), get_utc_now)
    device = Authenticator(new_origin)
    follow(moved, Purpose.MOVE, links[0], device)
    session = find_session(moved, sign_in(moved, device))
    assert find_member(moved, session.person).person.name == "Li"


@pytest.mark.parametrize("command", ["list", "first-link", "move-domain"])
def test_a_command_that_does_not_know_the_address_asks_for_it(data, command):
    done = doorwise("editor", command, "--data", data)

    assert done.returncode == 2
    assert "--origin" in done.stderr


def test_an_origin_that_is_none_is_refused(data):
    done = editor(data, "list", origin="desk.example.org")

    assert done.returncode == 2
    assert "origin: 'desk.example.org' – expected https://" in done.stderr


# ---- doorwise run ----


@pytest.fixture
def server(published: Publisher) -> Iterator[ServerProcess]:
    process = ServerProcess(published.data.root, packs=published.packs)
    yield process
    process.stop()


def test_the_first_start_prints_the_first_owners_link_before_it_is_ready(server):
    server.start()
    lines = "".join(server.lines)

    (address,) = LINK.findall(lines)
    assert address.startswith(f"{server.url}/editor/setup/")
    assert lines.index(address) < lines.index("Doorwise is ready")
    assert ask(server.port, address.removeprefix(server.url)).status == 200
    assert "<form" in ask(server.port, address.removeprefix(server.url)).body.decode()


def test_a_command_knows_the_running_servers_address(server):
    server.start()

    said = server.command("editor", "first-link").stdout

    assert LINK.findall(said)[0].startswith(f"{server.url}/editor/setup/")


def test_once_an_owner_has_finished_a_start_prints_nothing(server, published):
    server.start()
    server.stop()
    store = open_store(published.data.root, None)
    gate = Gate(store, RelyingParty(server.url), get_utc_now)
    first_owner(gate, Authenticator(server.url))
    store.close()
    server.lines.clear()

    server.start()

    assert not LINK.findall("".join(server.lines))


def test_a_desk_at_a_new_address_says_what_to_do(server, published):
    store = open_store(published.data.root, None)
    first_owner(Gate(store, RelyingParty(ORIGIN), get_utc_now), Authenticator(ORIGIN))
    store.close()

    server.start()

    lines = "".join(server.lines)
    assert f"No owner of the editors' desk has a passkey for {server.url}" in lines
    assert "doorwise editor move-domain" in lines


def test_the_origin_and_the_prefix_are_in_the_link_and_the_cookie(server):
    server.options = ("--origin", ORIGIN, "--url-prefix", "/help", "--trusted-proxy", CLIENT)
    server.start()
    (address,) = LINK.findall("".join(server.lines))
    proxied = {"Host": "desk.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "desk.example.org"}

    answer = ask(server.port, address.removeprefix(ORIGIN), proxied)

    assert address.startswith(f"{ORIGIN}/help/editor/setup/")
    assert answer.status == 200
    assert "Path=/help/editor/; SameSite=Strict" in answer.headers["set-cookie"]
    assert answer.headers["set-cookie"].startswith("__Secure-doorwise_start=")
    assert b'data-options="/help/editor/setup/' in answer.body


def test_a_damaged_desk_does_not_keep_readers_from_being_served(server, published):
    desk = published.data.root / "desk"
    desk.mkdir()
    for name in ("store.json", "store.json.before"):
        (desk / name).write_bytes(b"{")

    server.start()

    assert "readers are served, the editors' desk is not" in "".join(server.lines)
    assert ask(server.port, "/xa/en/now/").status == 200
    assert ask(server.port, "/editor/").status in (500, 503)
    assert b"cannot reach its data" in ask(server.port, "/editor/").body


@pytest.mark.parametrize("trusted", [True, False])
def test_who_asks_through_a_proxy_is_told_apart_only_when_the_proxy_is_trusted(server, trusted):
    """Otherwise anybody could pretend to be somebody else at each attempt."""
    server.options = ("--trusted-proxy", CLIENT) if trusted else ()
    server.start()
    path = f"/editor/setup/{'x' * 43}"
    statuses = [ask(server.port, path, {"X-Forwarded-For": "203.0.113.5"}).status for _ in range(31)]

    other = ask(server.port, path, {"X-Forwarded-For": "198.51.100.200"}).status

    assert statuses == [410] * 30 + [429]
    assert other == (410 if trusted else 429)
    server.stop()
    assert not re.search(r"203\.0\.113|198\.51\.100", "".join(server.lines))


@pytest.mark.parametrize(
    ("lifetime", "words"),
    [(timedelta(hours=1), "1 hour"), (timedelta(hours=24), "24 hours"), (timedelta(days=3), "3 days")],
)
def test_what_is_printed_with_a_link_is_how_long_it_is_good(data, gate, monkeypatch, lifetime, words):
    for purpose in Purpose:
        monkeypatch.setitem(LIFETIME, purpose, lifetime)
    options = ["--data", str(data), "--origin", ORIGIN]

    first = [list_start_messages(gate)[0], CliRunner().invoke(cli, ["editor", "first-link", *options]).output]
    first_owner(gate, Authenticator(ORIGIN))
    later = [CliRunner().invoke(cli, ["editor", *way, *options]).output for way in (["recover", "Li"], ["move-domain"])]

    for printed in (*first, *later):
        assert f"within {words}" in printed
