"""Parse TOML and front matter to plain tables; every fault becomes a problem that names the line."""

import re
import tomllib

from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem

MAX_DEPTH = 16
# A dotted key costs the parser the square of its length; no honest line has this many dots.
MAX_DOTS_IN_LINE = 1000
FENCE = "+++"

Table = dict[str, object]

_POSITION = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def parse_table(text: str, name: str, problems: list[Problem], *, first_line: int = 1) -> Table | None:
    """Return the document's table, or None after adding the problem."""
    if any(line.count(".") > MAX_DOTS_IN_LINE for line in text.splitlines()):
        problems.append(Problem(Code.TOO_MANY_DOTS, name, (), {"limit": MAX_DOTS_IN_LINE}))
        return None
    try:
        table: Table = tomllib.loads(text)
    except RecursionError:
        problems.append(Problem(Code.TOO_DEEP, name, (), {"limit": MAX_DEPTH}))
        return None
    except (ValueError, OverflowError) as error:  # TOMLDecodeError, and what it lets through, such as huge numbers
        problems.append(_make_syntax_problem(str(error), name, text, first_line))
        return None
    if _is_deeper_than(table, MAX_DEPTH):
        problems.append(Problem(Code.TOO_DEEP, name, (), {"limit": MAX_DEPTH}))
        return None
    return table


def split_front_matter(text: str, name: str, problems: list[Problem]) -> tuple[Table, str] | None:
    """Return the front matter and the body of a Markdown file that begins with TOML between +++ lines."""
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        problems.append(Problem(Code.CONTROL_CHARACTER, name, line=line))
        return None
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        problems.append(Problem(Code.NO_FRONT_MATTER, name, (), {"fence": FENCE}, line=1))
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        problems.append(Problem(Code.OPEN_FRONT_MATTER, name, (), {"fence": FENCE}, line=1))
        return None
    table = parse_table("\n".join(lines[1:end]), name, problems, first_line=2)
    return None if table is None else (table, "\n".join(lines[end + 1 :]).strip("\n") + "\n")


def _make_syntax_problem(message: str, name: str, text: str, first_line: int) -> Problem:
    match = _POSITION.search(message)
    if match is None:  # the one fault that is told without a place
        return Problem(Code.NUMBER_TOO_LONG, name)
    end = text.count("\n") + 1, len(text) - text.rfind("\n")
    line, column = (int(match[1]), int(match[2])) if match[1] else end
    return Problem(Code.NOT_TOML, name, (), {"column": column}, line + first_line - 1)


def _is_deeper_than(table: Table, limit: int) -> bool:
    """Return whether a table is nested too deeply. No recursion: the value may be deeper than the interpreter's stack."""
    level: list[object] = [table]
    for _ in range(limit):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        level = [value for value in below if isinstance(value, dict | list)]
        if not level:
            return False
    return True
