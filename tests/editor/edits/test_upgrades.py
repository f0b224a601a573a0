"""A newer shipped pack meets edits: nothing of the editors is lost, and a person chooses."""

import datetime

import pytest

from server.auth.errors import AccessDenied
from server.editor.edits.errors import EditConflict
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Unit
from tests.editor.desks import ANN, BEN, CHECK, CHEN, HEAD, MEI, POLICE, SAY, TOPIC
from tests.packs import edit, set_string

TODAY = datetime.date(2026, 6, 20)


@pytest.fixture
def upgraded(room):
    """Ann changed the topic; then a newer pack was shipped that changed it elsewhere."""
    old = room.desk.reader.read_baseline(TOPIC)
    room.desk.edits.save(ANN, TOPIC, old.replace("More.", "More about it."), seen=0)
    room.desk.edits.save(ANN, SAY, "Mine.", seen=0)
    edit(room.packs / "xa", "en/topics/second.md", "Wait.\n", "Wait for help.\n")
    return room


def test_an_upgrade_shows_all_three(upgraded):
    (found,) = upgraded.desk.list_upgrades()

    assert found.unit == TOPIC
    assert "Wait for help." in found.theirs
    assert "More about it." not in found.theirs
    assert "More about it." in found.yours
    assert "Wait.\n" in found.before
    assert 'More."' in found.before
    assert "Wait for help." in found.merge.text
    assert "More about it." in found.merge.text


def test_until_somebody_chooses_the_edit_stands(upgraded):
    assert "More about it." in upgraded.desk.edits.get_draft(TOPIC).content
    assert upgraded.desk.edits.get_draft(TOPIC).upgraded


def test_theirs_can_be_taken(upgraded):
    draft = upgraded.desk.edits.drop_edit(ANN, TOPIC, seen=1)

    assert "Wait for help." in draft.content
    assert "More about it." not in draft.content
    assert upgraded.desk.list_upgrades() == []
    assert "More about it." in upgraded.desk.edits.list_revisions(TOPIC)[-1].content


def test_yours_can_be_kept(upgraded):
    draft = upgraded.desk.edits.keep_edit_after_upgrade(ANN, TOPIC, seen=1)

    assert (draft.head, draft.upgraded) == (1, False)
    assert upgraded.again().list_upgrades() == []
    edit(upgraded.packs / "xa", "en/topics/second.md", "Wait for help.\n", "Wait for the police.\n")
    assert [one.unit for one in upgraded.desk.list_upgrades()] == [TOPIC]


def test_both_can_be_merged(upgraded):
    (found,) = upgraded.desk.list_upgrades()

    draft = upgraded.desk.save_merged(ANN, TOPIC, found.merge.text, seen=found.head)

    assert (draft.head, draft.upgraded) == (2, False)
    assert upgraded.desk.list_upgrades() == []


def test_a_decision_on_older_words_is_refused(upgraded):
    upgraded.desk.edits.save(BEN, TOPIC, "Ben's", seen=1)

    for decide in (
        lambda: upgraded.desk.edits.keep_edit_after_upgrade(ANN, TOPIC, seen=1),
        lambda: upgraded.desk.edits.drop_edit(ANN, TOPIC, seen=1),
        lambda: upgraded.desk.save_merged(ANN, TOPIC, "Merged", seen=1),
    ):
        with pytest.raises(EditConflict):
            decide()
    with pytest.raises(AccessDenied):
        upgraded.desk.edits.keep_edit_after_upgrade(MEI, TOPIC, seen=2)


def test_an_upgrade_that_says_the_same_as_the_edit_is_none_any_more(upgraded):
    edit(upgraded.packs / "xa", "en/topics/second.md", "Wait for help.\n", "Wait.\n")

    assert upgraded.desk.list_upgrades() == []


