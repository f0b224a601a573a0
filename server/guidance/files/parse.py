"""Load a `Pack` from pack folders, or raise all faults of all files at once."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from server.guidance.files.layers import MergedEntry, MergedText, RawPack, merge_layers
from server.guidance.files.pack_folder import Layer, read_layer
from server.guidance.files.toml import parse_table
from server.guidance.model.before_visit import Drill, LeftOut, Outcome, Preparation, Question, Stage
from server.guidance.model.contacts import Contact, Setting
from server.guidance.model.field_types import AT, Model, is_slug
from server.guidance.model.keys import list_optional_keys, list_required_keys
from server.guidance.model.pack import Locale, Order, Pack, PackHead, Source, Topic, TopicText
from server.guidance.model.regions import is_region_id
from server.guidance.model.visit import (
    CONFIRMED,
    VERDICTS,
    Check,
    Danger,
    Flow,
    Hours,
    Never,
    Notice,
    Rule,
    Say,
    Tile,
    Visitor,
    add_roles,
)
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import PackErrors, Place, Problem, escape_unprintable

M = TypeVar("M", bound=Model)

MAX_PARENTS = 4
# Each array of tables: its model, and the pack's attribute that holds the result.
KINDS: dict[str, tuple[type[Model], str]] = {
    "source": (Source, "sources"),
    "contact": (Contact, "contacts"),
    "setting": (Setting, "settings"),
    "visitor": (Visitor, "visitors"),
    "rule": (Rule, "rules"),
    "hours": (Hours, "hours"),
    "notice": (Notice, "notices"),
    "check": (Check, "checks"),
    "say": (Say, "says"),
    "never": (Never, "nevers"),
    "danger": (Danger, "dangers"),
    "tile": (Tile, "tiles"),
    "flow": (Flow, "flows"),
    "topic": (Topic, "topics"),
    "left_out": (LeftOut, "left_out"),
    "question": (Question, "questions"),
    "outcome": (Outcome, "outcomes"),
    "stage": (Stage, "stages"),
    "prepare": (Preparation, "preparations"),
    "drill": (Drill, "drills"),
}
NEEDED_FILES = ("pack.toml", "sources.toml", "contacts.toml", "visit.toml")
# What a topic's text has beside its front matter.
ADDED = ("body", "raw")
# pydantic's names of faults whose sentence names nothing; the validators of this project raise codes themselves.
PYDANTIC_CODES = {
    "string_type": Code.NOT_A_TEXT,
    "bool_type": Code.NOT_TRUE_OR_FALSE,
    "int_type": Code.NOT_A_WHOLE_NUMBER,
    "date_type": Code.NOT_A_DATE,
    "date_from_datetime_inexact": Code.DATE_WITH_TIME,
    "tuple_type": Code.NOT_A_LIST,
    "dict_type": Code.NOT_A_TABLE,
    "model_type": Code.NOT_A_TABLE,
    "model_attributes_type": Code.NOT_A_TABLE,
    "mapping_type": Code.NOT_A_TABLE,
    "missing": Code.REQUIRED,
}


def load_pack(
    root: Path,
    *,
    packs_root: Path | None = None,
    edits: Mapping[str, Layer] | None = None,
) -> Pack:
    """Return the `Pack` of a region's folder.

    Args:
        root: The region's folder; its name is the region's id. It need not exist where `edits` has the region.
        packs_root: Where the folders of parent regions are; by default beside `root`.
        edits: By region, the edits of its desk; merged over that region's own folder, also when it is a parent.

    Raises:
        PackErrors: With every fault of every file.
    """
    problems: list[Problem] = []
    layers = _read_layers(root, packs_root or root.parent, edits or {}, problems)
    merged = merge_layers(layers, problems)
    for path in NEEDED_FILES:
        if path not in merged.seen and not any(problem.file == f"{root.name}/{path}" for problem in problems):
            problems.append(Problem(Code.MISSING_FILE, f"{escape_unprintable(root.name)}/{path}"))
    # Texts of the topmost folder that belong to no entry are refused; those of edits are dropped.
    top = -1 if layers[-1].edits else len(layers) - 1
    pack = _build_pack(merged, root.name, top, problems)
    if problems or pack is None:
        raise PackErrors(problems)
    return pack


def _read_layers(root: Path, packs_root: Path, edits: Mapping[str, Layer], problems: list[Problem]) -> list[Layer]:
    """Return the region's own layers, after those of its parents, the farthest first."""
    layers = _read_own_layers(root, edits, problems)
    chain = [root.name]
    first = layers
    while (parent := _find_parent(first)) is not None:
        name = next(layer for layer in reversed(first) if "pack.toml" in layer.texts).name_file("pack.toml")
        if parent in chain:
            problems.append(Problem(Code.PARENT_CIRCLE, name, ("parent",)))
            break
        if len(chain) > MAX_PARENTS:
            problems.append(Problem(Code.TOO_MANY_PARENTS, name, ("parent",), {"limit": MAX_PARENTS}))
            break
        if not (packs_root / parent).is_dir() and parent not in edits:
            problems.append(Problem(Code.PARENT_MISSING, name, ("parent",), {"value": parent}))
            break
        chain.append(parent)
        first = _read_own_layers(packs_root / parent, edits, problems)
        layers = [*first, *layers]
    return layers


