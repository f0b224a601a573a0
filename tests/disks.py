"""Disks that are full or may not be written, for tests."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[bool]:
    """Mount at `folder`; false where this user may not."""
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def full_disk(folder: Path, content: Path, free: int) -> Iterator[Callable[[], None]]:
    """A copy of `content` at `folder`, on a disk of its own with `free` bytes left where mounting is allowed.

    Gives what the writing process must do first: elsewhere it is a limit on the size of files, which stops a write in
    the same place.
    """
    folder.mkdir()
    with mounted(folder, "-t", "tmpfs", "-o", "size=8m", "tmpfs") as is_mounted:
        shutil.copytree(content, folder, dirs_exist_ok=True)
        if is_mounted:
            statistics = os.statvfs(folder)
            (folder / "ballast").write_bytes(b"x" * (statistics.f_bavail * statistics.f_frsize - free))
        limit = resource.RLIM_INFINITY if is_mounted else free
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write below `folder`: root by a mount, others by permissions."""
    if os.geteuid() != 0:
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
        yield
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
        return
    with mounted(folder, "--bind", str(folder)) as bound:
        assert bound, "root may not mount here: run the tests as an ordinary user"
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
