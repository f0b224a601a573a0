"""A sentence to say that does not fit the screen of a small phone is a warning; how much fits is measured in e2e/visit."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.checks.door_length import measure_width
from server.guidance.files.parse import load_pack
from tests.packs import check_warnings, confirm, set_string, tiny_pack
from tests.publishing import ROOT


@pytest.mark.parametrize(
    ("spoken", "read", "meaning", "expected"),
    [
        ("请" * 88, "", "a", ["en", "zh-Hans"]),
        ("请" * 36, "p" * 100, "m" * 160, []),
        ("请" * 36, "p" * 100, "m" * 250, ["en"]),
        ("请" * 36, "p" * 200, "m" * 160, ["en"]),
        ("请" * 120, "", "m", ["en", "zh-Hans"]),
        ("a" * 120, "", "", []),
    ],
)
def test_all_that_a_panel_shows_must_fit_it(tmp_path: Path, spoken, read, meaning, expected):
    root = tiny_pack(tmp_path)
    pack = load_pack(root)
    other = next(tag for tag in pack.locales if tag != pack.spoken_locale)
    set_string(root, pack.spoken_locale, "say.who", spoken)
    set_string(root, other, "say.who", meaning or "m")
    if read:
        set_string(root, other, "say.who.read", read)
    confirm(root)

    found = [line for line in check_warnings(root) if "too-long-at-door" in line]

    tags = {"zh-Hans": pack.spoken_locale, "en": other}
    assert sorted(line.split("/")[1] for line in found) == sorted(tags[one] for one in expected)
    assert all(": say.who: too-long-at-door (percent=" in line for line in found)


@pytest.mark.parametrize(("text", "width"), [("请进。", 9), ("abc", 6), ("a\u0301b", 4), ("", 0), ("１ ", 5)])
def test_a_wide_character_takes_half_as_much_again(text, width):
    assert measure_width(text) == width


def test_the_shipped_sentences_fit():
    warnings = check_pack(load_pack(ROOT / "server" / "packs" / "cn")).warnings

    assert [one for one in warnings if one.code == "too-long-at-door"] == []
