"""New languages and sub-regions: a few first units, as drafts like any others."""

from __future__ import annotations

from collections.abc import Mapping

from server.editor.edits.baseline import Ground
from server.editor.edits.saving import Change
from server.editor.units.content import Content
from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Unit, entry_unit, head_unit, text_unit
from server.guidance.model import Pack
from server.guidance.regions import is_language_tag, is_region_id, iso_code, parent_id
from server.guidance.text import source_digest


def new_locale(pack: Pack, tag: str, *, name: str, direction: str, fallback: str) -> tuple[Unit, Content]:
    """Give the unit of a new language of a region. It is partial: what is not read at the door may come from `fallback`.

    Raises:
        ContentRefused: There is that language already, or the tag, name, direction or fallback cannot be.
    """
    if not is_language_tag(tag) or tag in pack.locales:
        raise ContentRefused(f"{pack.id}: {tag[:40]!r} is no new language tag")
    if direction not in ("ltr", "rtl") or fallback not in pack.locales or not name.strip():
        raise ContentRefused(f"{pack.id}: a language has a name, a direction (ltr or rtl) and a fallback that is there")
    locale: Content = {"tag": tag, "dir": direction, "name": name.strip(), "fallback": fallback, "partial": True}
    return entry_unit(pack.id, "locale", tag), locale


def new_subregion(ground: Ground, parent: Pack, region: str, names: Mapping[str, str]) -> list[Change]:
    """Give the first units of a sub-region, which says what its parent says until somebody changes it.

    Args:
        region: Its id, which begins with the parent's: `cn-31`.
        names: Its name in every language of the parent.

    Raises:
        ContentRefused: There is that region already, or its id or names cannot be.
    """
    head = head_unit(parent.id if not is_region_id(region) else region)
    if not is_region_id(region) or parent_id(region) != parent.id:
        raise ContentRefused(f"{region[:20]!r} is no part of {parent.id}: expected {parent.id}-… after ISO 3166-2")
    if ground.text(head) is not None:
        raise ContentRefused(f"{region} is there already")
    if names.keys() != parent.locales.keys() or not all(name.strip() for name in names.values()):
        raise ContentRefused(f"{region}: a name in each of {', '.join(parent.locales)}")
    edit = ground.edit(head)
    fields: Content = {"id": region, "iso": iso_code(region), "parent": parent.id}
    changes = [Change(head, fields, edit.head.n if edit else 0)]
    source = names[parent.source_locale].strip()
    for tag, name in names.items():
        unit = text_unit(region, tag, "region.name")
        there = ground.edit(unit)
        changes.append(Change(unit, name.strip(), there.head.n if there else 0, _made_from(parent, tag, source)))
    return changes


def _made_from(parent: Pack, tag: str, source: str) -> str | None:
    return source_digest(source) if tag != parent.source_locale else None