def _read_own_layers(root: Path, edits: Mapping[str, Layer], problems: list[Problem]) -> list[Layer]:
    """Return a region's folder and its edits; a region may exist as edits alone."""
    laid = edits.get(root.name)
    if laid is None:
        return [read_layer(root, escape_unprintable(root.name), problems)]
    folder = (
        read_layer(root, escape_unprintable(root.name), problems)
        if root.is_dir()
        else Layer(escape_unprintable(root.name), {})
    )
    return [folder, laid]


def _find_parent(layers: Sequence[Layer]) -> str | None:
    """Return the parent that a region's layers name, if it has a valid id; validation reports other values."""
    for layer in reversed(layers):
        table = parse_table(layer.texts.get("pack.toml", ""), "", []) or {}
        parent = table.get("parent")
        if isinstance(parent, str) and is_region_id(parent):
            return parent
        if layer.edits and table.get("replace") is True:
            return None
    return None


def _build_pack(merged: RawPack, folder: str, top: int, problems: list[Problem]) -> Pack | None:
    head = _parse_head(merged, folder, problems)
    parts: dict[str, dict[str, Model]] = {}
    origins: dict[str, str] = {}
    for kind, (model, attribute) in KINDS.items():
        parts[attribute] = {}
        for key, entry in merged.arrays.get(kind, {}).items():
            thing = _validate_entry(model, entry, (kind, key), problems)
            origins[f"{kind}.{key}"] = entry.file
            if thing is not None:
                parts[attribute][key] = thing
    verdict = _parse_verdict(merged.verdict, problems) if "visit.toml" in merged.seen else {}
    texts = validate_topic_texts(merged, problems)
    if head is None:
        return None
    for kind in Order.model_fields:
        parts[KINDS[kind][1]] = _sort_entries(parts[KINDS[kind][1]], getattr(head.order, kind))
    locales = {locale.tag: locale for locale in head.locale}
    _check_folders(merged, locales, top, folder, problems)
    if problems:
        return None
    pack = Pack.model_validate(
        {name: getattr(head, name) for name in PackHead.model_fields if name != "locale"}
        | parts
        | {
            "locales": locales,
            "verdict": verdict,
            "strings": {tag: _extract_values(merged.strings.get(tag, {})) for tag in locales},
            "made_from": {tag: _extract_values(merged.made_from.get(tag, {})) for tag in locales},
            "topic_texts": {tag: texts.get(tag, {}) for tag in locales},
            "origins": origins,
        }
    )
    pack = pack.model_copy(update={"flows": add_roles(pack.flows)})
    return _drop_texts_without_entry(pack, merged, top)


