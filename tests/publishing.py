"""Publishing small packs in tests, and talking to a server without a client's niceties."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.publish.build import Sources
from server.publish.current import publish_packs
from server.publish.data_folder.channel import ChannelState
from server.publish.data_folder.release import DataFolder
from tests.forked import run_forked_command
from tests.packs import confirm, set_string, tiny_pack
from tests.serving import ROOT

STATIC = ROOT / "static"
# Another address of this machine than the one that everything else uses, so that it is found in a log if it gets there.
CLIENT = "127.0.0.9"


class Publisher:
    """A tiny pack and a data folder: publish it, edit a sentence, publish again."""

    data: DataFolder

    def __init__(self, folder: Path, *, copy_of: Publisher | None = None) -> None:
        self.packs = folder / "packs"
        self.root = self.packs / "xa"
        if copy_of is None:
            self.packs.mkdir(parents=True)
            tiny_pack(self.packs)
        else:
            shutil.copytree(copy_of.packs, self.packs)
            shutil.copytree(copy_of.data.root, folder / "data")
        self.data = DataFolder(folder / "data")
        self.lines: list[str] = []

    @property
    def sources(self) -> Sources:
        return Sources(self.packs, STATIC, ROOT / "translations")

    def publish(self, *, only_if_new: bool = False) -> ChannelState:
        self.lines = []
        return publish_packs(self.data, self.sources, progress=self.lines.append, only_if_new=only_if_new)

    def publish_into(self, data: DataFolder) -> ChannelState:
        """Publish the packs as they are into another data folder."""
        return publish_packs(data, self.sources)

    def edit(self, words: str) -> None:
        """Change one sentence of every locale."""
        for locale in ("en", "zh-Hans"):
            set_string(self.root, locale, "flow.borrower.first", words)
        confirm(self.root)

    def publish_edited(self, words: str) -> str:
        """Publish another text and give the digest of that release."""
        self.edit(words)
        return str(self.publish().release)


def second_region(packs: Path) -> None:
    """A copy of the tiny pack for another region."""
    elsewhere = packs.parent / f"{packs.name}-second"
    elsewhere.mkdir()
    root = tiny_pack(elsewhere)
    pack = (root / "pack.toml").read_text(encoding="utf-8")
    (root / "pack.toml").write_text(pack.replace('id = "xa"', 'id = "xb"').replace('iso = "XA"', 'iso = "XB"'))
    root.rename(packs / "xb")
    elsewhere.rmdir()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` but for the locks, by its relative path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def doorwise(
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    preexec: Callable[[], None] | None = None,
    timeout_s: int = 120,
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own; a bad exit code is for the test to look at.

    With `preexec` it is started afresh: that is called before Python itself starts.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DOORWISE_")}
    given = {**clean, **(environment or {})}
    words = [str(argument) for argument in arguments]
    if preexec is None:
        return run_forked_command(words, folder=ROOT, environment=given, timeout_s=timeout_s)
    return subprocess.run(
        [sys.executable, "-m", "server", *words],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        preexec_fn=preexec,
    )


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    port: int,
    path: str | bytes,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes = b"",
) -> Answer:
    """One request whose path is sent byte for byte as given, on a connection of its own."""
    target = path if isinstance(path, bytes) else path.encode()
    fields = {"Host": f"localhost:{port}", "Connection": "close", **(headers or {})}
    if body:
        fields["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode("latin-1")
    return exchange(port, method.encode() + b" " + target + b" HTTP/1.1\r\n" + lines + b"\r\n" + body, method=method)


def exchange(port: int, request: bytes, *, method: str = "GET") -> Answer:
    """Send bytes as they are and read the answer."""
    with connection(port) as link:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # It may refuse before it has read all.
            link.sendall(request)
        answer = http.client.HTTPResponse(link, method=method)
        with contextlib.closing(answer):
            answer.begin()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


@contextlib.contextmanager
def connection(port: int) -> Iterator[socket.socket]:
    """A connection from CLIENT."""
    with socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(CLIENT, 0)) as link:
        yield link
