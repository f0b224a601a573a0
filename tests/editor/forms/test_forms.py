"""The forms of units: what nobody touched comes back as it was, and what was typed is never lost."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from server.editor.edits.shipped import ShippedPacks
from server.editor.forms.fields import FieldSpec, InputShape, list_table_specs
from server.editor.forms.topic_file import read_topic, write_topic
from server.editor.forms.unit_fields import RAW, TOPIC, build_content, list_unit_specs, make_form_values
from server.editor.forms.unit_form import MARK, UnitForm, move_rows
from server.editor.unit_pages.form_view import locate_finding
from server.editor.units.content import clean_content
from server.editor.units.unit import Kind, Unit, make_entry_unit, make_head_unit
from server.editor.wording.field_words import CHOICES, LABELS, find_choice_label
from server.guidance.files.layers import ARRAYS
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.resources import resource_folder
from tests.editor.shipped import list_shipped_units, read_shipped_content
from tests.packs import tiny_pack, with_tables

SHIPPED = resource_folder("packs")
CONTACT = make_entry_unit("xa", "contact", "police-text")


@pytest.fixture(scope="module")
def asked() -> Iterator[None]:
    app = Flask(__name__)
    app.secret_key = "of these tests"
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/", method="POST"):
        yield


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny pack that has everything a pack may have."""
    folder = tmp_path_factory.mktemp("packs")
    with_tables(tiny_pack(folder))
    return folder


@pytest.fixture(scope="module")
def tiny(packs: Path) -> Pack:
    return load_pack(packs / "xa")


def as_sent(form: UnitForm) -> MultiDict[str, str]:
    """What a browser sends of a form that nobody touched."""
    sent: MultiDict[str, str] = MultiDict()

    def walk(fields, specs):
        for spec in specs:
            field = fields[MARK + spec.name]
            if spec.shape is InputShape.GROUP:
                walk(field.form, spec.inner)
            elif spec.shape is InputShape.GROUPS:
                for entry in field.entries:
                    walk(entry.form, spec.inner)
            elif spec.shape is InputShape.ROWS:
                for entry in field.entries:
                    sent.add(entry.name, entry._value())
            elif spec.shape is InputShape.TICKS:
                for one in field.data or ():
                    sent.add(field.name, one)
            elif spec.shape is InputShape.TICK:
                if field.data:
                    sent.add(field.name, "y")
            else:
                sent.add(field.name, field._value().replace("\n", "\r\n"))

    walk(form.form, form.specs)
    return sent


def sent_back(unit: Unit, pack: Pack, content, **changed: str):
    """What the form means after a browser has sent it, with some fields changed."""
    specs = list_unit_specs(unit, content, pack)
    sent = as_sent(UnitForm(specs, make_form_values(content, specs)))
    for name, value in changed.items():
        sent[name] = value
    form = UnitForm(specs, {}, sent)
    assert form.is_readable(), form.form.errors
    return clean_content(unit, build_content(unit, form.read_values(), specs, content))


@pytest.mark.parametrize("region", ["tiny", "cn"])
def test_a_form_that_nobody_touched_changes_nothing(asked, packs, region):
    """Else opening and saving would make a draft of every text, and every translation of it would fall behind."""
    root, name = (packs, "xa") if region == "tiny" else (SHIPPED, region)
    pack = load_pack(root / name)
    shipped = ShippedPacks(root)
    # A keyed text is one field, whatever it says: a few of them stand for all.
    units = [unit for unit in list_shipped_units(root, name) if unit.kind is not Kind.MADE_FROM]
    units = [unit for number, unit in enumerate(units) if unit.kind is not Kind.STRING or number % 20 == 0]

    changed = [
        str(unit) for unit in units if sent_back(unit, pack, shipped.read_content(unit)) != shipped.read_content(unit)
    ]

    assert len(units) > 40
    assert changed == []


@pytest.mark.parametrize("region", ["tiny", "cn"])
def test_every_field_and_choice_has_words(packs, region):
    root, name = (packs, "xa") if region == "tiny" else (SHIPPED, region)
    pack = load_pack(root / name)

    def unnamed(specs, kind) -> Iterator[str]:
        for spec in specs:
            if spec.name not in LABELS and f"{kind}.{spec.name}" not in LABELS:
                yield f"{kind}.{spec.name}"
            for choice in spec.choices:
                if find_choice_label(spec.name, choice) == choice and choice not in CHOICES.values():
                    yield f"{kind}.{spec.name}: {choice}"
            yield from unnamed(() if spec.name == "when" else spec.inner, spec.name)

    units = [
        make_entry_unit(name, kind, "x" if kind != "locale" else "en") for kinds in ARRAYS.values() for kind in kinds
    ]
    found = [one for unit in units for one in unnamed(list_table_specs(unit, pack), unit.entry[0])]
    found += unnamed(list_table_specs(make_head_unit(name), pack), "pack")
    found += unnamed(list_table_specs(Unit(name, "visit.toml", "verdict"), pack), "verdict")

    assert found == []


