"""Numbers and hours are read as people write them."""

import pytest
from werkzeug.datastructures import MultiDict

from server.editor.forms.fields import list_table_specs
from server.editor.forms.typed import normalize_sent_values, read_clock, read_phone_number, split_clock_range
from server.editor.units.unit import make_entry_unit


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("110", "110"),
        ("400-820 8820", "4008208820"),
        ("+86 (10) 1234-5678", "+861012345678"),
        ("１２３４５", "12345"),
        ("０１０－１２３４ ５６７８", "01012345678"),
        ("010–1234—5678", "01012345678"),
        ("*#06#", "*#06#"),
        ("121 10 ?", "121 10 ?"),
        ("12345 ext. 6", "12345 ext. 6"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_a_number_is_read(typed, number):
    assert read_phone_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("9", "09:00"),
        ("09:00", "09:00"),
        ("９：３０", "09:30"),
        ("9.30", "09:30"),
        ("9点", "09:00"),
        ("21点30分", "21:30"),
        (" 18:05 ", "18:05"),
        ("24:00", "24:00"),
        ("9:77", "9:77"),
        ("noon", "noon"),
        ("", ""),
    ],
)
def test_a_time_is_read(typed, clock):
    assert read_clock(typed) == clock


@pytest.mark.parametrize(
    "typed",
    ["9-18", "9:00–18:00", "09：00～18：00", "9 — 18", "9点至18点", "9:00 to 18:00", "９〜１８", "09:00-18:00"],
)
def test_a_span_is_read(typed):
    assert split_clock_range(typed) == ("09:00", "18:00")


@pytest.mark.parametrize("typed", ["9", "", "9-", "9-18-20", "9-99", "a-b", "2026-03"])
def test_what_is_no_span_is_left(typed):
    assert split_clock_range(typed) is None


@pytest.mark.parametrize("field", ["f_from", "f_to"])
def test_a_span_in_either_field_fills_both(field):
    specs = list_table_specs(make_entry_unit("xa", "hours", "collection"), None)
    sent = MultiDict([("f_from", "08:00"), ("f_to", "20:00"), ("seen", "0")])
    sent[field] = "９：００～１８：００"

    assert normalize_sent_values(sent, specs).to_dict() == {"f_from": "09:00", "f_to": "18:00", "seen": "0"}


def test_every_number_of_a_contact_is_read():
    specs = list_table_specs(make_entry_unit("xa", "contact", "police"), None)
    sent = MultiDict([("f_number", "1 1 0"), ("f_relay_numbers-0", "１２-３４"), ("f_url", "https://a.example/1-2")])

    assert normalize_sent_values(sent, specs).to_dict() == {
        "f_number": "110",
        "f_relay_numbers-0": "1234",
        "f_url": "https://a.example/1-2",
    }
