"""Export a region as a zip, and import files as drafts: one revision for each unit that differs, nothing published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.auth.audit import make_audit_line
from server.auth.errors import AccessDenied
from server.auth.roles import Permission, Person
from server.editor.edits.baseline import UnitReader
from server.editor.edits.drafts import Drafts
from server.editor.edits.publications import UnitStates, make_origin_unit, read_contents_of_states
from server.editor.edits.saving import UnitChange
from server.editor.edits.shipped import ShippedPacks
from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.packfiles import build_pack_files
from server.editor.exchange.zipfiles import IncomingPack, load_unpacked_pack, make_temporary_folder, read_zip, write_zip
from server.editor.packs.in_work import LocalesInWork
from server.editor.packs.loading import drop_locales
from server.editor.units.content import TEXTS
from server.editor.units.overlay import build_layers
from server.editor.units.unit import Kind, Unit, make_head_unit
from server.guidance.checks.check_pack import check_pack
from server.guidance.model.keys import list_optional_keys, list_required_keys
from server.guidance.model.pack import Pack
from server.guidance.model.regions import find_parent_id
from server.guidance.problems.problem import Problem


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import changed: the units that are drafts now, and the checker's warnings about the pack."""

    region: str
    changed: tuple[Unit, ...]
    warnings: tuple[Problem, ...]


def export_zip(reader: UnitReader, pack: Pack, states: UnitStates, *, with_drafts: bool) -> bytes:
    """Return a region's pack with these states as a zip; of a sub-region only its own contents."""
    parent = reader.find_parent_region(pack.id)
    said = reader.read_newest_content if with_drafts else reader.read_reviewed_content

    def is_inherited(unit: Unit) -> bool:
        if parent is None or unit.kind is Kind.HEAD:
            return False
        return said(unit.in_region(parent)) is not None

    return write_zip(
        pack.id, build_pack_files(reader.shipped, pack, read_contents_of_states(states, reader.contents), is_inherited)
    )


def import_zip(
    reader: UnitReader, drafts: Drafts, person: Person, data: bytes, states: UnitStates, in_work: LocalesInWork
) -> ImportResult:
    """Import a pack: every unit that differs becomes a draft, and units that the pack lacks are removed.

    A language in work comes in as far as it is.

    Raises:
        AccessDenied: This person may not import.
        ImportRefused: The file is not a pack, or the checker found errors; it lists them. Nothing was changed.
        EditConflict: Somebody saved one of the units at the same moment; nothing was changed.
    """
    if not person.may(Permission.IMPORT):
        raise AccessDenied(f"{person.name} may not import")
    unpacked = read_zip(data)
    with make_temporary_folder() as folder:
        edits = build_layers(read_contents_of_states(states, reader.contents))
        incoming = load_unpacked_pack(unpacked, Path(folder), reader.shipped.packs, edits)
        report = check_pack(drop_locales(incoming.pack, in_work.find_tags_of_incoming(incoming.pack)))
        if report.errors:
            raise ImportRefused("not-a-pack", report.errors, count=len(report.errors))
        changes = list(_list_import_changes(reader, incoming))
        if reader.read_newest_content(make_head_unit(incoming.region)) is None:
            # A new region's head first: without it nobody knows its parent, nor what its texts are made from.
            head = next(change for change in changes if change.unit.kind is Kind.HEAD)
            changes = [head, *_list_import_changes(drafts.preview_save(person, head), incoming)]
        line = make_audit_line(person, "pack.imported", incoming.region, changed=len(changes))
        drafts.save_all(person, changes, why="import", also=[line])
    return ImportResult(incoming.region, tuple(change.unit for change in changes), tuple(report.warnings))


def _list_import_changes(reader: UnitReader, incoming: IncomingPack) -> Iterator[UnitChange]:
    region, files = incoming.region, ShippedPacks(incoming.packs)
    parent = incoming.pack.parent if find_parent_id(region) else None

    def read_merged(unit: Unit) -> object:
        return files.merge_over_parent(
            unit, lambda: reader.read_newest_content(unit.in_region(parent)) if parent else None
        )

    units = {
        *files.list_own_units(region),
        *reader.shipped.list_own_units(region),
        *(one.unit for one in reader.list_edits(region)),
    }
    for unit in sorted(units):
        content = read_merged(unit)
        if unit.kind is Kind.MADE_FROM or (content is None and _has_no_entry(incoming.pack, unit)):
            continue
        assert content is None or isinstance(content, str | dict)
        origin = read_merged(make_origin_unit(unit)) if unit.kind in TEXTS and content is not None else None
        there = _read_current_content(reader, unit)
        if (content, origin or there[1]) != there[:2]:
            yield UnitChange(unit, content, there[2], str(origin) if origin else None)


def _has_no_entry(pack: Pack, unit: Unit) -> bool:
    """Return whether the loader will drop this text because the pack no longer has the entry it belongs to."""
    if unit.kind is Kind.TOPIC:
        return unit.topic not in pack.topics
    tag = str(unit.locale)
    return (
        unit.kind is Kind.STRING
        and unit.key not in list_required_keys(pack)
        and unit.key not in list_optional_keys(pack, tag)
    )


def _read_current_content(reader: UnitReader, unit: Unit) -> tuple[object, str, int]:
    """Return a unit's content on this desk, the digest of its source, and its newest revision."""
    edit = reader.find_edit(unit)
    if edit is None or edit.head.follows:
        shown = reader.read_shipped_origin(unit) if unit.kind in TEXTS else ""
        return reader.read_baseline(unit), shown, edit.head.n if edit else 0
    return reader.contents.read(unit, edit.head.content), edit.head.made_from, edit.head.n
