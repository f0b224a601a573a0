"""PO files as translators' tools write them: read, or refused in words that name the line or the encoding; nothing is lost."""

from __future__ import annotations

import contextlib
import io
import subprocess
from collections.abc import Callable
from encodings.aliases import aliases

import pytest
from babel.messages.pofile import read_po
from translate.storage.pypo import pofile

from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.po_file import read_po_file
from server.guidance.texts.text import hash_source_text
from tests.editor.desks import ANN, MEI, SAY, SAY_ZH, TOPIC
from tests.editor.exchange.test_po import translated

SAID = 'msgctxt "say.leave"\nmsgid "say leave"\nmsgstr "请离开"\n'


def make_header(language: str = "zh_Hans", charset: str = "UTF-8", *more: str) -> str:
    lines = [f"Language: {language}", f"Content-Type: text/plain; charset={charset}", *more]
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n"


def read_back(room, data: str | bytes) -> object:
    """Import a file and return what the desk says to somebody who should leave."""
    room.desk.import_po(MEI, "xa", "zh-Hans", data.encode() if isinstance(data, str) else data)
    return room.desk.edits.get_draft(SAY_ZH).content


@pytest.mark.parametrize(
    "language",
    [
        *("zh_CN", "zh-CN", "zh_Hans_CN", "zh", "zh_SG", "zh_Hans", "zh-hans", "ZH_CN", "cmn_CN", "zh_CN.UTF-8"),
        *("", "LANGUAGE", "LL"),  # not filled in yet
    ],
)
def test_the_same_language_in_the_same_script_is_taken(room, language):
    assert read_back(room, make_header(language) + SAID) == "请离开"


@pytest.mark.parametrize(
    "language", ["zh_TW", "zh_HK", "zh_Hant", "zh_Hant_CN", "yue_Hans", "de", "Chinese (Simplified)"]
)
def test_another_language_or_script_is_refused_by_its_name(room, language):
    with pytest.raises(ImportRefused) as refused:
        read_back(room, make_header(language) + SAID)

    assert (refused.value.reason, refused.value.more["found"]) == ("other-language", language)


def test_the_file_of_another_language_of_the_region_is_refused(room):
    room.desk.add_locale(ANN, "xa", "zh-Hans-SG", name="新加坡", fallback="zh-Hans")

    with pytest.raises(ImportRefused, match="zh_Hans_SG"):
        read_back(room, make_header("zh_Hans_SG") + SAID)


ENCODED: dict[str, Callable[[str], bytes]] = {
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "end of a DOS file": lambda text: text.encode() + b"\x1a",
    "end of a DOS file and a line": lambda text: text.encode() + b"\x1a\r\n",
    "Windows lines": lambda text: text.replace("\n", "\r\n").encode(),
    "old Mac lines": lambda text: text.replace("\n", "\r").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, the other order": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "GBK": lambda text: text.replace("UTF-8", "GBK").encode("gbk"),
    "GB2312 with a letter of GBK": lambda text: (
        text.replace("UTF-8", "gb2312") + 'msgctxt "-"\nmsgid "-"\nmsgstr "镕"\n'
    ).encode("gbk"),
    "GB18030": lambda text: text.replace("UTF-8", "GB18030").encode("gb18030"),
    "Big5": lambda text: text.replace("UTF-8", "Big5").replace("请离开", "走開").encode("big5"),
    "an encoding not filled in": lambda text: text.replace("UTF-8", "CHARSET").encode(),
}


@pytest.mark.parametrize("encode", ENCODED.values(), ids=ENCODED)
def test_every_encoding_that_the_file_names_is_read(room, encode):
    assert read_back(room, encode(make_header() + SAID)) in ("请离开", "走開")


