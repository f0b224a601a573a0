"""Read a pack's texts: placeholders filled in, fallback only where it is safe."""

import hashlib

from server.guidance.model.keys import is_door_key
from server.guidance.model.pack import Pack, TopicText
from server.guidance.texts.tokens import Token, find_tokens


class TextMissing(KeyError):
    """A text, or the entry that a placeholder names, is not in the pack."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)

    def __str__(self) -> str:
        return self.what


def hash_source_text(text: str) -> str:
    """Return the first 16 hexadecimal digits of the text's SHA-256, which identify the source of a translation."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fill_placeholders(pack: Pack, locale: str, text: str, **extra: str) -> str:
    """Return the text with `{contact:…}`, `{hours:…}` and the names in `extra` filled in; other placeholders stay.

    Raises:
        TextMissing: A placeholder names a contact or hours that the pack does not have.
    """
    parts: list[str] = []
    end = 0
    for token in find_tokens(text):
        parts += (text[end : token.start], _fill_token(pack, locale, token, extra))
        end = token.end
    return "".join((*parts, text[end:]))


def get_text(pack: Pack, locale: str, key: str, **extra: str) -> str:
    """Return one keyed text, filled in. A text that is read at the door never comes from another locale.

    Raises:
        TextMissing: The locale, and where allowed its fallbacks, do not have the key.
    """
    chain = [locale] if is_door_key(key) else list_fallbacks(pack, locale)
    for tag in chain:
        found = pack.strings.get(tag, {}).get(key)
        if found is not None:
            return fill_placeholders(pack, tag, found, **extra)
    raise TextMissing(f"{pack.id}/{locale}: no text {key}")


def get_topic_text(pack: Pack, locale: str, topic: str) -> tuple[str, TopicText]:
    """Return a topic's text and its locale: this one, or the first of its fallbacks that has the topic.

    Raises:
        TextMissing: None of them has it.
    """
    for tag in list_fallbacks(pack, locale):
        found = pack.topic_texts.get(tag, {}).get(topic)
        if found is not None:
            return tag, found
    raise TextMissing(f"{pack.id}/{locale}: no topic {topic}")


def may_borrow_text(pack: Pack, locale: str, key: str) -> bool:
    """Return whether a partial locale may lack a text, because it is not read at the door and a fallback has it."""
    if not pack.locales[locale].partial:
        return False
    others = list_fallbacks(pack, locale)[1:]
    if key.startswith("topics/"):
        return any(key.removeprefix("topics/") in pack.topic_texts.get(tag, {}) for tag in others)
    return not is_door_key(key) and any(key in pack.strings.get(tag, {}) for tag in others)


def list_fallbacks(pack: Pack, locale: str) -> list[str]:
    """Return the locale followed by its fallbacks; a circle ends where it closes."""
    chain: list[str] = []
    step: str | None = locale
    while step is not None and step not in chain:
        chain.append(step)
        declared = pack.locales.get(step)
        step = declared.fallback if declared else None
    return chain


def _fill_token(pack: Pack, locale: str, token: Token, extra: dict[str, str]) -> str:
    one = token.ids[0] if token.ids else ""
    if token.kind == "contact":
        contact = pack.contacts.get(one)
        if contact is None or contact.address is None:
            raise TextMissing(f"{pack.id}/{locale}: no contact for {token.source}")
        return contact.address
    if token.kind == "hours":
        hours = pack.hours.get(one)
        if hours is None:
            raise TextMissing(f"{pack.id}/{locale}: no hours for {token.source}")
        return {"from": hours.opens, "to": hours.closes}.get(token.part or "", f"{hours.opens}–{hours.closes}")
    if not token.ids and token.kind in extra:
        return extra[token.kind]
    return token.source
