"""Contents of units as bytes: UTF-8 for texts, TOML for tables. Equal contents have equal bytes."""

from __future__ import annotations

import datetime
import hashlib
import math
import re
import tomllib
from collections.abc import Iterable

import tomli_w

from server.editor.units.errors import ContentRefused
from server.editor.units.unit import Kind, Unit
from server.guidance.files.layers import ARRAYS, MARKS
from server.guidance.files.pack_folder import MAX_FILE_BYTES
from server.guidance.files.parse import KINDS
from server.guidance.files.toml import MAX_DEPTH, Table
from server.guidance.model.pack import PackHead

Content = str | Table

TEXTS = frozenset({Kind.TOPIC, Kind.STRING, Kind.MADE_FROM})
DIGEST = re.compile(r"[0-9a-f]{16}")
# Longer than any text that the checker lets through, so that a draft of one may still be kept.
MAX_STRING_CHARS = 20_000


def clean_content(unit: Unit, content: Content | None) -> Content | None:
    """Return the content as it is stored: lines end in LF, fields in the order of the model, no None values.

    Raises:
        ContentRefused: No pack file can hold it: wrong type, wrong id, too large, or half a character.
    """
    if content is None:
        return None
    if isinstance(content, str) is not (unit.kind in TEXTS):
        raise ContentRefused(f"{unit}: expected {'a text' if unit.kind in TEXTS else 'a table'}")
    if isinstance(content, str):
        return _clean_text(unit, content)
    table = _copy_value(unit, content, 1)
    assert isinstance(table, dict)
    _check_names(unit, table)
    ordered = _order_table(table, _list_field_names(unit))
    if len(_encode_table(unit, ordered)) > MAX_FILE_BYTES:
        raise ContentRefused(f"{unit}: more than {MAX_FILE_BYTES >> 20} MiB")
    return ordered


def encode_content(unit: Unit, content: Content) -> bytes:
    """Return the bytes of a clean content."""
    return content.encode() if isinstance(content, str) else _encode_table(unit, content)


def decode_content(unit: Unit, data: bytes) -> Content:
    """Return the content that `encode_content` made these bytes of."""
    text = data.decode()
    return text if unit.kind in TEXTS else tomllib.loads(text)


def hash_content(unit: Unit, content: Content | None) -> str:
    """Return the SHA-256 of the content's bytes, "" for a removed one."""
    return "" if content is None else hashlib.sha256(encode_content(unit, content)).hexdigest()


def format_content(unit: Unit, content: Content | None) -> str:
    """Return the content as a text that a person can read and compare; "" for a removed one."""
    return "" if content is None else encode_content(unit, content).decode()


def _clean_text(unit: Unit, text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ContentRefused(f"{unit}: half a character at {error.start}") from error
    if size > MAX_FILE_BYTES or (unit.kind is Kind.STRING and len(text) > MAX_STRING_CHARS):
        raise ContentRefused(f"{unit}: the text is too long")
    if unit.kind is Kind.MADE_FROM and not DIGEST.fullmatch(text):
        raise ContentRefused(f"{unit}: expected 16 hexadecimal digits")
    return text


def _copy_value(unit: Unit, value: object, depth: int) -> object:
    """Return a copy with TOML values only. Fields that are None are left out, as TOML has no such value."""
    if depth > MAX_DEPTH:
        raise ContentRefused(f"{unit}: nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ContentRefused(f"{unit}: a field without a name")
        return {
            _clean_text(unit, key): _copy_value(unit, item, depth + 1)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list | tuple):
        return [_copy_value(unit, item, depth + 1) for item in value]
    if isinstance(value, str):
        return _clean_text(unit, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ContentRefused(f"{unit}: {value} is no number that a pack holds")
    if isinstance(value, bool | int | float | datetime.date | datetime.time):
        return value
    raise ContentRefused(f"{unit}: a {type(value).__name__} cannot stand in a pack")


def _check_names(unit: Unit, table: Table) -> None:
    """Raise ContentRefused for names that would change the type of the table, or change other tables."""
    taken = set(MARKS)
    if unit.kind is Kind.ENTRY:
        kind, one = unit.entry
        identity = ARRAYS[unit.path][kind]
        if table.get(identity) != one:
            raise ContentRefused(f"{unit}: {identity} is {table.get(identity)!r}, expected {one!r}")
    elif unit.kind is Kind.HEAD:
        taken |= ARRAYS["pack.toml"].keys()
    for name in taken & table.keys():
        raise ContentRefused(f"{unit}: {name!r} is not a field of it")


def _list_field_names(unit: Unit) -> tuple[str, ...]:
    if unit.kind is Kind.HEAD:
        return tuple(field.alias or name for name, field in PackHead.model_fields.items())
    model = KINDS.get(unit.entry[0]) if unit.kind is Kind.ENTRY else None
    return tuple(field.alias or name for name, field in model[0].model_fields.items()) if model else ()


def _order_table(value: object, first: Iterable[str] = ("id", "tag")) -> Table:
    """Return the table with the `first` fields first and the others by name, at every level."""
    assert isinstance(value, dict)
    names = [*(name for name in first if name in value), *sorted(value.keys() - set(first))]
    return {name: _order_value(value[name]) for name in names}


def _order_value(value: object) -> object:
    if isinstance(value, dict):
        return _order_table(value)
    return [_order_value(item) for item in value] if isinstance(value, list) else value


def _encode_table(unit: Unit, table: Table) -> bytes:
    try:
        return tomli_w.dumps(table).encode()
    except (TypeError, ValueError) as error:
        raise ContentRefused(f"{unit}: {error}") from error
