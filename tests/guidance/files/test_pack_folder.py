"""Reading a folder that may be hostile or broken."""

import os
from pathlib import Path

import pytest

from server.guidance.files import pack_folder
from tests.packs import load_problems, tiny_pack


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def test_a_symbolic_link_is_refused(root: Path, tmp_path: Path) -> None:
    """A pack must not be able to publish a file from elsewhere on the server."""
    secret = tmp_path / "secret.md"
    secret.write_text("+++\n+++\n")
    (root / "en" / "topics" / "second.md").unlink()
    (root / "en" / "topics" / "second.md").symlink_to(secret)

    assert load_problems(root) == ["xa/en/topics/second.md: symbolic-link"]


def test_a_linked_folder_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "fr").symlink_to(tmp_path / "elsewhere")

    assert load_problems(root) == ["xa/fr: symbolic-link"]


def test_text_that_is_not_utf_8_names_the_byte(root: Path) -> None:
    (root / "topics.toml").write_bytes("# 中文".encode("gbk"))

    assert load_problems(root) == ["xa/topics.toml: not-utf8 (byte=2)"]


def test_an_empty_file_is_refused(root: Path) -> None:
    (root / "topics.toml").write_bytes(b" \n")

    assert load_problems(root) == ["xa/topics.toml: empty-file"]


def test_a_file_over_one_mebibyte_is_refused(root: Path) -> None:
    (root / "topics.toml").write_bytes(b"#" * ((1 << 20) + 1))

    assert load_problems(root) == ["xa/topics.toml: too-large (limit=1)"]


def test_a_pack_that_is_too_large_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack_folder, "MAX_PACK_BYTES", 2000)

    assert "xa: too-large (limit=0)" in load_problems(root)


def test_a_misspelt_file_is_refused(root: Path) -> None:
    """Otherwise its texts would be missing without a word."""
    (root / "en" / "strings.toml").rename(root / "en" / "string.toml")

    lines = load_problems(root)

    assert any(line.startswith("xa/en/string.toml: unknown-file") for line in lines)
    assert "xa/en/strings.toml: missing-file" in lines


def test_a_folder_in_place_of_a_file_is_refused(root: Path) -> None:
    (root / "sources.toml").unlink()
    (root / "sources.toml").mkdir()

    assert "xa/sources.toml: missing-file" in load_problems(root)


def test_a_pipe_is_refused_and_does_not_block(root: Path) -> None:
    (root / "topics.toml").unlink()
    os.mkfifo(root / "topics.toml")

    assert load_problems(root) == ["xa/topics.toml: not-a-regular-file"]


def test_a_pack_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "xz: missing-folder" in load_problems(tmp_path / "xz")


def test_pictures_hidden_files_and_a_readme_are_left_alone(root: Path) -> None:
    (root / "en" / "screenshots").mkdir()
    (root / "en" / "screenshots" / "now@320x568.png").write_bytes(b"\x89PNG")
    (root / ".DS_Store").write_bytes(b"\x00")
    (root / "README.md").write_text("About this pack.")

    assert load_problems(root) == []


def test_a_byte_order_mark_and_windows_lines_are_no_fault(root: Path) -> None:
    """NGO staff edit these files with whatever is on the laptop."""
    path = root / "en" / "topics" / "second.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert load_problems(root) == []


def test_a_control_character_in_a_topic_is_refused(root: Path) -> None:
    path = root / "en" / "topics" / "second.md"
    path.write_text(path.read_text() + "a\x00b")

    assert load_problems(root) == ["xa/en/topics/second.md: line 10: control-character"]


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 20000, "a = " + "{a=" * 20000, ".".join(["a"] * 200_000) + " = 1", ".".join(["a"] * 500) + " = 1"],
    ids=["arrays", "tables", "very many dots", "many dots"],
)
def test_deep_nesting_is_refused_quickly(root: Path, text: str) -> None:
    (root / "topics.toml").write_text(text)

    (line,) = load_problems(root)

    assert line.startswith("xa/topics.toml: ")
