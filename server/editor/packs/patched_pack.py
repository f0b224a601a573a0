"""A pack with a few texts changed, equal to the pack that reading everything again would return."""

from __future__ import annotations

from collections.abc import Mapping

from server.editor.edits.publications import make_origin_unit
from server.editor.edits.shipped import ShippedPacks
from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit
from server.guidance.files.layers import merge_layers
from server.guidance.files.pack_folder import Layer
from server.guidance.files.parse import validate_topic_texts
from server.guidance.model.keys import list_optional_keys, list_required_keys
from server.guidance.model.pack import Pack, TopicText
from server.guidance.problems.problem import Problem


def patch_pack(pack: Pack, contents: Mapping[Unit, Content | None], shipped: ShippedPacks) -> Pack | list[Problem]:
    """Return the pack with these texts, or all problems of those that cannot be read; None removes a text.

    Units of made_from.toml belong to their text: without one in `contents`, the shipped one is used.
    """
    patch = _PackPatcher(pack, shipped)
    for unit, content in sorted(contents.items(), key=lambda item: item[0]):
        if unit.kind is not Kind.MADE_FROM:
            patch.set_text(unit, content)
    if patch.problems:
        return patch.problems
    for unit in contents:
        if unit.locale in pack.locales and unit.kind is not Kind.MADE_FROM:
            patch.set_origin(unit, contents.get(make_origin_unit(unit)))
    return patch.build_pack()


class _PackPatcher:
    def __init__(self, pack: Pack, shipped: ShippedPacks) -> None:
        self._pack = pack
        self._shipped = shipped
        self._strings = {tag: dict(rows) for tag, rows in pack.strings.items()}
        self._topics = {tag: dict(rows) for tag, rows in pack.topic_texts.items()}
        self._made_from = {tag: dict(rows) for tag, rows in pack.made_from.items()}
        self._origins = dict(pack.origins)
        self._known: dict[str, frozenset[str]] = {}
        self.problems: list[Problem] = []

    def build_pack(self) -> Pack:
        update = {"strings": self._strings, "topic_texts": self._topics, "made_from": self._made_from}
        return self._pack.model_copy(update=update | {"origins": self._origins})

    def set_text(self, unit: Unit, content: Content | None) -> None:
        tag = str(unit.locale)
        text = _parse_topic_text(unit, content, self.problems) if unit.topic and isinstance(content, str) else None
        if tag not in self._pack.locales:
            return
        if unit.kind is Kind.STRING:
            if isinstance(content, str) and unit.key in self._list_keys(tag):
                self._strings[tag][unit.key] = content
                self._origins[f"{tag}:{unit.key}"] = f"{unit.region}/{unit.path}"
            else:
                self._strings[tag].pop(unit.key, None)
                self._origins.pop(f"{tag}:{unit.key}", None)
            return
        topic = str(unit.topic)
        self._topics[tag].pop(topic, None)
        self._origins.pop(f"{tag}:topics/{topic}", None)
        if text is not None and topic in self._pack.topics:
            self._topics[tag][topic] = text
            self._origins[f"{tag}:topics/{topic}"] = f"{unit.region}/{unit.path}"

    def set_origin(self, unit: Unit, content: Content | None) -> None:
        tag, key = str(unit.locale), str(unit.text_key)
        note = content if content is not None else self._shipped.read_content(make_origin_unit(unit))
        rows = self._made_from[tag]
        there = unit.topic in self._pack.topics if unit.topic else key in self._strings[tag]
        if isinstance(note, str) and there:
            rows[key] = note
            self._origins[f"{tag}:made_from"] = f"{unit.region}/{tag}/made_from.toml"
        else:
            rows.pop(key, None)

    def _list_keys(self, tag: str) -> frozenset[str]:
        if tag not in self._known:
            self._known[tag] = frozenset(list_required_keys(self._pack) | list_optional_keys(self._pack, tag))
        return self._known[tag]


def _parse_topic_text(unit: Unit, content: str, problems: list[Problem]) -> TopicText | None:
    merged = merge_layers([Layer(unit.region, {unit.path: content}, edits=True)], problems)
    return validate_topic_texts(merged, problems).get(str(unit.locale), {}).get(str(unit.topic))