def test_an_entry_that_the_upgrade_dropped_is_shown(room):
    room.desk.edits.save(ANN, CHECK, room.desk.reader.read_baseline(CHECK) | {"severity": "police"}, seen=0)
    text = (room.packs / "xa" / "visit.toml").read_text(encoding="utf-8")
    start, end = text.index('[[check]]\nid = "ids"'), text.index("[verdict]")
    (room.packs / "xa" / "visit.toml").write_text(text[:start] + text[end:], encoding="utf-8")

    (found,) = room.desk.list_upgrades()

    assert (found.theirs, found.yours["severity"], found.before["severity"]) == (None, "police", "caution")
    assert 'severity = "police"' in found.merge.suggest_text()


def test_a_parents_new_words_meet_a_sub_regions_edit(room):
    room.desk.add_subregion(ANN, "xa", "xa-b", {"en": "The north", "zh-Hans": "北方"})
    room.desk.edits.save(ANN, SAY.in_region("xa-b"), "Northern words.", seen=0)
    assert room.desk.list_upgrades() == []

    room.reviewed(SAY, "The parent's new words.")

    (found,) = room.desk.list_upgrades()
    assert (found.unit, found.theirs, found.before) == (SAY.in_region("xa-b"), "The parent's new words.", "say leave")


def test_what_must_be_checked_again_is_told(room):
    assert room.desk.list_due_checks(datetime.date(2026, 5, 1), 30) == []

    found = room.desk.list_due_checks(TODAY, 30)

    assert {str(one.unit) for one in found} == {
        "xa:pack.toml",
        "xa:contacts.toml#contact:police",
        "xa:contacts.toml#contact:police-text",
        "xa:sources.toml#source:L1",
        "xa:sources.toml#source:S2",
        "xa:topics.toml#topic:first-minute",
        "xa:topics.toml#topic:second",
    }
    assert not any(one.is_overdue for one in found)
    assert all(one.is_overdue for one in room.desk.list_due_checks(datetime.date(2026, 7, 2)))


def test_the_most_urgent_comes_first(room):
    set_dates = room.desk.reader.read_baseline(POLICE) | {"review_by": datetime.date(2026, 6, 25)}
    room.desk.edits.save(ANN, POLICE, set_dates, seen=0)

    assert room.desk.list_due_checks(TODAY)[0].unit == POLICE


def test_what_was_checked_is_not_due_any_more(room):
    later = datetime.date(2026, 12, 20)

    room.desk.record_check(CHEN, POLICE, seen=0, today=TODAY, review_by=later)

    assert POLICE not in [one.unit for one in room.desk.list_due_checks(TODAY)]
    assert room.desk.edits.get_draft(POLICE).content["checked_on"] == TODAY
    with pytest.raises(ContentRefused):
        room.desk.record_check(CHEN, POLICE, seen=1, today=TODAY, review_by=TODAY)
    with pytest.raises(ContentRefused):
        room.desk.record_check(CHEN, SAY, seen=0, today=TODAY, review_by=later)
    assert room.desk.record_check(CHEN, HEAD, seen=0, today=TODAY, review_by=later).content["review_by"] == later


def test_a_sub_region_is_not_asked_for_what_its_parent_checks(room):
    room.desk.add_subregion(ANN, "xa", "xa-b", {"en": "The north", "zh-Hans": "北方"})
    number = Unit("xa-b", "contacts.toml", "contact:police")
    room.desk.edits.save(ANN, number, room.desk.reader.read_baseline(number) | {"number": "999"}, seen=0)

    found = [one.unit for one in room.desk.list_due_checks(TODAY) if one.unit.region == "xa-b"]

    assert found == [number]


def test_a_text_that_was_merged_with_an_upgrade_can_follow_it_again(upgraded):
    set_string(upgraded.packs / "xa", "en", "say.leave", "Shipped later.")

    assert {one.unit for one in upgraded.desk.list_upgrades()} == {TOPIC, SAY}
    assert upgraded.desk.save_merged(ANN, SAY, "Shipped later.", seen=1).follows
    assert {one.unit for one in upgraded.desk.list_upgrades()} == {TOPIC}
