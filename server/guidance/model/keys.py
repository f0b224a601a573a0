"""The keyed texts that a pack needs in every locale, derived from its ids."""

from collections.abc import Iterator

from server.guidance.model.pack import Pack
from server.guidance.model.visit import CHECKED, VERDICTS

# Texts that are not read at the door; only these may come from a fallback locale.
_BACKGROUND = (
    "source.",
    "unknown.",
    "rule.",
    "left-out.",
    "assess.",
    "outcome.",
    "stage.",
    "prepare.",
    "drill.",
)

# Parts of the visit screen that a pack may leave out: packs and edits older than them have none.
DOOR_EXTRAS = {
    "crisis.words": "crisis.words",
    **{f"verdict.{name}.{part}": f"verdict.{part}" for name in ("confirmed", "new") for part in ("title", "next")},
    **{f"checked.{part}": "checked.answer" for part in ("ask", "where", *CHECKED)},
    **{f"checked.{answer}.next": "checked.next" for answer in CHECKED[1:]},
    **{
        f"voice.{part}": f"voice.{part}"
        for part in ("label", "do", "words", "relative", "show", "next", "remember", "area-code")
    },
}


def is_door_key(key: str) -> bool:
    """Return whether a text may be read at the door and must therefore exist in every locale."""
    return not key.startswith(_BACKGROUND)


def list_required_keys(pack: Pack) -> dict[str, str]:
    """Return every key that each locale's strings must have, with its kind, such as `check.ask`."""
    return dict(_list_required(pack))


def list_optional_keys(pack: Pack, locale: str | None = None) -> dict[str, str]:
    """Return every further key that strings may have. Pronunciations are only for readers who do not read the language."""
    found = {f"contact.{one}.caution": "contact.caution" for one in pack.contacts}
    found |= {f"check.{one}.{part}": f"check.{part}" for one in pack.checks for part in ("short", "yes", "no")}
    found |= {f"danger.{one}.next": "danger.next" for one in pack.dangers}
    found |= DOOR_EXTRAS
    for flow in pack.flows.values():
        found |= {f"flow.{flow.id}.{step.id}.more": "flow.more" for step in flow.steps}
    found |= {f"prepare.{one}.more": "prepare.more" for one in pack.preparations}
    if locale != pack.spoken_locale:
        found |= {f"say.{one}.read": "say.read" for one in pack.says}
    required = list_required_keys(pack)
    return {key: kind for key, kind in found.items() if key not in required}


def _list_required(pack: Pack) -> Iterator[tuple[str, str]]:
    yield "region.name", "region.name"
    yield from ((f"unknown.{one}", "unknown") for one in pack.unknowns)
    yield from ((f"visitor.{one}.name", "visitor.name") for one in pack.visitors)
    yield from ((f"creditor.{one}.name", "creditor.name") for one in list_creditors(pack))
    yield from ((f"rule.{one}", "rule") for one in pack.rules)
    yield from ((f"hours.{one}", "hours") for one in pack.hours)
    yield from ((f"notice.{one}", "notice") for one in pack.notices)
    for check in pack.checks:
        yield from _list_part_keys("check", check, "ask", "fail", "unsure")
    for verdict in VERDICTS:
        yield from _list_part_keys("verdict", verdict, "title", "next")
    yield from ((f"say.{one}", "say") for one in pack.says)
    yield from ((f"never.{one}", "never") for one in pack.nevers)
    for danger in pack.dangers:
        yield from _list_part_keys("danger", danger, "label", "do", "words")
    for tile in pack.tiles:
        yield from _list_part_keys("tile", tile, "label", "do", "next")
    yield from _list_flow_keys(pack)
    yield from _list_contact_keys(pack)
    for setting in pack.settings:
        yield from _list_part_keys("setting", setting, "label", "help")
    yield from ((f"source.{one}", "source") for one in pack.sources)
    yield from ((f"left-out.{one}", "left-out") for one in pack.left_out)
    yield from _list_before_visit_keys(pack)


def _list_part_keys(kind: str, one: str, *parts: str) -> Iterator[tuple[str, str]]:
    yield from ((f"{kind}.{one}.{part}", f"{kind}.{part}") for part in parts)


def _list_flow_keys(pack: Pack) -> Iterator[tuple[str, str]]:
    for flow in pack.flows.values():
        yield from _list_part_keys("flow", flow.id, "title", "first")
        for step in flow.steps:
            yield f"flow.{flow.id}.{step.id}.do", "flow.do"
            if step.message:
                yield f"flow.{flow.id}.{step.id}.message", "flow.message"
            if step.variant:
                yield from _list_part_keys("variant", step.variant.id, "ask", "why")


def _list_contact_keys(pack: Pack) -> Iterator[tuple[str, str]]:
    for contact in pack.contacts.values():
        yield from _list_part_keys("contact", contact.id, "name", "when")
        if contact.channel == "sms" and contact.number:
            yield from _list_part_keys("contact", contact.id, "words")
        if contact.sms_mode == "register-first" or contact.register_how:
            yield from _list_part_keys("contact", contact.id, "register")
        if contact.silent_digits:
            yield from _list_part_keys("contact", contact.id, "silent")
        if contact.panic_key:
            yield from _list_part_keys("contact", contact.id, "panic")


def _list_before_visit_keys(pack: Pack) -> Iterator[tuple[str, str]]:
    for question in pack.questions.values():
        yield from _list_part_keys("assess", question.id, "ask")
        yield from ((f"assess.{question.id}.{answer}", "assess.answer") for answer in question.answers)
    for outcome in pack.outcomes:
        yield from _list_part_keys("outcome", outcome, "title", "text")
    for stage in pack.stages:
        yield from _list_part_keys("stage", stage, "name", "what", "allowed", "ends")
    for prepare in pack.preparations:
        yield from _list_part_keys("prepare", prepare, "do")
    for drill in pack.drills.values():
        yield from _list_part_keys("drill", drill.id, "line")
        for answer in drill.answers:
            yield f"drill.{drill.id}.{answer}", "drill.good" if answer == drill.good else "drill.bad"
            yield f"drill.{drill.id}.{answer}.why", "drill.why"


def list_creditors(pack: Pack) -> list[str]:
    """Return the kinds of creditor that anything in the pack is limited to, in alphabetical order."""
    holders = (pack.visitors, pack.hours, pack.notices, pack.checks, pack.contacts)
    return sorted({one for holder in holders for thing in holder.values() for one in thing.creditors})
