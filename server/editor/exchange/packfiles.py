"""A region with its edits as the files of a pack folder, as somebody would have written them by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import tomli_w

from server.editor.edits.shipped import ShippedPacks
from server.editor.units.content import Content
from server.editor.units.overlay import REMOVED_TOPIC
from server.editor.units.unit import Kind, Unit
from server.guidance.files.layers import ARRAYS
from server.guidance.files.pack_folder import list_text_paths, parse_locale_path
from server.guidance.files.toml import Table, parse_table
from server.guidance.model.pack import Pack

IsInherited = Callable[[Unit], bool]


def build_pack_files(
    shipped: ShippedPacks, pack: Pack, contents: Mapping[Unit, Content | None], inherited: IsInherited
) -> dict[str, str]:
    """Return the files of a region by path, with its edits. A file without edits stays as it was shipped.

    Args:
        pack: The region with these edits: texts whose entry it does not have are left out.
        contents: The edits.
        inherited: Returns whether a parent has the unit: then an entry is marked to replace or remove it.
    """
    region = pack.id
    files: dict[str, str] = {}
    for path in list_text_paths(shipped.packs / region):
        text = shipped.read_text(region, path)
        if text is not None:
            files[path] = text
    edited: dict[str, dict[Unit, Content | None]] = {}
    for unit, content in sorted(contents.items()):
        if unit.region == region:
            edited.setdefault(unit.path, {})[unit] = content
    for path, units in edited.items():
        text = _build_file(shipped, region, path, units, inherited)
        files.pop(path, None)
        if text is not None:
            files[path] = text
    for unit in contents:
        if unit.region == region and unit.key.startswith("locale:") and contents[unit] is not None:
            files.setdefault(f"{unit.entry[1]}/strings.toml", "[strings]\n")
    return dict(_drop_texts_without_entry(files, pack)) if edited else files


def _drop_texts_without_entry(files: Mapping[str, str], pack: Pack) -> Iterable[tuple[str, str]]:
    """Leave out texts whose entry an edit removed; the loader would refuse a folder without edits for them."""
    for path, text in files.items():
        place = parse_locale_path(path)
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


def _build_file(
    shipped: ShippedPacks, region: str, path: str, units: Mapping[Unit, Content | None], inherited: IsInherited
) -> str | None:
    """Return the new text of a file, None when nothing is left in it."""
    if path.endswith(".md"):
        ((unit, content),) = units.items()
        return str(content) if content is not None else REMOVED_TOPIC if inherited(unit) else None
    table = dict(shipped.read_table(region, path))
    if path.count("/"):
        _set_strings(table, path, units, inherited)
    else:
        for unit, content in units.items():
            _set_table(table, unit, content, marked=inherited(unit))
    return tomli_w.dumps(table) if table else None


def _set_strings(table: Table, path: str, units: Mapping[Unit, Content | None], inherited: IsInherited) -> None:
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


def _set_table(table: Table, unit: Unit, content: Content | None, *, marked: bool) -> None:
    fields = content if isinstance(content, dict) else {}
    if unit.kind is Kind.HEAD:
        kept = {name: value for name, value in table.items() if name in ARRAYS["pack.toml"]}
        table.clear()
        table |= fields | kept
    elif unit.kind is Kind.VERDICT:
        table["verdict"] = ({"replace": True} if marked else {}) | fields
    else:
        _set_entry(table, unit, content, marked=marked)


def _set_entry(table: Table, unit: Unit, content: Content | None, *, marked: bool) -> None:
    kind, one = unit.entry
    identity = ARRAYS[unit.path][kind]
    entry: Table | None = {identity: one, "remove": True} if marked else None
    if isinstance(content, dict):
        entry = {identity: one} | ({"replace": True} if marked else {}) | content
    before = table.pop(kind, [])
    assert isinstance(before, list)
    entries = list(_replace_entry(before, identity, one, entry))
    if entries:
        table[kind] = entries


def _replace_entry(entries: Iterable[object], identity: str, one: str, new: Table | None) -> Iterable[object]:
    """Yield the entries with `new` in place of the one with that id, or after them."""
    for entry in entries:
        if not isinstance(entry, dict) or entry.get(identity) != one:
            yield entry
        elif new is not None:
            yield new
            new = None
    if new is not None:
        yield new