def test_a_changed_field_is_the_only_change(asked, packs, tiny):
    content = read_shipped_content(packs, CONTACT)

    changed = sent_back(CONTACT, tiny, content, f_number="12111", f_review_by="2027-01-31")

    assert changed == content | {"number": "12111", "review_by": datetime.date(2027, 1, 31)}


def test_an_emptied_field_is_taken_away(asked, packs, tiny):
    content = read_shipped_content(packs, CONTACT)

    changed = sent_back(CONTACT, tiny, content, **{"f_append-f_setting": "", "f_append-f_last_digits": ""})

    assert content["append"] == {"setting": "area-code", "last_digits": 3}
    assert "append" not in changed


def test_what_the_model_takes_anyway_is_not_written(asked, packs, tiny):
    unit = make_entry_unit("xa", "check", "two-staff")

    changed = sent_back(unit, tiny, read_shipped_content(packs, unit), f_on_request_only="y")

    assert changed["on_request_only"] is True
    assert "enabled" not in changed


@pytest.mark.parametrize("typed", ["tomorrow", "2027-13-01", "2027-1-1", "31.1.2027", "२०२७-०१-०१"])
def test_a_day_that_is_none_is_kept_as_typed(asked, tiny, typed):
    specs = list_table_specs(CONTACT, tiny)
    form = UnitForm(specs, {}, MultiDict({"f_review_by": typed, "f_number": "1"}))

    assert not form.is_readable()
    assert form.form["f_review_by"]._value() == typed
    assert form.form["f_number"]._value() == "1"


@pytest.mark.parametrize("typed", ["1_0", "٣", "1e3", "9" * 10, "3.0", "- 3"])
def test_a_number_that_is_none_is_kept_as_typed(asked, tiny, typed):
    form = UnitForm(list_table_specs(CONTACT, tiny), {}, MultiDict({"f_append-f_last_digits": typed}))

    assert not form.is_readable()
    assert form.form["f_append"].form["f_last_digits"]._value() == typed


# ---- lists ----

ROWS = MultiDict({"f_do-0": "a", "f_do-1": "b", "f_do-3": "c", "f_title": "T"})


@pytest.mark.parametrize(
    ("action", "rows"),
    [
        ("add:f_do", ["a", "b", "c", ""]),
        ("remove:f_do-1", ["a", "c"]),
        ("up:f_do-3", ["a", "c", "b"]),
        ("down:f_do-0", ["b", "a", "c"]),
        ("up:f_do-0", ["a", "b", "c"]),
        ("down:f_do-3", ["a", "b", "c"]),
        ("up:f_do-7", ["a", "b", "c"]),
        ("remove:f_do-x", ["a", "b", "c"]),
        ("burn:f_do", ["a", "b", "c"]),
        ("add:" + "x" * 300, ["a", "b", "c"]),
    ],
)
def test_a_button_changes_the_list_and_nothing_typed_is_lost(asked, action, rows):
    form = UnitForm(TOPIC, {}, move_rows(ROWS, action))

    assert form.read_values()["do"] == rows
    assert form.read_values()["title"] == "T"


def test_groups_move_with_everything_in_them(asked, packs, tiny):
    unit = make_entry_unit("xa", "flow", "borrower")
    specs = list_table_specs(unit, tiny)
    sent = as_sent(UnitForm(specs, make_form_values(read_shipped_content(packs, unit), specs)))

    moved = UnitForm(specs, {}, move_rows(sent, "up:f_step-1"))

    steps = build_content(unit, moved.read_values(), specs, read_shipped_content(packs, unit))["step"]
    assert steps == list(reversed(read_shipped_content(packs, unit)["step"]))


def test_a_list_of_which_every_row_was_removed_is_empty(asked, packs, tiny):
    unit = make_entry_unit("xa", "rule", "two-staff")
    specs = list_table_specs(unit, tiny)

    form = UnitForm(specs, make_form_values(read_shipped_content(packs, unit), specs), MultiDict({"f_layer": "code"}))

    assert form.read_values()["sources"] == []


