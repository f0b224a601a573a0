"""Where an entry of a region is used: by which other entries, and in which texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit, make_entry_unit, make_head_unit, make_text_unit
from server.guidance.checks.references import list_references
from server.guidance.model.pack import Pack
from server.guidance.texts.tokens import find_tokens

# What a placeholder names, where its word is not that of the entry.
OF_TOKEN: Mapping[str, str] = {"src": "source"}

Uses = Mapping[tuple[str, str], tuple[Unit, ...]]


def index_uses(pack: Pack) -> Uses:
    """Return the units that use an entry, by its kind and id, each once. Texts are those of the source language."""
    found: dict[tuple[str, str], dict[Unit, None]] = defaultdict(dict)
    for path, kind, one in list_references(pack):
        using_unit = _find_unit_of_reference(pack, path)
        if using_unit is not None:
            found[kind, one][using_unit] = None
    for unit, text in _list_source_texts(pack):
        for token in find_tokens(text):
            for one in token.ids:
                found[OF_TOKEN.get(token.kind, token.kind), one][unit] = None
    return {key: tuple(units) for key, units in found.items()}


def find_using_units(pack: Pack, unit: Unit) -> tuple[Unit, ...]:
    """Return the units that use an entry."""
    return index_uses(pack).get(unit.entry, ())


def _find_unit_of_reference(pack: Pack, path: tuple[str | int, ...]) -> Unit | None:
    kind = str(path[0])
    if kind == "verdict":
        return Unit(pack.id, "visit.toml", "verdict")
    try:
        return make_entry_unit(pack.id, kind, str(path[1])) if len(path) > 1 else make_head_unit(pack.id)
    except BadUnit:  # a part of the head, such as what it says about recording
        return make_head_unit(pack.id)


def _list_source_texts(pack: Pack) -> Iterator[tuple[Unit, str]]:
    tag = pack.source_locale
    for key, text in pack.strings.get(tag, {}).items():
        yield make_text_unit(pack.id, tag, key), text
    for topic, words in pack.topic_texts.get(tag, {}).items():
        yield make_text_unit(pack.id, tag, f"topics/{topic}"), words.raw
