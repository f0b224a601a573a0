"""What every measurement is given: a folder of its own, the browser, how often to repeat; and the pack it is about."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Playwright

from tests.serving import ROOT, ServerProcess

# The design states its budgets for this pack, and for one of its locales.
REGION = "cn"
LOCALE = "zh-Hans"
KEY = f"{REGION}/{LOCALE}"
HOME = f"/{KEY}/"
VISIT = f"/{KEY}/now/"
SHIPPED = ROOT / "server" / "packs"


@dataclass(frozen=True, slots=True)
class Setting:
    """`folder` is empty at the start and thrown away at the end."""

    playwright: Playwright
    folder: Path
    quick: bool

    def limit_repetitions(self, full: int) -> int:
        """How often to repeat something that is worth `full` repetitions."""
        return min(2, full) if self.quick else full

    @contextmanager
    def start_server(self, name: str) -> Iterator[ServerProcess]:
        """A server with a data folder and packs of its own, published."""
        packs = self.folder / name / "packs"
        if not packs.exists():
            shutil.copytree(SHIPPED / REGION, packs / REGION)
        server = ServerProcess(self.folder / name / "data", packs=packs, afresh=True)
        try:
            yield server.start()
        finally:
            server.stop()


def publish_folder(folder: Path) -> None:
    """Publish `folder/packs` into `folder/data`, as an operator would."""
    command = [sys.executable, "-m", "server", "release", "publish"]
    options = ["--data", str(folder / "data"), "--packs", str(folder / "packs")]
    subprocess.run([*command, *options], cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=900)


def print_progress(line: str) -> None:
    """Print how far it is, beside the table and not in it."""
    print(line, file=sys.stderr, flush=True)
