"""Count how the code reads: `python -m tools.figures [FOLDER]`. Nothing fails on these numbers; they tell when to look.

Counted are the functions and classes of `server/`. Left out are properties, views and commands, which are named after what
they stand for, and special methods, whose names are Python's. Tests are never counted, so that renaming for the figure does not pay.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

MAX_TEMPLATE_COLUMNS = 120
VERBS_FILE = Path(__file__).with_name("verbs.txt")
# Decorators of what is called by an address, a command or as an attribute.
NAMED_BY_OTHERS = re.compile(
    r"\.(get|post|route|command|group|before_request|after_request|errorhandler|setter)\b|property\b|^overload$"
)
ALIAS = re.compile(r"[A-Z][a-z]")  # a constant is all capitals
JS_ANY = re.compile(r"[{<|(,:]\s*any\s*[}>|),\[]")


def read_verbs() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that are verbs, and those that are verbs only before an object, such as `name` in `name_target`."""
    lines = VERBS_FILE.read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    return frozenset(w for w in words if not w.endswith("…")), frozenset(w[:-1] for w in words if w.endswith("…"))


def list_modules(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Yield each module of `server/` with its syntax tree."""
    for path in sorted((root / "server").rglob("*.py")):
        yield path.relative_to(root), ast.parse(path.read_text(encoding="utf-8"))


def is_named_by_others(node: FunctionNode) -> bool:
    """Return whether the name of a function is given from outside: a view, a command, a property, a special method."""
    return node.name.startswith("__") or any(NAMED_BY_OTHERS.search(ast.unparse(d)) for d in node.decorator_list)


def list_functions(tree: ast.Module) -> Iterator[FunctionNode]:
    """Yield the functions and methods whose names are ours to choose."""
    for node in ast.walk(tree):
        if isinstance(node, FunctionNode) and not is_named_by_others(node):
            yield node


def begins_with_verb(name: str, verbs: frozenset[str], before_object: frozenset[str]) -> bool:
    """Return whether a function's name begins with a verb, or is a claim such as `is_open`."""
    first, _, rest = name.strip("_").partition("_")
    return first in verbs or (bool(rest) and first in before_object)


def count_statements(tree: ast.Module) -> int:
    """Return how many statements are in functions, which is what a program does step by step.

    Docstrings and imports are not counted, nor what stands outside functions: tables, fields of classes, members of
    enumerations.
    """
    functions = [node for node in ast.walk(tree) if isinstance(node, FunctionNode)]
    inside = {id(n) for f in functions for n in ast.walk(f) if isinstance(n, ast.stmt)}
    imports = {id(n) for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)}
    docstrings = sum(ast.get_docstring(f, clean=False) is not None for f in functions)
    return len(inside - imports) - docstrings


def find_defined_name(node: ast.stmt) -> str:
    """Return the name of the function, class or alias of a type that a statement defines, or an empty one."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) if ALIAS.match(name):
            return name
    return ""


def find_names_defined_twice(root: Path) -> dict[str, list[str]]:
    """Return the public functions, classes and aliases of types that more than one module defines, with their modules."""
    places: dict[str, list[str]] = defaultdict(list)
    for path, tree in list_modules(root):
        for name in map(find_defined_name, tree.body):
            if name and not name.startswith("_"):
                places[name].append(str(path))
    return {name: found for name, found in sorted(places.items()) if len(found) > 1}


def measure(root: Path) -> dict[str, str]:
    """Return the figures of a checkout, each with its name."""
    verbs, before_object = read_verbs()
    trees = [tree for _, tree in list_modules(root)]
    names = [node.name for tree in trees for node in list_functions(tree)]
    with_verb = sum(begins_with_verb(name, verbs, before_object) for name in names)
    one_word = sum("_" not in name.strip("_") for name in names)
    templates = [line for path in (root / "server/templates").rglob("*.html") for line in path.read_text().splitlines()]
    too_wide = sum(len(line) > MAX_TEMPLATE_COLUMNS for line in templates)
    scripts = [path for path in (root / "static").rglob("*.js") if "vendor" not in path.parts]
    folders = Counter(path.parent for path, _ in list_modules(root) if path.is_relative_to("server/editor"))
    return {
        "functions": str(len(names)),
        "names that begin with a verb": f"{with_verb / len(names):.0%}",
        "names of one word": f"{one_word / len(names):.0%}",
        "names defined in two modules": str(len(find_names_defined_twice(root))),
        "template lines over 120": f"{too_wide / len(templates):.1%}",
        "`any` in JavaScript": str(sum(len(JS_ANY.findall(path.read_text())) for path in scripts)),
        "most files in a folder of the editor": str(max(folders.values())),
        "statements in functions": str(sum(map(count_statements, trees))),
    }


def main() -> int:
    """Print the figures, then the names that are defined twice."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    for name, value in measure(root).items():
        print(f"{name:40}{value:>8}")
    for name, places in find_names_defined_twice(root).items():
        print(f"  {name}: {', '.join(places)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