@pytest.mark.parametrize(
    ("data", "reason", "named"),
    [
        ((make_header() + SAID).encode("gbk"), "not-utf-8", {"line": 8}),
        ((make_header("zh", "x-none") + SAID).encode("gbk"), "unknown-encoding", {"encoding": "x-none"}),
        (
            (make_header("zh", "unicode_escape") + SAID).encode("gbk"),
            "unknown-encoding",
            {"encoding": "unicode_escape"},
        ),
        ((make_header("zh", "utf-7") + SAID).encode("gbk"), "unknown-encoding", {"encoding": "utf-7"}),
        ((make_header("zh", "ISO-8859-1") + SAID).encode(), "two-encodings", {"encoding": "ISO-8859-1"}),
        (
            (make_header("zh", "Big5") + SAID).encode("big5", "ignore") + b"# \xff\xff\n",
            "wrong-encoding",
            {"encoding": "Big5", "line": 9},
        ),
        (
            (make_header("zh", "UTF-16") + SAID).encode("utf-16")[:-1],
            "wrong-encoding",
            {"encoding": "UTF-16", "line": 8},
        ),
    ],
)
def test_what_cannot_be_read_is_named(room, data, reason, named):
    """The message says which encoding, and where."""
    with pytest.raises(ImportRefused) as refused:
        read_back(room, data)

    assert (refused.value.reason, refused.value.more) == (reason, named)


@pytest.mark.parametrize("odd", [rb"\ud800 ", rb"\u12 ", b".." + b"a" * 80, b"xn--fiqs8s.\xff", b"\xe9", b"\xff\xff"])
def test_no_encoding_that_python_knows_makes_the_desk_stumble(odd):
    """Some are no encodings of texts: they fail in their own ways, or make what no file can keep."""
    for encoding in sorted({*aliases.values(), "idna", "punycode", "raw_unicode_escape", "undefined"}):
        data = make_header("zh", encoding).encode() + b"# " + odd + b"\xe9\n" + SAID.replace("请离开", "leave").encode()
        with contextlib.suppress(ImportRefused):
            (message,) = read_po_file(data).messages
            assert " ".join(message.user_comments).encode(), encoding


@pytest.mark.parametrize("encoding", ["idna", "punycode", "raw_unicode_escape", "raw-unicode-escape"])
def test_an_encoding_that_is_none_of_texts_is_refused_by_its_name(room, encoding):
    with pytest.raises(ImportRefused) as refused:
        read_back(
            room, (make_header("zh", encoding) + 'msgctxt "say.leave"\nmsgid "-"\n').encode() + b'msgstr "\xe9"\n'
        )

    assert (refused.value.reason, refused.value.more) == ("unknown-encoding", {"encoding": encoding})


def test_a_revision_with_thousands_of_digits_is_only_a_remark(room):
    assert read_back(room, make_header() + f"#. revision {'9' * 5000}\n" + SAID) == "请离开"


HEADERS = {
    "Poedit": ("X-Generator: Poedit 3.4", "Plural-Forms: nplurals=1; plural=0;", "X-Poedit-Basepath: .", "X-Poedit-SourceCharset: UTF-8"),
    "Weblate": ("X-Generator: Weblate 5.9-dev", "Plural-Forms: nplurals=1; plural=0;", "Language-Team: 简体 <https://hosted.example/zh_Hans/>"),
    "Lokalize": ("X-Generator: Lokalize 24.08.0", 'Plural-Forms: nplurals=2; plural=(n!=1);', "Last-Translator: 梅 <mei@example.org>"),
    "translate-toolkit": ("X-Generator: Translate Toolkit 3.15", "Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;", "PO-Revision-Date: YEAR-MO-DA HO:MI+ZONE"),
    "msginit": ("POT-Creation-Date: YEAR-MO-DA HO:MI+ZONE", "PO-Revision-Date: 2026-11-29", "Project-Id-Version: ", "MIME-Version: 1.0"),
    "by hand": ("Plural-Forms: ", "PO-Revision-Date: yesterday", "a line without a name", ": empty", "X-Poedit-Language: Chinese"),
}  # fmt: skip


@pytest.mark.parametrize("more", HEADERS.values(), ids=HEADERS)
def test_the_head_that_a_tool_writes_is_read(room, more):
    assert read_back(room, make_header("zh_CN", "UTF-8", *more) + SAID) == "请离开"


