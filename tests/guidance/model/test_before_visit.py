"""The tables for the time before a visit: optional, read like the rest, and nothing in them leads nowhere."""

from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.parse import load_pack
from server.guidance.model.keys import is_door_key, list_optional_keys, list_required_keys
from tests.packs import (
    check_errors,
    check_warnings,
    confirm,
    edit,
    load_problems,
    set_string,
    tiny_pack,
    with_tables,
)
from tests.problems import brief


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return with_tables(tiny_pack(tmp_path))


def test_a_pack_with_every_table_has_neither_errors_nor_warnings(root: Path) -> None:
    pack = load_pack(root)
    report = check_pack(pack)

    assert (report.errors, report.warnings) == ((), ())
    assert list(pack.outcomes) == ["private", "usual", "scam-signs", "nothing-special", "today"]
    assert pack.outcomes["private"].when == {"lender": ("private", "unknown")}
    assert list(pack.stages) == ["message", "visit"]
    assert pack.preparations["who-to-call"].link == "settings/#people"
    assert pack.drills["open-up"].good == "b"


def test_a_region_may_have_none_of_these_tables(tmp_path: Path) -> None:
    pack = load_pack(tiny_pack(tmp_path))

    tables = (pack.left_out, pack.questions, pack.outcomes, pack.stages, pack.preparations, pack.drills)
    assert not any(tables)


MODELS = {
    "an unknown group": ("assess.toml", 'group = "today"', 'group = "later"', "outcome › today › group: not-a-choice (allowed=expect, message, today; value=later)"),
    "one answer only": ("assess.toml", '["none", "pay-link"]', '["none"]', "question › message › answers: too-few-answers"),
    "an answer that hides the question": ("assess.toml", '["none", "pay-link"]', '["none", "ask"]', "question › message › answers: reserved-answer (value=ask)"),
    "an empty condition": ("assess.toml", '["private", "unknown"] }', "[] }", "outcome › private › when › lender: no-answer"),
    "a condition that is no list": ("assess.toml", '["private", "unknown"] }', '"private" }', "outcome › private › when › lender: not-a-list"),
    "a page that there is not": ("prepare.toml", "settings/#people", "https://example.org", "prepare › who-to-call › link: bad-page (value=https://example.org)"),
    "two places": ("prepare.toml", 'topic = "second"', 'topic = "second"\nflow = "family"', "prepare › papers: not-one-place"),
    "no place": ("prepare.toml", 'topic = "second"\n', "", "prepare › papers: not-one-place"),
    "a good answer that there is not": ("practice.toml", 'good = "b"', 'good = "c"', "drill › open-up › good: good-not-an-answer"),
    "an answer that hides the line": ("practice.toml", '["a", "b"]', '["b", "line"]', "drill › open-up › answers: reserved-answer (value=line)"),
    "an unknown table": ("escalation.toml", "[[stage]]", "[[step]]\n[[stage]]", "unknown-table (allowed=stage; key=step)"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "line"), MODELS.values(), ids=MODELS)
def test_a_fault_names_file_and_field(root: Path, path: str, old: str, new: str, line: str) -> None:
    edit(root, path, old, new)

    assert f"xa/{path}: {line}" in load_problems(root)


REFERENCES = {
    "source": ("topics.toml", '["S3"]', '["S3", "S9"]', "left_out › history › sources › #2: unknown-id (value=S9)"),
    "question": ("assess.toml", "{ lender = [", "{ who = [", "outcome › private › when › who: unknown-id (value=who)"),
    "answer": ("assess.toml", '["private", "unknown"]', '["private", "shop"]', "outcome › private › when › lender: not-a-choice (allowed=bank, private, unknown; value=shop)"),
    "outcome topic": ("assess.toml", 'topics = ["second"]', 'topics = ["x"]', "outcome › private › topics › #1: unknown-id (value=x)"),
    "outcome rule": ("assess.toml", 'rules = ["hours"]', 'rules = ["x"]', "outcome › private › rules › #1: unknown-id (value=x)"),
    "outcome say": ("assess.toml", 'say = ["who"]', 'say = ["x"]', "outcome › scam-signs › say › #1: unknown-id (value=x)"),
    "outcome contact": ("assess.toml", '["police"]', '["x"]', "outcome › scam-signs › contacts › #1: unknown-id (value=x)"),
    "stage rule": ("escalation.toml", 'rules = ["hours"]', 'rules = ["x"]', "stage › message › rules › #1: unknown-id (value=x)"),
    "stage topic": ("escalation.toml", 'topics = ["second"]', 'topics = ["x"]', "stage › message › topics › #1: unknown-id (value=x)"),
    "stage flow": ("escalation.toml", 'flow = "borrower"', 'flow = "x"', "stage › visit › flow: unknown-id (value=x)"),
    "prepare topic": ("prepare.toml", 'topic = "second"', 'topic = "x"', "prepare › papers › topic: unknown-id (value=x)"),
    "prepare flow": ("prepare.toml", 'flow = "family"', 'flow = "x"', "prepare › family-words › flow: unknown-id (value=x)"),
    "drill rule": ("practice.toml", 'rule = "two-staff"', 'rule = "x"', "drill › open-up › rule: unknown-id (value=x)"),
    "drill say": ("practice.toml", 'say = "leave"', 'say = "x"', "drill › open-up › say: unknown-id (value=x)"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "line"), REFERENCES.values(), ids=REFERENCES)
