"""Warn of a sentence to say that does not fit the screen of an old phone, where it is held up to the peephole.

Its panel shows it large in the language spoken at the door and, for readers of another one, how it is pronounced and what
it means. How much fits was measured: 320×568 CSS pixels, text of the usual size, the widest fonts. The panel takes 88
Chinese characters or 133 Latin letters large and nothing else; 48 with a meaning of 259 letters; 36 with 119 letters of
pronunciation and 194 of meaning. The limits are a little lower, for lines that break early.
`e2e/visit/test_first_screen.py` measures that what is let pass fits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from server.guidance.model.pack import Pack
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem

# What fills the panel alone, in units of width: a full-width character takes 3, any other 2.
CAPACITY_SPOKEN = 255
CAPACITY_READ = 860
CAPACITY_MEANING = 1000


def find_length_warnings(pack: Pack, locale: str) -> Iterator[Problem]:
    """Yield each sentence to say that readers of a locale would have to scroll."""
    for say in pack.says:
        key = f"say.{say}"
        share = compute_panel_share(pack, locale, key)
        if share > 1 and key in pack.strings[locale]:
            file = pack.find_file_of_entry(f"{locale}:{key}", f"{locale}/strings.toml")
            yield Problem(Code.TOO_LONG_AT_DOOR, file, (key,), {"percent": round((share - 1) * 100) or 1})


def compute_panel_share(pack: Pack, locale: str, key: str) -> float:
    """Return how much of its panel a sentence fills for readers of a locale; more than 1 must be scrolled."""
    share = measure_width(pack.strings.get(pack.spoken_locale, {}).get(key, "")) / CAPACITY_SPOKEN
    if locale == pack.spoken_locale:
        return share
    own = pack.strings[locale]
    share += measure_width(own.get(f"{key}.read", "")) / CAPACITY_READ
    return share + measure_width(own.get(key, "")) / CAPACITY_MEANING


def measure_width(text: str) -> int:
    """Return the width of a text in units; combining marks take none."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    marks = sum(unicodedata.combining(one) > 0 for one in text)
    return 2 * (len(text) - marks) + wide
