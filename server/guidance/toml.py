"""TOML and front matter to plain tables; every fault becomes a problem that names the line."""

import re
import tomllib

from server.guidance.problem import Problem, shorten

MAX_DEPTH = 16
# A dotted key costs the parser the square of its length; no honest line has so many dots.
MAX_DOTS_IN_LINE = 1000
FENCE = "+++"

Table = dict[str, object]

_POSITION = re.compile(r"(?s)(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def parse_table(text: str, name: str, problems: list[Problem], *, first_line: int = 1) -> Table | None:
    """Give the document's table, or None after noting why there is none."""
    if any(line.count(".") > MAX_DOTS_IN_LINE for line in text.splitlines()):
        problems.append(Problem(name, "", f"a line with more than {MAX_DOTS_IN_LINE} dots", "shorter lines"))
        return None
    try:
        table: Table = tomllib.loads(text)
    except RecursionError:
        problems.append(Problem(name, "", "nested too deeply", f"at most {MAX_DEPTH} levels"))
        return None
    except (ValueError, OverflowError) as error:  # TOMLDecodeError, and what it lets through, such as huge numbers
        problems.append(_syntax_problem(str(error), name, text, first_line))
        return None
    if _depth_exceeds(table, MAX_DEPTH):
        problems.append(Problem(name, "", "nested too deeply", f"at most {MAX_DEPTH} levels"))
        return None
    return table


def split_front_matter(text: str, name: str, problems: list[Problem]) -> tuple[Table, str] | None:
    """Give the front matter and the body of a Markdown file that begins with TOML between +++ lines."""
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        problems.append(Problem(name, f"line {line}", "a control character", "plain text"))
        return None
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        problems.append(Problem(name, "line 1", "no front matter", f"a line {FENCE} before and after it"))
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        problems.append(Problem(name, "line 1", "front matter without an end", f"a second line {FENCE}"))
        return None
    table = parse_table("\n".join(lines[1:end]), name, problems, first_line=2)
    return None if table is None else (table, "\n".join(lines[end + 1 :]).strip("\n") + "\n")


def _syntax_problem(message: str, name: str, text: str, first_line: int) -> Problem:
    match = _POSITION.fullmatch(message)
    if match is None:
        return Problem(name, "", shorten(message), "TOML")
    line, column = (int(match[2]), int(match[3])) if match[2] else (text.count("\n") + 1, 0)
    where = f"line {line + first_line - 1}" + (f", column {column}" if column else "")
    return Problem(name, where, shorten(match[1]), "TOML")


def _depth_exceeds(table: Table, limit: int) -> bool:
    """Walk without recursion: the value may be deeper than the interpreter's stack."""
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
