"""What phones get: reviewed states and nothing else, what the plan showed and nothing else."""

import dataclasses
import json

import pytest

from server.auth.errors import AccessDenied
from server.editor.edits.model import Status
from server.editor.releases import publishing
from server.editor.releases.publishing import publish_shipped_packs
from server.editor.units.errors import PlanChanged
from server.editor.units.unit import Unit
from server.errors import DataFolderError, PackRefused, UnknownRelease
from server.publish.current import publish_built_release, publish_packs, roll_back
from server.publish.data_folder.channel import Channel
from server.store.errors import StoreUnavailable
from tests.editor.desks import ANN, BEN, CHECK, CHEN, MEI, POLICE, SAY, SAY_ZH, TOPIC
from tests.packs import set_string


def page(room, address: str) -> str:
    """A page as phones have it."""
    region, locale, _ = address.split("/", 2)
    slice_ = room.data.read_slice(f"{region}/{locale}", room.data.read_current().slices[f"{region}/{locale}"])
    return room.data.blobs.read(slice_.files[address].sha256).decode()


def publish_all(room) -> str:
    return str(room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest).release)


def restart(room) -> str:
    """What the start of a server publishes."""
    return str(publish_shipped_packs(room.store, room.data, room.sources, only_if_new=True).release)


def test_a_reviewed_text_reaches_phones(started):
    started.reviewed(SAY, "Please go.")

    state = started.desk.publishing.publish_plan(ANN, started.desk.publishing.make_plan().digest)

    assert "Please go." in page(started, "xa/en/now/")
    assert started.desk.read_published(SAY) == "Please go."
    assert started.desk.read_published(TOPIC) == started.desk.reader.read_baseline(TOPIC)
    assert started.data.verify(str(state.release)) == []
    assert started.desk.edits.get_draft(SAY).status is Status.PUBLISHED
    assert started.desk.list_drafts() == []


def test_an_unreviewed_text_never_does(started):
    started.reviewed(SAY, "Reviewed words.")
    started.desk.edits.save(ANN, SAY, "Draft words.", seen=1)
    started.desk.edits.save(
        ANN, TOPIC, started.desk.reader.read_baseline(TOPIC).replace("Wait.", "Draft topic."), seen=0
    )

    publish_all(started)

    assert "Reviewed words." in page(started, "xa/en/now/")
    assert "Draft" not in page(started, "xa/en/now/") + page(started, "xa/en/guide/second/")
    restart(started)
    assert "Draft" not in page(started, "xa/en/now/") + page(started, "xa/en/guide/second/")


def test_a_plan_shows_what_would_change(started):
    started.reviewed(SAY, "Please go.")
    started.reviewed(CHECK, None)
    started.desk.edits.save(CHEN, TOPIC, "unreviewed", seen=0)

    plan = started.desk.publishing.make_plan()

    assert [(one.unit, one.n, one.what, one.by_name, one.reviewed_name) for one in plan.units] == [
        (SAY, 1, "changed", "Ann", "Ben"),
        (CHECK, 1, "removed", "Ann", "Ben"),
    ]
    assert plan.release not in (None, plan.current)
    assert ("en", "xa/en/now/", "changed") in [(one.locale, one.address, one.what) for one in plan.pages]
    assert not any("guide/second" in one.address for one in plan.pages)
    assert plan.falls_behind == (SAY_ZH,)
    assert plan.stale == 1
    assert plan.errors == ()
    assert started.data.channel.read().release == plan.current


def test_the_bytes_of_a_plan_are_those_that_a_phone_fetches(started):
    """The plan's number is the compressed update that the server then offers."""
    before = started.data.read_current().slices
    started.reviewed(TOPIC, started.desk.reader.read_baseline(TOPIC).replace("Wait.", "Wait a little."))
    plan = started.desk.publishing.make_plan()

    publish_all(started)

    after = started.data.read_current().slices
    for cost in plan.costs:
        key = f"{cost.region}/{cost.locale}"
        path = started.data.build_bundle_path(f"{after[key]}.from.{before[key]}.br")
        assert (cost.bytes, cost.is_new) == (path.stat().st_size, False)
    assert {cost.locale for cost in plan.costs} == {"en"}  # the other language's pages are as they were


