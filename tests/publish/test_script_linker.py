import subprocess
from pathlib import Path

import brotli
import pytest

from server.publish.assets import load_assets
from server.publish.script_linker import LinkError, link_modules
from tests.publishing import STATIC

LARGEST_SCRIPT = 15_000


def link(folder: Path, **modules: str) -> str:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return link_modules(folder, "app.js")


def run(folder: Path, script: str) -> str:
    """What a joined script prints when node runs it as a module."""
    path = folder / "joined.mjs"
    path.write_text(script, encoding="utf-8")
    return subprocess.run(["node", path], capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_script_of_every_page_keeps_to_its_size():
    """The visit screen waits for it on the slowest of networks; `make bench` measures the same with its page."""
    script = load_assets(STATIC)["js"].data

    assert len(brotli.compress(script, quality=11)) <= LARGEST_SCRIPT


@pytest.mark.parametrize("entry", ["app.js", "search.js"])
def test_the_real_modules_join_into_a_script_that_parses(tmp_path, entry):
    path = tmp_path / "joined.mjs"
    path.write_text(link_modules(STATIC / "js", entry), encoding="utf-8")

    subprocess.run(["node", "--check", path], check=True, timeout=60)


CUT_ANYWHERE = """
const vm = require("node:vm");
const script = require("node:fs").readFileSync(process.argv[1], "utf8").trimEnd();
for (let at = 20; at < script.length; at += 1) {
  if (!";}\\n".includes(script[at - 1])) continue;
  try { new vm.Script(script.slice(0, at)); } catch { continue; }
  console.log(script.slice(Math.max(0, at - 80), at));
}
"""


@pytest.mark.parametrize("entry", ["app.js", "search.js"])
def test_a_script_that_is_cut_short_runs_nothing(tmp_path, entry):
    """After any statement, where what is left could be a script that does half of the work."""
    path = tmp_path / "joined.js"
    path.write_text(link_modules(STATIC / "js", entry), encoding="utf-8")

    found = subprocess.run(
        ["node", "-e", CUT_ANYWHERE, path], capture_output=True, text=True, check=True, timeout=120
    ).stdout

    assert found == ""


def test_what_is_imported_stands_first_and_once(tmp_path):
    joined = link(
        tmp_path,
        app='import { one } from "./one.js";\nimport {\n  two,\n} from "./two.js";\nconsole.log(one + two());\n',
        one="console.log('one');\nexport const one = 1;\n",
        two='import { one } from "./one.js";\nexport function two() {\n  return one + 1;\n}\n',
    )

    assert run(tmp_path, joined) == "one\n3\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('import one from "./one.js";\n', "cannot join"),
        ('import * as one from "./one.js";\n', "cannot join"),
        ('import "./one.js";\n', "cannot join"),
        ("import { one } from './one.js';\n", "cannot join"),
        ('import { one } from "one";\n', "cannot join"),
        ('import { one as first } from "./one.js";\n', "does not export 'one as first'"),
        ('import { three } from "./one.js";\n', "does not export 'three'"),
        ('export { one } from "./one.js";\n', "cannot join"),
        ('export * from "./one.js";\n', "cannot join"),
        ("export default function () {}\n", "cannot join"),
        ("const late = await import('./one.js');\n", "cannot join"),
        ("const here = import.meta.url;\n", "cannot join"),
        ("const { a, b } = window;\n", "cannot join"),
        ('import { one } from "./one.js";\nfunction one() {}\n', "one is declared in one.js too"),
        ('import { one } from "./missing.js";\n', "static/js/missing.js"),
        ('import { one } from "../one.js";\nimport { two } from "./two.js";\n', "static/js/two.js"),
    ],
    ids=lambda value: value.replace("\n", " ")[:40],
)
def test_what_cannot_be_joined_is_refused_and_named(tmp_path, text, reason):
    with pytest.raises(LinkError, match=r"static/js/\w+\.js") as refusal:
        link(tmp_path, app=text, one="export const one = 1;\n")

    assert reason in str(refusal.value)


def test_modules_that_import_each_other_are_refused(tmp_path):
    with pytest.raises(LinkError, match=r"static/js/app.js: imports itself through app.js → one.js"):
        link(
            tmp_path,
            app='import { one } from "./one.js";\nexport const app = 1;\n',
            one='import { app } from "./app.js";\nexport const one = app;\n',
        )


def test_leaving_out_comments_never_eats_code(tmp_path):
    """Text that looks like a comment inside a string, and casts whose comment stands at the start of a line."""
    joined = link(
        tmp_path,
        app="""\
/**
 * Left out.
 */
const address = "https://example.org/**"; // kept
/* left out */
// import { nothing } from "./nothing.js";
const text = `
// kept
/** kept too
*/ ${address}`;
const cast =
  /** @type {any} */ (address);
/** left out */
console.log(text, cast, "/* */", '//'); /* and
this */ console.log("end");
""",
    )

    assert "eft out" not in joined
    assert "nothing" not in joined
    assert run(tmp_path, joined) == (
        "\n// kept\n/** kept too\n*/ https://example.org/** https://example.org/** /* */ //\nend\n"
    )
