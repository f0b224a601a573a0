"""A text that must not be relied on is withdrawn from every phone, without a new release, until it is lifted."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.errors import DataFolderError, PackRefused
from server.guidance.files.parse import load_pack
from server.publish.current import roll_back
from server.publish.data_folder.channel import Channel, ChannelState, build_served_channel
from server.publish.withdraw import recall_topic
from tests.packs import confirm, edit
from tests.publishing import Publisher, doorwise, second_region
from tests.serving import ROOT

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = ["xa/en/guide/first-minute/", "xa/zh-Hans/guide/first-minute/"]
SECOND = ["xa/en/guide/second/", "xa/zh-Hans/guide/second/"]
# What a phone that asks for news may cost.
CHANNEL_BUDGET = 1024


def recalled(publisher: Publisher) -> list[str]:
    return list(publisher.data.channel.read().recalled)


def test_the_channel_keeps_what_was_recalled_whatever_moves(tmp_path: Path) -> None:
    channel = Channel(tmp_path / "channel.json")
    moved = channel.move("a" * 64, why="publish", now=NOW)

    state = channel.recall_topic(["xa/en/b/", "xa/en/a/", "xa/en/b/"])

    assert state == channel.read() == ChannelState("a" * 64, ("xa/en/a/", "xa/en/b/"), moved.moves)
    assert channel.move("b" * 64, why="rollback", now=NOW).recalled == state.recalled
    assert channel.recall_topic([]).recalled == ()
    assert channel.read().release == "b" * 64
    assert len(channel.read().moves) == 2


def test_a_damaged_channel_is_not_written_over_by_a_recall(tmp_path: Path) -> None:
    channel = Channel(tmp_path / "channel.json")
    channel.path.write_bytes(b"{")

    with pytest.raises(DataFolderError):
        channel.recall_topic(["xa/en/a/"])

    assert channel.path.read_bytes() == b"{"


def test_a_topic_is_withdrawn_in_every_locale_and_brought_back(published: Publisher) -> None:
    release = published.data.read_current().digest

    assert recall_topic(published.data, "xa", "first-minute") == FIRST
    assert recalled(published) == FIRST
    assert recall_topic(published.data, "xa", "first-minute") == FIRST, "a second time says the same"
    assert recall_topic(published.data, "xa", "second") == SECOND
    assert recalled(published) == sorted(FIRST + SECOND)
    assert recall_topic(published.data, "xa", "first-minute", lift=True) == FIRST
    assert recalled(published) == SECOND

    state = published.data.channel.read()
    assert (state.release, len(state.moves)) == (release, 1), "nothing is published by it"
    assert published.data.verify(release) == []


def test_another_region_keeps_its_topic_of_the_same_name(publisher: Publisher) -> None:
    second_region(publisher.packs)
    publisher.publish()

    assert recall_topic(publisher.data, "xb", "second") == ["xb/en/guide/second/", "xb/zh-Hans/guide/second/"]
    with pytest.raises(PackRefused, match="xa second: no such topic is withdrawn"):
        recall_topic(publisher.data, "xa", "second", lift=True)
    assert recall_topic(publisher.data, "xb", "second", lift=True)
    assert recalled(publisher) == []


def test_it_survives_a_publish_and_a_rollback(published: Publisher) -> None:
    recall_topic(published.data, "xa", "second")

    published.publish_edited("Another sentence.")
    assert recalled(published) == SECOND
    roll_back(published.data)
    assert recalled(published) == SECOND
    published.publish(only_if_new=True)
    assert recalled(published) == SECOND


def test_what_a_later_release_no_longer_has_can_still_be_lifted(published: Publisher) -> None:
    """Else a topic that comes back under its old name would be withdrawn for ever."""
    recall_topic(published.data, "xa", "second")
    text = published.root / "topics.toml"
    text.write_text(text.read_text(encoding="utf-8").partition('\n[[topic]]\nid = "second"')[0], encoding="utf-8")
    edit(published.root, "topics.toml", 'related = ["second"]\n', "")
    for locale in ("en", "zh-Hans"):
        edit(published.root, f"{locale}/topics/first-minute.md", "[the next part](topic:second) or ", "")
        (published.root / locale / "topics" / "second.md").unlink()
    confirm(published.root)
    published.publish()

    with pytest.raises(PackRefused, match="xa second: no such topic is published"):
        recall_topic(published.data, "xa", "second")
    assert recall_topic(published.data, "xa", "second", lift=True) == SECOND
    assert recalled(published) == []


@pytest.mark.parametrize(
    ("region", "topic"),
    [
        ("xa", "third"),
        ("xa", "changes/../second"),
        ("xa", ""),
        ("xb", "second"),
        ("", "second"),
        ("xa/en", "second"),
        ("xa", "changes"),
    ],
)
def test_only_a_topic_can_be_recalled(published: Publisher, region: str, topic: str) -> None:
    for lift in (False, True):
        with pytest.raises(PackRefused, match="no such topic"):
            recall_topic(published.data, region, topic, lift=lift)
    assert recalled(published) == []


def test_where_nothing_is_published_there_is_nothing_to_recall(publisher: Publisher) -> None:
    done = doorwise("release", "recall", "xa", "second", "--data", publisher.data.root)

    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing is published" in done.stderr


def test_what_a_phone_asks_for_stays_small_with_one_topic_withdrawn() -> None:
    """The longest name of a topic, in both locales, with the two slices of the shipped region."""
    pack = load_pack(ROOT / "server" / "packs" / "cn")
    keys = [f"{pack.id}/{locale}" for locale in pack.locales]
    longest = max(pack.topics, key=len)
    addresses = tuple(f"{key}/guide/{longest}/" for key in keys)

    told = build_served_channel(ChannelState("a" * 64, addresses), dict.fromkeys(keys, "b" * 64))

    assert json.loads(told)["recalled"] == list(addresses)
    assert len(told) < CHANNEL_BUDGET


def test_the_command_says_what_it_withdrew_and_brought_back(published: Publisher) -> None:
    command = ("release", "recall", "xa", "second", "--data", published.data.root)

    out = doorwise(*command)
    assert (out.returncode, out.stderr) == (0, "")
    assert out.stdout.splitlines() == [f"withdrawn: /{address}" for address in SECOND]
    assert recalled(published) == SECOND

    back = doorwise(*command, "--lift")
    assert (back.returncode, back.stderr) == (0, "")
    assert back.stdout.splitlines() == [f"back: /{address}" for address in SECOND]
    assert recalled(published) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("xa", "third"), "xa third: no such topic is published"),
        (("xb", "second"), "xb second: no such topic is published"),
        (("xa", "second", "--lift"), "xa second: no such topic is withdrawn"),
    ],
    ids=["unknown topic", "unknown region", "not withdrawn"],
)
def test_the_command_refuses_in_one_clear_line(published: Publisher, arguments, message) -> None:
    done = doorwise("release", "recall", *arguments, "--data", published.data.root)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"doorwise: {message}\n")
    assert recalled(published) == []
