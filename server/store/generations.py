"""The one file of the embedded store: whole generations, each checked by its SHA-256, the last two kept.

    {"format":1,"sha256":"…","generation":7,"tables":{…}}

The SHA-256 is that of every byte after it. A new generation is written to another file, synced to the disk, and then
renamed; so the name always leads to a whole generation, and `.before` to the previous one. The callers hold the lock.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.errors import DataFolderError
from server.files import UNFINISHED, open_replacement, remove_unfinished_files, write_atomically
from server.store.errors import StoreError
from server.store.locks import make_unwritable_error

FORMAT = 1
HEAD = re.compile(rb'\{"format":([0-9]{1,9}),"sha256":"([0-9a-f]{64})",(?="generation":([0-9]{1,18}),"tables":)')
MOST_HEAD_BYTES = 160
PRIVATE = 0o600  # it holds names of people and the digests of their sessions

log = logging.getLogger(__name__)

Tables = dict[str, dict[str, Mapping[str, Any]]]


class GenerationDamaged(Exception):
    """The bytes of a file are not those of a generation."""


@dataclass(frozen=True, slots=True)
class Generation:
    """The contents of a file. `mark` is its first bytes, unique to a generation; `kept` is false after a damage."""

    number: int
    tables: Tables
    mark: bytes | None
    kept: bool = True


NOTHING = Generation(0, {}, None)


class Generations:
    """The file at `path` and the previous one, at `path` with `.before`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before = path.with_name(f"{path.name}.before")
        self.damaged = path.with_name(f"{path.name}.damaged")
        self._encoded: dict[str, tuple[Mapping[str, Any], bytes]] = {}

    def read_mark(self) -> bytes | None:
        """Return the first bytes of the file, which are unique to a generation; None when there is no file."""
        try:
            with self.path.open("rb") as file:
                return file.read(MOST_HEAD_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"cannot read {self.path}: {error.strerror}") from error

    def load_last_good(self) -> Generation:
        """Return the last good generation: that of the file, else the previous one, with a line in the log.

        Raises:
            StoreError: Both are damaged, or cannot be read, or were made by a later program.
        """
        try:
            return read_generation(self.path)
        except FileNotFoundError:
            reason = "is missing"
            if not self.before.exists():
                return NOTHING
        except GenerationDamaged as error:
            reason = f"is damaged ({error})"
        except OSError as error:
            raise StoreError(f"cannot read {self.path}: {error.strerror}") from error
        try:
            found = read_generation(self.before)
        except (GenerationDamaged, OSError) as error:
            raise StoreError(
                f"{self.path} {reason} and the one before it cannot be used either ({error}); "
                "restore a backup into an empty data folder"
            ) from error
        log.error(
            "%s %s: going on from %s, generation %d; the last change before the damage may be lost",
            self.path, reason, self.before.name, found.number,
        )  # fmt: skip
        return Generation(found.number, found.tables, self.read_mark(), kept=False)

    def save_next(self, tables: Tables, held: Generation) -> Generation:
        """Save `tables` as the generation after `held` and return it; it is on the disk when this returns.

        Raises:
            StoreUnavailable: The disk is full or read-only; `held` is still the current one.
        """
        number = held.number + 1
        data, mark = self._encode_tables(tables, number)
        try:
            remove_unfinished_files(self.path.parent, self.path.name)
            with open_replacement(self.path, mode=PRIVATE) as file:
                file.write(data)
                file.flush()  # a full disk is met here, before the generation before the last one is given up
                if held.mark is not None:
                    _add_second_name(self.path, self.before if held.kept else self.damaged)
        except (OSError, DataFolderError) as error:
            with contextlib.suppress(StoreError):
                if self.read_mark() == mark:
                    self._restore_held(held)
            raise make_unwritable_error(self.path, error) from error
        return Generation(number, tables, mark)

    def _restore_held(self, held: Generation) -> None:
        """Make `held` the current generation again: the caller is told that nothing was changed."""
        with contextlib.suppress(OSError):
            if held.mark is None:
                self.path.unlink()
            else:
                _add_second_name(self.before, self.path)

    def find_problems(self) -> list[str]:
        """Return the problems of the two files, one line each."""
        lines = []
        for path in (self.path, self.before):
            try:
                read_generation(path)
            except FileNotFoundError:
                if path == self.path and self.before.exists():
                    lines.append(f"{path} is missing")
            except (GenerationDamaged, OSError, StoreError) as error:
                lines.append(f"{path} is damaged: {error}")
        return lines

    def _encode_tables(self, tables: Tables, number: int) -> tuple[bytes, bytes]:
        # Most changes touch one small table. The bytes of the others are cached, and valid as long as the table is the
        # same object. A changed table is always another object (tinydb.table.Table._update_table).
        encoded = {}
        for name, table in tables.items():
            known = self._encoded.get(name)
            encoded[name] = known if known is not None and known[0] is table else (table, _dump_json(table))
        self._encoded = encoded
        parts = b",".join(_dump_json(name) + b":" + data for name, (_, data) in sorted(encoded.items()))
        rest = b'"generation":%d,"tables":{%s}}\n' % (number, parts)
        head = b'{"format":%d,"sha256":"%s",' % (FORMAT, hashlib.sha256(rest).hexdigest().encode())
        data = head + rest
        return data, data[:MOST_HEAD_BYTES]


def read_generation(path: Path) -> Generation:
    """Return the generation of one file.

    Raises:
        Damaged: Its bytes are not those that were written.
        StoreError: A later program made it.
        OSError: It cannot be read.
    """
    data = path.read_bytes()
    head = HEAD.match(data)
    if head is None:
        raise GenerationDamaged("it does not begin as it should")
    if int(head[1]) != FORMAT:
        raise StoreError(
            f"{path} has the format {int(head[1])}; this program reads {FORMAT}: it was made by another version"
        )
    if hashlib.sha256(memoryview(data)[head.end() :]).hexdigest().encode() != head[2]:
        raise GenerationDamaged("its bytes have another SHA-256")
    return Generation(int(head[3]), json.loads(data)["tables"], data[:MOST_HEAD_BYTES])


def _add_second_name(path: Path, name: Path) -> None:
    """Add a second name to the file at `path`, replacing the file that has that name now."""
    link = name.with_name(f"{UNFINISHED}{name.name}")
    link.unlink(missing_ok=True)
    try:
        os.link(path, link)
    except FileNotFoundError:  # the file itself was lost
        return
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        write_atomically(name, path.read_bytes(), mode=PRIVATE)  # a file system without hard links
        return
    os.replace(link, name)


def _dump_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
