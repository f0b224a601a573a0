"""Names of units for people: the sentence that readers know a unit by, in the editor's language if the pack has it."""

from __future__ import annotations

from collections.abc import Mapping

from server.editor.units.unit import Kind, Unit
from server.editor.wording.field_words import KIND_NAMES
from server.guidance.model.keys import is_door_key, list_optional_keys, list_required_keys
from server.guidance.model.pack import Pack
from server.i18n import load_translations

# The text that names an entry, by kind.
KEYS: Mapping[str, str] = {
    "contact": "contact.{}.name",
    "setting": "setting.{}.label",
    "visitor": "visitor.{}.name",
    "rule": "rule.{}",
    "hours": "hours.{}",
    "notice": "notice.{}",
    "check": "check.{}.ask",
    "say": "say.{}",
    "never": "never.{}",
    "danger": "danger.{}.label",
    "tile": "tile.{}.label",
    "flow": "flow.{}.title",
    "left_out": "left-out.{}",
    "question": "assess.{}.ask",
    "outcome": "outcome.{}.title",
    "stage": "stage.{}.name",
    "prepare": "prepare.{}.do",
    "drill": "drill.{}.line",
}
# The same for the mappings of a pack that fields refer to.
OF_MAPPING: Mapping[str, str] = {
    "rules": "rule",
    "says": "say",
    "nevers": "never",
    "sources": "source",
    "topics": "topic",
    "flows": "flow",
    "visitors": "visitor",
    "notices": "notice",
    "contacts": "contact",
    "dangers": "danger",
    "settings": "setting",
    "hours": "hours",
    "locales": "locale",
}
MOST_CHARS = 90


def choose_reading_locale(pack: Pack, wanted: str) -> str:
    """Return the language of the pack in which an editor who reads `wanted` sees names."""
    return wanted if wanted in pack.locales else pack.source_locale


def name_entry(pack: Pack, kind: str, one: str, wanted: str) -> str:
    """Return the words that an entry is known by, "" when it has none yet."""
    if kind == "source":
        cites = pack.sources[one].cites if one in pack.sources else ()
        return shorten_text(
            next((cite.title for cite in cites if cite.lang == wanted), cites[0].title if cites else "")
        )
    if kind == "topic":
        return _find_topic_title(pack, one, wanted)
    if kind == "locale":
        return pack.locales[one].name if one in pack.locales else ""
    key = KEYS.get(kind)
    return shorten_text(find_editor_text(pack, key.format(one), wanted) or "") if key else ""


def find_editor_text(pack: Pack, key: str, wanted: str) -> str | None:
    """Return a keyed text in the editor's language, or in the source's."""
    for tag in (choose_reading_locale(pack, wanted), pack.source_locale):
        found = pack.strings.get(tag, {}).get(key)
        if found is not None:
            return found
    return None


def name_unit(pack: Pack | None, unit: Unit, wanted: str) -> str:
    """Return the words that a unit is known by; its key when it has none yet."""
    if unit.kind is Kind.TOPIC:
        texts = pack.topic_texts.get(str(unit.locale), {}) if pack else {}
        text = texts.get(str(unit.topic))
        return (
            text.title
            if text
            else (_find_topic_title(pack, str(unit.topic), wanted) if pack else "") or str(unit.topic)
        )
    if unit.kind in (Kind.STRING, Kind.MADE_FROM):
        found = pack.strings.get(str(unit.locale), {}).get(unit.key) if pack else None
        return shorten_text(found or (find_editor_text(pack, unit.key, wanted) if pack else None) or unit.key)
    if unit.kind is Kind.ENTRY:
        kind, one = unit.entry
        return (name_entry(pack, kind, one, wanted) if pack else "") or one
    if unit.kind is Kind.HEAD:
        return (find_editor_text(pack, "region.name", wanted) if pack else None) or unit.region
    one, _ = KIND_NAMES["verdict"]  # only verdicts are left
    return str(load_translations(wanted).gettext(one))


def find_kind_key(unit: Unit) -> str:
    """Return the key of a unit's kind in `field_words.KIND_NAMES`."""
    if unit.kind is Kind.ENTRY:
        return unit.entry[0]
    return {Kind.TOPIC: "topic-text", Kind.VERDICT: "verdict", Kind.HEAD: "head"}.get(unit.kind, "string")


def list_entry_text_keys(pack: Pack, kind: str, one: str) -> list[str]:
    """Return the keys of the texts that an entry has: `contact.police.name`, `contact.police.when`."""
    stem = KEYS[kind].partition("{}")[0] + one if kind in KEYS else f"{kind}.{one}"
    keys = [*list_required_keys(pack), *list_optional_keys(pack)]
    return [key for key in keys if key == stem or key.startswith(f"{stem}.")]


def is_known_text(pack: Pack, unit: Unit) -> bool:
    """Return whether the pack has an entry for this text, written or not."""
    tag = str(unit.locale)
    if tag not in pack.locales:
        return False
    if unit.kind is Kind.TOPIC:
        return unit.topic in pack.topics
    return unit.key in list_required_keys(pack) or unit.key in list_optional_keys(pack, tag)


def is_read_at_door(unit: Unit) -> bool:
    """Return whether a text is read at the door."""
    return unit.kind is Kind.STRING and is_door_key(unit.key)


def shorten_text(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1] + "…"


def _find_topic_title(pack: Pack, topic: str, wanted: str) -> str:
    for tag in (choose_reading_locale(pack, wanted), pack.source_locale):
        text = pack.topic_texts.get(tag, {}).get(topic)
        if text is not None:
            return text.title
    return ""
