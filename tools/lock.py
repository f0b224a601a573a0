"""Write the lock files: `make lock`, or `python -m tools.lock --keep` to add what is new and upgrade nothing.

A lock file names exact versions and their hashes, and no host: the hashes say what a package is, and where it comes
from is up to the machine that installs it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AGE = "7 days"  # a release younger than this is not chosen: a poisoned one is usually found in its first days


def write_python_lock(output: str, *arguments: str, upgrade: bool) -> None:
    """Resolve pyproject.toml for every platform and Python from 3.11 on, and write `output`."""
    command = ["uv", "pip", "compile", "pyproject.toml", "--group", "build", *arguments]
    command += ["--universal", "--python-version", "3.11", "--exclude-newer", AGE]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--quiet"]
    command += ["--custom-compile-command", "make lock"]
    command += ["--upgrade"] if upgrade else []
    # The compiler's own answer to `which python` does not matter for a universal lock; its environment does.
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([*command, "--output-file", output], cwd=ROOT, env=environment, check=True)
    print(f"wrote {output}")


def write_npm_lock() -> None:
    """Write package-lock.json from the exact versions in package.json, without download addresses."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("package-lock.json is made by npm, which is not on this machine: install Node.js.")
    command = [npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run([*command, "--omit-lockfile-registry-resolved"], cwd=ROOT, check=True)
    print("wrote package-lock.json")


def main() -> None:
    """Write all three lock files."""
    parser = argparse.ArgumentParser(description="Write the lock files.")
    parser.add_argument("--keep", action="store_true", help="keep the locked versions wherever they still fit")
    keep = parser.parse_args().keep
    write_python_lock("requirements.lock", upgrade=not keep)
    # The tests run with exactly what `make run` installs.
    write_python_lock("requirements-dev.lock", "--group", "dev", "--constraint", "requirements.lock", upgrade=not keep)
    write_npm_lock()


if __name__ == "__main__":
    main()
