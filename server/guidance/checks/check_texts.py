"""Check one locale's texts: complete, with placeholders that lead somewhere, without forbidden claims."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from server.guidance.checks.claims import (
    find_forbidden_claims,
    find_hour_in_words,
    find_typed_clocks,
    find_typed_numbers,
)
from server.guidance.checks.markup import (
    DIRECTION_MARK,
    find_mark_in_plain_text,
    find_typed_marks,
    list_link_targets,
)
from server.guidance.model.keys import list_optional_keys, list_required_keys
from server.guidance.model.pack import Pack, TopicText
from server.guidance.model.visit import Hours
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Place, Problem
from server.guidance.texts.citations import list_citations
from server.guidance.texts.text import may_borrow_text
from server.guidance.texts.tokens import (
    BLOCK_KINDS,
    HOURS_PARTS,
    INLINE_KINDS,
    LINK,
    Token,
    find_tokens,
    is_own_paragraph,
    replace_tokens,
)

MAX_STRING = 2000
MAX_BODY = 50_000
# Placeholders that the page fills in, by the kind of text; the first set must be there, the second may be.
FILLED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "danger.words": (frozenset({"address"}), frozenset()),
    "contact.words": (frozenset({"address"}), frozenset()),
    "voice.words": (frozenset({"address"}), frozenset()),
    "voice.relative": (frozenset(), frozenset({"address"})),
    "flow.message": (frozenset(), frozenset({"count", "time"})),
}
# Returns the problems of one text, from an earlier check or by checking now; the key identifies the text and its words.
Remember = Callable[[tuple[str, ...], Callable[[], Iterable[Problem]]], Iterable[Problem]]
# Kinds of text that quote others, and so may hold words that the pack itself never claims.
QUOTED = frozenset({"never", "drill.line", "drill.bad"})


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where a text is: its file, the way to it and, in a long text, the line."""

    file: str
    path: Place
    line: int = 0

    def make_problem(self, code: Code, **params: object) -> Problem:
        """Return a problem here."""
        return Problem(code, self.file, self.path, params, self.line)


def find_without_cache(_key: tuple[str, ...], find: Callable[[], Iterable[Problem]]) -> Iterable[Problem]:
    """Return the problems by finding them, without any memory."""
    return find()


def find_string_problems(pack: Pack, locale: str, remember: Remember = find_without_cache) -> Iterator[Problem]:
    """Yield every fault of one locale's keyed texts."""
    strings = pack.strings[locale]
    required, optional = list_required_keys(pack), list_optional_keys(pack, locale)
    default = f"{pack.id}/{locale}/strings.toml"
    for key in required:
        if key not in strings and not may_borrow_text(pack, locale, key):
            yield Problem(Code.TEXT_MISSING, default, (key,))
    for key, text in strings.items():
        kind = required.get(key) or optional.get(key)
        yield from remember((pack.id, locale, key, text), partial(_check_string, pack, locale, key, kind, text))


def check_string(pack: Pack, locale: str, key: str) -> Iterator[Problem]:
    """Return every fault of one keyed text that the pack has."""
    kind = list_required_keys(pack).get(key) or list_optional_keys(pack, locale).get(key)
    return _check_string(pack, locale, key, kind, pack.strings[locale][key])


def _check_string(pack: Pack, locale: str, key: str, kind: str | None, text: str) -> Iterator[Problem]:
    spot = TextPlace(pack.find_file_of_entry(f"{locale}:{key}", f"{locale}/strings.toml"), (key,))
    if kind is None:
        yield spot.make_problem(Code.UNKNOWN_TEXT)
    elif not text.strip():
        yield spot.make_problem(Code.BLANK)
    elif len(text) > MAX_STRING:
        yield spot.make_problem(Code.TEXT_TOO_LONG, count=len(text), limit=MAX_STRING)
    else:
        yield from _check_string_tokens(pack, locale, spot, kind, text)
        yield from _check_typed_numbers(pack, locale, spot, text)
        if kind not in QUOTED:
            yield from _check_claims(locale, spot, text)


def find_topic_problems(pack: Pack, locale: str, remember: Remember = find_without_cache) -> Iterator[Problem]:
    """Yield every fault of one locale's topic texts."""
    texts = pack.topic_texts[locale]
    for topic in pack.topics:
        if topic not in texts and not may_borrow_text(pack, locale, f"topics/{topic}"):
            yield Problem(Code.TOPIC_MISSING, f"{pack.id}/{locale}/topics/{topic}.md")
    for topic, text in texts.items():
        yield from remember(
            (pack.id, locale, f"topics/{topic}", text.raw), partial(check_topic_text, pack, locale, topic)
        )


