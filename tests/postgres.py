"""A real PostgreSQL server of the tests' own: on a socket, in a folder that goes away with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tools.browsers import find_postgres_programs

START_TIMEOUT_S = 60
USER = "app"


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: the user that its package makes, where we are root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Cluster:
    """One server. `settings` are given to it on its command line; a folder that is not given is made and removed."""

    def __init__(self, *settings: str, folder: Path | None = None, most_bytes: int | None = None) -> None:
        programs = find_postgres_programs()
        assert programs is not None, "no PostgreSQL here: `python -m tools.browsers` installs it"
        self.programs = programs
        self.own = folder is None
        # A socket's path is at most 107 bytes long, which pytest's folders may use up.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="pg-"))
        self.settings = settings
        self.most_bytes = most_bytes  # of each of its files; None: as many as there is room for
        self.process: subprocess.Popen[bytes] | None = None
        self.who = _unprivileged()
        if self.who:
            os.chown(self.folder, self.who["user"], self.who["group"])
        self._run(
            "initdb", "-D", self.folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync", "--no-instructions",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str | Path) -> None:
        command: list[str | Path] = [self.programs / program, *arguments]
        subprocess.run(
            command, check=True, cwd=self.folder, env=self._environment(), stdout=subprocess.DEVNULL, **self.who
        )

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}

    def start(self) -> Cluster:
        """Start it and wait until it answers."""
        settings = ["listen_addresses=", "shared_buffers=32MB", *self.settings]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder,
                 *(part for setting in settings for part in ("-c", setting))],
                env=self._environment(), cwd=self.folder, stdout=log, stderr=log, preexec_fn=self._limit, **self.who,
            )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text(errors="replace")
            assert time.monotonic() < deadline, (self.folder / "log").read_text(errors="replace")
        return self

    def _limit(self) -> None:
        if self.most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.most_bytes, self.most_bytes))

    def _answers(self) -> bool:
        command: list[str | Path] = [self.programs / "pg_isready", "-q", "-t", "5", "-h", self.folder, "-U", USER]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self) -> None:
        """End it at once, in order; connections are cut."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
            self.process = None

    def kill(self) -> None:
        """End the server and every process of it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)
        self.process = None
        # Its children hold its shared memory until they too are gone, and a server that starts before that gives up.
        deadline = time.monotonic() + START_TIMEOUT_S
        while children := self._processes():
            assert time.monotonic() < deadline, f"still there: {children}"
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    def _processes(self) -> list[int]:
        """Give every process that works in the data folder: the server's own all do, and no other."""
        found, data = [], (self.folder / "data").resolve()
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdecimal() and (entry / "cwd").readlink() == data:
                    found.append(int(entry.name))
        return found

    def remove(self) -> None:
        """End it and remove its folder."""
        self.stop()
        if self.own:
            shutil.rmtree(self.folder)

    def url(self, database: str, user: str = USER) -> str:
        """The address of one database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"t{uuid4().hex}"
        self.execute(f"create database {name} template template0")
        return self.url(name)

    def execute(self, statement: str, url: str | None = None) -> list[tuple[Any, ...]]:
        """Run one statement, by default in the server's own database, and return its rows."""
        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def drop(self, url: str) -> None:
        """Remove a database; whoever is still connected is cut off."""
        name = url.split("/")[3].partition("?")[0]
        self.execute(f"drop database if exists {name} with (force)")


@contextlib.contextmanager
def cluster(*settings: str) -> Iterator[Cluster]:
    """A server that runs inside this block."""
    one = Cluster(*settings)
    try:
        yield one.start()
    finally:
        one.remove()
