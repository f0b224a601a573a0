"""Loading a pack: whole and frozen, or every fault in one line each."""

import datetime
from pathlib import Path

import pydantic
import pytest

from server.guidance.parse import load_pack
from tests.packs import append, edit, load_problems, tiny_pack


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def test_a_valid_pack_loads_whole_and_in_file_order(root: Path) -> None:
    pack = load_pack(root)

    assert (pack.id, pack.iso, pack.parent, pack.source_locale, pack.spoken_locale) == (
        "xa",
        "XA",
        None,
        "en",
        "zh-Hans",
    )
    assert pack.checked_on == datetime.date(2026, 1, 1)
    assert list(pack.locales) == ["en", "zh-Hans"]
    assert list(pack.checks) == ["two-staff", "ids"]
    assert pack.hours["collection"].opens == "08:00"
    assert [step.id for step in pack.flows["borrower"].steps] == ["stop", "end"]
    assert pack.topic_texts["en"]["second"].body == "Wait.\n\n{rule:hours}\n"
    assert pack.with_role("entrance") is pack.flows["borrower"]


def test_a_pack_cannot_be_changed(root: Path) -> None:
    pack = load_pack(root)

    with pytest.raises(pydantic.ValidationError):
        pack.checks["ids"].severity = "police"


def test_what_a_region_does_not_say_is_unknown(root: Path) -> None:
    """Nothing is borrowed: no other region's answer, and no lawful-sounding default."""
    edit(
        root,
        "pack.toml",
        '[recording]\nconsent = "one-party"\nmust_announce = "no"\nsecret_is_crime = "no"\ndefault = "off"\n',
        "",
    )
    pack = load_pack(root)

    assert (pack.recording.consent, pack.recording.default) == ("unknown", "announce-first")
    assert pack.third_parties.family_liable == "unknown"
    assert pack.visitors["collector"].may_take_money == "unknown"
    assert pack.visitors["collector"].max_people is None


