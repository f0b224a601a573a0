"""The only mutable file: which release is current, and the history of that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from server.errors import DataFolderError
from server.files import write_atomically
from server.publish.data_folder.canonical import canonical_bytes


@dataclass(frozen=True, slots=True)
class Move:
    """The channel was moved to `release` at `at` (RFC 3339); `why` is `publish` or `rollback`."""

    release: str
    at: str
    why: str


@dataclass(frozen=True, slots=True)
class ChannelState:
    """`release` is the digest of the current release, None before the first publish; `moves` is oldest first."""

    release: str | None = None
    recalled: tuple[str, ...] = ()
    moves: tuple[Move, ...] = field(default=())


class Channel:
    """The channel file of one data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> ChannelState:
        """Return the state; an absent file means that nothing was published yet.

        Raises:
            DataFolderError: The file is there but cannot be read.
        """
        try:
            document = json.loads(self.path.read_bytes())
            moves = tuple(Move(**move) for move in document["moves"])
            return ChannelState(document["release"], tuple(document["recalled"]), moves)
        except FileNotFoundError:
            return ChannelState()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataFolderError(
                f"{self.path} cannot be read as a channel: {error}; put it back from a backup, or move it away and publish"
            ) from error

    def move(self, release: str, *, why: str, now: datetime | None = None) -> ChannelState:
        """Make `release` current in one atomic step and return the new state."""
        before = self.read()
        at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        return self._write_state(ChannelState(release, before.recalled, (*before.moves, Move(release, at, why))))

    def recall_topic(self, addresses: Iterable[str]) -> ChannelState:
        """Save `addresses` as the withdrawn texts, whatever release a phone has, and return the new state."""
        before = self.read()
        return self._write_state(ChannelState(before.release, tuple(sorted(set(addresses))), before.moves))

    def _write_state(self, state: ChannelState) -> ChannelState:
        document = {
            "release": state.release,
            "recalled": list(state.recalled),
            "moves": [{"release": move.release, "at": move.at, "why": move.why} for move in state.moves],
        }
        write_atomically(self.path, canonical_bytes(document))
        return state


def build_served_channel(state: ChannelState, slices: Mapping[str, str]) -> bytes:
    """Return the content of /channel.json for phones: the current release, the digest of each slice, recalled topics."""
    return canonical_bytes({"release": state.release, "slices": dict(slices), "recalled": list(state.recalled)})
