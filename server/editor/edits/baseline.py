"""The baseline of an edit: the shipped pack, and for a sub-region its parent with reviewed edits."""

from __future__ import annotations

from pathlib import Path

from server.editor.edits.blobs import Contents
from server.editor.edits.model import EDIT, LAST_NUMBER, Edit, parse_edit
from server.editor.edits.publications import make_origin_unit
from server.editor.edits.shipped import ShippedPacks
from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit, make_head_unit, make_text_unit
from server.guidance.model.regions import find_parent_id, is_language_tag, is_region_id
from server.guidance.texts.text import hash_source_text
from server.store.protocol import Store


class UnitReader:
    """Read single units with and without their edits."""

    def __init__(self, store: Store, packs: Path, contents: Contents) -> None:
        self.store = store
        self.contents = contents
        self.shipped = ShippedPacks(packs)

    def find_edit(self, unit: Unit) -> Edit | None:
        """Return the edit of a unit, or None."""
        doc = self.store.get(EDIT, str(unit))
        return parse_edit(doc) if doc else None

    def read_last_number(self, unit: Unit) -> int:
        """Return the last revision number of a unit that has no edit: 0, or what it had when it was removed."""
        doc = self.store.get(LAST_NUMBER, str(unit))
        number = doc.body["n"] if doc else 0
        assert isinstance(number, int)
        return number

    def with_saved(self, edit: Edit) -> UnitReader:
        """Return this baseline as it will be once `edit` is saved."""
        return _ReaderWithSaved(self, edit)

    def list_edits(self, region: str | None = None) -> list[Edit]:
        """Return every edit, or those of one region, in order of the units' names."""
        docs = self.store.find(EDIT) if region is None else self.store.find(EDIT, region=region)
        return [parse_edit(doc) for doc in docs]

    def read_baseline(self, unit: Unit) -> Content | None:
        """Return the content of a unit without its own edit."""
        parent = self.find_parent_region(unit.region)

        def read_parent_content() -> Content | None:
            return self.read_reviewed_content(unit.in_region(parent)) if parent else None

        return self.shipped.merge_over_parent(unit, read_parent_content)

    def read_newest_content(self, unit: Unit) -> Content | None:
        """Return the content of a unit's newest revision, reviewed or not."""
        edit = self.find_edit(unit)
        if edit is None or edit.head.follows:
            return self.read_inherited_content(unit)
        return self.contents.read(unit, edit.head.content)

    def find_parent_region(self, region: str) -> str | None:
        """Return the parent of a region, or None. Only a subdivision has one: its country."""
        if find_parent_id(region) is None:
            return None
        edit = self.find_edit(make_head_unit(region))
        if edit is None or edit.head.follows:
            return self.shipped.find_parent_region(region)
        head = self.contents.read(edit.unit, edit.head.content)
        parent = head.get("parent") if isinstance(head, dict) else None
        return parent if isinstance(parent, str) and is_region_id(parent) and parent != region else None

    def find_head_field(self, region: str, name: str) -> object:
        """Return a field of the pack's head, from the region or its parent, drafts included; None when neither has it."""
        head = self.read_newest_content(make_head_unit(region))
        if isinstance(head, dict) and name in head:
            return head[name]
        parent = self.find_parent_region(region)
        return self.find_head_field(parent, name) if parent else None

    def find_source_unit(self, unit: Unit) -> Unit | None:
        """Return the text that a translation is made from; None for a text of the source locale and for a unit that is not a text."""
        source = self._find_language_in_head(unit.region, "source_locale")
        if unit.kind not in (Kind.TOPIC, Kind.STRING) or unit.locale == source or source is None:
            return None
        if unit.key.startswith("say.") and unit.key.endswith(".read"):
            spoken = self._find_language_in_head(unit.region, "spoken_locale")
            return make_text_unit(unit.region, spoken, unit.key.removesuffix(".read")) if spoken else None
        return unit.in_locale(source)

    def _find_language_in_head(self, region: str, name: str) -> str | None:
        """Return a language that the head names, or None; a draft of the head may hold anything."""
        tag = self.find_head_field(region, name)
        return tag if isinstance(tag, str) and is_language_tag(tag) else None

    def read_source_text(self, unit: Unit) -> str | None:
        """Return the text that a translation would be made from now, drafts included, or None when there is none."""
        source = self.find_source_unit(unit)
        content = self.read_newest_content(source) if source else None
        return content if isinstance(content, str) else None

    def compute_source_digest(self, unit: Unit) -> str:
        """Return the `made_from` digest of a translation made now; "" for a unit that is not a translation."""
        text = self.read_source_text(unit)
        return hash_source_text(text) if text is not None else ""

    def read_shipped_origin(self, unit: Unit) -> str:
        """Return the `made_from` digest of a translation in its baseline; "" when none is recorded."""
        if self.find_source_unit(unit) is None:
            return ""
        noted = self.read_baseline(make_origin_unit(unit))
        return noted if isinstance(noted, str) else ""

    def read_reviewed_content(self, unit: Unit) -> Content | None:
        """Return the content of a unit's last reviewed revision."""
        edit = self.find_edit(unit)
        if edit is None or edit.reviewed.follows:
            return self.read_baseline(unit)
        return self.contents.read(unit, edit.reviewed.content)

    def read_inherited_content(self, unit: Unit) -> Content | None:
        """Return the content of a unit without its own edit, but with its parent's drafts."""
        parent = self.find_parent_region(unit.region)
        return self.shipped.merge_over_parent(
            unit, lambda: self.read_newest_content(unit.in_region(parent)) if parent else None
        )


class _ReaderWithSaved(UnitReader):
    """A UnitReader that reads one edit as if it were in the store already."""

    def __init__(self, reader: UnitReader, edit: Edit) -> None:
        self.store, self.contents, self.shipped = reader.store, reader.contents, reader.shipped
        self._reader = reader
        self._edit = edit

    def find_edit(self, unit: Unit) -> Edit | None:
        return self._edit if unit == self._edit.unit else self._reader.find_edit(unit)

    def list_edits(self, region: str | None = None) -> list[Edit]:
        others = [one for one in self._reader.list_edits(region) if one.unit != self._edit.unit]
        own = [self._edit] if region in (None, self._edit.unit.region) else []
        return sorted([*others, *own], key=lambda one: str(one.unit))
