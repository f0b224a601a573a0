"""Where each source is cited, or why it is left out: the pack's account of everything that was collected."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.guidance.checks.references import find_entry_file
from server.guidance.model.pack import Pack
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem
from server.guidance.texts.citations import list_citations
from server.guidance.texts.text import fill_placeholders, get_text, get_topic_text
from server.guidance.texts.tokens import find_tokens


@dataclass(frozen=True, slots=True)
class CitingSentence:
    """One sentence that cites a source, as a reader of the topic sees it."""

    topic: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One source: the sentences, rules and contacts that rest on it, or the reason why nothing does."""

    source: str
    sentences: tuple[CitingSentence, ...]
    rules: tuple[str, ...]
    contacts: tuple[str, ...]
    left_out: str | None


def list_coverage(pack: Pack, locale: str) -> list[CoverageRow]:
    """Return a row for each source, by letter and number; the pack must have passed its check."""
    said: dict[str, list[CitingSentence]] = {}
    for topic in pack.topics:
        for citation in list_citations(get_topic_text(pack, locale, topic)[1].body):
            sentence = fill_placeholders(pack, locale, citation.sentence or "")
            for source in citation.ids:
                said.setdefault(source, []).append(CitingSentence(topic, sentence))
    reasons = {source: left.id for left in pack.left_out.values() for source in left.sources}
    return [
        CoverageRow(
            source=source,
            sentences=tuple(dict.fromkeys(said.get(source, ()))),
            rules=tuple(rule.id for rule in pack.rules.values() if source in rule.sources),
            contacts=tuple(contact.id for contact in pack.contacts.values() if source in contact.sources),
            left_out=get_text(pack, locale, f"left-out.{reasons[source]}") if source in reasons else None,
        )
        for source in sorted(pack.sources, key=_make_sort_key)
    ]


def render_coverage(pack: Pack, locale: str) -> str:
    """Return the rows of `list_coverage` as a Markdown table; equal packs give equal tables."""
    lines = ["| id | topic | sentence or reason |", "| --- | --- | --- |"]
    for row in list_coverage(pack, locale):
        cells = [(said.topic, said.sentence) for said in row.sentences]
        cells += [(f"rule `{rule}`", get_text(pack, locale, f"rule.{rule}")) for rule in row.rules]
        cells += [(f"contact `{one}`", get_text(pack, locale, f"contact.{one}.name")) for one in row.contacts]
        if row.left_out is not None:
            cells.append(("left out", row.left_out))
        lines += [f"| {row.source} | {place} | {_format_cell(words)} |" for place, words in cells]
    return "\n".join(lines) + "\n"


def find_coverage_problems(pack: Pack) -> Iterator[Problem]:
    """Yield every source that is cited nowhere, and every one that is both left out and cited."""
    covered = _find_covering_topics(pack)
    left: dict[str, str] = {}
    for one in pack.left_out.values():
        for place, source in enumerate(one.sources):
            file, path = find_entry_file(pack, "left_out", one.id), ("left_out", one.id, "sources", place)
            if source in left:
                yield Problem(Code.LEFT_OUT_TWICE, file, path, {"source": source, "other": left[source]})
            elif source in covered:
                yield Problem(Code.LEFT_OUT_BUT_COVERED, file, path, {"source": source, "topic": covered[source]})
            left.setdefault(source, one.id)
    for tag, topics in pack.topic_texts.items():
        for topic, words in topics.items():
            cited = dict.fromkeys(
                source
                for token in find_tokens(words.body)
                if token.kind == "src"
                for source in token.ids
                if source in left
            )
            file = pack.find_file_of_entry(f"{tag}:topics/{topic}", f"{tag}/topics/{topic}.md")
            for source in cited:
                yield Problem(Code.LEFT_OUT_BUT_CITED, file, ("body",), {"source": source})
    elsewhere = _find_uses_elsewhere(pack)
    for source in pack.sources:
        if source not in covered and source not in left and source not in elsewhere:
            yield Problem(Code.SOURCE_UNUSED, find_entry_file(pack, "source", source), ("source", source))


def find_coverage_warnings(pack: Pack) -> Iterator[Problem]:
    """Yield the sources that only a rule or a contact rests on, once the region has topics that could cite them."""
    if not pack.topics:
        return
    told = _find_covering_topics(pack).keys() | {source for left in pack.left_out.values() for source in left.sources}
    elsewhere = _find_uses_elsewhere(pack)
    for source in pack.sources:
        if source in elsewhere and source not in told:
            yield Problem(Code.SOURCE_WITHOUT_TOPIC, find_entry_file(pack, "source", source), ("source", source))


def _find_covering_topics(pack: Pack) -> dict[str, str]:
    """Return the covered sources, each with the first topic that covers it."""
    return {source: topic.id for topic in reversed(list(pack.topics.values())) for source in topic.covers}


def _find_uses_elsewhere(pack: Pack) -> set[str]:
    cited = [one.sources for one in pack.contacts.values()] + [one.sources for one in pack.rules.values()]
    return {source for sources in cited for source in sources}


def _make_sort_key(source: str) -> tuple[str, int, str]:
    """Return a sort key that puts S9 before S10 and L62 before L62a."""
    match = re.fullmatch(r"([^0-9]*)([0-9]{0,9})(.*)", source)
    assert match is not None  # every part may be empty
    return match[1], int(match[2] or 0), match[3]


def _format_cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")
