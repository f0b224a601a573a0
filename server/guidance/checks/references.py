"""Every id that an entry of a pack uses must be the id of another entry."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from server.guidance.model.pack import Pack
from server.guidance.model.visit import Flow
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Place, Problem

FILES = {
    "source": "sources.toml",
    "contact": "contacts.toml",
    "setting": "contacts.toml",
    "topic": "topics.toml",
    "left_out": "topics.toml",
    "question": "assess.toml",
    "outcome": "assess.toml",
    "stage": "escalation.toml",
    "prepare": "prepare.toml",
    "drill": "practice.toml",
    "recording": "pack.toml",
    "third_parties": "pack.toml",
    "source_locale": "pack.toml",
    "spoken_locale": "pack.toml",
    "locale": "pack.toml",
}


class Reference(NamedTuple):
    """One use of an id: the field at `path` names a `target`."""

    path: Place
    target: str
    one: str


def find_entry_file(pack: Pack, kind: str, owner: str) -> str:
    """Return the file that holds an entry."""
    return pack.find_file_of_entry(f"{kind}.{owner}", FILES.get(kind, "visit.toml"))


def find_reference_problems(pack: Pack) -> Iterator[Problem]:
    """Yield every reference to an id that does not exist."""
    known = _index_ids(pack)
    for path, target, one in list_references(pack):
        if one not in known[target]:
            file = find_entry_file(pack, str(path[0]), str(path[1] if len(path) > 1 else ""))
            yield Problem(Code.UNKNOWN_ID, file, path, {"value": one})


def _index_ids(pack: Pack) -> dict[str, Mapping[str, object]]:
    return {
        "source": pack.sources,
        "contact": pack.contacts,
        "setting": pack.settings,
        "visitor": pack.visitors,
        "rule": pack.rules,
        "hours": pack.hours,
        "notice": pack.notices,
        "say": pack.says,
        "never": pack.nevers,
        "danger": pack.dangers,
        "flow": pack.flows,
        "topic": pack.topics,
        "question": pack.questions,
        "locale": pack.locales,
    }


def list_references(pack: Pack) -> Iterator[Reference]:
    """Yield every use of an id in the pack's tables."""
    yield from _make_reference(("source_locale",), "locale", pack.source_locale)
    yield from _make_reference(("spoken_locale",), "locale", pack.spoken_locale)
    yield from _make_reference(("recording", "rule"), "rule", pack.recording.rule)
    yield from _make_reference(("recording", "say"), "say", pack.recording.say)
    yield from _make_reference(("third_parties", "rule"), "rule", pack.third_parties.rule)
    for locale in pack.locales.values():
        yield from _make_reference(("locale", locale.tag, "fallback"), "locale", locale.fallback)
    yield from (Reference(("verdict", verdict), "say", say) for verdict, say in pack.verdict.items())
    for contact in pack.contacts.values():
        setting = contact.append.setting if contact.append else None
        yield from _make_reference(("contact", contact.id, "append", "setting"), "setting", setting)
        hours = None if contact.hours in ("24h", "unknown") else contact.hours
        yield from _make_reference(("contact", contact.id, "hours"), "hours", hours)
        yield from _make_references(("contact", contact.id, "visitors"), "visitor", contact.visitors)
        yield from _make_references(("contact", contact.id, "sources"), "source", contact.sources)
    for topic in pack.topics.values():
        yield from _make_reference(("topic", topic.id, "flow"), "flow", topic.flow)
        yield from _make_references(("topic", topic.id, "covers"), "source", topic.covers)
        yield from _make_references(("topic", topic.id, "related"), "topic", topic.related)
        yield from _make_references(("topic", topic.id, "say"), "say", topic.say)
        yield from _make_references(("topic", topic.id, "contacts"), "contact", topic.contacts)
    yield from _list_visit_references(pack)
    for flow in pack.flows.values():
        yield from _list_flow_references(flow)
    yield from _list_before_visit_references(pack)


