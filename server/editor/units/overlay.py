"""Edited units as one layer of pack files, which the loader merges over the shipped pack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import tomli_w

from server.editor.units.content import Content
from server.editor.units.unit import Kind, Unit
from server.guidance.files.pack_folder import Layer
from server.guidance.files.toml import FENCE, Table

REMOVED_TOPIC = f"{FENCE}\nremove = true\n{FENCE}\n"


def build_layer(region: str, contents: Mapping[Unit, Content | None]) -> Layer:
    """Return the layer that sets each unit of `region` to its content, whatever the pack holds; None removes it.

    Units of other regions are left out. Its files have the names of the region's own files, so that messages name those.
    """
    texts: dict[str, str] = {}
    tables: dict[str, Table] = {}
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    removed: dict[str, list[str]] = defaultdict(list)
    for unit, content in sorted(contents.items()):
        if unit.region != region:
            continue
        if unit.kind is Kind.TOPIC:
            texts[unit.path] = REMOVED_TOPIC if content is None else str(content)
        elif unit.kind in (Kind.STRING, Kind.MADE_FROM):
            if content is None:
                removed[unit.path].append(unit.key)
            rows[unit.path] |= {} if content is None else {unit.key: str(content)}
        else:
            _add_table(tables.setdefault(unit.path, {}), unit, content)
    for tag in (unit.entry[1] for unit in contents if unit.region == region and unit.key.startswith("locale:")):
        rows[f"{tag}/strings.toml"] |= {}  # a new language has a file of texts from the start
    for path, strings in rows.items():
        name = path.partition("/")[2].removesuffix(".toml")
        tables[path] = ({"remove": removed[path]} if removed[path] else {}) | {name: strings}
    texts |= {path: tomli_w.dumps(table) for path, table in tables.items()}
    return Layer(region, texts, edits=True)


def build_layers(contents: Mapping[Unit, Content | None]) -> dict[str, Layer]:
    """Return the layer of every region that has edited units."""
    return {region: build_layer(region, contents) for region in sorted({unit.region for unit in contents})}


def _add_table(table: Table, unit: Unit, content: Content | None) -> None:
    fields = content if isinstance(content, dict) else {}
    if unit.kind is Kind.HEAD:
        table |= {"replace": True} | fields
    elif unit.kind is Kind.VERDICT:
        table["verdict"] = {"replace": True} | fields
    else:
        kind, one = unit.entry
        identity = "tag" if kind == "locale" else "id"
        mark: Table = {identity: one, "remove": True} if content is None else {"replace": True} | fields
        entries = table.setdefault(kind, [])
        assert isinstance(entries, list)
        entries.append(mark)
