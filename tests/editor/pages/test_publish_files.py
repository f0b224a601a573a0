"""Files in and out: a region as a zip, a language as PO; and everything that a bad file may try."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping

import pytest
from babel.messages.pofile import read_po, write_po

from server.editor.exchange.zipfiles import MAX_ZIP_BYTES
from server.editor.units.unit import make_head_unit
from tests.auth.browser import words
from tests.editor.desks import SAY, SAY_ZH
from tests.editor.office import NEW_WORDS, PEOPLE, Office
from tests.publishing import Publisher

REFUSED = "The file was not imported. Nothing was changed."


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def zip_of(files: Mapping[str, str | bytes], **attributes: int) -> bytes:
    """A zip of these files; `attributes` are set on each entry."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            archive.writestr(info, data)
    return target.getvalue()


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack_of(office: Office) -> dict[str, bytes]:
    return files_of(office["owner"].open("/editor/xa/exchange/pack.zip").data)


def nothing_changed(office: Office) -> bool:
    return office.desk.list_drafts() == [] and not [
        entry for entry in office.store.entries("audit") if str(entry.body["what"]).endswith("imported")
    ]


# ---- a region ----


def test_a_region_goes_out_and_comes_in_as_drafts(office):
    answer = office["owner"].open("/editor/xa/exchange/pack.zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="xa.zip"'
    assert answer.content_type == "application/zip"
    files = files_of(answer.data)
    words_before = str(office.desk.reader.read_newest_content(SAY))
    files["xa/en/strings.toml"] = files["xa/en/strings.toml"].replace(words_before.encode(), NEW_WORDS.encode())

    page = office["owner"].upload("/editor/xa/exchange/import", zip_of(files))

    assert page.status_code == 200
    assert "Imported as drafts: 1 changed texts" in words(page)
    assert [draft.unit for draft in office.desk.list_drafts()] == [SAY]
    assert office.desk.reader.read_newest_content(SAY) == NEW_WORDS
    assert office.desk.publishing.make_plan().is_empty, "nothing reaches phones without a review"


def test_an_unchanged_region_changes_nothing(office):
    page = office["owner"].upload("/editor/xa/exchange/import", zip_of(pack_of(office)))

    assert "Imported as drafts: 0 changed texts" in words(page)
    assert office.desk.list_drafts() == []


def test_drafts_go_out_only_when_asked_for(office):
    office.save()

    approved = office["owner"].open("/editor/xa/exchange/pack.zip")
    with_drafts = office["owner"].open("/editor/xa/exchange/pack.zip?drafts=1")

    assert NEW_WORDS.encode() not in files_of(approved.data)["xa/en/strings.toml"]
    assert NEW_WORDS.encode() in files_of(with_drafts.data)["xa/en/strings.toml"]


def test_a_file_of_another_region_is_not_mixed_up(office):
    files = {
        name.replace("xa/", "xb/"): data.replace(b'"xa"', b'"xb"').replace(b'"XA"', b'"XB"')
        for name, data in pack_of(office).items()
    }

    refused = office["owner"].upload("/editor/xa/exchange/import", zip_of(files))
    assert refused.status_code == 400
    assert "The file contains the region xb, but this is the page of xa." in words(refused)
    assert nothing_changed(office)
    taken = office["owner"].upload("/editor/regions/import", zip_of(files))

    assert taken.status_code == 200
    assert office.desk.reader.read_newest_content(make_head_unit("xb"))["iso"] == "XB"
    assert office["owner"].upload("/editor/regions/import", zip_of(files)).status_code == 400


BAD_ZIPS = {
    "empty": b"",
    "no zip": b"PK\x03\x04 and then nothing",
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "nothing in it": zip_of({}),
    "a path that leaves": zip_of({"xa/../../etc/passwd": "x"}),
    "an absolute path": zip_of({"/etc/passwd": "x"}),
    "a path of another system": zip_of({"xa\\..\\..\\x.toml": "x"}),
    "a drive": zip_of({"C:/xa/pack.toml": "x"}),
    "a folder too deep": zip_of({"xa/en/topics/deep/er/x.md": "x"}),
    "two regions": zip_of({"xa/pack.toml": "x", "xb/pack.toml": "x"}),
    "no region": zip_of({"pack.toml": "x"}),
    "another file": zip_of({"xa/pack.toml": "x", "xa/run.sh": "x"}),
    "a link": zip_of({"xa/pack.toml": "/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16),
    "a device": zip_of({"xa/pack.toml": ""}, external_attr=(stat.S_IFCHR | 0o666) << 16),
    "not TOML": zip_of({"xa/pack.toml": "[[["}),
    "not UTF-8": zip_of({"xa/pack.toml": b"\xff\xfe\x00"}),
    "a bomb": zip_of({"xa/pack.toml": b"#" * (64 << 20)}),
    "many bombs": zip_of({f"xa/en/topics/t{number}.md": b"#" * (1 << 20) for number in range(40)}),
    "many files": zip_of({f"xa/en/topics/t{number}.md": "x" for number in range(10_100)}),
}


@pytest.mark.parametrize("data", BAD_ZIPS.values(), ids=BAD_ZIPS.keys())
def test_a_bad_zip_changes_nothing_and_says_so(office, data):
    answer = office["owner"].upload("/editor/xa/exchange/import", data)

    assert answer.status_code == 400
    assert data == b"" or REFUSED in words(answer)
    assert nothing_changed(office)


def test_a_zip_that_says_it_is_smaller_than_it_is(office):
    data = bytearray(zip_of({"xa/pack.toml": b"#" * (8 << 20)}))
    real = (8 << 20).to_bytes(4, "little")
    assert data.count(real) == 2
    data = data.replace(real, (10).to_bytes(4, "little"))

    assert office["owner"].upload("/editor/xa/exchange/import", bytes(data)).status_code == 400
    assert nothing_changed(office)


def test_too_many_bytes_are_not_even_read(office):
    answer = office["owner"].upload("/editor/xa/exchange/import", b"x" * (MAX_ZIP_BYTES + (80 << 10)))

    assert answer.status_code == 413
    assert nothing_changed(office)


def test_a_form_elsewhere_may_not_be_so_large(office):
    answer = office["owner"].send("/editor/reviews/approve", text="x" * (200 << 10))

    assert answer.status_code == 413


def test_what_the_checker_refuses_is_listed(office):
    files = pack_of(office)
    files["xa/en/strings.toml"] += b'"say.nobody" = "See {contact:nobody}."\n'
    files["xa/contacts.toml"] = files["xa/contacts.toml"].replace(
        b'number = "110"', b'number = "<script>alert(1)</script>"'
    )

    answer = office["owner"].upload("/editor/xa/exchange/import", zip_of(files))

    assert answer.status_code == 400
    assert "contacts.toml" in words(answer)
    assert "<script>alert" not in answer.text
    assert nothing_changed(office)


# ---- a language ----


def po_of(office: Office, locale: str = "zh-Hans"):
    return read_po(io.BytesIO(office["translator"].open(f"/editor/xa/exchange/{locale}.po").data))


def sent(catalog) -> bytes:
    target = io.BytesIO()
    write_po(target, catalog)
    return target.getvalue()


def test_a_translator_works_in_a_file(office):
    answer = office["translator"].open("/editor/xa/exchange/zh-Hans.po")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="xa-zh-Hans.po"'
    catalog = po_of(office)
    message = next(one for one in catalog if one.context == "say.leave")
    message.string = "请您离开我的家门。"

    page = office["translator"].upload("/editor/xa/exchange/zh-Hans/import", sent(catalog), name="x.po")

    assert page.status_code == 200
    assert "Imported as drafts: 1 changed texts" in words(page)
    assert office.desk.reader.read_newest_content(SAY_ZH) == "请您离开我的家门。"


def test_what_somebody_translated_here_meanwhile_stays(office):
    catalog = po_of(office)
    office.save(SAY_ZH, "请站远一点。")
    next(one for one in catalog if one.context == "say.leave").string = "请您离开。"

    page = office["translator"].upload("/editor/xa/exchange/zh-Hans/import", sent(catalog), name="x.po")

    assert "somebody saved another translation here after the file was exported" in words(page)
    assert office.desk.reader.read_newest_content(SAY_ZH) == "请站远一点。"


BAD_POS = {
    "empty": b"",
    "no PO": b"hello",
    "not UTF-8": b'msgid "a"\nmsgstr "\xff"\n',
    "half a message": b'msgid "a\n',
    "another language": b'msgid ""\nmsgstr "Language: fr\\n"\n\nmsgctxt "say.leave"\nmsgid "a"\nmsgstr "b"\n',
    "a zip": zip_of({"xa/pack.toml": "x"}),
}


@pytest.mark.parametrize("data", BAD_POS.values(), ids=BAD_POS.keys())
def test_a_bad_po_changes_nothing(office, data):
    answer = office["translator"].upload("/editor/xa/exchange/zh-Hans/import", data, name="x.po")

    assert answer.status_code == 400
    assert nothing_changed(office)


def test_a_translator_brings_in_their_own_language_only(office):
    data = sent(po_of(office))

    assert office["translator"].upload("/editor/xa/exchange/en/import", data).status_code == 403
    assert office["translator"].open("/editor/xa/exchange/").text.count('type="file"') == 1
    assert office["owner"].upload("/editor/xa/exchange/fr/import", data).status_code == 404
    assert office["owner"].open("/editor/xa/exchange/fr.po").status_code == 404
    assert office["owner"].open("/editor/xz/exchange/").status_code == 404


ALLOWED = {
    ("GET", "/editor/xa/exchange/"): "owner publisher editor translator reader",
    ("GET", "/editor/xa/exchange/pack.zip"): "owner publisher editor translator reader",
    ("GET", "/editor/xa/exchange/zh-Hans.po"): "owner publisher editor translator reader",
    ("POST", "/editor/xa/exchange/import"): "owner publisher",
    ("POST", "/editor/regions/import"): "owner publisher",
    ("POST", "/editor/xa/exchange/zh-Hans/import"): "owner publisher editor translator",
}


@pytest.mark.parametrize(("asked", "allowed"), ALLOWED.items(), ids=str)
def test_each_role_reaches_what_it_may(office, asked, allowed):
    method, path = asked
    answers = {
        role: office[role].open(path) if method == "GET" else office[role].upload(path, b"nothing") for role in PEOPLE
    }

    assert {role for role, answer in answers.items() if answer.status_code != 403} == set(allowed.split())


@pytest.mark.parametrize("path", [path for method, path in ALLOWED if method == "POST"])
def test_a_file_without_its_forms_token_is_not_taken(office, path):
    office["owner"].kept = "forged"

    assert office["owner"].upload(path, zip_of({"xa/pack.toml": "x"})).status_code == 400
    assert nothing_changed(office)
