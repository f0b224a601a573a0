"""Eleven real regions and one sub-region fit as data: no check, field or value had to be added to the code for them.

The fixtures in tests/data/regions follow the facts that were collected for these regions; they are not shipped, and
their sentences are made up from the ids when the test runs.
"""

import shutil
from pathlib import Path

import pytest

from server.guidance.checks.check_pack import Report, check_pack
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from tests.packs import write_strings
from tests.problems import brief

DATA = Path(__file__).parents[1] / "data" / "regions"
REGIONS = sorted(folder.name for folder in DATA.iterdir())
LOCALES = {"gb-eaw": "en-GB", "us-ca": "en-US"}


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pack]:
    root = tmp_path_factory.mktemp("regions")
    shutil.copytree(DATA, root, dirs_exist_ok=True)
    found: dict[str, Pack] = {}
    for region in REGIONS:
        (root / region / LOCALES.get(region, f"en-{region.upper()}")).mkdir()
        write_strings(root / region, packs_root=root)
        found[region] = load_pack(root / region, packs_root=root)
    return found


def test_all_regions_are_there() -> None:
    expected = ["gb-eaw", "hk", "id", "in", "ke", "mx", "my", "ng", "ph", "us", "us-ca", "vn"]

    assert expected == REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_loads_and_checks_without_errors(packs: dict[str, Pack], region: str) -> None:
    report: Report = check_pack(packs[region])

    assert [brief(problem) for problem in report.errors] == []


@pytest.mark.parametrize("region", REGIONS)
def test_no_region_borrows_the_two_staff_rule(packs: dict[str, Pack], region: str) -> None:
    """Outside its own region it would be false, and make two intimidating men look compliant."""
    assert not {"two-staff", "alone"} & packs[region].checks.keys()


@pytest.mark.parametrize("region", REGIONS)
def test_a_number_from_memory_is_never_one_tap_away(packs: dict[str, Pack], region: str) -> None:
    tappable = [one for one in packs[region].contacts.values() if one.one_tap]

    assert all(one.method != "M" and one.confidence in ("high", "medium-high") for one in tappable)


@pytest.mark.parametrize("region", ["vn", "ke", "ng", "mx"])
def test_a_region_without_a_confirmed_number_is_not_ready(packs: dict[str, Pack], region: str) -> None:
    warnings = [brief(problem) for problem in check_pack(packs[region]).warnings]

    assert f"{region}/contacts.toml: no-emergency-number" in warnings
    assert all(danger.contact is None for danger in packs[region].dangers.values())


@pytest.mark.parametrize(
    ("region", "mode"),
    [
        ("hk", "deaf-only"),
        ("gb-eaw", "register-first"),
        ("us", "location-dependent"),
        ("in", "unknown"),
        ("ph", "unknown"),
    ],
)
def test_how_the_police_can_be_texted_differs(packs: dict[str, Pack], region: str, mode: str) -> None:
    assert packs[region].contacts["police-text"].sms_mode == mode


@pytest.mark.parametrize(
    ("region", "consent", "default"),
    [
        ("ph", "all-parties", "off"),
        ("us", "varies", "announce-first"),
        ("us-ca", "all-parties", "announce-first"),
        ("ng", "unknown", "announce-first"),
        ("gb-eaw", "one-party", "off"),
    ],
)
def test_recording_is_as_careful_as_the_region(packs: dict[str, Pack], region: str, consent: str, default: str) -> None:
    assert (packs[region].recording.consent, packs[region].recording.default) == (consent, default)


@pytest.mark.parametrize(
    ("region", "visitor", "status"),
    [
        ("vn", "hired-collector", "prohibited"),
        ("my", "licensed-moneylender", "prohibited"),
        ("gb-eaw", "bailiff", "lawful-if"),
        ("hk", "bank-collector", "lawful"),
    ],
)
def test_who_may_come_differs(packs: dict[str, Pack], region: str, visitor: str, status: str) -> None:
    assert packs[region].visitors[visitor].status == status


@pytest.mark.parametrize("region", ["hk", "ke", "ng"])
def test_a_region_may_have_no_hours(packs: dict[str, Pack], region: str) -> None:
    assert not packs[region].hours


def test_several_windows_days_and_exceptions_fit(packs: dict[str, Pack]) -> None:
    assert {hours.opens for hours in packs["in"].hours.values()} == {"08:00", "09:00"}
    assert packs["id"].hours["billing"].exclude_holidays is True
    assert packs["id"].hours["billing"].days == ("mon", "tue", "wed", "thu", "fri", "sat")
    assert packs["mx"].hours["collection"].days is None  # the sources contradict each other
    assert "overdue-fifteen-days" in packs["ph"].hours["contact"].unless
    assert len(packs["id"].time_zones) == 3


def test_notices_fit(packs: dict[str, Pack]) -> None:
    enforcement = packs["gb-eaw"].notices["enforcement"]

    assert (enforcement.min_days, enforcement.day_count) == (7, "clear")
    assert packs["ph"].notices["endorsement"].day_count == "business"
    assert packs["hk"].notices["agency"].min_days is None


def test_the_weight_of_the_same_check_differs(packs: dict[str, Pack]) -> None:
    def layer(region: str, check: str) -> str:
        pack = packs[region]
        return pack.rules[pack.checks[check].rule].layer

    assert [layer(region, "ids") for region in ("hk", "id", "us")] == ["code", "regulator", "practice"]
    assert layer("gb-eaw", "bailiff-id") == "law"
    assert packs["hk"].checks["authorisation"].on_request_only


def test_a_state_overrides_its_country_and_keeps_the_rest(packs: dict[str, Pack]) -> None:
    country, state = packs["us"], packs["us-ca"]

    assert state.recording.rule == "recording-state"
    assert state.time_zones == ("America/Los_Angeles",)
    assert state.currency == country.currency
    assert state.checks == country.checks
    assert state.contacts == country.contacts
    assert "recording-state" not in country.rules