CASES = {
    "a value that is not one of the allowed": (
        ("visit.toml", 'severity = "caution"', 'severity = "stopp"'),
        'xa/visit.toml: check "ids" (#2) severity: "stopp" – expected one of complain, caution, stop, police',
    ),
    "a wrong type": (
        ("contacts.toml", "one_tap = true", 'one_tap = "yes"'),
        'xa/contacts.toml: contact "police" (#1) one_tap: "yes" – expected true or false',
    ),
    "a number where text belongs": (
        ("contacts.toml", 'number = "110"', "number = 110"),
        'xa/contacts.toml: contact "police" (#1) number: 110 – expected a text',
    ),
    "a date in quotes": (
        ("sources.toml", "checked_on = 2026-01-01", 'checked_on = "2026-01-01"'),
        'xa/sources.toml: source "L1" (#1) checked_on: "2026-01-01" – expected a date such as 2026-01-31, without quotes',
    ),
    "a date with a time": (
        ("sources.toml", "checked_on = 2026-01-01", "checked_on = 2026-01-01T10:00:00Z"),
        'xa/sources.toml: source "L1" (#1) checked_on: 2026-01-01T10:00:00+00:00 – expected a date such as 2026-01-31, without quotes',
    ),
    "a missing key": (
        ("visit.toml", 'layer = "law"\n', ""),
        'xa/visit.toml: rule "hours" (#2) layer: missing – expected a value, because this key is required',
    ),
    "a missing date of checking": (
        ("sources.toml", "checked_on = 2026-01-01\n", ""),
        'xa/sources.toml: source "L1" (#1) checked_on: missing – expected a value, because this key is required',
    ),
    "a source that names nothing": (
        ("sources.toml", '[[source.cite]]\ntitle = "Door Act"\nlang = "en"\n', ""),
        'xa/sources.toml: source "L1" (#1) cite: missing – expected a value, because this key is required',
    ),
    "an hour that does not exist": (
        ("visit.toml", 'to = "22:00"', 'to = "24:30"'),
        'xa/visit.toml: hours "collection" (#1) to: "24:30" – expected a time as HH:MM, 00:00 to 23:59',
    ),
    "a day that does not exist": (
        ("visit.toml", '["mon", "tue"]', '["mon", "Tue"]'),
        'xa/visit.toml: hours "collection" (#1) days (#2): "Tue" – expected one of mon, tue, wed, thu, fri, sat, sun',
    ),
    "an empty window": (
        ("visit.toml", 'to = "22:00"', 'to = "08:00"'),
        'xa/visit.toml: hours "collection" (#1): wrong – expected from and to to differ',
    ),
    "a bad id": (
        ("visit.toml", '[[say]]\nid = "who"', '[[say]]\nid = "Who?"'),
        'xa/visit.toml: say "Who?" (#1) id: "Who?" – expected small letters, digits and single hyphens',
    ),
    "a topic with the name of a page": (
        ("topics.toml", 'id = "second"', 'id = "changes"'),
        'xa/topics.toml: topic "changes" (#2) id: "changes" – expected another name: a page of the guide has this one',
    ),
    "an unknown key": (
        ("visit.toml", '[[say]]\nid = "who"', '[[say]]\nid = "who"\nwords = "x"'),
        'xa/visit.toml: say "who" (#1) words: unknown key – expected one of id',
    ),
    "an unknown key in a step": (
        ("visit.toml", 'never = ["sign"]', 'nevers = ["sign"]'),
        'xa/visit.toml: flow "borrower" (#1) step "end" (#2) nevers: unknown key – expected no such key',
    ),
    "an unknown table": (
        ("visit.toml", "[[never]]", "[[nevver]]"),
        'xa/visit.toml: "nevver": unknown key – expected one of visitor, rule, hours, notice, check, say, never, danger, flow, verdict',
    ),
    "a table that should be several": (
        ("contacts.toml", "[[setting]]", "[setting]"),
        "xa/contacts.toml: setting: a table – expected tables that begin with [[setting]]",
    ),
    "a duplicate id": (
        ("visit.toml", '[[say]]\nid = "leave"', '[[say]]\nid = "who"'),
        'xa/visit.toml: say "who" (#2) id: a duplicate – expected each id once',
    ),
    "a duplicate step": (
        ("visit.toml", 'id = "end"', 'id = "stop"'),
        'xa/visit.toml: flow "borrower" (#1): wrong – expected each step once, but twice there is stop',
    ),
    "an entry without an id": (
        ("visit.toml", '[[say]]\nid = "who"', "[[say]]"),
        "xa/visit.toml: say (#1) id: missing – expected a text",
    ),
    "a verdict too few": (
        ("visit.toml", 'police = "leave"\n', ""),
        'xa/visit.toml: verdict "police": missing – expected the id of a say',
    ),
    "a verdict that is no id": (
        ("visit.toml", 'start = "who"', 'start = "Who is it?"'),
        'xa/visit.toml: verdict "start": "Who is it?" – expected small letters, digits and single hyphens',
    ),
    "a verdict too many": (
        ("visit.toml", 'police = "leave"\n', 'police = "leave"\nfine = "leave"\n'),
        'xa/visit.toml: verdict "fine": unknown key – expected one of start, no-warning-yet, caution, stop, police',
    ),
    "a removal of nothing": (
        ("visit.toml", '[[say]]\nid = "who"', '[[say]]\nid = "other"\nremove = true\n[[say]]\nid = "who"'),
        'xa/visit.toml: say "other" (#1) remove: true – expected an entry below that it applies to',
    ),
    "a flow path with a slash": (
        ("visit.toml", 'path = "family"', 'path = "../family"'),
        'xa/visit.toml: flow "family" (#2) path: "../family" – expected small letters, digits and hyphens, or nothing',
    ),
    "a number that cannot be dialled": (
        ("contacts.toml", 'number = "110"', 'number = "110;ext=1"'),
        'xa/contacts.toml: contact "police" (#1) number: "110;ext=1" – expected a number to dial: digits, perhaps a + before them',
    ),
    "a phone contact without a number": (
        ("contacts.toml", 'number = "110"\n', ""),
        'xa/contacts.toml: contact "police" (#1): wrong – expected number, because channel is "tel"',
    ),
    "another folder's id": (
        ("pack.toml", 'id = "xa"', 'id = "xb"'),
        'xa/pack.toml: id: "xb" – expected the folder\'s name, "xa"',
    ),
    "an id that is no region code": (
        ("pack.toml", 'id = "xa"', 'id = "XA"'),
        'xa/pack.toml: id: "XA" – expected an ISO 3166 code in small letters, such as "aa" or "aa-bb"',
    ),
    "a later pack format": (
        ("pack.toml", "schema = 1", "schema = 2"),
        "xa/pack.toml: schema: 2 – expected 1, the only pack format so far",
    ),
    "a locale tag in the wrong spelling": (
        ("pack.toml", 'tag = "en"', 'tag = "EN_us"'),
        'xa/pack.toml: locale "EN_us" (#1) tag: "EN_us" – expected a language tag (BCP 47)',
    ),
    "a TOML mistake": (
        ("topics.toml", 'related = ["second"]', "related = second"),
        "xa/topics.toml: line 5, column 11: Invalid value – expected TOML",
    ),
    "a key twice": (
        ("contacts.toml", 'number = "110"\n', 'number = "110"\nnumber = "111"\n'),
        "xa/contacts.toml: line 6, column 15: Cannot overwrite a value – expected TOML",
    ),
    "a string that is a table": (
        ("en/strings.toml", '"region.name" = ', "region.name = "),
        'xa/en/strings.toml: "region": a table – expected a text; put quotes round the whole key',
    ),
    "strings outside their table": (
        ("en/strings.toml", "[strings]", "[string]"),
        'xa/en/strings.toml: "string": unknown key – expected one table [strings]',
    ),
    "front matter without an end": (
        ("en/topics/second.md", "+++\nWait.", "Wait."),
        "xa/en/topics/second.md: line 1: front matter without an end – expected a second line +++",
    ),
    "no front matter": (
        ("en/topics/second.md", "+++\ntitle", "title"),
        "xa/en/topics/second.md: line 1: no front matter – expected a line +++ before and after it",
    ),
    "front matter with a TOML mistake": (
        ("en/topics/second.md", 'summary = "More."', "summary = More."),
        "xa/en/topics/second.md: line 3, column 11: Invalid value – expected TOML",
    ),
    "front matter without a summary": (
        ("en/topics/second.md", 'summary = "More."\n', ""),
        "xa/en/topics/second.md: front matter summary: missing – expected a value, because this key is required",
    ),
    "front matter with an unknown key": (
        ("en/topics/second.md", 'summary = "More."', 'summary = "More."\nbody = "x"'),
        "xa/en/topics/second.md: front matter body: unknown key – expected the body after the front matter",
    ),
    "a topic without a body": (
        ("en/topics/second.md", "+++\nWait.\n\n{rule:hours}\n", "+++\n"),
        'xa/en/topics/second.md: front matter body: "\\n" – expected some text',
    ),
    "a parent that has no folder": (
        ("pack.toml", 'iso = "XA"', 'iso = "XA"\nparent = "xb"'),
        'xa/pack.toml: parent: "xb" – expected a region that has a folder',
    ),
    "a parent outside the packs": (
        ("pack.toml", 'iso = "XA"', 'iso = "XA"\nparent = "../secret"'),
        'xa/pack.toml: parent: "../secret" – expected an ISO 3166 code in small letters, such as "aa" or "aa-bb"',
    ),
}


