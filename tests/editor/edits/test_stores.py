"""The desk on both real stores: a text's whole life, people who save at once, and two machines on one database."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import Status
from server.editor.releases.publishing import publish_shipped_packs
from server.editor.releases.recalls import read_recalls
from server.editor.units.errors import ReviewRefused
from server.publish.data_folder.release import DataFolder
from server.store.open import open_store
from server.store.shared import SharedReleases
from tests.editor.desks import ANN, BEN, CHECK, CHEN, MEI, POLICE, SAY, SAY_ZH, TOPIC, Room


@pytest.fixture(params=["tinydb", "postgres"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Room, str | None]]:
    """A desk on an empty store of each kind, and the address of the store."""
    url = request.getfixturevalue("database_server").new_database() if request.param == "postgres" else None
    with closing(open_store(tmp_path / "data", url)) as store:
        yield Room(tmp_path, store=store), url


def test_a_text_from_its_first_draft_to_phones_and_back(real: tuple[Room, str | None]):
    room, _ = real
    desk = room.desk
    publish_shipped_packs(room.store, room.data, room.sources)
    first = room.data.channel.read().release

    desk.edits.save(ANN, SAY, "Please", seen=0, autosave=True)
    desk.edits.save(ANN, SAY, "Please go.", seen=1)
    with pytest.raises(EditConflict):
        desk.edits.save(BEN, SAY, "Go.", seen=0)
    desk.edits.save(ANN, POLICE, desk.reader.read_baseline(POLICE) | {"number": "999"}, seen=0)
    desk.edits.save(ANN, CHECK, None, seen=0)
    desk.edits.save(MEI, SAY_ZH, "请离开。", seen=0, made_from=desk.reader.compute_source_digest(SAY_ZH))
    desk.edits.save(ANN, TOPIC, "A draft", seen=0)
    for unit in (SAY, POLICE, CHECK, SAY_ZH):
        desk.reviews.approve_revision(BEN, unit, desk.edits.get_draft(unit).head)
    plan = desk.publishing.make_plan()
    assert {one.unit for one in plan.units} == {SAY, POLICE, CHECK, SAY_ZH}
    assert plan.errors == ()
    release = desk.publishing.publish_plan(ANN, plan.digest).release
    assert [draft.unit for draft in desk.list_drafts()] == [TOPIC]

    again = room.again()
    assert again.edits.get_draft(POLICE).content["number"] == "999"
    assert again.edits.get_draft(CHECK).content is None
    assert [one.content for one in again.edits.list_revisions(SAY)] == ["Please go."]
    assert publish_shipped_packs(room.store, room.data, room.sources, only_if_new=True).release == release
    again.publishing.roll_back(BEN)
    assert room.data.channel.read().release == first
    assert again.edits.get_draft(SAY).status is Status.REVIEWED
    assert [one.why for one in again.publishing.list_releases()] == ["rollback", "publish", "start"]
    assert room.store.check() == []


@pytest.mark.parametrize(
    ("judge", "status"),
    [
        (lambda desk: desk.reviews.approve_revisions(BEN, [(SAY, 1), (SAY_ZH, 1)]), Status.DRAFT),
        (lambda desk: desk.reviews.give_up_approvals(BEN, {SAY, SAY_ZH}, "Shorter."), Status.REVIEWED),
        (lambda desk: desk.hand_in_region(ANN, "xa"), Status.DRAFT),
    ],
    ids=["approve", "send back", "hand in"],
)
def test_several_texts_are_judged_all_or_none(real: tuple[Room, str | None], monkeypatch, judge, status):
    """The page says "Nothing was changed" when somebody saves one of the texts at the same moment."""
    room, _ = real
    for unit in (SAY, SAY_ZH):
        room.desk.edits.save(ANN, unit, "typed", seen=0)
        if status is Status.REVIEWED:
            room.desk.reviews.approve_revision(BEN, unit, 1)
    logged = len(room.store.entries("audit"))
    room.interrupt(monkeypatch, SAY_ZH, "newer", by=CHEN, seen=1)

    with pytest.raises(ReviewRefused):
        judge(room.desk)

    assert room.desk.edits.get_draft(SAY).status is status
    assert [one.body["name"] for one in room.store.entries("audit")[logged:]] == ["Chen"]


def test_what_came_back_and_what_was_taken_back_is_kept(real: tuple[Room, str | None]):
    room, _ = real
    publish_shipped_packs(room.store, room.data, room.sources)
    room.reviewed(SAY, "Please go.")
    room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest)
    assert room.desk.find_taken_back() is None
    room.desk.publishing.roll_back(BEN, reason="A wrong number.")
    room.desk.publishing.recall_topic(BEN, "xa", "second", reason="Two wrong numbers.")
    room.desk.edits.save(MEI, SAY_ZH, "请离开。", seen=0)
    room.desk.reviews.send_back_revision(BEN, SAY_ZH, 1, "Shorter.")

    again = room.again()

    assert again.find_taken_back().units == {SAY}
    assert again.find_taken_back().publication.reason == "A wrong number."
    assert [one.reason for one in read_recalls(room.store).values()] == ["Two wrong numbers."]
    assert again.edits.get_draft(SAY_ZH).status is Status.RETURNED
    assert again.reviews.find_open_note(again.edits.get_draft(SAY_ZH)).text == "Shorter."


def test_nobodys_words_are_lost_when_many_save_at_once(real: tuple[Room, str | None]):
    """Each goes on from what it sees; every acknowledged state is in the history, in one line of states."""
    room, url = real
    saved: list[str] = []
    gate = threading.Barrier(4)

    def work(number: int) -> None:
        with closing(open_store(room.data.root, url)) as store:
            desk = Room(room.packs.parent, store=store).desk
            gate.wait()
            for step in range(8):
                words = f"writer {number}, step {step}"
                while True:
                    seen = desk.edits.get_draft(SAY).head
                    try:
                        desk.edits.save(ANN, SAY, words, seen=seen)
                    except EditConflict:
                        continue
                    saved.append(words)
                    break

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    history = room.desk.edits.list_revisions(SAY)
    assert sorted(saved) == sorted(str(one.content) for one in history)
    assert len(saved) == 32
    assert [one.n for one in history] == list(range(32, 0, -1))


def test_what_one_machine_publishes_another_serves_and_goes_on_from(database_server, tmp_path):
    url = database_server.new_database()
    with closing(open_store(tmp_path, url)) as store, closing(open_store(tmp_path, url)) as other_store:
        room = Room(tmp_path / "one", store=store)
        publish_shipped_packs(room.store, room.data, room.sources)
        shutil.copytree(room.packs, tmp_path / "two" / "packs")
        elsewhere = Room(tmp_path / "two", store=other_store)
        one, two = (_shared(each) for each in (room, elsewhere))
        SharedReleases(store).push_release(room.data)
        room.reviewed(SAY, "Please go.")
        plan = one.publishing.make_plan()

        release = one.publishing.publish_plan(ANN, plan.digest).release
        SharedReleases(other_store).pull_release(elsewhere.data)

        assert elsewhere.data.channel.read().release == release
        assert two.publishing.make_plan().is_empty
        back = two.publishing.roll_back(BEN)
        SharedReleases(store).pull_release(room.data)
        assert DataFolder(room.data.root).channel.read() == back
        assert [line.why for line in one.publishing.list_releases()] == ["rollback", "publish", "start"]


def _shared(room: Room) -> Desk:
    """A desk as the server makes it where machines share one database."""
    shared = SharedReleases(room.store)
    return Desk(
        room.store,
        room.packs,
        room.data,
        room.sources,
        people=lambda: room.people,
        turn=lambda: shared.hold_publish_turn(room.data),
    )
