"""Interface texts: catalogues read straight from the PO files, and the choice of a language.

The catalogues are compiled in memory at start, so that no compiled copy can fall behind its source, and without Flask,
because the public pages are rendered at publish time, outside any request. `server.request_language` gives the same
catalogues to Flask-Babel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, PoFileParser
from babel.support import NullTranslations, Translations
from werkzeug.datastructures import LanguageAccept

from server.errors import AppError
from server.resources import resource_folder

# The language that the msgids are written in.
SOURCE = "en"
# A string, perhaps after one of gettext's keywords. Babel cuts off a string without an end instead of refusing it.
_PO_LINE = re.compile(
    r'(?:(?P<keyword>msgctxt|msgid|msgid_plural|msgstr)(?P<form>\[\d{1,2}\])?\s*)?(?P<text>"(?:[^"\\]|\\["\\ntr])*")'
)
# The keywords that may follow each: Babel drops a second msgstr, and half a message at the end, without a word.
_FOLLOWING: Mapping[str, tuple[str, ...]] = {
    "": ("msgctxt", "msgid"),
    "msgctxt": ("msgid",),
    "msgid": ("msgid_plural", "msgstr"),
    "msgid_plural": ("msgstr[]",),
    "msgstr": ("msgctxt", "msgid"),
    "msgstr[]": ("msgstr[]", "msgctxt", "msgid"),
}


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
    catalog = Catalog()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CatalogueBroken(name, line, "not a line of a PO file in UTF-8") from error
    fill_catalogue(catalog, text, name)
    return catalog


def fill_catalogue(catalog: Catalog, text: str, name: str) -> None:
    """Add every message of a PO file's text to `catalog`; `name` is the name of the file in messages.

    Raises:
        CatalogueBroken: A line is not one of a PO file, or not all of a message is there.
    """
    try:
        PoFileParser(catalog, abort_invalid=True).parse(_check_lines(re.split(r"\r\n|\r|\n", text), name))
    except PoFileError as error:  # counts lines from 0, in its words too
        reason = str(error).removesuffix(f" on {error.lineno}")
        raise CatalogueBroken(name, error.lineno + 1, reason) from error


def _check_lines(lines: Iterable[str], name: str) -> Iterator[str]:
    """Yield each line of a PO file as Babel reads it; one that only tools need becomes empty.

    Babel refuses a tab after a keyword, and `#~|`, which msgmerge writes before a message that is obsolete.
    """
    before, since = "", 0  # the last keyword, and its line
    for number, one in enumerate(lines, 1):
        line = one.strip()
        obsolete = "#~ " if line.startswith("#~") else ""
        said = _PO_LINE.fullmatch(line.removeprefix("#~").strip())
        if said is None:
            if line and line[0] != "#" and not line.startswith("domain"):
                raise CatalogueBroken(name, number, "not a line of a PO file")
            yield "" if obsolete or line.startswith(("#:", "domain")) else line
            continue
        keyword, form = said["keyword"] or "", said["form"] or ""
        if keyword:
            kind = f"{keyword}[]" if form else keyword
            if kind not in _FOLLOWING[before]:
                half = before not in ("", "msgstr", "msgstr[]")
                raise CatalogueBroken(name, since if half else number, f"{keyword} cannot stand here")
            before, since = kind, number
        yield f"{obsolete}{keyword}{form} {said['text']}" if keyword else f"{obsolete}{said['text']}"
    if before and not before.startswith("msgstr"):
        raise CatalogueBroken(name, since, "the last message is not whole")


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


def is_same_written_language(one: str, other: str) -> bool:
    """Return whether two tags, or gettext's names of locales, name one language in one script: `zh_CN` and `zh-Hans`."""
    first, second = split_locale_name(one), split_locale_name(other)
    return first[0] == second[0] and _find_script(first) == _find_script(second)


def split_locale_name(name: str) -> list[str]:
    """Return the subtags of a language tag or of gettext's name of a locale, small: `sr_RS.UTF-8@latin` → sr, rs, latn.

    Source: BCP 47; the GNU gettext manual, "Locale Names"; CLDR's language aliases.
    """
    tag, _, modifier = name.lower().partition("@")
    language, *rest = re.split(r"[-_]", tag.partition(".")[0].strip())
    alias = re.split("_", str(get_global("language_aliases").get(language, language)).lower())
    scripts = Locale("en").scripts
    return [*alias, *rest, *(code.lower() for code, word in scripts.items() if word.lower() == modifier)]


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
