"""Merge pack folders: parent region, region, edits. One mechanism, before anything is validated.

A table in an array is identified by its id: a later layer's fields replace the earlier ones', `remove = true` deletes
the entry, `replace = true` drops the earlier one. Strings and other tables merge by key; a strings file may list keys to
`remove`, a topic whose front matter is only `remove = true` is deleted, `[verdict]` may `replace`. In a layer of edits
`replace = true` at the top of pack.toml drops the fields of the region's own folder, but not those of its parents.
"""

from dataclasses import dataclass, field

from server.guidance.files.pack_folder import TABLE_FILES, Layer, parse_locale_path
from server.guidance.files.toml import Table, parse_table, split_front_matter
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Place, Problem

# The arrays of tables that each file may hold, and the key that identifies their entries.
ARRAYS: dict[str, dict[str, str]] = {
    "pack.toml": {"locale": "tag"},
    "sources.toml": {"source": "id"},
    "contacts.toml": {"contact": "id", "setting": "id"},
    "visit.toml": dict.fromkeys(
        ("visitor", "rule", "hours", "notice", "check", "say", "never", "danger", "tile", "flow"), "id"
    ),
    "topics.toml": {"topic": "id", "left_out": "id"},
    "assess.toml": {"question": "id", "outcome": "id"},
    "escalation.toml": {"stage": "id"},
    "prepare.toml": {"prepare": "id"},
    "practice.toml": {"drill": "id"},
}
SINGLE_TABLES: dict[str, frozenset[str]] = {"visit.toml": frozenset({"verdict"})}
MARKS = ("remove", "replace")


@dataclass(slots=True)
class MergedEntry:
    """One table after merging. `files` names for each field the file that set it, `file` the last of them all."""

    value: Table
    files: dict[str, str]
    file: str


@dataclass(slots=True)
class MergedText:
    """A keyed text, the file it came from and the layer's number."""

    value: object
    file: str
    layer: int


