"""What must not get through the two ceremonies, each lie told by an authenticator that otherwise works."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server.auth.errors import LinkSpent, PasskeyRejected, PasskeySuspended
from server.auth.passkeys.challenges import consume_challenge, issue_challenge
from server.auth.passkeys.passkey import list_passkeys
from server.auth.passkeys.register import (
    begin_further_passkey,
    begin_link_ceremony,
    finish_further_passkey,
    finish_link_ceremony,
)
from server.auth.passkeys.sign_in import begin_confirm, begin_sign_in, finish_confirm, finish_sign_in
from server.auth.people.link_purposes import Purpose
from server.auth.people.members import get_member, list_members
from server.auth.people.one_time_links import find_link, make_first_link, make_invitation_link
from server.auth.sessions import find_session, list_open_sessions
from server.store.protocol import Delete, Put
from tests.auth.authenticator import Authenticator, decode, encode
from tests.auth.desk import BROWSER, ORIGIN, add_passkey, first_owner, make_gate, newcomer, sign_in, token_of

FOREIGN = "https://desk.example.org.evil.example"


# ---- signing in ----


def test_a_passkey_signs_in_without_a_name(gate, owner, device):
    token = sign_in(gate, device)

    session = find_session(gate, token)
    assert session is not None
    assert session.person == owner.id


def test_a_challenge_works_once(gate, owner, device):
    """A recorded answer must be worthless, even to somebody with the same browser."""
    device.synced = True
    ceremony = begin_sign_in(gate, BROWSER)
    answer = device.get(ceremony.options)
    finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)

    with pytest.raises(PasskeyRejected, match="never issued"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)


def test_a_challenge_is_gone_after_a_failure_too(gate, owner, device):
    ceremony = begin_sign_in(gate, BROWSER)
    with pytest.raises(PasskeyRejected):
        finish_sign_in(gate, BROWSER, ceremony.ticket, {}, session=None)

    with pytest.raises(PasskeyRejected, match="never issued"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options), session=None)


def test_an_answer_to_an_earlier_challenge_is_refused(gate, owner, device):
    """The ticket is fresh, the signed challenge is not."""
    earlier = begin_sign_in(gate, BROWSER)
    recorded = device.get(earlier.options)
    now = begin_sign_in(gate, BROWSER)

    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_sign_in(gate, BROWSER, now.ticket, recorded, session=None)


def test_a_challenge_is_short_lived(gate, owner, device, clock):
    ceremony = begin_sign_in(gate, BROWSER)
    clock.move(minutes=5)

    with pytest.raises(PasskeyRejected, match="expired"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options), session=None)


def test_a_challenge_belongs_to_its_browser(gate, owner, device):
    """Otherwise somebody could finish, in a victim's browser, what they began in their own."""
    ceremony = begin_sign_in(gate, BROWSER)

    with pytest.raises(PasskeyRejected, match="another browser"):
        finish_sign_in(gate, "another browser", ceremony.ticket, device.get(ceremony.options), session=None)


def test_a_challenge_for_one_thing_does_not_serve_another(gate, owner, device):
    ceremony = begin_confirm(gate, owner.person, BROWSER)

    with pytest.raises(PasskeyRejected, match="issued for confirm"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options), session=None)


def test_expired_challenges_are_cleared_away(gate, store, clock):
    for _ in range(3):
        issue_challenge(gate, "sign-in", BROWSER)
    clock.move(minutes=6)

    kept = issue_challenge(gate, "sign-in", BROWSER)

    assert [doc.id for doc in store.find("challenge")] == [kept.ticket]


LIES = {
    "foreign origin": {"origin": FOREIGN},
    "sub-domain": {"origin": "https://evil.desk.example.org"},
    "another port": {"origin": ORIGIN + ":8443"},
    "no TLS": {"origin": ORIGIN.replace("https", "http")},
    "other RP ID": {"rp_id": "example.org"},
    "unverified user": {"verified": False},
    "other challenge": {"challenge": encode(b"x" * 32)},
}
in_each_lie = pytest.mark.parametrize("lie", LIES.values(), ids=LIES)


