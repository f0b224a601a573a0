"""Brute force: attempts are counted for everybody who asks from there, over all processes."""

import pytest

from server.auth.errors import TooManyAttempts
from server.auth.limits import GROUPS, RULES, compute_sender_group, count_attempt
from tests.auth.desk import make_gate

KEY = "a key of the desk"


@pytest.mark.parametrize("rule", RULES)
def test_one_attempt_too_many_is_refused_until_the_window_ends(gate, clock, rule):
    item = RULES[rule]
    for _ in range(item.amount):
        count_attempt(gate, rule, "007")

    with pytest.raises(TooManyAttempts) as refusal:
        count_attempt(gate, rule, "007")
    assert refusal.value.retry_after_s == item.get_expiry()
    clock.move(seconds=item.get_expiry() - 1)
    with pytest.raises(TooManyAttempts):
        count_attempt(gate, rule, "007")
    clock.move(seconds=1)
    count_attempt(gate, rule, "007")


def test_others_are_not_locked_out(gate):
    for _ in range(5):
        count_attempt(gate, "code", "007")

    count_attempt(gate, "code", "008")
    count_attempt(gate, "sign-in", "007")


def test_another_process_counts_on(gate, store, clock):
    for _ in range(5):
        count_attempt(gate, "code", "007")

    with pytest.raises(TooManyAttempts):
        count_attempt(make_gate(store, clock), "code", "007")


def test_attempts_at_the_same_moment_are_all_counted(gate, store, monkeypatch):
    """A lost update would be a free attempt."""
    commit = store.commit
    meanwhile = [True]

    def interrupted(changes):
        if meanwhile:
            meanwhile.clear()
            count_attempt(gate, "code", "007")
        return commit(changes)

    monkeypatch.setattr(store, "commit", interrupted)
    count_attempt(gate, "code", "007")

    (counter,) = store.find("limit")
    assert counter.body["count"] == 2


def test_a_refused_attempt_writes_nothing(gate, store):
    """Or a flood of attempts would be a flood of writes."""
    for _ in range(5):
        count_attempt(gate, "code", "007")
    (before,) = store.find("limit")

    with pytest.raises(TooManyAttempts):
        count_attempt(gate, "code", "007")

    assert store.find("limit") == [before]


def test_old_counters_are_cleared_away(gate, store, clock):
    for who in ("001", "002", "003"):
        count_attempt(gate, "code", who)
    clock.move(hours=1)

    count_attempt(gate, "code", "004")

    assert [doc.id.split("/")[2] for doc in store.find("limit")] == ["004"]


def test_no_address_is_stored_and_a_group_does_not_say_who_it_was(gate, store):
    addresses = [f"198.51.{high}.{low}" for high in range(80) for low in range(250)]
    groups = [compute_sender_group(KEY, address) for address in addresses]
    count_attempt(gate, "code", compute_sender_group(KEY, addresses[0]))

    assert len(set(groups)) > GROUPS * 0.9, "the groups are used"
    assert len(set(groups)) <= GROUPS, "and many addresses share one"
    assert "198.51" not in repr(store.docs)


def test_whoever_does_not_know_the_key_cannot_choose_a_group(gate):
    assert compute_sender_group(KEY, "198.51.100.1") != compute_sender_group("another key", "198.51.100.1")


def test_one_households_addresses_are_one_group(gate):
    assert compute_sender_group(KEY, "2001:db8:1:2::1") == compute_sender_group(KEY, "2001:db8:1:2:ffff::9")
    assert compute_sender_group(KEY, "2001:db8:1:2::1") != compute_sender_group(KEY, "2001:db8:1:3::1")


@pytest.mark.parametrize("address", [None, "", "unix:", "nonsense"])
def test_an_address_that_is_none_has_a_group_too(address):
    assert int(compute_sender_group(KEY, address), 16) < GROUPS
