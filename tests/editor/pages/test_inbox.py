"""The desk's home is an inbox: what came back, what waits for me, what stops a publish, what was taken back."""

import pytest

from tests.auth.browser import words
from tests.editor.desks import POLICE, SAY, SAY_ZH
from tests.editor.office import NEW_WORDS, PEOPLE, Office
from tests.packs import set_string
from tests.publishing import Publisher

NOTE = "Say whose door it is.\nAnd shorter."


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def home(office: Office, role: str) -> str:
    return words(office[role].open("/editor/"))


class Part:
    """A piece of a page, for `words`."""

    def __init__(self, text: str) -> None:
        self.text = text


def section(office: Office, role: str, name: str) -> str:
    """The words of one section of somebody's home, "" when it is not there."""
    page = office[role].open("/editor/").text
    _, found, rest = page.partition(f'aria-labelledby="{name}">')
    return words(Part(rest.partition("</section>")[0])) if found else ""


def send_back(office: Office, unit=SAY, note: str = NOTE) -> None:
    n = office.desk.edits.get_draft(unit).head
    office["publisher"].send("/editor/reviews/send-back", unit=str(unit), n=n, note=note)


def test_a_text_that_came_back_is_at_home_with_its_note_until_it_is_handed_in_again(office):
    n = office.save()

    send_back(office)
    said = section(office, "editor", "returned")
    assert "Sent back to you" in said
    assert f"{NEW_WORDS} " in said
    assert "Ben sent it back: Say whose door it is. And shorter." in said
    assert section(office, "editor", "mine") == "", "it stands there once"
    assert section(office, "publisher", "returned") == "", "the reviewer did not write it"

    office.save(content="Please stand back from Ann's door.", submit=False)
    assert "Say whose door it is." in section(office, "editor", "returned"), "still there while it is being mended"
    office["editor"].send("/editor/reviews/hand-in", unit=str(SAY), n=n + 1)
    assert section(office, "editor", "returned") == ""


def test_everybody_who_wrote_it_reads_the_note(office):
    office.save(SAY_ZH, "请离开。", by="translator", submit=False)
    office.save(SAY_ZH, "请您离开。", by="editor")

    send_back(office, SAY_ZH)

    assert [bool(section(office, role, "returned")) for role in ("translator", "editor", "owner")] == [
        True,
        True,
        False,
    ]


def test_the_note_stands_where_the_text_is_written_and_in_the_lists(office):
    office.save()
    send_back(office)

    page = words(office["editor"].open(office.address(SAY, "desk.edit")))
    assert "Ben sent it back: Say whose door it is. And shorter." in page
    assert "Sent back" in page.partition("Last changed by")[0]
    listed = words(office["editor"].open("/editor/xa/texts/?locale=en"))
    assert f"{NEW_WORDS} say.leave Sent back" in listed


def test_the_reviewer_finds_by_name_what_waits_for_her_and_not_her_own(office):
    office.save()
    office.save(POLICE, {**office.desk.reader.read_newest_content(POLICE), "number": "112"}, by="publisher")

    said = section(office, "publisher", "waiting")
    assert NEW_WORDS in said
    assert "Texts that you can review: 1" in said
    assert section(office, "translator", "waiting") == ""
    own = section(office, "editor", "waiting")
    assert "Texts that you can review: 1" in own
    assert NEW_WORDS not in own


def test_what_waits_for_others_is_told_to_who_wrote_it(office):
    office.save()

    assert NEW_WORDS in section(office, "editor", "handed-in")
    assert section(office, "publisher", "handed-in") == ""


def test_what_stops_a_publish_is_at_home_with_its_place(office):
    assert section(office, "editor", "stops") == ""
    set_string(office.packs / "xa", "en", "say.leave", "Call {contact:nobody}.")

    for role in ("editor", "publisher", "translator"):
        said = section(office, role, "stops")
        assert "Nothing can be published until this is fixed" in said
        assert "nobody" in said
    assert office.address(SAY, "desk.edit") in office["editor"].open("/editor/").text


def test_a_release_that_was_taken_back_is_told_with_its_texts(office):
    before = office.data.channel.read().release
    office.approve()
    office.publish()
    assert section(office, "editor", "taken-back") == ""

    office.desk.publishing.roll_back(PEOPLE["owner"], before)

    for role in ("editor", "publisher"):
        said = section(office, role, "taken-back")
        assert "Ann went back to an earlier release" in said
        assert NEW_WORDS in said
    assert section(office, "publisher", "ready") == "", "it is not offered like any other text"


def test_when_nothing_waits_the_home_says_so(office):
    assert "Nothing needs you right now." in home(office, "reader")


def test_a_change_that_is_given_up_waits_for_nobody(office):
    n = office.save()
    page = words(office["editor"].open(office.address(SAY, "desk.edit")))
    assert "Discard this change" in page

    done = office["editor"].send(office.address(SAY, "desk.discard"), seen=str(n))

    said = words(office["editor"].open(done.location))
    assert "Your change was discarded. The text that was there before is back." in said
    assert "Discard this change" not in said
    for role in ("editor", "publisher"):
        assert NEW_WORDS not in home(office, role)
    for queue in ("waiting", "reviewed", "writing"):
        assert "(0)" in words(office["editor"].open(f"/editor/reviews/?show={queue}"))
        assert "data-unit=" not in office["editor"].open(f"/editor/reviews/?show={queue}").text