@in_each_lie
def test_a_lie_does_not_sign_in(gate, owner, device, lie):
    ceremony = begin_sign_in(gate, BROWSER)
    before = list_open_sessions(gate, owner.id)

    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options, **lie), session=None)

    assert list_open_sessions(gate, owner.id) == before
    assert not list_passkeys(gate, owner.id)[0].suspended_at, "a lie must not be able to suspend a passkey either"


@in_each_lie
def test_a_lie_makes_no_passkey(gate, owner, lie):
    ceremony = begin_further_passkey(gate, owner.person, BROWSER)
    answer = Authenticator(ORIGIN).create(ceremony.options, **lie)

    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_further_passkey(gate, owner.person, BROWSER, ceremony.ticket, answer, passkey_name="")

    assert len(list_passkeys(gate, owner.id)) == 1


@in_each_lie
def test_a_lie_does_not_confirm(gate, owner, device, lie):
    session = find_session(gate, sign_in(gate, device))
    ceremony = begin_confirm(gate, owner.person, BROWSER)

    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_confirm(gate, owner.person, session, BROWSER, ceremony.ticket, device.get(ceremony.options, **lie))


@in_each_lie
def test_a_lie_does_not_use_up_a_link(gate, store, lie):
    link = find_link(gate, Purpose.FIRST, token_of(make_first_link(store, ORIGIN)))
    ceremony = begin_link_ceremony(gate, link, BROWSER, name="Li")
    answer = Authenticator(ORIGIN).create(ceremony.options, **lie)

    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_link_ceremony(gate, link, BROWSER, ceremony.ticket, answer, passkey_name="", language="en", session=None)

    assert list_members(gate) == []
    assert store.get("invite", link.id) is not None


def test_a_signature_by_another_key_is_refused(gate, owner, device):
    ceremony = begin_sign_in(gate, BROWSER)
    answer = device.get(ceremony.options, signed_by=ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)


def test_an_answer_of_the_other_ceremony_is_refused(gate, owner, device):
    ceremony = begin_sign_in(gate, BROWSER)

    answer = device.get(ceremony.options, kind="webauthn.create")
    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)


def broken(answer: dict, how: str) -> object:
    response = answer["response"]
    data = decode(response["authenticatorData"])
    match how:
        case "no response":
            return {**answer, "response": None}
        case "text for response":
            return {**answer, "response": "x"}
        case "list for signature":
            return {**answer, "response": {**response, "signature": [1]}}
        case "no base64":
            return {**answer, "response": {**response, "clientDataJSON": "\ud83d"}}
        case "no JSON":
            return {**answer, "response": {**response, "clientDataJSON": encode(b"\xff")}}
        case "list for client data":
            return {**answer, "response": {**response, "clientDataJSON": encode(b"[]")}}
        case "short data":
            return {**answer, "response": {**response, "authenticatorData": encode(data[:20])}}
        case "trailing data":
            return {**answer, "response": {**response, "authenticatorData": encode(data + b"\0" * 9)}}
        case "claims attested data":
            return {**answer, "response": {**response, "authenticatorData": encode(data[:32] + b"\x45" + data[33:])}}
        case "another type":
            return {**answer, "type": "password"}
        case "ids that differ":
            return {**answer, "rawId": encode(b"x" * 32)}
        case "number for id":
            return {**answer, "id": 7}
    raise AssertionError(how)


BROKEN = ["no response", "text for response", "list for signature", "no base64", "no JSON", "list for client data"]
BROKEN += ["short data", "trailing data", "claims attested data", "another type", "ids that differ", "number for id"]


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_malformed_is_refused_and_no_fault(gate, owner, device, how):
    ceremony = begin_sign_in(gate, BROWSER)

    answer = broken(device.get(ceremony.options), how)
    with pytest.raises(PasskeyRejected):
        finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("value", ["", "!", encode(b"\xff\x00"), encode(b"\xa1\x63fmt\x61x"), 7, None, {}])
def test_a_malformed_registration_is_refused_and_no_fault(gate, owner, part, value):
    ceremony = begin_further_passkey(gate, owner.person, BROWSER)
    answer = Authenticator(ORIGIN).create(ceremony.options)
    answer["response"][part] = value

    with pytest.raises(PasskeyRejected):
        finish_further_passkey(gate, owner.person, BROWSER, ceremony.ticket, answer, passkey_name="")


