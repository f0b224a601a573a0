"""Languages in work: nobody has them on a phone yet, and they are not whole. Until they are, they stop no publish.

Nothing about this is stored: a language is in work while it was neither shipped nor released and one of its texts at the
door is missing, outdated or wrong; where it may borrow nothing, while any text is missing. It waits for its sub-regions
too: those say something of their own, their name at least.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.bounded_cache import BoundedCache
from server.editor.edits.publications import UnitStates
from server.editor.edits.shipped import ShippedPacks
from server.editor.packs.loading import PackLoader, drop_locales
from server.editor.packs.progress import list_unready_keys
from server.editor.units.unit import Unit, make_entry_unit
from server.guidance.checks.check_pack import check_pack
from server.guidance.model.pack import Pack
from server.guidance.model.regions import find_parent_id
from server.publish.data_folder.release import DataFolder


@dataclass(frozen=True, slots=True)
class LocaleInWork:
    """A language in work and what it waits for first: `missing`, `stale` and wrong (`faults`) texts of the region `place`.

    All three are 0 when it borrows from another language in work.
    """

    unit: Unit
    place: str
    missing: int
    stale: int
    faults: int

    @property
    def tag(self) -> str:
        """The tag of the language."""
        return self.unit.entry[1]


class LocalesInWork:
    """Find the languages in work on one desk."""

    def __init__(self, packs: PackLoader, shipped: ShippedPacks, folder: DataFolder) -> None:
        self._packs = packs
        self._shipped = shipped
        self._folder = folder
        self._released = BoundedCache(2)

    def list_locales_in_work(self, states: UnitStates) -> list[LocaleInWork]:
        """Return the languages of all regions that are in work with these states, by region and tag."""
        new = [unit for unit, state in sorted(states.items()) if _is_locale_unit(unit) and state.content]
        found = [one for unit in new if (one := self._judge_locale(unit, states)) is not None]
        while found:
            waiting = {(one.unit.region, one.tag) for one in found}
            more = [
                LocaleInWork(unit, unit.region, 0, 0, 0)
                for unit in new
                if (unit.region, unit.entry[1]) not in waiting
                and (unit.region, self._find_fallback(unit, states)) in waiting
                and self.is_new(unit)
            ]
            if not more:
                break
            found += more
        return sorted(found, key=lambda one: one.unit)

    def find_tags(self, region: str, states: UnitStates) -> frozenset[str]:
        """Return the tags of the languages in work that a region has, its own and those of its parents."""
        if not any(_is_locale_unit(unit) for unit in states):
            return frozenset()
        found = self.list_locales_in_work(states)
        return frozenset(one.tag for one in found if self.is_locale_of(one.unit, region, states))

    def is_locale_of(self, unit: Unit, region: str, states: UnitStates) -> bool:
        """Return whether a region has a language from the entry `unit`, and not from one of its own or nearer to it."""
        chain = self._packs.list_region_chain(region, states)
        if unit.region not in chain:
            return False
        nearer = (unit.in_region(one) for one in chain[: chain.index(unit.region)])
        return not any(self._has_content(one, states) for one in nearer)

    def _has_content(self, unit: Unit, states: UnitStates) -> bool:
        state = states.get(unit)
        return bool(state.content) if state else self._shipped.read_content(unit) is not None

    def find_tags_of_incoming(self, pack: Pack) -> frozenset[str]:
        """Return the tags of the languages in work in a pack that comes from elsewhere."""
        units = [make_entry_unit(pack.id, "locale", tag) for tag in pack.locales]
        return frozenset(
            unit.entry[1]
            for unit in units
            if self.is_new(unit) and not _is_locale_needed(pack, unit.entry[1]) and _count_unready(pack, unit.entry[1])
        )

    def _judge_locale(self, unit: Unit, states: UnitStates) -> LocaleInWork | None:
        tag = unit.entry[1]
        pack = self._packs.load_pack(unit.region, states).pack if self.is_new(unit) else None
        if pack is None or tag not in pack.locales or _is_locale_needed(pack, tag):
            return None
        for place in (unit.region, *self._packs.list_regions_below(unit.region, states)):
            own = self._packs.load_pack(place, states).pack
            counts = _count_unready(own, tag) if own is not None and tag in own.locales else None
            if counts:
                return LocaleInWork(unit, place, *counts)
        return None

    def _find_fallback(self, unit: Unit, states: UnitStates) -> str | None:
        pack = self._packs.load_pack(unit.region, states).pack
        locale = pack.locales.get(unit.entry[1]) if pack else None
        return locale.fallback if locale else None

    def is_released(self, region: str) -> bool:
        """Return whether readers have the region now."""
        return region in self._list_released()

    def is_new(self, unit: Unit) -> bool:
        """Return whether a language was neither shipped nor released, in its region or in the parent."""
        released, tag = self._list_released(), unit.entry[1]
        chain = [unit.region, find_parent_id(unit.region)]
        return self._shipped.read_content(unit) is None and not any(tag in released.get(one or "", ()) for one in chain)

    def _list_released(self) -> Mapping[str, frozenset[str]]:
        current = self._folder.channel.read().release
        found: Mapping[str, frozenset[str]] = self._released.get(current, lambda: self._read_released(current))
        return found

    def _read_released(self, current: str | None) -> Mapping[str, frozenset[str]]:
        regions = self._folder.read_release(current).regions if current else {}
        return {region: frozenset(one["tag"] for one in about["locales"]) for region, about in regions.items()}


def _is_locale_unit(unit: Unit) -> bool:
    return unit.path == "pack.toml" and unit.key.startswith("locale:")


def _is_locale_needed(pack: Pack, tag: str) -> bool:
    """Return whether everything else in the region is made from this language, or spoken in it."""
    return tag in (pack.source_locale, pack.spoken_locale)


def _count_unready(pack: Pack, tag: str) -> tuple[int, int, int] | None:
    """Return how many texts a language lacks, has outdated, and has wrong; None when it can be published."""
    missing, stale = list_unready_keys(pack, tag)
    if missing or stale:
        return len(missing), len(stale), 0
    others = check_pack(drop_locales(pack, frozenset({tag}))).errors
    faults = [one for one in check_pack(pack).errors if one not in others]
    return (0, 0, len(faults)) if faults else None
