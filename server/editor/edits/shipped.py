"""What the shipped pack folders say about one unit, read no more than that takes and only again when a file changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from server.editor.units.content import Content, clean
from server.editor.units.errors import BadUnit, ContentRefused
from server.editor.units.overlay import REMOVED_TOPIC
from server.editor.units.unit import Kind, Unit, entry_unit, head_unit
from server.guidance.files import locale_path, read_text, text_paths
from server.guidance.layers import ARRAYS, MARKS, SINGLE_TABLES, lay_entry
from server.guidance.parse import MAX_PARENTS
from server.guidance.regions import is_region_id
from server.guidance.toml import Table, parse_table

T = TypeVar("T")
Signature = tuple[int, int, int]


class Shipped:
    """The folders below `packs`. Every file is parsed once, until its time, size or place on the disk changes."""

    def __init__(self, packs: Path) -> None:
        self.packs = packs
        self._texts: dict[tuple[str, str], tuple[Signature | None, str | None]] = {}
        self._tables: dict[tuple[str, str], tuple[str | None, Table]] = {}
        self._entries: dict[tuple[str, str], tuple[Table, dict[str, Table]]] = {}

    def regions(self) -> list[str]:
        """Give the regions that have a folder with a pack, by name."""
        return sorted(path.parent.name for path in self.packs.glob("*/pack.toml") if is_region_id(path.parent.name))

    def signature(self, region: str) -> tuple[object, ...]:
        """Give a value that changes whenever a file of the region's folder may have."""
        root = self.packs / region
        return tuple((path, _signature(root / path)) for path in text_paths(root))

    def text(self, region: str, path: str) -> str | None:
        """Give a file's text, or None when there is none that the loader would read."""
        signature = _signature(self.packs / region / path)
        known = self._texts.get((region, path))
        if known is None or known[0] != signature:
            known = signature, None if signature is None else read_text(self.packs / region, path)
            self._texts[region, path] = known
        return known[1]

    def table(self, region: str, path: str) -> Table:
        """Give a TOML file's table, empty when there is none. Nobody changes it."""
        text = self.text(region, path)
        known = self._tables.get((region, path))
        if known is None or known[0] is not text:
            known = text, parse_table(text or "", path, []) or {}
            self._tables[region, path] = known
        return known[1]

    def entries(self, region: str, path: str) -> dict[str, Table]:
        """Give the tables of a file's arrays by the unit's key, `contact:police`."""
        table = self.table(region, path)
        known = self._entries.get((region, path))
        if known is None or known[0] is not table:
            known = table, dict(_entries(path, table))
            self._entries[region, path] = known
        return known[1]

    def parent(self, region: str) -> str | None:
        """Give the parent that the region's own folder names."""
        parent = self.table(region, "pack.toml").get("parent")
        return parent if isinstance(parent, str) and is_region_id(parent) else None

    def below(self, unit: Unit, upper: Callable[[], Content | None]) -> Content | None:
        """Give what the region's folder makes of `upper()`, which is what its parents say about the unit."""
        if unit.kind is Kind.HEAD:
            head = self.table(unit.region, unit.path)
            own = {name: value for name, value in head.items() if name not in ARRAYS["pack.toml"]}
            return _shown(unit, own or None)
        if unit.kind is Kind.TOPIC:
            text = self.text(unit.region, unit.path)
            removed = text is not None and text.rstrip() == REMOVED_TOPIC.rstrip()
            return upper() if text is None else None if removed else _shown(unit, text)
        if unit.kind in (Kind.STRING, Kind.MADE_FROM):
            return self._string(unit, upper)
        if unit.kind is Kind.VERDICT:
            verdict = self.table(unit.region, unit.path).get("verdict")
            inherited = upper()
            laid = (inherited if isinstance(inherited, dict) else {}) | (verdict if isinstance(verdict, dict) else {})
            return _shown(unit, laid or None)
        item = self.entries(unit.region, unit.path).get(unit.key)
        inherited = upper()
        if item is None:
            return inherited
        return _shown(unit, lay_entry(inherited if isinstance(inherited, dict) else None, item))

    def _string(self, unit: Unit, upper: Callable[[], Content | None]) -> Content | None:
        table = self.table(unit.region, unit.path)
        rows = table.get(unit.path.partition("/")[2].removesuffix(".toml"))
        text = rows.get(unit.key) if isinstance(rows, dict) else None
        if isinstance(text, str):
            return _shown(unit, text)
        removed = table.get("remove")
        return None if isinstance(removed, list) and unit.key in removed else upper()

    def own_units(self, region: str) -> Iterator[Unit]:
        """Yield every unit that the region's own folder says something about."""
        for path in text_paths(self.packs / region):
            place = locale_path(path)
            if place is not None and place.topic is not None:
                yield Unit(region, path)
            elif place is not None:
                rows = self.table(region, path).get(str(place.file).removesuffix(".toml"))
                yield from _possible(region, path, rows if isinstance(rows, dict) else ())
            else:
                yield from _possible(region, path, self.entries(region, path))
                yield from (
                    Unit(region, path, one) for one in SINGLE_TABLES.get(path, ()) if one in self.table(region, path)
                )
                if path == "pack.toml":
                    yield head_unit(region)

    def content(self, unit: Unit) -> Content | None:
        """Give what the shipped folders say about a unit: its region's and, below it, those of its parents."""
        return self._content(unit, MAX_PARENTS)

    def _content(self, unit: Unit, more: int) -> Content | None:
        parent = self.parent(unit.region)

        def upper() -> Content | None:
            return self._content(unit.in_region(parent), more - 1) if parent and more else None

        return self.below(unit, upper)


def shipped_content(packs: Path, unit: Unit) -> Content | None:
    """Give what the shipped pack says about a unit, or None. A sub-region says what its parents do, but for its head."""
    return Shipped(packs).content(unit)


def units_of(packs: Path, region: str) -> Iterator[Unit]:
    """Yield every unit of a shipped region that says something, those of its parents included, in order."""
    shipped = Shipped(packs)
    chain: list[str] = []
    step: str | None = region
    while step is not None and step not in chain:
        chain.append(step)
        step = shipped.parent(step)
    named = {unit.in_region(region) for one in chain for unit in shipped.own_units(one)}
    yield from (unit for unit in sorted(named) if shipped.content(unit) is not None)


def _entries(path: str, table: Table) -> Iterator[tuple[str, Table]]:
    for kind, identity in ARRAYS.get(path, {}).items():
        items = table.get(kind)
        for item in items if isinstance(items, list) else ():
            one = item.get(identity) if isinstance(item, dict) else None
            if isinstance(one, str):
                yield f"{kind}:{one}", item


def _possible(region: str, path: str, keys: object) -> Iterator[Unit]:
    """Yield the units of these keys; a file that the loader refuses anyway may hold keys that no unit can have."""
    assert isinstance(keys, dict | tuple)
    for key in keys:
        try:
            yield Unit(region, path, key) if path.count("/") else entry_unit(region, *key.split(":", 1))
        except BadUnit:
            continue


def _shown(unit: Unit, content: Content | None) -> Content | None:
    """Give a content in the form in which the desk keeps it; one that cannot be kept is shown as nothing."""
    if isinstance(content, dict):
        content = {name: value for name, value in content.items() if name not in MARKS}
    try:
        return clean(unit, content)
    except ContentRefused:
        return None


def _signature(path: Path) -> Signature | None:
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
