"""A language as PO: out and in again changes nothing, and what comes in says what it was made from."""

import io

import pytest
from babel.messages.pofile import read_po, write_po
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.auth.errors import AccessDenied
from server.editor.exchange import po
from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.topic_pieces import align_pieces, assemble_topic, split_pieces
from server.editor.packs.progress import TextState
from server.editor.units.unit import Unit, make_text_unit
from server.guidance.files.parse import load_pack
from server.guidance.texts.text import hash_source_text
from tests.editor.desks import ANN, BEN, MEI, READER, SAY, SAY_ZH, TOPIC
from tests.packs import TOPIC as RICH
from tests.publishing import ROOT

TOPIC_ZH = TOPIC.in_locale("zh-Hans")


def catalog(data: bytes):
    return read_po(io.BytesIO(data), abort_invalid=True)


def written(messages) -> bytes:
    target = io.BytesIO()
    write_po(target, messages)
    return target.getvalue()


def translated(data: bytes, texts: dict[str, str]) -> bytes:
    """The file with other translations, by context, as a translator's tool writes it."""
    messages = catalog(data)
    for message in messages:
        if message.context in texts:
            message.string = texts[message.context]
            message.flags.discard("fuzzy")
    return written(messages)


def test_out_and_in_again_changes_nothing(room):
    result = room.desk.import_po(MEI, "xa", "zh-Hans", room.desk.export_po("xa", "zh-Hans"))

    assert (result.changed, result.skipped) == ((), ())
    assert room.desk.list_drafts() == []


def test_every_text_is_in_the_file(room):
    messages = catalog(room.desk.export_po("xa", "zh-Hans"))

    keys = {str(message.context).partition(":")[0] for message in messages if message.id}
    assert keys == {row.key for row in room.desk.list_text_rows("xa", "zh-Hans")}
    assert str(messages.locale) == "zh_Hans"
    assert messages.get("say leave", context="say.leave").string == "say leave"


def test_door_sentences_come_first_in_the_file(room):
    comments = [message.auto_comments for message in catalog(room.desk.export_po("xa", "zh-Hans")) if message.id]

    at_door = ["at the door" in one for one in comments]
    assert at_door == sorted(at_door, reverse=True)


def test_what_comes_back_is_drafts(room):
    sent = room.desk.export_po("xa", "zh-Hans")

    result = room.desk.import_po(
        MEI, "xa", "zh-Hans", translated(sent, {"say.leave": "请离开", "topics/second:body.1": "等。"})
    )

    assert set(result.changed) == {SAY_ZH, TOPIC_ZH}
    assert room.desk.edits.get_draft(SAY_ZH).content == "请离开"
    assert room.desk.edits.get_draft(TOPIC_ZH).content.endswith("+++\n等。\n\n{rule:hours}\n")
    assert room.desk.edits.list_revisions(SAY_ZH)[0].why == "import"
    assert room.desk.check_region("xa").errors == ()
    assert room.store.entries("audit")[-1].body["what"] == "translation.imported"


def test_a_translation_of_older_words_comes_back_as_such(room):
    """The source changed while the file was with the translator."""
    sent = room.desk.export_po("xa", "zh-Hans")
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    room.desk.edits.save(ANN, TOPIC, room.desk.reader.read_baseline(TOPIC).replace("Wait.", "Wait a little."), seen=0)

    result = room.desk.import_po(
        MEI, "xa", "zh-Hans", translated(sent, {"say.leave": "请离开", "topics/second:title": "第二"})
    )

    assert set(result.stale) == {SAY_ZH, TOPIC_ZH}
    assert room.desk.edits.get_draft(SAY_ZH).made_from == hash_source_text("say leave")
    states = {row.unit: row.state for row in room.desk.list_text_rows("xa", "zh-Hans")}
    assert (states[SAY_ZH], states[TOPIC_ZH]) == (TextState.STALE, TextState.STALE)


def test_what_is_behind_goes_out_as_fuzzy_and_comes_back_current(room):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    sent = room.desk.export_po("xa", "zh-Hans")
    assert catalog(sent).get("Please go.", context="say.leave").fuzzy

    assert room.desk.import_po(MEI, "xa", "zh-Hans", sent).changed == ()  # nobody has looked at it
    result = room.desk.import_po(MEI, "xa", "zh-Hans", translated(sent, {"say.leave": "say leave"}))

    assert (result.changed, result.stale) == ((SAY_ZH,), ())
    assert room.desk.edits.get_draft(SAY_ZH).made_from == hash_source_text("Please go.")


def test_somebodys_later_work_is_not_overwritten(room):
    sent = room.desk.export_po("xa", "zh-Hans")
    room.desk.edits.save(BEN, SAY_ZH, "Ben's words", seen=0)

    result = room.desk.import_po(MEI, "xa", "zh-Hans", translated(sent, {"say.leave": "请离开"}))

    assert [(one.key, one.why) for one in result.skipped] == [("say.leave", "changed-here")]
    assert room.desk.edits.get_draft(SAY_ZH).content == "Ben's words"


