"""Joining, roles, recovery, and that the desk is never without somebody who can look after it."""

from dataclasses import replace

import pytest

from server.auth.errors import (
    AccessDenied,
    BadInput,
    CodeRejected,
    Gone,
    LastOwner,
    LastPasskey,
    LinkSpent,
    NameTaken,
    PasskeyRejected,
)
from server.auth.passkeys.passkey import list_passkeys
from server.auth.passkeys.register import begin_link_ceremony
from server.auth.passkeys.sign_in import begin_sign_in, finish_sign_in, remove_passkey, rename_passkey
from server.auth.people.link_purposes import Purpose
from server.auth.people.members import change_role, disable_person, enable_person, get_member, list_members
from server.auth.people.one_time_links import (
    find_link,
    list_open_invites,
    make_first_link,
    make_invitation_link,
    make_move_links,
    make_recovery_link,
    make_recovery_link_for_code,
    withdraw_invite,
)
from server.auth.people.recovery_codes import (
    confirm_codes,
    count_codes,
    find_number_to_type,
    make_codes,
    normalize_code,
)
from server.auth.sessions import find_session, list_open_sessions
from server.store.protocol import Put
from tests.auth.authenticator import Authenticator
from tests.auth.desk import (
    BROWSER,
    ORIGIN,
    add_passkey,
    first_owner,
    follow,
    make_gate,
    newcomer,
    print_codes,
    sign_in,
    token_of,
)


def told(gate) -> list[str]:
    return [str(entry.body["what"]) for entry in gate.store.entries("audit")]


# ---- the first owner ----


def test_an_empty_desk_has_a_link_for_its_first_owner_and_then_no_more(gate, store, device):
    assert make_first_link(store, ORIGIN).startswith(f"{ORIGIN}/editor/setup/")

    owner = first_owner(gate, device)

    assert owner.person.role == "owner"
    assert make_first_link(store, ORIGIN) is None
    assert told(gate) == ["person.joined", "codes.made", "codes.confirmed"]


def test_a_link_is_printed_again_while_set_up_is_not_finished(gate, store, device):
    """A browser that died in the middle must not leave a desk that nobody can enter."""
    half = follow(gate, Purpose.FIRST, make_first_link(store, ORIGIN), device, "Li")
    address = make_first_link(store, ORIGIN)
    assert address is not None

    other = Authenticator(ORIGIN)
    whole = follow(gate, Purpose.FIRST, address, other, "Wang")

    assert not get_member(gate, half.id).active
    assert whole.active
    ceremony = begin_sign_in(gate, BROWSER)
    with pytest.raises(PasskeyRejected):
        finish_sign_in(gate, BROWSER, ceremony.ticket, device.get(ceremony.options), session=None)


def test_every_first_link_is_spent_once_one_of_them_was_followed(gate, store, device):
    one, two = make_first_link(store, ORIGIN), make_first_link(store, ORIGIN)

    make_first_link(store, ORIGIN)
    follow(gate, Purpose.FIRST, one, device, "Li")

    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.FIRST, token_of(two))


def test_an_owner_who_is_down_to_one_passkey_is_not_replaced_by_a_first_link(gate, store, device):
    owner = follow(gate, Purpose.FIRST, make_first_link(store, ORIGIN), device, "Li")
    add_passkey(gate, owner, Authenticator(ORIGIN))
    left = remove_passkey(gate, owner.person, list_passkeys(gate, owner.id)[0].id)

    assert not left.secured
    assert make_first_link(store, ORIGIN) is None


# ---- links ----


def test_an_invitation_gives_its_role_and_works_once(gate, owner):
    address = make_invitation_link(gate, owner.person, "translator", ["en"])
    device = Authenticator(ORIGIN)

    member = follow(gate, Purpose.INVITE, address, device, "Wang")

    assert (member.person.role, member.person.locales) == ("translator", ("en",))
    assert not member.secured
    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.INVITE, token_of(address))


def test_an_invitation_ends_after_a_week_also_when_it_is_open_already(gate, owner, clock):
    address = make_invitation_link(gate, owner.person, "editor", [])
    clock.move(days=7)

    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.INVITE, token_of(address))
    assert list_open_invites(gate) == []


