"""How plain the topics of a pack read, per language. A help for editors, never a check."""

from collections.abc import Callable

from server.guidance.model.pack import Pack
from server.guidance.model.regions import get_primary_language
from server.guidance.texts.citations import list_readable_paragraphs
from server.guidance.texts.measures import measure_chinese, measure_english
from server.guidance.texts.text import fill_placeholders

WORST = 5


def make_reading_report(pack: Pack) -> str:
    """Return Markdown with a table for each locale and its five hardest topics; equal packs give equal reports."""
    parts = ["# How plain the topics read"]
    for locale in pack.locales:
        table = _TABLES.get(get_primary_language(locale))
        texts = {topic: _list_paragraphs(pack, locale, topic) for topic in pack.topics}
        parts += [f"## {locale}", table(texts) if table else "No measure for this language."]
    return "\n\n".join(parts) + "\n"


def _list_paragraphs(pack: Pack, locale: str, topic: str) -> list[str]:
    words = pack.topic_texts[locale].get(topic)
    return (
        [fill_placeholders(pack, locale, paragraph) for paragraph in list_readable_paragraphs(words.body)]
        if words
        else []
    )


def _make_english_table(texts: dict[str, list[str]]) -> str:
    rows = {topic: measure_english(paragraphs) for topic, paragraphs in texts.items()}
    cells = {
        topic: [
            str(one.words),
            f"{one.words_per_sentence:.1f}",
            str(one.longest),
            f"{one.grade:.1f}",
            f"{one.long_share:.0%}",
        ]
        for topic, one in rows.items()
    }
    head = ["topic", "words", "words per sentence", "longest sentence", "grade", "long words"]
    worst = _list_hardest({topic: one.grade for topic, one in rows.items()})
    return f"{_format_table(head, cells)}\n\nHardest by grade: {worst}."


def _make_chinese_table(texts: dict[str, list[str]]) -> str:
    rows = {topic: measure_chinese(paragraphs) for topic, paragraphs in texts.items()}
    cells = {
        topic: [
            str(one.characters),
            f"{one.characters_per_sentence:.1f}",
            f"{one.characters_per_clause:.1f}",
            str(one.longest),
            f"{one.rare_share:.1%}",
            one.rare,
        ]
        for topic, one in rows.items()
    }
    head = ["topic", "characters", "per sentence", "per clause", "longest sentence", "rare characters", "which"]
    by_length = _list_hardest({topic: one.characters_per_sentence for topic, one in rows.items()})
    by_rare = _list_hardest({topic: one.rare_share * 100 for topic, one in rows.items()})
    note = "Rare: outside level 1 of GB 2312 (3755 common characters)."
    return f"{_format_table(head, cells)}\n\n{note}\n\nHardest by sentence: {by_length}.\n\nHardest by characters: {by_rare}."


def _format_table(head: list[str], rows: dict[str, list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([topic, *cells] for topic, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list_hardest(scores: dict[str, float]) -> str:
    first = sorted((topic for topic in scores if scores[topic] > 0), key=lambda topic: (-scores[topic], topic))[:WORST]
    return ", ".join(f"{topic} ({scores[topic]:.1f})" for topic in first) or "none"


_TABLES: dict[str, Callable[[dict[str, list[str]]], str]] = {"en": _make_english_table, "zh": _make_chinese_table}
