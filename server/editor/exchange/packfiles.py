"""A region with its edits as the files of a pack folder, such as somebody would have written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import tomli_w

from server.editor.edits.shipped import Shipped
from server.editor.units.content import Content
from server.editor.units.overlay import REMOVED_TOPIC
from server.editor.units.unit import Kind, Unit
from server.guidance.files import locale_path, text_paths
from server.guidance.layers import ARRAYS
from server.guidance.model import Pack
from server.guidance.toml import Table, parse_table

Inherited = Callable[[Unit], bool]


def pack_files(
    shipped: Shipped, pack: Pack, contents: Mapping[Unit, Content | None], inherited: Inherited
) -> dict[str, str]:
    """Give the files of a region by path, its edits laid in. A file that no edit touches stays as it was shipped.

    Args:
        pack: The region with these edits: texts about nothing in it are left away.
        contents: The edits.
        inherited: Says whether a parent says something about a unit: then an entry is marked to replace or remove it.
    """
    region = pack.id
    files: dict[str, str] = {}
    for path in text_paths(shipped.packs / region):
        text = shipped.text(region, path)
        if text is not None:
            files[path] = text
    edited: dict[str, dict[Unit, Content | None]] = {}
    for unit, content in sorted(contents.items()):
        if unit.region == region:
            edited.setdefault(unit.path, {})[unit] = content
    for path, units in edited.items():
        text = _file(shipped, region, path, units, inherited)
        files.pop(path, None)
        if text is not None:
            files[path] = text
    for unit in contents:
        if unit.region == region and unit.key.startswith("locale:") and contents[unit] is not None:
            files.setdefault(f"{unit.entry[1]}/strings.toml", "[strings]\n")
    return dict(_without_leftovers(files, pack)) if edited else files


def _without_leftovers(files: Mapping[str, str], pack: Pack) -> Iterable[tuple[str, str]]:
    """Leave away what is said about something that an edit removed; a folder without edits would be refused for it."""
    for path, text in files.items():
        place = locale_path(path)
        if place is None:
            yield path, text
        elif place.tag not in pack.locales:
            continue
        elif place.topic is not None:
            if place.topic in pack.topic_texts[place.tag] or text == REMOVED_TOPIC:
                yield path, text
        else:
            name = str(place.file).removesuffix(".toml")
            table = parse_table(text, path, []) or {}
            rows = table.get(name)
            kept = pack.strings[place.tag] if name == "strings" else pack.made_from[place.tag]
            if isinstance(rows, dict) and not rows.keys() <= kept.keys():
                text = tomli_w.dumps(table | {name: {key: row for key, row in rows.items() if key in kept}})
            yield path, text


def _file(
    shipped: Shipped, region: str, path: str, units: Mapping[Unit, Content | None], inherited: Inherited
) -> str | None:
    """Give a file's new text, None when nothing is left in it."""
    if path.endswith(".md"):
        ((unit, content),) = units.items()
        return str(content) if content is not None else REMOVED_TOPIC if inherited(unit) else None
    table = dict(shipped.table(region, path))
    if path.count("/"):
        _lay_strings(table, path, units, inherited)
    else:
        for unit, content in units.items():
            _lay_table(table, unit, content, marked=inherited(unit))
    return tomli_w.dumps(table) if table else None


def _lay_strings(table: Table, path: str, units: Mapping[Unit, Content | None], inherited: Inherited) -> None:
    name = path.partition("/")[2].removesuffix(".toml")
    rows, removed = table.pop(name, {}), table.pop("remove", [])
    assert isinstance(rows, dict)
    assert isinstance(removed, list)
    laid = {unit.key: content for unit, content in units.items() if content is not None}
    gone = [unit.key for unit, content in units.items() if content is None]
    removed = [key for key in removed if key not in laid] + [
        unit.key for unit in units if unit.key in gone and inherited(unit)
    ]
    if removed:
        table["remove"] = list(dict.fromkeys(removed))
    table[name] = {key: text for key, text in rows.items() if key not in gone} | laid


def _lay_table(table: Table, unit: Unit, content: Content | None, *, marked: bool) -> None:
    fields = content if isinstance(content, dict) else {}
    if unit.kind is Kind.HEAD:
        kept = {name: value for name, value in table.items() if name in ARRAYS["pack.toml"]}
        table.clear()
        table |= fields | kept
    elif unit.kind is Kind.VERDICT:
        table["verdict"] = ({"replace": True} if marked else {}) | fields
    else:
        _lay_entry(table, unit, content, marked=marked)


def _lay_entry(table: Table, unit: Unit, content: Content | None, *, marked: bool) -> None:
    kind, one = unit.entry
    identity = ARRAYS[unit.path][kind]
    entry: Table | None = {identity: one, "remove": True} if marked else None
    if isinstance(content, dict):
        entry = {identity: one} | ({"replace": True} if marked else {}) | content
    before = table.pop(kind, [])
    assert isinstance(before, list)
    entries = list(_replaced(before, identity, one, entry))
    if entries:
        table[kind] = entries


def _replaced(entries: Iterable[object], identity: str, one: str, new: Table | None) -> Iterable[object]:
    """Yield the entries with `new` in the place of the one of that id, or after them."""
    for entry in entries:
        if not isinstance(entry, dict) or entry.get(identity) != one:
            yield entry
        elif new is not None:
            yield new
            new = None
    if new is not None:
        yield new