WRITTEN = {
    "wrapped": 'msgctxt ""\n"say."\n"leave"\nmsgid ""\n"say "\n"leave"\nmsgstr ""\n"请"\n"离开"\n',
    "tabs": 'msgctxt\t"say.leave"\nmsgid\t"say leave"\nmsgstr\t"请离开"\n',
    "no blanks": 'msgctxt"say.leave"\nmsgid"say leave"\nmsgstr"请离开"\n',
    "the words before": '#, \n#| msgctxt "say.leave"\n#| msgid "say go"\n' + SAID,
    "obsolete": SAID + '\n#~ msgctxt "say.old"\n#~ msgid "old"\n#~ msgstr "旧"\n',
    "obsolete with the words before": SAID + '\n#, fuzzy\n#~| msgid ""\n#~| "older"\n#~ msgid "old"\n#~ msgstr "旧"\n',
    "obsolete with remarks": SAID + '\n#~ # a remark\n#~ #, fuzzy\n#~ msgid "old"\n#~ msgstr "旧"\n#~\n',
    "remarks": f"#  梅: 好\n#. at the door\n#. revision 0\n#: a.py:1 b\u2068 c.py\u2069:2\n#, no-wrap\n{SAID}# the end\n",
    "a place that is not closed": "#: \u2068a b.py\n" + SAID,
    "newer flags": "#= no-wrap\n" + SAID,
    "a domain": 'domain "messages"\n\n' + SAID,
}  # fmt: skip


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_a_message_is_read_however_it_is_written(room, body):
    assert read_back(room, make_header() + body) == "请离开"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (SAID + 'msgstr "again"\n', 9),
        (SAID + 'msgctxt "say.who"\n', 9),
        (SAID + 'msgctxt "say.who"\nmsgid "say who"\n', 10),
        (SAID + 'msgctxt "say.who"\nmsgctxt "say.other"\nmsgid "a"\nmsgstr "b"\n', 9),
        (SAID + 'msgid "\\350"\nmsgstr "a"\n', 9),
        ('msgstr "lonely"\n' + SAID, 6),
        (SAID + 'msgid "a"\nmsgid_plural "b"\nmsgstr "c"\n', 10),
        (SAID + 'msgid "a"\nmsgstr[0] "c"\n', 9),
        (SAID + "msgid 'a'\n", 9),
    ],
)
def test_half_a_message_is_refused_with_its_line(room, body, line):
    with pytest.raises(ImportRefused) as refused:
        read_back(room, make_header() + body)

    assert (refused.value.reason, refused.value.more) == ("po-line", {"line": line})


