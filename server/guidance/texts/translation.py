"""The source text from which each translated text was made, so that staleness is computed and never guessed."""

from collections.abc import Iterator

from server.guidance.model.keys import list_optional_keys, list_required_keys
from server.guidance.model.pack import Pack
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem
from server.guidance.texts.text import hash_source_text, may_borrow_text
from server.guidance.texts.tokens import INLINE_KINDS, find_tokens


def find_source_text(pack: Pack, key: str) -> str | None:
    """Return the text that a translation of `key` is made from, or None when it has no original.

    The pronunciation of a sentence (`say.<id>.read`) is made from the sentence in the spoken locale.
    """
    if key.startswith("topics/"):
        topic = pack.topic_texts.get(pack.source_locale, {}).get(key.removeprefix("topics/"))
        return topic.raw if topic else None
    if key.startswith("say.") and key.endswith(".read"):
        return pack.strings.get(pack.spoken_locale, {}).get(key.removesuffix(".read"))
    return pack.strings.get(pack.source_locale, {}).get(key)


def compute_current_digests(pack: Pack, locale: str) -> dict[str, str]:
    """Return, for every text of the locale, the digest of its present source text."""
    keys = [*pack.strings.get(locale, {}), *(f"topics/{one}" for one in pack.topic_texts.get(locale, {}))]
    originals = {key: find_source_text(pack, key) for key in keys}
    return {key: hash_source_text(text) for key, text in originals.items() if text is not None}


def list_stale_keys(pack: Pack, locale: str) -> list[str]:
    """Return the texts of a locale whose original has changed since they were made."""
    noted = pack.made_from.get(locale, {})
    return [key for key, digest in compute_current_digests(pack, locale).items() if noted.get(key, digest) != digest]


def find_translation_problems(pack: Pack, locale: str) -> tuple[list[Problem], list[Problem]]:
    """Return the errors and the warnings about the sources of a locale's texts."""
    if locale == pack.source_locale:
        file = pack.find_file_of_entry(f"{locale}:made_from", f"{locale}/made_from.toml")
        noted = pack.made_from.get(locale)
        return [], [Problem(Code.SOURCE_LOCALE_HAS_ORIGIN, file)] if noted else []
    return list(_find_errors(pack, locale)), list(_find_warnings(pack, locale))


def _find_errors(pack: Pack, locale: str) -> Iterator[Problem]:
    file = pack.find_file_of_entry(f"{locale}:made_from", f"{locale}/made_from.toml")
    noted = pack.made_from.get(locale, {})
    for key in compute_current_digests(pack, locale):
        if key not in noted:
            yield Problem(Code.ORIGIN_MISSING, file, (key,))
    yield from _find_lost_placeholders(pack, locale)


def _find_lost_placeholders(pack: Pack, locale: str) -> Iterator[Problem]:
    """Yield numbers and hours of a source text that its translation does not have, while it is not outdated anyway."""
    stale = set(list_stale_keys(pack, locale))
    texts = dict(pack.strings.get(locale, {}))
    texts |= {f"topics/{topic}": text.raw for topic, text in pack.topic_texts.get(locale, {}).items()}
    for key, text in texts.items():
        source = find_source_text(pack, key)
        if source is None or key in stale:
            continue
        kept = _list_facts(text)
        where = f"{key}.md" if key.startswith("topics/") else "strings.toml"
        for lost in [one for one in _list_facts(source) if one not in kept]:
            place = pack.find_file_of_entry(f"{locale}:{key}", f"{locale}/{where}")
            yield Problem(Code.PLACEHOLDER_LOST, place, _format_path(key), {"value": lost})


def _list_facts(text: str) -> dict[str, None]:
    """Return the placeholders of numbers and hours in a text, each once, as they should be written."""
    facts = (one for one in find_tokens(text) if one.kind in INLINE_KINDS)
    return dict.fromkeys(f"{{{':'.join(filter(None, (one.kind, *one.ids, one.part)))}}}" for one in facts)


def _find_warnings(pack: Pack, locale: str) -> Iterator[Problem]:
    file = pack.find_file_of_entry(f"{locale}:made_from", f"{locale}/made_from.toml")
    current = compute_current_digests(pack, locale)
    for key in list_stale_keys(pack, locale):
        where = pack.find_file_of_entry(f"{locale}:{key}", f"{locale}/strings.toml")
        yield Problem(Code.STALE, where, _format_path(key))
    for key in pack.made_from.get(locale, {}):
        if key not in current:
            yield Problem(Code.ORIGIN_WITHOUT_TEXT, file, (key,))
    for key in (*list_required_keys(pack), *(f"topics/{topic}" for topic in pack.topics)):
        has = key in pack.strings.get(locale, {}) or key.removeprefix("topics/") in pack.topic_texts.get(locale, {})
        if not has and may_borrow_text(pack, locale, key):
            where = f"{locale}/{key}.md" if key.startswith("topics/") else f"{locale}/strings.toml"
            yield Problem(Code.NOT_TRANSLATED, f"{pack.id}/{where}", _format_path(key))
    optional = list_optional_keys(pack, locale)
    for key in pack.strings.get(pack.source_locale, {}):
        if key in optional and key not in pack.strings.get(locale, {}):
            yield Problem(Code.NOT_TRANSLATED, f"{pack.id}/{locale}/strings.toml", (key,))


def _format_path(key: str) -> tuple[str, ...]:
    """Return the way to a text in its file; a topic is a file of its own."""
    return () if key.startswith("topics/") else (key,)
