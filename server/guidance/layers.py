"""Lay pack folders over each other: parent region, region, edits. One mechanism, before anything is validated.

A table in an array goes by its id: a later layer's fields replace the earlier ones', `remove = true` deletes the
entry, `replace = true` forgets the earlier one. Strings and other tables merge by key; a strings file may list keys to
`remove`, a topic whose front matter is only `remove = true` is deleted, `[verdict]` may `replace`. In a layer of edits
`replace = true` at the top of pack.toml forgets what the region's own folder says there, but not what its parents say.
"""

from dataclasses import dataclass, field

from server.guidance.files import TABLE_FILES, Layer, locale_path
from server.guidance.problem import Problem, show
from server.guidance.toml import Table, parse_table, split_front_matter

# Which arrays of tables each file may hold, and the key that tells their entries apart.
ARRAYS: dict[str, dict[str, str]] = {
    "pack.toml": {"locale": "tag"},
    "sources.toml": {"source": "id"},
    "contacts.toml": {"contact": "id", "setting": "id"},
    "visit.toml": dict.fromkeys(
        ("visitor", "rule", "hours", "notice", "check", "say", "never", "danger", "flow"), "id"
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
class Entry:
    """One table of an array after merging. `where` says for each field which file and which place set it."""

    value: Table
    where: dict[str, tuple[str, int]]
    last: tuple[str, int]


@dataclass(slots=True)
class Words:
    """A keyed text, the file it came from and the layer's number."""

    value: object
    file: str
    layer: int


@dataclass(slots=True)
class Merged:
    """All layers as one raw pack. `above` is the pack's head as the parents leave it."""

    pack: Entry = field(default_factory=lambda: Entry({}, {}, ("pack.toml", 1)))
    above: Entry = field(default_factory=lambda: Entry({}, {}, ("pack.toml", 1)))
    verdict: Entry = field(default_factory=lambda: Entry({}, {}, ("visit.toml", 1)))
    arrays: dict[str, dict[str, Entry]] = field(default_factory=dict)
    strings: dict[str, dict[str, Words]] = field(default_factory=dict)
    made_from: dict[str, dict[str, Words]] = field(default_factory=dict)
    topics: dict[str, dict[str, Words]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


def merge_layers(layers: list[Layer], problems: list[Problem]) -> Merged:
    """Give one raw pack from folders in the order in which they are laid over each other."""
    merged = Merged()
    for number, layer in enumerate(layers):
        if not layer.edits:
            merged.above = Entry(dict(merged.pack.value), dict(merged.pack.where), merged.pack.last)
        for path, text in layer.texts.items():
            name = layer.name(path)
            merged.seen.add(path)
            if path.endswith(".md"):
                _take_topic(merged, layer, path, text, number, problems)
                continue
            table = parse_table(text, name, problems)
            if table is None:
                continue
            if path in TABLE_FILES:
                _take_tables(merged, layer, path, table, problems)
            else:
                _take_strings(merged, layer, path, table, number, problems)
    return merged


def _take_tables(merged: Merged, layer: Layer, path: str, table: Table, problems: list[Problem]) -> None:
    name = layer.name(path)
    if path == "pack.toml" and layer.edits and table.pop("replace", None) is True:
        merged.pack = Entry(dict(merged.above.value), dict(merged.above.where), (name, 1))
    for key, value in table.items():
        identity = ARRAYS[path].get(key)
        if identity:
            _take_array(merged.arrays.setdefault(key, {}), key, identity, value, layer, name, problems)
        elif path == "pack.toml":
            merged.pack.last = (name, 1)
            _lay_field(merged.pack, key, value, (name, 1))
        elif key in SINGLE_TABLES.get(path, ()):
            if not isinstance(value, dict):
                problems.append(Problem(name, key, show(value), f"a table [{key}]"))
                continue
            if value.pop("replace", None) is True:
                merged.verdict = Entry({}, {}, (name, 1))
            merged.verdict.last = (name, 1)
            for inner, text in value.items():
                _lay_field(merged.verdict, inner, text, (name, 1))
        else:
            allowed = ", ".join((*ARRAYS[path], *SINGLE_TABLES.get(path, ())))
            problems.append(Problem(name, show(key), "unknown key", f"one of {allowed}"))


def _take_array(
    entries: dict[str, Entry],
    kind: str,
    identity: str,
    value: object,
    layer: Layer,
    name: str,
    problems: list[Problem],
) -> None:
    if not isinstance(value, list):
        problems.append(Problem(name, kind, show(value), f"tables that begin with [[{kind}]]"))
        return
    here: set[str] = set()
    for place, item in enumerate(value, 1):
        where = f"{kind} (#{place})"
        if not isinstance(item, dict):
            problems.append(Problem(name, where, show(item), f"a table [[{kind}]]"))
            continue
        key = item.get(identity)
        if not isinstance(key, str):
            shown = "missing" if key is None else show(key)
            problems.append(Problem(name, f"{where} {identity}", shown, "a text"))
        elif key in here:
            problems.append(Problem(name, f"{kind} {show(key)} (#{place}) {identity}", "a duplicate", "each id once"))
        else:
            here.add(key)
            _lay_entry(entries, kind, key, item, layer.edits, (name, place), problems)


def _lay_entry(
    entries: dict[str, Entry],
    kind: str,
    key: str,
    item: Table,
    edits: bool,
    where: tuple[str, int],
    problems: list[Problem],
) -> None:
    marks = {mark: item[mark] for mark in MARKS if mark in item}
    for mark, value in marks.items():
        if value is not True or (key not in entries and not edits):
            expected = "an entry below that it applies to" if value is True else "true, or nothing"
            field_name = f"{kind} {show(key)} (#{where[1]}) {mark}"
            problems.append(Problem(where[0], field_name, show(value), expected))
            return
    if "remove" in marks:
        entries.pop(key, None)
        return
    if "replace" in marks:
        entries[key] = Entry({}, {}, where)
    entry = entries.setdefault(key, Entry({}, {}, where))
    entry.last = where
    for name, value in item.items():
        if name not in MARKS:
            _lay_field(entry, name, value, where)


def lay_entry(below: Table | None, item: Table) -> Table | None:
    """Give what an entry of a table file becomes when a layer says `item` about it; None when it is gone."""
    entries = {} if below is None else {"": Entry(dict(below), {}, ("", 1))}
    _lay_entry(entries, "", "", item, True, ("", 1), [])
    return entries[""].value if entries else None


def _lay_field(entry: Entry, name: str, value: object, where: tuple[str, int]) -> None:
    entry.value[name] = _lay(entry.value[name], value) if name in entry.value else value
    entry.where[name] = where


def _lay(below: object, above: object) -> object:
    """Give `above` laid over `below`: tables by key, arrays of tables by id, anything else replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _lay(below[key], value) if key in below else value for key, value in above.items()}}
    if isinstance(below, list) and isinstance(above, list):
        lower, upper = _by_id(below), _by_id(above)
        if lower and upper:
            for key, item in upper.items():
                if item.get("remove") is True and key in lower:
                    del lower[key]
                elif item.get("replace") is True and key in lower:
                    lower[key] = {name: value for name, value in item.items() if name != "replace"}
                else:
                    laid = _lay(lower[key], item) if key in lower else item
                    lower[key] = laid if isinstance(laid, dict) else item
            return list(lower.values())
    return above


def _by_id(items: list[object]) -> dict[str, Table] | None:
    """Give the tables by id, or None when they are not all tables with ids of their own."""
    found: dict[str, Table] = {}
    for item in items:
        key = item.get("id") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(key, str) or key in found:
            return None
        found[key] = item
    return found


def _take_strings(merged: Merged, layer: Layer, path: str, table: Table, number: int, problems: list[Problem]) -> None:
    name = layer.name(path)
    place = locale_path(path)
    assert place is not None  # files.py lets nothing else through
    assert place.file is not None
    kind = place.file.removesuffix(".toml")
    for key in table:
        if key not in (kind, "remove"):
            problems.append(Problem(name, show(key), "unknown key", f"one table [{kind}]"))
    rows = table.get(kind)
    if not isinstance(rows, dict):
        problems.append(Problem(name, kind, "missing" if rows is None else show(rows), f"a table [{kind}]"))
        return
    target = merged.strings if kind == "strings" else merged.made_from
    into = target.setdefault(place.tag, {})
    _remove_strings(into, table.get("remove", []), layer, name, problems)
    for key, text in rows.items():
        if isinstance(text, str):
            into[key] = Words(text, name, number)
        else:
            hint = "a text; put quotes round the whole key" if isinstance(text, dict) else "a text"
            problems.append(Problem(name, show(key), show(text), hint))


def _remove_strings(rows: dict[str, Words], keys: object, layer: Layer, name: str, problems: list[Problem]) -> None:
    if not isinstance(keys, list):
        problems.append(Problem(name, "remove", show(keys), "an array of keys"))
        return
    for place, key in enumerate(keys, 1):
        if not isinstance(key, str) or (rows.pop(key, None) is None and not layer.edits):
            problems.append(Problem(name, f"remove (#{place})", show(key), "the key of a text below"))


def _take_topic(merged: Merged, layer: Layer, path: str, text: str, number: int, problems: list[Problem]) -> None:
    name = layer.name(path)
    place = locale_path(path)
    assert place is not None
    assert place.topic is not None
    parts = split_front_matter(text, name, problems)
    if parts is None:
        return
    front, body = parts
    into = merged.topics.setdefault(place.tag, {})
    if front == {"remove": True} and (place.topic in into or layer.edits):
        into.pop(place.topic, None)
        return
    for key in sorted({"body", "raw"} & front.keys()):
        problems.append(Problem(name, f"front matter {key}", "unknown key", "the body after the front matter"))
    into[place.topic] = Words({**front, "body": body, "raw": text}, name, number)
