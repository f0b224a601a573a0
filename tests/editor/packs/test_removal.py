"""A region or a language that was made by mistake is removed whole; what readers ever got is not."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.auth.errors import AccessDenied
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.units.errors import PlaceRefused, UnknownPlace
from server.editor.units.unit import Unit, make_head_unit, make_text_unit
from server.store.open import open_store
from tests.editor.desks import ANN, BEN, CHEN, MEI, SAY, Room

NAMES = {"en": "The north", "zh-Hans": "北方"}
FRENCH = Unit("xa", "pack.toml", "locale:fr")


def add_north(room: Room, region: str = "xa-b") -> None:
    room.desk.add_subregion(CHEN, "xa", region, NAMES)
    room.desk.edits.save(BEN, SAY.in_region(region), "Go.", seen=0)
    room.desk.edits.save(BEN, SAY.in_region(region), "Go away.", seen=1)


@pytest.fixture(params=["tinydb", "postgres"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    url = request.getfixturevalue("database_server").new_database() if request.param == "postgres" else None
    with closing(open_store(tmp_path / "data", url)) as store:
        yield Room(tmp_path, store=store)


def test_a_region_made_by_mistake_is_gone(real):
    add_north(real)
    add_north(real, "xa-c")

    assert real.desk.count_region_edits("xa-b") == 4
    real.desk.remove_region(CHEN, "xa-b")

    again = real.again()
    assert again.list_regions() == ["xa", "xa-c"]
    assert {draft.unit.region for draft in again.list_drafts()} == {"xa-c"}
    assert again.load_usable_pack("xa-b") is None
    assert again.edits.list_revisions(SAY.in_region("xa-b")) == []
    assert len(again.edits.list_revisions(SAY.in_region("xa-c"))) == 2
    assert real.store.entries("audit")[-1].body["what"] == "pack.removed"


def test_it_can_be_made_again_and_begins_anew(real):
    add_north(real)
    real.desk.remove_region(CHEN, "xa-b")
    real.desk.add_subregion(CHEN, "xa", "xa-b", NAMES)
    real.desk.edits.save(CHEN, SAY.in_region("xa-b"), "Leave.", seen=0)

    assert [one.content for one in real.again().edits.list_revisions(SAY.in_region("xa-b"))] == ["Leave."]
    assert real.desk.edits.get_revision(SAY.in_region("xa-b"), 3).content == "Leave."


def test_a_page_opened_before_a_removal_saves_over_nothing(real):
    unit = SAY.in_region("xa-b")
    real.desk.add_subregion(CHEN, "xa", "xa-b", NAMES)
    real.desk.edits.save(BEN, unit, "Go.", seen=0)
    real.desk.remove_region(CHEN, "xa-b")
    real.desk.add_subregion(CHEN, "xa", "xa-b", NAMES)
    real.desk.edits.save(CHEN, unit, "Leave.", seen=0)

    with pytest.raises(EditConflict):
        real.desk.edits.save(BEN, unit, "Go away.", seen=1)

    assert real.again().edits.get_draft(unit).content == "Leave."


def test_a_note_on_what_is_gone_is_no_note_on_what_is_made_again(real):
    add_north(real)
    unit = SAY.in_region("xa-b")
    real.desk.reviews.send_back_revision(ANN, unit, 2, "This name is an insult.")
    assert real.desk.reviews.find_last_note(unit) is not None

    real.desk.remove_region(CHEN, "xa-b")
    real.desk.add_subregion(CHEN, "xa", "xa-b", NAMES)
    for words in ("Leave.", "Please leave."):
        real.desk.edits.save(CHEN, unit, words, seen=real.desk.edits.get_draft(unit).head)

    again = real.again()
    assert again.reviews.find_last_note(unit) is None
    assert again.reviews.find_open_note(again.edits.get_draft(unit)) is None


def test_what_readers_ever_had_is_not_removed(started):
    add_north(started)
    for draft in started.desk.list_drafts():
        started.desk.reviews.approve_revision(ANN, draft.unit, draft.head)
    assert started.desk.may_remove_region("xa-b")
    started.desk.publishing.publish_plan(ANN, started.desk.publishing.make_plan().digest)
    started.desk.publishing.roll_back(ANN)

    for region in ("xa", "xa-b"):
        assert not started.desk.may_remove_region(region)
        with pytest.raises(PlaceRefused):
            started.desk.remove_region(ANN, region)
    assert started.desk.list_regions() == ["xa", "xa-b"]


def test_a_region_goes_after_those_below_it(room, tmp_path):
    """A whole region from another desk, with a part."""
    add_north(room)
    other = Room(tmp_path / "other")
    (other.packs / "xa").rename(other.packs / "xb")
    for path in (other.packs / "xb").rglob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace('"xa"', '"xb"').replace('"XA"', '"XB"'), "utf-8")
    desk = other.again()
    for region in ("xa", "xa-b"):
        desk.import_zip(ANN, room.desk.export_zip(region, with_drafts=True))

    assert not desk.may_remove_region("xa")
    with pytest.raises(PlaceRefused):
        desk.remove_region(ANN, "xa")
    desk.remove_region(ANN, "xa-b")
    desk.remove_region(ANN, "xa")

    assert desk.list_regions() == ["xb"]
    assert desk.list_drafts() == []


def test_nobody_removes_what_is_not_theirs_to_edit(room):
    add_north(room)

    with pytest.raises(AccessDenied):
        room.desk.remove_region(MEI, "xa-b")
    with pytest.raises(UnknownPlace):
        room.desk.remove_region(ANN, "zz")
    assert "xa-b" in room.desk.list_regions()


def test_what_somebody_saves_meanwhile_goes_too(room, monkeypatch):
    add_north(room)
    commit = room.store.commit

    def interrupted(changes):
        monkeypatch.setattr(room.store, "commit", commit)
        room.again().edits.save(BEN, SAY.in_region("xa-b"), "Please go.", seen=2)
        return commit(changes)

    monkeypatch.setattr(room.store, "commit", interrupted)

    room.desk.remove_region(CHEN, "xa-b")

    assert room.desk.list_drafts() == []


def test_a_publish_at_the_same_moment_keeps_the_region(started, monkeypatch):
    add_north(started)
    for draft in started.desk.list_drafts():
        started.desk.reviews.approve_revision(ANN, draft.unit, draft.head)
    digest = started.desk.publishing.make_plan().digest
    commit = started.store.commit

    def interrupted(changes):
        monkeypatch.setattr(started.store, "commit", commit)
        started.again().publishing.publish_plan(ANN, digest)
        return commit(changes)

    monkeypatch.setattr(started.store, "commit", interrupted)

    with pytest.raises(PlaceRefused):
        started.desk.remove_region(CHEN, "xa-b")
    assert "xa-b" in started.desk.list_regions()


def test_a_language_made_by_mistake_is_gone_with_its_texts(room):
    add_north(room)
    room.desk.add_locale(CHEN, "xa", "fr", name="Français", fallback="en")
    room.desk.edits.save(ANN, SAY.in_locale("fr"), "Partez.", seen=0)
    room.desk.edits.save(ANN, make_text_unit("xa-b", "fr", "region.name"), "Le nord", seen=0)
    others = {draft.unit for draft in room.desk.list_drafts() if draft.unit.locale != "fr" and draft.unit != FRENCH}

    assert room.desk.may_remove_locale("xa", "fr")
    room.desk.remove_locale(CHEN, "xa", "fr")

    assert {draft.unit for draft in room.desk.list_drafts()} == others
    assert list(room.desk.load_usable_pack("xa").pack.locales) == ["en", "zh-Hans"]
    assert room.desk.edits.list_revisions(FRENCH) == []


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "de"])
def test_a_language_that_readers_or_others_need_stays(room, tag):
    room.desk.add_locale(CHEN, "xa", "fr", name="Français", fallback="en")

    assert not room.desk.may_remove_locale("xa", tag)
    with pytest.raises((PlaceRefused, UnknownPlace)):
        room.desk.remove_locale(CHEN, "xa", tag)


def test_a_language_that_another_borrows_from_stays(room):
    for tag, fallback in (("fr", "en"), ("de", "fr")):
        unit = Unit("xa", "pack.toml", f"locale:{tag}")
        content = {"tag": tag, "dir": "ltr", "name": tag, "fallback": fallback, "partial": True}
        room.desk.edits.save(ANN, unit, content, seen=0)

    assert not room.desk.may_remove_locale("xa", "fr")
    room.desk.remove_locale(ANN, "xa", "de")
    room.desk.remove_locale(ANN, "xa", "fr")
    assert room.desk.list_drafts() == []


@pytest.mark.parametrize(
    ("code", "region"), [("B", "xa-b"), (" xa-b ", "xa-b"), ("XA-B", "xa-b"), ("３１", "xa-31"), ("31", "xa-31")]
)
def test_a_code_is_read_as_people_write_it(room, code, region):
    room.desk.add_subregion(CHEN, "xa", code, NAMES)

    assert room.desk.list_regions() == ["xa", region]


@pytest.mark.parametrize(
    ("code", "reason"), [("Shanghai", "code"), ("xb-31", "code"), ("1234", "code"), ("上海", "code"), ("", "code")]
)
def test_a_code_that_is_none_is_refused_and_never_cut(room, code, reason):
    with pytest.raises(PlaceRefused) as refused:
        room.desk.add_subregion(CHEN, "xa", code, NAMES)

    assert refused.value.reason == reason
    assert room.desk.list_regions() == ["xa"]
    assert room.desk.reader.find_edit(make_head_unit("xa-b")) is None


def add_french_to_north(room: Room) -> None:
    """Give the north a French of its own, whole."""
    add_north(room)
    content = {"tag": "fr", "dir": "ltr", "name": "Français", "fallback": "en", "partial": True}
    room.reviewed(FRENCH.in_region("xa-b"), content)
    for row in room.desk.list_text_rows("xa-b", "fr"):
        if row.at_door and row.text is None:
            room.reviewed(row.unit, row.source)


def publish_everything(room: Room) -> None:
    for draft in room.desk.list_drafts():
        room.desk.reviews.approve_revision(ANN, draft.unit, draft.head)
    room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest)


def list_north(desk: Desk) -> list[Unit]:
    return [edit.unit for edit in desk.reader.list_edits("xa-b")]


def test_a_language_of_a_region_below_stays_when_one_of_the_same_name_is_removed_above(real):
    """Readers of the north have its French; somebody added French to the whole country by mistake."""
    add_french_to_north(real)
    publish_everything(real)
    before = list_north(real.desk)
    history = real.desk.edits.list_revisions(FRENCH.in_region("xa-b"))
    real.desk.add_locale(CHEN, "xa", "fr", name="Français", fallback="en")
    real.desk.edits.save(CHEN, SAY.in_locale("fr"), "Partez.", seen=0)

    assert real.desk.count_locale_edits("xa", "fr") == 2
    real.desk.remove_locale(CHEN, "xa", "fr")

    assert list_north(real.again()) == before
    assert real.again().edits.list_revisions(FRENCH.in_region("xa-b")) == history
    assert "fr" in real.again().load_usable_pack("xa-b").pack.locales
    assert "fr" not in real.again().load_usable_pack("xa").pack.locales


def test_a_language_in_work_above_withholds_nothing_of_a_region_that_has_its_own(started):
    """Readers of the north have its French; French of the whole country has only just been begun."""
    add_french_to_north(started)
    publish_everything(started)
    french = SAY.in_region("xa-b").in_locale("fr")
    started.desk.add_locale(CHEN, "xa", "fr", name="Français", fallback="en")
    started.desk.edits.save(CHEN, french, "Partez, s'il vous plaît.", seen=started.desk.edits.get_draft(french).head)
    for unit in (FRENCH, french):
        started.desk.reviews.approve_revision(ANN, unit, started.desk.edits.get_draft(unit).head)

    plan = started.desk.publishing.make_plan()

    assert [(one.region, one.locale) for one in plan.withheld] == [("xa", "fr")]
    assert french in [one.unit for one in plan.units]
    assert plan.errors == ()


def test_a_language_of_a_region_below_that_is_shipped_stays(room):
    add_french_to_north(room)
    texts = [edit.unit for edit in room.desk.reader.list_edits("xa-b") if edit.unit.locale == "fr"]
    folder = room.packs / "xa-c"
    folder.mkdir()
    own = 'id = "xa-c"\niso = "XA-C"\nparent = "xa"\n[[locale]]\ntag = "fr"\ndir = "ltr"\nname = "Français"\n'
    (folder / "pack.toml").write_text(own + 'fallback = "en"\npartial = true\n', "utf-8")
    for unit in texts:
        room.desk.edits.save(BEN, unit.in_region("xa-c"), "Partez.", seen=0)
    room.desk.add_locale(CHEN, "xa", "fr", name="Français", fallback="en")

    room.desk.remove_locale(CHEN, "xa", "fr")

    left = {edit.unit for edit in room.desk.reader.list_edits()}
    assert left >= {*texts, *(unit.in_region("xa-c") for unit in texts)}


def test_a_language_one_of_whose_texts_was_ever_published_stays(started):
    """The north gave its own French up, so its texts belong to the country's French; readers had them."""
    add_french_to_north(started)
    publish_everything(started)
    own = started.desk.edits.get_draft(FRENCH.in_region("xa-b"))
    started.desk.add_locale(CHEN, "xa", "fr", name="Français", fallback="en")
    started.desk.edits.drop_edit(ANN, own.unit, seen=own.head)
    started.desk.reviews.approve_revision(BEN, own.unit, own.head + 1)
    before = list_north(started.desk)

    assert not started.desk.may_remove_locale("xa", "fr")
    with pytest.raises(PlaceRefused) as refused:
        started.desk.remove_locale(CHEN, "xa", "fr")
    assert refused.value.reason == "published"
    assert list_north(started.desk) == before


def test_a_language_that_a_region_below_borrows_from_stays(room):
    add_north(room)
    room.desk.add_locale(CHEN, "xa", "fr", name="Français", fallback="en")
    german = {"tag": "de", "dir": "ltr", "name": "Deutsch", "fallback": "fr", "partial": True}
    room.desk.edits.save(ANN, Unit("xa-b", "pack.toml", "locale:de"), german, seen=0)

    with pytest.raises(PlaceRefused) as refused:
        room.desk.remove_locale(CHEN, "xa", "fr")
    assert refused.value.reason == "borrowed"
