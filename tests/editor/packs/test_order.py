"""Topics, contacts and checks stand in the order that people gave them, on phones and in files."""

import pytest

from server.auth.errors import AccessDenied
from server.editor.packs.ordering import ORDERED
from server.editor.units.unit import Unit, make_entry_unit
from server.guidance.files.parse import load_pack
from tests.editor.desks import ANN, BEN, CHECK, HEAD, MEI, Room


def checks(room: Room, region: str = "xa") -> list[str]:
    return list(room.desk.load_usable_pack(region).pack.checks)


def move(room: Room, one: str, place: int, *, kind: str = "check", region: str = "xa"):
    return room.desk.move_entry(
        ANN, region, kind, one, place, seen=room.desk.edits.get_draft(HEAD.in_region(region)).head
    )


def test_an_edited_entry_keeps_its_place(room):
    before = checks(room)
    first = make_entry_unit("xa", "check", before[0])

    room.desk.edits.save(ANN, first, room.desk.reader.read_newest_content(first) | {"enabled": False}, seen=0)

    assert checks(room) == before


@pytest.mark.parametrize("kind", ORDERED)
def test_what_people_put_in_order_stays_in_order(room, kind):
    attribute = {"topic": "topics", "contact": "contacts", "check": "checks"}[kind]
    before = list(getattr(room.desk.load_usable_pack("xa").pack, attribute))

    move(room, before[-1], 0, kind=kind)

    assert list(getattr(room.again().load_usable_pack("xa").pack, attribute)) == [before[-1], *before[:-1]]
    assert room.desk.check_region("xa").errors == ()


def test_what_is_new_comes_last_and_what_is_removed_leaves_no_hole(room):
    before = checks(room)
    move(room, before[-1], 0)
    room.desk.edits.save(
        ANN,
        Unit("xa", "visit.toml", "check:more"),
        room.desk.reader.read_newest_content(CHECK) | {"id": "more"},
        seen=0,
    )
    room.desk.edits.save(ANN, make_entry_unit("xa", "check", before[-1]), None, seen=0)

    assert checks(room) == [*before[:-1], "more"]


def test_a_sub_region_has_the_order_of_its_parent_or_its_own(room):
    before = checks(room)
    room.desk.add_subregion(ANN, "xa", "b", {"en": "The north", "zh-Hans": "北方"})
    move(room, before[-1], 0)
    assert checks(room, "xa-b") == [before[-1], *before[:-1]]

    move(room, before[0], 0, region="xa-b")

    assert checks(room, "xa-b")[0] == before[0]
    assert checks(room)[0] == before[-1]


def test_the_order_is_reviewed_and_published_like_any_text(started):
    before = checks(started)
    draft = move(started, before[-1], 0)
    assert started.desk.publishing.make_plan().is_empty
    started.desk.reviews.approve_revision(BEN, HEAD, draft.head)

    plan = started.desk.publishing.make_plan()

    assert plan.errors == ()
    assert plan.pages


def test_the_order_goes_out_and_comes_in_as_a_file(room, tmp_path):
    move(room, checks(room)[-1], 0)
    other = Room(tmp_path / "other")

    assert other.desk.import_zip(ANN, room.desk.export_zip("xa", with_drafts=True)).changed == (HEAD,)
    assert checks(other) == checks(room)


def test_a_folder_says_its_order_itself(room):
    path = room.packs / "xa" / "pack.toml"
    before = checks(room)
    path.write_text(f'{path.read_text("utf-8")}\n[order]\ncheck = ["{before[-1]}", "gone"]\n', encoding="utf-8")

    assert list(load_pack(room.packs / "xa").checks) == [before[-1], *before[:-1]]


def test_moving_to_the_same_place_or_too_far_changes_nothing(room):
    before = checks(room)

    move(room, before[0], 0)
    assert room.desk.list_drafts() == []
    move(room, before[0], 99)
    assert checks(room) == [*before[1:], before[0]]
    with pytest.raises(AccessDenied):
        room.desk.move_entry(MEI, "xa", "check", before[0], 0, seen=1)
