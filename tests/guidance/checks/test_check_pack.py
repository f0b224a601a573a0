"""The rules over a whole pack: each test breaks one thing in a valid pack."""

import datetime
from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.parse import load_pack
from tests.packs import append, check_errors, check_warnings, confirm, edit, set_string, tiny_pack


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def test_a_valid_pack_has_neither_errors_nor_warnings(root: Path) -> None:
    report = check_pack(load_pack(root))

    assert report.errors == ()
    assert report.warnings == ()


REFERENCES = {
    "visitor's rule": ("visit.toml", '["two-staff", "hours"]', '["two-staff", "x"]', "visitor › collector › rules › #2: unknown-id (value=x)"),
    "rule's source": ("visit.toml", '["L1", "S2"]', '["L1", "S9"]', "rule › two-staff › sources › #2: unknown-id (value=S9)"),
    "check's say": ("visit.toml", 'severity = "stop"\nsay = "leave"', 'severity = "stop"\nsay = "x"', "check › two-staff › say: unknown-id (value=x)"),
    "check's hours": ("visit.toml", 'hours = "collection"', 'hours = "x"', "check › ids › hours: unknown-id (value=x)"),
    "check's visitor": ("visit.toml", 'kind = "check"\nvisitors = ["collector"]', 'kind = "check"\nvisitors = ["x"]', "check › two-staff › visitors › #1: unknown-id (value=x)"),
    "verdict's say": ("visit.toml", 'stop = "leave"', 'stop = "x"', "verdict › stop: unknown-id (value=x)"),
    "never's rule": ("visit.toml", 'id = "sign"\nrule = "two-staff"', 'id = "sign"\nrule = "x"', "never › sign › rule: unknown-id (value=x)"),
    "danger's contact": ("visit.toml", 'contact = "police"', 'contact = "x"', "danger › entry › contact: unknown-id (value=x)"),
    "flow's danger": ("visit.toml", 'dangers = ["entry"]', 'dangers = ["x"]', "flow › borrower › dangers › #1: unknown-id (value=x)"),
    "step's contact": ("visit.toml", '["police", "police-text"]', '["police", "x"]', "flow › borrower › step › end › contacts › #2: unknown-id (value=x)"),
    "step's flow": ("visit.toml", 'flow = "borrower"', 'flow = "x"', "flow › family › step › tell › flow: unknown-id (value=x)"),
    "variant's say": ("visit.toml", 'id = "old", say = ["leave"]', 'id = "old", say = ["x"]', "flow › borrower › step › stop › variant › say › #1: unknown-id (value=x)"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "line"), REFERENCES.values(), ids=REFERENCES)
def test_a_reference_that_leads_nowhere_is_an_error(root: Path, path: str, old: str, new: str, line: str) -> None:
    edit(root, path, old, new)

    assert f"xa/{path}: {line}" in check_errors(root)


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        ("contacts.toml", 'setting = "area-code"', 'setting = "x"', "contact › police-text › append › setting: unknown-id (value=x)"),
        ("contacts.toml", 'hours = "24h"', 'hours = "x"', "contact › police › hours: unknown-id (value=x)"),
        ("topics.toml", 'flow = "borrower"', 'flow = "x"', "topic › first-minute › flow: unknown-id (value=x)"),
        ("topics.toml", 'related = ["second"]', 'related = ["x"]', "topic › first-minute › related › #1: unknown-id (value=x)"),
        ("topics.toml", 'covers = ["L1", "S2"]', 'covers = ["L1", "S9"]', "topic › first-minute › covers › #2: unknown-id (value=S9)"),
        ("pack.toml", 'spoken_locale = "zh-Hans"', 'spoken_locale = "fr"', "spoken_locale: unknown-id (value=fr)"),
        ("pack.toml", 'default = "off"', 'default = "off"\nrule = "x"', "recording › rule: unknown-id (value=x)"),
    ],
    ids=["append", "contact hours", "topic flow", "related", "covers", "spoken locale", "recording"],
)  # fmt: skip
def test_a_reference_in_the_other_files_is_checked_too(root: Path, path: str, old: str, new: str, line: str) -> None:
    edit(root, path, old, new)

    assert f"xa/{path}: {line}" in check_errors(root)


def test_a_rule_without_a_source_is_an_error(root: Path) -> None:
    edit(root, "visit.toml", 'layer = "law"\nsources = ["L1"]', 'layer = "law"')

    assert check_errors(root) == ["xa/visit.toml: rule › hours › sources: no-source"]


@pytest.mark.parametrize(
    ("path", "kind", "one"),
    [
        ("sources.toml", "source", "L1"),
        ("contacts.toml", "contact", "police"),
        ("topics.toml", "topic", "first-minute"),
    ],
)
def test_a_review_before_the_check_is_an_error(root: Path, path: str, kind: str, one: str) -> None:
    edit(root, path, "review_by = 2026-07-01", "review_by = 2026-01-01")

    assert check_errors(root) == [f"xa/{path}: {kind} › {one} › review_by: not-after-check (value=2026-01-01)"]


def test_what_is_past_its_review_is_a_warning_only_when_a_day_is_given(root: Path) -> None:
    """The check itself reads no clock: the same pack gives the same report."""
    assert check_warnings(root) == []
    assert check_warnings(root, today=datetime.date(2026, 7, 1)) == []

    late = check_warnings(root, today=datetime.date(2026, 7, 2))

    assert "xa/pack.toml: review_by: review-overdue (value=2026-07-01)" in late
    assert "xa/sources.toml: source › L1 › review_by: review-overdue (value=2026-07-01)" in late
    assert "xa/contacts.toml: contact › police › review_by: review-overdue (value=2026-07-01)" in late
    assert "xa/topics.toml: topic › second › review_by: review-overdue (value=2026-07-01)" in late


