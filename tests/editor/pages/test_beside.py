"""Translating side by side, and one search over everything at the desk."""

import pytest

from server.editor.edits.model import Status
from server.editor.packs.search import search_pack
from server.editor.units.unit import make_entry_unit, make_text_unit
from server.guidance.texts.text import hash_source_text
from tests.auth.browser import words
from tests.editor.desks import POLICE, SAY, SAY_ZH
from tests.editor.office import PEOPLE, Office
from tests.publishing import Publisher

BESIDE = "/editor/xa/translate/zh-Hans/beside/"
WORDS = make_text_unit("xa", "zh-Hans", "danger.entry.words")


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def send(office: Office, texts: dict[str, str], *, by: str = "translator", **more: str):
    """Write texts with the sources and revisions as they are now, and save."""
    rows = {row.key: row for row in office.desk.list_text_rows("xa", "zh-Hans")}
    sent = dict(more)
    for key, text in texts.items():
        sent[f"text:{key}"] = text
        sent.setdefault(f"seen:{key}", str(office.desk.edits.get_draft(rows[key].unit).head))
        sent[f"from:{key}"] = hash_source_text(rows[key].source)
    return office[by].send(BESIDE, **sent)


def make_stale(office: Office) -> None:
    office.save(SAY, "Please go.", submit=False)
    office.save(WORDS.in_locale("en"), "I am at {address}. Come.", submit=False)


def test_what_waits_stands_beside_its_source(office):
    make_stale(office)

    page = office["translator"].open(BESIDE)

    assert "Please go." in words(page)
    assert page.text.count("<textarea") == 2
    assert page.text.count("autofocus") == 1
    total = office.desk.measure_progress("xa")[1].total
    assert f"{total - 2} of {total} texts done" in words(page)
    assert BESIDE in office["translator"].open("/editor/xa/translate/zh-Hans/").text


def test_several_texts_are_saved_and_handed_in_at_once(office):
    make_stale(office)

    done = send(office, {SAY.key: "请走。", WORDS.key: "我在{address}。快来。"}, action="submit")

    assert "Saved and submitted for review: 2" in words(office["translator"].open(done.location))
    assert {draft.unit: draft.status for draft in office.desk.list_drafts() if draft.unit.locale == "zh-Hans"} == {
        SAY_ZH: Status.WAITING,
        WORDS: Status.WAITING,
    }
    assert office.desk.measure_progress("xa")[1].stale == 0
    assert "Nothing left to do." in words(office["translator"].open(BESIDE))


def test_a_text_that_still_fits_is_confirmed(office):
    make_stale(office)
    before = office.desk.reader.read_newest_content(SAY_ZH)

    send(office, {SAY.key: before})
    assert office.desk.measure_progress("xa")[1].stale == 2
    send(office, {SAY.key: before}, **{f"fits:{SAY.key}": "y"})

    assert office.desk.measure_progress("xa")[1].stale == 1
    assert office.desk.reader.read_newest_content(SAY_ZH) == before


def test_a_lost_placeholder_is_told_and_the_rest_is_saved(office):
    make_stale(office)

    page = send(office, {SAY.key: "请走。", WORDS.key: "快来。"})

    assert page.status_code == 422
    assert "the placeholders differ from those of the source: {address}" in words(page)
    assert ">\n快来。</textarea>" in page.text
    assert office.desk.reader.read_newest_content(SAY_ZH) == "请走。"
    assert office.desk.edits.find_draft(WORDS) is None


def test_somebody_elses_text_is_not_overwritten(office):
    make_stale(office)
    office.save(SAY_ZH, "走。", by="translator", submit=False)

    page = send(office, {SAY.key: "请走。"}, **{f"seen:{SAY.key}": "0"})

    assert page.status_code == 422
    assert "somebody else has just saved this text" in words(page)
    assert office.desk.reader.read_newest_content(SAY_ZH) == "走。"


@pytest.mark.parametrize(
    ("role", "path", "status"), [("reader", BESIDE, 403), ("translator", "/editor/xa/translate/en/beside/", 404)]
)
def test_who_may_not_translate_is_not_let_in(office, role, path, status):
    assert office[role].open(path).status_code == status


def test_a_source_that_changed_meanwhile_leaves_the_text_behind(office):
    make_stale(office)

    office["translator"].send(
        BESIDE, **{f"text:{SAY.key}": "请走。", f"seen:{SAY.key}": "0", f"from:{SAY.key}": hash_source_text("Older")}
    )

    assert office.desk.reader.read_newest_content(SAY_ZH) == "请走。"
    assert office.desk.measure_progress("xa")[1].stale == 2


# ---- search ----


@pytest.mark.parametrize(
    ("asked", "found"),
    [("Stand BACK", [SAY]), ("请离开", [SAY_ZH]), ("４００-820 88 20", [POLICE]), ("L1", []), ("nowhere", [])],
)
def test_everything_is_searched(office, asked, found):
    office.save(SAY, "Please stand back.")
    office.save(SAY_ZH, "请离开我家门口。", by="translator")
    office.save(POLICE, office.desk.reader.read_newest_content(POLICE) | {"number": "4008208820"})

    units = [one.unit for one in search_pack(office.desk.load_usable_pack("xa").pack, asked)]

    assert units[: len(found)] == found
    assert bool(units) == bool(found) or asked == "L1"
    page = office["reader"].open("/editor/search/?q=" + asked)
    assert f"Texts found: {len(units)}" in words(page)


def test_a_source_is_found_by_its_title(office):
    unit = make_entry_unit("xa", "source", "L1")
    title = office.desk.reader.read_newest_content(unit)["cite"][0]["title"]

    assert unit in [one.unit for one in search_pack(office.desk.load_usable_pack("xa").pack, title)]


def test_what_a_sub_region_inherits_is_found_once(office):
    office.save(SAY, "Please stand back.")
    names = {"en": "Easton", "zh-Hans": "东城"}
    office.desk.add_subregion(PEOPLE["editor"], "xa", "e1", names)

    page = office["reader"].open("/editor/search/?q=stand+back")

    assert "Texts found: 1" in words(page)
    assert "Texts found: 1" in words(office["reader"].open("/editor/search/?q=Easton"))
    assert "Texts found" not in words(office["reader"].open("/editor/search/"))
