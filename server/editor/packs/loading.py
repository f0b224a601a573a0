"""Packs with edits merged in, kept in memory until a shipped file or an edit changes.

When only texts differ from a pack in memory, that pack is patched: with thousands of topics this takes milliseconds,
where reading everything takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from server.bounded_cache import BoundedCache
from server.editor.edits.blobs import Contents
from server.editor.edits.model import State
from server.editor.edits.publications import UnitStates, read_contents_of_states
from server.editor.edits.shipped import ShippedPacks
from server.editor.packs.findings import CheckedPack, Finding, make_findings
from server.editor.packs.patched_pack import patch_pack
from server.editor.units.content import TEXTS
from server.editor.units.overlay import build_layers
from server.editor.units.unit import Kind, Unit, make_head_unit
from server.guidance.checks.check_pack import check_pack, find_table_problems
from server.guidance.checks.check_texts import check_string, check_topic_text
from server.guidance.files.parse import MAX_PARENTS, load_pack
from server.guidance.model.pack import Pack
from server.guidance.model.regions import find_parent_id, is_region_id
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import PackErrors, Problem

# A pack of twenty topics takes a few megabytes; four are the published, the reviewed and the drafted one, and a province.
PACKS_KEPT = 4
TEXTS_KEPT = 50_000
REPORTS_KEPT = 16
MORE_TO_PATCH = 300
# Edits that cannot be read are left out this many times; then all edits are left out.
ATTEMPTS = 5


# The content of an edited text, and what it was made from, both as the blob names in State.
Texts = dict[Unit, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack, or every problem for which it cannot be loaded."""

    region: str
    pack: Pack | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class UsablePack:
    """A pack that can be shown although some edits cannot be read: those are left out, and `findings` tell why."""

    pack: Pack
    left_out: tuple[Unit, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _TablesKey:
    """Identifies everything but the edited texts: shipped files and edited tables, and whether the region has edits."""

    digest: bytes
    edited: bool


@dataclass(slots=True)
class _CachedPack:
    """The last pack that was made of the same tables."""

    texts: Texts
    loaded: LoadedPack


class PackLoader:
    """Load and check the packs of one folder with any set of edits."""

    def __init__(self, shipped: ShippedPacks, contents: Contents) -> None:
        self._shipped = shipped
        self._contents = contents
        self._bases: BoundedCache = BoundedCache(PACKS_KEPT)
        self._texts: BoundedCache = BoundedCache(TEXTS_KEPT)
        self._reports: BoundedCache = BoundedCache(REPORTS_KEPT)
        self._unreadable: BoundedCache = BoundedCache(REPORTS_KEPT * 16)

    def list_regions(self, states: UnitStates) -> list[str]:
        """Return the regions that have a folder, or an edited head."""
        made = {unit.region for unit, state in states.items() if unit == make_head_unit(unit.region) and state.content}
        return sorted({*self._shipped.list_regions(), *made})

    def list_region_chain(self, region: str, states: UnitStates) -> list[str]:
        """Return a region and its parents, the nearest first."""
        chain = [region]
        while (
            len(chain) <= MAX_PARENTS
            and (parent := self._find_parent_region(chain[-1], states))
            and parent not in chain
        ):
            chain.append(parent)
        return chain

    def list_regions_below(self, region: str, states: UnitStates) -> list[str]:
        """Return the regions that have this one as a parent, or as a parent's parent."""
        return [
            one for one in self.list_regions(states) if one != region and region in self.list_region_chain(one, states)
        ]

    def load_pack(self, region: str, states: UnitStates) -> LoadedPack:
        """Return the pack of a region with these states of its and its parents' units."""
        tables, texts = self._split_states(region, states)
        base: _CachedPack = self._bases.get(
            (region, tables), lambda: _CachedPack(texts, self._read_pack(region, states))
        )
        if base.texts == texts:
            return base.loaded
        loaded = self._patch_pack(region, base, texts, states)
        if loaded is not None and loaded.pack is None:
            return loaded  # half-typed: the next call still starts from this base
        base = _CachedPack(texts, loaded or self._read_pack(region, states))
        self._bases.put((region, tables), base)
        return base.loaded

    def load_usable_pack(self, region: str, states: UnitStates) -> UsablePack | None:
        """Return the pack with as many of these edits as can be read; None when the region is unknown or broken."""
        said = [one for unit, state in states.items() for one in self._find_known_faults(unit, state)]
        left = dict.fromkeys(one.unit for one in said if one.unit is not None)
        for attempt in range(ATTEMPTS + 1):
            kept = {unit: state for unit, state in states.items() if unit not in left}
            loaded = self.load_pack(region, kept if attempt < ATTEMPTS else {})
            if loaded.pack is not None:
                return UsablePack(loaded.pack, tuple(left), tuple(said))
            found = make_findings(loaded.problems, "error")
            said += [one for one in found if one not in said]
            self._remember_unreadable(found, kept)
            blamed = [one.unit for one in found if one.unit in kept and one.unit is not None]
            if not blamed and not kept:
                return None
            left |= dict.fromkeys(blamed or [unit for unit in kept if unit.kind not in TEXTS] or kept)
        return None

    def _find_known_faults(self, unit: Unit, state: State) -> tuple[Finding, ...]:
        found = self._unreadable.peek(_make_fault_key(unit, state))
        return found if isinstance(found, tuple) else ()

    def _remember_unreadable(self, found: Iterable[Finding], states: UnitStates) -> None:
        """Remember states that cannot be read whatever else is edited, so that they are left out at once next time.

        A head or a language is not one of them: whether it can be read depends on other units.
        """
        faults: dict[Unit, tuple[Finding, ...]] = {}
        for one in found:
            if one.unit in states and one.unit is not None and one.unit.path != "pack.toml":
                faults[one.unit] = (*faults.get(one.unit, ()), one)
        for unit, several in faults.items():
            self._unreadable.put(_make_fault_key(unit, states[unit]), several)

    def check_region(self, region: str, states: UnitStates, without: frozenset[str] = frozenset()) -> CheckedPack:
        """Return everything that the checker finds in a region with these states, but for the languages `without`."""
        tables, texts = self._split_states(region, states)
        key = sha256(repr((region, tables, sorted(texts.items()), sorted(without))).encode()).digest()
        checked: CheckedPack = self._reports.get(key, lambda: self._run_check(region, states, tables, without))
        return checked

    def check_unit(self, unit: Unit, states: UnitStates, without: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
        """Return what the checker finds in one unit; fast enough to run after every autosave.

        Warnings that compare languages, and faults of other units, are left to `check_region`. Tables are checked as if
        the region did not have the languages `without`.
        """
        usable = self.load_usable_pack(unit.region, states)
        if usable is None:
            return ()
        if unreadable := tuple(one for one in usable.findings if one.unit == unit):
            return unreadable
        state = states.get(unit)
        own = unit.locale or (unit.entry[1] if unit.key.startswith("locale:") else "")
        pack = usable.pack if own in without else drop_locales(usable.pack, without)
        found = make_findings(_find_problems(pack, unit, edited=state is not None and bool(state.content)), "error")
        return tuple(one for one in found if one.unit == unit)

    def _run_check(self, region: str, states: UnitStates, tables: _TablesKey, without: frozenset[str]) -> CheckedPack:
        loaded = self.load_pack(region, states)
        if loaded.pack is None:
            return CheckedPack(tuple(make_findings(loaded.problems, "error")))

        def get_or_find_problems(key: tuple[str, ...], find: object) -> tuple[Problem, ...]:
            assert callable(find)
            found: tuple[Problem, ...] = self._texts.get((tables.digest, *key), lambda: tuple(find()))
            return found

        report = check_pack(drop_locales(loaded.pack, without), remember=get_or_find_problems)
        return CheckedPack((*make_findings(report.errors, "error"), *make_findings(report.warnings, "warning")))

    def _read_pack(self, region: str, states: UnitStates) -> LoadedPack:
        chain = self.list_region_chain(region, states)
        wanted = {unit: state for unit, state in states.items() if unit.region in chain}
        packs = self._shipped.packs
        try:
            edits = build_layers(read_contents_of_states(wanted, self._contents))
            return LoadedPack(region, load_pack(packs / region, packs_root=packs, edits=edits))
        except PackErrors as error:
            return LoadedPack(region, None, error.problems)

    def _patch_pack(self, region: str, base: _CachedPack, texts: Texts, states: UnitStates) -> LoadedPack | None:
        """Return the base with other texts, or None when everything must be read again."""
        changed = {unit for unit in base.texts.keys() | texts.keys() if base.texts.get(unit) != texts.get(unit)}
        pack = base.loaded.pack
        if pack is None or len(changed) > MORE_TO_PATCH or any(unit.region != region for unit in changed):
            return None
        if pack.parent is not None and any(unit not in texts for unit in changed):
            return None  # only the loader can find the content of the parent with its own edits
        edited = {unit: state for unit, state in states.items() if unit in changed}
        dropped = {unit: self._shipped.read_content(unit) for unit in changed if unit not in texts}
        made = patch_pack(pack, dropped | read_contents_of_states(edited, self._contents), self._shipped)
        return LoadedPack(region, None, tuple(made)) if isinstance(made, list) else LoadedPack(region, made)

    def _split_states(self, region: str, states: UnitStates) -> tuple[_TablesKey, Texts]:
        """Return what identifies the tables of a region and all shipped files, and the edited texts."""
        chain = self.list_region_chain(region, states)
        signatures = [(one, self._shipped.compute_signature(one)) for one in chain]
        rows: list[tuple[str, str]] = []
        texts: Texts = {}
        for unit in sorted(unit for unit, state in states.items() if unit.region in chain and not state.follows):
            state = states[unit]
            if unit.kind in TEXTS:
                texts[unit] = state.content, state.made_from
            else:
                rows.append((str(unit), state.content))
        # With edits, and only with edits, the loader drops shipped texts whose entry was removed.
        own = any(unit.region == region and not state.follows for unit, state in states.items())
        return _TablesKey(sha256(repr((signatures, rows)).encode()).digest(), own), texts

    def _find_parent_region(self, region: str, states: UnitStates) -> str | None:
        if find_parent_id(region) is None:
            return None
        state = states.get(make_head_unit(region))
        if state is None or state.follows:
            return self._shipped.find_parent_region(region)
        head = self._contents.read(make_head_unit(region), state.content)
        parent = head.get("parent") if isinstance(head, dict) else None
        return parent if isinstance(parent, str) and is_region_id(parent) else None


def drop_locales(pack: Pack, tags: frozenset[str]) -> Pack:
    """Return the pack as it would be without these languages."""
    if not tags & pack.locales.keys():
        return pack
    names = ("locales", "strings", "topic_texts", "made_from")
    update = {name: {tag: one for tag, one in getattr(pack, name).items() if tag not in tags} for name in names}
    return pack.model_copy(update=update)


def _make_fault_key(unit: Unit, state: State) -> tuple[Unit, str]:
    return unit, state.content


def _find_problems(pack: Pack, unit: Unit, *, edited: bool) -> Iterable[Problem]:
    if unit.kind not in TEXTS:
        return find_table_problems(pack)
    tag, key = str(unit.locale), str(unit.text_key)
    if unit.kind is Kind.TOPIC:
        there = tag in pack.locales and unit.topic in pack.topic_texts[tag]
        return check_topic_text(pack, tag, str(unit.topic)) if there else _report_text_without_entry(unit, edited)
    there = tag in pack.locales and key in pack.strings[tag]
    return check_string(pack, tag, key) if there else _report_text_without_entry(unit, edited)


def _report_text_without_entry(unit: Unit, edited: bool) -> Iterable[Problem]:
    """Yield a problem for an edited text that the loader drops, as the pack has no entry that it belongs to."""
    if edited:
        yield Problem(Code.UNKNOWN_TEXT, f"{unit.region}/{unit.path}", (unit.key,) if unit.key else ())
