"""Where a text appears: the pages at the door with the sentences on each, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.editor.units.unit import Kind, Unit
from server.guidance.model.keys import is_door_key, list_required_keys
from server.guidance.model.pack import Pack
from server.guidance.model.visit import VERDICTS, WHY_PATH, Flow, Step
from server.guidance.texts.tokens import find_tokens

VOICE_PANEL = "voice"
WHY_ADDRESS = f"now/{WHY_PATH}/"
# The beginning of a place's id on its page, by the kind of what stands there.
FRAGMENTS = {
    "say": "say",
    "danger": "danger",
    "tile": "tile",
    "rule": "why",
    "check": "check",
    "source": "source",
    "variant": "variant",
}


@dataclass(frozen=True, slots=True)
class ScreenPart:
    """Sentences of a page that belong together. `name` is first, police, check, verdict, tile, step, say or danger."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """One page at the door. `address` is below the locale: `now/`, `now/family/`."""

    flow: str
    address: str
    parts: tuple[ScreenPart, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Every sentence of the page, each once."""
        return tuple(dict.fromkeys(key for part in self.parts for key in part.keys))


def list_screens(pack: Pack) -> list[Screen]:
    """Return every page at the door, in the order of the pack, with the sentences that the pack has for it."""
    known = set(list_required_keys(pack)) | {key for rows in pack.strings.values() for key in rows}
    found = []
    for flow in pack.flows.values():
        parts = [
            ScreenPart(name, tuple(key for key in dict.fromkeys(keys) if key in known))
            for name, keys in _list_flow_screen_parts(pack, flow)
        ]
        found.append(Screen(flow.id, flow.address, tuple(part for part in parts if part.keys)))
    return found


def list_keys_on_no_screen(pack: Pack, screens: Iterable[Screen]) -> list[str]:
    """Return the door sentences that are on none of these pages, such as names that only lists show."""
    there = {key for screen in screens for key in screen.keys}
    return [key for key in list_required_keys(pack) if is_door_key(key) and key not in there]


def list_addresses(pack: Pack, unit: Unit) -> list[str]:
    """Return the pages that show a unit, the best one first, below the locale. The list is never empty."""
    if unit.kind is Kind.TOPIC:
        return [_find_topic_address(pack, unit.topic), "guide/"]
    if unit.kind is Kind.STRING:
        return _list_addresses_of_key(pack, unit.key)
    if unit.kind is not Kind.ENTRY:
        return ["now/", "about/"] if unit.kind is Kind.VERDICT else ["about/", "now/"]
    kind, one = unit.entry
    fixed = {
        "source": ["sources/"],
        "topic": [_find_topic_address(pack, one), "guide/"],
        "left_out": ["sources/"],
        "question": ["will-they-come/"],
        "outcome": ["will-they-come/"],
        "stage": ["will-they-come/"],
        "prepare": ["practice/"],
        "drill": ["practice/"],
        "setting": ["settings/"],
        "locale": ["", "about/"],
        "visitor": ["about/"],
        "rule": [WHY_ADDRESS],
    }
    if kind in fixed:
        return fixed[kind]
    if kind == "flow" and one in pack.flows:
        return [pack.flows[one].address]
    stem = f"{kind}.{one}"
    found = [screen.address for screen in list_screens(pack) if any(_is_key_below(key, stem) for key in screen.keys)]
    return [*found, "about/"] if kind == "contact" else found or ["now/"]


def find_fragment(unit: Unit) -> str:
    """Return the id of a unit on those pages: a panel that opens, or a place to jump to; "" when it has none."""
    kind, _, rest = unit.key.partition(":" if unit.kind is Kind.ENTRY else ".")
    one = rest if unit.kind is Kind.ENTRY else rest.partition(".")[0]
    if kind == VOICE_PANEL:
        return kind
    return f"{FRAGMENTS[kind]}-{one}" if kind in FRAGMENTS and one else ""


