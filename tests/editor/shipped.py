"""The shipped content of a pack folder, as tests compare it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from server.editor.edits.shipped import ShippedPacks
from server.editor.units.content import Content
from server.editor.units.unit import Unit


def read_shipped_content(packs: Path, unit: Unit) -> Content | None:
    """Return the content of a unit in the shipped pack, or None. A sub-region has the units of its parents, but for its head."""
    return ShippedPacks(packs).read_content(unit)


def list_shipped_units(packs: Path, region: str) -> Iterator[Unit]:
    """Yield every unit of a shipped region that has a content, those of its parents included, in order."""
    shipped = ShippedPacks(packs)
    chain: list[str] = []
    step: str | None = region
    while step is not None and step not in chain:
        chain.append(step)
        step = shipped.find_parent_region(step)
    named = {unit.in_region(region) for one in chain for unit in shipped.list_own_units(one)}
    yield from (unit for unit in sorted(named) if shipped.read_content(unit) is not None)
