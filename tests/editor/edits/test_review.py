"""Nothing is published that a second person has not read, unless there is no second person."""

import pytest

from server.auth.errors import AccessDenied
from server.auth.roles import Person
from server.editor.edits.model import Status
from server.editor.units.errors import ReviewRefused
from server.store.protocol import Put
from tests.editor.desks import ANN, BEN, CHEN, MEI, SAY, SAY_ZH


def test_somebody_else_reviews(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0)
    assert room.desk.reviews.submit_revision(ANN, SAY, 1).status is Status.WAITING

    draft = room.desk.reviews.approve_revision(BEN, SAY, 1)

    assert (draft.status, draft.reviewed, draft.reviewed_name) == (Status.REVIEWED, 1, "Ben")


def test_nobody_reviews_what_they_wrote(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0)

    assert room.desk.reviews.find_review_obstacle(ANN, SAY) == "author"
    with pytest.raises(AccessDenied):
        room.desk.reviews.approve_revision(ANN, SAY, 1)


def test_adding_a_word_does_not_make_an_author_a_reviewer(room):
    """Ann writes, Ben corrects: Chen is there to read it all, so Ann may not wave her own words through."""
    room.desk.edits.save(ANN, SAY, "mine", seen=0)
    room.desk.edits.save(BEN, SAY, "mine, corrected", seen=1)

    assert [room.desk.reviews.find_review_obstacle(one, SAY) for one in (ANN, BEN, CHEN)] == ["author", "author", ""]


def test_where_all_reviewers_wrote_the_last_one_may_not_review(room):
    room.people = [ANN, BEN, MEI]
    room.desk.edits.save(ANN, SAY, "mine", seen=0)
    room.desk.edits.save(BEN, SAY, "mine, corrected", seen=1)

    assert [room.desk.reviews.find_review_obstacle(one, SAY) for one in (ANN, BEN)] == ["", "author"]


def test_a_lone_reviewer_may_review_their_own(room):
    room.people = [ANN, MEI]
    room.desk.edits.save(ANN, SAY, "mine", seen=0)

    assert room.desk.reviews.approve_revision(ANN, SAY, 1).status is Status.REVIEWED


def test_a_new_author_counts_from_the_last_review(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.reviews.approve_revision(BEN, SAY, 1)
    room.desk.edits.save(BEN, SAY, "two", seen=1)

    assert room.desk.reviews.find_review_obstacle(ANN, SAY) == ""


@pytest.mark.parametrize("who", [MEI, Person("p9", "Nobody", "gone")], ids=["translator", "unknown-role"])
def test_only_those_review_who_may(room, who):
    room.desk.edits.save(ANN, SAY_ZH, "mine", seen=0)

    assert room.desk.reviews.find_review_obstacle(who, SAY_ZH) == "permission"
    with pytest.raises(AccessDenied):
        room.desk.reviews.approve_revision(who, SAY_ZH, 1)


def test_a_review_is_of_the_words_that_were_read(room):
    """Ann goes on typing while Ben reads."""
    room.desk.edits.save(ANN, SAY, "read this", seen=0, autosave=True)
    room.desk.edits.save(ANN, SAY, "not this", seen=1, autosave=True)

    with pytest.raises(ReviewRefused, match="revision 2 is the newest"):
        room.desk.reviews.approve_revision(BEN, SAY, 1)
    with pytest.raises(ReviewRefused, match="revision 2 is the newest"):
        room.desk.reviews.submit_revision(ANN, SAY, 1)
    with pytest.raises(ReviewRefused, match="nobody edited it"):
        room.desk.reviews.approve_revision(BEN, SAY_ZH, 1)


def test_a_review_stands_while_the_next_draft_is_written(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.reviews.approve_revision(BEN, SAY, 1)

    draft = room.desk.edits.save(ANN, SAY, "two", seen=1, autosave=True)

    assert (draft.status, draft.reviewed) == (Status.DRAFT, 1)


def test_a_reviewed_autosave_is_in_the_history(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0, autosave=True)
    room.desk.reviews.approve_revision(BEN, SAY, 1)
    room.desk.edits.save(ANN, SAY, "two", seen=1, autosave=True)

    assert [one.content for one in room.desk.edits.list_revisions(SAY)] == ["two", "one"]


def test_a_review_can_be_taken_back(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.reviews.approve_revision(BEN, SAY, 1)

    draft = room.desk.reviews.revoke_review(BEN, SAY)

    assert (draft.status, draft.reviewed) == (Status.DRAFT, 0)
    assert room.desk.reviews.find_review_obstacle(ANN, SAY) == "author"
    with pytest.raises(ReviewRefused):
        room.desk.reviews.revoke_review(BEN, SAY)
    with pytest.raises(AccessDenied):
        room.desk.reviews.revoke_review(MEI, SAY)


def test_reviews_are_audited(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.reviews.submit_revision(ANN, SAY, 1)
    room.desk.reviews.approve_revision(BEN, SAY, 1)
    room.desk.reviews.revoke_review(CHEN, SAY)

    assert [(entry.body["what"], entry.body["name"]) for entry in room.store.entries("audit")] == [
        ("text.saved", "Ann"),
        ("text.submitted", "Ann"),
        ("text.reviewed", "Ben"),
        ("text.review-taken-back", "Chen"),
    ]


def test_what_was_sent_back_stays_so_until_it_is_handed_in_again(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.reviews.submit_revision(ANN, SAY, 1)

    room.desk.reviews.send_back_revision(BEN, SAY, 1, "Shorter.")
    draft = room.desk.edits.get_draft(SAY)
    assert (draft.status, draft.returned, draft.authors) == (Status.RETURNED, 1, ("p1",))
    assert room.desk.edits.save(ANN, SAY, "two", seen=1).status is Status.RETURNED
    assert room.desk.reviews.submit_revision(ANN, SAY, 2).status is Status.WAITING
    room.desk.edits.save(ANN, SAY, "three", seen=2)

    assert room.desk.edits.get_draft(SAY).status is Status.DRAFT


def test_an_approval_or_a_text_given_up_ends_what_was_sent_back(room):
    for unit, finish in (
        (SAY, lambda: room.desk.reviews.approve_revision(CHEN, SAY, 1)),
        (SAY_ZH, lambda: room.desk.edits.drop_edit(ANN, SAY_ZH, seen=1)),
    ):
        room.desk.edits.save(ANN, unit, "one", seen=0)
        room.desk.reviews.send_back_revision(BEN, unit, 1, "Shorter.")
        finish()

        assert room.desk.edits.get_draft(unit).returned == 0


def test_an_edit_of_an_older_program_opens(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    doc = room.store.get("edit", str(SAY))
    older = {name: value for name, value in doc.body.items() if name != "returned"}
    room.store.commit([Put("edit", str(SAY), older, expect=doc.version)])

    draft = room.again().edits.get_draft(SAY)

    assert (draft.status, draft.returned) == (Status.DRAFT, 0)
    assert room.desk.reviews.submit_revision(ANN, SAY, 1).status is Status.WAITING
