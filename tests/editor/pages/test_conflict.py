"""Two people change one text: nothing is overwritten, and whoever comes second chooses."""

import datetime
import re

import pytest

from server.editor.units.unit import Unit, make_entry_unit
from tests.auth.browser import words
from tests.editor.desks import POLICE, SAY, TOPIC
from tests.editor.office import PEOPLE, Office
from tests.editor.pages.test_edit import SCRIPT, fields_of, unescape
from tests.publishing import Publisher

FLOW = make_entry_unit("xa", "flow", "borrower")


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def clash(office: Office, unit: Unit, theirs, **mine: str):
    """Chen opens a unit, Ben saves `theirs`, Chen saves what Chen changed."""
    address = office.address(unit, "desk.edit")
    sent = fields_of(office["editor"].open(address)) | mine
    office.desk.edits.save(PEOPLE["publisher"], unit, theirs, seen=office.desk.edits.get_draft(unit).head)
    return office["editor"].send(address, **sent)


def carried(page) -> dict[str, str]:
    """What the page of a conflict carries along, and what is chosen in it already."""
    tags = re.findall(r'<input type="hidden" name="(theirs|yours|before)" value="([^"]*)"', page.text)
    picked = re.findall(r'<input type="radio"[^>]*\sname="(pick[^"]*)" value="([^"]*)" checked', page.text)
    return {name: unescape(value) for name, value in [*tags, *picked]}


def merge(office: Office, unit: Unit, page, **picks: str):
    return office["editor"].send(office.address(unit, "desk.merge_edits"), **carried(page) | picks)


def topic_with(office: Office, **changed: str) -> str:
    text = office.desk.edits.get_draft(TOPIC).content
    for old, new in changed.values():
        assert old in text
        text = text.replace(old, new)
    return text


def test_the_page_shows_theirs_yours_and_before_and_overwrites_nothing(office):
    page = clash(office, SAY, "say leave now", f_text="please say leave")

    assert page.status_code == 409
    shown = words(page)
    assert "Ben saved a change while you were writing" in shown
    assert shown.index("What Ben wrote") < shown.index("What you wrote") < shown.index("What it said before")
    assert office.desk.edits.get_draft(SAY).content == "say leave now"
    assert office.desk.edits.get_draft(SAY).head == 1


def test_two_changes_that_do_not_meet_are_put_together(office):
    page = clash(office, SAY, "say leave now", f_text="please say leave")

    done = merge(office, SAY, page)

    assert done.location.endswith("?done=merged")
    assert office.desk.edits.get_draft(SAY).content == "please say leave now"
    assert [one.by_name for one in office.desk.edits.list_revisions(SAY)] == ["Chen", "Ben"]


@pytest.mark.parametrize(
    ("picks", "content"),
    [
        ({"pick-text": "theirs"}, "go"),
        ({"pick-text": "yours"}, "stay"),
        ({"pick-text": "own", "own-text": "go\r\nor stay"}, "go\nor stay"),
    ],
)
def test_where_they_meet_a_person_chooses(office, picks, content):
    page = clash(office, SAY, "go", f_text="stay")
    assert "pick-text" not in carried(page), "nothing may be chosen for them"

    merge(office, SAY, page, **picks)

    assert office.desk.edits.get_draft(SAY).content == content


def test_nothing_is_saved_when_nothing_was_chosen(office):
    page = clash(office, SAY, "go", f_text="stay")

    assert merge(office, SAY, page).status_code == 400
    assert office.desk.edits.get_draft(SAY).content == "go"


def test_a_contact_is_merged_field_by_field(office):
    theirs = office.desk.edits.get_draft(POLICE).content | {"number": "111", "free": "yes"}

    page = clash(office, POLICE, theirs, f_number="112", f_review_by="2027-09-01")
    assert carried(page)["pick-review_by"] == "yours"
    assert carried(page)["pick-free"] == "theirs"
    assert "pick-number" not in carried(page)
    merge(office, POLICE, page, **{"pick-number": "yours"})

    content = office.desk.edits.get_draft(POLICE).content
    assert (content["number"], content["free"]) == ("112", "yes")
    assert content["review_by"] == datetime.date(2027, 9, 1)


