"""The rules over a whole pack: each claim cited, each number confirmed, each locale complete, nothing past its date."""

import datetime
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from server.guidance.checks.attributions import find_attribution_warnings, find_refuted_warnings
from server.guidance.checks.check_texts import Remember, find_string_problems, find_topic_problems, find_without_cache
from server.guidance.checks.claims import list_languages_with_claims
from server.guidance.checks.decision_table import find_assess_problems, find_assess_warnings
from server.guidance.checks.door_length import find_length_warnings
from server.guidance.checks.markup import DIRECTION_MARK
from server.guidance.checks.references import find_entry_file, find_reference_problems
from server.guidance.files.parse import KINDS
from server.guidance.model.contacts import SENDABLE, Contact
from server.guidance.model.pack import Pack, PackHead
from server.guidance.model.regions import find_parent_id, get_primary_language, make_iso_code
from server.guidance.model.visit import ROLES, WHY_PATH
from server.guidance.problems.codes import Code
from server.guidance.problems.problem import Problem
from server.guidance.texts.coverage import find_coverage_problems, find_coverage_warnings
from server.guidance.texts.translation import find_translation_problems


@dataclass(frozen=True, slots=True)
class Report:
    """Errors stop a release; warnings are for the maintainers of the pack."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_pack(pack: Pack, *, today: datetime.date | None = None, remember: Remember = find_without_cache) -> Report:
    """Return the problems that one file cannot show by itself. Dates are compared only when `today` is passed.

    `remember` may return the problems of a text from an earlier check, if only other texts have changed since.
    """
    errors = find_table_problems(pack)
    warnings = [*_find_gaps(pack), *find_coverage_warnings(pack), *find_assess_warnings(pack)]
    warnings += find_refuted_warnings(pack)
    for locale in pack.locales:
        errors += find_string_problems(pack, locale, remember)
        errors += find_topic_problems(pack, locale, remember)
        warnings += find_attribution_warnings(pack, locale)
        warnings += find_length_warnings(pack, locale)
        wrong, doubtful = find_translation_problems(pack, locale)
        errors += wrong
        warnings += doubtful
    if today is not None:
        warnings += _find_past_review(pack, today)
    return Report(tuple(errors), tuple(warnings))


def find_table_problems(pack: Pack) -> list[Problem]:
    """Return the errors that are not in the words of a text."""
    errors = [
        *_check_head(pack),
        *find_reference_problems(pack),
        *_check_rules(pack),
        *_check_contacts(pack),
        *_check_visit(pack),
        *_find_role_problems(pack),
        *_find_direction_marks(pack),
    ]
    return [*errors, *find_coverage_problems(pack), *find_assess_problems(pack)]


def _find_direction_marks(pack: Pack) -> Iterator[Problem]:
    """Yield names, numbers and addresses with marks that turn the order of what is read. Tables are not in one language."""
    head = {name: getattr(pack, name) for name in PackHead.model_fields if name != "locale"} | {"locale": pack.locales}
    for path in _find_marked_values(head):
        yield Problem(Code.CONTROL_CHARACTER, f"{pack.id}/pack.toml", path)
    for kind, (_, attribute) in KINDS.items():
        for key, thing in getattr(pack, attribute).items():
            for path in _find_marked_values(thing.model_dump()):
                yield Problem(Code.CONTROL_CHARACTER, find_entry_file(pack, kind, key), (kind, key, *path))


def _find_marked_values(value: object) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, str):
        yield from [()] if DIRECTION_MARK.search(value) else []
    elif isinstance(value, BaseModel):
        yield from _find_marked_values(value.model_dump())
    elif isinstance(value, Mapping | list | tuple):
        for name, one in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from ((name, *path) for path in _find_marked_values(one))


def _check_head(pack: Pack) -> Iterator[Problem]:
    file = f"{pack.id}/pack.toml"
    if make_iso_code(pack.id) != pack.iso:
        yield Problem(Code.ISO_CODE_MISMATCH, file, ("iso",), {"value": pack.iso, "expected": make_iso_code(pack.id)})
    if pack.parent is not None and pack.parent != find_parent_id(pack.id):
        # Facts that are unknown here are never borrowed from another country.
        yield Problem(Code.PARENT_NOT_ABOVE, file, ("parent",), {"value": pack.parent})
    if pack.review_by <= pack.checked_on:
        yield Problem(Code.NOT_AFTER_CHECK, file, ("review_by",), {"value": pack.review_by})
    zones = _list_time_zones()
    for place, zone in enumerate(pack.time_zones):
        if zones and zone not in zones:
            yield Problem(Code.BAD_TIME_ZONE, file, ("time_zones", place), {"value": zone})
    for tag in pack.locales:
        if _has_fallback_circle(pack, tag):
            yield Problem(Code.FALLBACK_CIRCLE, file, ("locale", tag, "fallback"))
        if pack.locales[tag].partial and (pack.locales[tag].fallback is None or tag == pack.source_locale):
            yield Problem(Code.NO_FALLBACK, file, ("locale", tag, "partial"))
    recording = pack.recording
    if recording.default == "on" and (recording.consent != "one-party" or recording.secret_is_crime != "no"):
        yield Problem(Code.RECORDING_NEEDS_CONSENT, file, ("recording", "default"))
    if recording.default == "off" and recording.consent != "one-party" and recording.must_announce == "no":
        yield Problem(Code.RECORDING_MUST_BE_ANNOUNCED, file, ("recording", "must_announce"))


@cache
def _list_time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _has_fallback_circle(pack: Pack, tag: str) -> bool:
    seen: set[str] = set()
    step: str | None = tag
    while step is not None and step in pack.locales:
        if step in seen:
            return True
        seen.add(step)
        step = pack.locales[step].fallback
    return False


def _check_rules(pack: Pack) -> Iterator[Problem]:
    for rule in pack.rules.values():
        if not rule.sources:
            yield Problem(Code.NO_SOURCE, find_entry_file(pack, "rule", rule.id), ("rule", rule.id, "sources"))
    for hours in pack.hours.values():
        if hours.rule is None and (hours.channels or hours.visitors):
            yield Problem(
                Code.HOURS_WITHOUT_RULE, find_entry_file(pack, "hours", hours.id), ("hours", hours.id, "rule")
            )
    dated = (("source", pack.sources), ("contact", pack.contacts), ("topic", pack.topics))
    for kind, things in dated:
        for thing in things.values():
            if thing.review_by <= thing.checked_on:
                path, params = (kind, thing.id, "review_by"), {"value": thing.review_by}
                yield Problem(Code.NOT_AFTER_CHECK, find_entry_file(pack, kind, thing.id), path, params)


def _check_contacts(pack: Pack) -> Iterator[Problem]:
    for contact in pack.contacts.values():
        if contact.one_tap:
            for code in _check_one_tap(pack, contact):
                yield Problem(code, find_entry_file(pack, "contact", contact.id), ("contact", contact.id, "one_tap"))


def _check_one_tap(pack: Pack, contact: Contact) -> Iterator[Code]:
    """Yield the reasons why a number may not be one tap away: it is not confirmed, or a message to it would be lost."""
    cautioned = all(f"contact.{contact.id}.caution" in rows for rows in pack.strings.values())
    if contact.number is None or contact.channel not in ("tel", "sms"):
        yield Code.ONE_TAP_CHANNEL
    if contact.confidence != "high" and not (contact.confidence == "medium-high" and cautioned):
        yield Code.ONE_TAP_CONFIDENCE
    if contact.channel == "sms" and contact.sms_mode not in SENDABLE:
        yield Code.ONE_TAP_MESSAGES
    if contact.channel == "sms" and contact.sms_mode != "open" and contact.sms_mode in SENDABLE and not cautioned:
        yield Code.ONE_TAP_CAUTION


def _check_visit(pack: Pack) -> Iterator[Problem]:
    for danger in pack.dangers.values():
        named = [("contacts" if danger.contacts else "contact", "tel", one) for one in danger.numbers]
        named += [("text_contact", "sms", danger.text_contact)] if danger.text_contact else []
        for field, channel, one in named:
            contact = pack.contacts.get(one)
            if contact is not None and not (contact.one_tap and contact.channel == channel):
                path = ("danger", danger.id, field)
                yield Problem(Code.NOT_ONE_TAP, find_entry_file(pack, "danger", danger.id), path, {"value": one})
    paths: dict[str, str] = {WHY_PATH: WHY_PATH}
    for flow in pack.flows.values():
        if flow.path in paths:
            params = {"value": flow.path, "flow": paths[flow.path]}
            yield Problem(Code.PATH_TAKEN, find_entry_file(pack, "flow", flow.id), ("flow", flow.id, "path"), params)
        paths.setdefault(flow.path, flow.id)
    asked: dict[str, tuple[str, str]] = {}
    for flow in pack.flows.values():
        for step in flow.steps:
            asker = (flow.id, step.id)
            if step.variant and asked.setdefault(step.variant.id, asker) != asker:
                way = ("flow", flow.id, "step", step.id, "variant", "id")
                yield Problem(
                    Code.DUPLICATE_ID, find_entry_file(pack, "flow", flow.id), way, {"value": step.variant.id}
                )


def _find_role_problems(pack: Pack) -> Iterator[Problem]:
    """Every page links to the two that have a role, and phones refuse a copy without the entrance at `now/`."""
    for role in ROLES:
        first = pack.get_flow_with_role(role)
        if first is None:
            yield Problem(Code.ROLE_MISSING, f"{pack.id}/visit.toml", (), {"role": role})
            continue
        if role == "entrance" and first.path:
            yield Problem(Code.ENTRANCE_HAS_PATH, find_entry_file(pack, "flow", first.id), ("flow", first.id, "path"))
        for flow in pack.flows.values():
            if flow.role == role and flow is not first:
                path = ("flow", flow.id, "role")
                yield Problem(Code.ROLE_TAKEN, find_entry_file(pack, "flow", flow.id), path, {"flow": first.id})


def _find_gaps(pack: Pack) -> Iterator[Problem]:
    """Yield what a region lacks that people at the door would miss."""
    if not any(contact.kind == "emergency" and contact.one_tap for contact in pack.contacts.values()):
        yield Problem(Code.NO_EMERGENCY_NUMBER, f"{pack.id}/contacts.toml")
    if pack.recording.default == "announce-first" and pack.recording.say is None:
        yield Problem(Code.NO_RECORDING_SENTENCE, f"{pack.id}/pack.toml", ("recording", "say"))
    if not pack.reviewers:
        yield Problem(Code.NO_REVIEWER, f"{pack.id}/pack.toml", ("reviewers",))
    for tag in pack.locales:
        if get_primary_language(tag) not in list_languages_with_claims():
            yield Problem(Code.NO_CLAIMS_FOR_LANGUAGE, f"{pack.id}/{tag}/strings.toml")


def _find_past_review(pack: Pack, today: datetime.date) -> Iterator[Problem]:
    if pack.review_by < today:
        yield Problem(Code.REVIEW_OVERDUE, f"{pack.id}/pack.toml", ("review_by",), {"value": pack.review_by})
    for kind, things in (("source", pack.sources), ("contact", pack.contacts), ("topic", pack.topics)):
        for thing in things.values():
            if thing.review_by < today:
                path, params = (kind, thing.id, "review_by"), {"value": thing.review_by}
                yield Problem(Code.REVIEW_OVERDUE, find_entry_file(pack, kind, thing.id), path, params)
