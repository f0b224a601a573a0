"""What a rollback took back is known until it is published again, changed, or given up."""

from server.editor.releases.publishing import publish_shipped_packs
from tests.editor.desks import ANN, BEN, POLICE, SAY
from tests.editor.releases.test_publishing import publish_all
from tests.packs import set_string


def taken_back(room):
    found = room.desk.find_taken_back()
    return set(found.units) if found else set()


def published_twice(room) -> str:
    """Two releases with one text more each; give the shipped one's digest."""
    first = room.data.channel.read().release
    room.reviewed(SAY, "one")
    publish_all(room)
    room.reviewed(POLICE, {**room.desk.reader.read_newest_content(POLICE), "number": "112"})
    publish_all(room)
    return first


def test_going_back_twice_takes_back_both(started):
    first = published_twice(started)

    started.desk.publishing.roll_back(BEN)
    assert taken_back(started) == {POLICE}
    started.desk.publishing.roll_back(ANN, first)

    assert taken_back(started) == {SAY, POLICE}
    assert started.desk.find_taken_back().publication.by_name == "Ann"


def test_what_was_approved_since_was_not_taken_back(started):
    first = published_twice(started)
    started.desk.publishing.roll_back(BEN, first)

    started.reviewed(SAY, "two")

    assert taken_back(started) == {POLICE}


def test_a_publish_ends_it(started):
    first = published_twice(started)
    started.desk.publishing.roll_back(BEN, first)

    publish_all(started)

    assert taken_back(started) == set()


def test_it_is_still_known_after_an_upgrade_brought_newer_texts(started):
    first = published_twice(started)
    started.desk.publishing.roll_back(BEN, first)
    set_string(started.packs / "xa", "en", "region.name", "Another name")

    publish_shipped_packs(started.store, started.data, started.sources, only_if_new=True)

    assert started.desk.ledger.find_current().why == "start"
    assert taken_back(started) == {SAY, POLICE}


def test_without_a_record_nothing_was_taken_back(room):
    assert taken_back(room) == set()
