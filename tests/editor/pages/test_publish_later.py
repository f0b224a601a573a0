"""Reminders, newer shipped words, new languages and sub-regions, as people meet them in a browser."""

import re

import pytest

from server.editor.edits.model import Status
from server.editor.packs.reminders import SPANS
from server.editor.units.unit import make_entry_unit, make_head_unit, make_text_unit
from tests.auth.browser import words
from tests.editor.desks import POLICE, SAY
from tests.editor.office import NEW_WORDS, PEOPLE, Office
from tests.packs import edit, set_string
from tests.publishing import Publisher

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
SOURCE = make_entry_unit("xa", "source", "L1")


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def shipped_anew(office: Office, text: str = "Step away from my door, please.") -> None:
    """A newer program brings other words for the sentence that was edited here."""
    set_string(office.packs / "xa", "en", "say.leave", text)


def form_of(page, how: str) -> dict[str, str]:
    """The hidden fields of the form that settles an upgrade in that way."""
    forms = re.findall(r'<form method="post" action="/editor/upgrades/settle">(.*?)</form>', page.text, re.S)
    (form,) = [one for one in forms if f'name="how" value="{how}"' in one]
    return dict(re.findall(r'<input type="hidden" name="(unit|seen|theirs|how)" value="([^"]*)"', form))


# ---- reminders ----


def test_what_is_past_its_day_comes_first(office):
    said = words(office["reader"].open("/editor/reminders/"))

    assert "Past due: " in said
    assert said.index("Past due") < said.index("check again by")
    assert "Nothing is due" not in said
    assert f"Due for a check within {SPANS[0]} days: " in words(office["owner"].open("/editor/"))


def test_nothing_is_due_long_before_its_day(office):
    office.clock.move(days=-300)
    other = Office(office.publisher)
    other.clock.time = office.clock.time

    assert "Nothing is due within 30 days." in words(other["owner"].open("/editor/reminders/"))
    assert "Due within 365 days: " in words(other["owner"].open("/editor/reminders/?days=365"))
    assert "Nothing is due within 30 days." in words(other["owner"].open("/editor/reminders/?days=9999"))


def test_somebody_notes_that_it_is_still_right(office):
    before = office.desk.list_due_checks(office.clock().date())
    assert SOURCE in {one.unit for one in before}

    done = office["editor"].send("/editor/reminders/checked", unit=str(SOURCE), seen=0, next_on="2027-05-21")

    assert done.location == "/editor/reminders/?done=checked"
    assert SOURCE not in {one.unit for one in office.desk.list_due_checks(office.clock().date())}
    assert str(office.desk.reader.read_newest_content(SOURCE)["checked_on"]) == "2026-11-21"
    assert office.desk.edits.get_draft(SOURCE).status is Status.DRAFT, "a second person reads it, as any change"


@pytest.mark.parametrize(
    ("seen", "next_on", "status"), [(0, "2026-11-21", 400), (0, "soon", 400), (7, "2027-05-21", 409)]
)
def test_a_note_that_cannot_be_changes_nothing(office, seen, next_on, status):
    sent = office["editor"].send("/editor/reminders/checked", unit=str(SOURCE), seen=seen, next_on=next_on)

    assert sent.status_code == status
    assert office.desk.edits.find_draft(SOURCE) is None


def test_only_what_has_dates_can_be_noted(office):
    assert (
        office["editor"].send("/editor/reminders/checked", unit=str(SAY), seen=0, next_on="2027-05-21").status_code
        == 400
    )


# ---- upgrades ----


def test_newer_shipped_words_are_shown_beside_ours_and_what_stood_before(office):
    office.approve()
    shipped_anew(office)

    assert "Compare and decide" in words(office["editor"].open("/editor/upgrades/"))
    said = words(office["editor"].open(office.address(SAY, "desk.upgrade")))

    for part in ("What the update changed", "What you changed", "The text before both changes"):
        assert part in said
    assert office.desk.reader.read_newest_content(SAY) == NEW_WORDS, "nothing of ours is lost meanwhile"


