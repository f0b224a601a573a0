"""Saving: every state is kept, nobody's work is overwritten, and only those write who may."""

import threading

import pytest

from server.auth.errors import AccessDenied
from server.editor.edits.errors import EditConflict
from server.editor.edits.model import EDIT, REVISIONS, Sender, Status
from server.editor.units.errors import ContentRefused, NoRevision
from server.editor.units.unit import Unit
from server.guidance.texts.text import hash_source_text
from server.store.protocol import Put
from tests.editor.desks import ANN, BEN, CHECK, CHEN, HEAD, MEI, POLICE, READER, SAY, SAY_ZH, TOPIC
from tests.packs import append, edit, set_string


def test_an_unedited_unit_says_what_is_shipped(room):
    draft = room.desk.edits.get_draft(SAY)

    assert (draft.head, draft.content, draft.follows, draft.status) == (0, "say leave", True, Status.PUBLISHED)
    assert room.desk.edits.find_draft(SAY) is None
    assert room.desk.list_drafts() == []
    assert room.desk.edits.list_revisions(SAY) == []


def test_what_was_saved_is_there_after_a_restart(room):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0, note="plainer")

    draft = room.again().edits.get_draft(SAY)

    assert (draft.head, draft.content, draft.by, draft.note) == (1, "Please go.", "p1", "plainer")
    assert draft.status is Status.DRAFT
    assert room.desk.reader.read_newest_content(SAY) == "Please go."
    assert room.desk.reader.read_baseline(SAY) == "say leave"


@pytest.mark.parametrize(
    ("unit", "content"),
    [
        (TOPIC, "+++\n+++\nOther\n"),
        (POLICE, {"id": "police", "number": "999"}),
        (CHECK, None),
        (HEAD, {"id": "xa"}),
        (Unit.parse("xa:visit.toml#verdict"), {"start": "who"}),
        (Unit.parse("xa:pack.toml#locale:fr"), {"tag": "fr"}),
        (Unit.parse("xa:fr/topics/second.md"), "+++\n+++\n"),
    ],
    ids=lambda value: str(value) if isinstance(value, Unit) else "",
)
def test_every_kind_of_unit_can_be_saved(room, unit, content):
    """Also half-done and wrong ones: the checker speaks when somebody wants to publish."""
    room.desk.edits.save(ANN, unit, content, seen=0)

    assert room.again().edits.get_draft(unit).content == content
    assert [one.content for one in room.desk.edits.list_revisions(unit)] == [content]


def test_two_people_on_one_text_are_told_and_nothing_is_overwritten(room):
    room.desk.edits.save(ANN, SAY, "Ann's words", seen=0)

    with pytest.raises(EditConflict) as conflict:
        room.desk.edits.save(BEN, SAY, "Ben's words", seen=0)

    error = conflict.value
    assert (error.theirs.content, error.yours, error.before) == ("Ann's words", "Ben's words", "say leave")
    assert error.theirs.by_name == "Ann"
    assert room.desk.edits.get_draft(SAY).content == "Ann's words"


