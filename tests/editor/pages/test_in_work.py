"""A language that is not whole yet, as people meet it in a browser."""

import pytest

from server.editor.units.unit import make_text_unit
from tests.auth.browser import words
from tests.editor.desks import CHECK, SAY
from tests.editor.office import PEOPLE, Office
from tests.publishing import Publisher


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def add_malay(office: Office) -> None:
    assert office["editor"].send("/editor/xa/languages/add", tag="ms", fallback="en").status_code == 303


def test_a_translator_is_invited_for_a_language_that_nobody_has_yet(office):
    add_malay(office)

    page = office["owner"].open("/editor/people/")

    assert "Melayu" in words(page)
    assert 'id="invite-locale-ms"' in page.text


def test_a_desk_whose_region_cannot_be_read_still_invites(office):
    (office.packs / "xa" / "pack.toml").write_text("schema = ", encoding="utf-8")

    page = office["owner"].open("/editor/people/")

    assert page.status_code == 200
    assert 'id="invite-locale-en"' in page.text


def test_its_region_counts_it_by_itself(office):
    add_malay(office)
    office.save(SAY.in_locale("ms"), "Sila pergi.", submit=False)

    page = words(office["editor"].open("/editor/xa/"))

    assert "Errors that stop publishing" not in page
    total = len(office.desk.list_text_rows("xa", "ms"))
    assert f"in work 1 of {total} texts done" in page
    assert "at the door:" not in page


def test_the_lists_do_not_call_it_a_fault(office):
    add_malay(office)

    assert "Missing" not in words(office["editor"].open("/editor/xa/topics/"))
    assert "Missing" not in words(office["editor"].open(office.address(CHECK, "desk.edit")))
    assert "not translated yet" in words(office["editor"].open(office.address(CHECK, "desk.edit")))


def test_a_province_needs_no_name_in_it(office):
    add_malay(office)

    form = office["editor"].open("/editor/regions/new?parent=xa")
    names = {"name.en": "Easton", "name.zh-Hans": "东城"}
    done = office["editor"].send("/editor/regions/add", parent="xa", code="E1", **names)

    assert 'name="name.ms"' not in form.text
    assert done.status_code == 303
    assert "Errors that stop publishing" not in words(office["editor"].open("/editor/xa-e1/"))
    assert office.desk.find_locales_in_work("xa-e1") == {"ms"}


def test_another_language_borrows_nothing_from_it(office):
    add_malay(office)

    assert '<option value="ms">Melayu</option>' not in office["editor"].open("/editor/xa/languages/new").text
    assert office["editor"].send("/editor/xa/languages/add", tag="id", fallback="ms").status_code == 400


def test_the_plan_tells_what_it_waits_for(office):
    add_malay(office)
    unit = make_text_unit("xa", "ms", "say.leave")
    office.approve(unit, "{nothing:here}")
    office.desk.reviews.approve_revision(PEOPLE["owner"], office.desk.list_drafts()[-1].unit, 1)
    for row in office.desk.list_text_rows("xa", "ms"):
        if row.at_door and row.text is None:
            office.approve(row.unit, row.source)

    page = words(office["owner"].open("/editor/publish/"))

    assert "Languages that are not published yet" in page
    assert "Texts with errors: 1" in page
