"""Give a pack's texts as they are read: placeholders filled in, fallback only where it is safe."""

import hashlib

from server.guidance.keys import is_door_key
from server.guidance.model import Pack, TopicText
from server.guidance.tokens import Token, tokens


class TextMissing(KeyError):
    """A text or the thing that a placeholder names is not in the pack."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)

    def __str__(self) -> str:
        return self.what


def source_digest(text: str) -> str:
    """Give the first 16 hexadecimal digits of SHA-256 over the text: which words a translation was made from."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def resolve(pack: Pack, locale: str, text: str, **extra: str) -> str:
    """Fill in `{contact:…}`, `{hours:…}` and what `extra` names; every other placeholder stays as it is.

    Raises:
        TextMissing: A placeholder names a contact or hours that the pack does not have.
    """
    parts: list[str] = []
    end = 0
    for token in tokens(text):
        parts += (text[end : token.start], _filled(pack, locale, token, extra))
        end = token.end
    return "".join((*parts, text[end:]))


def text(pack: Pack, locale: str, key: str, **extra: str) -> str:
    """Give one keyed text, filled in. What is read at the door never comes from another locale.

    Raises:
        TextMissing: The locale, and where allowed its fallbacks, do not have the key.
    """
    chain = [locale] if is_door_key(key) else fallback_chain(pack, locale)
    for tag in chain:
        found = pack.strings.get(tag, {}).get(key)
        if found is not None:
            return resolve(pack, tag, found, **extra)
    raise TextMissing(f"{pack.id}/{locale}: no text {key}")


def topic_text(pack: Pack, locale: str, topic: str) -> tuple[str, TopicText]:
    """Give a topic's text and its locale: this one, or where it lacks the topic the first of its fallbacks that has it.

    Raises:
        TextMissing: None of them has it.
    """
    for tag in fallback_chain(pack, locale):
        found = pack.topic_texts.get(tag, {}).get(topic)
        if found is not None:
            return tag, found
    raise TextMissing(f"{pack.id}/{locale}: no topic {topic}")


def borrowed(pack: Pack, locale: str, key: str) -> bool:
    """Say whether a partial locale may lack a text, because it is not read at the door and a fallback has it."""
    if not pack.locales[locale].partial:
        return False
    others = fallback_chain(pack, locale)[1:]
    if key.startswith("topics/"):
        return any(key.removeprefix("topics/") in pack.topic_texts.get(tag, {}) for tag in others)
    return not is_door_key(key) and any(key in pack.strings.get(tag, {}) for tag in others)


def fallback_chain(pack: Pack, locale: str) -> list[str]:
    """Give the locale and those after it that its fallbacks name; a circle ends where it closes."""
    chain: list[str] = []
    step: str | None = locale
    while step is not None and step not in chain:
        chain.append(step)
        declared = pack.locales.get(step)
        step = declared.fallback if declared else None
    return chain


def _filled(pack: Pack, locale: str, token: Token, extra: dict[str, str]) -> str:
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
