"""Makes the plan of a publish: the release is compiled and compared with the current one, and not stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

import brotli

from server.bounded_cache import BoundedCache
from server.editor.edits.baseline import UnitReader
from server.editor.edits.model import UNPUBLISHED, Edit
from server.editor.edits.publications import Ledger, UnitStates, read_contents_of_states
from server.editor.packs.findings import Finding
from server.editor.packs.in_work import LocalesInWork
from server.editor.packs.loading import PackLoader
from server.editor.releases.plan import PageChange, PlannedUnit, PublishPlan, SliceCost, WithheldLocale
from server.editor.units.overlay import build_layers
from server.editor.units.unit import Unit, make_text_unit
from server.guidance.model.pack import Pack
from server.guidance.texts.translation import list_stale_keys
from server.publish.build import BuiltRelease, Sources, compile_packs
from server.publish.data_folder.container import build_update, build_whole_slice
from server.publish.data_folder.release import DataFolder, Release
from server.publish.data_folder.slices import Slice

PLANS_KEPT = 8
# A release larger than this is compiled again for the publish rather than kept in memory after its plan.
MOST_KEPT_BYTES = 24 << 20


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """A plan with what is needed to carry it out."""

    plan: PublishPlan
    states: UnitStates
    built: BuiltRelease | None = field(repr=False)


class Planner:
    """Make plans; a plan is kept until an edit, a shipped file or the channel changes."""

    def __init__(
        self, reader: UnitReader, ledger: Ledger, packs: PackLoader, folder: DataFolder, sources: Sources
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._packs = packs
        self._in_work = LocalesInWork(packs, reader.shipped, folder)
        self._folder = folder
        self._sources = sources
        self._plans = BoundedCache(PLANS_KEPT)
        self._built = BoundedCache(1)

    def prepare_plan(self, *, to_publish: bool = False) -> PreparedPlan:
        """Return the plan for the reviewed states as they are now; with `to_publish` also the release itself."""
        edits = self._reader.list_edits()
        reviewed = {edit.unit: edit.reviewed for edit in edits if edit.reviewed.n}
        current = self._folder.channel.read().release
        published = self._ledger.read_states()
        key = self._compute_key(reviewed, published, current)
        plan, taken = self._plans.get(key, lambda: self._make_plan(key, edits, reviewed, published, current))
        if not to_publish or plan.release is None:
            return PreparedPlan(plan, taken, None)
        return PreparedPlan(
            plan, taken, self._built.get(key, lambda: self._build_release(self._load_packs(taken)[0], taken))
        )

    def _compute_key(self, reviewed: UnitStates, published: UnitStates, current: str | None) -> str:
        signatures = [
            (region, self._reader.shipped.compute_signature(region)) for region in self._reader.shipped.list_regions()
        ]
        states = [[f"{unit} {state}" for unit, state in sorted(one.items())] for one in (reviewed, published)]
        return sha256(repr((signatures, states, current)).encode()).hexdigest()

    def _make_plan(
        self, key: str, edits: Sequence[Edit], reviewed: UnitStates, published: UnitStates, current: str | None
    ) -> tuple[PublishPlan, UnitStates]:
        old = self._folder.read_release(current) if current else None
        taken, withheld = self._withhold_locales_in_work(reviewed)
        packs, errors, warnings = self._load_packs(taken)
        before = [
            one
            for region in self._packs.list_regions(published)
            if (one := self._packs.load_pack(region, published).pack)
        ]
        behind, was_behind = _find_stale_units(packs), _find_stale_units(before)
        plan = PublishPlan(
            digest="",
            release=None,
            current=current,
            units=tuple(_list_planned_units(edits, taken, published)),
            falls_behind=tuple(sorted(behind - was_behind)),
            stale=len(behind),
            errors=tuple(errors),
            warnings=tuple(warnings),
            withheld=tuple(withheld),
        )
        if not errors:
            built = self._build_release(packs, taken)
            bodies = {digest: body for item in built.compiled for digest, (body, _) in item.bodies.items()}
            if sum(map(len, bodies.values())) <= MOST_KEPT_BYTES:
                self._built.put(key, built)
            pages, costs = self._compare_slices(old, built, bodies)
            plan = replace(plan, release=built.release.digest, pages=tuple(pages), costs=tuple(costs))
        return replace(plan, digest=_compute_digest(plan, taken)), taken

    def _withhold_locales_in_work(self, reviewed: UnitStates) -> tuple[UnitStates, list[WithheldLocale]]:
        """Return the states without the languages in work, here and in the regions below theirs."""
        taken, withheld = dict(reviewed), []
        for one in self._in_work.list_locales_in_work(reviewed):
            withheld.append(WithheldLocale(one.place, one.tag, one.missing, one.stale, one.faults))
            regions = {unit.region for unit in taken if unit.locale == one.tag}
            waiting = {region for region in regions if self._in_work.is_locale_of(one.unit, region, reviewed)}
            taken = {
                unit: state
                for unit, state in taken.items()
                if unit != one.unit and not (unit.locale == one.tag and unit.region in waiting)
            }
        return taken, withheld

    def _load_packs(self, taken: UnitStates) -> tuple[list[Pack], list[Finding], list[Finding]]:
        packs: list[Pack] = []
        errors: list[Finding] = []
        warnings: list[Finding] = []
        for region in self._packs.list_regions(taken):
            checked = self._packs.check_region(region, taken)
            errors += checked.errors
            warnings += [one for one in checked.findings if one.severity == "warning"]
            pack = self._packs.load_pack(region, taken).pack
            packs += [pack] if pack is not None else []
        return packs, errors, warnings

    def _build_release(self, packs: Sequence[Pack], taken: UnitStates) -> BuiltRelease:
        sources = replace(self._sources, edits=build_layers(read_contents_of_states(taken, self._reader.contents)))
        return compile_packs(packs, sources)

    def _compare_slices(
        self, old: Release | None, built: BuiltRelease, bodies: Mapping[str, bytes]
    ) -> tuple[list[PageChange], list[SliceCost]]:
        def read_body(digest: str) -> bytes:
            return bodies[digest] if digest in bodies else self._folder.blobs.read(digest)

        pages: list[PageChange] = []
        costs: list[SliceCost] = []
        before = dict(old.slices) if old else {}
        for item in built.compiled:
            new = item.slice
            region, _, locale = new.key.partition("/")
            held = before.pop(new.key, None)
            if held == new.digest:
                continue
            known = self._folder.read_slice(new.key, held) if held else None
            pages += list_page_changes(new.key, known, new)
            sent = build_update(known, new, read_body) if known else build_whole_slice(new, read_body)
            costs.append(SliceCost(region, locale, len(brotli.compress(sent, quality=11)), known is None))
        for key, digest in before.items():
            pages += list_page_changes(key, self._folder.read_slice(key, digest), None)
        return pages, costs


def _list_planned_units(edits: Iterable[Edit], included: UnitStates, published: UnitStates) -> Iterable[PlannedUnit]:
    for edit in edits:
        state, before = included.get(edit.unit, UNPUBLISHED), published.get(edit.unit, UNPUBLISHED)
        if state.has_same_content(before):
            continue
        what: Literal["changed", "removed", "shipped"] = "changed" if state.content else "removed"
        names = (edit.by_name, edit.reviewed_name) if state == edit.reviewed else ("", "")
        yield PlannedUnit(edit.unit, state.n, "shipped" if state.follows else what, *names)


def list_page_changes(key: str, old: Slice | None, new: Slice | None) -> Iterable[PageChange]:
    """Yield the pages in which two slices of one region and locale differ."""
    region, _, locale = key.partition("/")
    before, after = old.files if old else {}, new.files if new else {}
    for address in sorted(before.keys() | after.keys()):
        if before.get(address) != after.get(address):
            what: Literal["added", "changed", "removed"] = "changed" if address in after else "removed"
            yield PageChange(region, locale, address, "added" if address not in before else what)


def _find_stale_units(packs: Iterable[Pack]) -> set[Unit]:
    return {
        make_text_unit(pack.id, tag, key)
        for pack in packs
        for tag in pack.locales
        if tag != pack.source_locale
        for key in list_stale_keys(pack, tag)
    }


def _compute_digest(plan: PublishPlan, taken: UnitStates) -> str:
    states = {str(unit): [state.n, state.content, state.made_from, state.follows] for unit, state in taken.items()}
    shown = [plan.release, plan.current, states, [str(one) for one in plan.errors]]
    return sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
