"""The check that script runs on Chrome 87 and Safari 14 must refuse what does not, or it would pass by seeing nothing."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ESLINT = ROOT / "node_modules/.bin/eslint"

REFUSED = {
    "structured-clone": ("export const copy = structuredClone({});", "compat/compat"),
    "array-at": ("export const last = (list) => list.at(-1);", "no-restricted-syntax"),
    "array-find-last": ("export const last = [1].findLast(Boolean);", "es-x/no-array-prototype-findlast-findlastindex"),
    "array-to-sorted": ("export const sorted = [2, 1].toSorted();", "es-x/no-array-prototype-tosorted"),
    "object-has-own": ('export const has = Object.hasOwn({}, "x");', "es-x/no-object-hasown"),
    "top-level-await": ('await fetch("/x");', "es-x/no-top-level-await"),
    "class-static-block": ("export class A { static { A.x = 1; } }", "es-x/no-class-static-block"),
    "class-private-field": ("export class A { #x = 1; x() { return this.#x; } }", "es-x/no-class-private-fields"),
    "lookbehind": ("export const price = /(?<=¥)[0-9]+/;", "es-x/no-regexp-lookbehind-assertions"),
    "weak-ref": ("export const ref = new WeakRef({});", "compat/compat"),
    "export-namespace": ('export * as all from "./all.js";', "es-x/no-export-ns-from"),
    "random-uuid": ("export const id = crypto.randomUUID();", "no-restricted-properties"),
    "locks": ('export const lock = navigator.locks.request("x", () => {});', "compat/compat"),
    "broadcast-channel": ('export const channel = new BroadcastChannel("x");', "compat/compat"),
    "selector-has": ('export const found = document.querySelector("p:has(a)");', "no-restricted-syntax"),
}

ACCEPTED = {
    "logical-assignment": "let value = null;\nvalue ??= 3;\nexport { value };",
    "optional-chaining": "export const name = globalThis.document?.title ?? 0;",
    "replace-all": 'export const text = "a-b".replaceAll("-", " ");',
    "array-methods": "export const sum = [1, 2].map((n) => n + 1).filter(Boolean).reduce((a, b) => a + b);",
    "own-property-named-at": "export const age = (visit) => Date.now() - visit.at;",
    "class-field": "export class A { value = 1; }",
    "error-cause": 'export const error = new Error("x", { cause: null });',
    "feature-detected": 'if ("locks" in navigator) { navigator.locks.request("x", () => {}); }',
    "platform": 'export const open = () => Promise.all([caches.open("x"), crypto.subtle.digest("SHA-256", new Uint8Array(1))]);',
}

WORKERS = ("static/js/worker/main.js", "static/sw-retired.js")


@pytest.fixture(scope="module")
def rules_broken_by(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], set[str]]:
    """Plant every case in a folder like ours, run the check once, and return which rules each case broke."""
    assert ESLINT.exists(), "the JavaScript tools are not installed: run `make npm`"
    folder = tmp_path_factory.mktemp("planted")
    (folder / "static/js").mkdir(parents=True)
    sources = {name: source for name, (source, _) in REFUSED.items()} | ACCEPTED
    for name, source in sources.items():
        (folder / f"static/js/{name}.js").write_text(source + "\n", encoding="utf-8")
    for path in WORKERS:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("const worker = structuredClone({});\n", encoding="utf-8")

    command = [ESLINT, "--config", ROOT / "tools/eslint.config.mjs", "--format", "json", "static"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr
    broken = defaultdict(set)
    for file in json.loads(done.stdout):
        broken[Path(file["filePath"]).stem] = {message["ruleId"] for message in file["messages"]}
    assert set(broken) == {*sources, "main", "sw-retired"}, "a planted file was not looked at"
    return lambda name: broken[name]


@pytest.mark.parametrize(("name", "rule"), [(name, rule) for name, (_, rule) in REFUSED.items()], ids=list(REFUSED))
def test_what_the_oldest_browsers_lack_is_refused(rules_broken_by, name, rule):
    assert rule in rules_broken_by(name)


@pytest.mark.parametrize("name", list(ACCEPTED))
def test_what_the_oldest_browsers_have_is_accepted(rules_broken_by, name):
    assert rules_broken_by(name) == set()


@pytest.mark.parametrize("path", WORKERS)
def test_the_service_worker_is_checked_too(rules_broken_by, path):
    assert "compat/compat" in rules_broken_by(Path(path).stem)