@dataclass(slots=True)
class RawPack:
    """All layers as one raw pack. `above` is the pack's head after merging the parents only."""

    pack: MergedEntry = field(default_factory=lambda: MergedEntry({}, {}, "pack.toml"))
    above: MergedEntry = field(default_factory=lambda: MergedEntry({}, {}, "pack.toml"))
    verdict: MergedEntry = field(default_factory=lambda: MergedEntry({}, {}, "visit.toml"))
    arrays: dict[str, dict[str, MergedEntry]] = field(default_factory=dict)
    strings: dict[str, dict[str, MergedText]] = field(default_factory=dict)
    made_from: dict[str, dict[str, MergedText]] = field(default_factory=dict)
    topics: dict[str, dict[str, MergedText]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


def merge_layers(layers: list[Layer], problems: list[Problem]) -> RawPack:
    """Return one raw pack from folders, merged in this order."""
    merged = RawPack()
    for number, layer in enumerate(layers):
        if not layer.edits:
            merged.above = MergedEntry(dict(merged.pack.value), dict(merged.pack.files), merged.pack.file)
        for path, text in layer.texts.items():
            merged.seen.add(path)
            _Merger(merged, problems, layer.name_file(path), number, edits=layer.edits).merge_file(path, text)
    return merged


def merge_entry(below: Table | None, item: Table) -> Table | None:
    """Return an entry of a table file after a layer has merged `item` into it; None when it is removed."""
    entries = {} if below is None else {"": MergedEntry(dict(below), {}, "")}
    _Merger(RawPack(), [], "", 0, edits=True).merge_entry(entries, ("", ""), item)
    return entries[""].value if entries else None


@dataclass(slots=True)
class _Merger:
    """Lays one file over what the layers below say. `number` is that of its layer."""

    merged: RawPack
    problems: list[Problem]
    file: str
    number: int
    edits: bool

    def merge_file(self, path: str, text: str) -> None:
        if path.endswith(".md"):
            self._merge_topic(path, text)
            return
        table = parse_table(text, self.file, self.problems)
        if table is None:
            return
        if path in TABLE_FILES:
            self._merge_tables(path, table)
        else:
            self._merge_strings(path, table)

    def merge_entry(self, entries: dict[str, MergedEntry], place: tuple[str, str], item: Table) -> None:
        """Lay `item` over the entry of `entries` that has the id in `place`, which is the array and the id."""
        key = place[1]
        if not self._has_valid_marks(item, place, is_there=key in entries):
            return
        if "remove" in item:
            entries.pop(key, None)
            return
        if "replace" in item and key in entries:
            entries[key] = MergedEntry(
                {}, {}, self.file
            )  # in its place: the order of entries is that of the lowest layer
        entry = entries.setdefault(key, MergedEntry({}, {}, self.file))
        for name, value in item.items():
            if name not in MARKS:
                self._set_field(entry, name, value, place)

    def _report_problem(self, code: Code, path: Place = (), **params: object) -> None:
        self.problems.append(Problem(code, self.file, path, params))

    def _merge_tables(self, path: str, table: Table) -> None:
        if path == "pack.toml" and self.edits and table.pop("replace", None) is True:
            above = self.merged.above
            self.merged.pack = MergedEntry(dict(above.value), dict(above.files), self.file)
        for key, value in table.items():
            identity = ARRAYS[path].get(key)
            if identity:
                self._merge_array(key, identity, value)
            elif path == "pack.toml":
                self._set_field(self.merged.pack, key, value, ())
            elif key in SINGLE_TABLES.get(path, ()):
                self._merge_verdict(key, value)
            else:
                self._report_problem(Code.UNKNOWN_TABLE, key=key, allowed=(*ARRAYS[path], *SINGLE_TABLES.get(path, ())))

    def _merge_verdict(self, key: str, value: object) -> None:
        if not isinstance(value, dict):
            self._report_problem(Code.NOT_A_NAMED_TABLE, table=f"[{key}]")
            return
        if value.pop("replace", None) is True:
            self.merged.verdict = MergedEntry({}, {}, self.file)
        self.merged.verdict.file = self.file
        for inner, text in value.items():
            self._set_field(self.merged.verdict, inner, text, (key,))

    def _merge_array(self, kind: str, identity: str, value: object) -> None:
        if not isinstance(value, list):
            self._report_problem(Code.NOT_A_NAMED_TABLE, table=f"[[{kind}]]")
            return
        entries = self.merged.arrays.setdefault(kind, {})
        here: set[str] = set()
        for place, item in enumerate(value):
            key = item.get(identity) if isinstance(item, dict) else None
            if not isinstance(item, dict):
                self._report_problem(Code.NOT_A_TABLE, (kind, place))
            elif not isinstance(key, str):
                self._report_problem(Code.REQUIRED if key is None else Code.NOT_A_TEXT, (kind, place, identity))
            elif key in here:
                self._report_problem(Code.DUPLICATE_ID, (kind, key, place, identity), value=key)
            else:
                here.add(key)
                self.merge_entry(entries, (kind, key), item)

    def _has_valid_marks(self, item: Table, path: Place, *, is_there: bool) -> bool:
        """Return whether the marks of an entry are right; edits may remove what a newer shipped pack has dropped."""
        for mark in MARKS:
            if mark in item and item[mark] is not True:
                self._report_problem(Code.MARK_NOT_TRUE, (*path, mark))
                return False
            if mark in item and not is_there and not self.edits:
                self._report_problem(Code.NOTHING_BELOW, (*path, mark))
                return False
        return True

    def _set_field(self, entry: MergedEntry, name: str, value: object, path: Place) -> None:
        entry.value[name] = self._merge_value(entry.value.get(name), value, (*path, name))
        entry.files[name] = entry.file = self.file

    def _merge_value(self, below: object, above: object, path: Place) -> object:
        """Return `above` merged over `below`: tables by key, arrays of tables by id, anything else replaced."""
        if isinstance(above, dict):
            lower = below if isinstance(below, dict) else {}
            upper = {key: self._merge_value(lower.get(key), value, (*path, key)) for key, value in above.items()}
            return {**lower, **upper}
        items = _index_by_id(above) if isinstance(above, list) else None
        if not items:
            return above
        merged = (_index_by_id(below) if isinstance(below, list) else None) or {}
        for key, item in items.items():
            if not self._has_valid_marks(item, (*path, key), is_there=key in merged):
                continue
            if "remove" in item:
                merged.pop(key, None)
                continue
            old = {} if "replace" in item else merged.get(key, {})
            new = {name: value for name, value in item.items() if name not in MARKS}
            merged[key] = {**old, **{n: self._merge_value(old.get(n), v, (*path, key, n)) for n, v in new.items()}}
        return list(merged.values())

    def _merge_strings(self, path: str, table: Table) -> None:
        place = parse_locale_path(path)
        assert place is not None  # pack_folder.py accepts no other paths
        assert place.file is not None
        kind = place.file.removesuffix(".toml")
        for key in table:
            if key not in (kind, "remove"):
                self._report_problem(Code.UNKNOWN_TABLE, key=key, allowed=(kind,))
        rows = table.get(kind)
        if not isinstance(rows, dict):
            self._report_problem(Code.NOT_A_NAMED_TABLE, table=f"[{kind}]")
            return
        target = self.merged.strings if kind == "strings" else self.merged.made_from
        into = target.setdefault(place.tag, {})
        self._remove_strings(into, table.get("remove", []))
        for key, text in rows.items():
            if isinstance(text, str):
                into[key] = MergedText(text, self.file, self.number)
            else:
                self._report_problem(Code.DOTTED_KEY if isinstance(text, dict) else Code.NOT_A_TEXT, (key,))

    def _remove_strings(self, rows: dict[str, MergedText], keys: object) -> None:
        if not isinstance(keys, list):
            self._report_problem(Code.REMOVE_NOT_A_LIST)
            return
        for key in keys:
            if not isinstance(key, str) or (rows.pop(key, None) is None and not self.edits):
                self._report_problem(Code.NO_TEXT_TO_REMOVE, key=key)

    def _merge_topic(self, path: str, text: str) -> None:
        place = parse_locale_path(path)
        assert place is not None
        assert place.topic is not None
        parts = split_front_matter(text, self.file, self.problems)
        if parts is None:
            return
        front, body = parts
        into = self.merged.topics.setdefault(place.tag, {})
        if front == {"remove": True} and (place.topic in into or self.edits):
            into.pop(place.topic, None)
            return
        for key in sorted({"body", "raw"} & front.keys()):
            self._report_problem(Code.BODY_IN_FRONT_MATTER, (key,))
        into[place.topic] = MergedText({**front, "body": body, "raw": text}, self.file, self.number)


def _index_by_id(items: list[object]) -> dict[str, Table] | None:
    """Return the tables by id, or None when they are not all tables with unique ids."""
    found: dict[str, Table] = {}
    for item in items:
        key = item.get("id") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(key, str) or key in found:
            return None
        found[key] = item
    return found