def test_an_invitation_can_be_withdrawn(gate, owner):
    address = make_invitation_link(gate, owner.person, "editor", [])
    withdraw_invite(gate, owner.person, list_open_invites(gate)[0].id)

    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.INVITE, token_of(address))


def test_only_invitations_can_be_withdrawn(gate, store, owner):
    other = newcomer(gate, owner, Authenticator(ORIGIN), "Wang", "owner")
    make_recovery_link(gate, other.person, owner.id)
    (link,) = store.find("invite")

    with pytest.raises(Gone):
        withdraw_invite(gate, other.person, link.id)


@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.INVITE])
def test_a_link_opens_only_its_own_page(gate, owner, purpose):
    address = make_invitation_link(gate, owner.person, "reader", [])

    with pytest.raises(LinkSpent):
        find_link(gate, purpose, token_of(address))


@pytest.mark.parametrize(("role", "locales"), [("god", []), ("", []), ("translator", []), ("Owner", [])])
def test_an_invitation_has_a_role_that_exists(gate, owner, role, locales):
    with pytest.raises(BadInput):
        make_invitation_link(gate, owner.person, role, locales)


def test_the_store_holds_no_token_of_a_link_and_no_code(gate, store, owner):
    address = make_invitation_link(gate, owner.person, "owner", [])
    codes = print_codes(gate, owner)

    held = repr(store.docs) + repr(store.logs)

    assert token_of(address) not in held
    assert not [code for code in codes if code in held or normalize_code(code) in held]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "Li\u202e", "Li\0", "a\u200bb"])
def test_a_name_can_be_seen(gate, owner, name):
    link = find_link(gate, Purpose.INVITE, token_of(make_invitation_link(gate, owner.person, "reader", [])))

    with pytest.raises(BadInput):
        begin_link_ceremony(gate, link, BROWSER, name=name)


def test_a_name_is_nobody_elses(gate, owner):
    link = find_link(gate, Purpose.INVITE, token_of(make_invitation_link(gate, owner.person, "reader", [])))

    with pytest.raises(NameTaken):
        begin_link_ceremony(gate, link, BROWSER, name=" lI ")


# ---- roles ----


def test_a_change_of_role_is_told_and_takes_effect_at_once(gate, owner):
    member = newcomer(gate, owner, Authenticator(ORIGIN), "Wang", "editor")

    change_role(gate, owner.person, member.id, "translator", ["en", "en"])

    assert get_member(gate, member.id).person.locales == ("en",)
    entry = gate.store.entries("audit", newest_first=True, limit=1)[0]
    assert (entry.body["what"], entry.body["target"], entry.body["role"]) == ("person.role", "Wang", "translator")
    assert entry.body["name"] == "Li"


def test_the_last_owner_stays_one(gate, owner):
    for act in (
        lambda: change_role(gate, owner.person, owner.id, "publisher", []),
        lambda: disable_person(gate, owner.person, owner.id),
    ):
        with pytest.raises(LastOwner):
            act()
    assert get_member(gate, owner.id).is_owner


def test_an_owner_who_has_not_finished_does_not_count(gate, owner):
    follow(gate, Purpose.INVITE, make_invitation_link(gate, owner.person, "owner", []), Authenticator(ORIGIN), "Wang")

    with pytest.raises(LastOwner):
        disable_person(gate, owner.person, owner.id)


def test_two_owners_cannot_take_each_other_away_at_the_same_moment(gate, store, owner, monkeypatch):
    other = newcomer(gate, owner, Authenticator(ORIGIN), "Wang", "owner")
    commit = store.commit

    def interrupted(changes):
        monkeypatch.setattr(store, "commit", commit)
        disable_person(gate, other.person, owner.id)
        return commit(changes)

    monkeypatch.setattr(store, "commit", interrupted)
    with pytest.raises(LastOwner):
        disable_person(gate, owner.person, other.id)

    assert [one.id for one in list_members(gate) if one.is_owner] == [other.id]


def test_a_link_of_somebody_who_was_disabled_meanwhile_opens_nothing(gate, store, owner):
    """Also one that was made at the same moment, after the disabling had looked for links."""
    member = newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    address = make_recovery_link(gate, owner.person, member.id)
    store.commit([Put("person", member.id, replace(get_member(gate, member.id), active=False).build_body())])

    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.RECOVER, token_of(address))


