"""A sub-region over its parent, and an editor's changes over a shipped pack: one mechanism."""

from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.pack_folder import Layer
from server.guidance.files.parse import load_pack
from tests.packs import append, check_errors, confirm, edit, load_problems, tiny_pack
from tests.problems import brief


@pytest.fixture
def child(tmp_path: Path) -> Path:
    """A sub-region that says only what differs."""
    tiny_pack(tmp_path)
    root = tmp_path / "xa-b"
    root.mkdir()
    (root / "pack.toml").write_text(
        'id = "xa-b"\niso = "XA-B"\nparent = "xa"\n'
        '[recording]\nconsent = "all-parties"\nmust_announce = "yes"\nsecret_is_crime = "yes"\ndefault = "announce-first"\n'
    )
    return root


def test_a_sub_region_overrides_only_what_it_says(child: Path) -> None:
    pack = load_pack(child)

    assert (pack.id, pack.parent, pack.currency) == ("xa-b", "xa", "XTS")
    assert (pack.recording.consent, pack.recording.default) == ("all-parties", "announce-first")
    assert list(pack.checks) == ["two-staff", "ids"]
    assert check_pack(pack).errors == ()


def test_a_sub_region_changes_one_field_of_one_entry(child: Path) -> None:
    (child / "visit.toml").write_text('[[check]]\nid = "ids"\nseverity = "police"\n')
    pack = load_pack(child)

    assert pack.checks["ids"].severity == "police"
    assert pack.checks["ids"].hours == "collection"


def test_a_removed_entry_takes_its_texts_with_it(child: Path) -> None:
    """The parent's strings about it are not leftovers that somebody must clear up."""
    (child / "visit.toml").write_text('[[check]]\nid = "two-staff"\nremove = true\n')
    pack = load_pack(child)

    assert list(pack.checks) == ["ids"]
    assert "check.two-staff.ask" not in pack.strings["en"]
    assert check_pack(pack).errors == ()


def test_a_removed_topic_takes_its_text_with_it(child: Path) -> None:
    (child / "topics.toml").write_text('[[topic]]\nid = "first-minute"\nremove = true\n')
    pack = load_pack(child)

    assert list(pack.topic_texts["en"]) == ["second"]
    assert check_pack(pack).errors == ()


def test_steps_merge_by_id_inside_a_flow(child: Path) -> None:
    (child / "visit.toml").write_text(
        '[[flow]]\nid = "borrower"\n[[flow.step]]\nid = "end"\nnever = []\n[[flow.step]]\nid = "stop"\nremove = true\n'
    )
    steps = load_pack(child).flows["borrower"].steps

    assert [step.id for step in steps] == ["end"]
    assert steps[0].never == ()
    assert steps[0].contacts == ("police", "police-text")


MARKED_STEP = '[[flow]]\nid = "borrower"\n[[flow.step]]\nid = "gone"\n{mark} = true\n'


@pytest.mark.parametrize("mark", ["remove", "replace"])
def test_a_mark_inside_an_entry_needs_something_below_too(child: Path, mark: str) -> None:
    (child / "visit.toml").write_text(MARKED_STEP.format(mark=mark))

    assert load_problems(child) == [f"xa-b/visit.toml: flow › borrower › step › gone › {mark}: nothing-below"]


def test_a_mark_inside_a_new_entry_is_refused_in_the_same_words(child: Path) -> None:
    (child / "visit.toml").write_text(MARKED_STEP.format(mark="remove").replace('"borrower"', '"new"\npath = "new"'))

    assert load_problems(child) == ["xa-b/visit.toml: flow › new › step › gone › remove: nothing-below"]


def test_an_edit_may_remove_a_step_that_the_parent_has_dropped(child: Path) -> None:
    edits = {"xa-b": Layer("xa-b", {"visit.toml": MARKED_STEP.format(mark="remove")}, edits=True)}

    assert [step.id for step in load_pack(child, edits=edits).flows["borrower"].steps] == ["stop", "end"]


def test_replace_forgets_the_entry_below(child: Path) -> None:
    (child / "visit.toml").write_text(
        '[[flow]]\nid = "borrower"\nreplace = true\npath = ""\n[[flow.step]]\nid = "only"\n'
    )
    flow = load_pack(child).flows["borrower"]

    assert [step.id for step in flow.steps] == ["only"]
    assert flow.dangers == ()


def test_a_fault_names_the_layer_it_stands_in(child: Path) -> None:
    (child / "visit.toml").write_text('[[check]]\nid = "ids"\nseverity = "worse"\n')
    edit(child.parent / "xa", "visit.toml", 'bad = "yes"', 'bad = "maybe"')

    assert load_problems(child) == [
        "xa/visit.toml: check › ids › bad: not-a-choice (allowed=yes, no; value=maybe)",
        "xa-b/visit.toml: check › ids › severity: not-a-choice (allowed=complain, caution, stop, police; value=worse)",
    ]


