"""The operator's guide as a machine would follow it: its blocks, in a folder that stands for the root of the file system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.serving import ROOT

GUIDE = ROOT / "docs" / "operate.md"
BLOCK = re.compile(r"^```(\w+) (.+)\n((?:.*\n)*?)```$", re.MULTILINE)
ABSOLUTE = re.compile(r"(?<![\w/.:*])/(?=(?:etc|opt|var|usr/local)/)")
# What would change the machine that runs the tests: these note that they were called, and `runuser` does what it was asked to.
NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >> "$ASKED"\n'
STAND_INS = dict.fromkeys(("apt-get", "chown", "systemctl", "useradd"), NOTE)
STAND_INS |= {"runuser": f'{NOTE}shift 3\nexec "$@"\n', "python3": f'#!/bin/sh\nexec {sys.executable} "$@"\n'}


def read_blocks() -> dict[str, str]:
    """Return the guide's blocks by their names."""
    found = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(found) == GUIDE.read_text(encoding="utf-8").count("\n```") / 2, "every block has a language and a name"
    blocks = {name: text for _, name, text in found}
    assert len(blocks) == len(found), "no two blocks have the same name"
    return blocks


@dataclass
class Machine:
    """A machine that follows the guide. `replace` says what is called otherwise here: the domain, ports."""

    root: Path
    replace: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the folders that every machine has."""
        for name in ("etc/systemd/system", "usr/local/bin", "opt/doorwise", "var/lib", "var/backups", "stand-ins"):
            (self.root / name).mkdir(parents=True)
        for name, text in STAND_INS.items():
            self._write_program(self.root / "stand-ins" / name, text)

    def text(self, name: str) -> str:
        """Return a block with this machine's names."""
        text = ABSOLUTE.sub(f"{self.root}/", read_blocks()[name])
        for old, new in self.replace.items():
            text = text.replace(old, new)
        return text

    def path(self, name: str) -> Path:
        """Return where a file of the guide is here."""
        return self.root / name.removeprefix("/")

    def write(self, name: str) -> Path:
        """Write the block that is the file `name`."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._write_program(path, self.text(name))
        return path

    def run(self, name: str, *, folder: Path | None = None) -> str:
        """Run a block of commands, as root would paste it, and return what it prints."""
        return self.run_script(self.text(name), folder=folder)

    def run_script(self, script: str, *, folder: Path | None = None) -> str:
        """Run a script with the guide's commands on its path."""
        programs = f"{self.root}/stand-ins:{self.root}/usr/local/bin:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOORWISE", "PYTHON"))}
        environment = {**kept, "PATH": programs, "ASKED": str(self.root / "asked"), **self.environment}
        command = ["sh", "-eu", "-c", script]
        done = subprocess.run(
            command, cwd=folder or self.root, env=environment, capture_output=True, text=True, check=False, timeout=180
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def asked(self) -> list[str]:
        """Return what was asked of the stand-ins."""
        path = self.root / "asked"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def settings(self) -> dict[str, str]:
        """Return the settings of the service, as a shell reads them."""
        script = f"set -a; . {self.path('/etc/doorwise/doorwise.env')}; env -0"
        lines = self.run_script(script).split("\0")
        return dict(line.split("=", 1) for line in lines if line.startswith("DOORWISE_"))

    def use_programs_of(self, other: Machine) -> None:
        """Use what was installed on another machine."""
        shutil.rmtree(self.root / "opt")
        (self.root / "opt").symlink_to(other.root / "opt")

    @staticmethod
    def _write_program(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
