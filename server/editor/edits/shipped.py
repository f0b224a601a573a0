"""Single units of the shipped pack folders. Only the files that a unit needs are read, and again only when they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from server.editor.units.content import Content, clean_content
from server.editor.units.errors import BadUnit, ContentRefused
from server.editor.units.overlay import REMOVED_TOPIC
from server.editor.units.unit import Kind, Unit, make_entry_unit, make_head_unit
from server.guidance.files.layers import ARRAYS, MARKS, SINGLE_TABLES, merge_entry
from server.guidance.files.pack_folder import list_text_paths, parse_locale_path, read_text
from server.guidance.files.parse import MAX_PARENTS
from server.guidance.files.toml import Table, parse_table
from server.guidance.model.regions import is_region_id

T = TypeVar("T")
Signature = tuple[int, int, int]


class ShippedPacks:
    """The folders below `packs`. Every file is parsed once, until its time, size or place on the disk changes."""

    def __init__(self, packs: Path) -> None:
        self.packs = packs
        self._texts: dict[tuple[str, str], tuple[Signature | None, str | None]] = {}
        self._tables: dict[tuple[str, str], tuple[str | None, Table]] = {}
        self._entries: dict[tuple[str, str], tuple[Table, dict[str, Table]]] = {}

    def list_regions(self) -> list[str]:
        """Return the regions that have a folder with a pack, by name."""
        return sorted(path.parent.name for path in self.packs.glob("*/pack.toml") if is_region_id(path.parent.name))

    def compute_signature(self, region: str) -> tuple[object, ...]:
        """Return a value that changes when a file of the region's folder may have changed."""
        root = self.packs / region
        return tuple((path, _read_signature(root / path)) for path in list_text_paths(root))

    def read_text(self, region: str, path: str) -> str | None:
        """Return the text of a file, or None when the loader would read no such file."""
        signature = _read_signature(self.packs / region / path)
        known = self._texts.get((region, path))
        if known is None or known[0] != signature:
            known = signature, None if signature is None else read_text(self.packs / region, path)
            self._texts[region, path] = known
        return known[1]

    def read_table(self, region: str, path: str) -> Table:
        """Return the table of a TOML file, empty when there is no such file. Callers must not change it."""
        text = self.read_text(region, path)
        known = self._tables.get((region, path))
        if known is None or known[0] is not text:
            known = text, parse_table(text or "", path, []) or {}
            self._tables[region, path] = known
        return known[1]

    def read_all_entries(self, region: str, path: str) -> dict[str, Table]:
        """Return the tables in a file's arrays by the key of the unit, such as `contact:police`."""
        table = self.read_table(region, path)
        known = self._entries.get((region, path))
        if known is None or known[0] is not table:
            known = table, dict(_index_entries(path, table))
            self._entries[region, path] = known
        return known[1]

    def find_parent_region(self, region: str) -> str | None:
        """Return the parent that the region's own folder names, or None."""
        parent = self.read_table(region, "pack.toml").get("parent")
        return parent if isinstance(parent, str) and is_region_id(parent) else None

    def merge_over_parent(self, unit: Unit, upper: Callable[[], Content | None]) -> Content | None:
        """Return the unit of the region's folder merged over `upper()`, which returns the content of its parents."""
        if unit.kind is Kind.HEAD:
            head = self.read_table(unit.region, unit.path)
            own = {name: value for name, value in head.items() if name not in ARRAYS["pack.toml"]}
            return _normalize_content(unit, own or None)
        if unit.kind is Kind.TOPIC:
            text = self.read_text(unit.region, unit.path)
            removed = text is not None and text.rstrip() == REMOVED_TOPIC.rstrip()
            return upper() if text is None else None if removed else _normalize_content(unit, text)
        if unit.kind in (Kind.STRING, Kind.MADE_FROM):
            return self._read_string(unit, upper)
        if unit.kind is Kind.VERDICT:
            verdict = self.read_table(unit.region, unit.path).get("verdict")
            inherited = upper()
            laid = (inherited if isinstance(inherited, dict) else {}) | (verdict if isinstance(verdict, dict) else {})
            return _normalize_content(unit, laid or None)
        item = self.read_all_entries(unit.region, unit.path).get(unit.key)
        inherited = upper()
        if item is None:
            return inherited
        return _normalize_content(unit, merge_entry(inherited if isinstance(inherited, dict) else None, item))

    def _read_string(self, unit: Unit, upper: Callable[[], Content | None]) -> Content | None:
        table = self.read_table(unit.region, unit.path)
        rows = table.get(unit.path.partition("/")[2].removesuffix(".toml"))
        text = rows.get(unit.key) if isinstance(rows, dict) else None
        if isinstance(text, str):
            return _normalize_content(unit, text)
        removed = table.get("remove")
        return None if isinstance(removed, list) and unit.key in removed else upper()

    def list_own_units(self, region: str) -> Iterator[Unit]:
        """Yield every unit that the region's own folder holds."""
        for path in list_text_paths(self.packs / region):
            place = parse_locale_path(path)
            if place is not None and place.topic is not None:
                yield Unit(region, path)
            elif place is not None:
                rows = self.read_table(region, path).get(str(place.file).removesuffix(".toml"))
                yield from _list_possible_units(region, path, rows if isinstance(rows, dict) else ())
            else:
                yield from _list_possible_units(region, path, self.read_all_entries(region, path))
                yield from (
                    Unit(region, path, one)
                    for one in SINGLE_TABLES.get(path, ())
                    if one in self.read_table(region, path)
                )
                if path == "pack.toml":
                    yield make_head_unit(region)

    def read_content(self, unit: Unit) -> Content | None:
        """Return the content of a unit in the shipped folders: its region's merged over those of its parents."""
        return self._read_content(unit, MAX_PARENTS)

    def _read_content(self, unit: Unit, more: int) -> Content | None:
        parent = self.find_parent_region(unit.region)

        def read_parent_content() -> Content | None:
            return self._read_content(unit.in_region(parent), more - 1) if parent and more else None

        return self.merge_over_parent(unit, read_parent_content)


def _index_entries(path: str, table: Table) -> Iterator[tuple[str, Table]]:
    for kind, identity in ARRAYS.get(path, {}).items():
        items = table.get(kind)
        for item in items if isinstance(items, list) else ():
            one = item.get(identity) if isinstance(item, dict) else None
            if isinstance(one, str):
                yield f"{kind}:{one}", item


def _list_possible_units(region: str, path: str, keys: object) -> Iterator[Unit]:
    """Yield the units of these keys. Keys that no unit can have are left out; the loader refuses such a file anyway."""
    assert isinstance(keys, dict | tuple)
    for key in keys:
        try:
            yield Unit(region, path, key) if path.count("/") else make_entry_unit(region, *key.split(":", 1))
        except BadUnit:
            continue


def _normalize_content(unit: Unit, content: Content | None) -> Content | None:
    """Return a content in the form in which the desk saves it, or None when it cannot be saved."""
    if isinstance(content, dict):
        content = {name: value for name, value in content.items() if name not in MARKS}
    try:
        return clean_content(unit, content)
    except ContentRefused:
        return None


def _read_signature(path: Path) -> Signature | None:
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
