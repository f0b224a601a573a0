"""Flask-Babel gives pages their language, texts, dates and numbers from the catalogues that releases use too."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask, render_template_string
from flask_babel import format_date, format_datetime, gettext, ngettext

import server.i18n
from server.i18n import load_translations
from server.request_language import add_babel, current_language

DAY = date(2027, 5, 21)


@pytest.fixture
def app():
    """A small application; `app.config["CHOSEN"]` is the language that the person has chosen."""
    app = Flask("server")
    add_babel(app, lambda: app.config.get("CHOSEN"))
    return app


@pytest.mark.parametrize(
    ("wanted", "chosen", "tag"),
    [
        ("zh-CN,en;q=0.5", None, "zh-Hans"),
        ("zh-TW", None, "en"),
        ("zh-CN", "en", "en"),
        ("zh-CN", "xx", "zh-Hans"),
        ("", None, "en"),
    ],
    ids=["browser", "other-script", "chosen", "chosen-unknown", "nothing"],
)
def test_the_persons_choice_goes_before_the_browsers(app, wanted, chosen, tag):
    app.config["CHOSEN"] = chosen

    with app.test_request_context(headers={"Accept-Language": wanted}):
        assert current_language() == tag


def test_texts_come_from_the_catalogue_that_releases_use(app):
    with app.test_request_context(headers={"Accept-Language": "zh-Hans"}):
        assert gettext("Why?") == load_translations("zh-Hans").gettext("Why?") == "为什么？"
        assert ngettext("Why?", "Why?", 2) == "Why?"  # no catalogue has it as a plural
        assert render_template_string('{{ _("Why?") }} {% trans %}Why?{% endtrans %}') == "为什么？ 为什么？"


def test_a_compiled_catalogue_is_never_read(app, tmp_path, monkeypatch):
    """A catalogue that was compiled before its source changed would show the words of yesterday."""
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    folder.joinpath("messages.po").write_text('msgid ""\nmsgstr ""\n\nmsgid "Yes"\nmsgstr "新"\n', "utf-8")
    folder.joinpath("messages.mo").write_bytes(b"not read")
    monkeypatch.setattr(server.i18n, "resource_folder", lambda _name: tmp_path)

    with app.test_request_context(headers={"Accept-Language": "zh-Hans"}):
        assert gettext("Yes") == "新"


@pytest.mark.parametrize(
    ("wanted", "day", "moment"),
    [("en", "May 21, 2027", "May 21, 2027, 3:04:05"), ("zh-Hans", "2027年5月21日", "2027年5月21日 03:04:05")],
    ids=["en", "zh-Hans"],
)
def test_dates_are_written_as_the_reader_writes_them_and_times_are_utc(app, wanted, day, moment):
    with app.test_request_context(headers={"Accept-Language": wanted}):
        assert format_date(DAY) == render_template_string("{{ day | dateformat }}", day=DAY) == day
        assert format_datetime(datetime(2027, 5, 21, 3, 4, 5, tzinfo=UTC)).startswith(moment)


def test_a_name_that_a_template_lacks_is_an_error(app):
    with app.test_request_context(), pytest.raises(Exception, match="'absent' is undefined"):
        render_template_string("{{ absent }}")