# ---- the counter ----


@pytest.mark.parametrize("count", [5, 4, 1], ids=["repeated", "behind", "from the start"])
def test_a_cloned_passkey_is_refused_and_suspended(gate, owner, device, count):
    device.credentials[0].count = 4
    token = sign_in(gate, device)  # counts to 5
    ceremony = begin_sign_in(gate, BROWSER)

    with pytest.raises(PasskeySuspended):
        finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options, count=count), session=None)

    assert list_passkeys(gate, owner.id)[0].suspended_at
    assert find_session(gate, token) is None, "what was opened with either of the two is closed"
    entry = gate.store.entries("audit", limit=1, newest_first=True)[0]
    assert entry.body["what"] == "passkey.suspended"


def test_a_suspended_passkey_is_not_believed_again(gate, owner, device):
    device.credentials[0].count = 4
    sign_in(gate, device)
    ceremony = begin_sign_in(gate, BROWSER)
    with pytest.raises(PasskeySuspended):
        finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options, count=2), session=None)

    device.credentials[0].count = 90
    with pytest.raises(PasskeySuspended):
        sign_in(gate, device)


def test_a_counter_that_goes_back_with_a_wrong_signature_suspends_nothing(gate, owner, device):
    """Or anybody who knows a credential's id could lock its person out."""
    device.credentials[0].count = 4
    sign_in(gate, device)
    ceremony = begin_sign_in(gate, BROWSER)
    answer = device.get(ceremony.options, count=2, signed_by=ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(PasskeyRejected, match="did not verify"):
        finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)

    assert not list_passkeys(gate, owner.id)[0].suspended_at


def test_a_synced_passkey_that_does_not_count_goes_on_working(gate, store):
    device = Authenticator(ORIGIN, synced=True)
    owner = first_owner(gate, device)

    for _ in range(3):
        sign_in(gate, device)

    assert list_passkeys(gate, owner.id)[0].is_synced


def use_with_counts(gate, device: Authenticator, *counts: int) -> list[str]:
    """Sign in with these counters, one after another. Return the sessions' tokens."""
    tokens = []
    for count in counts:
        ceremony = begin_sign_in(gate, BROWSER)
        answer = device.get(ceremony.options, count=count)
        tokens.append(finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)[1])
    return tokens


def list_counter_lines(gate) -> list[str]:
    """What the log of the desk says of counters."""
    return [
        entry.body["what"]
        for entry in gate.store.entries("audit", limit=50)
        if entry.body["what"] in ("passkey.counter", "passkey.suspended")
    ]


@pytest.mark.parametrize("counts", [(5, 0), (5, 5), (5, 90, 6, 91, 7)], ids=["falls to 0", "repeats", "out of order"])
@pytest.mark.parametrize("backed_up", [True, False], ids=["synced", "may sync"])
def test_a_passkey_that_syncs_is_never_suspended_for_its_counter(gate, counts, backed_up):
    """Each of its devices may count by itself. The log tells of it once."""
    device = Authenticator(ORIGIN, synced=backed_up, may_sync=True)
    owner = first_owner(gate, device)
    add_passkey(gate, owner, Authenticator(ORIGIN))
    device.credentials[0].count = 0

    tokens = use_with_counts(gate, device, *counts)

    first = next(one for one in list_passkeys(gate, owner.id) if one.credential == encode(device.credentials[0].id))
    assert (first.suspended_at, bool(first.counter_off_at)) == ("", True)
    assert all(find_session(gate, token) for token in tokens), "what was opened stays open"
    assert list_counter_lines(gate) == ["passkey.counter"]


def test_a_copy_cannot_call_itself_synced(gate, owner, device):
    """Whether a passkey syncs is what it said when it was made: who holds a copy signs whatever they like."""
    use_with_counts(gate, device, 5)
    device.synced = True

    with pytest.raises(PasskeySuspended):
        use_with_counts(gate, device, 4)