def test_a_plan_without_changes_is_empty(started):
    assert started.desk.publishing.make_plan().is_empty
    assert started.desk.publishing.make_plan().units == started.desk.publishing.make_plan().pages == ()


def test_only_what_was_shown_is_published(started):
    started.reviewed(SAY, "Please go.")
    shown = started.desk.publishing.make_plan().digest
    started.reviewed(POLICE, started.desk.reader.read_baseline(POLICE) | {"number": "999"})

    with pytest.raises(PlanChanged):
        started.desk.publishing.publish_plan(ANN, shown)

    assert "Please go." not in page(started, "xa/en/now/")


def test_a_shipped_file_that_changed_is_shown_first(started):
    started.reviewed(SAY, "Please go.")
    shown = started.desk.publishing.make_plan().digest
    set_string(started.packs / "xa", "en", "rule.hours", "Newly shipped.")

    with pytest.raises(PlanChanged):
        started.desk.publishing.publish_plan(ANN, shown)


@pytest.mark.parametrize("who", [CHEN, MEI])
def test_only_a_publisher_publishes(started, who):
    started.reviewed(SAY, "Please go.")
    plan = started.desk.publishing.make_plan()

    for change in (
        lambda: started.desk.publishing.publish_plan(who, plan.digest),
        lambda: started.desk.publishing.roll_back(who),
        lambda: started.desk.publishing.recall_topic(who, "xa", "second"),
    ):
        with pytest.raises(AccessDenied):
            change()

    assert started.data.channel.read().release == plan.current
    assert started.data.channel.read().recalled == ()


def test_what_the_checker_refuses_is_not_published(started):
    started.reviewed_unchecked(SAY, "This visitor is genuine.")
    plan = started.desk.publishing.make_plan()

    assert plan.release is None
    assert [one.unit for one in plan.errors] == [SAY]
    with pytest.raises(PackRefused, match="nothing was published"):
        started.desk.publishing.publish_plan(ANN, plan.digest)
    assert started.data.channel.read().release == plan.current
    assert started.desk.reviews.revoke_review(BEN, SAY).reviewed == 0
    assert started.desk.publishing.make_plan().is_empty


def test_a_broken_entry_is_named(started):
    started.reviewed_unchecked(CHECK, {"id": "ids", "severity": "worse"})

    plan = started.desk.publishing.make_plan()

    assert plan.release is None
    assert {(one.unit, one.path) for one in plan.errors} >= {(CHECK, ("severity",)), (CHECK, ("kind",))}


def test_a_restart_serves_the_published_edits(started):
    """With the same digest: the restart reads everything anew, the publish patched what it had."""
    started.reviewed(SAY, "Please go.")
    digest = publish_all(started)
    moves = started.data.channel.read().moves

    assert restart(started) == digest
    assert started.data.channel.read().moves == moves


def test_an_upgrade_keeps_the_published_edits(started):
    started.reviewed(SAY, "Please go.")
    old = publish_all(started)
    set_string(started.packs / "xa", "en", "rule.hours", "Newly shipped.")

    assert restart(started) != old

    assert "Please go." in page(started, "xa/en/now/")
    assert "Newly shipped." in page(started, "xa/en/now/why/")


def test_going_back_takes_the_edits_back_with_it(started):
    first = started.data.channel.read().release
    started.reviewed(SAY, "Please go.")
    publish_all(started)

    started.desk.publishing.roll_back(BEN)

    assert started.data.channel.read().release == first
    assert started.desk.edits.get_draft(SAY).status is Status.REVIEWED  # to be published again, or not
    assert [one.unit for one in started.desk.publishing.make_plan().units] == [SAY]
    assert restart(started) == first


