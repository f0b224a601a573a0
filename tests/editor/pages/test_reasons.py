"""Send back, go back, withdraw: three actions, each with a reason that people read where they meet what came of it."""

import re

import pytest

from server.editor.edits.model import Status
from server.editor.releases.console import recall_from_console, roll_back_from_console
from server.i18n import load_translations
from server.store.protocol import Append, Put
from tests.auth.browser import words
from tests.editor.desks import SAY, TOPIC
from tests.editor.office import NEW_WORDS, PEOPLE, Office
from tests.editor.pages.test_inbox import section
from tests.editor.pages.test_publish import plan_of
from tests.publishing import Publisher

WHY = "The number was wrong."


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def published_change(office: Office) -> tuple[str, str]:
    """Publish one text, and give the releases before and after."""
    before = office.data.read_current().digest
    office.approve()
    return before, office.publish()


def go_back(office: Office, reason: str = WHY) -> None:
    before, after = published_change(office)
    done = office["owner"].send(f"/editor/releases/{before}/back/now", current=after, reason=reason)
    assert done.status_code == 303, words(done)


def log(office: Office) -> str:
    return words(office["owner"].open("/editor/audit/"))


# ---- going back ----


def test_going_back_takes_a_reason(office):
    before, after = published_change(office)

    for nothing in ("", " \n "):
        refused = office["owner"].send(f"/editor/releases/{before}/back/now", current=after, reason=nothing)
        assert refused.status_code == 422
        assert "Nothing was changed: write why." in words(refused)
    too_long = office["owner"].send(f"/editor/releases/{before}/back/now", current=after, reason="x" * 2001)

    assert too_long.status_code == 422
    assert office.data.read_current().digest == after


def test_the_reason_is_shown_with_the_release_at_home_and_in_the_log(office):
    go_back(office)

    for role in ("owner", "editor", "reader"):
        assert f"Why: {WHY}" in section(office, role, "taken-back")
        assert f"Ann went back to this release Why: {WHY}" in words(office[role].open("/editor/releases/"))
    assert f"why: {WHY}" in log(office)


def test_the_page_before_it_lists_what_changes(office):
    before, _ = published_change(office)

    page = office["owner"].open(f"/editor/releases/{before}/back/")

    said = words(page)
    assert "Texts that change on phones: 1" in said
    assert f"Text: {NEW_WORDS}" in said
    assert f"[removed:] {NEW_WORDS}" in said or "<del>" in page.text
    assert "xa/en/now/" in said
    assert "xa/en/guide/second/" not in said


def test_the_reason_from_the_servers_console_is_shown_too(office):
    before, _ = published_change(office)

    roll_back_from_console(office.store, office.data, office.desk.sources, before, why=WHY)

    assert f"The server's console went back to this release Why: {WHY}" in words(
        office["owner"].open("/editor/releases/")
    )
    assert f"Why: {WHY}" in section(office, "editor", "taken-back")


def test_a_rollback_of_an_older_program_has_no_reason(office):
    before, after = published_change(office)
    office["owner"].send(f"/editor/releases/{before}/back/now", current=after, reason=WHY)
    doc = office.store.get("published", "current")
    older = {name: value for name, value in doc.body.items() if name != "reason"}
    office.store.commit([Put("published", "current", older), Append("published", older, key=before)])

    assert "No reason was given." in section(office, "editor", "taken-back")
    assert "Ann went back to this release" in words(office["editor"].open("/editor/releases/"))


# ---- and what it took back ----


def test_what_was_taken_back_is_not_published_again_by_the_way(office):
    go_back(office)
    page = office["publisher"].open("/editor/publish/")
    said = words(page)
    assert "Taken back from phones" in said
    assert f"Why: {WHY}" in said

    refused = office["publisher"].send("/editor/publish/now", plan=plan_of(page))
    assert refused.status_code == 409
    assert "Nothing was published: these texts were taken back from phones." in words(refused)
    done = office["publisher"].send("/editor/publish/now", plan=plan_of(refused), again="1")

    assert done.status_code == 303
    assert office.desk.read_published(SAY) == NEW_WORDS


