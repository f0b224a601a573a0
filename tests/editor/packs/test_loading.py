"""Packs with edits are kept and patched; what comes out is what reading everything again would give."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.editor.edits.blobs import Contents
from server.editor.edits.model import State
from server.editor.edits.shipped import ShippedPacks
from server.editor.packs.loading import PackLoader
from server.editor.units.unit import Unit, make_entry_unit
from server.guidance.files.parse import load_pack
from server.guidance.problems.codes import Code
from tests.editor.desks import ANN, CHECK, HEAD, POLICE, SAY, SAY_ZH, TOPIC, Room
from tests.packs import set_string

TEXT = '+++\ntitle = "T"\nsummary = "S"\ndo = ["D"]\nnever = ["N"]\n+++\nBody {}.\n'
MORE = Unit("xa", "en/strings.toml", "flow.borrower.stop.more")
UNKNOWN = Unit("xa", "en/strings.toml", "say.nobody")
LONG = "police-" + "x" * 180
GONE = Unit("xa", "zh-Hans/topics/gone.md")
FRENCH = Unit("xa", "fr/strings.toml", "say.leave")
CHOICES = {
    SAY: [None, "One", "Two"],
    SAY_ZH: [None, "一", "二"],
    MORE: [None, "Why"],
    UNKNOWN: [None, "Nobody"],
    FRENCH: ["Allez"],
    Unit("xa", "fr/topics/second.md"): [TEXT.format(5), "no front matter"],
    TOPIC: [None, TEXT.format(1), TEXT.format(2), "no front matter"],
    TOPIC.in_locale("zh-Hans"): [None, TEXT.format(3)],
    GONE: [TEXT.format(4)],
    CHECK: [None, {"id": "ids", "kind": "sign", "rule": "hours", "bad": "yes", "severity": "police"}],
}


@st.composite
def edits(draw: st.DrawFn) -> dict[Unit, object]:
    units = draw(st.lists(st.sampled_from(list(CHOICES)), unique=True))
    return {unit: draw(st.sampled_from(CHOICES[unit])) for unit in units}


def states(contents: Contents, found: dict[Unit, object], origin: str) -> dict[Unit, State]:
    return {
        unit: State(1, contents.write(unit, content), origin if unit.locale == "zh-Hans" else "", False)
        for unit, content in found.items()
    }


@given(st.lists(edits(), min_size=1, max_size=6), st.sampled_from(["", "0" * 16]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_patched_pack_is_what_reading_everything_gives(room, rounds, origin):
    packs = PackLoader(ShippedPacks(room.packs), room.desk.contents)
    for found in rounds:
        wanted = states(room.desk.contents, found, origin)

        kept = packs.load_pack("xa", wanted)

        fresh = PackLoader(ShippedPacks(room.packs), room.desk.contents).load_pack("xa", wanted)
        assert kept == fresh
        if kept.pack is not None and fresh.pack is not None:
            assert kept.pack.origins == fresh.pack.origins


def test_a_changed_text_is_patched_in(room, monkeypatch):
    """Otherwise each saved text of a large pack would cost seconds."""
    room.desk.edits.save(ANN, SAY, "One", seen=0)
    assert room.desk.load_usable_pack("xa").pack.strings["en"]["say.leave"] == "One"
    reads = []
    monkeypatch.setattr("server.editor.packs.loading.load_pack", lambda *a, **k: reads.append(a) or load_pack(*a, **k))

    room.desk.edits.save(ANN, SAY, "Two", seen=1)

    assert room.desk.load_usable_pack("xa").pack.strings["en"]["say.leave"] == "Two"
    assert reads == []
    room.desk.edits.save(ANN, CHECK, None, seen=0)
    assert "ids" not in room.desk.load_usable_pack("xa").pack.checks
    assert len(reads) == 1


def test_a_changed_shipped_file_is_read_again(room):
    assert room.desk.load_usable_pack("xa").pack.strings["en"]["say.who"] == "say who"

    set_string(room.packs / "xa", "en", "say.who", "Who is it?")

    assert room.desk.load_usable_pack("xa").pack.strings["en"]["say.who"] == "Who is it?"


def test_drafts_that_cannot_be_read_are_left_out_and_named(room):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    room.desk.edits.save(ANN, TOPIC, "no front matter", seen=0)
    room.desk.edits.save(ANN, POLICE, {"id": "police", "channel": "smoke"}, seen=0)

    usable = room.desk.load_usable_pack("xa")

    assert set(usable.left_out) == {TOPIC, POLICE}
    assert usable.pack.strings["en"]["say.leave"] == "Please go."
    assert usable.pack.contacts["police"].channel == "tel"
    assert {(one.unit, one.path) for one in usable.findings} >= {(TOPIC, ()), (POLICE, ("channel",))}


def test_only_the_unit_at_fault_is_left_out_however_long_its_name(room):
    """A name is shortened where it is shown, and nowhere before."""
    unit = make_entry_unit("xa", "contact", LONG)
    room.desk.edits.save(ANN, unit, {"id": LONG, "channel": "smoke"}, seen=0)
    room.desk.edits.save(ANN, CHECK, room.desk.reader.read_baseline(CHECK) | {"severity": "police"}, seen=0)

    usable = room.desk.load_usable_pack("xa")

    assert usable.left_out == (unit,)
    assert usable.pack.checks["ids"].severity == "police"


def test_a_fault_finds_its_unit_however_long_the_name(room):
    unit = make_entry_unit("xa", "contact", LONG)
    room.desk.edits.save(ANN, unit, room.desk.reader.read_baseline(POLICE) | {"id": LONG, "confidence": "low"}, seen=0)

    found = room.desk.check_region("xa").group_by_unit()

    assert {unit, Unit("xa", "en/strings.toml", f"contact.{LONG}.name")} <= found.keys()
    assert None not in found


def test_a_half_typed_text_costs_no_reading_of_everything(room, monkeypatch):
    """While somebody types in the front matter, the rest of a large pack stays at hand."""
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    room.desk.edits.save(ANN, TOPIC, TEXT.format(1), seen=0)
    room.desk.edits.save(ANN, POLICE, {"id": "police", "channel": "smoke"}, seen=0)
    assert room.desk.load_usable_pack("xa").left_out == (POLICE,)
    reads = []
    monkeypatch.setattr("server.editor.packs.loading.load_pack", lambda *a, **k: reads.append(a) or load_pack(*a, **k))

    room.desk.edits.save(ANN, TOPIC, '+++\ntitle = "half', seen=1)
    usable = room.desk.load_usable_pack("xa")
    assert set(usable.left_out) == {TOPIC, POLICE}
    assert {one.unit for one in usable.findings} == {TOPIC, POLICE}
    room.desk.edits.save(ANN, TOPIC, TEXT.format(2), seen=2)

    assert room.desk.load_usable_pack("xa").left_out == (POLICE,)
    assert room.desk.load_usable_pack("xa").pack.topic_texts["en"]["second"].raw == TEXT.format(2)
    assert reads == []


def test_a_broken_head_does_not_take_the_desk_down(room):
    room.desk.edits.save(ANN, HEAD, {"id": "xa", "schema": 7}, seen=0)

    usable = room.desk.load_usable_pack("xa")

    assert usable.left_out == (HEAD,)
    assert usable.pack.currency == "XTS"


def test_there_is_no_pack_of_an_unknown_region(room):
    assert room.desk.load_usable_pack("zz") is None
    assert room.desk.make_locale_preview("zz", "en") is None


def test_faults_stand_beside_their_field(room):
    room.desk.edits.save(ANN, SAY, "This visitor is genuine.", seen=0)
    room.desk.edits.save(ANN, POLICE, room.desk.reader.read_baseline(POLICE) | {"confidence": "low"}, seen=0)
    room.desk.edits.save(ANN, SAY_ZH, room.desk.reader.read_baseline(SAY_ZH), seen=0)
    room.desk.edits.save(ANN, CHECK, room.desk.reader.read_baseline(CHECK) | {"rule": "gone"}, seen=0)

    found = room.desk.check_region("xa").group_by_unit()

    assert [one.severity for one in found[SAY]] == ["error"]
    assert [(one.path, one.problem.code) for one in found[POLICE]] == [(("one_tap",), Code.ONE_TAP_CONFIDENCE)]
    assert [(one.path, one.problem.params) for one in found[CHECK]] == [(("rule",), {"value": "gone"})]
    assert [(one.problem.code, one.severity) for one in found[SAY_ZH]] == [(Code.STALE, "warning")]
    assert room.desk.check_region("xa", with_drafts=False).errors == ()


@pytest.mark.parametrize("unit", [SAY, TOPIC])
def test_what_was_found_before_is_not_looked_for_again(room, unit, monkeypatch):
    """A check after one changed text looks at that text, not at thousands of others."""
    room.desk.check_region("xa")
    looked: list[object] = []
    from server.guidance.checks import check_texts as wording

    for name in ("_check_string", "check_topic_text"):
        real = getattr(wording, name)
        monkeypatch.setattr(wording, name, lambda *a, real=real: looked.append(a[2]) or real(*a))
    content = TEXT.format(9) if unit is TOPIC else "Other words"

    room.desk.edits.save(ANN, unit, content, seen=0)
    room.desk.check_region("xa")

    assert looked == [unit.topic or unit.key]


def test_a_preview_shows_the_drafts_and_stores_nothing(room):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    preview = room.desk.make_locale_preview("xa", "en")

    html, media_type = preview.render_file("xa/en/now/")

    assert b"Please go." in html
    assert media_type.startswith("text/html")
    assert preview.render_file("xa/en/no-such/") is None
    style = html.decode().partition('<link rel="stylesheet" href="')[2].partition('"')[0].removeprefix("../../../")
    assert preview.render_file(style)[1].startswith("text/css")
    assert (
        b"Please go." not in room.desk.make_locale_preview("xa", "en", with_drafts=False).render_file("xa/en/now/")[0]
    )
    assert room.desk.make_locale_preview("xa", "fr") is None
    assert not room.data.root.exists()


def test_a_preview_is_byte_for_byte_what_would_be_published(room, tmp_path):
    room.reviewed(SAY, "Please go.")
    room.desk.publishing.publish_plan(ANN, room.desk.publishing.make_plan().digest)
    slice_ = room.data.read_slice("xa/en", room.data.read_current().slices["xa/en"])

    preview = room.desk.make_locale_preview("xa", "en")

    pages = [address for address in slice_.files if address.endswith("/")]
    assert len(pages) > 10
    assert all(preview.render_file(page)[0] == room.data.blobs.read(slice_.files[page].sha256) for page in pages)


def test_a_preview_is_possible_for_every_room(tmp_path):
    """A region made of edits alone, in a language of its parent."""
    room = Room(tmp_path)
    room.desk.edits.save(ANN, Unit("xa-b", "pack.toml"), {"id": "xa-b", "iso": "XA-B", "parent": "xa"}, seen=0)
    room.desk.edits.save(ANN, Unit("xa-b", "en/strings.toml", "region.name"), "The north", seen=0)

    assert b"The north" in room.desk.make_locale_preview("xa-b", "en").render_file("xa-b/en/")[0]