def test_disabling_somebody_ends_their_sessions_and_their_links(gate, owner):
    other = Authenticator(ORIGIN)
    member = newcomer(gate, owner, other, "Wang")
    token = sign_in(gate, other)
    address = make_recovery_link(gate, owner.person, member.id)

    disable_person(gate, owner.person, member.id)

    assert find_session(gate, token) is None
    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.RECOVER, token_of(address))
    with pytest.raises(AccessDenied):
        make_recovery_link(gate, owner.person, member.id)
    enable_person(gate, owner.person, member.id)
    assert find_session(gate, sign_in(gate, other)) is not None


# ---- passkeys ----


def test_passkeys_of_one_second_are_listed_in_the_order_they_were_made_in(gate, owner, clock):
    names = [f"key {number}" for number in range(8)]
    for name in names:
        clock.move(milliseconds=2)
        add_passkey(gate, owner, Authenticator(ORIGIN), name)

    assert [one.name for one in list_passkeys(gate, owner.id)][1:] == names


def test_the_last_passkey_stays(gate, owner):
    with pytest.raises(LastPasskey):
        remove_passkey(gate, owner.person, list_passkeys(gate, owner.id)[0].id)


def test_two_passkeys_cannot_be_removed_at_the_same_moment(gate, store, owner, monkeypatch):
    add_passkey(gate, owner, Authenticator(ORIGIN))
    one, two = list_passkeys(gate, owner.id)
    commit = store.commit

    def interrupted(changes):
        monkeypatch.setattr(store, "commit", commit)
        remove_passkey(gate, owner.person, two.id)
        return commit(changes)

    monkeypatch.setattr(store, "commit", interrupted)
    with pytest.raises(LastPasskey):
        remove_passkey(gate, owner.person, one.id)

    assert len(list_passkeys(gate, owner.id)) == 1


def test_removing_a_passkey_ends_what_was_opened_with_it_and_nothing_else(gate, owner, device):
    lost = Authenticator(ORIGIN)
    add_passkey(gate, owner, lost, "lost phone")
    by_lost, by_other = sign_in(gate, lost), sign_in(gate, device)

    (key,) = [one.id for one in list_passkeys(gate, owner.id) if one.name == "lost phone"]
    remove_passkey(gate, owner.person, key)

    assert find_session(gate, by_lost) is None
    assert find_session(gate, by_other) is not None


def test_nobody_removes_or_renames_another_persons_passkey(gate, owner):
    other = newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    theirs = list_passkeys(gate, other.id)[0].id

    with pytest.raises(Gone):
        remove_passkey(gate, owner.person, theirs)
    with pytest.raises(Gone):
        rename_passkey(gate, owner.person, theirs, "mine")


def test_a_passkey_has_a_name(gate, owner):
    key = list_passkeys(gate, owner.id)[0].id

    rename_passkey(gate, owner.person, key, "  Work   phone ")

    assert list_passkeys(gate, owner.id)[0].name == "Work phone"
    rename_passkey(gate, owner.person, key, "")
    assert list_passkeys(gate, owner.id)[0].name


# ---- recovery codes ----


def test_codes_count_once_it_is_proved_that_they_are_on_paper(gate, store, device):
    owner = follow(gate, Purpose.FIRST, make_first_link(store, ORIGIN), device, "Li")
    made = make_codes(gate, owner.person)
    wrong = made.codes[made.asked % len(made.codes)]

    assert find_number_to_type(gate, owner.id) == made.asked
    with pytest.raises(CodeRejected):
        confirm_codes(gate, owner.person, wrong)
    assert not get_member(gate, owner.id).secured
    with pytest.raises(CodeRejected):
        make_recovery_link_for_code(gate, made.codes[0])

    assert confirm_codes(gate, owner.person, made.codes[made.asked - 1].lower().replace("-", " ")).secured
    assert find_number_to_type(gate, owner.id) is None


def test_new_codes_take_the_place_of_old_ones_only_when_they_are_confirmed(gate, owner):
    old = print_codes(gate, owner)
    make_codes(gate, owner.person)
    assert count_codes(gate, owner.id) == 10
    make_recovery_link_for_code(gate, old[0])

    new = print_codes(gate, owner)

    with pytest.raises(CodeRejected):
        make_recovery_link_for_code(gate, old[1])
    make_recovery_link_for_code(gate, new[0])
    assert count_codes(gate, owner.id) == 9


