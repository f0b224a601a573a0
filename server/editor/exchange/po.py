"""One language of a region as a PO file, for people who translate in Weblate or by e-mail, and back.

Each keyed text is one message, its key the context. A topic is one message for each of its pieces (topic_pieces.py). The
msgid is the source text, so that the returned file shows what it was made from; `revision N` in a message's comment is
the revision at the time of the export, so that nobody's later work is overwritten.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from server.auth.audit import make_audit_line
from server.auth.roles import Person
from server.editor.edits.drafts import Drafts
from server.editor.edits.model import Draft
from server.editor.edits.saving import UnitChange, check_may_write
from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.po_file import PoFile, read_po_file
from server.editor.exchange.topic_pieces import align_pieces, assemble_topic, split_pieces
from server.editor.packs.progress import TextRow, TextState
from server.editor.units.unit import Unit, make_text_unit
from server.guidance.model.pack import Pack
from server.guidance.problems.problem import escape_unprintable
from server.guidance.texts.text import hash_source_text
from server.i18n import is_same_written_language, split_locale_name

MAX_PO_BYTES = 16 << 20
_REVISION = re.compile(r"revision ([0-9]{1,9})")
_PIECE = re.compile(r"(?P<key>topics/[a-z0-9-]+):(?P<piece>[a-z]+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class SkippedText:
    """A text that was not imported, with a stable word for the reason.

    `unknown`: the region has no such text. `incomplete`: a topic with untranslated pieces. `changed-here`: somebody
    saved another translation since the export. `twice`: the file has two translations of it. `plural`: the file has it
    with plural forms. `fuzzy`, `obsolete`: another text than here, which the file marks so.
    """

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class PoImportResult:
    """What an import changed: the units that are drafts now, those whose source has changed since the export, and skipped texts."""

    changed: tuple[Unit, ...]
    stale: tuple[Unit, ...]
    skipped: tuple[SkippedText, ...]


def export_po(pack: Pack, locale: str, rows: Sequence[TextRow], drafts: Mapping[Unit, Draft]) -> bytes:
    """Return the PO file of a language: every text, outdated ones as fuzzy. Equal states give equal bytes, but for dates."""
    catalog = Catalog(project=f"doorwise {pack.id}", version=pack.version, fuzzy=False, charset="utf-8")
    catalog.locale = _parse_locale(locale)
    for row in rows:
        head = drafts[row.unit].head if row.unit in drafts else 0
        comments = ["at the door"] if row.at_door else []
        for context, source, text in _list_messages(row):
            if source.strip():
                flags = ("fuzzy",) if text and row.state is TextState.STALE else ()
                catalog.add(source, text, flags=flags, context=context, auto_comments=[*comments, f"revision {head}"])
    target = io.BytesIO()
    write_po(target, catalog, width=100, sort_output=False)
    return target.getvalue()


@dataclass(slots=True)
class _IncomingText:
    """One imported text, the whole of a string or the pieces of a topic.

    `texts` are finished. `doubts` are the others by the reason why they are not taken, each by its context.
    """

    key: str
    revision: int | None
    sources: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, dict[str, str]] = field(default_factory=dict)

    def find_fault(self, present: Mapping[str, str]) -> str | None:
        """Return why nothing of this is taken, None if it may be; `present` are the texts here by context.

        A text that the file doubts or marks as obsolete is worth a word only where it differs from the one here.
        """
        for why in ("twice", "plural"):
            if why in self.doubts:
                return why
        if self.texts:
            return None
        return next(
            (why for why, texts in self.doubts.items() if any(present.get(one) != text for one, text in texts.items())),
            None,
        )


def import_po(
    drafts: Drafts, person: Person, pack: Pack, locale: str, rows: Sequence[TextRow], data: bytes
) -> PoImportResult:
    """Import the translations of a PO file as drafts, all or none; empty and fuzzy messages are left out.

    Raises:
        AccessDenied: This person may not translate into this language.
        ImportRefused: The file is not a PO file, or is of another language.
    """
    check_may_write(person, make_text_unit(pack.id, locale, "region.name"))
    by_key = {row.key: row for row in rows}
    changes: list[UnitChange] = []
    stale: list[Unit] = []
    skipped: list[SkippedText] = []
    for one in _collect_texts(_read_file(data, pack, locale)):
        row = by_key.get(one.key)
        fault = one.find_fault({context: text for context, _, text in _list_messages(row)} if row else {})
        if fault is None and not one.texts:
            continue
        text = _assemble_text(one, row) if row and not fault else None
        if row is None or text is None:
            skipped.append(SkippedText(one.key, fault or "incomplete" if row else "unknown"))
            continue
        made_from, there = _compute_source_digest(one, row), drafts.get_draft(row.unit)
        text = str(there.content) if _has_same_content(row, text, there.content) else text
        if text == there.content and made_from == there.made_from:
            continue
        if one.revision not in (None, there.head) and text != there.content:
            skipped.append(SkippedText(one.key, "changed-here"))
            continue
        changes.append(UnitChange(row.unit, text, there.head, made_from))
        stale += [row.unit] if made_from != hash_source_text(row.source) else []
    line = make_audit_line(person, "translation.imported", f"{pack.id}/{locale}", changed=len(changes))
    drafts.save_all(person, changes, why="import", also=[line] if changes else ())
    return PoImportResult(tuple(change.unit for change in changes), tuple(stale), tuple(skipped))


def _list_messages(row: TextRow) -> Iterator[tuple[str, str, str]]:
    """Yield context, source and translation of each message of a text."""
    if not row.key.startswith("topics/"):
        yield row.key, row.source, row.text or ""
        return
    source = split_pieces(row.source)
    if source is None:
        return
    translated = align_pieces(source, (split_pieces(row.text) if row.text else None) or {})
    for name, text in source.items():
        yield f"{row.key}:{name}", text, translated.get(name, "")


def _read_file(data: bytes, pack: Pack, locale: str) -> PoFile:
    """Return the file, which may name its language as its tool does, but no other language of the region."""
    if len(data) > MAX_PO_BYTES:
        raise ImportRefused("too-large", limit=MAX_PO_BYTES >> 20)
    file = read_po_file(data)
    declared = split_locale_name(file.language)
    others = [split_locale_name(tag) for tag in pack.locales if tag != locale]
    if file.language and (declared in others or not is_same_written_language(file.language, locale)):
        raise ImportRefused("other-language", found=escape_unprintable(file.language)[:40], expected=locale)
    return file


def _collect_texts(file: PoFile) -> list[_IncomingText]:
    """Return the texts of a file, the pieces of a topic together."""
    found: dict[str, _IncomingText] = {}
    for messages, obsolete in ((file.messages, False), (file.obsolete, True)):
        for message in messages:
            context = message.context or ""
            piece = _PIECE.fullmatch(context)
            key, name = (piece["key"], piece["piece"]) if piece else (context, "")
            if obsolete and name in found.get(key, _IncomingText(key, None)).sources:
                continue  # what took its place is in the file too
            one = found.setdefault(key, _IncomingText(key, _find_revision(message)))
            _add_message(one, name, message, obsolete=obsolete)
    return list(found.values())


def _add_message(one: _IncomingText, name: str, message: Message, *, obsolete: bool) -> None:
    context = message.context or ""
    if not isinstance(message.id, str) or not isinstance(message.string, str):
        if any(message.string or ()):
            one.doubts.setdefault("plural", {})[context] = ""
        return
    source, text = message.id, message.string
    if not text.strip() or message.fuzzy or obsolete:
        if name not in one.texts:
            one.sources[name] = source
        if text.strip():
            one.doubts.setdefault("obsolete" if obsolete else "fuzzy", {})[context] = text
    elif name in one.texts and (one.sources[name], one.texts[name]) != (source, text):
        one.doubts.setdefault("twice", {})[context] = text
    else:
        one.sources[name], one.texts[name] = source, text


def _assemble_text(one: _IncomingText, row: TextRow) -> str | None:
    if "" in one.texts:
        return one.texts[""]
    return assemble_topic(row.source, one.texts)


def _compute_source_digest(one: _IncomingText, row: TextRow) -> str:
    """Return the digest of the source that the file was made from; for a topic it only tells whether that is the present one."""
    if "" in one.sources:
        return hash_source_text(one.sources[""])
    present = {name: text for name, text in (split_pieces(row.source) or {}).items() if text.strip()}
    return hash_source_text(row.source if one.sources == present else repr(sorted(one.sources.items())))


def _has_same_content(row: TextRow, text: str, content: object) -> bool:
    """Return whether a translation equals the present content; of a topic only the pieces count, not the TOML style."""
    if not isinstance(content, str) or not row.key.startswith("topics/"):
        return text == content
    return (split_pieces(text) or text) == (split_pieces(content) or content)


def _find_revision(message: Message) -> int | None:
    for comment in message.auto_comments:
        if match := _REVISION.fullmatch(comment.strip()):
            return int(match[1])
    return None


def _parse_locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
