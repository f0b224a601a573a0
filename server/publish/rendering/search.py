"""The first file that a phone searches: every topic's title, summary and everyday words, in one file of the slice.

The topics' text is not repeated here: the slice holds it as pages, and the search reads them there. With the text this
file made a first visit 5 to 7 KB larger, without it 2 KB: compression does not make a second copy free, because citations
cut the text on the pages into single sentences. An index of terms would cost more than either, for it repeats nothing.
"""

from __future__ import annotations

import json

from server.guidance.model.pack import Pack
from server.guidance.texts.text import fill_placeholders, get_topic_text


def build_search_index(pack: Pack, locale: str) -> bytes:
    """Return a JSON list of `[address below the locale, title, summary, everyday words]`, in the pack's order.

    One line for each topic: an update copies whole lines, so a phone fetches only the topics that were edited.
    """
    lines = (json.dumps(_build_row(pack, locale, topic), ensure_ascii=False) for topic in pack.topics)
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def _build_row(pack: Pack, locale: str, topic: str) -> list[str]:
    _, text = get_topic_text(pack, locale, topic)
    shown = (text.title, text.summary, ", ".join(text.words))
    return [pack.topics[topic].address, *(fill_placeholders(pack, locale, line) for line in shown)]
