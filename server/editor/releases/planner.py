"""Makes the plan of a publish: the release is compiled and compared with the one that phones have, and not stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

import brotli

from server.editor.edits.baseline import Ground
from server.editor.edits.model import UNPUBLISHED, Edit
from server.editor.edits.publications import Ledger, Taken, contents_of
from server.editor.packs.findings import Finding
from server.editor.packs.loading import Packs
from server.editor.packs.progress import not_ready
from server.editor.releases.plan import PageChange, PlannedUnit, PublishPlan, SliceCost, Withheld
from server.editor.units.overlay import layers_of
from server.editor.units.unit import Unit, text_unit
from server.guidance.model import Pack
from server.guidance.translation import stale_keys
from server.publish.build import Built, Sources, compile_packs
from server.publish.container import update_between, whole_slice
from server.publish.release import DataFolder, Release
from server.publish.slices import Slice
from server.recent import Recent

PLANS_KEPT = 8
# A release that is larger than this is made once more for the publish rather than kept in memory after its plan.
MOST_KEPT_BYTES = 24 << 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with what is needed to carry it out."""

    plan: PublishPlan
    taken: Taken
    built: Built | None = field(repr=False)


class Planner:
    """Makes plans; one that was made is kept until an edit, a shipped file or the channel changes."""

    def __init__(self, ground: Ground, ledger: Ledger, packs: Packs, folder: DataFolder, sources: Sources) -> None:
        self._ground = ground
        self._ledger = ledger
        self._packs = packs
        self._folder = folder
        self._sources = sources
        self._plans = Recent(PLANS_KEPT)
        self._built = Recent(1)

    def prepare(self, *, to_publish: bool = False) -> Prepared:
        """Give the plan for the reviewed states as they are now; with `to_publish` also the release itself."""
        edits = self._ground.edits()
        reviewed = {edit.unit: edit.reviewed for edit in edits if edit.reviewed.n}
        current = self._folder.channel.read().release
        published = self._ledger.taken()
        key = self._key(reviewed, published, current)
        plan, taken = self._plans.get(key, lambda: self._made(key, edits, reviewed, published, current))
        if not to_publish or plan.release is None:
            return Prepared(plan, taken, None)
        return Prepared(plan, taken, self._built.get(key, lambda: self._build(self._load(taken)[0], taken)))

    def _key(self, reviewed: Taken, published: Taken, current: str | None) -> str:
        signatures = [(region, self._ground.shipped.signature(region)) for region in self._ground.shipped.regions()]
        states = [[f"{unit} {state}" for unit, state in sorted(one.items())] for one in (reviewed, published)]
        return sha256(repr((signatures, states, current)).encode()).hexdigest()

    def _made(
        self, key: str, edits: Sequence[Edit], reviewed: Taken, published: Taken, current: str | None
    ) -> tuple[PublishPlan, Taken]:
        old = self._folder.release(current) if current else None
        taken, withheld = self._ready(reviewed, old)
        packs, errors, warnings = self._load(taken)
        before = [one for region in self._packs.regions(published) if (one := self._packs.load(region, published).pack)]
        behind, was_behind = _stale(packs), _stale(before)
        plan = PublishPlan(
            digest="",
            release=None,
            current=current,
            units=tuple(_units(edits, taken, published)),
            falls_behind=tuple(sorted(behind - was_behind)),
            stale=len(behind),
            errors=tuple(errors),
            warnings=tuple(warnings),
            withheld=tuple(withheld),
        )
        if not errors:
            built = self._build(packs, taken)
            bodies = {digest: body for item in built.compiled for digest, (body, _) in item.bodies.items()}
            if sum(map(len, bodies.values())) <= MOST_KEPT_BYTES:
                self._built.put(key, built)
            pages, costs = self._changes(old, built, bodies)
            plan = replace(plan, release=built.release.digest, pages=tuple(pages), costs=tuple(costs))
        return replace(plan, digest=_digest(plan, taken)), taken

    def _ready(self, reviewed: Taken, old: Release | None) -> tuple[Taken, list[Withheld]]:
        """Give the states without the languages that were never published and are not ready to be."""
        taken, withheld = dict(reviewed), []
        for unit in reviewed:
            if unit.path != "pack.toml" or not unit.key.startswith("locale:"):
                continue
            region, tag = unit.region, unit.entry[1]
            released = old.regions.get(region, {}).get("locales", ()) if old else ()
            if self._ground.shipped.content(unit) is not None or tag in {item["tag"] for item in released}:
                continue
            pack = self._packs.load(region, reviewed).pack
            if pack is None or tag not in pack.locales:
                continue
            missing, stale = not_ready(pack, tag)
            if missing or stale:
                withheld.append(Withheld(region, tag, len(missing), len(stale)))
                taken = {
                    one: state
                    for one, state in taken.items()
                    if one != unit and (one.region, one.locale) != (region, tag)
                }
        return taken, withheld

    def _load(self, taken: Taken) -> tuple[list[Pack], list[Finding], list[Finding]]:
        packs: list[Pack] = []
        errors: list[Finding] = []
        warnings: list[Finding] = []
        for region in self._packs.regions(taken):
            checked = self._packs.check(region, taken)
            errors += checked.errors
            warnings += [one for one in checked.findings if one.severity == "warning"]
            pack = self._packs.load(region, taken).pack
            packs += [pack] if pack is not None else []
        return packs, errors, warnings

    def _build(self, packs: Sequence[Pack], taken: Taken) -> Built:
        sources = replace(self._sources, edits=layers_of(contents_of(taken, self._ground.contents)))
        return compile_packs(packs, sources)

    def _changes(
        self, old: Release | None, built: Built, bodies: Mapping[str, bytes]
    ) -> tuple[list[PageChange], list[SliceCost]]:
        def read(digest: str) -> bytes:
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
            known = self._folder.slice(new.key, held) if held else None
            pages += _pages(new.key, known, new)
            sent = update_between(known, new, read) if known else whole_slice(new, read)
            costs.append(SliceCost(region, locale, len(brotli.compress(sent, quality=11)), known is None))
        for key, digest in before.items():
            pages += _pages(key, self._folder.slice(key, digest), None)
        return pages, costs