def test_a_mistake_does_not_come_back_with_an_upgrade(started):
    """Somebody went back from a bad text; the next shipped pack must not bring it along."""
    started.reviewed(SAY, "A terrible mistake.")
    publish_all(started)
    started.desk.publishing.roll_back(BEN)
    set_string(started.packs / "xa", "en", "rule.hours", "Newly shipped.")

    restart(started)

    assert "Newly shipped." in page(started, "xa/en/now/why/")
    assert "A terrible mistake." not in page(started, "xa/en/now/")


def test_a_restart_does_not_move_on_from_where_somebody_went_back_to(started):
    """An upgrade was published with an edit, and then both were undone: the old words stay, though they are made anew."""
    first = started.data.channel.read().release
    started.reviewed(SAY, "Please go.")
    set_string(started.packs / "xa", "en", "rule.hours", "Newly shipped, and wrong.")
    publish_all(started)
    started.desk.publishing.roll_back(BEN, first)

    assert restart(started) == first


def test_any_earlier_release_is_one_step_away(started):
    digests = [started.data.channel.read().release]
    for words in ("One.", "Two.", "Three."):
        started.reviewed(SAY, words)
        digests.append(publish_all(started))

    started.desk.publishing.roll_back(ANN, digests[1][:16])

    assert "One." in page(started, "xa/en/now/")
    assert started.desk.edits.get_draft(SAY).published == 1
    with pytest.raises(UnknownRelease):
        started.desk.publishing.roll_back(ANN, "f" * 64)


def test_releases_say_who_and_why(started):
    started.reviewed(SAY, "One.")
    digest = publish_all(started)
    started.desk.publishing.roll_back(BEN)

    lines = started.desk.publishing.list_releases()

    assert [(one.why, one.by_name, one.edits, one.is_current) for one in lines] == [
        ("rollback", "Ben", 0, True),
        ("publish", "Ann", 1, False),
        ("start", "", 0, False),
    ]
    assert lines[1].release == digest
    assert [entry.body["what"] for entry in started.store.entries("audit")][-2:] == [
        "release.published",
        "release.rolled-back",
    ]


def test_one_text_can_be_recalled_and_brought_back(started):
    assert started.desk.publishing.recall_topic(ANN, "xa", "second") == [
        "xa/en/guide/second/",
        "xa/zh-Hans/guide/second/",
    ]
    assert started.data.channel.read().recalled == ("xa/en/guide/second/", "xa/zh-Hans/guide/second/")

    started.desk.publishing.recall_topic(ANN, "xa", "second", lift=True)

    assert started.data.channel.read().recalled == ()
    with pytest.raises(PackRefused):
        started.desk.publishing.recall_topic(ANN, "xa", "no-such")
    assert [entry.body["what"] for entry in started.store.entries("audit")] == [
        "release.shipped",
        "topic.recalled",
        "topic.lifted",
    ]


def test_a_publish_that_fails_leaves_everything_as_it_was(started, monkeypatch):
    """Who was told that it failed must not find it published later."""
    started.reviewed(SAY, "Please go.")
    digest = started.desk.publishing.make_plan().digest
    before = started.desk.ledger.find_current(), started.data.channel.read()

    def fail(*_arguments: object, **_more: object) -> None:
        raise DataFolderError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Channel, "move", fail)
        with pytest.raises(DataFolderError):
            started.desk.publishing.publish_plan(ANN, digest)

    assert (started.desk.ledger.find_current(), started.data.channel.read()) == before
    restart(started)
    assert "Please go." not in page(started, "xa/en/now/")
    publish_all(started)
    assert "Please go." in page(started, "xa/en/now/")


