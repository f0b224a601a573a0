"""Read a folder of pack files without trusting it: no symlinks, nothing too large, text only in UTF-8."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.guidance.model.regions import LANGUAGE_TAG
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem, escape_unprintable

MAX_FILE_BYTES = 1 << 20
MAX_PACK_BYTES = 32 << 20
MAX_ENTRIES = 10_000
TABLE_FILES = (
    "pack.toml",
    "sources.toml",
    "contacts.toml",
    "visit.toml",
    "topics.toml",
    "assess.toml",
    "escalation.toml",
    "prepare.toml",
    "practice.toml",
)
LOCALE_FILES = ("strings.toml", "made_from.toml")

_LOCALE_PATH = re.compile(
    rf"(?P<tag>{LANGUAGE_TAG.pattern})/(?:(?P<file>{'|'.join(map(re.escape, LOCALE_FILES))})"
    r"|topics/(?P<topic>[a-z0-9]+(?:-[a-z0-9]+)*)\.md)"
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One folder's texts by their path inside it. `label` is the folder's name in messages.

    In a layer of `edits` a mark or a text that applies to nothing is not a fault: a newer shipped pack may have dropped
    the entry that somebody once changed.
    """

    label: str
    texts: Mapping[str, str]
    edits: bool = False

    def name_file(self, path: str) -> str:
        """Return the path as messages show it."""
        return f"{self.label}/{path}"


@dataclass(frozen=True, slots=True)
class LocalePath:
    """The role of a file inside a locale's folder: `file`, or the text of `topic`."""

    tag: str
    file: str | None
    topic: str | None


def parse_locale_path(path: str) -> LocalePath | None:
    """Return the role of a file of a locale, or None for any other file."""
    match = _LOCALE_PATH.fullmatch(path)
    return LocalePath(match["tag"], match["file"], match["topic"]) if match else None


def read_layer(root: Path, label: str, problems: list[Problem]) -> Layer:
    """Return every file of one pack folder; a file that cannot be read becomes a problem and is left out."""
    texts: dict[str, str] = {}
    left = MAX_PACK_BYTES
    if not root.is_dir():
        problems.append(Problem(Code.MISSING_FOLDER, label))
        return Layer(label, texts)
    try:
        paths = sorted(_walk_files(root, label, problems))
    except OSError as error:
        problems.append(Problem(Code.UNREADABLE, label, (), {"detail": error.strerror or str(error)}))
        return Layer(label, texts)
    for path in paths:
        name = f"{label}/{escape_unprintable(path)}"
        if path == "README.md" or not path.lower().endswith((".toml", ".md")):
            continue  # for people, or pictures: not a text of the pack
        if path not in TABLE_FILES and parse_locale_path(path) is None:
            problems.append(Problem(Code.UNKNOWN_FILE, name, (), {"allowed": TABLE_FILES}))
            continue
        data = _read_file(root / path, name, problems)
        if data is None:
            continue
        left -= len(data)
        if left < 0:
            problems.append(Problem(Code.TOO_LARGE, label, (), {"limit": MAX_PACK_BYTES >> 20}))
            break
        text = _decode_text(data, name, problems)
        if text is not None:
            texts[path] = text
    return Layer(label, texts)


def read_text(root: Path, path: str) -> str | None:
    """Return one file of a pack folder as `read_layer` would read it, or None when it would be left out."""
    data = _read_file(root / path, path, []) if not (root / path).is_symlink() else None
    return None if data is None else _decode_text(data, path, [])


def list_text_paths(root: Path) -> list[str]:
    """Return the paths of the files that `read_layer` would read; an unreadable folder has none."""
    try:
        found = sorted(_walk_files(root, root.name, []))
    except OSError:
        return []
    return [path for path in found if path in TABLE_FILES or parse_locale_path(path) is not None]


def _walk_files(root: Path, label: str, problems: list[Problem]) -> Iterator[str]:
    """Yield the paths of the files; hidden entries are skipped, links and special files refused."""
    seen = 0
    folders = [""]
    while folders:
        folder = folders.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                seen += 1
                path = f"{folder}/{entry.name}" if folder else entry.name
                if seen > MAX_ENTRIES:
                    problems.append(Problem(Code.TOO_MANY_FILES, label, (), {"limit": MAX_ENTRIES}))
                    return
                if entry.is_symlink():
                    problems.append(Problem(Code.SYMBOLIC_LINK, f"{label}/{escape_unprintable(path)}"))
                elif entry.name.startswith("."):
                    continue
                elif entry.is_dir(follow_symlinks=False):
                    if path.count("/") < 2:
                        folders.append(path)
                    else:
                        problems.append(Problem(Code.FOLDER_TOO_DEEP, f"{label}/{escape_unprintable(path)}"))
                else:
                    yield path


def _read_file(path: Path, name: str, problems: list[Problem]) -> bytes | None:
    """Return the bytes of a regular file, opened without following a link that may have appeared since the walk."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(path, "rb", opener=lambda file, _: os.open(file, flags)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                problems.append(Problem(Code.NOT_A_REGULAR_FILE, name))
                return None
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problems.append(Problem(Code.UNREADABLE, name, (), {"detail": error.strerror or str(error)}))
        return None
    if len(data) > MAX_FILE_BYTES:
        problems.append(Problem(Code.TOO_LARGE, name, (), {"limit": MAX_FILE_BYTES >> 20}))
        return None
    return data


def _decode_text(data: bytes, name: str, problems: list[Problem]) -> str | None:
    try:
        # Some editors put a byte order mark first; it is not part of the text.
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        problems.append(Problem(Code.NOT_UTF8, name, (), {"byte": error.start}))
        return None
    if not text.strip():
        problems.append(Problem(Code.EMPTY_FILE, name))
        return None
    return text.replace("\r\n", "\n")