def test_a_passkey_made_before_this_was_recorded_is_judged_by_what_it_was(gate, store, owner, device):
    """The documents of earlier versions have neither field."""
    for synced, expected in ((True, True), (False, False)):
        passkey = list_passkeys(gate, owner.id)[0]
        body = {**passkey.build_body(), "is_synced": synced}
        del body["may_sync"], body["counter_off_at"]
        store.commit([Put("passkey", passkey.id, body, expect=passkey.version)])

        assert list_passkeys(gate, owner.id)[0].is_on_many_devices() is expected


def test_the_last_way_in_is_not_suspended_and_the_log_tells_each_time(gate, store, owner, device):
    for code in store.find("code", person=owner.id):
        store.commit([Delete("code", code.id)])

    tokens = use_with_counts(gate, device, 5, 5, 3)

    passkey = list_passkeys(gate, owner.id)[0]
    assert (passkey.suspended_at, bool(passkey.counter_off_at), passkey.sign_count) == ("", True, 3)
    assert find_session(gate, tokens[-1])
    assert list_counter_lines(gate) == ["passkey.counter"] * 2


@pytest.mark.parametrize("way", ["another passkey", "recovery codes"])
def test_with_another_way_in_a_copied_passkey_is_suspended(gate, store, owner, device, way):
    if way == "another passkey":
        add_passkey(gate, owner, Authenticator(ORIGIN))
        for code in store.find("code", person=owner.id):
            store.commit([Delete("code", code.id)])
    use_with_counts(gate, device, 5)

    with pytest.raises(PasskeySuspended):
        use_with_counts(gate, device, 4)

    assert list_counter_lines(gate) == ["passkey.suspended"]


def test_a_passkey_of_another_address_or_suspended_is_no_other_way_in(gate, store, owner, device):
    for code in store.find("code", person=owner.id):
        store.commit([Delete("code", code.id)])
    for broken in ({"suspended_at": "2026-11-01T00:00:00Z"}, {"rp_id": "old.example.org"}):
        other = Authenticator(ORIGIN)
        add_passkey(gate, owner, other)
        passkey = next(
            one for one in list_passkeys(gate, owner.id) if one.credential == encode(other.credentials[0].id)
        )
        store.commit([replace(passkey, **broken).build_save_change()])

    use_with_counts(gate, device, 5, 4)

    assert list_counter_lines(gate) == ["passkey.counter"]


def test_the_confirmation_of_a_passkey_out_of_order_is_told_too(gate, store, owner, device):
    for code in store.find("code", person=owner.id):
        store.commit([Delete("code", code.id)])
    session = find_session(gate, use_with_counts(gate, device, 5)[0])
    ceremony = begin_confirm(gate, owner.person, BROWSER)

    answer = device.get(ceremony.options, count=0)
    finish_confirm(gate, owner.person, session, BROWSER, ceremony.ticket, answer)

    assert list_counter_lines(gate) == ["passkey.counter"]


# ---- other people's passkeys, other addresses ----


def test_somebody_elses_passkey_does_not_confirm(gate, owner, device):
    other = Authenticator(ORIGIN)
    newcomer(gate, owner, other, "Wang")
    session = find_session(gate, sign_in(gate, device))
    ceremony = begin_confirm(gate, owner.person, BROWSER)

    answer = other.get({**ceremony.options, "allowCredentials": []})
    with pytest.raises(PasskeyRejected, match="another person"):
        finish_confirm(gate, owner.person, session, BROWSER, ceremony.ticket, answer)


def test_a_ceremony_that_another_person_began_is_not_finished(gate, owner):
    other = newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    ceremony = begin_further_passkey(gate, other.person, BROWSER)

    answer = Authenticator(ORIGIN).create(ceremony.options)
    with pytest.raises(PasskeyRejected, match="another person"):
        finish_further_passkey(gate, owner.person, BROWSER, ceremony.ticket, answer, passkey_name="")


def test_a_ceremony_that_was_begun_for_another_link_is_not_finished(gate, owner):
    """Otherwise the name of a reader's invitation would come with the role of an owner's."""
    links = [
        find_link(gate, Purpose.INVITE, token_of(make_invitation_link(gate, owner.person, role, [])))
        for role in ("reader", "owner")
    ]
    ceremony = begin_link_ceremony(gate, links[0], BROWSER, name="Wang")
    answer = Authenticator(ORIGIN).create(ceremony.options)

    with pytest.raises(PasskeyRejected, match="another link"):
        finish_link_ceremony(
            gate, links[1], BROWSER, ceremony.ticket, answer, passkey_name="", language="en", session=None
        )


