"""Packs with edits laid over them, kept until a shipped file or an edit changes.

When only texts differ from a pack that is at hand, that pack is patched: with thousands of topics it takes milliseconds
where reading everything takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from server.editor.edits.blobs import Contents
from server.editor.edits.model import State
from server.editor.edits.publications import Taken, contents_of
from server.editor.edits.shipped import Shipped
from server.editor.packs.findings import Checked, Finding, findings
from server.editor.packs.patched_pack import patched
from server.editor.units.content import TEXTS
from server.editor.units.overlay import layers_of
from server.editor.units.unit import Kind, Unit, head_unit
from server.guidance.check import check_pack, table_problems
from server.guidance.codes import Code
from server.guidance.model import Pack
from server.guidance.parse import MAX_PARENTS, load_pack
from server.guidance.problem import PackErrors, Problem
from server.guidance.regions import is_region_id, parent_id
from server.guidance.wording import problems_of_string, problems_of_topic
from server.recent import Recent

# A pack of twenty topics takes a few megabytes; four are the published, the reviewed and the drafted one, and a province.
PACKS_KEPT = 4
TEXTS_KEPT = 50_000
REPORTS_KEPT = 16
MORE_TO_PATCH = 300
# So many times what cannot be read is left out before the edits are left out altogether.
ATTEMPTS = 5


# What an edited text says, and what it was made from, by the names of State.
Texts = dict[Unit, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A pack, or every reason why there is none."""

    region: str
    pack: Pack | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Usable:
    """A pack that can be shown although some edits cannot be read: those are left out, and `findings` say why."""

    pack: Pack
    left_out: tuple[Unit, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Tables:
    """What names everything but the edited texts: shipped files and edited tables, and whether the region has edits."""

    digest: bytes
    edited: bool


@dataclass(slots=True)
class _Base:
    """The pack that was made last of the same tables."""

    texts: Texts
    loaded: Loaded


class Packs:
    """Loads and checks the packs of one folder with any set of edits."""

    def __init__(self, shipped: Shipped, contents: Contents) -> None:
        self._shipped = shipped
        self._contents = contents
        self._bases: Recent = Recent(PACKS_KEPT)
        self._texts: Recent = Recent(TEXTS_KEPT)
        self._reports: Recent = Recent(REPORTS_KEPT)
        self._unreadable: Recent = Recent(REPORTS_KEPT * 16)

    def regions(self, states: Taken) -> list[str]:
        """Give the regions that have a folder, or an edited head that stands for one."""
        made = {unit.region for unit, state in states.items() if unit == head_unit(unit.region) and state.content}
        return sorted({*self._shipped.regions(), *made})

    def chain(self, region: str, states: Taken) -> list[str]:
        """Give a region and the regions below it, the nearest first."""
        chain = [region]
        while len(chain) <= MAX_PARENTS and (parent := self._parent(chain[-1], states)) and parent not in chain:
            chain.append(parent)
        return chain

    def load(self, region: str, states: Taken) -> Loaded:
        """Give the pack of a region with these states of its and its parents' units."""
        tables, texts = self._parts(region, states)
        base: _Base = self._bases.get((region, tables), lambda: _Base(texts, self._read(region, states)))
        if base.texts == texts:
            return base.loaded
        loaded = self._patch(region, base, texts, states)
        if loaded is not None and loaded.pack is None:
            return loaded  # half-typed: the base is still the one to go on from
        base = _Base(texts, loaded or self._read(region, states))
        self._bases.put((region, tables), base)
        return base.loaded

    def usable(self, region: str, states: Taken) -> Usable | None:
        """Give the pack with as many of these edits as can be read; None when there is no such region or it is broken."""
        said = [one for unit, state in states.items() for one in self._unreadable_before(unit, state)]
        left = dict.fromkeys(one.unit for one in said if one.unit is not None)
        for attempt in range(ATTEMPTS + 1):
            kept = {unit: state for unit, state in states.items() if unit not in left}
            loaded = self.load(region, kept if attempt < ATTEMPTS else {})
            if loaded.pack is not None:
                return Usable(loaded.pack, tuple(left), tuple(said))
            found = findings(loaded.problems, "error")
            said += [one for one in found if one not in said]
            self._remember_unreadable(found, kept)
            blamed = [one.unit for one in found if one.unit in kept and one.unit is not None]
            if not blamed and not kept:
                return None
            left |= dict.fromkeys(blamed or [unit for unit in kept if unit.kind not in TEXTS] or kept)
        return None

    def _unreadable_before(self, unit: Unit, state: State) -> tuple[Finding, ...]:
        found = self._unreadable.peek(_name(unit, state))
        return found if isinstance(found, tuple) else ()

    def _remember_unreadable(self, found: Iterable[Finding], states: Taken) -> None:
        """Note which states cannot be read whatever else is edited, so that they are left out at once the next time.

        A head or a language is not one of them: whether it can be depends on other units.
        """
        faults: dict[Unit, tuple[Finding, ...]] = {}
        for one in found:
            if one.unit in states and one.unit is not None and one.unit.path != "pack.toml":
                faults[one.unit] = (*faults.get(one.unit, ()), one)
        for unit, several in faults.items():
            self._unreadable.put(_name(unit, states[unit]), several)

    def check(self, region: str, states: Taken) -> Checked:
        """Give everything that the checker says of a region with these states."""
        tables, texts = self._parts(region, states)
        key = sha256(repr((region, tables, sorted(texts.items()))).encode()).digest()
        checked: Checked = self._reports.get(key, lambda: self._check(region, states, tables))
        return checked

    def messages(self, unit: Unit, states: Taken) -> tuple[Finding, ...]:
        """Give what the checker says of one unit: quick enough to be asked after every autosave.

        Warnings that compare languages, and faults of other units, are left to `check`.
        """
        usable = self.usable(unit.region, states)
        if usable is None:
            return ()
        if unreadable := tuple(one for one in usable.findings if one.unit == unit):
            return unreadable
        state = states.get(unit)
        found = findings(_problems(usable.pack, unit, edited=state is not None and bool(state.content)), "error")
        return tuple(one for one in found if one.unit == unit)

    def _check(self, region: str, states: Taken, tables: _Tables) -> Checked:
        loaded = self.load(region, states)
        if loaded.pack is None:
            return Checked(tuple(findings(loaded.problems, "error")))

        def remember(key: tuple[str, ...], find: object) -> tuple[Problem, ...]:
            assert callable(find)
            found: tuple[Problem, ...] = self._texts.get((tables.digest, *key), lambda: tuple(find()))
            return found

        report = check_pack(loaded.pack, remember=remember)
        return Checked((*findings(report.errors, "error"), *findings(report.warnings, "warning")))

    def _read(self, region: str, states: Taken) -> Loaded:
        chain = self.chain(region, states)
        wanted = {unit: state for unit, state in states.items() if unit.region in chain}
        packs = self._shipped.packs
        try:
            edits = layers_of(contents_of(wanted, self._contents))
            return Loaded(region, load_pack(packs / region, packs_root=packs, edits=edits))
        except PackErrors as error:
            return Loaded(region, None, error.problems)

    def _patch(self, region: str, base: _Base, texts: Texts, states: Taken) -> Loaded | None:
        """Give the base with other texts, or None when everything must be read again."""
        changed = {unit for unit in base.texts.keys() | texts.keys() if base.texts.get(unit) != texts.get(unit)}
        pack = base.loaded.pack
        if pack is None or len(changed) > MORE_TO_PATCH or any(unit.region != region for unit in changed):
            return None
        if pack.parent is not None and any(unit not in texts for unit in changed):
            return None  # what the parent says, with its own edits, is for the loader to find
        edited = {unit: state for unit, state in states.items() if unit in changed}
        dropped = {unit: self._shipped.content(unit) for unit in changed if unit not in texts}
        made = patched(pack, dropped | contents_of(edited, self._contents), self._shipped)
        return Loaded(region, None, tuple(made)) if isinstance(made, list) else Loaded(region, made)

    def _parts(self, region: str, states: Taken) -> tuple[_Tables, Texts]:
        """Give what names the tables of a region and everything shipped, and the edited texts."""
        chain = self.chain(region, states)
        signatures = [(one, self._shipped.signature(one)) for one in chain]
        rows: list[tuple[str, str]] = []
        texts: Texts = {}
        for unit in sorted(unit for unit, state in states.items() if unit.region in chain and not state.follows):
            state = states[unit]
            if unit.kind in TEXTS:
                texts[unit] = state.content, state.made_from
            else:
                rows.append((str(unit), state.content))
        # With edits, and only with edits, the loader leaves away what shipped texts say about nothing.
        own = any(unit.region == region and not state.follows for unit, state in states.items())
        return _Tables(sha256(repr((signatures, rows)).encode()).digest(), own), texts

    def _parent(self, region: str, states: Taken) -> str | None:
        if parent_id(region) is None:
            return None
        state = states.get(head_unit(region))
        if state is None or state.follows:
            return self._shipped.parent(region)
        head = self._contents.read(head_unit(region), state.content)
        parent = head.get("parent") if isinstance(head, dict) else None
        return parent if isinstance(parent, str) and is_region_id(parent) else None


def _name(unit: Unit, state: State) -> tuple[Unit, str]:
    return unit, state.content


def _problems(pack: Pack, unit: Unit, *, edited: bool) -> Iterable[Problem]:
    if unit.kind not in TEXTS:
        return table_problems(pack)
    tag, key = str(unit.locale), str(unit.text_key)
    if unit.kind is Kind.TOPIC:
        there = tag in pack.locales and unit.topic in pack.topic_texts[tag]
        return problems_of_topic(pack, tag, str(unit.topic)) if there else _left_away(unit, edited)
    there = tag in pack.locales and key in pack.strings[tag]
    return problems_of_string(pack, tag, key) if there else _left_away(unit, edited)


def _left_away(unit: Unit, edited: bool) -> Iterable[Problem]:
    """Say that the loader leaves an edited text away, as the pack has nothing that it is about."""
    if edited:
        yield Problem(Code.UNKNOWN_TEXT, f"{unit.region}/{unit.path}", (unit.key,) if unit.key else ())
