"""New languages and sub-regions: their first units, saved as drafts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from server.editor.edits.baseline import UnitReader
from server.editor.edits.saving import UnitChange
from server.editor.units.content import Content
from server.editor.units.errors import PlaceRefused
from server.editor.units.unit import Unit, make_entry_unit, make_head_unit, make_text_unit
from server.guidance.model.pack import Pack
from server.guidance.model.regions import find_parent_id, is_language_tag, is_region_id, make_iso_code
from server.guidance.texts.text import hash_source_text


def make_locale_unit(pack: Pack, tag: str, *, name: str, direction: str, fallback: str) -> tuple[Unit, Content]:
    """Return the unit and content of a new language. It is partial: texts that are not read at the door may come from `fallback`.

    Raises:
        PlaceRefused: Its reason is "tag", "taken", "fallback" or "name".
    """
    if not is_language_tag(tag):
        raise PlaceRefused("tag", tag[:40])
    if tag in pack.locales:
        raise PlaceRefused("taken", tag)
    if fallback not in pack.locales:
        raise PlaceRefused("fallback", fallback[:40])
    if direction not in ("ltr", "rtl") or not name.strip():
        raise PlaceRefused("name", tag)
    locale: Content = {"tag": tag, "dir": direction, "name": name.strip(), "fallback": fallback, "partial": True}
    return make_entry_unit(pack.id, "locale", tag), locale


def parse_region_code(parent: str, code: str) -> str:
    """Return the id of a sub-region from its code in ISO 3166-2 as people write it: `31`, `CN-31`, `３１`.

    Raises:
        PlaceRefused: Its reason is "code". Nothing is cut to make it fit.
    """
    own = unicodedata.normalize("NFKC", code).strip().lower().removeprefix(f"{parent}-")
    region = f"{parent}-{own}"
    if own == parent or find_parent_id(region) != parent or not is_region_id(region):
        raise PlaceRefused("code", code[:40])
    return region


def make_subregion_changes(reader: UnitReader, parent: Pack, code: str, names: Mapping[str, str]) -> list[UnitChange]:
    """Return the changes that make a sub-region, which has its parent's contents until somebody edits them.

    Args:
        parent: The region above it, without its languages in work: nobody is asked for a name in those.
        code: Its code in ISO 3166-2, with or without the country's.
        names: Its name in every language of the parent.

    Raises:
        PlaceRefused: Its reason is "code", "taken" or "name".
    """
    region = parse_region_code(parent.id, code)
    head = make_head_unit(region)
    if reader.read_newest_content(head) is not None:
        raise PlaceRefused("taken", f"{region} is there already")
    if names.keys() != parent.locales.keys() or not all(name.strip() for name in names.values()):
        raise PlaceRefused("name", f"{region}: a name in each of {', '.join(parent.locales)}")
    edit = reader.find_edit(head)
    fields: Content = {"id": region, "iso": make_iso_code(region), "parent": parent.id}
    changes = [UnitChange(head, fields, edit.head.n if edit else 0)]
    source = names[parent.source_locale].strip()
    for tag, name in names.items():
        unit = make_text_unit(region, tag, "region.name")
        there = reader.find_edit(unit)
        changes.append(
            UnitChange(unit, name.strip(), there.head.n if there else 0, _compute_source_digest(parent, tag, source))
        )
    return changes


def _compute_source_digest(parent: Pack, tag: str, source: str) -> str | None:
    return hash_source_text(source) if tag != parent.source_locale else None
