"""What lies below an edit: the shipped pack, and for a sub-region what its parent says with its reviewed edits."""

from __future__ import annotations

from pathlib import Path

from server.editor.edits.blobs import Contents
from server.editor.edits.model import EDIT, Edit, edit_from
from server.editor.edits.publications import made_from_unit
from server.editor.edits.shipped import Shipped
from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit, head_unit, text_unit
from server.guidance.regions import is_language_tag, is_region_id, parent_id
from server.guidance.text import source_digest
from server.store.protocol import Store


class Ground:
    """Single units with and without their edits, each read by itself."""

    def __init__(self, store: Store, packs: Path, contents: Contents) -> None:
        self.store = store
        self.contents = contents
        self.shipped = Shipped(packs)

    def edit(self, unit: Unit) -> Edit | None:
        """Give the edit of a unit, or None."""
        doc = self.store.get(EDIT, str(unit))
        return edit_from(doc) if doc else None

    def ahead_of(self, edit: Edit) -> Ground:
        """Return this baseline as it will be once `edit` is saved."""
        return _Ahead(self, edit)

    def edits(self, region: str | None = None) -> list[Edit]:
        """Give every edit, or those of one region, in order of the units' names."""
        docs = self.store.find(EDIT) if region is None else self.store.find(EDIT, region=region)
        return [edit_from(doc) for doc in docs]

    def below(self, unit: Unit) -> Content | None:
        """Give what the unit says without its own edit."""
        parent = self.parent(unit.region)

        def upper() -> Content | None:
            return self.reviewed(unit.in_region(parent)) if parent else None

        return self.shipped.below(unit, upper)

    def text(self, unit: Unit) -> Content | None:
        """Give what the unit says with its newest revision, reviewed or not."""
        edit = self.edit(unit)
        if edit is None or edit.head.follows:
            return self.inherited(unit)
        return self.contents.read(unit, edit.head.content)

    def parent(self, region: str) -> str | None:
        """Give the region that this one lies over; only a subdivision's country can be that."""
        if parent_id(region) is None:
            return None
        edit = self.edit(head_unit(region))
        if edit is None or edit.head.follows:
            return self.shipped.parent(region)
        head = self.contents.read(edit.unit, edit.head.content)
        parent = head.get("parent") if isinstance(head, dict) else None
        return parent if isinstance(parent, str) and is_region_id(parent) and parent != region else None

    def head_field(self, region: str, name: str) -> object:
        """Give a field of the pack's head, from the region or its parent, drafts included; None when nobody says it."""
        head = self.text(head_unit(region))
        if isinstance(head, dict) and name in head:
            return head[name]
        parent = self.parent(region)
        return self.head_field(parent, name) if parent else None

    def source_unit(self, unit: Unit) -> Unit | None:
        """Give the text that a translation is made from; None for a text of the source locale and for what is no text."""
        source = self._language(unit.region, "source_locale")
        if unit.kind not in (Kind.TOPIC, Kind.STRING) or unit.locale == source or source is None:
            return None
        if unit.key.startswith("say.") and unit.key.endswith(".read"):
            spoken = self._language(unit.region, "spoken_locale")
            return text_unit(unit.region, spoken, unit.key.removesuffix(".read")) if spoken else None
        return unit.in_locale(source)

    def _language(self, region: str, name: str) -> str | None:
        """Give a language that the head names; a draft of it may hold anything."""
        tag = self.head_field(region, name)
        return tag if isinstance(tag, str) and is_language_tag(tag) else None

    def source_text(self, unit: Unit) -> str | None:
        """Give the words that a translation would be made from now, drafts included, or None when there are none."""
        source = self.source_unit(unit)
        content = self.text(source) if source else None
        return content if isinstance(content, str) else None

    def source_digest(self, unit: Unit) -> str:
        """Give what `made_from` says of a translation made now; "" for what is no translation."""
        text = self.source_text(unit)
        return source_digest(text) if text is not None else ""

    def shipped_made_from(self, unit: Unit) -> str:
        """Give what a translation was made from, as noted below its edit; "" when nothing is."""
        if self.source_unit(unit) is None:
            return ""
        noted = self.below(made_from_unit(unit))
        return noted if isinstance(noted, str) else ""

    def reviewed(self, unit: Unit) -> Content | None:
        """Give what the unit says with its last reviewed revision."""
        edit = self.edit(unit)
        if edit is None or edit.reviewed.follows:
            return self.below(unit)
        return self.contents.read(unit, edit.reviewed.content)

    def inherited(self, unit: Unit) -> Content | None:
        """Give what the unit says without its own edit, but with its parent's drafts."""
        parent = self.parent(unit.region)
        return self.shipped.below(unit, lambda: self.text(unit.in_region(parent)) if parent else None)


class _Ahead(Ground):
    """A baseline on which one edit counts as saved."""

    def __init__(self, ground: Ground, ahead: Edit) -> None:
        self.store, self.contents, self.shipped = ground.store, ground.contents, ground.shipped
        self._ground = ground
        self._ahead = ahead

    def edit(self, unit: Unit) -> Edit | None:
        return self._ahead if unit == self._ahead.unit else self._ground.edit(unit)

    def edits(self, region: str | None = None) -> list[Edit]:
        others = [one for one in self._ground.edits(region) if one.unit != self._ahead.unit]
        own = [self._ahead] if region in (None, self._ahead.unit.region) else []
        return sorted([*others, *own], key=lambda one: str(one.unit))
