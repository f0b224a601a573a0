"""Packs with many topics: the shipped ones, and made-up ones that weigh and compress like them."""

from __future__ import annotations

import random
import re
import shutil
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from server.guidance.checks.claims import find_forbidden_claims
from tools.bench.setting import LOCALE, REGION, SHIPPED

KEPT = re.compile(r"^\{[a-z]+:[^}]*\}$")
TOKEN = re.compile(r"\s*\{[^}]*\}|\[([^\]]*)\]\([^)]*\)")
PREFIX = re.compile(r"^(#+ |- |\d+\. )?")


class Babble:
    """Sentences in the manner of a text: each word follows one that it follows there (order-one Markov chain)."""

    def __init__(self, texts: Sequence[str], locale: str, chance: random.Random) -> None:
        self.locale, self.chance = locale, chance
        # Without marks that end or quote a sentence: each made-up one must be whole, or its citation has nothing to stand on.
        marks = r"[0-9{}\[\]#*_`<>\"。！？；：…“”（）《》、.!?;:()-]"
        plain = [re.sub(rf"\{{[^}}]*\}}|\]\([^)]*\)|{marks}", "", text) for text in texts]
        self.spaced = plain[0].count(" ") > len(plain[0]) / 20
        self.after: dict[str, list[str]] = defaultdict(list)
        for text in plain:
            words = self._split_words(text)
            for one, other in pairwise(words):
                self.after[one].append(other)
        self.starts = sorted(self.after)

    def _split_words(self, text: str) -> list[str]:
        return text.split() if self.spaced else [character for character in text if not character.isspace()]

    def make_sentence(self, length: int) -> str:
        """About `length` characters that make no claim and no sense."""
        while True:
            word = self.chance.choice(self.starts)
            words, size = [word], len(word)
            while size < length:
                word = self.chance.choice(self.after.get(word) or self.starts)
                words.append(word)
                size += len(word) + self.spaced
            text = (" " if self.spaced else "").join(words).strip("-+.。，、：:；; ")
            if any(map(str.isalnum, text)) and not any(find_forbidden_claims(text, self.locale)):
                return text


def write_many_topics(target: Path, count: int) -> None:
    """Write the shipped pack's one locale into `target`, with made-up topics until there are `count`."""
    folder = target / REGION
    shutil.copytree(SHIPPED / REGION, folder)
    _keep_only_locale(folder, LOCALE)
    topics = tomllib.loads((folder / "topics.toml").read_text(encoding="utf-8"))["topic"]
    ids = [f"made-up-{number}" for number in range(len(topics), count)]
    lines = [(folder / "topics.toml").read_text(encoding="utf-8")]
    for number, name in enumerate(ids):
        like = topics[number % len(topics)]
        flow = f'flow = "{like["flow"]}"\n' if "flow" in like else ""
        related = [ids[(number + step) % len(ids)] for step in (1, 2)] if len(ids) > 2 else [topics[0]["id"]]
        lines.append(
            f'\n[[topic]]\nid = "{name}"\ncode = "B{number}"\n{flow}covers = {_format_toml_list(like["covers"])}\n'
            f"related = {_format_toml_list(related)}\nchecked_on = {like['checked_on']}\nreview_by = {like['review_by']}\n"
        )
    (folder / "topics.toml").write_text("".join(lines), encoding="utf-8")
    texts = {topic["id"]: _build_topic_path(folder, topic["id"]).read_text(encoding="utf-8") for topic in topics}
    chance = random.Random(count)  # noqa: S311 - the same pack every time
    babble = Babble([text.rpartition("+++\n")[2] for text in texts.values()], LOCALE, chance)
    for number, name in enumerate(ids):
        like = texts[topics[number % len(topics)]["id"]]
        _build_topic_path(folder, name).write_text(_make_similar_topic(like, babble), encoding="utf-8")


def _build_topic_path(folder: Path, name: str) -> Path:
    return folder / LOCALE / "topics" / f"{name}.md"


def _keep_only_locale(folder: Path, locale: str) -> None:
    """Drop the pack's other locales, from its description and from the disk."""
    path = folder / "pack.toml"
    head, *tables = re.split(r"(?m)^(?=\[\[locale\]\])", path.read_text(encoding="utf-8"))
    path.write_text(head + "".join(table for table in tables if f'"{locale}"' in table), encoding="utf-8")
    for other in folder.iterdir():
        if other.is_dir() and other.name != locale:
            shutil.rmtree(other)


def _format_toml_list(values: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def _make_similar_topic(text: str, babble: Babble) -> str:
    """A topic with the same headings, tokens, citations and lengths, and other words."""
    head, _, body = text.rpartition("+++\n")
    front = tomllib.loads(head.removeprefix("+++\n"))
    lines = ["+++"]
    for name in ("title", "summary"):
        lines.append(f'{name} = "{_remove_quotes(babble.make_sentence(len(front[name])))}"')
    for name in ("do", "never", "words"):
        lines.append(
            f"{name} = {_format_toml_list([_remove_quotes(babble.make_sentence(len(line))) for line in front.get(name, [])])}"
        )
    lines.append("+++")
    for line in body.split("\n"):
        if not line.strip() or KEPT.match(line):
            lines.append(line)
            continue
        prefix = PREFIX.match(line)
        start = prefix[0] if prefix else ""
        sources = "".join(re.findall(r"\s*\{src:[^}]*\}", line))
        length = len(TOKEN.sub(lambda match: match[1] or "", line[len(start) :]))
        lines.append(
            f"{start}{babble.make_sentence(length)}。{sources}"
            if not babble.spaced
            else f"{start}{babble.make_sentence(length)}.{sources}"
        )
    return "\n".join(lines)


def _remove_quotes(text: str) -> str:
    return text.replace("\\", "").replace('"', "")
