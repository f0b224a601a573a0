"""How pages are rendered, whatever they say."""

import pytest
from babel.support import NullTranslations
from jinja2 import Environment

from server.i18n import load_translations
from server.publish.rendering.render import make_environment
from tests.serving import ROOT


def test_a_template_is_compiled_once_for_all_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling templates took most of the time of a small publish."""
    make_environment(NullTranslations()).get_template("pages/door.html")
    monkeypatch.setattr(Environment, "_parse", None)  # a compilation would call it

    chinese = make_environment(load_translations("zh-Hans", ROOT / "translations"))

    assert chinese.get_template("pages/door.html").environment is chinese