def test_a_list_of_groups_is_chosen_as_a_whole(office):
    theirs = office.desk.edits.get_draft(FLOW).content
    theirs["step"] = theirs["step"][:1]

    page = clash(office, FLOW, theirs, **{"f_step-1-f_id": "last"})
    merge(office, FLOW, page, **{"pick-step": "yours"})

    assert [one["id"] for one in office.desk.edits.get_draft(FLOW).content["step"]] == ["stop", "last"]


def test_a_topic_is_merged_field_by_field_and_its_file_stays_as_it_was(office):
    theirs = topic_with(office, title=('title = "Second"', 'title = "Second, theirs"'))

    page = clash(office, TOPIC, theirs, f_body="Wait here.\n\n{rule:hours}\n", **{"f_do-0": "Wait and see"})
    merge(office, TOPIC, page)

    content = office.desk.edits.get_draft(TOPIC).content
    assert content == theirs.replace("\nWait.\n", "\nWait here.\n").replace('"Wait"', '"Wait and see"')


def test_a_third_change_meanwhile_asks_again_and_loses_nothing(office):
    page = clash(office, SAY, "say leave now", f_text="please say leave")
    office.save(SAY, "say leave right now", by="owner")

    again = merge(office, SAY, page)

    assert again.status_code == 409
    assert office.desk.edits.get_draft(SAY).content == "say leave right now"
    merge(office, SAY, again)
    assert office.desk.edits.get_draft(SAY).content == "please say leave right now"


def test_one_removes_what_the_other_changes(office):
    page = clash(office, POLICE, None, f_number="112")
    assert "Ben removed it; you changed it" in words(page)

    merge(office, POLICE, page, pick="yours")

    assert office.desk.edits.get_draft(POLICE).content["number"] == "112"


def test_what_was_removed_stays_so_when_that_is_chosen(office):
    page = clash(office, POLICE, None, f_number="112")

    merge(office, POLICE, page, pick="theirs")

    assert office.desk.edits.get_draft(POLICE).content is None


def test_both_said_the_same(office):
    done = clash(office, SAY, "go", f_text="go")

    assert done.status_code == 303
    assert office.desk.edits.get_draft(SAY).head == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("yours", ""),
        ("yours", "go"),
        ("before", "= "[:0]),
        ("theirs", "99"),
        ("theirs", "-1"),
        ("theirs", "x"),
        ("pick-text", "everything"),
        ("yours", "=" + "x" * 30_000),
    ],
)
def test_what_is_sent_back_changed_is_refused_or_asked_again(office, name, value):
    page = clash(office, SAY, "go", f_text="stay")

    answer = merge(office, SAY, page, **{"pick-text": "yours"} | {name: value})

    assert answer.status_code in (400, 409)
    assert office.desk.edits.get_draft(SAY).content == "go"


@pytest.mark.parametrize("value", ["=[", "=a.a.a = 1", "=id = 5", "=" + "a=" + "[" * 500, "=x = 1e999"])
def test_a_table_that_is_sent_back_broken_is_refused(office, value):
    page = clash(office, POLICE, office.desk.edits.get_draft(POLICE).content | {"number": "111"}, f_number="112")

    answer = merge(office, POLICE, page, **{"pick-number": "yours", "yours": value})

    assert answer.status_code == 400
    assert office.desk.edits.get_draft(POLICE).content["number"] == "111"


@pytest.mark.parametrize("unit", [SAY, TOPIC, POLICE], ids=str)
def test_scripts_on_either_side_are_shown_as_text(office, unit):
    content = office.desk.edits.get_draft(unit).content
    if unit == TOPIC:
        theirs, mine = (
            topic_with(office, body=("\nWait.\n", f"\n{SCRIPT}\n")),
            {"f_body": SCRIPT * 2, "f_title": SCRIPT},
        )
    elif unit == POLICE:
        theirs, mine = content | {"number": SCRIPT, "kind": SCRIPT}, {"f_number": SCRIPT * 2, "f_kind": SCRIPT * 2}
    else:
        theirs, mine = SCRIPT, {"f_text": SCRIPT * 2}

    page = clash(office, unit, theirs, **mine)

    assert page.status_code == 409
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
