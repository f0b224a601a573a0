"""Warnings about advice: said in the pack's own voice, and what is wrong only where it is refuted."""

from collections.abc import Iterator

from server.guidance.checks.claims import find_hearsay
from server.guidance.model.pack import Pack
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem
from server.guidance.texts.citations import list_citations
from server.guidance.texts.tokens import replace_tokens


def find_attribution_warnings(pack: Pack, locale: str) -> Iterator[Problem]:
    """Yield each sentence that only says what others say: its reader cannot ask them, and takes it for advice."""
    for key, text in pack.strings[locale].items():
        file = pack.find_file_of_entry(f"{locale}:{key}", f"{locale}/strings.toml")
        for words in find_hearsay(text, locale):
            yield Problem(Code.ATTRIBUTED, file, (key,), {"value": words})
    for topic, written in pack.topic_texts[locale].items():
        file = pack.find_file_of_entry(f"{locale}:topics/{topic}", f"{locale}/topics/{topic}.md")
        parts = [
            ("summary", written.summary),
            *(("do", line) for line in written.do),
            ("body", replace_tokens(written.body)),
        ]
        for place, part in parts:
            for words in find_hearsay(part, locale):
                yield Problem(Code.ATTRIBUTED, file, (place,), {"value": words})


def find_refuted_warnings(pack: Pack) -> Iterator[Problem]:
    """Yield each claim that is wrong and cited outside the topics that refute claims, or refuted in none of them.

    The sources of such claims have `refuted`, those topics have `refutes`.
    """
    refuted = {source.id for source in pack.sources.values() if source.refuted}
    for locale in pack.locales:
        said: set[str] = set()
        for topic, text in pack.topic_texts[locale].items():
            cited = {source for citation in list_citations(text.body) for source in citation.ids}
            if topic in pack.topics and pack.topics[topic].refutes:
                said |= cited
                continue
            file = pack.find_file_of_entry(f"{locale}:topics/{topic}", f"{locale}/topics/{topic}.md")
            for source in sorted(cited & refuted):
                yield Problem(Code.REFUTED_CLAIM_HERE, file, ("body",), {"source": source})
        if pack.locales[locale].partial:
            continue
        for source in sorted(refuted - said):
            yield Problem(Code.CLAIM_NOT_REFUTED, f"{pack.id}/sources.toml", ("source", source), {"locale": locale})
