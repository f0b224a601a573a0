"""Regions and languages made by mistake, the order of entries, and provinces, as people meet them in a browser."""

import re

import pytest

from server.editor.edits.model import Status
from server.editor.units.unit import make_entry_unit
from tests.auth.browser import words
from tests.editor.desks import POLICE, SAY
from tests.editor.office import Office
from tests.publishing import Publisher


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


# ---- made by mistake ----

EASTON = {"parent": "xa", "name.en": "Easton", "name.zh-Hans": "东城"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"code": "Shanghai"}, "This is not a code of ISO 3166-2"),
        ({"code": "e" * 600}, ""),
        ({"code": "e1", "name.en": "E" * 101}, "A name is missing, or longer than 100 characters."),
    ],
    ids=["a name", "far too long", "a long name"],
)
def test_what_is_too_long_is_told_and_never_cut(office, fields, told):
    sent = office["editor"].send("/editor/regions/add", **{**EASTON, **fields})

    assert sent.status_code == 400
    assert told in words(sent)
    assert office.desk.list_regions() == ["xa"]
    assert office.desk.list_drafts() == []


def test_no_field_of_a_new_place_cuts_what_is_typed(office):
    pages = [office["editor"].open(f"/editor/{path}").text for path in ("regions/new", "xa/languages/new")]

    assert [page for page in pages if "maxlength" in page] == []


def test_what_was_typed_stays_in_a_refused_form(office):
    sent = office["editor"].send("/editor/regions/add", **{**EASTON, "code": "Shanghai"})

    assert 'value="Shanghai"' in sent.text
    assert 'value="东城"' in sent.text
    refused = office["editor"].send("/editor/xa/languages/add", other="Malay", name="Bahasa", fallback="zh-Hans")
    assert 'value="Malay"' in refused.text
    assert '<option value="zh-Hans" selected>' in refused.text.replace("\n", "")


def test_a_region_made_by_mistake_is_removed(office):
    office["editor"].send("/editor/regions/add", **{**EASTON, "code": "XA-E1"})
    assert "Remove this region" in words(office["editor"].open("/editor/xa-e1/"))
    assert "Remove this region" not in words(office["reader"].open("/editor/xa-e1/"))
    assert "Texts written for it: 3" in words(office["editor"].open("/editor/xa-e1/remove-whole"))

    done = office["editor"].send("/editor/xa-e1/remove-whole")

    assert done.location == "/editor/xa/?done=region-removed"
    assert "The region was removed." in words(office["editor"].open(done.location))
    assert office["editor"].open("/editor/xa-e1/").status_code == 404
    assert office.desk.list_drafts() == []
    log = words(office["owner"].open("/editor/audit/"))
    assert "Chen removed a region that was never published: xa-e1" in log


def test_a_region_that_readers_have_offers_no_removal(office):
    assert "Remove this region" not in words(office["owner"].open("/editor/xa/"))
    assert "cannot be removed" in words(office["owner"].open("/editor/xa/remove-whole"))
    assert office["owner"].send("/editor/xa/remove-whole").status_code == 409
    assert office["owner"].open("/editor/xb/remove-whole").status_code == 404


def test_a_language_made_by_mistake_is_removed(office):
    office["editor"].send("/editor/xa/languages/add", tag="ms", fallback="en")
    office.save(SAY.in_locale("ms"), "Sila pergi.")
    unit = make_entry_unit("xa", "locale", "ms")
    assert "Remove this language" in words(office["editor"].open("/editor/xa/translate/ms/"))
    assert "Remove this language" in words(office["editor"].open(office.address(unit, "desk.edit")))
    assert "Texts written in it: 1" in words(office["editor"].open("/editor/xa/languages/ms/remove"))

    done = office["editor"].send("/editor/xa/languages/ms/remove")

    assert done.location == "/editor/xa/?done=language-removed"
    assert office.desk.list_drafts() == []
    assert "removed a language that was never published" in words(office["owner"].open("/editor/audit/"))
    assert office["editor"].send("/editor/xa/languages/en/remove").status_code == 409
    assert office["editor"].send("/editor/xa/languages/ms/remove").status_code == 404


# ---- in order ----


def test_checks_are_put_in_order_with_buttons(office):
    page = office["editor"].open("/editor/xa/order/check/")
    before = list(office.desk.load_usable_pack("xa").pack.checks)
    assert "Put in order" in words(office["editor"].open("/editor/xa/checks/"))
    assert f'value="{before[1]}:0"' in page.text

    done = office["editor"].send("/editor/xa/order/check/move", to=f"{before[1]}:0", seen="0")

    assert list(office.desk.load_usable_pack("xa").pack.checks) == [before[1], before[0]]
    after = office["editor"].open(done.location)
    assert "Moved." in words(after)
    assert "Submit the order for review" in words(after)
    stale = office["editor"].send("/editor/xa/order/check/move", to=f"{before[0]}:0", seen="0")
    assert "Nothing was moved" in words(office["editor"].open(stale.location))
    assert office["editor"].send("/editor/xa/order/check/move", to="x", seen="1").status_code == 400
    assert office["editor"].open("/editor/xa/order/rule/").status_code == 404
    assert "Put in order" not in words(office["reader"].open("/editor/xa/checks/"))


# ---- a province ----


def test_a_province_shows_what_is_its_own_and_is_handed_in_as_a_whole(office):
    office["editor"].send("/editor/regions/add", **{**EASTON, "code": "E1"})
    own = SAY.in_region("xa-e1")
    office.save(own, "Go away, please.", submit=False)
    same = make_entry_unit("xa-e1", "contact", "police")
    office.save(same, office.desk.reader.read_newest_content(same) | {"number": "999"}, submit=False)
    office.save(same, office.desk.reader.read_newest_content(POLICE), submit=False)
    page = office["editor"].open("/editor/xa-e1/")

    assert "What is different here Everything else is as in region name, and changes with it." in words(page)
    own_list = re.search(r'id="own".*?</section>', page.text, re.S)[0]
    assert re.findall(r"<code[^>]*>([^<]*)</code>", own_list) == ["region.name", "say.leave", "region.name"]
    assert "Submit all" not in words(office["reader"].open("/editor/xa-e1/"))
    assert "What is different here" not in words(office["editor"].open("/editor/xa/"))

    done = office["editor"].send("/editor/xa-e1/hand-in")

    assert "Submitted for review." in words(office["editor"].open(done.location))
    assert {draft.status for draft in office.desk.list_drafts("xa-e1")} == {Status.WAITING}


def test_a_translator_hands_in_what_they_may_write(office):
    office.save(SAY, submit=False)
    office.save(SAY.in_locale("zh-Hans"), "请走开。", by="translator", submit=False)

    office["translator"].send("/editor/xa/hand-in")

    waiting = [draft.unit for draft in office.desk.list_drafts() if draft.status is Status.WAITING]
    assert waiting == [SAY.in_locale("zh-Hans")]
