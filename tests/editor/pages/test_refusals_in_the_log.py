"""What somebody at the desk is refused every day is no fault of the server: its log has it as information."""

import logging

import pytest

from server.store.errors import StoreUnavailable
from tests.editor.desks import SAY
from tests.editor.office import Office
from tests.publishing import Publisher


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def no_such_text(office: Office) -> int:
    return office["editor"].open("/editor/xa/edit/en/strings.toml/no.such").status_code


def text_of_another_language(office: Office) -> int:
    address = office.address(SAY, "desk.save")
    return office["translator"].send(address, seen=0, content="Mine.").status_code


def changed_since(office: Office) -> int:
    n = office.save()
    return office["publisher"].send("/editor/reviews/send-back", unit=str(SAY), n=n + 1, note="No.").status_code


@pytest.mark.parametrize(
    ("refused", "status"),
    [(no_such_text, 404), (text_of_another_language, 403), (changed_since, 409)],
)
def test_an_everyday_refusal_is_no_error_in_the_log(office, caplog, refused, status):
    with caplog.at_level(logging.DEBUG, "doorwise.auth"):
        assert refused(office) == status

    levels = [record.levelname for record in caplog.records if record.name == "doorwise.auth"]
    assert levels == ["INFO"]


def test_a_store_that_is_gone_is_an_error_in_the_log(office, caplog, monkeypatch):
    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("the disk is gone")

    office["owner"].open("/editor/")
    monkeypatch.setattr(office.store, "get", gone)
    with caplog.at_level(logging.DEBUG, "doorwise.auth"):
        assert office["owner"].open("/editor/").status_code == 503

    assert ("doorwise.auth", logging.ERROR, "store-unavailable: the disk is gone") in caplog.record_tuples
