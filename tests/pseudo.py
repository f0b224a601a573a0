"""Made-up languages for browser tests: texts that are longer, or run from right to left, and can still be recognised.

A text that shows up without its ⟦brackets⟧ never went through a catalogue; one that lacks a bracket was cut off.
"""

import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from server.guidance.files.confirm import build_made_from, write_made_from
from server.guidance.files.parse import load_pack
from server.guidance.texts.tokens import LINK, TOKEN

SOURCE = "en"
OPEN, CLOSE = "⟦", "⟧"
GROWTH = 0.4
_LOWER, _UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = str.maketrans(_LOWER + _UPPER, "áƀçđéƒğĥíĵķłɱñöþǫŕšţúṽŵẋýžÁɃÇĐÉƑĞĤÍĴĶŁṀÑÖÞǪŔŠŢÚṼŴẊÝŽ")
_ARABIC = str.maketrans(_LOWER + _UPPER, "ابتثجحخدذرزسشصضطظعغفقكلمنه" * 2)
# Words that only make a text longer, before they are made up like the rest.
_FILLER = ("and", "so", "on", "with", "more", "words")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]")
# What must survive in a pack's text: placeholders and citations, and the target of a link.
_KEPT = re.compile(rf"{TOKEN.pattern}|(?<=\])\([^)\n]*\)")
# What a line of Markdown begins with.
_MARKER = re.compile(r"\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s?)*")
_ALONE = re.compile(r"\s*\{(?:say|rule|never):[^}]*\}\s*")


def pseudo_text(text: str, tag: str, *, kept: re.Pattern[str] = _PLACEHOLDER) -> str:
    """Return `text` made up for the language `tag`, with everything that matches `kept` as it was.

    `ar…` gives letters that run from right to left, any other language accented letters.
    """
    table = _ARABIC if tag.partition("-")[0].partition("_")[0] == "ar" else _ACCENTED
    parts: list[str] = []
    end = 0
    for match in kept.finditer(text):
        parts += (text[end : match.start()].translate(table), match[0])
        end = match.end()
    parts.append(text[end:].translate(table))
    return f"{OPEN}{''.join(parts)}{_filler(len(text)).translate(table)}{CLOSE}"


def _filler(length: int) -> str:
    """Give the words that are missing to grow a text of `length` letters."""
    words, wanted, place = "", round(length * GROWTH), 0
    while len(words) < wanted:
        words += f" {_FILLER[place % len(_FILLER)]}"
        place += 1
    return words


def write_pseudo_catalogue(source_folder: Path, target_folder: Path, tag: str) -> Path:
    """Copy the folder of catalogues to `target_folder`, with one for the made-up language `tag` beside them.

    Give the copy to `translations_for` as its root. The texts are the msgids of the real catalogues.
    """
    shutil.copytree(source_folder, target_folder, dirs_exist_ok=True)
    catalogue = Catalog(locale=None, project="Doorwise", charset="utf-8", fuzzy=False)
    for path in sorted(source_folder.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            texts = [message.id for message in read_po(file, abort_invalid=True) if message.id]
        for text in texts:
            catalogue.add(text, pseudo_text(str(text), tag))
    folder = target_folder / tag.replace("-", "_") / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, catalogue, no_location=True)
    return target_folder


def write_pseudo_pack(source_pack: Path, target_pack: Path, tag: str, dir: Literal["ltr", "rtl"]) -> Path:
    """Copy a pack to `target_pack` and give it a locale `tag`, made up from its English texts.

    The folder must bear the pack's id. Every made-up text is noted as made from the present source text.
    """
    shutil.copytree(source_pack, target_pack)
    english, made_up = target_pack / SOURCE, target_pack / tag
    (made_up / "topics").mkdir(parents=True)
    entry = {"tag": tag, "dir": dir, "name": pseudo_text(tag, tag)}
    with (target_pack / "pack.toml").open("a", encoding="utf-8") as file:
        file.write("\n[[locale]]\n" + "".join(_toml_lines(entry)))
    strings = tomllib.loads((english / "strings.toml").read_text(encoding="utf-8"))["strings"]
    rows = {key: pseudo_text(text, tag, kept=_KEPT) for key, text in strings.items()}
    (made_up / "strings.toml").write_text("[strings]\n" + "".join(_toml_lines(rows)), encoding="utf-8")
    for path in sorted((english / "topics").glob("*.md")):
        text = pseudo_topic(path.read_text(encoding="utf-8"), tag)
        (made_up / "topics" / path.name).write_text(text, encoding="utf-8")
    pack = load_pack(target_pack, packs_root=source_pack.parent)
    write_made_from(made_up / "made_from.toml", build_made_from(pack, tag))
    return target_pack


def pseudo_topic(text: str, tag: str) -> str:
    """Return a topic made up: the texts of its front matter, and each line of its body by itself."""
    _, front, body = re.split(r"(?m)^\+\+\+[ \t]*\n", text, maxsplit=2)
    made_up = {
        key: [pseudo_text(line, tag, kept=_KEPT) for line in value]
        if isinstance(value, list)
        else pseudo_text(value, tag, kept=_KEPT)
        for key, value in tomllib.loads(front).items()
    }
    lines = "".join(f"{_pseudo_line(line, tag)}\n" for line in body.splitlines())
    return f"+++\n{''.join(_toml_lines(made_up))}+++\n{lines}"


def _pseudo_line(line: str, tag: str) -> str:
    if not line.strip() or _ALONE.fullmatch(line):
        return line
    match = _MARKER.match(line)
    start = match.end() if match else 0
    return line[:start] + pseudo_text(line[start:], tag, kept=_KEPT)


def _toml_lines(rows: Mapping[str, str | list[str]]) -> Iterator[str]:
    """Give `"key" = value` lines: JSON's strings and lists of strings are TOML's too."""
    yield from (f"{json.dumps(key)} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in rows.items())


def kept_parts(text: str) -> list[str]:
    """Return what a made-up text must have in common with its source: placeholders, citations, targets of links."""
    return sorted([match[0] for match in TOKEN.finditer(text)] + [match["target"] for match in LINK.finditer(text)])
