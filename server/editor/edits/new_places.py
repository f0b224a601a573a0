"""New languages and sub-regions: their first units, saved as drafts."""

from __future__ import annotations

from collections.abc import Mapping

from server.editor.edits.baseline import UnitReader
from server.editor.edits.saving import UnitChange
from server.editor.units.content import Content
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Unit, make_entry_unit, make_head_unit, make_text_unit
from server.guidance.model.pack import Pack
from server.guidance.model.regions import find_parent_id, is_language_tag, is_region_id, make_iso_code
from server.guidance.texts.text import hash_source_text


def make_locale_unit(pack: Pack, tag: str, *, name: str, direction: str, fallback: str) -> tuple[Unit, Content]:
    """Return the unit and content of a new language. It is partial: texts that are not read at the door may come from `fallback`.

    Raises:
        ContentRefused: The region has that language already, or the tag, name, direction or fallback is not valid.
    """
    if not is_language_tag(tag) or tag in pack.locales:
        raise ContentRefused(f"{pack.id}: {tag[:40]!r} is no new language tag")
    if direction not in ("ltr", "rtl") or fallback not in pack.locales or not name.strip():
        raise ContentRefused(f"{pack.id}: a language has a name, a direction (ltr or rtl) and a fallback that is there")
    locale: Content = {"tag": tag, "dir": direction, "name": name.strip(), "fallback": fallback, "partial": True}
    return make_entry_unit(pack.id, "locale", tag), locale


def make_subregion_changes(reader: UnitReader, parent: Pack, region: str, names: Mapping[str, str]) -> list[UnitChange]:
    """Return the changes that make a sub-region, which has its parent's contents until somebody edits them.

    Args:
        parent: The region above it, without its languages in work: nobody is asked for a name in those.
        region: Its id, which begins with the parent's: `cn-31`.
        names: Its name in every language of the parent.

    Raises:
        ContentRefused: The region exists already, or its id or names are not valid.
    """
    head = make_head_unit(parent.id if not is_region_id(region) else region)
    if not is_region_id(region) or find_parent_id(region) != parent.id:
        raise ContentRefused(f"{region[:20]!r} is no part of {parent.id}: expected {parent.id}-… after ISO 3166-2")
    if reader.read_newest(head) is not None:
        raise ContentRefused(f"{region} is there already")
    if names.keys() != parent.locales.keys() or not all(name.strip() for name in names.values()):
        raise ContentRefused(f"{region}: a name in each of {', '.join(parent.locales)}")
    edit = reader.find_edit(head)
    fields: Content = {"id": region, "iso": make_iso_code(region), "parent": parent.id}
    changes = [UnitChange(head, fields, edit.head.n if edit else 0)]
    source = names[parent.source_locale].strip()
    for tag, name in names.items():
        unit = make_text_unit(region, tag, "region.name")
        there = reader.find_edit(unit)
        changes.append(
            UnitChange(unit, name.strip(), there.head.n if there else 0, _compute_origin(parent, tag, source))
        )
    return changes


def _compute_origin(parent: Pack, tag: str, source: str) -> str | None:
    return hash_source_text(source) if tag != parent.source_locale else None
