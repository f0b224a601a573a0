"""Interface texts: catalogues read straight from the PO files, and the choice of a language.

The catalogues are compiled in memory at start, so that no compiled copy can fall behind its source, and without Flask,
because the public pages are rendered at publish time, outside any request. `server.request_language` gives the same
catalogues to Flask-Babel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations
from werkzeug.datastructures import LanguageAccept

from server.errors import AppError
from server.resources import resource_folder

# The language that the msgids are written in.
SOURCE = "en"
# A comment, or a string after one of gettext's keywords. Babel cuts off a string without an end instead of refusing it.
_PO_LINE = re.compile(r'|#.*|(?:msg(?:ctxt|id|id_plural|str(?:\[\d\])?)\s+)?"(?:[^"\\]|\\.)*"')


def N_(text: str) -> str:
    """Return `text`, marked for the catalogue; it is translated when it is shown."""
    return text


class CatalogueBroken(AppError):
    """A catalogue cannot be read; the message names the file and the line."""

    code = "catalogue"

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}, line {line}: {reason}")
        self.line = line


@cache
def load_catalogue(folder: Path) -> Translations:
    """Return the translations in `<folder>/LC_MESSAGES/messages.po`.

    Raises:
        FileNotFoundError: There is no such catalogue.
        CatalogueBroken: It is no PO file in UTF-8.
    """
    path = folder / "LC_MESSAGES" / "messages.po"
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(path.read_bytes(), str(path)))
    compiled.seek(0)
    return Translations(compiled)


def read_catalogue(data: bytes, name: str) -> Catalog:
    """Return the catalogue in a PO file's bytes; `name` is the name of the file in messages.

    Raises:
        CatalogueBroken: It is no PO file in UTF-8.
    """
    lines = []
    for number, part in enumerate(data.splitlines(), 1):
        line = part.decode("utf-8", errors="replace").strip()
        if "\N{REPLACEMENT CHARACTER}" in line or not _PO_LINE.fullmatch(line):
            raise CatalogueBroken(name, number, "not a line of a PO file in UTF-8")
        lines.append(line)
    try:
        return read_po(lines, abort_invalid=True)
    except PoFileError as error:  # counts lines from 0, in its words too
        reason = str(error).removesuffix(f" on {error.lineno}")
        raise CatalogueBroken(name, error.lineno + 1, reason) from error


def list_catalogue_locales(root: Path | None = None) -> list[str]:
    """Return the tags of the languages of the interface, the source language first."""
    folder = root or resource_folder("translations")
    found = sorted(path.parent.parent.name.replace("_", "-") for path in folder.glob("*/LC_MESSAGES/messages.po"))
    return [SOURCE, *(tag for tag in found if tag != SOURCE)]


def load_translations(tag: str, root: Path | None = None) -> NullTranslations:
    """Return the interface texts for the language tag `tag`, the source texts when no catalogue fits."""
    folder = root or resource_folder("translations")
    match = _find_closest(tag, list_catalogue_locales(folder))
    if match is None or match == SOURCE:
        return NullTranslations()
    return load_catalogue(folder / match.replace("-", "_"))


def find_best_match(accept: LanguageAccept, tags: Sequence[str]) -> str | None:
    """Return the one of `tags` that the reader wants most, None when none of their languages is there.

    A reader of `zh-CN` gets `zh-Hans`; a reader of `zh-TW` does not, because it is written in another script.
    """
    for wanted, quality in accept:
        match = _find_closest(wanted, tags) if quality > 0 else None
        if match is not None:
            return match
    return None


def _find_closest(wanted: str, tags: Sequence[str]) -> str | None:
    """Return the one of `tags` in the same language and script that shares most subtags with `wanted`, the shortest of these."""
    asked = wanted.lower().split("-")
    script = _find_script(asked)
    best: tuple[int, int] | None = None
    closest = None
    for tag in tags:
        parts = tag.lower().split("-")
        if parts[0] != asked[0] or _find_script(parts) != script:
            continue
        rank = (len(set(parts) & set(asked)), -len(parts))
        if best is None or rank > best:
            best, closest = rank, tag
    return closest


def _find_script(parts: Sequence[str]) -> str | None:
    """Return the script that the subtags name, or imply by CLDR's likely subtags: `zh`, `tw` → `hant`."""
    language, *rest = parts
    for part in rest:
        if len(part) == 4 and part.isalpha():
            return part
    likely = get_global("likely_subtags")
    for key in (*(f"{language}_{part.upper()}" for part in rest), language):
        if key in likely:
            return str(likely[key].split("_")[1]).lower()
    return None


def get_text_direction(tag: str) -> str:
    """Return `ltr` or `rtl` for a language tag (CLDR)."""
    try:
        return str(Locale.parse(tag, sep="-").text_direction)
    except UnknownLocaleError:  # A region that CLDR does not know writes as its language does.
        return str(Locale.parse(tag.split("-")[0]).text_direction)