def test_a_publish_whose_record_fails_moves_nothing(started, monkeypatch):
    started.reviewed(SAY, "Please go.")
    digest, before = started.desk.publishing.make_plan().digest, started.data.channel.read()

    def fail(*_arguments: object, **_more: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(started.desk.ledger, "record_publication", fail)

    with pytest.raises(StoreUnavailable):
        started.desk.publishing.publish_plan(ANN, digest)

    assert started.data.channel.read() == before


def test_of_two_machines_that_publish_at_once_one_is_told(started, monkeypatch):
    """Their locks are in different data folders; the store's record decides."""
    started.reviewed(SAY, "Please go.")
    digest, before = started.desk.publishing.make_plan().digest, started.data.channel.read()
    ledger = started.again().ledger

    def put_late(*arguments, **more):
        first = ledger.find_current()
        ledger.record_publication(
            dataclasses.replace(first, by_name="Another machine"), expect=ledger.read_document_version()
        )
        return publish_built_release(*arguments, **more)

    monkeypatch.setattr(publishing, "publish_built_release", put_late)

    with pytest.raises(PlanChanged):
        started.desk.publishing.publish_plan(ANN, digest)

    assert started.data.channel.read() == before
    assert ledger.find_current().by_name == "Another machine"


def test_a_channel_moved_without_a_record_stands(started):
    """By an operator who went back with tools that know no desk."""
    started.reviewed(SAY, "Please go.")
    publish_all(started)

    state = roll_back(started.data)

    assert started.desk.publishing.make_plan().current == state.release
    assert started.data.channel.read() == state
    assert [one.why for one in started.desk.publishing.list_releases()] == ["rollback", "publish", "start"]


def test_a_desk_over_an_older_data_folder_starts_with_no_edits(room):
    publish_packs(room.data, room.sources)

    assert room.desk.publishing.make_plan().is_empty
    assert restart(room) == room.data.channel.read().release
    assert room.desk.ledger.read_states() == {}


def test_giving_an_edit_up_brings_the_shipped_text_back(started):
    started.reviewed(SAY, "Please go.")
    publish_all(started)
    draft = started.desk.edits.drop_edit(ANN, SAY, seen=1)
    started.desk.reviews.approve_revision(BEN, SAY, draft.head)

    assert [(one.unit, one.what) for one in started.desk.publishing.make_plan().units] == [(SAY, "shipped")]
    publish_all(started)

    assert "Please go." not in page(started, "xa/en/now/")
    assert started.desk.list_drafts() == []


def test_a_sub_region_made_of_edits_reaches_phones(started):
    started.reviewed(Unit("xa-b", "pack.toml"), {"id": "xa-b", "iso": "XA-B", "parent": "xa"})
    started.reviewed(Unit("xa-b", "en/strings.toml", "region.name"), "The north")

    plan = started.desk.publishing.make_plan()
    assert {cost.region for cost in plan.costs if cost.is_new} == {"xa-b"}
    publish_all(started)

    assert "The north" in page(started, "xa-b/en/")
    digest = started.data.channel.read().release
    assert restart(started) == digest
    assert started.desk.list_regions() == ["xa", "xa-b"]


def test_the_record_is_small_however_much_is_edited(started):
    """States are in a blob: a document and a line of the log stay as they are."""
    for number in range(30):
        started.reviewed(Unit("xa", "en/strings.toml", "say.leave"), f"Words {number}")
    publish_all(started)

    lines = started.store.entries("published")

    assert max(len(json.dumps(line.body)) for line in lines) < 600


# ---- a start ----


def test_a_start_compiles_nothing_when_nothing_is_new(started, monkeypatch):
    """Compiling takes most of a start's time, and gives the bytes that are there."""
    before = started.data.read_current().digest
    monkeypatch.setattr(publishing, "build_release", lambda *_, **__: pytest.fail("compiled"))

    assert restart(started) == before


def test_a_start_compiles_again_what_was_lost(started):
    before = started.data.read_current().digest
    slice_ = next(iter(started.data.read_current().slices.items()))
    lost = started.data.read_slice(*slice_).files["xa/en/now/"].sha256
    path = next(path for path in (started.data.root / "blobs").rglob(f"*{lost[-8:]}*") if path.is_file())
    path.unlink()

    assert restart(started) == before
    assert started.data.verify(before) == []
