"""What comes in from a file becomes drafts: one revision for each unit that differs, nothing published, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.auth.audit import audit
from server.auth.errors import NotAllowed
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import Ground
from server.editor.edits.drafts import Drafts
from server.editor.edits.publications import Taken, contents_of, made_from_unit
from server.editor.edits.saving import Change
from server.editor.edits.shipped import Shipped
from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.packfiles import pack_files
from server.editor.exchange.zipfiles import Incoming, load_unpacked, read_zip, temporary_folder, write_zip
from server.editor.units.content import TEXTS
from server.editor.units.overlay import layers_of
from server.editor.units.unit import Kind, Unit, head_unit
from server.guidance.check import check_pack
from server.guidance.keys import optional_keys, required_keys
from server.guidance.model import Pack
from server.guidance.problem import Problem
from server.guidance.regions import parent_id


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed: the units that are drafts now, and what the checker warns of in the pack."""

    region: str
    changed: tuple[Unit, ...]
    warnings: tuple[Problem, ...]


def export_zip(ground: Ground, pack: Pack, states: Taken, *, with_drafts: bool) -> bytes:
    """Give a region's pack with these states as a zip; of a sub-region only what it says itself."""
    parent = ground.parent(pack.id)
    said = ground.text if with_drafts else ground.reviewed

    def inherited(unit: Unit) -> bool:
        if parent is None or unit.kind is Kind.HEAD:
            return False
        return said(unit.in_region(parent)) is not None

    return write_zip(pack.id, pack_files(ground.shipped, pack, contents_of(states, ground.contents), inherited))


def import_zip(ground: Ground, drafts: Drafts, person: Person, data: bytes, states: Taken) -> Imported:
    """Take in a pack: every unit that says something else than here becomes a draft, what it lacks is removed.

    Raises:
        NotAllowed: This person may not import.
        ImportRefused: The file is no pack, or the checker has errors; it lists them. Nothing was changed.
        EditConflict: Somebody saved one of the units at the same moment; nothing was changed.
    """
    if not person.may(Permission.IMPORT):
        raise NotAllowed(f"{person.name} may not import")
    unpacked = read_zip(data)
    with temporary_folder() as folder:
        edits = layers_of(contents_of(states, ground.contents))
        incoming = load_unpacked(unpacked, Path(folder), ground.shipped.packs, edits)
        report = check_pack(incoming.pack)
        if report.errors:
            raise ImportRefused("not-a-pack", report.errors, count=len(report.errors))
        changes = list(_changes(ground, incoming))
        if ground.text(head_unit(incoming.region)) is None:
            # A new region's head first: without it nobody knows its parent, nor what its texts are made from.
            head = next(change for change in changes if change.unit.kind is Kind.HEAD)
            changes = [head, *_changes(drafts.baseline_after(person, head), incoming)]
        line = audit(person, "pack.imported", incoming.region, changed=len(changes))
        drafts.save_all(person, changes, why="import", also=[line])
    return Imported(incoming.region, tuple(change.unit for change in changes), tuple(report.warnings))


def _changes(ground: Ground, incoming: Incoming) -> Iterator[Change]:
    region, files = incoming.region, Shipped(incoming.packs)
    parent = incoming.pack.parent if parent_id(region) else None

    def said(unit: Unit) -> object:
        return files.below(unit, lambda: ground.text(unit.in_region(parent)) if parent else None)

    units = {*files.own_units(region), *ground.shipped.own_units(region), *(one.unit for one in ground.edits(region))}
    for unit in sorted(units):
        content = said(unit)
        if unit.kind is Kind.MADE_FROM or (content is None and _is_about_nothing(incoming.pack, unit)):
            continue
        assert content is None or isinstance(content, str | dict)
        origin = said(made_from_unit(unit)) if unit.kind in TEXTS and content is not None else None
        there = _here(ground, unit)
        if (content, origin or there[1]) != there[:2]:
            yield Change(unit, content, there[2], str(origin) if origin else None)


def _is_about_nothing(pack: Pack, unit: Unit) -> bool:
    """Say whether a text would be left away anyhow, as the pack has not what it is about: it need not be removed too."""
    if unit.kind is Kind.TOPIC:
        return unit.topic not in pack.topics
    tag = str(unit.locale)
    return unit.kind is Kind.STRING and unit.key not in required_keys(pack) and unit.key not in optional_keys(pack, tag)


def _here(ground: Ground, unit: Unit) -> tuple[object, str, int]:
    """Give what a unit says here, what it was made from, and its newest revision."""
    edit = ground.edit(unit)
    if edit is None or edit.head.follows:
        shown = ground.shipped_made_from(unit) if unit.kind in TEXTS else ""
        return ground.below(unit), shown, edit.head.n if edit else 0
    return ground.contents.read(unit, edit.head.content), edit.head.made_from, edit.head.n
