"""A change that is given up is gone: nothing is left that waits for a review, or for phones."""

import pytest

from server.auth.errors import AccessDenied
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import Status
from server.editor.edits.saving import UnitChange
from server.editor.units.unit import Unit
from tests.editor.desks import ANN, BEN, CHEN, MEI, READER, SAY, SAY_ZH
from tests.editor.releases.test_publishing import publish_all

TOPIC_THIRD = Unit("xa", "en/topics/third.md")


def units(room):
    return [draft.unit for draft in room.desk.list_drafts()]


def test_what_was_never_published_leaves_no_draft(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0, autosave=True)

    draft = room.desk.edits.discard_change(ANN, SAY, seen=1)

    assert (draft.status, draft.content) == (Status.PUBLISHED, room.desk.reader.read_baseline(SAY))
    assert units(room) == []
    assert [one.content for one in room.desk.edits.list_revisions(SAY)] == [None, "mine"], "the history keeps it"


@pytest.mark.parametrize(
    "undo",
    [
        lambda desk: desk.edits.discard_change(ANN, SAY, seen=2),
        lambda desk: desk.edits.drop_edit(ANN, SAY, seen=2),
        lambda desk: desk.edits.restore_revision(ANN, SAY, 1),
        lambda desk: desk.edits.save(ANN, SAY, None, seen=2),
        lambda desk: desk.edits.save(ANN, SAY, "both", seen=2, why="merge"),
        lambda desk: desk.edits.save_all(ANN, [UnitChange(SAY, "of a file", seen=2)], why="import"),
    ],
    ids=["discard", "drop", "restore", "remove", "merge", "import"],
)
def test_the_history_keeps_what_was_only_autosaved(room, undo):
    """Whoever types and gives it up a minute later finds it in the history: only more typing takes its place there."""
    room.desk.edits.save(BEN, SAY, "first", seen=0)
    room.desk.edits.save(ANN, SAY, "typed", seen=1, autosave=True)
    room.clock.move(minutes=2)

    undo(room.desk)

    assert [(one.n, one.content) for one in room.desk.edits.list_revisions(SAY)][1:] == [(2, "typed"), (1, "first")]
    assert room.desk.edits.get_draft(SAY).head == 3


def test_the_history_keeps_what_was_typed_into_a_new_entry_that_is_removed(room):
    room.desk.edits.save(ANN, TOPIC_THIRD, "+++\n+++\nTyped\n", seen=0, autosave=True)

    room.desk.edits.save(ANN, TOPIC_THIRD, None, seen=1)

    assert [one.content for one in room.desk.edits.list_revisions(TOPIC_THIRD)] == [None, "+++\n+++\nTyped\n"]


def test_a_change_of_a_published_edit_goes_back_to_what_phones_have(started):
    started.reviewed(SAY, "on phones")
    publish_all(started)
    started.desk.edits.save(ANN, SAY, "mine", seen=1)

    draft = started.desk.edits.discard_change(ANN, SAY, seen=2)

    assert (draft.status, draft.content) == (Status.PUBLISHED, "on phones")
    assert units(started) == []
    assert started.desk.publishing.make_plan().is_empty


def test_what_is_approved_stays_when_the_draft_above_it_is_given_up(started):
    started.reviewed(SAY, "approved")
    started.desk.edits.save(CHEN, SAY, "more", seen=1)

    draft = started.desk.edits.discard_change(CHEN, SAY, seen=2)

    assert (draft.status, draft.content, draft.reviewed_name) == (Status.REVIEWED, "approved", "Ben")
    assert [one.unit for one in started.desk.publishing.make_plan().units] == [SAY]
    again = started.desk.edits.discard_change(CHEN, SAY, seen=draft.head)

    assert again.status is Status.PUBLISHED
    assert started.desk.publishing.make_plan().is_empty, "an approved change that is given up is not published later"


def test_the_next_change_is_new_and_needs_a_review(started):
    started.reviewed(SAY, "approved")
    started.desk.edits.discard_change(ANN, SAY, seen=1)

    draft = started.desk.edits.save(ANN, SAY, "next", seen=2)

    assert (draft.head, draft.status, draft.authors) == (3, Status.DRAFT, ("p1",))
    assert started.desk.reviews.find_review_obstacle(ANN, SAY) == "author"


def test_typing_the_text_of_phones_again_leaves_no_draft(room):
    shipped = room.desk.reader.read_baseline(SAY)
    room.desk.edits.save(ANN, SAY, "mine", seen=0)

    room.desk.edits.save(ANN, SAY, shipped, seen=1)

    assert units(room) == []


def test_an_older_page_and_a_reader_give_nothing_up(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0)
    room.desk.edits.save(BEN, SAY, "better", seen=1)

    with pytest.raises(EditConflict):
        room.desk.edits.discard_change(ANN, SAY, seen=1)
    with pytest.raises(AccessDenied):
        room.desk.edits.discard_change(READER, SAY, seen=2)

    assert room.desk.edits.get_draft(SAY).content == "better"


def list_taken_back(room):
    return [one.body["name"] for one in room.store.entries("audit") if one.body["what"] == "text.review-taken-back"]


def test_a_translator_takes_no_approval_of_somebody_elses_text_away(room):
    """Not at once, and not in two steps either: a change of their own on top, given up, makes nobody its author."""
    room.reviewed(SAY_ZH, "approved")

    with pytest.raises(AccessDenied):
        room.desk.edits.discard_change(MEI, SAY_ZH, seen=1)
    room.desk.edits.save(MEI, SAY_ZH, "mine", seen=1)
    above = room.desk.edits.discard_change(MEI, SAY_ZH, seen=2)
    with pytest.raises(AccessDenied):
        room.desk.edits.discard_change(MEI, SAY_ZH, seen=above.head)

    draft = room.desk.edits.get_draft(SAY_ZH)
    assert (draft.status, draft.content, draft.reviewed_name) == (Status.REVIEWED, "approved", "Ben")
    assert not room.desk.edits.may_discard(MEI, SAY_ZH)
    assert list_taken_back(room) == []


@pytest.mark.parametrize(("author", "person"), [(MEI, MEI), (ANN, CHEN)], ids=["only author", "reviewer"])
def test_the_log_tells_who_gave_an_approved_text_up(room, author, person):
    room.reviewed(SAY_ZH, "approved", by=author)
    assert room.desk.edits.may_discard(person, SAY_ZH)

    draft = room.desk.edits.discard_change(person, SAY_ZH, seen=1)

    assert (draft.status, draft.reviewed) == (Status.PUBLISHED, 0)
    assert list_taken_back(room) == [person.name]


def test_what_was_never_approved_is_given_up_without_a_word_of_approvals(room):
    room.desk.edits.save(ANN, SAY_ZH, "waits", seen=0)

    room.desk.edits.discard_change(MEI, SAY_ZH, seen=1)

    assert list_taken_back(room) == []