def test_a_credential_id_that_is_known_does_not_replace_its_passkey(gate, owner, device):
    """Otherwise whoever may join could take over another person's passkey by naming its id."""
    address = make_invitation_link(gate, owner.person, "editor", [])
    link = find_link(gate, Purpose.INVITE, token_of(address))
    ceremony = begin_link_ceremony(gate, link, BROWSER, name="Wang")
    answer = Authenticator(ORIGIN).create(ceremony.options, credential_id=device.credentials[0].id)

    with pytest.raises(PasskeyRejected, match="registered already"):
        finish_link_ceremony(gate, link, BROWSER, ceremony.ticket, answer, passkey_name="", language="en", session=None)

    assert find_session(gate, sign_in(gate, device)).person == owner.id


def test_after_a_move_the_former_address_is_not_accepted(gate, store, owner, device, clock):
    moved = make_gate(store, clock, "https://new.example.org")
    ceremony = begin_sign_in(moved, BROWSER)

    for lie in ({}, {"origin": "https://new.example.org"}, {"rp_id": "new.example.org"}):
        answer = device.get(ceremony.options, **lie)
        with pytest.raises(PasskeyRejected):
            finish_sign_in(moved, BROWSER, ceremony.ticket, answer, session=None)
        ceremony = begin_sign_in(moved, BROWSER)


def test_somebody_who_was_disabled_does_not_get_in(gate, store, owner):
    other = Authenticator(ORIGIN)
    member = get_member(gate, newcomer(gate, owner, other, "Wang").id)
    disabled = replace(member, active=False)
    store.commit([Put("person", member.id, disabled.build_body())])

    with pytest.raises(PasskeyRejected, match="may not sign in"):
        sign_in(gate, other)


# ---- two at the same moment ----


def at_the_same_moment(store, monkeypatch, kind: str, act: Callable[[], object]) -> None:
    """Run `act` once, between what the next commit on `kind` has read and its write."""
    commit = store.commit

    def interrupted(changes):
        if any(getattr(change, "kind", "") == kind for change in changes):
            monkeypatch.setattr(store, "commit", commit)
            act()
        return commit(changes)

    monkeypatch.setattr(store, "commit", interrupted)


def test_of_two_answers_to_one_challenge_at_the_same_moment_one_counts(gate, store, monkeypatch):
    ticket = issue_challenge(gate, "sign-in", BROWSER).ticket
    at_the_same_moment(store, monkeypatch, "challenge", lambda: consume_challenge(gate, ticket, "sign-in", BROWSER))

    with pytest.raises(PasskeyRejected, match="same moment"):
        consume_challenge(gate, ticket, "sign-in", BROWSER)


def test_of_two_who_follow_one_link_at_the_same_moment_one_joins(gate, store, owner, monkeypatch):
    address = make_invitation_link(gate, owner.person, "owner", [])
    link = find_link(gate, Purpose.INVITE, token_of(address))

    def join(name: str) -> None:
        ceremony = begin_link_ceremony(gate, link, name, name=name)
        answer = Authenticator(ORIGIN).create(ceremony.options)
        finish_link_ceremony(gate, link, name, ceremony.ticket, answer, passkey_name="", language="en", session=None)

    at_the_same_moment(store, monkeypatch, "passkey", lambda: join("Wang"))
    with pytest.raises(LinkSpent):
        join("Zhao")

    assert [one.person.name for one in list_members(gate)] == ["Li", "Wang"]


def test_two_passkeys_are_enough(gate, store):
    address = make_first_link(store, ORIGIN)
    assert address
    link = find_link(gate, Purpose.FIRST, token_of(address))
    ceremony = begin_link_ceremony(gate, link, BROWSER, name="Li")
    one, _ = finish_link_ceremony(
        gate,
        link,
        BROWSER,
        ceremony.ticket,
        Authenticator(ORIGIN).create(ceremony.options),
        passkey_name="",
        language="en",
        session=None,
    )

    assert not one.secured
    assert add_passkey(gate, one, Authenticator(ORIGIN)).secured