def test_too_many_rows_are_a_fault(asked, tiny):
    form = UnitForm(TOPIC, {}, MultiDict({f"f_do-{number}": "x" for number in range(301)}))

    assert not form.is_readable()


# ---- topics ----

HEAD = '+++\n# kept\ntitle =   "T"\nsummary = "S"\ndo = ["a",\n  "b"]\nnever = ["n"]\n+++\n'


def test_only_the_changed_part_of_a_topic_is_written_anew():
    text = f"{HEAD}\n\nBody.  \n"
    values = {"title": "T", "summary": "S", "do": ["a", "b"], "never": ["n"], "words": [], "body": "New."}

    assert write_topic(values | {"body": "Body.  \n"}, text) == text
    assert write_topic(values, text) == f"{HEAD}\nNew.\n"
    assert write_topic(values | {"title": 'A "b" \\'}, text).startswith('+++\ntitle = "A \\"b\\" \\\\"\nsummary')


@pytest.mark.parametrize("title", ["", '"', "\\", "\x7f", "a\tb", "'''", "+++", "\u2028", "😀", "]\n[x"])
def test_whatever_is_typed_into_a_topic_is_read_back(title):
    values = {"title": title, "summary": "S", "do": [title or "x"], "never": ["n"], "words": [], "body": "B"}

    found = read_topic(write_topic(values, None))

    assert found is not None
    assert found.front.get("title", "") == title
    assert found.front["do"] == [title or "x"]


def test_a_topic_that_cannot_be_read_is_shown_as_it_is(asked, tiny):
    unit = Unit("xa", "en/topics/second.md")
    broken = "+++\ntitle = \n+++\nx"

    assert list_unit_specs(unit, broken, tiny) == RAW
    assert build_content(unit, make_form_values(broken, RAW), RAW, broken) == broken


# ---- what the checker says ----


@pytest.mark.parametrize(
    ("unit", "path", "place"),
    [
        (CONTACT, ("number",), "f_number"),
        (CONTACT, ("append", "setting"), "f_append-f_setting"),
        (CONTACT, ("append",), "f_append"),
        (CONTACT, (), ""),
        (CONTACT, ("nothing such",), ""),
        (make_entry_unit("xa", "source", "L1"), ("cite", 0, "lang"), "f_cite-0-f_lang"),
        (make_entry_unit("xa", "source", "L1"), ("cite", 8, "lang"), "f_cite"),
        (make_entry_unit("xa", "source", "L1"), ("cite",), "f_cite"),
        (make_entry_unit("xa", "flow", "borrower"), ("step", 1, "never"), "f_step-1-f_never"),
        (
            make_entry_unit("xa", "flow", "borrower"),
            ("step", "stop", "variant", "rules", 0),
            "f_step-0-f_variant-f_rules-0",
        ),
        (make_entry_unit("xa", "flow", "borrower"), ("step", "stop", "nothing such"), "f_step-0"),
        (make_entry_unit("xa", "flow", "borrower"), ("step", "nobody", "never"), "f_step"),
        (make_entry_unit("xa", "rule", "two-staff"), ("sources", 1), "f_sources-1"),
        (make_entry_unit("xa", "rule", "two-staff"), ("sources", 7), "f_sources"),
        (make_entry_unit("xa", "rule", "two-staff"), ("sources",), "f_sources"),
        (Unit("xa", "en/topics/second.md"), ("do", 0), "f_do-0"),
        (Unit("xa", "en/topics/second.md"), ("body",), "f_body"),
        (Unit("xa", "en/topics/second.md"), (), "f_body"),
        (Unit("xa", "en/topics/second.md"), ("title",), "f_title"),
        (Unit("xa", "en/strings.toml", "say.who"), (), "f_text"),
    ],
)
def test_a_message_stands_beside_its_field(asked, packs, tiny, unit, path, place):
    content = read_shipped_content(packs, unit)
    specs = list_unit_specs(unit, content, tiny)

    assert locate_finding(UnitForm(specs, make_form_values(content, specs)), path) == place


def test_a_spec_names_only_mappings_that_a_pack_has(tiny):
    def all_of(specs) -> Iterator[FieldSpec]:
        for spec in specs:
            yield spec
            yield from all_of(spec.inner)

    for kinds in ARRAYS.values():
        for kind in kinds:
            one = "en" if kind == "locale" else "x"
            for spec in all_of(list_table_specs(make_entry_unit("xa", kind, one), tiny)):
                assert not spec.refers or hasattr(tiny, spec.refers), spec
