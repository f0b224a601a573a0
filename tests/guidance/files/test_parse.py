"""Loading a pack: whole and frozen, or every fault in one line each."""

import datetime
from pathlib import Path

import pydantic
import pytest

from server.guidance.files.parse import load_pack
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
    assert pack.get_flow_with_role("entrance") is pack.flows["borrower"]


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
        "xa/visit.toml: check › ids › severity: not-a-choice (allowed=complain, caution, stop, police; value=stopp)",
    ),
    "a wrong type": (
        ("contacts.toml", "one_tap = true", 'one_tap = "yes"'),
        "xa/contacts.toml: contact › police › one_tap: not-true-or-false",
    ),
    "a number where text belongs": (
        ("contacts.toml", 'number = "110"', "number = 110"),
        "xa/contacts.toml: contact › police › number: not-a-text",
    ),
    "a date in quotes": (
        ("sources.toml", "checked_on = 2026-01-01", 'checked_on = "2026-01-01"'),
        "xa/sources.toml: source › L1 › checked_on: not-a-date",
    ),
    "a date with a time": (
        ("sources.toml", "checked_on = 2026-01-01", "checked_on = 2026-01-01T10:00:00Z"),
        "xa/sources.toml: source › L1 › checked_on: not-a-date",
    ),
    "a missing key": (
        ("visit.toml", 'layer = "law"\n', ""),
        "xa/visit.toml: rule › hours › layer: required",
    ),
    "a missing date of checking": (
        ("sources.toml", "checked_on = 2026-01-01\n", ""),
        "xa/sources.toml: source › L1 › checked_on: required",
    ),
    "a source that names nothing": (
        ("sources.toml", '[[source.cite]]\ntitle = "Door Act"\nlang = "en"\n', ""),
        "xa/sources.toml: source › L1 › cite: required",
    ),
    "an hour that does not exist": (
        ("visit.toml", 'to = "22:00"', 'to = "24:30"'),
        "xa/visit.toml: hours › collection › to: bad-time (value=24:30)",
    ),
    "a day that does not exist": (
        ("visit.toml", '["mon", "tue"]', '["mon", "Tue"]'),
        "xa/visit.toml: hours › collection › days › #2: not-a-choice (allowed=mon, tue, wed, thu, fri, sat, sun; value=Tue)",
    ),
    "an empty window": (
        ("visit.toml", 'to = "22:00"', 'to = "08:00"'),
        "xa/visit.toml: hours › collection › to: hours-empty",
    ),
    "a bad id": (
        ("visit.toml", '[[say]]\nid = "who"', '[[say]]\nid = "Who?"'),
        "xa/visit.toml: say › “Who?” › id: bad-id (value=Who?)",
    ),
    "a topic with the name of a page": (
        ("topics.toml", 'id = "second"', 'id = "changes"'),
        "xa/topics.toml: topic › changes › id: topic-name-taken (value=changes)",
    ),
    "an unknown key": (
        ("visit.toml", '[[say]]\nid = "who"', '[[say]]\nid = "who"\nwords = "x"'),
        "xa/visit.toml: say › who › words: unknown-field (allowed=id)",
    ),
    "an unknown key in a step": (
        ("visit.toml", 'never = ["sign"]', 'nevers = ["sign"]'),
        "xa/visit.toml: flow › borrower › step › end › nevers: unknown-inner-field",
    ),
    "an unknown table": (
        ("visit.toml", "[[never]]", "[[nevver]]"),
        "xa/visit.toml: unknown-table (allowed=visitor, rule, hours, notice, check, say, never, danger, tile, flow, verdict; key=nevver)",
    ),
    "a table that should be several": (
        ("contacts.toml", "[[setting]]", "[setting]"),
        "xa/contacts.toml: not-a-named-table (table=[[setting]])",
    ),
    "a duplicate id": (
        ("visit.toml", '[[say]]\nid = "leave"', '[[say]]\nid = "who"'),
        "xa/visit.toml: say › who › #2 › id: duplicate-id (value=who)",
    ),
    "a duplicate step": (
        ("visit.toml", 'id = "end"', 'id = "stop"'),
        "xa/visit.toml: flow › borrower › step: duplicate-id (value=stop)",
    ),
    "an entry without an id": (
        ("visit.toml", '[[say]]\nid = "who"', "[[say]]"),
        "xa/visit.toml: say › #1 › id: required",
    ),
    "a verdict too few": (
        ("visit.toml", 'police = "leave"\n', ""),
        "xa/visit.toml: verdict › police: required",
    ),
    "a verdict that is no id": (
        ("visit.toml", 'start = "who"', 'start = "Who is it?"'),
        "xa/visit.toml: verdict › start: bad-id (value=Who is it?)",
    ),
    "a verdict too many": (
        ("visit.toml", 'police = "leave"\n', 'police = "leave"\nfine = "leave"\n'),
        "xa/visit.toml: verdict › fine: unknown-field (allowed=start, no-warning-yet, caution, stop, police, confirmed)",
    ),
    "a removal of nothing": (
        ("visit.toml", '[[say]]\nid = "who"', '[[say]]\nid = "other"\nremove = true\n[[say]]\nid = "who"'),
        "xa/visit.toml: say › other › remove: nothing-below",
    ),
    "a flow path with a slash": (
        ("visit.toml", 'path = "family"', 'path = "../family"'),
        "xa/visit.toml: flow › family › path: bad-path (value=../family)",
    ),
    "a number that cannot be dialled": (
        ("contacts.toml", 'number = "110"', 'number = "110;ext=1"'),
        "xa/contacts.toml: contact › police › number: bad-phone-number (value=110;ext=1)",
    ),
    "a phone contact without a number": (
        ("contacts.toml", 'number = "110"\n', ""),
        "xa/contacts.toml: contact › police › number: channel-needs-field (channel=tel; field=number)",
    ),
    "another folder's id": (
        ("pack.toml", 'id = "xa"', 'id = "xb"'),
        "xa/pack.toml: id: not-the-folders-name (folder=xa; value=xb)",
    ),
    "an id that is no region code": (
        ("pack.toml", 'id = "xa"', 'id = "XA"'),
        "xa/pack.toml: id: bad-region (value=XA)",
    ),
    "a later pack format": (
        ("pack.toml", "schema = 1", "schema = 2"),
        "xa/pack.toml: schema: unknown-format",
    ),
    "a locale tag in the wrong spelling": (
        ("pack.toml", 'tag = "en"', 'tag = "EN_us"'),
        "xa/pack.toml: locale › EN_us › tag: bad-language-tag (value=EN_us)",
    ),
    "a TOML mistake": (
        ("topics.toml", 'related = ["second"]', "related = second"),
        "xa/topics.toml: line 5: not-toml (column=11)",
    ),
    "a key twice": (
        ("contacts.toml", 'number = "110"\n', 'number = "110"\nnumber = "111"\n'),
        "xa/contacts.toml: line 6: not-toml (column=15)",
    ),
    "a string that is a table": (
        ("en/strings.toml", '"region.name" = ', "region.name = "),
        "xa/en/strings.toml: region: dotted-key",
    ),
    "strings outside their table": (
        ("en/strings.toml", "[strings]", "[string]"),
        "xa/en/strings.toml: unknown-table (allowed=strings; key=string)",
    ),
    "front matter without an end": (
        ("en/topics/second.md", "+++\nWait.", "Wait."),
        "xa/en/topics/second.md: line 1: open-front-matter (fence=+++)",
    ),
    "no front matter": (
        ("en/topics/second.md", "+++\ntitle", "title"),
        "xa/en/topics/second.md: line 1: no-front-matter (fence=+++)",
    ),
    "front matter with a TOML mistake": (
        ("en/topics/second.md", 'summary = "More."', "summary = More."),
        "xa/en/topics/second.md: line 3: not-toml (column=11)",
    ),
    "front matter without a summary": (
        ("en/topics/second.md", 'summary = "More."\n', ""),
        "xa/en/topics/second.md: summary: required",
    ),
    "front matter with an unknown key": (
        ("en/topics/second.md", 'summary = "More."', 'summary = "More."\nbody = "x"'),
        "xa/en/topics/second.md: body: body-in-front-matter",
    ),
    "a topic without a body": (
        ("en/topics/second.md", "+++\nWait.\n\n{rule:hours}\n", "+++\n"),
        "xa/en/topics/second.md: body: blank",
    ),
    "a parent that has no folder": (
        ("pack.toml", 'iso = "XA"', 'iso = "XA"\nparent = "xb"'),
        "xa/pack.toml: parent: parent-missing (value=xb)",
    ),
    "a parent outside the packs": (
        ("pack.toml", 'iso = "XA"', 'iso = "XA"\nparent = "../secret"'),
        "xa/pack.toml: parent: bad-region (value=../secret)",
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
        "xa/sources.toml: missing-file",
        "xa/en/strings.toml: missing-file",
    ]


def test_a_folder_of_an_undeclared_locale_is_refused(root: Path) -> None:
    (root / "fr").mkdir()
    (root / "fr" / "strings.toml").write_text('[strings]\n"region.name" = "X"\n')

    assert load_problems(root) == ["xa/fr/strings.toml: unknown-locale (value=fr)"]


def test_a_shown_value_is_short_and_on_one_line(root: Path) -> None:
    """A fault must not flood a terminal or turn its text round."""
    edit(root, "pack.toml", 'currency = "XTS"', f'currency = "a\\nb\\u202e{"x" * 5000}"')

    (line,) = load_problems(root)

    assert len(line) < 200
    assert "\u202e" not in line


def test_a_huge_number_is_shown_without_its_digits(root: Path) -> None:
    edit(root, "visit.toml", 'severity = "stop"', f"severity = 0x{'f' * 9000}")

    (line,) = load_problems(root)

    assert "value=0xfff" in line
    assert len(line) < 250


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
