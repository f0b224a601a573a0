"""Contacts: the list with the numbers, names in every language, where each is used, and numbers as people write them."""

import pytest

from server.editor.units.unit import make_entry_unit, make_text_unit
from tests.auth.browser import words
from tests.editor.desks import POLICE
from tests.editor.office import PEOPLE, Office
from tests.editor.pages.test_edit import write
from tests.publishing import Publisher


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def test_the_list_shows_each_number_and_the_names_in_every_language(office):
    name = make_text_unit("xa", "zh-Hans", "contact.police.name")
    office.desk.edits.save(PEOPLE["editor"], name, "报警电话", seen=0)
    number = office.desk.reader.read_newest_content(POLICE)["number"]

    page = words(office["editor"].open("/editor/xa/contacts/"))

    assert f"contact police name {number} 报警电话" in page


def test_the_list_tells_who_is_used_nowhere(office):
    police = office.desk.reader.read_newest_content(POLICE)
    unit = make_entry_unit("xa", "contact", "nobody")
    office.desk.edits.save(PEOPLE["editor"], unit, police | {"id": "nobody", "kind": "help", "one_tap": False}, seen=0)

    page = words(office["editor"].open("/editor/xa/contacts/"))

    assert page.count("used nowhere") == 1


def test_its_page_tells_where_it_is_used(office):
    page = office["editor"].open(office.address(POLICE, "desk.edit"))

    assert "Where it is used" in words(page)
    assert office.address(make_entry_unit("xa", "danger", "entry"), "desk.edit") in page.text


def test_a_number_is_saved_as_it_is_dialled(office):
    write(office, POLICE, f_number="１１０ - 22 (3)")

    assert office.desk.edits.get_draft(POLICE).content["number"] == "110223"


def test_hours_are_saved_from_one_line(office):
    hours = make_entry_unit("xa", "hours", "collection")

    write(office, hours, f_from="９：００～１８：００")

    content = office.desk.edits.get_draft(hours).content
    assert (content["from"], content["to"]) == ("09:00", "18:00")
