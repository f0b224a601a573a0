"""The reader's language, texts, dates and numbers of what is rendered in a request, through Flask-Babel.

Pages of a release are rendered when it is published, outside of any request: they use `server.i18n` alone.
"""

from __future__ import annotations

from collections.abc import Callable

from babel import Locale, UnknownLocaleError
from babel.support import NullTranslations
from flask import Flask, current_app, g, request
from flask_babel import Babel, Domain

from server.i18n import find_best_match, list_catalogue_locales, load_translations
from server.publish.rendering.render import TEMPLATE_OPTIONS


class Catalogues(Domain):
    """The catalogues that releases use too. Flask-Babel would read compiled ones, which can fall behind their source."""

    def get_translations(self) -> NullTranslations:
        """Return the texts for this request; overrides the search for `.mo` files."""
        return load_translations(current_language())


def add_babel(app: Flask, choose_language: Callable[[], str | None]) -> None:
    """Set up Flask-Babel. Times are shown in UTC, which is Flask-Babel's default.

    Args:
        app: The application; its templates get `TEMPLATE_OPTIONS`, as those of a release do.
        choose_language: Returns the tag that the person chose for this page, None when the browser's wish decides.
    """
    app.jinja_options = dict(TEMPLATE_OPTIONS)  # before Flask-Babel, which makes the environment

    def select_locale() -> str:
        """Return the locale of dates and numbers: English where Babel does not know those of a catalogue's language."""
        try:
            return str(Locale.parse(current_language(), sep="-"))
        except UnknownLocaleError:
            return "en"

    app.extensions["doorwise-language"] = choose_language
    Babel(app, locale_selector=select_locale).domain_instance = Catalogues()


def current_language() -> str:
    """Return the language tag (BCP 47) of the page that is being rendered."""
    if "language" not in g:
        known = list_catalogue_locales()
        chosen = current_app.extensions["doorwise-language"]()
        g.language = chosen if chosen in known else find_best_match(request.accept_languages, known) or known[0]
    return str(g.language)
