"""Hours at the door: the page's clock against Python's, in many zones, over midnight and over changes of the clock."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.js.node import Node

ZONES = (
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "UTC",
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

moments = st.datetimes(
    min_value=datetime.datetime(2020, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime.datetime(2036, 12, 31),  # noqa: DTZ001 -- hypothesis adds the zone
    timezones=st.just(datetime.UTC),
)
# Nights on which clocks change, by the hour and the minute around it.
changes = st.builds(
    lambda day, minutes: datetime.datetime.fromisoformat(f"{day}T00:00:00+00:00") + datetime.timedelta(minutes=minutes),
    st.sampled_from(("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2027-04-04", "2027-10-03")),
    st.integers(min_value=-300, max_value=900),
)
clocks = st.times().map(lambda time: f"{time:%H:%M}")
windows = st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1])
some_days = st.lists(st.sampled_from(DAYS), unique=True)


def is_outside(moment: datetime.datetime, zone: str, opens: str, closes: str, days: list[str]) -> bool:
    """Look for a window, begun today or yesterday by the wall clock, that holds the moment."""
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    for back in (0, 1):
        date = wall.date() - datetime.timedelta(days=back)
        if days and DAYS[date.weekday()] not in days:
            continue
        start = datetime.datetime.combine(date, datetime.time.fromisoformat(opens))
        end = datetime.datetime.combine(date, datetime.time.fromisoformat(closes))
        end += datetime.timedelta(days=1 if closes < opens else 0)
        if start <= wall < end:
            return False
    return True


def milliseconds(moment: datetime.datetime) -> int:
    return round(moment.timestamp() * 1000)


@settings(deadline=None, max_examples=400)
@given(moment=moments | changes, zone=st.sampled_from(ZONES), window=windows, days=some_days)
def test_outside_the_hours_is_what_the_wall_clock_at_the_door_says(
    node: Node, moment: datetime.datetime, zone: str, window: tuple[str, str], days: list[str]
) -> None:
    moment = moment.replace(microsecond=0)
    hours = {"from": window[0], "to": window[1], "days": " ".join(days), "zone": zone}

    assert node.call("outside", milliseconds(moment), hours) == is_outside(moment, zone, *window, days)


@settings(deadline=None, max_examples=150)
@given(moment=moments | changes, zone=st.sampled_from(ZONES), window=windows, days=some_days)
def test_without_a_zone_the_phone_own_clock_is_believed(
    node: Node, moment: datetime.datetime, zone: str, window: tuple[str, str], days: list[str]
) -> None:
    moment = moment.replace(microsecond=0)
    node.call("zone", zone)
    hours = {"from": window[0], "to": window[1], "days": " ".join(days), "zone": ""}

    assert node.call("outside", milliseconds(moment), hours) == is_outside(moment, zone, *window, days)


@settings(deadline=None, max_examples=100)
@given(moment=moments | changes, phone=st.sampled_from(ZONES), door=st.sampled_from(ZONES))
def test_a_phone_set_to_another_zone_gives_the_same_answer(
    node: Node, moment: datetime.datetime, phone: str, door: str
) -> None:
    moment = moment.replace(microsecond=0)
    node.call("zone", phone)
    hours = {"from": "08:00", "to": "22:00", "days": "", "zone": door}

    assert node.call("outside", milliseconds(moment), hours) == is_outside(moment, door, "08:00", "22:00", [])


@pytest.mark.parametrize(
    ("wall", "outside"),
    [
        ("2026-11-21T07:59:59", True),
        ("2026-11-21T08:00:00", False),
        ("2026-11-21T21:59:59", False),
        ("2026-11-21T22:00:00", True),
        ("2026-11-21T00:00:00", True),
    ],
)
def test_the_first_minute_belongs_to_the_hours_and_the_last_does_not(node: Node, wall: str, outside: bool) -> None:
    moment = datetime.datetime.fromisoformat(f"{wall}+08:00")
    hours = {"from": "08:00", "to": "22:00", "days": " ".join(DAYS), "zone": "Asia/Shanghai"}

    assert node.call("outside", milliseconds(moment), hours) is outside


def test_a_night_window_belongs_to_the_day_on_which_it_began(node: Node) -> None:
    """Friday 22:00 to 06:00: early Saturday is inside, early Friday is not."""
    hours = {"from": "22:00", "to": "06:00", "days": "fri", "zone": "Asia/Shanghai"}
    friday, saturday = "2026-11-20T03:00:00+08:00", "2026-11-21T03:00:00+08:00"

    assert node.call("outside", milliseconds(datetime.datetime.fromisoformat(friday)), hours) is True
    assert node.call("outside", milliseconds(datetime.datetime.fromisoformat(saturday)), hours) is False


@settings(deadline=None, max_examples=200)
@given(moment=moments | changes, zone=st.sampled_from(ZONES))
def test_a_timestamp_is_rfc_3339_and_names_the_same_second(node: Node, moment: datetime.datetime, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    node.call("zone", zone)

    written = node.call("timestamp", milliseconds(moment))

    assert len(written) == len("2026-11-21T12:00:00+08:00")
    read = datetime.datetime.fromisoformat(written)
    assert read == moment
    assert read.utcoffset() == moment.astimezone(ZoneInfo(zone)).utcoffset()


def test_a_zone_that_the_phone_does_not_know_is_left_to_its_clock(node: Node) -> None:
    """A region may name a zone that is younger than the phone: the check must not throw, or no verdict would follow."""
    node.call("zone", "UTC")
    hours = {"from": "08:00", "to": "22:00", "days": "", "zone": "Mars/Olympus_Mons"}

    assert node.call("outside", 1_764_324_000_000, hours) is False
    assert (
        node.call("outside", 1_764_360_000_000 + 12 * 3_600_000 - 1, {**hours, "from": "00:00", "to": "00:01"}) is True
    )
