"""A unit's name is always one that a pack can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.editor.units.errors import BadUnit
from server.editor.units.unit import Kind, Unit, make_entry_unit, make_head_unit, make_text_unit
from tests.editor.shipped import list_shipped_units, read_shipped_content
from tests.packs import tiny_pack

NAMES = {
    "cn:zh-Hans/topics/scams.md": Kind.TOPIC,
    "cn:zh-Hans/strings.toml#flow.x": Kind.STRING,
    "cn:en/made_from.toml#topics/scams": Kind.MADE_FROM,
    "cn:contacts.toml#contact:police": Kind.ENTRY,
    "cn:sources.toml#source:L1": Kind.ENTRY,
    "cn:pack.toml#locale:zh-Hans": Kind.ENTRY,
    "cn-31:visit.toml#verdict": Kind.VERDICT,
    "cn:pack.toml": Kind.HEAD,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_is_its_name(name):
    unit = Unit.parse(name)

    assert str(unit) == name
    assert unit.kind is NAMES[name]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "cn",
        "CN:pack.toml",
        "../cn:pack.toml",
        "cn:../other/pack.toml",
        "cn:/etc/passwd",
        "cn:en/topics/../../x.md",
        "cn:en/topics/a/b.md",
        "cn:en/topics/Scams.md",
        "cn:en/topics/scams.md#x",
        "cn:en/strings.toml",
        "cn:en/strings.toml#",
        "cn:en/strings.toml#a b",
        "cn:en/strings.toml#a\nb",
        "cn:en/strings.toml#" + "a" * 201,
        "cn:en/screenshots/a.png",
        "cn:pack.toml#",
        "cn:pack.toml#id",
        "cn:pack.toml#locale:../en",
        "cn:contacts.toml",
        "cn:contacts.toml#source:L1",
        "cn:contacts.toml#contact:",
        "cn:contacts.toml#contact:a/b",
        "cn:contacts.toml#verdict",
        "cn:visit.toml#verdict:x",
        "cn:README.md",
    ],
)
def test_what_no_pack_can_hold_is_refused(name):
    with pytest.raises(BadUnit):
        Unit.parse(name)


@given(st.text(max_size=60))
def test_any_text_is_a_unit_or_refused(text):
    try:
        unit = Unit.parse(text)
    except BadUnit:
        return
    assert str(unit) == text


def test_a_text_is_found_by_its_key():
    assert make_text_unit("cn", "en", "topics/scams") == Unit.parse("cn:en/topics/scams.md")
    assert make_text_unit("cn", "en", "say.x").text_key == "say.x"
    assert make_text_unit("cn", "en", "topics/scams").in_locale("fr").text_key == "topics/scams"
    assert make_entry_unit("cn", "check", "ids") == Unit.parse("cn:visit.toml#check:ids")
    assert make_head_unit("cn").locale is None
    with pytest.raises(BadUnit):
        make_entry_unit("cn", "password", "x")


def test_every_unit_of_a_pack_says_something(tmp_path):
    tiny_pack(tmp_path)

    units = list(list_shipped_units(tmp_path, "xa"))

    assert len(units) == len(set(units))
    assert {unit.kind for unit in units} == set(Kind)
    assert all(read_shipped_content(tmp_path, unit) is not None for unit in units)
    assert read_shipped_content(tmp_path, Unit.parse("xa:contacts.toml#contact:police"))["number"] == "110"
    assert read_shipped_content(tmp_path, Unit.parse("xa:contacts.toml#contact:other")) is None
    assert "locale" not in read_shipped_content(tmp_path, make_head_unit("xa"))


def test_a_sub_region_says_what_its_parent_does_but_for_its_head(tmp_path):
    tiny_pack(tmp_path)
    (tmp_path / "xa-b").mkdir()
    (tmp_path / "xa-b" / "pack.toml").write_text('id = "xa-b"\niso = "XA-B"\nparent = "xa"\n')
    (tmp_path / "xa-b" / "visit.toml").write_text(
        '[[check]]\nid = "ids"\nseverity = "police"\n[[check]]\nid = "two-staff"\nremove = true\n'
    )

    def said(name):
        return read_shipped_content(tmp_path, Unit.parse(name))

    assert said("xa-b:visit.toml#check:ids")["severity"] == "police"
    assert said("xa-b:visit.toml#check:ids")["hours"] == "collection"
    assert said("xa-b:visit.toml#check:two-staff") is None
    assert said("xa-b:en/strings.toml#say.leave") == "say leave"
    assert said("xa-b:pack.toml") == {"id": "xa-b", "iso": "XA-B", "parent": "xa"}
    units = set(list_shipped_units(tmp_path, "xa-b"))
    assert Unit.parse("xa-b:visit.toml#check:two-staff") not in units
    assert Unit.parse("xa-b:en/topics/second.md") in units
