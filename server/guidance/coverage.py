"""Where each source is said, or why it is left out: the account that the pack gives of everything that was collected."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.guidance.codes import Code
from server.guidance.model import Pack
from server.guidance.problem import Problem
from server.guidance.references import where
from server.guidance.said import citations
from server.guidance.text import resolve, text, topic_text
from server.guidance.tokens import tokens


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence that cites a source, as a reader of the topic sees it."""

    topic: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One source: the sentences, rules and contacts that rest on it, or the reason why nothing does."""

    source: str
    said: tuple[Said, ...]
    rules: tuple[str, ...]
    contacts: tuple[str, ...]
    left_out: str | None


def coverage(pack: Pack, locale: str) -> list[CoverageRow]:
    """Give a row for each source, by letter and number; the pack must have passed its check."""
    said: dict[str, list[Said]] = {}
    for topic in pack.topics:
        for citation in citations(topic_text(pack, locale, topic)[1].body):
            sentence = resolve(pack, locale, citation.sentence or "")
            for source in citation.ids:
                said.setdefault(source, []).append(Said(topic, sentence))
    reasons = {source: left.id for left in pack.left_out.values() for source in left.sources}
    return [
        CoverageRow(
            source=source,
            said=tuple(dict.fromkeys(said.get(source, ()))),
            rules=tuple(rule.id for rule in pack.rules.values() if source in rule.sources),
            contacts=tuple(contact.id for contact in pack.contacts.values() if source in contact.sources),
            left_out=text(pack, locale, f"left-out.{reasons[source]}") if source in reasons else None,
        )
        for source in sorted(pack.sources, key=_by_number)
    ]


def coverage_markdown(pack: Pack, locale: str) -> str:
    """Give the rows of `coverage` as a Markdown table; equal packs give equal tables."""
    lines = ["| id | topic | sentence or reason |", "| --- | --- | --- |"]
    for row in coverage(pack, locale):
        cells = [(said.topic, said.sentence) for said in row.said]
        cells += [(f"rule `{rule}`", text(pack, locale, f"rule.{rule}")) for rule in row.rules]
        cells += [(f"contact `{one}`", text(pack, locale, f"contact.{one}.name")) for one in row.contacts]
        if row.left_out is not None:
            cells.append(("left out", row.left_out))
        lines += [f"| {row.source} | {place} | {_cell(words)} |" for place, words in cells]
    return "\n".join(lines) + "\n"


def coverage_problems(pack: Pack) -> Iterator[Problem]:
    """Give every source that is said nowhere, and every one that is left out and said at once."""
    covered = _covered(pack)
    left: dict[str, str] = {}
    for one in pack.left_out.values():
        for place, source in enumerate(one.sources):
            file, path = where(pack, "left_out", one.id), ("left_out", one.id, "sources", place)
            if source in left:
                yield Problem(Code.LEFT_OUT_TWICE, file, path, {"source": source, "other": left[source]})
            elif source in covered:
                yield Problem(Code.LEFT_OUT_BUT_COVERED, file, path, {"source": source, "topic": covered[source]})
            left.setdefault(source, one.id)
    for tag, topics in pack.topic_texts.items():
        for topic, words in topics.items():
            cited = dict.fromkeys(
                source for token in tokens(words.body) if token.kind == "src" for source in token.ids if source in left
            )
            file = pack.origin(f"{tag}:topics/{topic}", f"{tag}/topics/{topic}.md")
            for source in cited:
                yield Problem(Code.LEFT_OUT_BUT_CITED, file, ("body",), {"source": source})
    elsewhere = _used_elsewhere(pack)
    for source in pack.sources:
        if source not in covered and source not in left and source not in elsewhere:
            yield Problem(Code.SOURCE_UNUSED, where(pack, "source", source), ("source", source))


def coverage_warnings(pack: Pack) -> Iterator[Problem]:
    """Give the sources that only a rule or a contact rests on, once the region has topics that could say them."""
    if not pack.topics:
        return
    told = _covered(pack).keys() | {source for left in pack.left_out.values() for source in left.sources}
    elsewhere = _used_elsewhere(pack)
    for source in pack.sources:
        if source in elsewhere and source not in told:
            yield Problem(Code.SOURCE_WITHOUT_TOPIC, where(pack, "source", source), ("source", source))


def _covered(pack: Pack) -> dict[str, str]:
    """Give the covered sources, each with the first topic that covers it."""
    return {source: topic.id for topic in reversed(list(pack.topics.values())) for source in topic.covers}


def _used_elsewhere(pack: Pack) -> set[str]:
    cited = [one.sources for one in pack.contacts.values()] + [one.sources for one in pack.rules.values()]
    return {source for sources in cited for source in sources}


def _by_number(source: str) -> tuple[str, int, str]:
    """Give a sort key that puts S9 before S10 and L62 before L62a."""
    match = re.fullmatch(r"([^0-9]*)([0-9]{0,9})(.*)", source)
    assert match is not None  # every part may be empty
    return match[1], int(match[2] or 0), match[3]


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")
