"""A server whose disk is full: what was typed stays on the page, and the desk names the disk."""

import errno

import pytest

from server.store.errors import StoreUnavailable
from tests.auth.browser import words
from tests.editor.desks import SAY
from tests.editor.office import NEW_WORDS, Office
from tests.publishing import Publisher


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def fill_disk(office: Office, monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOSPC) -> None:
    """Let every write fail, as the store fails then."""
    office["editor"].open("/editor/")
    office["editor"].token()

    def commit(changes):
        raise StoreUnavailable("cannot write desk.json") from OSError(number, "No space left on device")

    monkeypatch.setattr(office.store, "commit", commit)


def send(office: Office, **more):
    return office["editor"].send(office.address(SAY, "desk.edit"), f_text=NEW_WORDS, seen="0", **more)


def test_what_was_typed_is_still_on_the_page(office, monkeypatch):
    fill_disk(office, monkeypatch)

    page = send(office, action="submit")

    assert page.status_code == 503
    assert "Not saved: the disk of the server is full." in words(page)
    assert NEW_WORDS in page.text
    assert "Copy what you typed" in words(page)


def test_the_script_is_told_which_disk(office, monkeypatch):
    fill_disk(office, monkeypatch)
    answer = send(office, autosave="1", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json["state"]) == (503, "disk-full")


def test_another_fault_of_the_store_keeps_the_words_too(office, monkeypatch):
    fill_disk(office, monkeypatch, errno.EIO)

    page = send(office)

    assert page.status_code == 503
    assert "Not saved: the desk cannot reach its data." in words(page)
    assert NEW_WORDS in page.text


def test_pages_open_and_other_refusals_name_the_disk(office, monkeypatch):
    fill_disk(office, monkeypatch)
    office.clock.move(minutes=8)

    assert office["editor"].open(office.address(SAY, "desk.edit")).status_code == 200
    assert office["editor"].open("/editor/").status_code == 200
    refused = office["editor"].send("/editor/language", language="zh-Hans", next="/editor/")
    assert "The disk of the server is full" in words(refused)


def test_the_owner_reads_how_much_room_is_left(office):
    assert "Free on the disk of the server:" in words(office["owner"].open("/editor/"))
