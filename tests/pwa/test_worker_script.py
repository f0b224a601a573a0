"""The service worker's script as one file."""

import json
import subprocess
from pathlib import Path

from server.pwa.views import build_worker_script
from tests.publishing import STATIC

# Where it was cut, of all places after which a statement may end.
PARSED_WHEN_CUT = """
const vm = require("node:vm");
const text = require("node:fs").readFileSync(process.argv[2], "utf-8").trimEnd();
new vm.Script(text);
const parsed = [];
for (let at = 1; at < text.length; at += 1) {
  if (!";}\\n".includes(text[at - 1])) continue;
  try { new vm.Script(text.slice(0, at)); parsed.push(at); } catch {}
}
console.log(JSON.stringify(parsed));
"""


def test_a_script_that_was_cut_short_is_never_installed(tmp_path: Path) -> None:
    """A browser installs what parses; without its last part the worker would answer nothing."""
    worker, run = tmp_path / "sw.js", tmp_path / "run.cjs"
    worker.write_text(build_worker_script(STATIC), encoding="utf-8")
    run.write_text(PARSED_WHEN_CUT, encoding="utf-8")

    told = subprocess.run(["node", run, worker], capture_output=True, text=True, check=True, timeout=120).stdout

    # Without the last semicolon it is the whole script.
    assert [at for at in json.loads(told) if at < len(worker.read_text(encoding="utf-8").rstrip(";\n"))] == []
