"""Whatever the checker and the loader can say of a pack is a sentence in the language of the interface."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.editor.packs.findings import Finding
from server.editor.wording.finding_words import OTHERWISE, finding_words
from server.guidance.parse import EXPECTED
from server.i18n import translations_for

GUIDANCE = Path(__file__).resolve().parents[3] / "server/guidance"
# What stands where the code fills something in: a number fits each place, and no word of any sentence.
HOLE = "77"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def texts(node: ast.expr | None, function: Function | None) -> list[str]:
    """Return what an expression can be: its strings with HOLE for what is filled in, HOLE alone for what is not known."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)]
    if isinstance(node, ast.IfExp):
        return [*texts(node.body, function), *texts(node.orelse, function)]
    if isinstance(node, ast.Name) and function is not None:
        assigned = [one for one in ast.walk(function) if isinstance(one, ast.Assign | ast.For)]
        found = [text for one in assigned for value in values_of(one, node.id) for text in texts(value, function)]
        return found or [HOLE]
    return [HOLE]


def values_of(node: ast.Assign | ast.For, name: str) -> Iterator[ast.expr]:
    """Yield what a statement may give to a name, also one of several names at once."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    given = [node.value] if isinstance(node, ast.Assign) else getattr(node.iter, "elts", [])
    for target in targets:
        for value in given:
            if isinstance(target, ast.Name) and target.id == name:
                yield value
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = zip(target.elts, value.elts, strict=True)
                yield from (one for to, one in pairs if isinstance(to, ast.Name) and to.id == name)


def functions(tree: ast.AST, function: Function | None = None) -> Iterator[tuple[Function | None, ast.Call]]:
    """Yield every call with the function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield function, node
        yield from functions(node, node if isinstance(node, Function) else function)


def said() -> dict[tuple[str, str], str]:
    """Return every value with what was expected instead, and where the code says it."""
    found: dict[tuple[str, str], str] = {(HOLE, expected): "parse.py" for expected in EXPECTED.values()}
    for path in sorted(GUIDANCE.glob("*.py")):
        for function, call in functions(ast.parse(path.read_text(encoding="utf-8"))):
            pairs: list[tuple[str, str]] = []
            if ast.unparse(call.func) == "Problem":
                value, expected = call.args[2], call.args[3]
                pairs = [(one, two) for one in texts(value, function) for two in texts(expected, function)]
            elif ast.unparse(call.func) in ("ValueError", "shaped"):
                pairs = [(HOLE, text) for text in texts(call.args[-1], function)]
            found |= {pair: f"{path.name}:{call.lineno}" for pair in pairs if pair[1] != HOLE}
    return found


SAID = said()
# Said on the server's console only, never of a file that somebody edits or brings in.
CONSOLE_ONLY = {"not a key with a digest: 77 = 77"}


def finding(value: str, expected: str) -> Finding:
    return Finding(None, "", value, expected, "error", "xa/pack.toml")


def test_the_search_finds_what_is_said():
    """One of each kind: on the spot, by a variable, by a choice, by a field's shape, by pydantic's name of a fault."""
    expected = {text for _, text in SAID}
    for text in (
        "text in UTF-8",
        "at most 77 MiB",
        "a text; put quotes round the whole key",
        "a currency code (ISO 4217)",
        "an entry below that it applies to",
        "true or false",
    ):
        assert text in expected
    assert len(SAID) > 100


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_whatever_is_wrong_is_told_in_a_sentence(language):
    gettext = translations_for(language).gettext
    general = gettext(OTHERWISE)

    untold = [
        f"{place}: {value} – expected {expected}"
        for (value, expected), place in SAID.items()
        if expected not in CONSOLE_ONLY
        and finding_words(finding(value, expected), gettext) == general % {"one": value, "two": expected}
    ]

    assert untold == []


def test_no_english_is_left_in_a_chinese_sentence():
    """What is filled in are names of the file and numbers; the rest is translated."""
    gettext = translations_for("zh-Hans").gettext
    told = {pair: finding_words(finding(*pair), gettext) for pair in SAID if pair[1] not in CONSOLE_ONLY}

    english = [
        words
        for words in told.values()
        if any(word in words.split() for word in ("the", "of", "expected", "missing", "unknown"))
    ]

    assert english == []
