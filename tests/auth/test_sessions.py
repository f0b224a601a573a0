"""Sessions: what opens them, what ends them, and what a thief of the store's files cannot do with them."""

import pytest

from server.auth.errors import Gone
from server.auth.passkeys.sign_in import begin_confirm, begin_sign_in, finish_confirm, finish_sign_in
from server.auth.sessions import end_session, find_session, list_open_sessions, record_session_use
from tests.auth.authenticator import Authenticator
from tests.auth.desk import BROWSER, ORIGIN, newcomer, sign_in


def sign_in_again(gate, device, session):
    ceremony = begin_sign_in(gate, BROWSER)
    return finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options), session=session)[1]


def test_each_sign_in_makes_a_new_token_and_ends_the_session_before(gate, owner, device):
    """Session fixation: a token from before a sign-in is worth nothing after it."""
    before = sign_in(gate, device)

    after = sign_in_again(gate, device, find_session(gate, before))

    assert after != before
    assert find_session(gate, before) is None
    assert find_session(gate, after) is not None
    assert find_session(gate, after).csrf


def test_the_store_holds_no_token(gate, store, owner, device):
    token = sign_in(gate, device)

    held = repr(store.docs) + repr(store.logs)

    assert token not in held


def test_a_session_ends_when_it_is_idle(gate, owner, device, clock):
    token = sign_in(gate, device)

    clock.move(minutes=29, seconds=59)
    assert find_session(gate, token) is not None
    clock.move(seconds=1)
    assert find_session(gate, token) is None


def test_use_keeps_a_session_open_until_its_absolute_end(gate, owner, device, clock):
    token = sign_in(gate, device)
    for _ in range(35):
        clock.move(minutes=20)
        session = find_session(gate, token)
        assert session is not None
        record_session_use(gate, session)

    clock.move(minutes=20)

    assert find_session(gate, token) is None, "twelve hours are over"


def test_the_last_use_is_written_once_a_minute_at_most(gate, store, owner, device, clock):
    token = sign_in(gate, device)
    version = find_session(gate, token).version

    clock.move(seconds=59)
    record_session_use(gate, find_session(gate, token))
    assert find_session(gate, token).version == version
    clock.move(seconds=1)
    record_session_use(gate, find_session(gate, token))
    assert find_session(gate, token).version == version + 1


def test_a_session_that_was_just_ended_is_not_brought_back_by_its_last_request(gate, store, owner, device, clock):
    token = sign_in(gate, device)
    clock.move(minutes=5)
    session = find_session(gate, token)
    end_session(gate, owner.person, session.id, what="signed-out")

    record_session_use(gate, session)

    assert find_session(gate, token) is None


def test_nobody_ends_another_persons_session(gate, owner, device):
    other = Authenticator(ORIGIN)
    member = newcomer(gate, owner, other, "Wang")
    token = sign_in(gate, device)

    with pytest.raises(Gone):
        end_session(gate, member.person, find_session(gate, token).id, what="session.ended")

    assert find_session(gate, token) is not None


def test_a_sign_in_is_fresh_for_ten_minutes_and_again_after_a_confirmation(gate, owner, device, clock):
    token = sign_in(gate, device)
    assert find_session(gate, token).is_fresh(gate)
    clock.move(minutes=10)
    session = find_session(gate, token)
    assert not session.is_fresh(gate)

    ceremony = begin_confirm(gate, owner.person, BROWSER)
    finish_confirm(gate, owner.person, session, BROWSER, ceremony.ticket, device.get(ceremony.options))

    assert find_session(gate, token).is_fresh(gate)


def test_sessions_of_one_second_are_listed_the_newest_first(gate, owner, device, clock):
    began = []
    for _ in range(8):
        clock.move(milliseconds=2)
        found = find_session(gate, sign_in(gate, device))
        began.append(found.id)

    assert [one.id for one in list_open_sessions(gate, owner.id)][:8] == began[::-1]


def test_sessions_that_are_over_are_cleared_away_at_the_next_sign_in(gate, store, owner, device, clock):
    for _ in range(3):
        sign_in(gate, device)
    clock.move(hours=1)

    sign_in(gate, device)

    assert len(store.find("session")) == 1
    assert len(list_open_sessions(gate, owner.id)) == 1
