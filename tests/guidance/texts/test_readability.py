"""The report for editors: every topic in every language, the hardest ones named."""

from pathlib import Path

import pytest

from server.guidance.files.parse import load_pack
from server.guidance.texts.readability import WORST, make_reading_report
from tests.packs import append, edit, tiny_pack


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def test_each_locale_has_a_table_with_every_topic(root: Path) -> None:
    edit(root, "zh-Hans/topics/second.md", "Wait.", "等一等，别开门。深圳。")
    report = make_reading_report(load_pack(root))

    english, chinese = report.split("## zh-Hans")
    assert "| first-minute | 16 | 5.3 | 6 |" in english
    assert "| second | 1 | 1.0 | 1 |" in english
    assert "| second | 8 | 4.0 | 2.7 | 6 | 12.5% | 圳 |" in chinese
    assert report == make_reading_report(load_pack(root))


def test_at_most_five_topics_are_called_the_hardest(root: Path) -> None:
    hard = "Notwithstanding contractual obligations, unauthorised admission is impermissible."
    for number in range(6):
        append(root, "topics.toml", f'[[topic]]\nid = "t{number}"\nchecked_on = 2026-01-01\nreview_by = 2026-07-01\n')
        text = (root / "en" / "topics" / "second.md").read_text(encoding="utf-8")
        (root / "en" / "topics" / f"t{number}.md").write_text(text.replace("Wait.", hard), encoding="utf-8")
    line = next(
        line for line in make_reading_report(load_pack(root)).splitlines() if line.startswith("Hardest by grade")
    )

    assert line.count("(") == WORST
    assert line.startswith("Hardest by grade: t0 (")
    assert "first-minute" not in line


def test_a_language_without_a_measure_says_so(root: Path) -> None:
    edit(root, "pack.toml", 'tag = "en"', 'tag = "fr"')
    edit(root, "pack.toml", 'source_locale = "en"', 'source_locale = "fr"')
    edit(root, "pack.toml", 'fallback = "en"', 'fallback = "fr"')
    (root / "en").rename(root / "fr")

    assert "## fr\n\nNo measure for this language.\n" in make_reading_report(load_pack(root))