def test_what_was_taken_back_goes_to_its_authors_with_the_reason(office):
    go_back(office)
    office.save(TOPIC, str(office.desk.reader.read_newest_content(TOPIC)).replace("Wait.", "Wait there."))

    done = office["publisher"].send("/editor/publish/send-back", note=WHY)

    assert done.status_code == 303
    assert office.desk.edits.get_draft(SAY).status is Status.RETURNED
    assert f"Ben sent it back: {WHY}" in section(office, "editor", "returned")
    assert section(office, "editor", "taken-back") == ""
    assert office.desk.publishing.make_plan().is_empty
    assert office.desk.edits.get_draft(TOPIC).status is Status.WAITING


def test_a_newer_draft_of_what_was_taken_back_is_kept(office):
    go_back(office)
    office.save(content="Please stand back from this door.", submit=False)

    office["publisher"].send("/editor/publish/send-back", note=WHY)

    draft = office.desk.edits.get_draft(SAY)
    assert (draft.content, draft.reviewed) == ("Please stand back from this door.", 0)
    assert office.desk.publishing.make_plan().is_empty


@pytest.mark.parametrize("role", ["translator", "reader"])
def test_only_reviewers_send_it_back(office, role):
    go_back(office)

    assert office[role].send("/editor/publish/send-back", note=WHY).status_code == 403


def test_the_text_itself_and_the_approved_ones_tell_it(office):
    go_back(office)

    for page in (office.address(SAY, "desk.edit"), "/editor/reviews/?show=reviewed"):
        said = words(office["editor"].open(page))
        assert "Ann went back to an earlier release" in said
        assert WHY in said


# ---- withdrawing one text, sending one back ----


def test_withdrawing_takes_a_reason_that_stands_with_the_text(office):
    refused = office["owner"].send("/editor/recalls/xa/second/withdraw")
    assert refused.status_code == 422
    assert office.data.channel.read().recalled == ()

    office["owner"].send("/editor/recalls/xa/second/withdraw", reason=WHY)

    for page in ("/editor/recalls/", "/editor/"):
        said = words(office["editor"].open(page))
        assert "Ann withdrew it" in said
        assert f"Why: {WHY}" in said
    assert f"why: {WHY}" in log(office)
    office["owner"].send("/editor/recalls/xa/second/lift")
    assert WHY not in words(office["editor"].open("/editor/recalls/"))
    assert WHY not in words(office["editor"].open("/editor/"))


def test_a_text_withdrawn_by_the_console_or_by_an_older_program_is_shown(office):
    recall_from_console(office.store, office.data, "xa", "second", why=WHY)
    said = words(office["owner"].open("/editor/recalls/"))
    assert "The server's console withdrew it" in said
    assert f"Why: {WHY}" in said

    recall_from_console(None, office.data, "xa", "second", lift=True)
    recall_from_console(None, office.data, "xa", "first-minute")
    said = words(office["owner"].open("/editor/recalls/"))

    assert WHY not in said, "the channel says what is withdrawn"
    assert "withdrawn" in said


def test_the_note_of_a_text_that_was_sent_back_is_in_the_log(office):
    office.desk.reviews.send_back_revision(PEOPLE["publisher"], SAY, office.save(), WHY)

    assert re.search(rf"Ben sent .* back to its author\. · why: {WHY}", log(office))


def test_the_three_actions_have_three_words_in_chinese():
    chinese = load_translations("zh-Hans").gettext
    one = {"Send back", "Sent back", "Send back with a note", "%(name)s sent %(target)s back to its author."}
    two = {
        "Go back now",
        "Go back to this",
        "Go back to an earlier release?",
        "%(name)s went back to release %(target)s.",
    }
    three = {"Withdraw it now", "Withdraw a text", "%(name)s withdrew %(target)s from phones.", "withdrawn"}

    for group, word in ((one, "退回"), (two, "换回"), (three, "撤下")):
        others = {"退回", "换回", "撤下", "撤回"} - {word}
        for english in group:
            said = chinese(english)
            assert word in said
            assert not [other for other in others if other in said]
