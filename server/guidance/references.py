"""Every id that one thing in a pack uses must be the id of another."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from server.guidance.model import Pack
from server.guidance.problem import Problem, show
from server.guidance.visit import Flow

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
    "pack": "pack.toml",
}


class Reference(NamedTuple):
    """One use of an id: `kind owner field` names a `target`."""

    kind: str
    owner: str
    field: str
    target: str
    one: str


def where(pack: Pack, kind: str, owner: str) -> str:
    """Give the file that holds a thing."""
    return pack.origin(f"{kind}.{owner}", FILES.get(kind, "visit.toml"))


def reference_problems(pack: Pack) -> Iterator[Problem]:
    """Give every reference that leads nowhere."""
    known = _known(pack)
    for ref in references(pack):
        if ref.one not in known[ref.target]:
            name = f"{ref.kind} {show(ref.owner)} {ref.field}" if ref.owner else f"{ref.kind} {ref.field}"
            yield Problem(where(pack, ref.kind, ref.owner), name, show(ref.one), f"the id of a [[{ref.target}]]")


def _known(pack: Pack) -> dict[str, Mapping[str, object]]:
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


def references(pack: Pack) -> Iterator[Reference]:
    """Give every use of an id in the pack's tables."""
    yield from _several("pack", "", "source_locale", "locale", [pack.source_locale])
    yield from _several("pack", "", "spoken_locale", "locale", [pack.spoken_locale])
    yield from _several("recording", "", "rule", "rule", [pack.recording.rule])
    yield from _several("recording", "", "say", "say", [pack.recording.say])
    yield from _several("third_parties", "", "rule", "rule", [pack.third_parties.rule])
    for locale in pack.locales.values():
        yield from _several("pack", "", f"locale {show(locale.tag)} fallback", "locale", [locale.fallback])
    yield from (Reference("verdict", "", verdict, "say", say) for verdict, say in pack.verdict.items())
    for contact in pack.contacts.values():
        setting = contact.append.setting if contact.append else None
        yield from _several("contact", contact.id, "append.setting", "setting", [setting])
        hours = None if contact.hours in ("24h", "unknown") else contact.hours
        yield from _several("contact", contact.id, "hours", "hours", [hours])
        yield from _several("contact", contact.id, "visitors", "visitor", contact.visitors)
        yield from _several("contact", contact.id, "sources", "source", contact.sources)
    for topic in pack.topics.values():
        yield from _several("topic", topic.id, "flow", "flow", [topic.flow])
        yield from _several("topic", topic.id, "covers", "source", topic.covers)
        yield from _several("topic", topic.id, "related", "topic", topic.related)
    yield from _visit_references(pack)
    for flow in pack.flows.values():
        yield from _flow_references(flow)
    yield from _ahead_references(pack)


def _ahead_references(pack: Pack) -> Iterator[Reference]:
    for left in pack.left_out.values():
        yield from _several("left_out", left.id, "sources", "source", left.sources)
    for outcome in pack.outcomes.values():
        yield from _several("outcome", outcome.id, "when", "question", outcome.when)
        yield from _several("outcome", outcome.id, "topics", "topic", outcome.topics)
        yield from _several("outcome", outcome.id, "rules", "rule", outcome.rules)
        yield from _several("outcome", outcome.id, "say", "say", outcome.say)
        yield from _several("outcome", outcome.id, "contacts", "contact", outcome.contacts)
    for stage in pack.stages.values():
        yield from _several("stage", stage.id, "rules", "rule", stage.rules)
        yield from _several("stage", stage.id, "topics", "topic", stage.topics)
        yield from _several("stage", stage.id, "flow", "flow", [stage.flow])
    for prepare in pack.preparations.values():
        yield from _several("prepare", prepare.id, "topic", "topic", [prepare.topic])
        yield from _several("prepare", prepare.id, "flow", "flow", [prepare.flow])
    for drill in pack.drills.values():
        yield from _several("drill", drill.id, "rule", "rule", [drill.rule])
        yield from _several("drill", drill.id, "say", "say", [drill.say])


def _visit_references(pack: Pack) -> Iterator[Reference]:
    for visitor in pack.visitors.values():
        yield from _several("visitor", visitor.id, "rules", "rule", visitor.rules)
        yield from _several("visitor", visitor.id, "notice", "notice", [visitor.notice])
    for rule in pack.rules.values():
        yield from _several("rule", rule.id, "sources", "source", rule.sources)
    for hours in pack.hours.values():
        yield from _several("hours", hours.id, "visitors", "visitor", hours.visitors)
        yield from _several("hours", hours.id, "rule", "rule", [hours.rule])
    for notice in pack.notices.values():
        yield from _several("notice", notice.id, "visitors", "visitor", notice.visitors)
        yield from _several("notice", notice.id, "rule", "rule", [notice.rule])
    for check in pack.checks.values():
        yield from _several("check", check.id, "visitors", "visitor", check.visitors)
        yield from _several("check", check.id, "rule", "rule", [check.rule])
        yield from _several("check", check.id, "say", "say", [check.say])
        yield from _several("check", check.id, "hours", "hours", [check.hours])
    for never in pack.nevers.values():
        yield from _several("never", never.id, "rule", "rule", [never.rule])
    for danger in pack.dangers.values():
        yield from _several("danger", danger.id, "rule", "rule", [danger.rule])
        yield from _several("danger", danger.id, "contact", "contact", [danger.contact])
        yield from _several("danger", danger.id, "text_contact", "contact", [danger.text_contact])


def _flow_references(flow: Flow) -> Iterator[Reference]:
    yield from _several("flow", flow.id, "dangers", "danger", flow.dangers)
    for step in flow.steps:
        at = f"step {show(step.id)}"
        yield from _several("flow", flow.id, f"{at} say", "say", step.say)
        yield from _several("flow", flow.id, f"{at} rules", "rule", step.rules)
        yield from _several("flow", flow.id, f"{at} never", "never", step.never)
        yield from _several("flow", flow.id, f"{at} contacts", "contact", step.contacts)
        yield from _several("flow", flow.id, f"{at} flow", "flow", [step.flow])
        if step.variant:
            yield from _several("flow", flow.id, f"{at} variant.say", "say", step.variant.say)
            yield from _several("flow", flow.id, f"{at} variant.rules", "rule", step.variant.rules)


def _several(kind: str, owner: str, field: str, target: str, ids: Iterable[str | None]) -> Iterator[Reference]:
    yield from (Reference(kind, owner, field, target, one) for one in ids if one is not None)
