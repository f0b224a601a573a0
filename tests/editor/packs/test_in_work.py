"""A language that is not whole yet stops nothing: no publish, no province, no file that goes out and comes in again."""

import pytest

from server.editor.exchange.errors import ImportRefused
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Unit, make_text_unit
from tests.editor.desks import ANN, BEN, HEAD, SAY, Room
from tests.packs import with_tables

FRENCH = Unit("xa", "pack.toml", "locale:fr")
NAMES = {"en": "The north", "zh-Hans": "北方"}


@pytest.fixture
def french(room) -> Room:
    """A desk with a third language, in which one sentence is translated."""
    room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")
    room.desk.edits.save(ANN, SAY.in_locale("fr"), "Partez.", seen=0)
    return room


def translate_everything(room, region: str = "xa") -> None:
    for row in room.desk.list_text_rows(region, "fr"):
        if row.at_door and row.text is None:
            room.reviewed(row.unit, row.source)


def test_a_language_in_work_is_no_fault_of_its_region(french):
    assert french.desk.check_region("xa").findings == Room(french.packs.parent).desk.check_region("xa").findings
    assert french.desk.find_locales_in_work("xa") == {"fr"}


def test_a_caution_is_not_asked_for_in_a_language_in_work(room):
    """A number that we are less sure of has its caution in every language that readers get."""
    contact = room.desk.reader.read_newest_content(Unit("xa", "contacts.toml", "contact:police")) | {
        "confidence": "medium-high"
    }
    room.desk.edits.save(ANN, Unit("xa", "contacts.toml", "contact:police"), contact, seen=0)
    for tag in ("en", "zh-Hans"):
        room.desk.edits.save(ANN, make_text_unit("xa", tag, "contact.police.caution"), "Maybe.", seen=0)
    room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")

    assert room.desk.check_region("xa").errors == ()
    assert room.desk.check_unit(Unit("xa", "contacts.toml", "contact:police")) == ()


def test_its_own_faults_are_shown_beside_its_texts(french):
    french.desk.edits.save(ANN, SAY.in_locale("fr"), "{nothing:here}", seen=1)

    assert [one.unit for one in french.desk.check_unit(SAY.in_locale("fr"))] == [SAY.in_locale("fr")]
    assert french.desk.check_region("xa").errors == ()


def test_a_language_in_work_is_no_fault_of_a_sub_region_and_needs_no_name_there(french):
    french.desk.add_subregion(ANN, "xa", "xa-b", NAMES)

    assert french.desk.check_region("xa-b").errors == ()
    assert french.desk.find_locales_in_work("xa-b") == {"fr"}


def test_it_stops_no_publish_however_far_it_is(started):
    started.reviewed(FRENCH, {"tag": "fr", "dir": "ltr", "name": "Français", "fallback": "en", "partial": True})
    for draft in started.desk.add_subregion(ANN, "xa", "xa-b", NAMES):
        started.desk.reviews.approve_revision(BEN, draft.unit, draft.head)
    started.reviewed(SAY.in_locale("fr"), "{nothing:here}")
    started.reviewed(SAY.in_locale("fr").in_region("xa-b"), "Partez d'ici.")

    plan = started.desk.publishing.make_plan()
    state = started.desk.publishing.publish_plan(ANN, plan.digest)

    assert plan.errors == ()
    released = started.data.read_release(str(state.release))
    assert set(released.slices) == {"xa/en", "xa/zh-Hans", "xa-b/en", "xa-b/zh-Hans"}
    assert not [unit for unit in started.desk.ledger.read_states() if unit.locale == "fr"]


def test_a_whole_language_with_a_fault_waits_too(started):
    started.reviewed(FRENCH, {"tag": "fr", "dir": "ltr", "name": "Français", "fallback": "en", "partial": True})
    started.reviewed(SAY.in_locale("fr"), "{nothing:here}")
    translate_everything(started)

    assert started.desk.publishing.make_plan().errors == ()
    assert [(one.locale, one.missing, one.faults) for one in started.desk.publishing.make_plan().withheld] == [
        ("fr", 0, 1)
    ]
    started.reviewed(SAY.in_locale("fr"), "Partez.")
    assert started.desk.publishing.make_plan().withheld == ()


def test_a_language_that_borrows_nothing_waits_until_every_text_is_there(started):
    with_tables(started.packs / "xa")
    started.reviewed(FRENCH, {"tag": "fr", "dir": "ltr", "name": "Français"})
    translate_everything(started)
    (left,) = started.desk.publishing.make_plan().withheld
    assert left.missing > 0

    for row in started.desk.list_text_rows("xa", "fr"):
        if row.text is None:
            started.reviewed(row.unit, row.source)

    assert started.desk.publishing.make_plan().withheld == ()
    assert started.desk.publishing.make_plan().errors == ()


