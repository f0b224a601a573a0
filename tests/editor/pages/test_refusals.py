"""Why a file was not taken in, as somebody at the desk reads it: in English and in Chinese, never in the words of the code."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from typing import NamedTuple

import pytest

from server.editor.exchange import zipfiles as portable
from server.editor.exchange.import_reasons import REASONS
from server.i18n import load_translations
from tests.auth.browser import words
from tests.editor.desks import SAY
from tests.editor.office import PEOPLE, Office
from tests.editor.pages.test_publish_files import nothing_changed, pack_of, po_of, sent, zip_of
from tests.publishing import Publisher

LANGUAGES = ("en", "zh-Hans")
ZIP, PO, NEW = "/editor/xa/exchange/import", "/editor/xa/exchange/zh-Hans/import", "/editor/regions/import"
# Nothing of these is left on a Chinese page.
ENGLISH = re.compile(r"\b(?:the|expected|file|missing|unknown|line|than|region)\b")


class Case(NamedTuple):
    """A bad file, and what fills in the sentence of the reason."""

    data: Callable[[Office], bytes]
    more: dict[str, object]
    page: str = ZIP


def bad_zip(files: dict[str, str | bytes], **attributes: int) -> Callable[[Office], bytes]:
    return lambda _: zip_of(files, **attributes)


def encrypted(_: Office) -> bytes:
    data = bytearray(zip_of({"xa/pack.toml": "x"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + offset] |= 1
    return bytes(data)


def twice(_: Office) -> bytes:
    return zip_of({"xa/pack.toml": "x", "xa/pack.tomX": "x"}).replace(b"xa/pack.tomX", b"xa/pack.toml")


def faulty(office: Office) -> bytes:
    return zip_of({name: data for name, data in pack_of(office).items() if name != "xa/sources.toml"})


PATH = {"path": "xa/pack.toml"}
CASES = {
    "too-large": Case(lambda _: b"x" * ((1 << 20) + 1), {"limit": 1}),
    "not-a-zip": Case(lambda _: b"#!/bin/sh\n", {}),
    "too-many-files": Case(bad_zip({f"xa/en/topics/t{number}.md": "x" for number in range(4)}), {"limit": 3}),
    "not-one-folder": Case(bad_zip({"xa/pack.toml": "x", "xb/pack.toml": "x"}), {}),
    "unknown-file": Case(bad_zip({"xa/pack.toml": "x", "xa/run.sh": "x"}), {"path": "xa/run.sh"}),
    "twice": Case(twice, PATH),
    "odd-name": Case(bad_zip({"xa/../x.toml": "x"}), {"path": "xa/../x.toml"}),
    "not-a-file": Case(bad_zip({"xa/pack.toml": "x"}, external_attr=(stat.S_IFLNK | 0o777) << 16), PATH),
    "packed-otherwise": Case(encrypted, PATH),
    "unpacks-too-large": Case(bad_zip({"xa/pack.toml": b"#" * ((1 << 20) + 1)}), PATH),
    "other-region": Case(bad_zip({"xb/pack.toml": "x"}), {"found": "xb", "expected": "xa"}),
    "region-is-here": Case(bad_zip({"xa/pack.toml": "x"}), {"region": "xa"}, NEW),
    "not-a-pack": Case(faulty, {"count": 1}),
    "not-a-po": Case(lambda _: b"# only a remark\n", {}, PO),
    "po-line": Case(lambda _: b'msgid "a"\nmsgstr "b\n', {"line": 2}, PO),
    "not-utf-8": Case(lambda _: 'msgid "a"\nmsgstr "请"\n'.encode("gbk"), {"line": 2}, PO),
    "unknown-encoding": Case(lambda _: b'"Content-Type: text/plain; charset=x-none\\n"\n', {"encoding": "x-none"}, PO),
    "wrong-encoding": Case(
        lambda _: b'"Content-Type: text/plain; charset=Big5\\n"\n"\xff\xff"\n', {"encoding": "Big5", "line": 2}, PO
    ),
    "two-encodings": Case(
        lambda _: '"Content-Type: text/plain; charset=ISO-8859-1\\n"\n"请"\n'.encode(), {"encoding": "ISO-8859-1"}, PO
    ),
    "other-language": Case(
        lambda _: b'msgid ""\nmsgstr "Language: fr\\n"\n', {"found": "fr", "expected": "zh-Hans"}, PO
    ),
}


@pytest.fixture
def office(published: Publisher) -> Office:
    return Office(published)


def in_language(office: Office, language: str) -> None:
    office["owner"].send("/editor/language", language=language, next="/editor/")


def test_each_reason_is_met_here():
    assert CASES.keys() == REASONS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", CASES)
def test_a_reason_is_told_in_the_language_of_the_desk(office, monkeypatch, reason, language):
    case = CASES[reason]
    data = case.data(office)
    monkeypatch.setattr(portable, "MAX_ZIP_BYTES", 1 << 20)
    monkeypatch.setattr(portable, "MAX_ENTRIES", 3 if reason == "too-many-files" else portable.MAX_ENTRIES)
    in_language(office, language)

    answer = office["owner"].upload(case.page, data)

    sentence = load_translations(language).gettext(REASONS[reason])
    assert answer.status_code == 400
    assert sentence % case.more in words(answer)
    assert (sentence == REASONS[reason]) == (language == "en")
    assert nothing_changed(office)


FAULTS = {
    "xa/contacts.toml": (
        b"[[[",
        (
            "xa/contacts.toml · line 1: This cannot be read as TOML",
            "xa/contacts.toml · 第 1 行: 不符合 TOML",
        ),
    ),
    "xa/pack.toml": (
        b"format = 1\nnonsense = 1\n",
        ("This field is not known. Possible:", "没有这一项。可以用："),
    ),
    "xa/en/strings.toml": (b"\xff", ("This is not UTF-8 text", "不是 UTF-8 文字")),
    "xa/en/topics/second.md": (b"no head", ("The topic has no head", "这一篇没有篇头")),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_file_is_told_with_its_place(office, name, language):
    data, said = FAULTS[name]
    files = zip_of({**pack_of(office), name: data})
    in_language(office, language)

    answer = office["owner"].upload(ZIP, files)

    assert answer.status_code == 400
    assert said[LANGUAGES.index(language)] in words(answer)
    assert nothing_changed(office)


def test_no_english_is_left_on_a_chinese_page(office):
    """Every file is broken in another way; names of files, fields and ids stay what they are."""
    files = {**pack_of(office), **{name: data for name, (data, _) in FAULTS.items()}}
    in_language(office, "zh-Hans")

    page = office["owner"].upload(ZIP, zip_of(files))

    told = re.findall(r"<li><code>[^<]*</code>(?: · [^:]*)?: ([^<]*)</li>", page.text)
    assert len(told) >= len(FAULTS)
    assert [line for line in told if ENGLISH.search(line.partition("可以用：")[0])] == []


def test_what_the_checker_warns_of_is_told_too(office):
    files = pack_of(office)
    files["xa/zh-Hans/made_from.toml"] = re.sub(
        rb'"say\.leave" = "[0-9a-f]{16}"', b'"say.leave" = "0000000000000000"', files["xa/zh-Hans/made_from.toml"]
    )
    assert b"0000000000000000" in files["xa/zh-Hans/made_from.toml"]
    warned = {}
    for language in LANGUAGES:
        in_language(office, language)
        page = office["owner"].upload(ZIP, zip_of(files))
        assert page.status_code == 200
        warned[language] = words(page)

    assert "The source text has changed since this was translated." in warned["en"]
    assert "翻译之后，原文改过。" in warned["zh-Hans"]


def test_what_of_a_po_file_was_left_out_is_told(office):
    catalog = po_of(office)
    office.desk.edits.save(PEOPLE["translator"], SAY.in_locale("zh-Hans"), "请站远一点。", seen=0)
    next(one for one in catalog if one.context == "say.leave").string = "请您离开。"
    catalog.add("Nothing", "没有", context="say.nothing")
    in_language(office, "zh-Hans")

    page = office["owner"].upload(PO, sent(catalog), name="x.po")

    said = words(page)
    assert page.status_code == 200
    assert "say.leave" in said
    assert "say.nothing" in said
    assert not ENGLISH.search(" ".join(re.findall(r"<li><code>[^<]*</code>:([^<]*)</li>", page.text)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_faults_are_counted_not_all_listed(office, language):
    files = pack_of(office)
    files["xa/en/strings.toml"] += b"".join(b'"nothing.n%d" = "x"\n' % number for number in range(150))
    in_language(office, language)

    page = office["owner"].upload(ZIP, zip_of(files))

    assert page.text.count("<li><code>") == 100
    assert load_translations(language).gettext("And %(count)s more.") % {"count": 50} in words(page)
