"""Translations: what is missing, what is behind and why; a new language reaches phones when its door sentences are done."""

import pytest

from server.auth.errors import AccessDenied
from server.editor.edits.errors import EditConflict
from server.editor.packs.progress import TextState
from server.editor.units.errors import ContentRefused, UnknownPlace
from server.editor.units.unit import Unit, make_text_unit
from server.guidance.checks.check_pack import check_pack
from server.guidance.model.keys import is_door_key
from server.guidance.problems.codes import Code
from server.guidance.texts.text import hash_source_text
from tests.editor.desks import ANN, BEN, CHEN, MEI, READER, SAY, SAY_ZH, TOPIC


def state_of(room, unit: Unit) -> TextState:
    return next(row.state for row in room.desk.list_text_rows(unit.region, str(unit.locale)) if row.unit == unit)


def test_a_changed_source_makes_its_translation_stale_at_once(room):
    assert state_of(room, SAY_ZH) is TextState.CURRENT

    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)

    assert state_of(room, SAY_ZH) is TextState.STALE
    row = next(row for row in room.desk.list_text_rows("xa", "zh-Hans") if row.unit == SAY_ZH)
    assert (row.source, row.text, row.made_from) == ("Please go.", "say leave", hash_source_text("say leave"))


def test_a_new_translation_or_a_confirmed_one_is_current(room):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    digest = room.desk.reader.compute_source_digest(SAY_ZH)

    room.desk.edits.save(
        MEI, SAY_ZH, room.desk.edits.get_draft(SAY_ZH).content, seen=0, made_from=digest, why="confirm"
    )
    assert state_of(room, SAY_ZH) is TextState.CURRENT

    room.desk.edits.save(ANN, SAY, "Please go now.", seen=1)
    assert state_of(room, SAY_ZH) is TextState.STALE
    room.desk.edits.save(MEI, SAY_ZH, "请离开", seen=1, made_from=room.desk.reader.compute_source_digest(SAY_ZH))
    assert state_of(room, SAY_ZH) is TextState.CURRENT


def test_a_translation_of_words_that_changed_meanwhile_is_stale(room):
    """The translator had the old words in view when she pressed the button."""
    seen = room.desk.reader.compute_source_digest(SAY_ZH)
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)

    room.desk.edits.save(MEI, SAY_ZH, "请离开", seen=0, made_from=seen)

    assert state_of(room, SAY_ZH) is TextState.STALE


def test_a_changed_topic_is_stale_too(room):
    room.desk.edits.save(ANN, TOPIC, room.desk.reader.read_baseline(TOPIC).replace("Wait.", "Wait a little."), seen=0)

    assert state_of(room, TOPIC.in_locale("zh-Hans")) is TextState.STALE


def test_door_sentences_come_first(room):
    at_door = [row.at_door for row in room.desk.list_text_rows("xa", "zh-Hans")]

    assert at_door == sorted(at_door, reverse=True)
    assert 0 < sum(at_door) < len(at_door)
    assert all(
        row.at_door == (is_door_key(row.key) and not row.key.startswith("topics/"))
        for row in room.desk.list_text_rows("xa", "en")
    )


def test_progress_counts_what_is_left(room):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    room.desk.edits.save(ANN, Unit("xa", "en/strings.toml", "rule.hours"), "Other hours.", seen=0)
    room.desk.edits.save(ANN, TOPIC.in_locale("zh-Hans"), None, seen=0)

    english, chinese = room.desk.measure_progress("xa")

    assert (english.locale, english.missing, english.stale, english.ready) == ("en", 0, 0, True)
    assert (chinese.door_missing, chinese.door_stale, chinese.missing, chinese.stale) == (0, 1, 1, 2)
    assert not chinese.ready
    assert chinese.total == len(room.desk.list_text_rows("xa", "zh-Hans"))


def test_how_to_pronounce_is_wanted_where_another_language_has_it(room):
    read = Unit("xa", "en/strings.toml", "say.leave.read")
    room.desk.edits.save(ANN, read, "qing likai", seen=0)
    room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")

    row = next(row for row in room.desk.list_text_rows("xa", "fr") if row.key == "say.leave.read")

    assert (row.source, row.state, row.at_door) == (
        room.desk.reader.read_newest_content(SAY_ZH),
        TextState.MISSING,
        True,
    )
    assert "say.leave.read" not in [row.key for row in room.desk.list_text_rows("xa", "zh-Hans")]


