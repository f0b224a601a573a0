import json
from datetime import UTC, datetime

import pytest

from server.errors import DataFolderError, UnknownRelease
from server.publish.current import find_previous_release
from server.publish.data_folder.channel import Channel, ChannelState, Move, build_served_channel

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_absent_channel_means_nothing_is_published(tmp_path):
    assert Channel(tmp_path / "channel.json").read() == ChannelState()


def test_a_move_is_kept_with_its_history(tmp_path):
    channel = Channel(tmp_path / "channel.json")

    channel.move("a" * 64, why="publish", now=NOW)
    state = channel.move("b" * 64, why="publish", now=NOW)

    assert state == channel.read()
    assert state.release == "b" * 64
    assert state.moves == tuple(Move(name * 64, "2026-11-21T12:00:00+00:00", "publish") for name in "ab")


def test_a_reader_sees_the_old_channel_or_the_new_one(tmp_path):
    """An open file keeps its old bytes: the new ones are another file under the same name."""
    channel = Channel(tmp_path / "channel.json")
    channel.move("a" * 64, why="publish", now=NOW)
    with channel.path.open("rb") as reader:
        start = reader.read(10)
        channel.move("b" * 64, why="publish", now=NOW)

        assert json.loads(start + reader.read())["release"] == "a" * 64


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"release": "a", "recalled": [], "moves": [1]}', b"null"]
)
def test_a_damaged_channel_is_named(tmp_path, damage):
    path = tmp_path / "channel.json"
    path.write_bytes(damage)

    with pytest.raises(DataFolderError, match=r"channel\.json cannot be read as a channel: .*backup"):
        Channel(path).read()


def test_a_damaged_channel_is_never_written_over(tmp_path):
    """Its history may still be saved by hand."""
    path = tmp_path / "channel.json"
    path.write_bytes(b"{")

    with pytest.raises(DataFolderError):
        Channel(path).move("a" * 64, why="publish")

    assert path.read_bytes() == b"{"


def test_a_phone_is_told_the_release_and_its_slices():
    state = ChannelState("a" * 64, recalled=("r",))

    assert json.loads(build_served_channel(state, {"xa/en": "1" * 64})) == {
        "release": "a" * 64,
        "slices": {"xa/en": "1" * 64},
        "recalled": ["r"],
    }


def history(*steps: str) -> ChannelState:
    """`A` publishes A, `<A` rolls back to it."""
    moves = tuple(Move(step[-1], "", "rollback" if step.startswith("<") else "publish") for step in steps)
    return ChannelState(moves[-1].release, moves=moves)


@pytest.mark.parametrize(
    ("steps", "previous"),
    [
        ("A B", "A"),
        ("A B C <B", "A"),
        ("A B C <A D", "A"),
        ("A B A", "B"),
        ("A B C <B <C", "B"),
        ("A B B", "A"),
    ],
)
def test_going_back_never_goes_forward(steps, previous):
    """A second rollback leads further back, not to the release that the first one left."""
    assert find_previous_release(history(*steps.split())) == previous


@pytest.mark.parametrize("steps", ["A", "A A", "A B <A"])
def test_where_nothing_is_earlier_it_says_so(steps):
    with pytest.raises(UnknownRelease, match="no earlier release"):
        find_previous_release(history(*steps.split()))