def test_a_code_brings_its_person_back_and_works_once(gate, owner, device):
    codes = print_codes(gate, owner)
    token = sign_in(gate, device)

    address = make_recovery_link_for_code(gate, codes[3])
    new = Authenticator(ORIGIN)
    member = follow(gate, Purpose.RECOVER, address, new)

    assert member.id == owner.id
    assert find_session(gate, token) is None, "whoever has the lost phone has no open session"
    assert find_session(gate, sign_in(gate, new)).person == owner.id
    with pytest.raises(CodeRejected):
        make_recovery_link_for_code(gate, codes[3])
    assert "code.used" in told(gate)
    assert "passkey.recovered" in told(gate)


def test_the_link_behind_a_code_is_followed_soon_or_never(gate, owner, clock):
    address = make_recovery_link_for_code(gate, print_codes(gate, owner)[0])
    clock.move(minutes=15)

    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.RECOVER, token_of(address))


@pytest.mark.parametrize("typed", ["", "0", "0000-0000-0000-0000", "x" * 500, "门前有数", "\0", "1 OR 1=1"])
def test_what_is_no_code_is_refused(gate, owner, typed):
    with pytest.raises(CodeRejected):
        make_recovery_link_for_code(gate, typed)


def test_look_alikes_are_read_as_what_was_printed():
    assert normalize_code(" o1iL-abCd\u3000") == "0111ABCD"


def test_nobody_confirms_another_persons_codes(gate, owner):
    other = newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    made = make_codes(gate, other.person)

    with pytest.raises(CodeRejected):
        confirm_codes(gate, owner.person, made.codes[made.asked - 1])


def test_a_code_of_somebody_disabled_opens_nothing(gate, owner):
    other = newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    codes = print_codes(gate, other)
    disable_person(gate, owner.person, other.id)

    with pytest.raises(CodeRejected):
        make_recovery_link_for_code(gate, codes[0])


# ---- recovery by others, and moving ----


def test_a_second_owner_brings_the_first_back(gate, owner):
    second = newcomer(gate, owner, Authenticator(ORIGIN), "Wang", "owner")

    address = make_recovery_link(gate, second.person, owner.id)
    new = Authenticator(ORIGIN)
    follow(gate, Purpose.RECOVER, address, new)

    assert find_session(gate, sign_in(gate, new)).person == owner.id
    assert "recovery.started" in told(gate)


def test_a_newer_recovery_link_takes_the_place_of_an_older_one(gate, owner):
    older = make_recovery_link(gate, None, owner.id)
    newer = make_recovery_link(gate, None, owner.id)

    with pytest.raises(LinkSpent):
        find_link(gate, Purpose.RECOVER, token_of(older))
    assert find_link(gate, Purpose.RECOVER, token_of(newer)).person == owner.id


def test_nobody_starts_their_own_recovery(gate, owner):
    """It would get round the passkey of the person who left this browser open."""
    with pytest.raises(AccessDenied):
        make_recovery_link(gate, owner.person, owner.id)


def test_everybody_moves_to_a_new_address_by_a_link(gate, store, owner, device, clock):
    newcomer(gate, owner, Authenticator(ORIGIN), "Wang")
    moved = make_gate(store, clock, "https://new.example.org")

    links = {member.person.name: address for member, address in make_move_links(moved)}
    new = Authenticator("https://new.example.org")
    member = follow(moved, Purpose.MOVE, links["Li"], new)

    assert set(links) == {"Li", "Wang"}
    assert links["Li"].startswith("https://new.example.org/editor/move/")
    assert member.secured, "the codes on paper go on working"
    assert find_session(moved, sign_in(moved, new)).person == owner.id
    assert sorted(one.is_usable(moved) for one in list_passkeys(moved, owner.id)) == [False, True]


def test_a_passkey_of_the_former_address_does_not_keep_anybody_secured(gate, store, device, clock):
    owner = follow(gate, Purpose.FIRST, make_first_link(store, ORIGIN), device, "Li")
    assert add_passkey(gate, owner, Authenticator(ORIGIN)).secured
    moved = make_gate(store, clock, "https://new.example.org")
    ((_, address),) = make_move_links(moved)

    member = follow(moved, Purpose.MOVE, address, Authenticator("https://new.example.org"))

    assert not member.secured
    assert len(list_open_sessions(moved, owner.id)) == 1
