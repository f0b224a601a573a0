"""Every event that the code can write into the log of changes has a sentence, and no sentence is about nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.app import create_app
from server.config import Config
from tests.auth.desk import ORIGIN
from tests.memory import MemoryStore

ROOT = Path(__file__).resolve().parents[2]
# `make_audit_line(person, what, …)` writes a line; whoever hands its own parameter on to it writes what its callers say.
WRITERS = {"make_audit_line": "what"}
PARAMETERS = {"make_audit_line": ["person", "what", "target"]}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Source:
    """The modules of the code, and what was found out about them."""

    modules: Mapping[str, ast.Module]
    writers: dict[str, str] = field(default_factory=lambda: dict(WRITERS))
    parameters: dict[str, list[str]] = field(default_factory=lambda: dict(PARAMETERS))
    events: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def collect(self) -> None:
        """Follow names through functions until no further writer is found."""
        known = -1
        while known != len(self.writers):
            known = len(self.writers)
            self.events, self.unread = {}, []
            for path, tree in self.modules.items():
                for function, call in calls(tree):
                    self._read_call(path, function, call)

    def _read_call(self, path: str, function: Function | None, call: ast.Call) -> None:
        name = called(call)
        key = f"{path}:{name}" if name.startswith("_") else name
        if key not in self.writers:
            return
        parameter = self.writers[key]
        said = argument(call, parameter, self.parameters[key])
        place = f"{path}:{call.lineno}"
        if said is None:
            self.unread.append(place)
            return
        self._read(said, path, function, place)

    def _read(self, said: ast.expr, path: str, function: Function | None, place: str) -> None:
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            self.events[said.value] = place
        elif isinstance(said, ast.IfExp):
            self._read(said.body, path, function, place)
            self._read(said.orelse, path, function, place)
        elif isinstance(said, ast.Name) and function is not None:
            self._read_name(said.id, path, function, place)
        else:
            self.unread.append(place)

    def _read_name(self, name: str, path: str, function: Function, place: str) -> None:
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        if name in (*names, *(one.arg for one in function.args.kwonlyargs)):
            key = f"{path}:{function.name}" if function.name.startswith("_") else function.name
            self.writers[key] = name
            self.parameters[key] = [one for one in names if one not in ("self", "cls")]
            return
        values = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)
        ]
        if not values:
            self.unread.append(place)
        for value in values:
            self._read(value, path, function, place)


def calls(tree: ast.AST, function: Function | None = None) -> Iterator[tuple[Function | None, ast.Call]]:
    """Yield every call with the function that it stands in. A function inside another one sees the outer one's names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield function, node
        inner = node if isinstance(node, Function) and (function is None or node.args.args) else function
        yield from calls(node, inner)


def called(call: ast.Call) -> str:
    """Return the last name of what is called: `audit` of `self.audit(…)`."""
    return ast.unparse(call.func).rpartition(".")[2]


def argument(call: ast.Call, name: str, parameters: list[str]) -> ast.expr | None:
    """Return what a call gives for a parameter."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    place = parameters.index(name) if name in parameters else len(call.args)
    return call.args[place] if place < len(call.args) else None


def written(modules: Mapping[str, str]) -> Source:
    """Return what these modules can write."""
    source = Source({path: ast.parse(text) for path, text in modules.items()})
    source.collect()
    return source


@pytest.fixture(scope="module")
def source() -> Source:
    paths = sorted((ROOT / "server").rglob("*.py"))
    return written({path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths})


@pytest.fixture(scope="module")
def sentences(published_once) -> set[str]:
    """Return the events that the application has a sentence for."""
    config = Config(data=published_once.data.root, packs=published_once.packs, origin=ORIGIN)
    app = create_app(config, store=MemoryStore)
    return {event for room in app.extensions["doorwise-audit"] for event in room.words}


def test_every_event_has_a_sentence(source, sentences: set[str]):
    missing = [f"{place}: {event}" for event, place in source.events.items() if event not in sentences]

    assert missing == [], "say what happened in the audit_sentences.py of the room that writes it"


def test_every_sentence_is_about_something_that_is_written(source, sentences: set[str]):
    """Also what keeps the test above from passing when the search finds nothing."""
    assert sentences - source.events.keys() == set()


def test_every_name_of_an_event_can_be_read_from_the_code(source):
    assert source.unread == []


def test_each_way_to_write_was_followed(source):
    """One of each: a name said on the spot, by a choice, by a variable, through one function, and through a private one."""
    for event in ("text.saved", "topic.lifted", "passkey.moved", "person.enabled", "signed-out", "text.submitted"):
        assert event in source.events


@pytest.mark.parametrize(
    ("code", "events", "unread"),
    [
        ("make_audit_line(who, 'a')", {"a"}, 0),
        ("make_audit_line(who, what='a')", {"a"}, 0),
        ("make_audit_line(who, 'a' if x else 'b')", {"a", "b"}, 0),
        ("def f():\n    what = 'a' if x else 'b'\n    make_audit_line(who, what)", {"a", "b"}, 0),
        ("def f(who, *, what):\n    make_audit_line(who, what)\nf(me, what='a')", {"a"}, 0),
        ("def f(what):\n    def g():\n        make_audit_line(who, what)\nf('a')", {"a"}, 0),
        (
            "class C:\n    def _f(self, what):\n        make_audit_line(me, what)\n    def g(self):\n        self._f('a')",
            {"a"},
            0,
        ),
        ("def f(what):\n    make_audit_line(me, what)\ndef g(what):\n    f(what)\ng('a')", {"a"}, 0),
        ("make_audit_line(who, names[0])", set(), 1),
        ("make_audit_line(who, f'text.{verb}')", set(), 1),
        ("make_audit_line(*args)", set(), 1),
        ("audited(who, 'a')", set(), 0),
    ],
)
def test_the_search_finds_names_and_says_what_it_cannot_read(code, events, unread):
    found = written({"one.py": code})

    assert (set(found.events), len(found.unread)) == (events, unread)
