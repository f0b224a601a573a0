"""Edits of a folder of packs, as a caseworker makes them."""

from __future__ import annotations

from pathlib import Path

from server.guidance.files.confirm import build_made_from, write_made_from
from server.guidance.files.parse import load_pack


def topic_file(packs: Path, key: str) -> Path:
    """The first topic of a locale, as a caseworker would edit it."""
    region, tag = key.split("/")
    return sorted((packs / region / tag / "topics").glob("*.md"))[0]


def add_sentence(topic: Path, sentence: str) -> None:
    """Add a sentence to a topic, as a paragraph of its own."""
    with topic.open("a", encoding="utf-8") as file:
        file.write(f"\n{sentence}\n")


def add_topic(packs: Path) -> str:
    """Add a topic to every language and return its id."""
    region = packs / "cn"
    with (region / "topics.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[topic]]\nid = "quiet-hours"\ncode = "X1"\ncovers = []\nrelated = []\n'
            "checked_on = 2026-11-21\nreview_by = 2027-05-21\n"
        )
    for tag in ("zh-Hans", "en"):
        (region / tag / "topics" / "quiet-hours.md").write_text(
            '+++\ntitle = "T"\nsummary = "T."\ndo = ["T", "T"]\nnever = ["T", "T"]\n+++\n\n## T\n\nT.\n\n{rule:hours}\n',
            encoding="utf-8",
        )
    confirm_translation(packs)
    return "quiet-hours"


def confirm_translation(packs: Path) -> None:
    """What `doorwise pack confirm cn en` does."""
    pack = load_pack(packs / "cn", packs_root=packs)
    write_made_from(packs / "cn" / "en" / "made_from.toml", build_made_from(pack, "en"))


def remove_topic(packs: Path, topic: str) -> None:
    region = packs / "cn"
    path = region / "topics.toml"
    path.write_text(path.read_text(encoding="utf-8").partition(f'\n[[topic]]\nid = "{topic}"')[0], encoding="utf-8")
    for tag in ("zh-Hans", "en"):
        (region / tag / "topics" / f"{topic}.md").unlink()
    confirm_translation(packs)
