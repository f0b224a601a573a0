"""The page's own modules in Node.js: one process that answers calls."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any


class Node:
    """Runs driver.mjs; `call` gives what the function of that name returns."""

    def __enter__(self) -> Node:
        driver = Path(__file__).with_name("driver.mjs")
        self.process = subprocess.Popen(
            ["node", "--no-warnings", str(driver)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate()

    def call(self, name: str, *values: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([name, *values]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"node ended while it was asked for {name}"
        return json.loads(answer)