def _list_addresses_of_key(pack: Pack, key: str) -> list[str]:
    stem = key.removesuffix(".read")
    kind = key.partition(".")[0]
    # Pages at the door lead to the rules, and show none.
    screens = [] if kind == "rule" else list_screens(pack)
    found = [WHY_ADDRESS] if kind == "rule" else []
    found += [screen.address for screen in screens if stem in screen.keys]
    fixed = {
        "assess": "will-they-come/",
        "outcome": "will-they-come/",
        "stage": "will-they-come/",
        "prepare": "practice/",
        "drill": "practice/",
        "setting": "settings/",
        "source": "sources/",
        "left-out": "sources/",
        "unknown": "about/",
        "region": "",
    }
    if kind in fixed:
        return [fixed[kind], *found]
    one = key.split(".")[1] if "." in key else ""
    if kind in ("say", "rule", "never"):
        found += [_find_topic_address(pack, topic) for topic in _list_topics_whose_source_has_token(pack, kind, one)]
    if kind == "say":
        found += _list_calm_pages_with_sentence(pack, one)
    return found or ["about/" if kind == "contact" else "now/"]


def _list_calm_pages_with_sentence(pack: Pack, say: str) -> Iterator[str]:
    yield from (topic.address for topic in pack.topics.values() if say in topic.say)
    if any(say in outcome.say for outcome in pack.outcomes.values()):
        yield "will-they-come/"
    if any(say == drill.say for drill in pack.drills.values()):
        yield "practice/"


def _find_topic_address(pack: Pack, topic: str | None) -> str:
    return pack.topics[topic].address if topic and topic in pack.topics else f"guide/{topic}/"


def _list_topics_whose_source_has_token(pack: Pack, kind: str, one: str) -> Iterator[str]:
    for topic, text in pack.topic_texts.get(pack.source_locale, {}).items():
        if any(token.kind == kind and one in token.ids for token in find_tokens(text.body)):
            yield topic


def _is_key_below(key: str, stem: str) -> bool:
    return key == stem or key.startswith(f"{stem}.")


def _list_flow_screen_parts(pack: Pack, flow: Flow) -> Iterator[tuple[str, list[str]]]:
    yield "first", [f"flow.{flow.id}.title", f"flow.{flow.id}.first"]
    police = [one.id for one in pack.contacts.values() if one.kind == "emergency" and one.one_tap]
    yield "police", [key for one in police for key in _list_contact_keys(one)]
    if any(step.checks for step in flow.steps):
        checks = [check for check in pack.checks.values() if check.enabled]
        yield (
            "check",
            [key for check in checks for key in _list_check_keys(check.id, check.say, check.hours, check.rule)],
        )
        yield (
            "verdict",
            [f"verdict.{one}.{part}" for one in VERDICTS for part in ("title", "next")]
            + [f"say.{one}" for one in pack.verdict.values()],
        )
        yield "tile", [f"tile.{one}.{part}" for one in pack.tiles for part in ("label", "do", "next")]
    for step in flow.steps:
        yield "step", list(_list_step_keys(flow, step))
    yield "danger", [key for one in flow.dangers for key in _list_danger_keys(pack, one)]


def _list_check_keys(one: str, say: str | None, hours: str | None, rule: str) -> list[str]:
    keys = [f"check.{one}.short", f"check.{one}.ask", f"check.{one}.fail", f"check.{one}.unsure"]
    keys += [f"say.{say}"] if say else []
    keys += [f"hours.{hours}"] if hours else []
    return [*keys, f"rule.{rule}"]


def _list_step_keys(flow: Flow, step: Step) -> Iterator[str]:
    stem = f"flow.{flow.id}.{step.id}"
    yield from (f"{stem}.do", f"{stem}.more", f"{stem}.message")
    yield from (f"say.{one}" for one in step.say)
    if step.variant:
        yield from (f"variant.{step.variant.id}.ask", f"variant.{step.variant.id}.why")
        yield from (f"say.{one}" for one in step.variant.say)
        yield from (f"rule.{one}" for one in step.variant.rules)
    yield from (f"never.{one}" for one in step.never)
    yield from (f"rule.{one}" for one in step.rules)
    for contact in step.contacts:
        yield from _list_contact_keys(contact)


def _list_danger_keys(pack: Pack, one: str) -> Iterator[str]:
    yield from (f"danger.{one}.{part}" for part in ("label", "do", "words", "next"))
    if one in pack.dangers:
        yield f"rule.{pack.dangers[one].rule}"


def _list_contact_keys(one: str) -> list[str]:
    return [f"contact.{one}.{part}" for part in ("name", "when", "words", "caution")]
