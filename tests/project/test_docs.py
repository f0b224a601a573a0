"""The tables in docs/ are what the commands print from the pack as it is now."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli.main import cli
from server.guidance.files.parse import load_pack

ROOT = Path(__file__).resolve().parents[2]
TABLES = {
    "coverage-cn.en.md": ("pack", "coverage", "cn", "en"),
    "coverage-cn.zh-Hans.md": ("pack", "coverage", "cn", "zh-Hans"),
    "reading-cn.md": ("pack", "reading", "cn"),
}
# The numbers of the claims that were collected before the first topic was written.
CLAIMS = 118


@pytest.mark.parametrize("name", TABLES)
def test_a_committed_table_is_what_the_command_prints_now(name):
    printed = CliRunner().invoke(cli, TABLES[name])
    assert printed.exit_code == 0, printed.output

    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")

    # Not `committed == printed`: the difference of two long tables would hide the one line that helps.
    is_current = committed == printed.stdout
    assert is_current, (
        f"docs/{name} is older than the pack: `make docs` (doorwise {' '.join(TABLES[name])}) rewrites it"
    )


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_every_source_has_its_line(locale):
    lines = (ROOT / "docs" / f"coverage-cn.{locale}.md").read_text(encoding="utf-8").splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    told = {row[0] for row in rows if all(row)}

    assert [f"S{number}" for number in range(1, CLAIMS + 1) if f"S{number}" not in told] == []
    assert set(load_pack(ROOT / "server" / "packs" / "cn").sources) - told == set()


def test_every_topic_is_measured_in_every_language():
    parts = (ROOT / "docs" / "reading-cn.md").read_text(encoding="utf-8").split("\n## ")[1:]
    pack = load_pack(ROOT / "server" / "packs" / "cn")

    assert [part.partition("\n")[0] for part in parts] == list(pack.locales)
    for part in parts:
        assert [topic for topic in pack.topics if f"\n| {topic} |" not in part] == []