def test_what_is_not_there_is_said(room):
    for look in (
        lambda: room.desk.list_text_rows("zz", "en"),
        lambda: room.desk.list_text_rows("xa", "fr"),
        lambda: room.desk.measure_progress("zz"),
        lambda: room.desk.add_locale(ANN, "zz", "fr", name="Français", fallback="en"),
    ):
        with pytest.raises(UnknownPlace):
            look()


FRENCH = Unit("xa", "pack.toml", "locale:fr")


def add_french(room) -> None:
    draft = room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")
    room.desk.reviews.approve_revision(BEN, FRENCH, draft.head)


def translate(room, keys) -> None:
    """Translate texts and have them reviewed."""
    rows = {row.key: row for row in room.desk.list_text_rows("xa", "fr")}
    for key in keys:
        room.reviewed(rows[key].unit, rows[key].source, by=ANN)


def test_a_new_language_needs_no_code(room):
    room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")

    english, _, french = room.desk.measure_progress("xa")
    assert (french.locale, french.missing, french.ready) == ("fr", french.total, False)
    assert french.total == english.total
    assert room.desk.make_locale_preview("xa", "fr") is not None


@pytest.mark.parametrize(
    ("tag", "more"),
    [
        ("en", {}),
        ("../fr", {}),
        ("fr", {"direction": "up"}),
        ("fr", {"fallback": "de"}),
        ("fr", {"name": "  "}),
    ],
)
def test_a_language_that_cannot_be_is_refused(room, tag, more):
    with pytest.raises(ContentRefused):
        room.desk.add_locale(ANN, "xa", tag, **({"name": "Français", "fallback": "en"} | more))


def test_a_translator_adds_no_language(room):
    with pytest.raises(AccessDenied):
        room.desk.add_locale(MEI, "xa", "fr", name="Français", fallback="en")


def test_a_language_stays_back_until_its_door_sentences_are_done(started):
    add_french(started)
    door = [row.key for row in started.desk.list_text_rows("xa", "fr") if row.at_door]
    translate(started, door[:-1])
    started.reviewed(SAY, "Please go.")

    plan = started.desk.publishing.make_plan()

    assert plan.errors == ()
    assert [(one.locale, one.missing, one.stale) for one in plan.withheld] == [("fr", 1, 1)]
    assert {one.locale for one in plan.pages} == {"en"}
    digest = started.desk.publishing.publish_plan(ANN, plan.digest).release
    assert "xa/fr" not in started.data.read_release(str(digest)).slices


def test_a_language_whose_door_sentences_are_done_reaches_phones(started):
    """The rest is shown in its fallback, marked as what it is."""
    add_french(started)
    translate(started, [row.key for row in started.desk.list_text_rows("xa", "fr") if row.at_door])

    plan = started.desk.publishing.make_plan()

    assert (plan.errors, plan.withheld) == ((), ())
    assert [(one.locale, one.is_new) for one in plan.costs if one.locale == "fr"] == [("fr", True)]
    started.desk.publishing.publish_plan(ANN, plan.digest)
    pages = started.desk.make_locale_preview("xa", "fr")
    html = pages.render_file("xa/fr/guide/second/")[0].decode()
    assert '<article class="text" lang="en" dir="ltr">' in html
    assert (
        '<article class="text">'
        in started.desk.make_locale_preview("xa", "en").render_file("xa/en/guide/second/")[0].decode()
    )
    assert started.data.verify(started.data.read_current().digest) == []


def test_a_published_language_is_not_taken_away_again(started):
    """When its source changes it falls behind, and the plan says so; phones keep it."""
    add_french(started)
    translate(started, [row.key for row in started.desk.list_text_rows("xa", "fr") if row.at_door])
    started.desk.publishing.publish_plan(ANN, started.desk.publishing.make_plan().digest)
    started.reviewed(SAY, "Please go.", by=CHEN)

    plan = started.desk.publishing.make_plan()

    assert plan.withheld == ()
    assert SAY.in_locale("fr") in plan.falls_behind
    assert (
        "xa/fr" in started.data.read_release(str(started.desk.publishing.publish_plan(ANN, plan.digest).release)).slices
    )