def test_it_waits_for_the_names_of_sub_regions(started):
    """Otherwise a province would be called by the name of its country."""
    started.reviewed(FRENCH, {"tag": "fr", "dir": "ltr", "name": "Français", "fallback": "en", "partial": True})
    for draft in started.desk.add_subregion(ANN, "xa", "xa-b", NAMES):
        started.desk.reviews.approve_revision(BEN, draft.unit, draft.head)
    translate_everything(started)

    assert [(one.region, one.stale) for one in started.desk.publishing.make_plan().withheld] == [("xa-b", 1)]
    assert started.desk.find_locales_in_work("xa") == {"fr"}
    started.reviewed(make_text_unit("xa-b", "fr", "region.name"), "Le nord")

    plan = started.desk.publishing.make_plan()
    assert (plan.withheld, plan.errors) == ((), ())
    assert {(one.region, one.locale) for one in plan.costs} >= {("xa", "fr"), ("xa-b", "fr")}


def test_a_language_that_borrows_from_one_in_work_waits_for_it(started):
    """Such drafts are on desks already; a new one must borrow from a language that readers have."""
    for tag, fallback in (("fr", "en"), ("de", "fr")):
        unit = Unit("xa", "pack.toml", f"locale:{tag}")
        started.reviewed(unit, {"tag": tag, "dir": "ltr", "name": tag, "fallback": fallback, "partial": True})
    for row in started.desk.list_text_rows("xa", "de"):
        if row.text is None:
            started.reviewed(row.unit, row.source)

    plan = started.desk.publishing.make_plan()

    assert plan.errors == ()
    assert sorted(one.locale for one in plan.withheld) == ["de", "fr"]
    with pytest.raises(ContentRefused):
        started.desk.add_locale(ANN, "xa", "es", name="Español", fallback="fr")


def test_the_language_of_the_sources_is_never_in_work(room):
    """A region from another desk is all drafts; without these languages nothing of it can be read."""
    room.desk.edits.save(ANN, SAY, None, seen=0)

    assert room.desk.find_locales_in_work("xa") == frozenset()
    assert room.desk.check_region("xa").errors


def test_its_zip_comes_in_again_here_and_on_another_desk(french, tmp_path):
    other = Room(tmp_path / "other")
    data = french.desk.export_zip("xa", with_drafts=True)

    assert french.desk.import_zip(ANN, data).changed == ()
    changed = other.desk.import_zip(ANN, data).changed

    assert set(changed) == {FRENCH, SAY.in_locale("fr")}
    assert other.desk.find_locales_in_work("xa") == {"fr"}
    assert other.desk.export_zip("xa", with_drafts=True) == data


def test_a_whole_region_comes_in_with_its_language_in_work(french, tmp_path):
    """On a desk that ships another region only."""
    french.desk.add_subregion(ANN, "xa", "xa-b", NAMES)
    other = Room(tmp_path / "other")
    (other.packs / "xa").rename(other.packs / "xb")
    for path in (other.packs / "xb").rglob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace('"xa"', '"xb"').replace('"XA"', '"XB"'), "utf-8")

    for region in ("xa", "xa-b"):
        other.again().import_zip(ANN, french.desk.export_zip(region, with_drafts=True))

    desk = other.again()
    assert desk.find_locales_in_work("xa") == {"fr"}
    assert [desk.check_region(region).errors for region in ("xa", "xa-b", "xb")] == [(), (), ()]


def test_a_zip_in_which_a_published_language_has_holes_is_refused(room):
    room.desk.edits.save(ANN, Unit("xa", "zh-Hans/strings.toml", "say.leave"), None, seen=0)

    with pytest.raises(ImportRefused):
        room.desk.import_zip(ANN, room.desk.export_zip("xa", with_drafts=True))


def test_its_po_file_goes_out_and_comes_in(french):
    done = french.desk.import_po(ANN, "xa", "fr", french.desk.export_po("xa", "fr"))

    assert done.changed == ()


def test_every_language_of_the_desk_is_listed_with_its_name(french):
    assert ("fr", "Français") in french.desk.list_locales()
    french.desk.edits.save(ANN, FRENCH, None, seen=1)
    assert [tag for tag, _ in french.desk.list_locales()] == ["en", "zh-Hans"]
    assert french.desk.reader.read_newest_content(HEAD)