@pytest.mark.parametrize(
    ("how", "more", "result"),
    [
        ("theirs", {}, "Step away from my door, please."),
        ("yours", {}, NEW_WORDS),
        ("merged", {"text": "Please step away from my door."}, "Please step away from my door."),
    ],
)
def test_somebody_chooses_or_merges(office, how, more, result):
    office.approve()
    shipped_anew(office)
    page = office["editor"].open(office.address(SAY, "desk.upgrade"))

    done = office["editor"].send("/editor/upgrades/settle", **form_of(page, how), **more)

    assert done.location == "/editor/upgrades/?done=settled"
    assert office.desk.reader.read_newest_content(SAY) == result
    assert office.desk.list_upgrades() == []


def test_fields_of_a_table_are_chosen_one_by_one(office):
    office.approve(POLICE, {**office.desk.reader.read_newest_content(POLICE), "number": "112"})
    edit(office.packs / "xa", "contacts.toml", 'number = "110"', 'number = "911"\nsilent_digits = "55"')
    page = office["editor"].open(office.address(POLICE, "desk.upgrade"))
    fields = form_of(page, "merged")

    missing = office["editor"].send("/editor/upgrades/settle", **fields)
    assert missing.status_code == 400
    done = office["editor"].send(
        "/editor/upgrades/settle", **fields, **{"field.number": "yours", "field.silent_digits": "theirs"}
    )

    assert done.status_code == 303
    now = office.desk.reader.read_newest_content(POLICE)
    assert (now["number"], now["silent_digits"]) == ("112", "55")


def test_a_decision_on_words_that_changed_again_is_refused(office):
    office.approve()
    shipped_anew(office)
    page = office["editor"].open(office.address(SAY, "desk.upgrade"))
    shipped_anew(office, "Leave my door, please.")

    refused = office["editor"].send("/editor/upgrades/settle", **form_of(page, "theirs"))
    assert refused.status_code == 409
    assert "nothing was decided" in words(refused)
    office.save(content="Somebody else's words.", by="publisher")
    stale = office["editor"].send("/editor/upgrades/settle", **form_of(refused, "theirs"))

    assert stale.status_code == 409
    assert office.desk.reader.read_newest_content(SAY) == "Somebody else's words."


def test_what_is_not_to_be_decided_has_no_page(office):
    assert office["editor"].open(office.address(SAY, "desk.upgrade")).status_code == 404
    fields = {"unit": str(SAY), "seen": 1, "theirs": "", "how": "theirs"}
    assert office["editor"].send("/editor/upgrades/settle", **fields).status_code == 404


def test_a_merged_text_must_say_something(office):
    office.approve()
    shipped_anew(office)
    page = office["editor"].open(office.address(SAY, "desk.upgrade"))

    assert office["editor"].send("/editor/upgrades/settle", **form_of(page, "merged"), text=" ").status_code == 400
    assert (
        office["editor"].send("/editor/upgrades/settle", **form_of(page, "merged"), text="x" * 20_001).status_code
        == 400
    )
    assert office.desk.reader.read_newest_content(SAY) == NEW_WORDS


def test_words_of_an_upgrade_are_shown_as_text(office):
    office.approve_unchecked(content=SCRIPT)
    shipped_anew(office, "Away {{7*7}} from my door.")

    page = office["editor"].open(office.address(SAY, "desk.upgrade"))

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "49" not in words(page)


# ---- a new language ----


def test_a_language_is_added_and_stays_back_until_its_door_sentences_are_done(office):
    assert "Add the language" in words(office["editor"].open("/editor/xa/languages/new"))

    done = office["editor"].send("/editor/xa/languages/add", tag="ms", fallback="en")

    assert done.status_code == 303
    unit = make_entry_unit("xa", "locale", "ms")
    assert office.desk.reader.read_newest_content(unit) == {
        "tag": "ms",
        "dir": "ltr",
        "name": "Melayu",
        "fallback": "en",
        "partial": True,
    }
    office.desk.reviews.approve_revision(PEOPLE["owner"], unit, 1)
    assert "Languages that are not published yet" in words(office["owner"].open("/editor/publish/"))


def test_a_language_that_is_not_in_the_list_is_written_by_its_tag(office):
    office["editor"].send("/editor/xa/languages/add", tag="", other="ug-Arab", name="ئۇيغۇرچە", fallback="en")

    assert office.desk.reader.read_newest_content(make_entry_unit("xa", "locale", "ug-Arab"))["dir"] == "rtl"