def _units(edits: Iterable[Edit], taken: Taken, published: Taken) -> Iterable[PlannedUnit]:
    for edit in edits:
        state, before = taken.get(edit.unit, UNPUBLISHED), published.get(edit.unit, UNPUBLISHED)
        if state.same_words(before):
            continue
        what: Literal["changed", "removed", "shipped"] = "changed" if state.content else "removed"
        names = (edit.by_name, edit.reviewed_name) if state == edit.reviewed else ("", "")
        yield PlannedUnit(edit.unit, state.n, "shipped" if state.follows else what, *names)


def _pages(key: str, old: Slice | None, new: Slice | None) -> Iterable[PageChange]:
    region, _, locale = key.partition("/")
    before, after = old.files if old else {}, new.files if new else {}
    for address in sorted(before.keys() | after.keys()):
        if before.get(address) != after.get(address):
            what: Literal["added", "changed", "removed"] = "changed" if address in after else "removed"
            yield PageChange(region, locale, address, "added" if address not in before else what)


def _stale(packs: Iterable[Pack]) -> set[Unit]:
    return {
        text_unit(pack.id, tag, key)
        for pack in packs
        for tag in pack.locales
        if tag != pack.source_locale
        for key in stale_keys(pack, tag)
    }


def _digest(plan: PublishPlan, taken: Taken) -> str:
    states = {str(unit): [state.n, state.content, state.made_from, state.follows] for unit, state in taken.items()}
    shown = [plan.release, plan.current, states, [str(one) for one in plan.errors]]
    return sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