def test_a_topic_comes_in_whole_or_not_at_all(room):
    add = Unit("xa", "en/topics/second.md")
    room.desk.edits.save(ANN, add, room.desk.reader.read_baseline(add) + "\nAnother paragraph.\n", seen=0)
    sent = room.desk.export_po("xa", "zh-Hans")
    assert catalog(sent).get("Another paragraph.", context="topics/second:body.3").string == ""

    result = room.desk.import_po(MEI, "xa", "zh-Hans", translated(sent, {"topics/second:title": "第二"}))

    assert [(one.key, one.why) for one in result.skipped if one.key == "topics/second"] == [
        ("topics/second", "incomplete")
    ]
    assert room.desk.edits.find_draft(TOPIC_ZH) is None


def test_a_key_that_the_region_does_not_have_is_told(room):
    messages = catalog(room.desk.export_po("xa", "zh-Hans"))
    messages.add("Hello", "你好", context="say.nobody")
    messages.add("Hello", "你好")

    result = room.desk.import_po(MEI, "xa", "zh-Hans", written(messages))

    assert {(one.key, one.why) for one in result.skipped} == {("say.nobody", "unknown"), ("", "unknown")}


def test_a_new_language_can_be_made_outside(room):
    room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")
    messages = catalog(room.desk.export_po("xa", "fr"))
    for message in messages:
        if message.id:
            message.string = message.id

    result = room.desk.import_po(ANN, "xa", "fr", written(messages))

    assert result.skipped == result.stale == ()
    french = room.desk.measure_progress("xa")[2]
    assert (french.missing, french.stale, french.ready) == (0, 0, True)
    assert room.desk.check_region("xa").errors == ()


def test_only_those_import_who_may_translate(room):
    sent = room.desk.export_po("xa", "zh-Hans")
    room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")

    with pytest.raises(AccessDenied):
        room.desk.import_po(READER, "xa", "zh-Hans", sent)
    with pytest.raises(AccessDenied):
        room.desk.import_po(MEI, "xa", "fr", room.desk.export_po("xa", "fr"))


@pytest.mark.parametrize(
    "data",
    [
        b"not a PO file",
        b'msgid "a"\nmsgstr "b',
        b'msgid "a"\nmsgstr "\\',
        b"\xff\xfe",
        b'msgid ""\nmsgstr "Language: de\\n"\n\nmsgctxt "say.leave"\nmsgid "say leave"\nmsgstr "x"\n',
        b'msgid ""\nmsgstr "Language: not_a_LOCALE_at_all\\n"\n',
    ],
)
def test_what_is_no_po_file_of_this_language_is_refused(room, data):
    with pytest.raises(ImportRefused):
        room.desk.import_po(MEI, "xa", "zh-Hans", data)

    assert room.desk.list_drafts() == []


def test_a_large_file_is_refused_unread(room, monkeypatch):
    monkeypatch.setattr(po, "MAX_PO_BYTES", 10)

    with pytest.raises(ImportRefused, match="larger than"):
        room.desk.import_po(MEI, "xa", "zh-Hans", b"x" * 11)


@given(st.binary(max_size=200) | st.text(alphabet='msgidctxtr "\\\n#~,fuzzy%', max_size=200).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(room, data):
    try:
        result = room.desk.import_po(MEI, "xa", "zh-Hans", data)
    except ImportRefused:
        return
    assert result.changed == ()


TEXTS = st.text(alphabet="ab é。\"'\\%{}\n\t", min_size=1, max_size=30).filter(str.strip)


@given(
    st.dictionaries(st.sampled_from(["say.leave", "say.who", "rule.hours", "topics/second:title"]), TEXTS, min_size=1)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_any_words_come_in_as_they_are(room, texts):
    sent = translated(room.desk.export_po("xa", "zh-Hans"), texts)

    room.desk.import_po(MEI, "xa", "zh-Hans", sent)

    for key, text in texts.items():
        content = room.desk.edits.get_draft(make_text_unit("xa", "zh-Hans", key.partition(":")[0])).content
        found = split_pieces(content)["title"] if ":" in key else content
        assert found == (text.strip() if ":" in key else text)
    again = room.desk.import_po(MEI, "xa", "zh-Hans", room.desk.export_po("xa", "zh-Hans"))
    assert again.changed == ()


def test_a_topic_in_pieces_is_the_topic():
    found = split_pieces(RICH)

    assert found["title"] == "The first minute"
    assert found["do.2"] == "Wait"
    assert found["body.3"] == "{say:who}"
    again = assemble_topic(RICH, found)
    assert split_pieces(again) == found
    assert assemble_topic(RICH, {name: text for name, text in found.items() if name != "body.2"}) is None
    assert split_pieces("no front matter") is None


def test_pieces_fit_only_where_a_group_is_as_long():
    source = {"title": "T", "do.1": "a", "do.2": "b", "body.1": "x"}

    assert align_pieces(source, {"title": "t", "do.1": "1", "body.1": "2"}) == {"title": "t", "body.1": "2"}


def test_the_shipped_topics_survive_being_cut_and_joined():
    pack = load_pack(ROOT / "server" / "packs" / "cn")

    for topics in pack.topic_texts.values():
        for text in topics.values():
            cut = split_pieces(text.raw)
            assert split_pieces(assemble_topic(text.raw, cut)) == cut
