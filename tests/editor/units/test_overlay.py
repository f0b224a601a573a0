"""Laid over the shipped pack, an edited unit says its content and every other unit says what it said."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.editor.edits.shipped import ShippedPacks
from server.editor.units.content import clean_content, decode_content, encode_content, format_content, hash_content
from server.editor.units.errors import ContentRefused
from server.editor.units.overlay import build_layer, build_layers
from server.editor.units.unit import Kind, Unit, make_entry_unit
from server.guidance.checks.check_pack import check_pack
from server.guidance.files.layers import merge_layers
from server.guidance.files.pack_folder import Layer, read_layer
from server.guidance.files.parse import load_pack
from server.guidance.problems.problem import PackErrors, Problem
from tests.editor.desks import HEAD, POLICE, SAY, TOPIC
from tests.editor.shipped import list_shipped_units
from tests.packs import TOPIC as TOPIC_TEXT
from tests.packs import tiny_pack, with_tables
from tests.problems import brief

NAMES = st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True)
SCALARS = (
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.times()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
TABLES = st.dictionaries(NAMES.filter(lambda name: name not in ("remove", "replace", "locale")), VALUES, max_size=6)
WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


def contents(unit: Unit):
    """Anything that the unit may be made to say."""
    if unit.kind is Kind.TOPIC:
        return st.none() | WORDS.map(lambda text: f'+++\ntitle = "x"\n+++\n{text.translate(CONTROL)}\n')
    if unit.kind is Kind.STRING:
        return st.none() | WORDS
    if unit.kind is Kind.MADE_FROM:
        return st.none() | st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
    named = {"tag" if unit.key.startswith("locale:") else "id": unit.entry[1]} if unit.kind is Kind.ENTRY else {}
    return st.none() | TABLES.map(lambda table: table | named)


CONTROL = dict.fromkeys([*range(32), 127])


def said(region: str, below: Layer, edits: dict[Unit, object]) -> dict[Unit, object]:
    """What every unit says once the layers are merged as the loader merges them."""
    problems: list[Problem] = []
    merged = merge_layers([below, build_layer(region, edits)], problems)
    assert problems == []
    found: dict[Unit, object] = {}
    for kind, entries in merged.arrays.items():
        for one, entry in entries.items():
            found[make_entry_unit(region, kind, one)] = entry.value
    for name, rows in (("strings", merged.strings), ("made_from", merged.made_from)):
        found |= {
            Unit(region, f"{tag}/{name}.toml", key): text.value
            for tag, all_ in rows.items()
            for key, text in all_.items()
        }
    for tag, topics in merged.topics.items():
        found |= {Unit(region, f"{tag}/topics/{one}.md"): text.value["raw"] for one, text in topics.items()}
    if merged.verdict.value:
        found[Unit(region, "visit.toml", "verdict")] = merged.verdict.value
    if merged.pack.value:
        found[Unit(region, "pack.toml")] = {key: value for key, value in merged.pack.value.items() if key != "locale"}
    return found


@pytest.fixture(scope="module")
def shipped(tmp_path_factory) -> tuple[Layer, dict[Unit, object]]:
    """The files of a pack with every kind of table, and what each of its units says."""
    folder = tmp_path_factory.mktemp("packs")
    with_tables(tiny_pack(folder))
    files = ShippedPacks(folder)
    contents = {unit: files.read_content(unit) for unit in list_shipped_units(folder, "xa")}
    return read_layer(folder / "xa", "xa", []), contents


NEW = [
    Unit.parse("xa:fr/topics/new-one.md"),
    Unit.parse("xa:en/strings.toml#say.new"),
    Unit.parse("xa:zh-Hans/made_from.toml#say.new"),
    Unit.parse("xa:contacts.toml#contact:new"),
    Unit.parse("xa:pack.toml#locale:fr"),
]


@given(data=st.data())
def test_shipped_pack_and_layer_give_the_edited_contents(shipped: "tuple[Layer, dict[Unit, object]]", data):
    below, contents_below = shipped
    units = data.draw(st.lists(st.sampled_from([*contents_below, *NEW]), unique=True, max_size=8))
    edits = {unit: clean_content(unit, data.draw(contents(unit))) for unit in units}

    found = said("xa", below, edits)

    expected = {unit: content for unit, content in (contents_below | edits).items() if content not in (None, {})}
    assert found == expected


@given(data=st.data())
def test_a_content_is_kept_as_it_is(shipped: "tuple[Layer, dict[Unit, object]]", data):
    unit = data.draw(st.sampled_from([*shipped[1]]))
    content = clean_content(unit, data.draw(contents(unit).filter(lambda content: content is not None)))
    assert content is not None

    kept = encode_content(unit, content)

    assert decode_content(unit, kept) == content
    assert clean_content(unit, decode_content(unit, kept)) == content
    assert encode_content(unit, clean_content(unit, decode_content(unit, kept))) == kept
    assert hash_content(unit, content) == hash_content(unit, decode_content(unit, kept))
    assert format_content(unit, content).encode() == kept


def test_equal_tables_have_equal_bytes():
    one = clean_content(POLICE, {"id": "police", "number": "1", "append": {"setting": "x", "last_digits": 1}})
    two = clean_content(
        POLICE, {"append": {"last_digits": 1, "setting": "x"}, "number": "1", "id": "police", "url": None}
    )

    assert encode_content(POLICE, one) == encode_content(POLICE, two)
    assert format_content(POLICE, one).startswith('id = "police"\nnumber = "1"\n')


@pytest.mark.parametrize(
    ("unit", "content"),
    [
        (SAY, {"a": 1}),
        (SAY, "x" * 20_001),
        (SAY, "half \ud800"),
        (TOPIC, "x" * (1 << 20) + "y"),
        (POLICE, "a text"),
        (POLICE, {"number": "110"}),
        (POLICE, {"id": "other"}),
        (POLICE, {"id": "police", "remove": True}),
        (POLICE, {"id": "police", "x": {1: 2}}),
        (POLICE, {"id": "police", "x": object()}),
        (POLICE, {"id": "police", "x": float("nan")}),
        (POLICE, {"id": "police", "x": "half \udfff"}),
        (POLICE, {"id": "police", "x": "y" * (1 << 20)}),
        (HEAD, {"locale": []}),
        (HEAD, {"replace": True}),
        (Unit.parse("xa:zh-Hans/made_from.toml#say.leave"), "not a digest"),
    ],
)
def test_what_cannot_stand_in_a_pack_is_refused(unit, content):
    with pytest.raises(ContentRefused):
        clean_content(unit, content)


def test_a_deep_table_is_refused():
    table: dict[str, object] = {"id": "police"}
    inner = table
    for _ in range(20):
        inner["x"] = inner = {}

    with pytest.raises(ContentRefused):
        clean_content(POLICE, table)


def test_lines_end_as_the_pack_files_do():
    assert clean_content(TOPIC, "\ufeffa\r\nb\rc\n") == "a\nb\nc\n"


def edited(tmp_path: Path, edits: dict[str, object]):
    """Load the tiny pack with edited units."""
    if not (tmp_path / "xa").exists():
        tiny_pack(tmp_path)
    units = {Unit.parse(name): content for name, content in edits.items()}
    layers = build_layers({unit: clean_content(unit, content) for unit, content in units.items()})
    region = next(iter(layers))
    return load_pack(tmp_path / region, packs_root=tmp_path, edits=layers)


def test_an_edited_entry_says_only_what_was_saved(tmp_path):
    """A field that somebody cleared must not come back from the shipped entry."""
    check = {"id": "ids", "kind": "sign", "rule": "hours", "bad": "yes", "severity": "police"}

    pack = edited(tmp_path, {"xa:visit.toml#check:ids": check})

    assert pack.checks["ids"].severity == "police"
    assert pack.checks["ids"].hours is None
    assert list(pack.checks) == ["two-staff", "ids"]


def test_a_cleared_field_of_the_head_stays_cleared(tmp_path):
    head = dict(ShippedPacks(tiny_pack(tmp_path).parent).read_content(HEAD))
    del head["unknowns"], head["recording"]

    pack = edited(tmp_path, {"xa:pack.toml": head})

    assert pack.unknowns == ()
    assert pack.recording.consent == "unknown"
    assert list(pack.locales) == ["en", "zh-Hans"]


def test_edits_of_what_an_upgrade_dropped_do_no_harm(tmp_path):
    """The next shipped pack may lack a check that somebody edited: its texts and marks then apply to nothing."""
    pack = edited(
        tmp_path,
        {
            "xa:visit.toml#check:gone": None,
            "xa:en/strings.toml#check.gone.ask": "Is it gone?",
            "xa:en/strings.toml#check.gone.fail": None,
            "xa:zh-Hans/made_from.toml#check.gone.ask": "0" * 16,
            "xa:en/topics/gone.md": None,
            "xa:en/topics/gone-too.md": TOPIC_TEXT,
        },
    )

    assert check_pack(pack).errors == ()
    assert list(pack.topic_texts["en"]) == ["first-minute", "second"]


def test_a_fault_in_an_edit_names_the_file_it_stands_for(tmp_path):
    with pytest.raises(PackErrors) as refusal:
        edited(tmp_path, {"xa:visit.toml#check:ids": {"id": "ids", "severity": "worse"}})

    found = [brief(problem) for problem in refusal.value.problems]
    allowed = "complain, caution, stop, police"
    assert f"xa/visit.toml: check › ids › severity: not-a-choice (allowed={allowed}; value=worse)" in found


SUB = {"xa-b:pack.toml": {"id": "xa-b", "iso": "XA-B", "parent": "xa"}}


def test_a_sub_region_may_be_edits_alone(tmp_path):
    pack = edited(tmp_path, SUB | {"xa-b:en/strings.toml#region.name": "The north"})

    assert (pack.id, pack.parent, pack.currency) == ("xa-b", "xa", "XTS")
    assert pack.strings["en"]["region.name"] == "The north"
    assert pack.strings["zh-Hans"]["region.name"] == "region name"
    assert check_pack(pack).errors == ()


def test_a_sub_region_gets_the_edits_of_its_parent(tmp_path):
    tiny_pack(tmp_path)
    units = SUB | {"xa:en/strings.toml#say.leave": "Please go.", "xa:visit.toml#check:two-staff": None}
    layers = build_layers({Unit.parse(name): content for name, content in units.items()})

    pack = load_pack(tmp_path / "xa-b", edits=layers)

    assert pack.strings["en"]["say.leave"] == "Please go."
    assert list(pack.checks) == ["ids"]
    assert check_pack(pack).errors == ()


def test_edits_lie_over_a_sub_regions_own_folder(tmp_path):
    tiny_pack(tmp_path)
    (tmp_path / "xa-b").mkdir()
    (tmp_path / "xa-b" / "pack.toml").write_text(
        'id = "xa-b"\niso = "XA-B"\nparent = "xa"\nversion = "7"\nunknowns = []\n'
    )
    head = SUB["xa-b:pack.toml"] | {"checked_on": datetime.date(2026, 2, 2)}

    pack = edited(tmp_path, {"xa-b:pack.toml": head})

    assert (pack.version, pack.unknowns) == ("1", ("corridor",))  # the parent's again, as the edit does not say them
    assert pack.checked_on == datetime.date(2026, 2, 2)


def test_a_region_whose_parent_is_nowhere_is_refused(tmp_path):
    with pytest.raises(PackErrors) as refusal:
        edited(tmp_path, {"xa-b:pack.toml": {"id": "xa-b", "iso": "XA-B", "parent": "xz"}})

    found = [brief(problem) for problem in refusal.value.problems]
    assert "xa-b/pack.toml: parent: parent-missing (value=xz)" in found


def test_a_new_language_loads_before_it_has_a_text(tmp_path):
    locale = {"tag": "fr", "dir": "ltr", "name": "Français", "fallback": "en"}

    pack = edited(tmp_path, {"xa:pack.toml#locale:fr": locale})

    assert list(pack.locales) == ["en", "zh-Hans", "fr"]
    assert any("fr/strings.toml" in str(problem) for problem in check_pack(pack).errors)
