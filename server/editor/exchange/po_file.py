"""A PO file as a translator's tool wrote it: its encoding found, and every message kept, also those that are there twice."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from babel.messages.catalog import Catalog, Message

from server.editor.exchange.errors import ImportRefused
from server.guidance.problems.problem import escape_unprintable
from server.i18n import CatalogueBroken, fill_catalogue

# What a file in each encoding may begin with; UTF-32 first, since its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF8, "UTF-8-SIG"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_CHARSET = re.compile(rb"Content-Type:[^\\]{0,200}?charset=\s*([\w.:-]+)", re.IGNORECASE)
# Words of gettext's templates that nobody has filled in.
_NO_CHARSET = "CHARSET"
_NO_LANGUAGE = ("LANGUAGE", "LL")
# Files that name the smaller set often use letters of the larger one; what both know, both write alike.
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030"}
# Python's own "encodings" read something else here: two backslashes as one, the number of a letter and the name of a domain as Chinese.
_ASCII = bytes(range(0x20, 0x7F)).replace(b"\\", rb"\\") + rb" \u4e2d .xn--fiqs8s"


@dataclass(frozen=True, slots=True)
class PoFile:
    """What a PO file contains; `language` is empty where it names none. A message may be there several times."""

    language: str
    messages: tuple[Message, ...]
    obsolete: tuple[Message, ...]


def read_po_file(data: bytes) -> PoFile:
    """Return what a PO file contains.

    Raises:
        ImportRefused: The encoding is not known or not kept to, a line is not one of a PO file, or there is no message.
    """
    catalog = _CollectingCatalog()
    try:
        fill_catalogue(catalog, _decode_file(data), "the file")
    except CatalogueBroken as error:
        raise ImportRefused("po-line", line=error.line) from error
    if not (catalog.header or catalog.every or catalog.obsolete):
        raise ImportRefused("not-a-po")
    return PoFile(_find_language(catalog.header), tuple(catalog.every), tuple(catalog.obsolete.values()))


class _CollectingCatalog(Catalog):
    """A catalogue that only collects: Babel's own drops the second of two messages, and refuses a head with blanks."""

    def __init__(self) -> None:
        super().__init__()
        self.header = ""
        self.every: list[Message] = []

    @property
    def num_plurals(self) -> int:
        return 100  # more than any language has: what the head says of it is not needed here

    def __setitem__(self, id: object, message: Message) -> None:
        if id == "" and message.context is None:
            self.header = self.header or str(message.string)
        else:
            self.every.append(message)


def _find_language(header: str) -> str:
    for line in header.split("\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "language":
            return "" if value.strip() in _NO_LANGUAGE else value.strip()
    return ""


def _decode_file(data: bytes) -> str:
    """Return the text of a file without the marks of its encoding and of its end."""
    mark = next((name for start, name in _MARKS if data.startswith(start)), None)
    if mark is None and b"\0" in data[:2]:
        mark = "UTF-16-BE" if data.startswith(b"\0") else "UTF-16-LE"
    text = _decode_as(data, mark) if mark else _decode_as_named(data)
    return re.sub(r"\x1a\s*\Z", "", text)


def _decode_as_named(data: bytes) -> str:
    """Return the text of a file without a mark: in UTF-8, or in the encoding that its head names."""
    match = _CHARSET.search(data)
    named = match[1].decode("ascii", "replace") if match else _NO_CHARSET
    if named == _NO_CHARSET or named.lower() in ("utf-8", "utf8"):
        return _decode_as(data, "UTF-8")
    encoding = _find_encoding(named)
    if data.isascii():
        return data.decode("ascii")
    try:
        data.decode()
    except UnicodeDecodeError:
        return _decode_as(data, encoding, named)
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode()
    raise ImportRefused("two-encodings", encoding=named)


def _find_encoding(named: str) -> str:
    """Return Python's name of an encoding in which a PO file may be written: one that writes ASCII as ASCII.

    Raises:
        ImportRefused: It is not known, or one of those made for other things.
    """
    try:
        if _ASCII.decode(named) != _ASCII.decode("ascii"):
            raise LookupError
    except (LookupError, UnicodeError) as error:
        raise ImportRefused("unknown-encoding", encoding=escape_unprintable(named)[:40]) from error
    encoding = codecs.lookup(named).name
    return _LARGER.get(encoding, encoding)


def _decode_as(data: bytes, encoding: str, shown: str = "") -> str:
    """Return `data` as text; `shown` is the file's own name of the encoding.

    Raises:
        ImportRefused: It is not written in it; the error names the line.
    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(encoding, "ignore").count("\n") + 1
        if encoding == "UTF-8":
            raise ImportRefused("not-utf-8", line=line) from error
        raise ImportRefused("wrong-encoding", encoding=shown or encoding, line=line) from error