def test_a_reference_that_leads_nowhere_is_an_error(root: Path, path: str, old: str, new: str, line: str) -> None:
    edit(root, path, old, new)

    assert f"xa/{path}: {line}" in check_errors(root)


def test_the_required_keys_follow_from_the_tables(root: Path) -> None:
    pack = load_pack(root)
    keys = list_required_keys(pack)

    assert {
        "left-out.history",
        "assess.lender.ask",
        "assess.lender.private",
        "outcome.private.title",
        "outcome.private.text",
        "stage.visit.name",
        "stage.visit.what",
        "stage.visit.allowed",
        "stage.visit.ends",
        "prepare.papers.do",
        "drill.open-up.line",
        "drill.open-up.a",
        "drill.open-up.b.why",
    } <= keys.keys()
    assert (keys["drill.open-up.a"], keys["drill.open-up.b"]) == ("drill.bad", "drill.good")
    assert list_optional_keys(pack)["prepare.papers.more"] == "prepare.more"


@pytest.mark.parametrize("key", ["left-out.history", "assess.lender.ask", "outcome.today.text", "stage.visit.ends", "prepare.papers.do", "drill.open-up.line"])  # fmt: skip
def test_these_texts_stand_in_every_locale_but_are_not_read_at_the_door(root: Path, key: str) -> None:
    edit(root, "zh-Hans/strings.toml", f'"{key}"', f'"{key}x"')

    assert f"xa/zh-Hans/strings.toml: {key}: text-missing" in check_errors(root)
    assert not is_door_key(key)


@pytest.mark.parametrize(("key", "refused"), [("line", False), ("a", False), ("b", True), ("b.why", True)])
def test_only_pressure_and_wrong_answers_may_claim_what_the_pack_never_claims(
    root: Path, key: str, refused: bool
) -> None:
    """A person must hear the sentence that a collector uses; the advice itself still claims nothing."""
    set_string(root, "en", f"drill.open-up.{key}", "They are genuine.")
    confirm(root)

    assert any("genuine" in line for line in check_errors(root)) is refused


def test_a_question_that_changes_nothing_is_a_warning(root: Path) -> None:
    edit(root, "assess.toml", ', message = ["pay-link"]', "")

    assert check_warnings(root) == ["xa/assess.toml: question › message: question-unused"]


def test_a_sub_region_overrides_by_id(root: Path) -> None:
    child = root.parent / "xa-b"
    child.mkdir()
    (child / "pack.toml").write_text('id = "xa-b"\niso = "XA-B"\nparent = "xa"\n')
    (child / "assess.toml").write_text(
        '[[outcome]]\nid = "private"\nrules = []\nwhen = { message = ["none"] }\n[[outcome]]\nid = "scam-signs"\nremove = true\n'
    )
    (child / "prepare.toml").write_text('[[prepare]]\nid = "papers"\nreplace = true\nlink = "records/"\n')
    (child / "practice.toml").write_text('[[drill]]\nid = "open-up"\nremove = true\n')
    pack = load_pack(child)

    assert pack.outcomes["private"].when == {"lender": ("private", "unknown"), "message": ("none",)}
    assert (pack.outcomes["private"].topics, pack.outcomes["private"].rules) == (("second",), ())
    assert "scam-signs" not in pack.outcomes
    assert pack.preparations["papers"].link == "records/"
    assert not pack.drills
    assert "drill.open-up.line" not in pack.strings["en"]
    assert check_pack(pack).errors == ()


def test_a_fault_in_a_sub_region_names_its_file(root: Path) -> None:
    child = root.parent / "xa-b"
    child.mkdir()
    (child / "pack.toml").write_text('id = "xa-b"\niso = "XA-B"\nparent = "xa"\n')
    (child / "escalation.toml").write_text('[[stage]]\nid = "visit"\nrules = ["x"]\n')
    errors = [brief(problem) for problem in check_pack(load_pack(child)).errors]

    assert errors == ["xa-b/escalation.toml: stage › visit › rules › #1: unknown-id (value=x)"]


@pytest.mark.parametrize("path", ["assess.toml", "escalation.toml", "prepare.toml", "practice.toml"])
def test_each_table_may_be_missing_by_itself(root: Path, path: str) -> None:
    (root / path).unlink()

    assert load_problems(root) == []