def test_a_circle_of_parents_is_refused(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    tiny_pack(tmp_path / "other").rename(tmp_path / "xb")
    edit(root, "pack.toml", 'iso = "XA"', 'iso = "XA"\nparent = "xb"')
    edit(tmp_path / "xb", "pack.toml", 'iso = "XA"', 'iso = "XB"\nparent = "xa"')

    assert "xb/pack.toml: parent: parent-circle" in load_problems(root)


def test_a_long_line_of_parents_is_refused(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    edit(root, "pack.toml", 'iso = "XA"', 'iso = "XA"\nparent = "xb"')
    for one, parent in zip("bcdefg", "cdefgh", strict=True):
        (tmp_path / f"x{one}").mkdir()
        (tmp_path / f"x{one}" / "pack.toml").write_text(f'parent = "x{parent}"\n')
    (tmp_path / "xh").mkdir()

    assert "xe/pack.toml: parent: too-many-parents (limit=4)" in load_problems(root)


def test_a_country_borrows_nothing_from_another(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    tiny_pack(tmp_path / "other").rename(tmp_path / "xb")
    edit(tmp_path / "xb", "pack.toml", 'id = "xa"', 'id = "xb"')
    edit(root, "pack.toml", 'iso = "XA"', 'iso = "XA"\nparent = "xb"')

    assert check_errors(root) == ["xa/pack.toml: parent: parent-not-above (value=xb)"]


def test_edits_are_laid_over_the_shipped_pack(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path / "packs")
    layer = Layer("xa", {"en/strings.toml": '[strings]\n"region.name" = "Changed"\n'}, edits=True)
    pack = load_pack(root, edits={"xa": layer})

    assert pack.strings["en"]["region.name"] == "Changed"
    assert pack.strings["en"]["say.who"] == "say who"
    # The translation was made from the shipped words: it is stale now, and says so.
    stale = [brief(problem) for problem in check_pack(pack).warnings]
    assert stale == ["xa/zh-Hans/strings.toml: region.name: stale"]


def test_a_fault_in_an_edit_names_the_edit(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path / "packs")
    layer = Layer("edits/xa", {"en/topics/second.md": "no front matter"}, edits=True)

    assert load_problems(root, edits={"xa": layer}) == [
        "edits/xa/en/topics/second.md: line 1: no-front-matter (fence=+++)"
    ]


def test_an_edit_that_removes_a_say_in_use_is_found(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path / "packs")
    layer = Layer("xa", {"visit.toml": '[[say]]\nid = "leave"\nremove = true\n'}, edits=True)
    errors = [brief(problem) for problem in check_pack(load_pack(root, edits={"xa": layer})).errors]

    assert "xa/visit.toml: verdict › stop: unknown-id (value=leave)" in errors


def test_a_sub_region_may_add_texts_of_its_own(child: Path) -> None:
    (child / "visit.toml").write_text('[[say]]\nid = "local"\n')
    for tag in ("en", "zh-Hans"):
        (child / tag).mkdir()
        (child / tag / "strings.toml").write_text("[strings]\n")
        append(child, f"{tag}/strings.toml", '"say.local" = "a sentence"\n')
    confirm(child)

    assert check_errors(child) == []


def test_a_sub_region_removes_a_text_and_a_topic(child: Path) -> None:
    append(child.parent / "xa", "en/strings.toml", '"flow.borrower.stop.more" = "Only in the south"\n')
    (child / "topics.toml").write_text(
        '[[topic]]\nid = "second"\nremove = true\n[[topic]]\nid = "first-minute"\nrelated = []\n'
    )
    (child / "en" / "topics").mkdir(parents=True)
    (child / "en" / "strings.toml").write_text('remove = ["flow.borrower.stop.more"]\n[strings]\n')
    (child / "en" / "topics" / "second.md").write_text("+++\nremove = true\n+++\n")

    pack = load_pack(child)

    assert "flow.borrower.stop.more" not in pack.strings["en"]
    assert list(pack.topic_texts["en"]) == ["first-minute"]


def test_a_verdict_can_be_said_anew(child: Path) -> None:
    (child / "visit.toml").write_text('[verdict]\nreplace = true\nstart = "leave"\n')

    assert [line for line in load_problems(child) if "verdict" in line] == [
        f"xa-b/visit.toml: verdict › {name}: required" for name in ("no-warning-yet", "caution", "stop", "police")
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "en/strings.toml",
            'remove = ["say.nobody"]\n[strings]\n',
            "xa-b/en/strings.toml: no-text-to-remove (key=say.nobody)",
        ),
        (
            "en/strings.toml",
            'remove = "say.who"\n[strings]\n',
            "xa-b/en/strings.toml: remove-not-a-list",
        ),
        (
            "en/topics/nothing.md",
            "+++\nremove = true\n+++\n",
            "xa-b/en/topics/nothing.md: remove: unknown-field (allowed=title, summary, do, never, words)",
        ),
        (
            "pack.toml",
            'replace = true\nid = "xa-b"\niso = "XA-B"\nparent = "xa"\n',
            "xa-b/pack.toml: replace: unknown-field",
        ),
    ],
    ids=["text", "no-list", "topic", "head"],
)
def test_a_folder_removes_only_what_is_there(child: Path, path: str, text: str, expected: str) -> None:
    """In edits it is no fault, for an upgrade may have dropped it; in a folder it is a typing mistake."""
    (child / path).parent.mkdir(parents=True, exist_ok=True)
    (child / path).write_text(text)

    assert any(line.startswith(expected) for line in load_problems(child)), load_problems(child)
