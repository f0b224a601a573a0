"""One fault in a pack as data: its code, the file, the way to the field, and what the sentence about it names."""

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from server.guidance.problems.codes import Code
from server.guidance.problems.sentences import LINE, SENTENCES

MAX_SHOWN = 100
MAX_PLACE = 240
MAX_NAMES = 40
MAX_LISTED = 200
# A name that can be told from the words around it without quotation marks.
_NAME = re.compile(r"[A-Za-z0-9_./:-]+")

GetText = Callable[[str], str]
# From the file to the field. In a table file the array and the id come first, and the entry's place (from 0) between
# id and field where the id is there twice, or instead of the id where there is none: ("check", "ids", "bad"),
# ("say", "who", 1, "id"). A row of a list goes by its place, a table in a list by its id where it has one:
# ("flow", "borrower", "step", "end", "say", 0). In a file of texts it is the key.
Place = tuple[str | int, ...]


def escape_unprintable(text: str) -> str:
    """Return `text` on one line: what does not print (newlines, direction marks, lone surrogates) as an escape."""
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape", "backslashreplace").decode() for ch in text)


def shorten(text: str, limit: int = MAX_SHOWN) -> str:
    """Return at most `limit` characters of `text`, on one line."""
    return escape_unprintable(text) if len(text) <= limit else escape_unprintable(text[:limit]) + "…"


def quote_value(value: object) -> str:
    """Return a parameter as a person would recognise it in the file, never long; a tuple of names as a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        names = ", ".join(shorten(one) for one in value[:MAX_NAMES])
        return names if len(value) <= MAX_NAMES else f"{names}, …"
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list | tuple):
        return "[…]"
    if isinstance(value, int):
        return shorten(str(value) if abs(value) < 10**MAX_SHOWN else hex(value))  # str() of a very large one may raise
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return shorten(str(value))


def leave_in_english(text: str) -> str:
    """Return `text` as it is: the sentences are written in English."""
    return text


def format_place(path: Iterable[str | int], line: int = 0, gettext: GetText = leave_in_english) -> str:
    """Return where a fault is: `check › ids › bad`, `cite › #2 › lang`, `line 9`; empty for a whole file."""
    parts = [f"#{part + 1}" if isinstance(part, int) else _format_path_part(part) for part in path]
    if line:
        parts.append(gettext(LINE) % {"line": line})
    return shorten(" › ".join(parts), MAX_PLACE)


def _format_path_part(part: str) -> str:
    return part if _NAME.fullmatch(part) else f"“{shorten(part)}”"


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault. `params` holds whole values, which are shortened where they are shown; `line` is 0 when unknown."""

    code: Code
    file: str
    path: Place = ()
    params: Mapping[str, object] = field(default_factory=dict)
    line: int = 0

    def __post_init__(self) -> None:
        """Refuse parameters that the sentence of the code does not expect."""
        if self.params.keys() != self.code.params:
            raise TypeError(f"{self.code} has the parameters {sorted(self.code.params)}, not {sorted(self.params)}")

    def __str__(self) -> str:
        # A name in a file may be as long as the file.
        place = format_place(self.path, self.line)
        where = f"{shorten(self.file, MAX_PLACE)}: {place}" if place else shorten(self.file, MAX_PLACE)
        return f"{where}: {self.sentence()}"

    def sentence(self, gettext: GetText = leave_in_english) -> str:
        """Return what is wrong as a sentence in the language of `gettext`, on one line and never long."""
        return gettext(SENTENCES[self.code]) % {name: quote_value(value) for name, value in self.params.items()}


class PackErrors(Exception):
    """A pack could not be loaded; `problems` holds every fault of every file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:MAX_LISTED]]
        if len(self.problems) > MAX_LISTED:
            lines.append(f"… and {len(self.problems) - MAX_LISTED} more")
        return "\n".join(lines)
