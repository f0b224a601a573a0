"""What a unit says, as bytes that stay the same: UTF-8 for texts, TOML for tables. Equal contents have equal bytes."""

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
from server.guidance.files import MAX_FILE_BYTES
from server.guidance.layers import ARRAYS, MARKS
from server.guidance.model import PackHead
from server.guidance.parse import KINDS
from server.guidance.toml import MAX_DEPTH, Table

Content = str | Table

TEXTS = frozenset({Kind.TOPIC, Kind.STRING, Kind.MADE_FROM})
DIGEST = re.compile(r"[0-9a-f]{16}")
# Longer than any text that the checker lets through, so that a draft of one may still be kept.
MAX_STRING_CHARS = 20_000


def clean(unit: Unit, content: Content | None) -> Content | None:
    """Give the content as it is kept: lines end in LF, fields in the order of the model, nothing that is None.

    Raises:
        ContentRefused: It cannot stand in a file of the pack: another type, another id, too large, half a character.
    """
    if content is None:
        return None
    if isinstance(content, str) is not (unit.kind in TEXTS):
        raise ContentRefused(f"{unit}: expected {'a text' if unit.kind in TEXTS else 'a table'}")
    if isinstance(content, str):
        return _clean_text(unit, content)
    table = _plain(unit, content, 1)
    assert isinstance(table, dict)
    _check_names(unit, table)
    ordered = _ordered(table, _field_order(unit))
    if len(_toml(unit, ordered)) > MAX_FILE_BYTES:
        raise ContentRefused(f"{unit}: more than {MAX_FILE_BYTES >> 20} MiB")
    return ordered


def encode(unit: Unit, content: Content) -> bytes:
    """Give the bytes that stand for a clean content."""
    return content.encode() if isinstance(content, str) else _toml(unit, content)


def decode(unit: Unit, data: bytes) -> Content:
    """Give the content that `encode` made these bytes of."""
    text = data.decode()
    return text if unit.kind in TEXTS else tomllib.loads(text)


def digest(unit: Unit, content: Content | None) -> str:
    """Give the SHA-256 of the content's bytes, "" for a removed one."""
    return "" if content is None else hashlib.sha256(encode(unit, content)).hexdigest()


def as_text(unit: Unit, content: Content | None) -> str:
    """Give the content as a person may read and compare it; "" for a removed one."""
    return "" if content is None else encode(unit, content).decode()


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


def _plain(unit: Unit, value: object, depth: int) -> object:
    """Give a copy made of what TOML holds; fields that are None are left away, as TOML has no such value."""
    if depth > MAX_DEPTH:
        raise ContentRefused(f"{unit}: nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ContentRefused(f"{unit}: a field without a name")
        return {
            _clean_text(unit, key): _plain(unit, item, depth + 1) for key, item in value.items() if item is not None
        }
    if isinstance(value, list | tuple):
        return [_plain(unit, item, depth + 1) for item in value]
    if isinstance(value, str):
        return _clean_text(unit, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ContentRefused(f"{unit}: {value} is no number that a pack holds")
    if isinstance(value, bool | int | float | datetime.date | datetime.time):
        return value
    raise ContentRefused(f"{unit}: a {type(value).__name__} cannot stand in a pack")


def _check_names(unit: Unit, table: Table) -> None:
    """Refuse names that would change what the table is, or what else it changes."""
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


def _field_order(unit: Unit) -> tuple[str, ...]:
    if unit.kind is Kind.HEAD:
        return tuple(field.alias or name for name, field in PackHead.model_fields.items())
    model = KINDS.get(unit.entry[0]) if unit.kind is Kind.ENTRY else None
    return tuple(field.alias or name for name, field in model[0].model_fields.items()) if model else ()


def _ordered(value: object, first: Iterable[str] = ("id", "tag")) -> Table:
    """Give the table with the `first` fields first and the others by name, all the way down."""
    assert isinstance(value, dict)
    names = [*(name for name in first if name in value), *sorted(value.keys() - set(first))]
    return {name: _inner(value[name]) for name in names}


def _inner(value: object) -> object:
    if isinstance(value, dict):
        return _ordered(value)
    return [_inner(item) for item in value] if isinstance(value, list) else value


def _toml(unit: Unit, table: Table) -> bytes:
    try:
        return tomli_w.dumps(table).encode()
    except (TypeError, ValueError) as error:
        raise ContentRefused(f"{unit}: {error}") from error