def _list_before_visit_references(pack: Pack) -> Iterator[Reference]:
    for left in pack.left_out.values():
        yield from _make_references(("left_out", left.id, "sources"), "source", left.sources)
    for outcome in pack.outcomes.values():
        yield from (Reference(("outcome", outcome.id, "when", one), "question", one) for one in outcome.when)
        yield from _make_references(("outcome", outcome.id, "topics"), "topic", outcome.topics)
        yield from _make_references(("outcome", outcome.id, "rules"), "rule", outcome.rules)
        yield from _make_references(("outcome", outcome.id, "say"), "say", outcome.say)
        yield from _make_references(("outcome", outcome.id, "contacts"), "contact", outcome.contacts)
    for stage in pack.stages.values():
        yield from _make_references(("stage", stage.id, "rules"), "rule", stage.rules)
        yield from _make_references(("stage", stage.id, "topics"), "topic", stage.topics)
        yield from _make_reference(("stage", stage.id, "flow"), "flow", stage.flow)
    for prepare in pack.preparations.values():
        yield from _make_reference(("prepare", prepare.id, "topic"), "topic", prepare.topic)
        yield from _make_reference(("prepare", prepare.id, "flow"), "flow", prepare.flow)
    for drill in pack.drills.values():
        yield from _make_reference(("drill", drill.id, "rule"), "rule", drill.rule)
        yield from _make_reference(("drill", drill.id, "say"), "say", drill.say)


def _list_visit_references(pack: Pack) -> Iterator[Reference]:
    for visitor in pack.visitors.values():
        yield from _make_references(("visitor", visitor.id, "rules"), "rule", visitor.rules)
        yield from _make_reference(("visitor", visitor.id, "notice"), "notice", visitor.notice)
    for rule in pack.rules.values():
        yield from _make_references(("rule", rule.id, "sources"), "source", rule.sources)
    for hours in pack.hours.values():
        yield from _make_references(("hours", hours.id, "visitors"), "visitor", hours.visitors)
        yield from _make_reference(("hours", hours.id, "rule"), "rule", hours.rule)
    for notice in pack.notices.values():
        yield from _make_references(("notice", notice.id, "visitors"), "visitor", notice.visitors)
        yield from _make_reference(("notice", notice.id, "rule"), "rule", notice.rule)
    for check in pack.checks.values():
        yield from _make_references(("check", check.id, "visitors"), "visitor", check.visitors)
        yield from _make_reference(("check", check.id, "rule"), "rule", check.rule)
        yield from _make_reference(("check", check.id, "say"), "say", check.say)
        yield from _make_reference(("check", check.id, "hours"), "hours", check.hours)
    for never in pack.nevers.values():
        yield from _make_reference(("never", never.id, "rule"), "rule", never.rule)
    for danger in pack.dangers.values():
        yield from _make_reference(("danger", danger.id, "rule"), "rule", danger.rule)
        yield from _make_reference(("danger", danger.id, "contact"), "contact", danger.contact)
        yield from _make_references(("danger", danger.id, "contacts"), "contact", danger.contacts)
        yield from _make_reference(("danger", danger.id, "text_contact"), "contact", danger.text_contact)
        yield from _make_reference(("danger", danger.id, "say"), "say", danger.say)
        yield from _make_references(("danger", danger.id, "never"), "never", danger.never)
    for tile in pack.tiles.values():
        yield from _make_reference(("tile", tile.id, "rule"), "rule", tile.rule)
        yield from _make_reference(("tile", tile.id, "say"), "say", tile.say)
        yield from _make_references(("tile", tile.id, "never"), "never", tile.never)
        yield from _make_references(("tile", tile.id, "contacts"), "contact", tile.contacts)
        yield from _make_reference(("tile", tile.id, "flow"), "flow", tile.flow)
        yield from _make_references(("tile", tile.id, "visitors"), "visitor", tile.visitors)


def _list_flow_references(flow: Flow) -> Iterator[Reference]:
    yield from _make_references(("flow", flow.id, "dangers"), "danger", flow.dangers)
    yield from _make_reference(("flow", flow.id, "guide"), "topic", flow.guide)
    for step in flow.steps:
        yield from _make_references(("flow", flow.id, "step", step.id, "say"), "say", step.say)
        yield from _make_references(("flow", flow.id, "step", step.id, "rules"), "rule", step.rules)
        yield from _make_references(("flow", flow.id, "step", step.id, "never"), "never", step.never)
        yield from _make_references(("flow", flow.id, "step", step.id, "contacts"), "contact", step.contacts)
        yield from _make_reference(("flow", flow.id, "step", step.id, "flow"), "flow", step.flow)
        if step.variant:
            yield from _make_references(("flow", flow.id, "step", step.id, "variant", "say"), "say", step.variant.say)
            yield from _make_references(
                ("flow", flow.id, "step", step.id, "variant", "rules"), "rule", step.variant.rules
            )


def _make_reference(path: Place, target: str, one: str | None) -> Iterator[Reference]:
    if one is not None:
        yield Reference(path, target, one)


def _make_references(path: Place, target: str, ids: Iterable[str]) -> Iterator[Reference]:
    yield from (Reference((*path, place), target, one) for place, one in enumerate(ids))
