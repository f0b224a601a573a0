"""Which source text each translated text was made from, so that staleness is computed and never guessed."""

from collections.abc import Iterator

from server.guidance.codes import Code
from server.guidance.keys import optional_keys, required_keys
from server.guidance.model import Pack
from server.guidance.problem import Problem
from server.guidance.text import borrowed, source_digest


def source_text(pack: Pack, key: str) -> str | None:
    """Give the text that a translation of `key` is made from, or None when it has no original.

    How to pronounce a sentence (`say.<id>.read`) is made from the sentence in the spoken locale.
    """
    if key.startswith("topics/"):
        topic = pack.topic_texts.get(pack.source_locale, {}).get(key.removeprefix("topics/"))
        return topic.raw if topic else None
    if key.startswith("say.") and key.endswith(".read"):
        return pack.strings.get(pack.spoken_locale, {}).get(key.removesuffix(".read"))
    return pack.strings.get(pack.source_locale, {}).get(key)


def current_digests(pack: Pack, locale: str) -> dict[str, str]:
    """Give, for every text the locale has, the digest of what it would be made from today."""
    keys = [*pack.strings.get(locale, {}), *(f"topics/{one}" for one in pack.topic_texts.get(locale, {}))]
    originals = {key: source_text(pack, key) for key in keys}
    return {key: source_digest(text) for key, text in originals.items() if text is not None}


def stale_keys(pack: Pack, locale: str) -> list[str]:
    """Give the texts of a locale whose original has changed since they were made."""
    noted = pack.made_from.get(locale, {})
    return [key for key, digest in current_digests(pack, locale).items() if noted.get(key, digest) != digest]


def translation_problems(pack: Pack, locale: str) -> tuple[list[Problem], list[Problem]]:
    """Give the errors and the warnings about where a locale's texts come from."""
    if locale == pack.source_locale:
        file = pack.origin(f"{locale}:made_from", f"{locale}/made_from.toml")
        noted = pack.made_from.get(locale)
        return [], [Problem(Code.SOURCE_LOCALE_HAS_ORIGIN, file)] if noted else []
    return list(_errors(pack, locale)), list(_warnings(pack, locale))


def _errors(pack: Pack, locale: str) -> Iterator[Problem]:
    file = pack.origin(f"{locale}:made_from", f"{locale}/made_from.toml")
    noted = pack.made_from.get(locale, {})
    for key in current_digests(pack, locale):
        if key not in noted:
            yield Problem(Code.ORIGIN_MISSING, file, (key,))


def _warnings(pack: Pack, locale: str) -> Iterator[Problem]:
    file = pack.origin(f"{locale}:made_from", f"{locale}/made_from.toml")
    current = current_digests(pack, locale)
    for key in stale_keys(pack, locale):
        where = pack.origin(f"{locale}:{key}", f"{locale}/strings.toml")
        yield Problem(Code.STALE, where, _path(key))
    for key in pack.made_from.get(locale, {}):
        if key not in current:
            yield Problem(Code.ORIGIN_WITHOUT_TEXT, file, (key,))
    for key in (*required_keys(pack), *(f"topics/{topic}" for topic in pack.topics)):
        has = key in pack.strings.get(locale, {}) or key.removeprefix("topics/") in pack.topic_texts.get(locale, {})
        if not has and borrowed(pack, locale, key):
            where = f"{locale}/{key}.md" if key.startswith("topics/") else f"{locale}/strings.toml"
            yield Problem(Code.NOT_TRANSLATED, f"{pack.id}/{where}", _path(key))
    optional = optional_keys(pack, locale)
    for key in pack.strings.get(pack.source_locale, {}):
        if key in optional and key not in pack.strings.get(locale, {}):
            yield Problem(Code.NOT_TRANSLATED, f"{pack.id}/{locale}/strings.toml", (key,))


def _path(key: str) -> tuple[str, ...]:
    """Return the way to a text in its file; a topic is a file of its own."""
    return () if key.startswith("topics/") else (key,)
