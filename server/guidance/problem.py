"""One fault in a pack, in one line that names file, field, what stands there and what was expected."""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass

MAX_SHOWN = 60
MAX_PLACE = 240
MAX_LISTED = 200


def plain(text: str) -> str:
    """Give `text` on one line: what does not print (newlines, direction marks, lone surrogates) as an escape."""
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape", "backslashreplace").decode() for ch in text)


def shorten(text: str, limit: int = MAX_SHOWN) -> str:
    """Give at most `limit` characters of `text`, on one line."""
    return plain(text) if len(text) <= limit else plain(text[:limit]) + "…"


def show(value: object) -> str:
    """Give a TOML value as a person would recognise it in the file, never long."""
    if isinstance(value, str):
        cut = value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…"
        return plain(json.dumps(cut, ensure_ascii=False))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return f"an array of {len(value)}"
    if isinstance(value, int) and abs(value) > 10**MAX_SHOWN:
        return "a very large number"  # str() of it may raise
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return shorten(str(value))


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault. `value` is already shortened for showing; `field` is empty when the whole file is meant."""

    file: str
    field: str
    value: str
    expected: str

    def __str__(self) -> str:
        # A name in a file may be as long as the file.
        file, place = shorten(self.file, MAX_PLACE), shorten(self.field, MAX_PLACE)
        where = f"{file}: {place}" if place else file
        return f"{where}: {self.value} – expected {self.expected}"


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
