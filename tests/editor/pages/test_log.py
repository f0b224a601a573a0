"""The log of changes tells of guidance in sentences, with the names that people know things by."""

import re

import pytest

from server.auth.audit import make_audit_line
from server.editor.releases.console import recall_from_console
from server.editor.units.unit import Unit
from tests.auth.browser import words
from tests.editor.desks import SAY, SAY_ZH, TOPIC
from tests.editor.office import NEW_WORDS, PEOPLE, Office
from tests.editor.pages.test_publish_files import pack_of, po_of, sent, zip_of
from tests.publishing import Publisher

OWNER, EDITOR, PUBLISHER = PEOPLE["owner"], PEOPLE["editor"], PEOPLE["publisher"]


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def log(office: Office, language: str = "en") -> str:
    office["owner"].send("/editor/language", language=language, next="/editor/audit/")
    return words(office["owner"].open("/editor/audit/"))


def everything(office: Office) -> str:
    """Let each thing that the log tells of happen once; give the digest of the release that was gone back from."""
    desk = office.desk
    before = office.data.channel.read().release
    head = office.save()
    desk.reviews.send_back_revision(PUBLISHER, SAY, head, "Shorter, please.")
    office.approve(content="Please stand back from my door now.")
    desk.reviews.revoke_review(PUBLISHER, SAY)
    desk.reviews.approve_revision(PUBLISHER, SAY, desk.edits.get_draft(SAY).head)
    release = office.publish()
    desk.publishing.roll_back(OWNER, before)
    desk.publishing.recall_topic(OWNER, "xa", "second")
    desk.publishing.recall_topic(OWNER, "xa", "second", lift=True)
    files = pack_of(office)
    files["xa/en/strings.toml"] = files["xa/en/strings.toml"].replace(b"say leave", b"say please leave")
    assert office["owner"].upload("/editor/xa/exchange/import", zip_of(files)).status_code == 200
    catalog = po_of(office)
    message = next(one for one in catalog if one.context == "say.leave")
    message.string = "请您离开。"
    message.flags.discard("fuzzy")
    assert office["translator"].upload("/editor/xa/exchange/zh-Hans/import", sent(catalog)).status_code == 200
    office.store.commit([make_audit_line(EDITOR, "text.kept", str(SAY_ZH), revision=1)])
    recall_from_console(office.store, office.data, "xa", "second", why="A wrong number.")
    recall_from_console(office.store, office.data, "xa", "second", lift=True)
    office.store.commit([make_audit_line(None, "release.shipped", before[:12])])
    return release


def test_it_is_told_in_sentences(office):
    release = everything(office)

    said = log(office)

    for sentence in (
        "Chen saved Text: Please stand back from my door now. (region name · English).",
        "Chen submitted ",
        "Ben sent ",
        "back to its author.",
        "Ben approved ",
        "Ben cancelled the approval of ",
        f"Ann published release {release[:12]} . Texts changed: 1.",
        "Ann went back to release ",
        "Ann withdrew Topic: ",
        " from phones.",
        "Ann made Topic: ",
        " available on phones again.",
        "Ann imported a zip of ",
        "Mei imported a PO file of ",
        "as it was instead of the newer text that came with Doorwise.",
        "The server's console withdrew Topic: ",
        "why: A wrong number.",
        "The server's console made Topic: ",
        "The server's console published release ",
    ):
        assert sentence in said
    for raw in ("xa:en/", "strings.toml", "xa/second", "text.saved", "cannot describe"):
        assert raw not in said


def test_it_is_told_in_chinese_too(office):
    release = everything(office)

    said = log(office, "zh-Hans")

    for sentence in (
        "Chen 保存了",
        "退回给作者。",
        f"Ann 发布了版本 {release[:12]}",
        "Ann 换回到版本",
        "Ann 从手机上撤下了",
        "Ann 在手机上恢复了",
        "Mei 导入了",
    ):
        assert sentence in said
    assert not re.search(r"(text|release|topic|pack|translation)\.[a-z]+", said)


def test_its_links_lead_somewhere(office):
    everything(office)
    page = office["owner"].open("/editor/audit/").text

    addresses = set(re.findall(r'href="(/editor/[^"]+)"', page.partition('<ol class="audit"')[2]))

    pages = {"releases/", "recalls/", "xa/", "xa/translate/zh-Hans/", "xa/history/en/strings.toml/say.leave"}
    assert {f"/editor/{page}" for page in pages} <= addresses
    for address in addresses:
        assert office["owner"].open(address).status_code == 200, address


def test_what_is_gone_keeps_its_line(office):
    gone = (str(Unit("xb", "en/strings.toml", "say.leave")), str(TOPIC), "no: unit", "")
    office.store.commit([make_audit_line(EDITOR, "text.saved", target) for target in gone])
    office.store.commit(
        [
            make_audit_line(EDITOR, "topic.recalled", "xb/nothing"),
            make_audit_line(EDITOR, "release.published", "0" * 12),
        ]
    )
    office.store.commit(
        [make_audit_line(EDITOR, "pack.imported", "xb"), make_audit_line(EDITOR, "translation.imported", "xb/fr")]
    )

    said = log(office)

    assert "Chen saved" in said
    assert "no: unit" in said
    assert "Texts changed: –." in said


def test_an_event_of_a_later_version_is_not_lost(office):
    office.store.commit([make_audit_line(EDITOR, "moon.landed", "<b>there</b>")])

    page = office["owner"].open("/editor/audit/")

    assert "Chen did something that this version of Doorwise cannot describe: moon.landed <b>there</b>" in words(page)
    assert "<b>there" not in page.text


def test_words_are_shown_as_words(office):
    office.save(content="<script>alert(1)</script>" + NEW_WORDS)

    page = office["owner"].open("/editor/audit/")

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text