@pytest.mark.parametrize(
    "fields",
    [
        {"tag": "en"},
        {"tag": ""},
        {"tag": "../../x"},
        {"other": "x"},
        {"other": "EN-gb"},
        {"tag": "ms", "fallback": "tlh"},
        {"tag": "ms", "fallback": ""},
        {"other": SCRIPT[:35]},
    ],
    ids=str,
)
def test_a_language_that_cannot_be_changes_nothing(office, fields):
    sent = office["editor"].send("/editor/xa/languages/add", **{"fallback": "en", **fields})

    assert sent.status_code == 400
    assert "<script>" not in sent.text
    assert office.desk.list_drafts() == []


# ---- a new region ----


def test_a_sub_region_begins_with_what_its_country_says(office):
    assert "Add the sub-region" in words(office["editor"].open("/editor/regions/new"))

    names = {"name.en": "Easton", "name.zh-Hans": "东城"}
    done = office["editor"].send("/editor/regions/add", parent="xa", code="E1", **names)

    assert done.status_code == 303
    assert office.desk.reader.read_newest_content(make_head_unit("xa-e1")) == {
        "id": "xa-e1",
        "iso": "XA-E1",
        "parent": "xa",
    }
    assert office.desk.reader.read_newest_content(make_text_unit("xa-e1", "zh-Hans", "region.name")) == "东城"
    assert office.desk.reader.read_newest_content(SAY.in_region("xa-e1")) == office.desk.reader.read_newest_content(SAY)


@pytest.mark.parametrize(
    "fields",
    [{"code": ""}, {"code": "-"}, {"code": "../"}, {"code": "1 2"}, {"name.en": " "}, {"name.zh-Hans": ""}],
    ids=str,
)
def test_a_sub_region_that_cannot_be_changes_nothing(office, fields):
    good = {"parent": "xa", "code": "e1", "name.en": "Easton", "name.zh-Hans": "东城"}

    assert office["editor"].send("/editor/regions/add", **{**good, **fields}).status_code == 400
    assert office.desk.list_drafts() == []


def test_a_region_is_added_once_and_below_one_that_is_there(office):
    good = {"parent": "xa", "code": "e1", "name.en": "Easton", "name.zh-Hans": "东城"}
    assert office["editor"].send("/editor/regions/add", **good).status_code == 303

    assert office["editor"].send("/editor/regions/add", **good).status_code == 400
    assert office["editor"].send("/editor/regions/add", **{**good, "parent": "xz"}).status_code == 404
    assert office["editor"].send("/editor/regions/add", **{**good, "parent": "../"}).status_code == 404


# ---- who may what ----

ALLOWED = {
    ("GET", "/editor/reminders/"): "owner publisher editor translator reader",
    ("GET", "/editor/upgrades/"): "owner publisher editor translator reader",
    ("GET", "/editor/xa/languages/new"): "owner publisher editor",
    ("GET", "/editor/regions/new"): "owner publisher editor",
    ("POST", "/editor/reminders/checked"): "owner publisher editor",
    ("POST", "/editor/upgrades/settle"): "owner publisher editor translator",
    ("POST", "/editor/xa/languages/add"): "owner publisher editor",
    ("POST", "/editor/regions/add"): "owner publisher editor",
}


@pytest.mark.parametrize(("asked", "allowed"), ALLOWED.items(), ids=str)
def test_each_role_reaches_what_it_may(office, asked, allowed):
    method, path = asked
    refused = "Your role does not allow this"
    reached = {
        role
        for role in PEOPLE
        if refused not in words(office[role].open(path) if method == "GET" else office[role].send(path))
    }

    assert reached == set(allowed.split())


def test_a_translator_decides_in_their_language_only(office):
    office.approve()
    shipped_anew(office)
    page = office["editor"].open(office.address(SAY, "desk.upgrade"))

    assert "Keep your text" not in words(office["translator"].open(office.address(SAY, "desk.upgrade")))
    assert office["translator"].send("/editor/upgrades/settle", **form_of(page, "theirs")).status_code == 403
    assert office.desk.reader.read_newest_content(SAY) == NEW_WORDS