LEFT_OUT = {
    "two translations": (SAID + SAID.replace("请离开", "走开"), "twice"),
    "two translations of two sources": (SAID + SAID.replace("say leave", "say go").replace("请离开", "走开"), "twice"),
    "one translation of two sources": (SAID + SAID.replace("say leave", "say go"), "twice"),
    "plural": ('msgctxt "say.leave"\nmsgid "say leave"\nmsgid_plural "b"\nmsgstr[0] "请离开"\nmsgstr[1] "c"\n', "plural"),
    "plural beside it": (
        SAID + 'msgctxt "say.leave"\nmsgid "say leave"\nmsgid_plural "b"\nmsgstr[0] "走"\nmsgstr[1] "c"\n', "plural",
    ),
    "fuzzy": ("#, fuzzy\n" + SAID, "fuzzy"),
    "obsolete": ("".join(f"#~ {line}\n" for line in SAID.splitlines()), "obsolete"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_not_taken_is_told(room, body, why):
    result = room.desk.import_po(MEI, "xa", "zh-Hans", (make_header() + body).encode())

    assert (result.changed, [(one.key, one.why) for one in result.skipped]) == ((), [("say.leave", why)])


@pytest.mark.parametrize(
    "body",
    [SAID + SAID, SAID + SAID.replace("请离开", ""), "#, fuzzy\n" + SAID.replace("请离开", "走") + "\n" + SAID],
    ids=["twice the same", "one is empty", "one is not finished"],
)
def test_of_two_messages_the_finished_one_is_taken(room, body):
    result = room.desk.import_po(MEI, "xa", "zh-Hans", (make_header() + body).encode())

    assert (result.changed, result.skipped) == ((SAY_ZH,), ())


def test_a_topic_with_a_part_that_is_twice_is_told_and_not_taken(room):
    sent = translated(room.desk.export_po("xa", "zh-Hans"), {"topics/second:title": "第二"}).decode()
    more = 'msgctxt "topics/second:title"\nmsgid "title second"\nmsgstr "又"\n'

    result = room.desk.import_po(MEI, "xa", "zh-Hans", f"{sent}\n{more}".encode())

    assert [(one.key, one.why) for one in result.skipped] == [("topics/second", "twice")]


def save_with_translate_toolkit(data: bytes) -> bytes:
    """The file as Weblate and the toolkit's own commands save it, each translation set anew."""
    store = pofile.parsestring(data)
    store.updateheader(x_generator="Weblate 5.9", language="zh_CN", plural_forms="nplurals=1; plural=0;")
    for unit in store.units:
        if not unit.isheader():
            unit.target = str(unit.target)
    return bytes(store)


def run_gettext(*command: str, data: bytes) -> bytes:
    done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def save_with_msgcat(data: bytes) -> bytes:
    return run_gettext("msgcat", "--width=40", "--sort-output", "-", data=data)


def save_with_msgconv(data: bytes) -> bytes:
    return run_gettext("msgconv", "--to-code=GB18030", "-", data=data)


def save_with_msgattrib(data: bytes) -> bytes:
    return run_gettext("msgattrib", "--no-wrap", "-", data=data)


TOOLS = {
    "translate-toolkit": save_with_translate_toolkit,
    "msgcat": save_with_msgcat,
    "msgconv": save_with_msgconv,
    "msgattrib": save_with_msgattrib,
}


@pytest.mark.parametrize("save", TOOLS.values(), ids=TOOLS)
def test_a_file_saved_by_a_tool_comes_back_with_every_text(room, save):
    """Long, quoted and outdated texts, and what the translator wrote."""
    long = '“Quoted” "straight" \\ backslash, 100% {contact:police}, ' + "请不要开门，" * 30
    room.desk.edits.save(MEI, SAY_ZH, long, seen=0)
    room.desk.edits.save(ANN, TOPIC, room.desk.reader.read_baseline(TOPIC).replace("Wait.", "Wait a little."), seen=0)
    sent = room.desk.export_po("xa", "zh-Hans")

    same = room.desk.import_po(MEI, "xa", "zh-Hans", save(sent))
    done = room.desk.import_po(MEI, "xa", "zh-Hans", save(translated(sent, {"say.leave": f"{long}走"})))

    assert (same.changed, same.skipped) == ((), ())
    assert (done.changed, done.skipped, done.stale) == ((SAY_ZH,), (), ())
    assert room.desk.edits.get_draft(SAY_ZH).content == f"{long}走"


def test_a_translators_file_merged_into_a_newer_one_comes_back_with_their_work(room, tmp_path):
    """`msgmerge`: the words before, guesses marked as fuzzy, what is gone as obsolete."""
    old, new = tmp_path / "old.po", tmp_path / "new.po"
    old.write_bytes(translated(room.desk.export_po("xa", "zh-Hans"), {"say.leave": "请离开", "say.who": "你是谁？"}))
    room.desk.edits.save(ANN, SAY, "say leave now", seen=0)
    new.write_bytes(room.desk.export_po("xa", "zh-Hans"))
    merged = run_gettext("msgmerge", "--previous", "--quiet", "--width=40", str(old), str(new), data=b"")
    assert b"#| msgid" in merged

    result = room.desk.import_po(MEI, "xa", "zh-Hans", merged)

    assert {str(unit.key) for unit in result.changed} == {"say.who"}
    assert [(one.key, one.why) for one in result.skipped] == [("say.leave", "fuzzy")]
    finished = run_gettext("msgattrib", "--clear-fuzzy", "--clear-previous", "-", data=merged)
    assert room.desk.import_po(MEI, "xa", "zh-Hans", finished).changed == (SAY_ZH,)
    assert room.desk.edits.get_draft(SAY_ZH).made_from == hash_source_text("say leave now")


def test_a_file_of_ours_passes_the_check_of_gettext(room):
    """`msgfmt --check` finds nothing to refuse, so no tool of a translator does."""
    sent = room.desk.export_po("xa", "zh-Hans")

    run_gettext("msgfmt", "--check-format", "--check-header", "--output-file=/dev/null", "-", data=sent)
    assert read_po(io.BytesIO(sent)).locale_identifier == "zh_Hans"
