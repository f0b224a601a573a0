"""Join the page's modules into the one script that a first visit fetches.

The modules in `static/js` are written for the browser and run there as they are; joining them only saves requests (the
design allows eight for a whole first visit). The rules are narrow so that no parser is needed: imports are
`import { name, … } from "./file.js";` on lines of their own, exports are prefixes of declarations, and no two modules
declare the same name at the top. Other forms are refused, never guessed.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from rjsmin import jsmin

from server.errors import AppError

IMPORT = re.compile(r'^import \{([\w$\s,]+)\} from "(\.{1,2}/[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?function |class |const |let )", re.MULTILINE)
EXPORTED = re.compile(r"^export (?:async )?(?:function|class|const|let) +([A-Za-z_$][\w$]*)", re.MULTILINE)
DECLARED = re.compile(r"^(?:async )?(?:function\*?|class|const|let|var) +([A-Za-z_$][\w$]*)", re.MULTILINE)
# Other imports and exports, and declarations whose names DECLARED cannot see.
LEFT_OVER = re.compile(r"^(?:import|export)\b.*|\bimport(?:\(|\.meta\b).*|^(?:const|let|var) *[\[{].*", re.MULTILINE)
# A comment with types; it may contain `import("…")`, which the check above must not find.
COMMENT = re.compile(r"^ */\*\*.*?\*/$", re.MULTILINE | re.DOTALL)


class LinkError(AppError):
    """A module breaks the rules above; the message names the file."""

    code = "link"


def link_modules(root: Path, entry: str) -> str:
    """Return one module with the text of `entry` and of all its imports, each once, imported ones first.

    Comments and indentation are left out: they are for readers of the source and would cost every phone bytes.

    Raises:
        LinkError: A module is missing, imports in another form, or declares a name that another one declares.
    """
    modules: dict[str, str] = {}
    _collect_module(root, entry, modules, ())
    owner: dict[str, str] = {}
    parts = []
    for name, source in modules.items():
        _check_imports(name, source, modules)
        text = EXPORT.sub("", IMPORT.sub("", source))
        if rest := LEFT_OVER.search(COMMENT.sub("", text)):
            raise LinkError(f"static/js/{name}: cannot join {rest.group()!r}")
        for declared in DECLARED.findall(text):
            if declared in owner:
                raise LinkError(f"static/js/{name}: {declared} is declared in {owner[declared]} too")
            owner[declared] = name
        parts.append(text.strip())
    # In one block: however a bad connection cuts the script short, what is left is no script, and is not run by halves.
    return "{" + minify_script("\n".join(parts)).rstrip("\n") + "}\n"


def minify_script(script: str) -> str:
    """Return the script without comments and needless space; names stay, so that an error's line can be read."""
    return str(jsmin(script)) + "\n"


def _collect_module(root: Path, name: str, modules: dict[str, str], above: tuple[str, ...]) -> None:
    """Add the text of `name` and of its imports to `modules`, imported ones first."""
    if name in above:
        raise LinkError(f"static/js/{name}: imports itself through {' → '.join(above)}")
    if name in modules:
        return
    source = _read_module(root, name)
    for _, target in IMPORT.findall(source):
        _collect_module(root, _resolve_import(name, target), modules, (*above, name))
    modules[name] = source


def _check_imports(name: str, source: str, modules: dict[str, str]) -> None:
    for names, target in IMPORT.findall(source):
        offered = EXPORTED.findall(modules[_resolve_import(name, target)])
        for wanted in filter(None, (part.strip() for part in names.split(","))):
            if wanted not in offered:  # Also `a as b`: nothing would rename it.
                raise LinkError(f"static/js/{name}: {target} does not export {wanted!r}")


def _resolve_import(name: str, target: str) -> str:
    return _normalize_path(PurePosixPath(name).parent / target)


def _normalize_path(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _read_module(root: Path, name: str) -> str:
    try:
        return (root / name).read_text(encoding="utf-8")
    except OSError as error:
        raise LinkError(f"static/js/{name}: {error.strerror}") from error