def test_a_conflict_shows_what_both_began_from(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.edits.save(ANN, SAY, "two", seen=1)
    room.desk.edits.save(BEN, SAY, "three", seen=2)

    with pytest.raises(EditConflict) as conflict:
        room.desk.edits.save(CHEN, SAY, "four", seen=1)

    assert conflict.value.before == "one"


def test_saving_the_same_words_is_no_conflict_and_no_revision(room):
    room.desk.edits.save(ANN, SAY, "same", seen=0)

    assert room.desk.edits.save(BEN, SAY, "same", seen=0).head == 1
    assert len(room.desk.edits.list_revisions(SAY)) == 1
    assert room.desk.edits.save(BEN, TOPIC, room.desk.reader.read_baseline(TOPIC), seen=0).head == 0
    assert room.desk.edits.find_draft(TOPIC) is None


def test_of_many_savers_at_once_one_wins_and_the_others_are_told(room):
    """The store's versions decide, not who read first."""
    results: list[object] = []
    gate = threading.Barrier(8)

    def save(number: int) -> None:
        gate.wait()
        try:
            results.append(room.again().edits.save(ANN, SAY, f"words {number}", seen=0))
        except EditConflict as conflict:
            results.append(conflict)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won = [one for one in results if not isinstance(one, EditConflict)]
    assert len(results) == 8
    assert len(won) == 1
    assert room.desk.edits.get_draft(SAY).content == won[0].content
    assert all(one.theirs.content == won[0].content for one in results if isinstance(one, EditConflict))


def test_autosaves_of_one_person_are_one_line_of_the_history(room):
    for number in range(5):
        room.desk.edits.save(ANN, SAY, f"word {number}", seen=number, autosave=True)
        room.clock.move(seconds=30)

    assert [one.content for one in room.desk.edits.list_revisions(SAY)] == ["word 4"]
    assert room.again().edits.get_draft(SAY).content == "word 4"

    room.desk.edits.save(ANN, SAY, "word 4", seen=5)

    assert [(one.n, one.content) for one in room.desk.edits.list_revisions(SAY)] == [(5, "word 4")]
    assert len(room.store.entries(REVISIONS)) == 1


def test_an_autosave_after_a_while_begins_another_line(room):
    room.desk.edits.save(ANN, SAY, "early", seen=0, autosave=True)
    room.clock.move(minutes=11)

    room.desk.edits.save(ANN, SAY, "late", seen=1, autosave=True)

    assert [one.content for one in room.desk.edits.list_revisions(SAY)] == ["late", "early"]


def test_somebody_elses_autosave_keeps_the_state_before_it(room):
    room.desk.edits.save(ANN, SAY, "Ann's", seen=0, autosave=True)

    room.desk.edits.save(BEN, SAY, "Ben's", seen=1, autosave=True)

    assert [(one.by_name, one.content) for one in room.desk.edits.list_revisions(SAY)] == [
        ("Ben", "Ben's"),
        ("Ann", "Ann's"),
    ]


def test_a_page_goes_on_though_it_never_learnt_that_its_autosave_arrived(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0, autosave=True, sender=Sender("page-a", 1))

    room.desk.edits.save(ANN, SAY, "two", seen=0, autosave=True, sender=Sender("page-a", 2))
    room.again().edits.save(ANN, SAY, "three", seen=0, sender=Sender("page-a", 3))

    assert [one.content for one in room.desk.edits.list_revisions(SAY)] == ["three"]


@pytest.mark.parametrize(
    ("who", "sender"),
    [
        (ANN, Sender("page-a", 2)),  # an older save of the page, which lay somewhere on the way
        (ANN, Sender("page-a", 1)),
        (ANN, Sender("page-b", 3)),  # another page of the same person
        (ANN, Sender("", 3)),
        (ANN, Sender()),
        (BEN, Sender("page-a", 3)),
    ],
    ids=str,
)
@pytest.mark.parametrize("autosave", [True, False])
def test_nothing_but_a_later_save_of_the_same_page_follows_on_its_autosave(room, who, sender, autosave):
    room.desk.edits.save(ANN, SAY, "newest", seen=0, autosave=True, sender=Sender("page-a", 2))

    with pytest.raises(EditConflict):
        room.desk.edits.save(who, SAY, "older", seen=0, autosave=autosave, sender=sender)

    assert room.desk.edits.get_draft(SAY).content == "newest"


def test_what_a_button_saved_is_not_overwritten_by_an_autosave_that_comes_late(room):
    room.desk.edits.save(ANN, SAY, "pressed", seen=0, sender=Sender("page-a", 2))

    for turn in (1, 3):
        with pytest.raises(EditConflict):
            room.desk.edits.save(ANN, SAY, "typed before", seen=0, autosave=True, sender=Sender("page-a", turn))


def test_a_page_does_not_follow_over_what_somebody_else_saved_on_its_autosave(room):
    room.desk.edits.save(ANN, SAY, "Ann's", seen=0, autosave=True, sender=Sender("page-a", 1))
    room.desk.edits.save(BEN, SAY, "Ben's", seen=1, autosave=True, sender=Sender("page-b", 1))

    with pytest.raises(EditConflict):
        room.desk.edits.save(ANN, SAY, "Ann's again", seen=0, autosave=True, sender=Sender("page-a", 2))


def test_an_edit_kept_before_pages_were_told_apart_still_opens(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0, autosave=True)
    doc = room.store.get(EDIT, str(SAY))
    older = {name: value for name, value in doc.body.items() if name != "sender"}
    room.store.commit([Put(EDIT, str(SAY), older, expect=doc.version)])

    assert room.again().edits.get_draft(SAY).content == "one"


def test_an_earlier_revision_can_be_restored(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.edits.save(BEN, SAY, "two", seen=1)

    draft = room.desk.edits.restore_revision(CHEN, SAY, 1)

    assert (draft.head, draft.content, draft.by_name) == (3, "one", "Chen")
    assert [(one.n, one.why, one.note) for one in room.desk.edits.list_revisions(SAY)] == [
        (3, "restore", "1"),
        (2, "save", ""),
        (1, "save", ""),
    ]
    with pytest.raises(NoRevision):
        room.desk.edits.restore_revision(CHEN, SAY, 9)


def test_a_restore_meets_what_was_saved_meanwhile(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0)
    room.desk.edits.save(BEN, SAY, "two", seen=1)
    room.desk.edits.save(BEN, SAY, "three", seen=2)

    with pytest.raises(EditConflict):
        room.desk.edits.restore_revision(ANN, SAY, 1, seen=2)


def test_an_edit_can_be_given_up(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0)

    draft = room.desk.edits.drop_edit(ANN, SAY, seen=1)

    assert (draft.content, draft.follows, draft.head) == ("say leave", True, 2)
    set_string(room.packs / "xa", "en", "say.leave", "Shipped later")
    assert room.desk.edits.get_draft(SAY).content == "Shipped later"
    assert room.desk.edits.restore_revision(ANN, SAY, 1).content == "mine"
    with pytest.raises(EditConflict):
        room.desk.edits.drop_edit(ANN, SAY, seen=1)


def test_typing_the_shipped_words_again_gives_the_edit_up(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0)

    assert room.desk.edits.save(ANN, SAY, "say leave", seen=1).follows


def test_a_removed_entry_stays_removed_and_can_come_back(room):
    room.desk.edits.save(ANN, CHECK, None, seen=0)

    assert room.again().edits.get_draft(CHECK).content is None
    assert room.desk.edits.restore_revision(ANN, CHECK, 1).head == 1  # it says that already
    assert room.desk.edits.drop_edit(ANN, CHECK, seen=1).content["id"] == "ids"


def test_an_edit_is_marked_when_the_shipped_text_changes(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0)
    assert not room.desk.edits.get_draft(SAY).upgraded

    set_string(room.packs / "xa", "en", "say.leave", "Shipped later")

    assert room.desk.edits.get_draft(SAY).upgraded
    assert room.desk.edits.get_draft(SAY).content == "mine"


@pytest.mark.parametrize("unit", [SAY, TOPIC, POLICE, HEAD, Unit.parse("xa:fr/strings.toml#say.leave")], ids=str)
def test_a_translator_touches_only_their_own_language(room, unit):
    with pytest.raises(AccessDenied):
        room.desk.edits.save(
            MEI, unit, room.desk.reader.read_baseline(unit) if unit.locale is None else "words", seen=0
        )

    assert room.desk.edits.save(MEI, SAY_ZH, "words", seen=0).head == 1
    assert room.desk.edits.save(MEI, TOPIC.in_locale("zh-Hans"), "words", seen=0).head == 1


def test_a_reader_changes_nothing(room):
    room.desk.edits.save(ANN, SAY, "mine", seen=0)

    for change in (
        lambda: room.desk.edits.save(READER, SAY, "words", seen=1),
        lambda: room.desk.edits.drop_edit(READER, SAY, seen=1),
        lambda: room.desk.edits.restore_revision(READER, SAY, 1),
        lambda: room.desk.reviews.submit_revision(READER, SAY, 1),
        lambda: room.desk.reviews.approve_revision(READER, SAY, 1),
    ):
        with pytest.raises(AccessDenied):
            change()

    assert room.desk.edits.get_draft(SAY).head == 1


def test_where_a_translation_comes_from_is_not_edited_by_itself(room):
    with pytest.raises(ContentRefused):
        room.desk.edits.save(ANN, Unit.parse("xa:zh-Hans/made_from.toml#say.leave"), "0" * 16, seen=0)


def test_a_translation_notes_what_it_was_made_from(room):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    shipped = hash_source_text("say leave")
    assert room.desk.edits.get_draft(SAY_ZH).made_from == shipped
    assert room.desk.reader.compute_source_digest(SAY_ZH) == hash_source_text("Please go.")

    corrected = room.desk.edits.save(MEI, SAY_ZH, "corrected", seen=0)
    assert corrected.made_from == shipped  # nobody said that it fits the new words

    fitted = room.desk.edits.save(
        MEI, SAY_ZH, "请离开", seen=1, made_from=room.desk.reader.compute_source_digest(SAY_ZH)
    )
    assert fitted.made_from == hash_source_text("Please go.")
    assert room.desk.edits.restore_revision(MEI, SAY_ZH, 1).made_from == shipped


def test_a_translation_that_still_fits_is_said_to(room):
    """The same words, made from the new source: that is a revision, though no word changed."""
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)

    draft = room.desk.edits.save(
        MEI,
        SAY_ZH,
        room.desk.reader.read_baseline(SAY_ZH),
        seen=0,
        made_from=room.desk.reader.compute_source_digest(SAY_ZH),
    )

    assert (draft.head, draft.follows, draft.content) == (1, False, "say leave")


def test_a_first_translation_is_made_from_the_present_words(room):
    append(room.packs / "xa", "en/strings.toml", '"flow.borrower.stop.more" = "Why"\n')
    unit = Unit.parse("xa:zh-Hans/strings.toml#flow.borrower.stop.more")

    assert room.desk.edits.save(MEI, unit, "为什么", seen=0).made_from == hash_source_text("Why")


def test_how_to_pronounce_is_made_from_the_spoken_sentence(room):
    unit = Unit.parse("xa:fr/strings.toml#say.leave.read")

    assert room.desk.reader.find_source_unit(unit) == SAY_ZH
    assert room.desk.reader.find_source_unit(SAY) is None
    assert room.desk.reader.find_source_unit(POLICE) is None


def test_a_changed_shipped_file_is_seen_without_a_restart(room):
    assert room.desk.reader.read_baseline(POLICE)["number"] == "110"

    edit(room.packs / "xa", "contacts.toml", 'number = "110"', 'number = "999"')

    assert room.desk.reader.read_baseline(POLICE)["number"] == "999"


def test_what_a_caller_does_to_a_content_does_not_reach_the_desk(room):
    room.desk.edits.save(ANN, POLICE, {"id": "police", "number": "999"}, seen=0)

    room.desk.edits.get_draft(POLICE).content["number"] = "0"

    assert room.desk.edits.get_draft(POLICE).content["number"] == "999"


def test_saving_is_audited_once_for_each_line_of_the_history(room):
    room.desk.edits.save(ANN, SAY, "one", seen=0, autosave=True)
    room.desk.edits.save(ANN, SAY, "two", seen=1)

    lines = [(entry.body["what"], entry.body["target"], entry.body["who"]) for entry in room.store.entries("audit")]
    assert lines == [("text.saved", "xa:en/strings.toml#say.leave", "p1")]
