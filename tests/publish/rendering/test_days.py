"""Days are written in one place, and however they are written, the script compares ISO dates."""

import datetime
import re
from pathlib import Path

import pytest

from server.guidance.files.parse import load_pack
from server.i18n import load_translations
from server.publish.assets import load_assets
from server.publish.rendering import render
from server.publish.rendering.compile import Operator, compile_locale
from tests.packs import tiny_pack
from tests.serving import ROOT

ISO_DAY = r"20[0-9]{2}-[01][0-9]-[0-3][0-9]"
REVIEW_BY = re.compile(r'data-review-by="([^"]*)"')


def test_another_way_to_write_days_leaves_the_overdue_mark_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "format_day", lambda day: f"{day.day}/{day.month}/{day.year}")
    compiled = compile_locale(
        load_pack(tiny_pack(tmp_path)),
        "en",
        assets=load_assets(ROOT / "static"),
        translations=load_translations("en", ROOT / "translations"),
        operator=Operator(),
    )
    pages = [body.decode() for body, media_type in compiled.bodies.values() if media_type.startswith("text/html")]

    marks = [mark for page in pages for mark in REVIEW_BY.findall(page)]
    shown = [REVIEW_BY.sub("", page) for page in pages]

    assert {datetime.date.fromisoformat(mark) for mark in marks} == {datetime.date(2026, 7, 1)}
    assert [re.findall(ISO_DAY, page) for page in shown if re.search(ISO_DAY, page)] == []
    assert any("1/7/2026" in page for page in shown)