def test_a_sub_region_says_what_its_parent_says_but_for_its_name(room):
    drafts = room.desk.add_subregion(ANN, "xa", "xa-b", {"en": "The north", "zh-Hans": "北方"})

    assert {str(draft.unit) for draft in drafts} == {
        "xa-b:pack.toml",
        "xa-b:en/strings.toml#region.name",
        "xa-b:zh-Hans/strings.toml#region.name",
    }
    pack = room.desk.load_usable_pack("xa-b").pack
    assert (pack.parent, pack.strings["zh-Hans"]["region.name"]) == ("xa", "北方")
    assert check_pack(pack).errors == ()
    assert room.desk.measure_progress("xa-b")[1].stale == 0


def test_a_sub_region_changes_one_thing_and_takes_the_rest(room):
    room.desk.add_subregion(ANN, "xa", "xa-b", {"en": "The north", "zh-Hans": "北方"})
    room.desk.edits.save(ANN, SAY.in_region("xa-b"), "Leave, please.", seen=0)
    room.desk.edits.save(ANN, Unit("xa-b", "visit.toml", "check:two-staff"), None, seen=0)
    room.desk.edits.save(ANN, SAY.in_region("xa"), "Please go.", seen=0)
    room.desk.edits.save(ANN, Unit("xa", "en/strings.toml", "say.who"), "Who is there?", seen=0)

    pack = room.desk.load_usable_pack("xa-b").pack

    assert pack.strings["en"]["say.leave"] == "Leave, please."
    assert pack.strings["en"]["say.who"] == "Who is there?"
    assert list(pack.checks) == ["ids"]
    assert "two-staff" in room.desk.load_usable_pack("xa").pack.checks


@pytest.mark.parametrize(
    ("region", "names"),
    [
        ("xb-b", {"en": "N", "zh-Hans": "北"}),
        ("xa", {"en": "N", "zh-Hans": "北"}),
        ("../xa-b", {"en": "N", "zh-Hans": "北"}),
        ("xa-b", {"en": "N"}),
        ("xa-b", {"en": "N", "zh-Hans": " "}),
    ],
)
def test_a_sub_region_that_cannot_be_is_refused(room, region, names):
    with pytest.raises(ContentRefused):
        room.desk.add_subregion(ANN, "xa", region, names)
    assert room.desk.list_regions() == ["xa"]


def test_a_sub_region_is_added_once(room):
    names = {"en": "The north", "zh-Hans": "北方"}
    room.desk.add_subregion(ANN, "xa", "xa-b", names)

    with pytest.raises(ContentRefused, match="there already"):
        room.desk.add_subregion(ANN, "xa", "xa-b", names)
    with pytest.raises(AccessDenied):
        room.desk.add_subregion(READER, "xa", "xa-c", names)


def test_a_sub_region_that_somebody_was_faster_with_is_not_added_by_half(room, monkeypatch):
    name = make_text_unit("xa-b", "en", "region.name")
    room.interrupt(monkeypatch, name, "Somebody else's north")

    with pytest.raises(EditConflict):
        room.desk.add_subregion(ANN, "xa", "xa-b", {"en": "The north", "zh-Hans": "北方"})

    assert room.desk.list_regions() == ["xa"]
    assert [str(draft.unit) for draft in room.desk.list_drafts()] == [str(name)], "nothing of ours is kept"


def test_messages_are_about_the_unit_alone(room):
    room.desk.edits.save(ANN, SAY, "This visitor is genuine.", seen=0)
    room.desk.edits.save(ANN, TOPIC, "no front matter", seen=0)
    unknown = make_text_unit("xa", "en", "say.nobody")
    room.desk.edits.save(ANN, unknown, "Hello", seen=0)
    police = Unit("xa", "contacts.toml", "contact:police")
    room.desk.edits.save(ANN, police, room.desk.reader.read_baseline(police) | {"confidence": "low"}, seen=0)

    def said(unit):
        return [(one.unit, one.path, one.problem.code) for one in room.desk.check_unit(unit)]

    assert [unit for unit, _, _ in said(SAY)] == [SAY]
    assert said(TOPIC) == [(TOPIC, (), Code.NO_FRONT_MATTER)]
    assert said(unknown) == [(unknown, (), Code.UNKNOWN_TEXT)]
    assert said(police) == [(police, ("one_tap",), Code.ONE_TAP_CONFIDENCE)]
    assert said(SAY_ZH) == []
    assert room.desk.check_unit(Unit("zz", "pack.toml")) == ()
