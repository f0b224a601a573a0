"""Other entries are chosen by their names; nobody types an id by hand."""

import re

import pytest
from werkzeug.datastructures import MultiDict

from server.editor.forms.fields import FieldSpec, InputShape, list_table_specs
from server.editor.unit_pages.picks import READ_WHOLE, Picks, find_reference_spec
from server.editor.units.unit import make_entry_unit
from server.guidance.files.parse import KINDS, load_pack
from tests.editor.desks import CHECK, POLICE
from tests.editor.office import PEOPLE, Office
from tests.editor.pages.test_edit import fields_of, write
from tests.packs import with_tables
from tests.publishing import Publisher
from tests.serving import ROOT

SOURCES = FieldSpec("sources", InputShape.ROWS, refers="sources")
HOURS = FieldSpec("hours", InputShape.REFERENCE, refers="hours", also=("24h", "unknown"))


@pytest.fixture(scope="module")
def china():
    return load_pack(ROOT / "server/packs/cn")


@pytest.fixture
def office(published: Publisher) -> Office:
    with_tables(published.root)
    return Office(published)


def as_it_is(text: str) -> str:
    return text


def many_sources(office: Office) -> None:
    source = office.desk.reader.read_newest_content(make_entry_unit("xa", "source", "L1"))
    for number in range(READ_WHOLE):
        title = {"title": f"Act of the year {number}", "lang": "en"}
        unit = make_entry_unit("xa", "source", f"Z{number}")
        office.desk.edits.save(PEOPLE["editor"], unit, source | {"id": f"Z{number}", "cite": [title]}, seen=0)


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_no_two_names_of_a_list_are_alike_and_each_leads_back(china, locale):
    picks = Picks(china, locale, as_it_is)
    for refers in ("rules", "says", "nevers", "sources", "topics", "flows", "visitors", "contacts", "dangers"):
        spec = FieldSpec("x", InputShape.ROWS, refers=refers)
        labels = picks.list_labels(refers)

        assert len(set(labels.values())) == len(labels)
        assert [one for one, label in labels.items() if picks.resolve_name(spec, label) != one] == []
        assert [one for one in labels if picks.resolve_name(spec, one) != one] == []


@pytest.mark.parametrize(
    ("typed", "id"),
    [("24h", "24h"), ("day and night", "24h"), ("  Day and  NIGHT", "24h"), ("ｄａｙ and night", "24h"), ("", "")],
)
def test_a_name_is_read_as_people_write_it(china, typed, id):
    assert Picks(china, "en", as_it_is).resolve_name(HOURS, typed) == id


def test_what_is_no_name_stays_as_it_was_typed(china):
    assert Picks(china, "en", as_it_is).resolve_name(SOURCES, "The Law of Nowhere") == "The Law of Nowhere"
    assert Picks(None, "en", as_it_is).resolve_name(SOURCES, "L1") == "L1"


@pytest.mark.parametrize(
    ("key", "refers"),
    [
        ("f_rule", "rules"),
        ("f_visitors-0", "visitors"),
        ("f_visitors", None),
        ("f_visitors-x", None),
        ("f_label", None),
        ("csrf_token", None),
    ],
)
def test_the_fields_that_take_an_id_are_known_by_their_names(key, refers):
    spec = find_reference_spec(key, list_table_specs(CHECK, None))

    assert (spec.refers if spec else None) == refers


def test_an_inner_field_takes_a_name_too(china):
    specs = list_table_specs(make_entry_unit("cn", "flow", "borrower"), china)
    label = Picks(china, "en", as_it_is).list_labels("says")["not-inside"]
    sent = MultiDict([("f_step-0-say", "x"), ("f_step-0-f_say-1", label), ("f_step-0-f_id", label)])

    assert Picks(china, "en", as_it_is).resolve_sent_names(sent, specs).to_dict() == {
        "f_step-0-say": "x",
        "f_step-0-f_say-1": "not-inside",
        "f_step-0-f_id": label,
    }


def test_every_list_of_ids_in_a_form_is_a_pick_list(office):
    """Of any kind of entry: no field for an id is a line in which one would have to know it."""
    for kind, (_, attribute) in KINDS.items():
        pack = office.desk.load_usable_pack("xa").pack
        for one in list(getattr(pack, attribute))[:1]:
            unit = make_entry_unit("xa", kind, one)
            page = office["editor"].open(office.address(unit, "desk.edit")).text
            for tag in re.findall(r'<input id="(f_[^"]*)"([^>]*)', page):
                spec = find_reference_spec(tag[0], list_table_specs(unit, pack))
                assert spec is None or "list=" in tag[1], (unit, tag)


def test_a_short_list_is_chosen_from(office):
    write(office, CHECK, **{"f_visitors-0": "collector"})
    page = office["editor"].open(office.address(CHECK, "desk.edit")).text
    row = re.search(r'<select id="f_visitors-0".*?</select>', page, re.DOTALL)[0]

    assert '<option value="collector" selected>visitor collector name</option>' in row
    assert office.desk.edits.get_draft(CHECK).content["visitors"] == ["collector"]
    write(office, CHECK, **{"f_visitors-0": ""})
    assert "visitors" not in office.desk.edits.get_draft(CHECK).content


def test_a_long_list_is_searched_and_takes_a_name(office):
    many_sources(office)
    page = office["editor"].open(office.address(POLICE, "desk.edit")).text
    assert '<option value="Act of the year 3"></option>' in page

    added = office["editor"].send(
        office.address(POLICE, "desk.edit"),
        **fields_of(office["editor"].open(office.address(POLICE, "desk.edit"))),
        row="add:f_sources",
    )
    assert 'list="list-sources"' in added.text
    write(office, POLICE, **{"f_sources-7": "act of the YEAR 3", "f_sources-8": "Z4"})

    assert office.desk.edits.get_draft(POLICE).content["sources"][-2:] == ["Z3", "Z4"]
    again = office["editor"].open(office.address(POLICE, "desk.edit")).text
    assert 'value="Act of the year 3"' in again


def test_what_is_in_no_list_is_kept_and_told(office):
    many_sources(office)

    write(office, POLICE, **{"f_sources-7": "The Law of Nowhere"})

    assert office.desk.edits.get_draft(POLICE).content["sources"][-1] == "The Law of Nowhere"
    page = office["editor"].open(office.address(POLICE, "desk.edit")).text
    assert 'value="The Law of Nowhere"' in page
    assert "field__say--error" in page
