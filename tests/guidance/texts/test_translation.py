"""Staleness is computed: each translated text carries the digest of the words it was made from."""

from pathlib import Path

import pytest

from server.errors import DataFolderError
from server.guidance.files.confirm import build_made_from, format_made_from, write_made_from
from server.guidance.files.parse import load_pack
from server.guidance.texts.text import hash_source_text
from server.guidance.texts.translation import list_stale_keys
from tests.packs import check_errors, check_warnings, confirm, edit, set_string, tiny_pack


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def test_a_changed_source_text_makes_its_translation_stale(root: Path) -> None:
    set_string(root, "en", "say.leave", "Other words")

    assert check_errors(root) == []
    assert check_warnings(root) == ["xa/zh-Hans/strings.toml: say.leave: stale"]
    assert list_stale_keys(load_pack(root), "zh-Hans") == ["say.leave"]


def test_a_changed_topic_makes_its_translation_stale(root: Path) -> None:
    edit(root, "en/topics/second.md", "Wait.\n", "Wait longer.\n")

    assert check_warnings(root) == ["xa/zh-Hans/topics/second.md: stale"]


def test_a_translation_of_unknown_origin_is_an_error(root: Path) -> None:
    edit(root, "zh-Hans/made_from.toml", '"topics/second"', '"topics/other"')

    assert check_errors(root) == ["xa/zh-Hans/made_from.toml: topics/second: origin-missing"]
    assert check_warnings(root) == ["xa/zh-Hans/made_from.toml: topics/other: origin-without-text"]


def test_without_made_from_every_text_is_an_error(root: Path) -> None:
    (root / "zh-Hans" / "made_from.toml").unlink()

    errors = check_errors(root)

    assert len(errors) == len(load_pack(root).strings["zh-Hans"]) + 2
    assert all(line.startswith("xa/zh-Hans/made_from.toml: ") for line in errors)


def test_an_optional_text_that_is_not_translated_is_a_warning(root: Path) -> None:
    set_string(root, "en", "flow.borrower.stop.more", "Why this helps")

    assert check_warnings(root) == ["xa/zh-Hans/strings.toml: flow.borrower.stop.more: not-translated"]


def test_the_source_locale_has_no_original(root: Path) -> None:
    (root / "en" / "made_from.toml").write_text('[made_from]\n"say.who" = "0123456789abcdef"\n')

    assert check_warnings(root) == ["xa/en/made_from.toml: source-locale-has-origin"]


def test_how_to_pronounce_is_made_from_the_spoken_sentence(tmp_path: Path) -> None:
    """When the spoken sentence changes, its transcription is stale, whatever the source locale says."""
    root = tiny_pack(tmp_path)
    for old, new in (('source_locale = "en"', 'source_locale = "zh-Hans"'),):
        edit(root, "pack.toml", old, new)
    (root / "zh-Hans" / "made_from.toml").unlink()
    set_string(root, "en", "say.who.read", "shei ya")
    confirm(root)
    assert check_warnings(root) == []

    set_string(root, "zh-Hans", "say.who", "哪位")

    assert list_stale_keys(load_pack(root), "en") == ["say.who", "say.who.read"]


def test_confirming_notes_the_digest_of_the_present_source(root: Path) -> None:
    pack = load_pack(root)
    noted = build_made_from(pack, "zh-Hans")

    assert noted["say.who"] == hash_source_text(pack.strings["en"]["say.who"])
    assert noted["topics/second"] == hash_source_text(pack.topic_texts["en"]["second"].raw)
    assert hash_source_text("abc") == "ba7816bf8f01cfea"


def test_confirming_some_keys_leaves_the_others_stale(root: Path) -> None:
    set_string(root, "en", "say.leave", "Other words")
    set_string(root, "en", "say.who", "Other words")
    write_made_from(root / "zh-Hans" / "made_from.toml", build_made_from(load_pack(root), "zh-Hans", only={"say.who"}))

    assert list_stale_keys(load_pack(root), "zh-Hans") == ["say.leave"]


def test_equal_mappings_give_equal_files(tmp_path: Path) -> None:
    path = tmp_path / "made_from.toml"
    write_made_from(path, {"b.x": "0123456789abcdef", "a.x": "fedcba9876543210"})

    assert path.read_text() == '[made_from]\n"a.x" = "fedcba9876543210"\n"b.x" = "0123456789abcdef"\n'
    assert [one.name for one in tmp_path.iterdir()] == ["made_from.toml"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "made_from.toml"
    path.write_text("old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))

    with pytest.raises(DataFolderError, match="No space"):
        write_made_from(path, {"a": "0123456789abcdef"})

    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["made_from.toml"]


@pytest.mark.parametrize("mapping", [{'a"b': "0123456789abcdef"}, {"a": "xyz"}, {"a\nb": "0123456789abcdef"}])
def test_a_key_that_would_break_the_file_is_refused(mapping: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not a key with a digest"):
        format_made_from(mapping)