@pytest.mark.parametrize(("change", "line"), CASES.values(), ids=CASES)
def test_a_fault_is_named_in_one_line(root: Path, change: tuple[str, str, str], line: str) -> None:
    """File, field, what stands there and what was expected: enough to repair it without reading code."""
    edit(root, *change)

    assert line in load_problems(root)


def test_every_fault_of_every_file_comes_in_one_run(root: Path) -> None:
    """An editor who repairs one fault must not find the next only afterwards."""
    edit(root, "pack.toml", 'currency = "XTS"', 'currency = "xts"')
    edit(root, "visit.toml", 'severity = "caution"', 'severity = "stopp"')
    edit(root, "visit.toml", 'layer = "law"', 'layer = "habit"')
    edit(root, "sources.toml", 'id = "S2"', 'id = "L1"')
    edit(root, "contacts.toml", "one_tap = true", "one_tap = 1")
    (root / "topics.toml").write_bytes(b"[[topic")
    (root / "en" / "strings.toml").write_bytes(b"[strings]\n\xff = 1\n")
    (root / "zh-Hans" / "topics" / "second.md").write_text("")

    lines = load_problems(root)

    assert {line.split(": ")[0] for line in lines} == {
        "xa/pack.toml",
        "xa/visit.toml",
        "xa/sources.toml",
        "xa/contacts.toml",
        "xa/topics.toml",
        "xa/en/strings.toml",
        "xa/zh-Hans/topics/second.md",
    }
    assert len([line for line in lines if line.startswith("xa/visit.toml")]) == 2


def test_a_missing_file_is_named_once(root: Path) -> None:
    (root / "sources.toml").unlink()
    (root / "en" / "strings.toml").unlink()

    assert load_problems(root) == [
        "xa/sources.toml: missing – expected this file",
        "xa/en/strings.toml: missing – expected this file",
    ]


def test_a_folder_of_an_undeclared_locale_is_refused(root: Path) -> None:
    (root / "fr").mkdir()
    (root / "fr" / "strings.toml").write_text('[strings]\n"region.name" = "X"\n')

    assert load_problems(root) == ['xa/fr/strings.toml: locale "fr" – expected a locale of pack.toml']


def test_a_shown_value_is_short_and_on_one_line(root: Path) -> None:
    """A fault must not flood a terminal or turn its text round."""
    edit(root, "pack.toml", 'currency = "XTS"', f'currency = "a\\nb\\u202e{"x" * 5000}"')

    (line,) = load_problems(root)

    assert len(line) < 200
    assert "\u202e" not in line


def test_a_huge_number_is_shown_without_its_digits(root: Path) -> None:
    edit(root, "pack.toml", "schema = 1", f"schema = 0x{'f' * 9000}")

    (line,) = load_problems(root)

    assert "a very large number" in line


def test_an_empty_region_fits(root: Path) -> None:
    """Zero checks, zero hours and no texting are facts about a region, not faults."""
    text = (root / "visit.toml").read_text()
    start, end = text.index("[[hours]]"), text.index("[verdict]")
    (root / "visit.toml").write_text(text[:start] + text[end:])

    pack = load_pack(root)

    assert not pack.checks
    assert not pack.hours


def test_appending_an_own_check_needs_no_code(root: Path) -> None:
    append(
        root,
        "visit.toml",
        '\n[[check]]\nid = "register"\nkind = "check"\nrule = "hours"\nbad = "no"\nseverity = "complain"\n',
    )

    assert load_pack(root).checks["register"].severity == "complain"