def check_topic_text(pack: Pack, locale: str, topic: str) -> Iterator[Problem]:
    """Yield every fault of one topic's text that the pack has."""
    text = pack.topic_texts[locale][topic]
    file = pack.find_file_of_entry(f"{locale}:topics/{topic}", f"{locale}/topics/{topic}.md")
    if topic not in pack.topics:
        yield Problem(Code.UNKNOWN_TOPIC, file, (), {"value": topic})
        return
    yield from _check_front_matter(pack, locale, file, text)
    yield from _check_body(pack, locale, file, topic, text)


def _check_string_tokens(pack: Pack, locale: str, spot: TextPlace, kind: str, text: str) -> Iterator[Problem]:
    must, may = FILLED.get(kind, (frozenset(), frozenset()))
    found = list(find_tokens(text))
    for token in found:
        if token.kind not in must | may or token.ids:
            yield from _check_inline_token(pack, spot, token)
    for name in sorted(must - {token.kind for token in found}):
        yield spot.make_problem(Code.PLACEHOLDER_MISSING, placeholder=f"{{{name}}}")
    yield from _check_braces(spot, text)
    yield from _check_plain_marks(pack, locale, spot, text)


def _check_inline_token(pack: Pack, spot: TextPlace, token: Token) -> Iterator[Problem]:
    """Yield the faults of a placeholder inside a sentence."""
    if token.kind not in INLINE_KINDS or len(token.ids) != 1:
        yield spot.make_problem(Code.PLACEHOLDER_NOT_HERE, value=token.source)
    elif token.kind == "contact":
        contact = pack.contacts.get(token.ids[0])
        if contact is None or contact.address is None or token.part:
            yield spot.make_problem(Code.UNKNOWN_CONTACT, value=token.source)
    elif token.ids[0] not in pack.hours or (token.part is not None and token.part not in HOURS_PARTS):
        yield spot.make_problem(Code.UNKNOWN_HOURS, value=token.source)


def _check_braces(spot: TextPlace, text: str) -> Iterator[Problem]:
    match = re.search(r"[{}｛｝﹛﹜].{0,20}", replace_tokens(text))
    if match:
        yield spot.make_problem(Code.STRAY_BRACES, value=match[0])


def _check_plain_marks(pack: Pack, locale: str, spot: TextPlace, text: str) -> Iterator[Problem]:
    """Yield what a text that is no Markdown cannot hold."""
    yield from _check_direction(pack, locale, spot, text)
    mark = find_mark_in_plain_text(text)
    if mark:
        yield spot.make_problem(Code.MARK_NOT_HERE, value=mark)


def _check_direction(pack: Pack, locale: str, spot: TextPlace, text: str) -> Iterator[Problem]:
    if pack.locales[locale].dir == "ltr" and DIRECTION_MARK.search(text):
        yield spot.make_problem(Code.CONTROL_CHARACTER)


def _check_typed_numbers(pack: Pack, locale: str, spot: TextPlace, text: str) -> Iterator[Problem]:
    """Yield numbers and hours that were typed: each must be written in one place only."""
    typed = replace_tokens(text)
    numbers = {contact.number: contact.id for contact in pack.contacts.values() if contact.number}
    for number in find_typed_numbers(typed, locale, numbers):
        yield spot.make_problem(Code.TYPED, value=number, placeholder=f"{{contact:{numbers[number]}}}")
    bounds = {
        clock: f"{{hours:{one.id}:{part}}}" for one in pack.hours.values() for clock, part in _list_bounds_of_hours(one)
    }
    for clock in find_typed_clocks(typed):
        digits = re.sub(r"\s", "", clock).replace("∶", ":").rjust(5, "0")
        yield spot.make_problem(Code.TYPED, value=clock, placeholder=bounds.get(digits, "{hours:ID}"))
    for bound, placeholder in bounds.items():
        words = find_hour_in_words(typed, locale, bound)
        if words:
            yield spot.make_problem(Code.TYPED, value=words, placeholder=placeholder)


def _list_bounds_of_hours(hours: Hours) -> tuple[tuple[str, str], tuple[str, str]]:
    return (hours.opens, "from"), (hours.closes, "to")


def _check_claims(locale: str, spot: TextPlace, text: str) -> Iterator[Problem]:
    for words, reason in find_forbidden_claims(text, locale):
        yield spot.make_problem(Code.CLAIM, value=words, reason=reason)


def _check_front_matter(pack: Pack, locale: str, file: str, text: TopicText) -> Iterator[Problem]:
    rows = [(TextPlace(file, ("title",)), text.title), (TextPlace(file, ("summary",)), text.summary)]
    rows += [(TextPlace(file, ("do", place)), line) for place, line in enumerate(text.do)]
    nevers = [(TextPlace(file, ("never", place)), line) for place, line in enumerate(text.never)]
    # People ask what the pack never claims ("are they real"), so everyday words are not searched for claims.
    words = [(TextPlace(file, ("words", place)), line) for place, line in enumerate(text.words)]
    for spot, line in rows + nevers + words:
        for token in find_tokens(line):
            yield from _check_inline_token(pack, spot, token)
        yield from _check_braces(spot, line)
        yield from _check_plain_marks(pack, locale, spot, line)
        yield from _check_typed_numbers(pack, locale, spot, line)
    for spot, line in rows:
        yield from _check_claims(locale, spot, line)