def test_hours_that_bind_a_visitor_rest_on_a_rule(root: Path) -> None:
    edit(root, "visit.toml", 'unless = ["consent"]\nrule = "hours"', 'unless = ["consent"]')

    assert check_errors(root) == ["xa/visit.toml: hours › collection › rule: hours-without-rule"]


# --- numbers one tap away ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("confidence", ["medium", "low-medium", "low", "medium-high"])
def test_an_unconfirmed_number_is_never_one_tap_away(root: Path, confidence: str) -> None:
    edit(root, "contacts.toml", 'confidence = "high"', f'confidence = "{confidence}"')

    assert "xa/contacts.toml: contact › police › one_tap: one-tap-confidence" in check_errors(root)


def test_a_caution_in_one_locale_only_does_not_help(root: Path) -> None:
    edit(root, "contacts.toml", 'confidence = "high"', 'confidence = "medium-high"')
    set_string(root, "en", "contact.police.caution", "may ring elsewhere")
    assert len(check_errors(root)) == 1

    set_string(root, "zh-Hans", "contact.police.caution", "may ring elsewhere")
    confirm(root)
    assert check_errors(root) == []


@pytest.mark.parametrize("mode", ["none", "unknown", "app-only"])
def test_a_text_that_nobody_may_receive_is_never_one_tap_away(root: Path, mode: str) -> None:
    edit(root, "contacts.toml", 'sms_mode = "location-dependent"', f'sms_mode = "{mode}"')

    assert "xa/contacts.toml: contact › police-text › one_tap: one-tap-messages" in check_errors(root)


def test_a_danger_points_at_a_number_that_can_be_tapped(root: Path) -> None:
    edit(root, "contacts.toml", "one_tap = true", "one_tap = false")

    assert "xa/visit.toml: danger › entry › contact: not-one-tap (value=police)" in check_errors(root)


def test_a_danger_may_have_no_number_but_the_region_hears_of_it(root: Path) -> None:
    edit(root, "visit.toml", 'contact = "police"\ntext_contact = "police-text"\n', "")
    edit(root, "contacts.toml", "one_tap = true", "one_tap = false")
    edit(root, "contacts.toml", "one_tap = true", "one_tap = false")

    assert check_errors(root) == []
    assert check_warnings(root) == ["xa/contacts.toml: no-emergency-number"]


# --- the visit ---------------------------------------------------------------------------------------------------------
def test_two_flows_at_one_address_are_an_error(root: Path) -> None:
    edit(root, "visit.toml", 'path = "family"', 'path = ""')

    assert check_errors(root) == ["xa/visit.toml: flow › family › path: path-taken (flow=borrower; value=)"]


def test_two_variants_with_one_id_are_an_error(root: Path) -> None:
    edit(root, "visit.toml", "message = true", 'message = true\nvariant = { id = "old" }')

    assert check_errors(root) == ["xa/visit.toml: flow › family › step › tell › variant › id: duplicate-id (value=old)"]


# --- the head ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('iso = "XA"', 'iso = "XB"', "iso: iso-code-mismatch (expected=XA; value=XB)"),
        ('"Asia/Shanghai"', '"Asia/Nowhere"', "time_zones › #1: bad-time-zone (value=Asia/Nowhere)"),
        ('"Asia/Shanghai"', '"../../etc/passwd"', "time_zones › #1: bad-time-zone (value=../../etc/passwd)"),
        ("review_by = 2026-07-01", "review_by = 2025-07-01", "review_by: not-after-check (value=2025-07-01)"),
        ('name = "English"', 'name = "English"\nfallback = "fr"', "locale › en › fallback: unknown-id (value=fr)"),
    ],
    ids=["iso", "zone", "zone path", "review", "fallback"],
)  # fmt: skip
def test_the_head_of_the_pack_is_checked(root: Path, old: str, new: str, line: str) -> None:
    edit(root, "pack.toml", old, new)

    assert check_errors(root) == [f"xa/pack.toml: {line}"]


def test_fallbacks_in_a_circle_are_an_error(root: Path) -> None:
    edit(root, "pack.toml", 'name = "English"', 'name = "English"\nfallback = "zh-Hans"')

    assert check_errors(root) == [
        "xa/pack.toml: locale › en › fallback: fallback-circle",
        "xa/pack.toml: locale › zh-Hans › fallback: fallback-circle",
    ]


@pytest.mark.parametrize("consent", ["all-parties", "unclear", "varies", "unknown"])
def test_recording_never_starts_by_itself_where_it_might_be_a_crime(root: Path, consent: str) -> None:
    """In some regions a secret recording means prison for the person this app is meant to help."""
    edit(root, "pack.toml", 'consent = "one-party"', f'consent = "{consent}"')
    edit(root, "pack.toml", 'default = "off"', 'default = "on"')

    assert "xa/pack.toml: recording › default: recording-needs-consent" in check_errors(root)


def test_an_announced_recording_wants_its_sentence(root: Path) -> None:
    edit(root, "pack.toml", 'default = "off"', 'default = "announce-first"')

    assert check_warnings(root) == ["xa/pack.toml: recording › say: no-recording-sentence"]


def test_a_pack_without_a_reviewer_says_so(root: Path) -> None:
    edit(root, "pack.toml", '[{ name = "A. Reviewer", role = "lawyer", reviewed_on = 2026-01-01 }]', "[]")

    assert check_warnings(root) == ["xa/pack.toml: reviewers: no-reviewer"]


def test_the_report_is_the_same_each_time(root: Path) -> None:
    append(root, "visit.toml", '\n[[never]]\nid = "more"\nrule = "x"\n')

    assert check_pack(load_pack(root)) == check_pack(load_pack(root))