def _sort_entries(entries: Mapping[str, Model], order: Sequence[str]) -> dict[str, Model]:
    """Return the entries that `order` lists, in that order, and then the others; what it lists and is gone is skipped."""
    return {one: entries[one] for one in (*(one for one in order if one in entries), *entries)}


def _parse_head(merged: RawPack, folder: str, problems: list[Problem]) -> PackHead | None:
    if "pack.toml" not in merged.seen:
        return None
    entry = merged.pack
    entry.value["locale"] = [item.value for item in merged.arrays.get("locale", {}).values()]
    head = _validate_entry(PackHead, entry, (), problems)
    declared = entry.value.get("id")
    if isinstance(declared, str) and declared != folder:
        params = {"value": declared, "folder": folder}
        problems.append(Problem(Code.NOT_THE_FOLDERS_NAME, entry.files["id"], ("id",), params))
    return head


def _parse_verdict(entry: MergedEntry, problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in entry.value.items():
        file, path = entry.files[key], ("verdict", key)
        if key not in (*VERDICTS, CONFIRMED):
            problems.append(Problem(Code.UNKNOWN_FIELD, file, path, {"allowed": (*VERDICTS, CONFIRMED)}))
        elif not isinstance(value, str):
            problems.append(Problem(Code.NOT_A_TEXT, file, path))
        elif not is_slug(value):
            problems.append(Problem(Code.BAD_ID, file, path, {"value": value}))
        else:
            found[key] = value
    for key in VERDICTS:
        if key not in entry.value:
            problems.append(Problem(Code.REQUIRED, entry.file, ("verdict", key)))
    return found


def validate_topic_texts(merged: RawPack, problems: list[Problem]) -> dict[str, dict[str, TopicText]]:
    """Return the topics' texts by locale and topic; an incomplete one becomes a problem and is left out."""
    found: dict[str, dict[str, TopicText]] = {}
    for tag, topics in merged.topics.items():
        for key, words in topics.items():
            assert isinstance(words.value, dict)
            text = _validate_entry(TopicText, MergedEntry(words.value, {}, words.file), (), problems)
            if text is not None:
                found.setdefault(tag, {})[key] = text
    return found


def _check_folders(
    merged: RawPack, locales: Mapping[str, Locale], top: int, folder: str, problems: list[Problem]
) -> None:
    """Add a problem for a locale without strings, and for a folder of a locale that the pack does not have."""
    for tag in locales:
        name = f"{folder}/{tag}/strings.toml"
        if f"{tag}/strings.toml" not in merged.seen and not any(problem.file == name for problem in problems):
            problems.append(Problem(Code.MISSING_FILE, escape_unprintable(name)))
    for kind in (merged.strings, merged.made_from, merged.topics):
        for tag, rows in kind.items():
            files = {words.file for words in rows.values() if words.layer == top}
            if tag not in locales and files:
                problems.append(Problem(Code.UNKNOWN_LOCALE, min(files), (), {"value": tag}))


def _drop_texts_without_entry(pack: Pack, merged: RawPack, top: int) -> Pack:
    """Drop lower layers' texts whose entry a higher layer removed; those of the top layer stay, to be refused."""
    origins = dict(pack.origins)
    strings: dict[str, dict[str, str]] = {}
    for tag, rows in pack.strings.items():
        known = list_required_keys(pack) | list_optional_keys(pack, tag)
        kept = {key for key in rows if key in known or merged.strings[tag][key].layer == top}
        strings[tag] = {key: text for key, text in rows.items() if key in kept}
        origins |= {f"{tag}:{key}": merged.strings[tag][key].file for key in kept}
    made_from: dict[str, dict[str, str]] = {}
    for tag, rows in pack.made_from.items():
        known_keys = strings[tag].keys() | {f"topics/{one}" for one in pack.topics}
        kept = {key for key in rows if key in known_keys or merged.made_from[tag][key].layer == top}
        made_from[tag] = {key: text for key, text in rows.items() if key in kept}
        origins |= {f"{tag}:made_from": merged.made_from[tag][key].file for key in kept}
    topic_texts: dict[str, dict[str, TopicText]] = {}
    for tag, topics in pack.topic_texts.items():
        kept = {key for key in topics if key in pack.topics or merged.topics[tag][key].layer == top}
        topic_texts[tag] = {key: text for key, text in topics.items() if key in kept}
        origins |= {f"{tag}:topics/{key}": merged.topics[tag][key].file for key in kept}
    update = {"strings": strings, "made_from": made_from, "topic_texts": topic_texts, "origins": origins}
    return pack.model_copy(update=update)


def _extract_values(rows: Mapping[str, MergedText]) -> dict[str, str]:
    return {key: str(words.value) for key, words in rows.items()}


def _validate_entry(model: type[M], entry: MergedEntry, place: Place, problems: list[Problem]) -> M | None:
    try:
        return model.model_validate(_freeze_value(entry.value))
    except ValidationError as error:
        problems += [_explain_error(model, entry, place, detail) for detail in error.errors(include_url=False)]
        return None


def _freeze_value(value: object) -> object:
    """Return TOML's lists as tuples, as the strict models require. Depth is limited in toml.py."""
    if isinstance(value, dict):
        return {key: _freeze_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_freeze_value(item) for item in value)
    return value


def _explain_error(model: type[Model], entry: MergedEntry, place: Place, detail: ErrorDetails) -> Problem:
    """Return one of pydantic's faults as one of ours. `place` leads to the entry, pydantic's `loc` from there."""
    context = dict(detail.get("ctx", {}))
    at = context.pop(AT, "")
    loc = (*detail["loc"], at) if at else detail["loc"]
    code, params = _find_problem_code(model, detail, context)
    file = entry.files.get(str(loc[0]), entry.file) if loc else entry.file
    return Problem(code, file, (*place, *_replace_indexes_with_ids(loc, entry.value)), params)


def _find_problem_code(
    model: type[Model], detail: ErrorDetails, context: dict[str, object]
) -> tuple[Code, Mapping[str, object]]:
    kind = detail["type"]
    if kind in PYDANTIC_CODES:
        return PYDANTIC_CODES[kind], {}
    if kind == "extra_forbidden":
        names = tuple(field.alias or name for name, field in model.model_fields.items() if name not in ADDED)
        return (Code.UNKNOWN_FIELD, {"allowed": names}) if len(detail["loc"]) == 1 else (Code.UNKNOWN_INNER_FIELD, {})
    if kind == "literal_error":  # pydantic knows the values only as the words "'a', 'b' or 'c'"
        names = tuple(re.findall("'([^']*)'", str(context["expected"])))
        return Code.NOT_A_CHOICE, {"value": detail["input"], "allowed": names}
    if kind in ("too_short", "too_long"):
        limit = context["min_length" if kind == "too_short" else "max_length"]
        return Code.TOO_FEW if kind == "too_short" else Code.TOO_MANY, {"limit": limit}
    if kind == "string_too_long":
        return Code.TEXT_TOO_LONG, {"count": len(detail["input"]), "limit": context["max_length"]}
    return (Code(kind), context) if kind in set(Code) else (Code.NOT_VALID, {})


def _replace_indexes_with_ids(loc: Sequence[int | str], value: object) -> Place:
    """Return pydantic's way to a fault with ids in place of numbers, where a table in a list has an id of its own."""
    path: list[int | str] = []
    for part in loc:
        if isinstance(part, int):
            items = value if isinstance(value, list) else []
            ids = [item.get("id", item.get("tag")) if isinstance(item, dict) else None for item in items]
            own = ids[part] if part < len(ids) else None
            path.append(own if isinstance(own, str) and ids.count(own) == 1 else part)
            value = items[part] if part < len(items) else None
        elif part != "[key]":  # pydantic's way to say that the key itself is wrong
            path.append(part)
            value = value.get(part) if isinstance(value, dict) else None
    return tuple(path)