def _check_body(pack: Pack, locale: str, file: str, topic: str, text: TopicText) -> Iterator[Problem]:
    whole = TextPlace(file, ("body",))
    if len(text.body) > MAX_BODY:
        yield whole.make_problem(Code.TEXT_TOO_LONG, count=len(text.body), limit=MAX_BODY)
        return
    first = text.raw.count("\n") - text.body.count("\n") + 1
    cited: set[str] = set()
    for token in find_tokens(text.body):
        spot = TextPlace(file, ("body",), first + text.body.count("\n", 0, token.start))
        if token.kind == "src":
            cited.update(token.ids)
            yield from _check_citation(pack, spot, token)
        elif token.kind in BLOCK_KINDS:
            yield from _check_block_token(pack, spot, token, text.body)
        else:
            yield from _check_inline_token(pack, spot, token)
    for one in pack.topics[topic].covers:
        if one not in cited:
            yield whole.make_problem(Code.NOT_CITED, source=one)
    yield from _check_rule_cards(pack, locale, whole, topic, text)
    for citation in list_citations(text.body):
        if citation.sentence is None:
            spot = TextPlace(file, ("body",), first + citation.line)
            yield spot.make_problem(Code.NO_SENTENCE_BEFORE, value=citation.source)
    for number, line in enumerate(text.body.split("\n"), first):
        spot = TextPlace(file, ("body",), number)
        yield from _check_braces(spot, line)
        yield from _check_typed_numbers(pack, locale, spot, line)
        yield from _check_links(pack, spot, line)
        yield from _check_direction(pack, locale, spot, line)
    yield from _check_marks(file, first, text.body)
    # A claim and its exception may be on different lines of one paragraph.
    for paragraph in re.split(r"\n[ \t]*\n", text.body):
        yield from _check_claims(locale, whole, replace_tokens(paragraph).replace("\n", " "))


def _check_marks(file: str, first: int, body: str) -> Iterator[Problem]:
    """Yield marks that are shown as typed, and links that are written in a way of which nothing else knows."""
    for line, mark in find_typed_marks(body):
        yield TextPlace(file, ("body",), first + line).make_problem(Code.MARK_NOT_SHOWN, value=mark)
    known = {match["target"] for match in LINK.finditer(body)}
    for line, target in list_link_targets(body):
        if target not in known:
            yield TextPlace(file, ("body",), first + line).make_problem(Code.BROKEN_LINK, value=target)


def _check_rule_cards(pack: Pack, locale: str, body: TextPlace, topic: str, text: TopicText) -> Iterator[Problem]:
    """Yield guidance that rests on no rule, and translations that rest on other rules than their source text.

    A card's words are in strings.toml, so adding one needs no translator: a stale translation is no excuse here.
    """
    shown = find_rule_cards(text)
    if not shown:
        yield body.make_problem(Code.NO_RULE_CARD)
    original = pack.topic_texts.get(pack.source_locale, {}).get(topic)
    expected = find_rule_cards(original) if original else frozenset()
    if locale == pack.source_locale or not shown or not expected:
        return
    for rule in sorted(expected - shown):
        yield body.make_problem(Code.RULE_CARD_MISSING, rule=rule)
    for rule in sorted(shown - expected):
        yield body.make_problem(Code.RULE_CARD_ADDED, rule=rule)


def find_rule_cards(text: TopicText) -> frozenset[str]:
    """Return the ids of the rules whose cards a topic's text shows."""
    return frozenset(one for token in find_tokens(text.body) if token.kind == "rule" for one in token.ids)


def _check_citation(pack: Pack, spot: TextPlace, token: Token) -> Iterator[Problem]:
    for one in token.ids or ("",):
        if one not in pack.sources:
            yield spot.make_problem(Code.UNKNOWN_ID, value=one)


def _check_block_token(pack: Pack, spot: TextPlace, token: Token, body: str) -> Iterator[Problem]:
    known = {"say": pack.says, "rule": pack.rules, "never": pack.nevers}[token.kind]
    if len(token.ids) != 1 or token.ids[0] not in known or token.part:
        yield spot.make_problem(Code.UNKNOWN_ID, value=token.source)
    elif not is_own_paragraph(body, token):
        yield spot.make_problem(Code.NOT_ALONE, value=token.source)


def _check_links(pack: Pack, spot: TextPlace, line: str) -> Iterator[Problem]:
    for match in LINK.finditer(line):
        scheme, _, target = match["target"].partition(":")
        known = {"topic": pack.topics, "flow": pack.flows}.get(scheme, {})
        if match["image"] or target not in known:
            yield spot.make_problem(Code.BROKEN_LINK, value=match[0])
