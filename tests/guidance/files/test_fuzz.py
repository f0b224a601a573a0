"""Whatever the files hold, loading gives a pack or PackErrors, and checking gives a report."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.parse import load_pack
from server.guidance.problems.problem import PackErrors
from tests.packs import tiny_pack, with_tables

PATHS = (
    "pack.toml",
    "sources.toml",
    "contacts.toml",
    "visit.toml",
    "topics.toml",
    "assess.toml",
    "prepare.toml",
    "practice.toml",
    "en/strings.toml",
    "zh-Hans/made_from.toml",
    "en/topics/second.md",
)
FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
TOML_PIECES = st.sampled_from(
    [
        "[", "]", "[[check]]", "[[say]]", "{", "}", "=", '"', "'", "'''", '"""', "\n", ".", ",", "#", "+++", "a", "id",
        "id = 1", 'id = "x"', "remove = true", "replace = true", "true", "1e999", "nan", "-0", "0x" + "f" * 5000, "9" * 5000,
        "2026-02-30", "1979-05-27T07:32:00Z", "00:00:60", "\\u0000", "\\uD800", "\x00", "\x7f", "\u202e", "😀", "{contact:}",
        "{contact:police}", "{src:,}", "[a](topic:)", "[strings]", "[made_from]", "[[source.cite]]", "[[outcome]]", "[[drill]]", "when = { x = [] }", "[recording]", "parent = 'xa'",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield with_tables(tiny_pack(Path(folder)))


def survives(root: Path, path: str, data: bytes) -> None:
    """Put `data` in place of a file; the pack loads, or is refused in words of one line each."""
    before = (root / path).read_bytes()
    (root / path).write_bytes(data)
    try:
        report = check_pack(load_pack(root))
        problems = report.errors + report.warnings
    except PackErrors as error:
        problems = error.problems
        assert problems
    finally:
        (root / path).write_bytes(before)
    for problem in problems:
        assert "\n" not in str(problem)
        assert len(str(problem)) < 1000


@FUZZ
@given(path=st.sampled_from(PATHS), data=st.binary(max_size=300))
def test_random_bytes_are_refused_and_never_crash(root: Path, path: str, data: bytes) -> None:
    survives(root, path, data)


@FUZZ
@given(path=st.sampled_from(PATHS), pieces=st.lists(TOML_PIECES, max_size=30))
def test_random_toml_is_refused_and_never_crashes(root: Path, path: str, pieces: list[str]) -> None:
    survives(root, path, "".join(pieces).encode("utf-8", "surrogatepass"))


@FUZZ
@given(
    path=st.sampled_from(PATHS), at=st.floats(0, 1), cut=st.integers(0, 40), pieces=st.lists(TOML_PIECES, max_size=4)
)
def test_a_damaged_file_is_refused_and_never_crashes(
    root: Path, path: str, at: float, cut: int, pieces: list[str]
) -> None:
    data = (root / path).read_bytes()
    start = int(at * len(data))
    survives(root, path, data[:start] + "".join(pieces).encode("utf-8", "surrogatepass") + data[start + cut :])


@FUZZ
@given(key=st.text(max_size=40), text=st.text(max_size=200))
def test_any_words_under_any_key_are_survived(root: Path, key: str, text: str) -> None:
    def quoted(words: str) -> str:
        escaped = "".join(f"\\U{ord(ch):08X}" for ch in words if not 0xD800 <= ord(ch) <= 0xDFFF)
        return f'"{escaped}"'

    data = (root / "en" / "strings.toml").read_text() + f"{quoted(key)} = {quoted(text)}\n"
    survives(root, "en/strings.toml", data.encode())


@FUZZ
@given(body=st.text(alphabet="{}:[]()!,#\n abcsrc110楼点：８", max_size=200))
def test_any_markdown_is_survived(root: Path, body: str) -> None:
    head = (root / "en" / "topics" / "second.md").read_text().split("Wait.")[0]
    survives(root, "en/topics/second.md", (head + body).encode())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"", b"a" * (1 << 20), b"[" * (1 << 19), b"[a]\n" * 2, b"a.b=1\na.b.c=1"], ids=range(6)
)
def test_the_classic_broken_files_are_refused(root: Path, path: str, data: bytes) -> None:
    survives(root, path, data)
