"""The whole life of an account on each real store, not only on the one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.auth.audit import read_audit_page
from server.auth.errors import LastOwner, LinkSpent, PasskeyRejected, PasskeySuspended, TooManyAttempts
from server.auth.gate import Gate
from server.auth.limits import count_attempt
from server.auth.passkeys.passkey import list_passkeys
from server.auth.passkeys.register import begin_link_ceremony, finish_link_ceremony
from server.auth.passkeys.sign_in import begin_sign_in, finish_sign_in, remove_passkey
from server.auth.people.link_purposes import Purpose
from server.auth.people.members import change_role, disable_person, get_member, list_members
from server.auth.people.one_time_links import (
    find_link,
    make_first_link,
    make_invitation_link,
    make_recovery_link,
    make_recovery_link_for_code,
)
from server.auth.sessions import end_session, find_session, list_open_sessions, record_session_use
from server.store.open import open_store
from tests.auth.authenticator import Authenticator
from tests.auth.desk import (
    BROWSER,
    ORIGIN,
    Clock,
    add_passkey,
    first_owner,
    follow,
    make_gate,
    newcomer,
    print_codes,
    sign_in,
    token_of,
)


@pytest.fixture(params=["tinydb", "postgres"])
def real_gate(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Gate]:
    """A gate on an empty store of each kind."""
    url = None
    if request.param == "postgres":
        url = request.getfixturevalue("database_server").new_database()
    store = open_store(tmp_path, url)
    yield make_gate(store, clock)
    store.close()


def test_an_account_from_its_first_link_to_its_end(real_gate, clock):
    gate, device, other = real_gate, Authenticator(ORIGIN), Authenticator(ORIGIN)
    owner = first_owner(gate, device)
    assert make_first_link(gate.store, ORIGIN) is None
    wang = newcomer(gate, owner, other, "王芳", "translator", "zh-Hans")

    token = sign_in(gate, other)
    clock.move(minutes=2)
    record_session_use(gate, find_session(gate, token))
    add_passkey(gate, get_member(gate, wang.id), Authenticator(ORIGIN))
    change_role(gate, owner.person, wang.id, "owner", [])
    (phone,) = [one for one in list_passkeys(gate, wang.id) if one.name == "phone"]
    assert remove_passkey(gate, wang.person, phone.id).secured
    assert find_session(gate, token) is None

    with pytest.raises(PasskeyRejected):
        sign_in(gate, other)
    new = Authenticator(ORIGIN)
    follow(gate, Purpose.RECOVER, make_recovery_link_for_code(gate, print_codes(gate, wang)[0]), new)
    follow(gate, Purpose.RECOVER, make_recovery_link(gate, owner.person, wang.id), Authenticator(ORIGIN))
    assert len(list_open_sessions(gate, wang.id)) == 1
    end_session(gate, wang.person, list_open_sessions(gate, wang.id)[0].id, what="signed-out")
    make_invitation_link(gate, owner.person, "reader", [])
    disable_person(gate, owner.person, wang.id)
    with pytest.raises(LastOwner):
        disable_person(gate, owner.person, owner.id)

    assert [(one.person.name, one.active) for one in list_members(gate)] == [("Li", True), ("王芳", False)]
    entries = read_audit_page(gate.store)
    assert [entry.seq for entry in entries] == list(range(len(entries), 0, -1))
    assert entries[0].body["what"] == "person.disabled"
    assert gate.store.check() == []


def test_counters_challenges_and_suspension(real_gate):
    gate, device = real_gate, Authenticator(ORIGIN)
    first_owner(gate, device)
    device.credentials[0].count = 7
    sign_in(gate, device)
    ceremony = begin_sign_in(gate, BROWSER)
    answer = device.get(ceremony.options, count=3)
    with pytest.raises(PasskeySuspended):
        finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)
    with pytest.raises(PasskeyRejected):
        finish_sign_in(gate, BROWSER, ceremony.ticket, answer, session=None)
    for _ in range(5):
        count_attempt(gate, "code", "007")
    with pytest.raises(TooManyAttempts):
        count_attempt(gate, "code", "007")


@pytest.mark.parametrize("finish", ["codes", "passkey"])
def test_a_set_up_link_of_a_restart_is_worth_nothing_once_the_first_owner_has_finished(real_gate, finish):
    gate, device = real_gate, Authenticator(ORIGIN)
    owner = follow(gate, Purpose.FIRST, str(make_first_link(gate.store, ORIGIN)), device, "Li")
    restarted = str(make_first_link(gate.store, ORIGIN))
    if finish == "codes":
        print_codes(gate, owner)
    else:
        add_passkey(gate, owner, Authenticator(ORIGIN))

    with pytest.raises(LinkSpent):
        follow(gate, Purpose.FIRST, restarted, Authenticator(ORIGIN), "Wang")

    assert [one.person.name for one in list_members(gate)] == ["Li"]
    assert gate.store.find("invite") == [], "the link is gone, and not only refused"


def test_a_set_up_link_that_a_restart_stores_too_late_is_refused(real_gate):
    """Two processes: one saw no owner and prints a link, the other stores the owner's last step before it."""
    gate, device = real_gate, Authenticator(ORIGIN)
    owner = follow(gate, Purpose.FIRST, str(make_first_link(gate.store, ORIGIN)), device, "Li")
    late = Interrupted(gate.store, "invite", lambda: print_codes(gate, owner))

    address = str(make_first_link(late, ORIGIN))

    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.FIRST, token_of(address))


@pytest.mark.parametrize("moment", ["before the answer", "before the commit"])
def test_a_set_up_link_followed_while_the_first_owner_finishes_makes_no_second_owner(real_gate, moment):
    gate, device = real_gate, Authenticator(ORIGIN)
    owner = follow(gate, Purpose.FIRST, str(make_first_link(gate.store, ORIGIN)), device, "Li")
    link = find_link(gate, Purpose.FIRST, token_of(str(make_first_link(gate.store, ORIGIN))))
    other = Authenticator(ORIGIN)
    ceremony = begin_link_ceremony(gate, link, BROWSER, name="Wang")
    answer = other.create(ceremony.options)
    late = gate
    if moment == "before the answer":
        print_codes(gate, owner)
    else:
        late = replace(gate, store=Interrupted(gate.store, "passkey", lambda: print_codes(gate, owner)))

    with pytest.raises(LinkSpent):
        finish_link_ceremony(
            late, link, BROWSER, ceremony.ticket, answer, passkey_name="phone", language="en", session=None
        )

    assert [(one.person.name, one.active) for one in list_members(gate)] == [("Li", True)]


class Interrupted:
    """A store in which somebody else is faster once: `before` runs just before the first commit to that kind."""

    def __init__(self, store: Any, kind: str, before: Callable[[], object]) -> None:
        self._store, self._kind, self._before = store, kind, [before]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, changes: Any) -> Any:
        if self._before and any(getattr(one, "kind", "") == self._kind for one in changes):
            self._before.pop()()
        return self._store.commit(changes)
