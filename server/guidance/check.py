"""The rules over a whole pack: each claim cited, each number confirmed, each locale complete, nothing past its date."""

import datetime
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from server.guidance.assess import assess_problems, assess_warnings
from server.guidance.claims import languages_with_claims
from server.guidance.contacts import SENDABLE, Contact
from server.guidance.coverage import coverage_problems, coverage_warnings
from server.guidance.model import Pack
from server.guidance.problem import Problem, show
from server.guidance.references import reference_problems, where
from server.guidance.regions import iso_code, parent_id, primary_language
from server.guidance.translation import translation_problems
from server.guidance.visit import ROLES
from server.guidance.wording import Remember, find_anew, string_problems, topic_problems


@dataclass(frozen=True, slots=True)
class Report:
    """Errors stop a release; warnings are for the people who look after the pack."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_pack(pack: Pack, *, today: datetime.date | None = None, remember: Remember = find_anew) -> Report:
    """Check everything that one file cannot show by itself. Dates are compared only when `today` is given.

    `remember` may know the problems of a text from an earlier check of a pack that differed in other texts only.
    """
    errors = table_problems(pack)
    warnings = [*_gaps(pack), *coverage_warnings(pack), *assess_warnings(pack)]
    for locale in pack.locales:
        errors += string_problems(pack, locale, remember)
        errors += topic_problems(pack, locale, remember)
        wrong, doubtful = translation_problems(pack, locale)
        errors += wrong
        warnings += doubtful
    if today is not None:
        warnings += _past_review(pack, today)
    return Report(tuple(errors), tuple(warnings))


def table_problems(pack: Pack) -> list[Problem]:
    """Give the errors that do not lie in the words of a text."""
    errors = [*_head(pack), *reference_problems(pack), *_rules(pack), *_contacts(pack), *_visit(pack), *_roles(pack)]
    return [*errors, *coverage_problems(pack), *assess_problems(pack)]


def _head(pack: Pack) -> Iterator[Problem]:
    file = f"{pack.id}/pack.toml"
    if iso_code(pack.id) != pack.iso:
        yield Problem(file, "iso", show(pack.iso), f"{show(iso_code(pack.id))}, as the id says")
    if pack.parent is not None and pack.parent != parent_id(pack.id):
        # What is unknown here is never borrowed from another country.
        yield Problem(file, "parent", show(pack.parent), "the country that the id begins with, or nothing")
    if pack.review_by <= pack.checked_on:
        yield Problem(file, "review_by", show(pack.review_by), "a day after checked_on")
    zones = _time_zones()
    for zone in pack.time_zones:
        if zones and zone not in zones:
            yield Problem(file, "time_zones", show(zone), "a time zone of the IANA database")
    for tag in pack.locales:
        if _falls_in_circle(pack, tag):
            yield Problem(file, f"locale {show(tag)} fallback", "a circle", "fallbacks that end")
        if pack.locales[tag].partial and (pack.locales[tag].fallback is None or tag == pack.source_locale):
            yield Problem(
                file, f"locale {show(tag)} partial", "true", "a fallback to take from, and not the source locale"
            )
    recording = pack.recording
    if recording.default == "on" and (recording.consent != "one-party" or recording.secret_is_crime != "no"):
        yield Problem(file, "recording default", '"on"', "announce-first or off, unless one party's consent is enough")
    if recording.default == "off" and recording.consent != "one-party" and recording.must_announce == "no":
        yield Problem(file, "recording must_announce", '"no"', "yes, depends or unknown with this consent")


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _falls_in_circle(pack: Pack, tag: str) -> bool:
    seen: set[str] = set()
    step: str | None = tag
    while step is not None and step in pack.locales:
        if step in seen:
            return True
        seen.add(step)
        step = pack.locales[step].fallback
    return False


def _rules(pack: Pack) -> Iterator[Problem]:
    for rule in pack.rules.values():
        if not rule.sources:
            yield Problem(where(pack, "rule", rule.id), f"rule {show(rule.id)} sources", "none", "at least one source")
    for hours in pack.hours.values():
        if hours.rule is None and (hours.channels or hours.visitors):
            yield Problem(
                where(pack, "hours", hours.id), f"hours {show(hours.id)} rule", "missing", "the rule it rests on"
            )
    dated = (("source", pack.sources), ("contact", pack.contacts), ("topic", pack.topics))
    for kind, things in dated:
        for thing in things.values():
            if thing.review_by <= thing.checked_on:
                field = f"{kind} {show(thing.id)} review_by"
                yield Problem(where(pack, kind, thing.id), field, show(thing.review_by), "a day after checked_on")


def _contacts(pack: Pack) -> Iterator[Problem]:
    for contact in pack.contacts.values():
        if contact.one_tap:
            for value, expected in _one_tap(pack, contact):
                field = f"contact {show(contact.id)} one_tap"
                yield Problem(where(pack, "contact", contact.id), field, value, expected)


def _one_tap(pack: Pack, contact: Contact) -> Iterator[tuple[str, str]]:
    """Say why a number may not be one tap away: nobody confirmed it, or a message to it would be lost."""
    cautioned = all(f"contact.{contact.id}.caution" in rows for rows in pack.strings.values())
    if contact.number is None or contact.channel not in ("tel", "sms"):
        yield f"true with channel {show(contact.channel)}", "a number to call or text"
    if contact.confidence != "high" and not (contact.confidence == "medium-high" and cautioned):
        expected = f'confidence "high", or "medium-high" with contact.{contact.id}.caution in every locale'
        yield f"true with confidence {show(contact.confidence)}", expected
    if contact.channel == "sms" and contact.sms_mode not in SENDABLE:
        yield f"true with sms_mode {show(contact.sms_mode)}", "a service that is known to take messages"
    if contact.channel == "sms" and contact.sms_mode != "open" and contact.sms_mode in SENDABLE and not cautioned:
        yield f"true with sms_mode {show(contact.sms_mode)}", f"contact.{contact.id}.caution in every locale"


def _visit(pack: Pack) -> Iterator[Problem]:
    for danger in pack.dangers.values():
        for field, one in (("contact", danger.contact), ("text_contact", danger.text_contact)):
            contact = pack.contacts.get(one) if one else None
            channel = "tel" if field == "contact" else "sms"
            if contact is not None and not (contact.one_tap and contact.channel == channel):
                name = f"danger {show(danger.id)} {field}"
                yield Problem(
                    where(pack, "danger", danger.id), name, show(one), f"a one_tap contact with channel {channel}"
                )
    paths: dict[str, str] = {}
    for flow in pack.flows.values():
        if flow.path in paths:
            field = f"flow {show(flow.id)} path"
            yield Problem(
                where(pack, "flow", flow.id), field, show(flow.path), f"not the path of {show(paths[flow.path])}"
            )
        paths.setdefault(flow.path, flow.id)
    asked: dict[str, tuple[str, str]] = {}
    for flow in pack.flows.values():
        for step in flow.steps:
            asker = (flow.id, step.id)
            if step.variant and asked.setdefault(step.variant.id, asker) != asker:
                field = f"flow {show(flow.id)} step {show(step.id)} variant.id"
                yield Problem(where(pack, "flow", flow.id), field, show(step.variant.id), "an id of its own")


def _roles(pack: Pack) -> Iterator[Problem]:
    """Every page links to the two that have a role, and phones refuse a copy without the entrance at `now/`."""
    for role in ROLES:
        first = pack.with_role(role)
        if first is None:
            yield Problem(f"{pack.id}/visit.toml", "flow role", "missing", f'a flow with the role "{role}"')
            continue
        if role == "entrance" and first.path:
            field = f"flow {show(first.id)} path"
            yield Problem(where(pack, "flow", first.id), field, show(first.path), 'the path "", as it is the entrance')
        for flow in pack.flows.values():
            if flow.role == role and flow is not first:
                field = f"flow {show(flow.id)} role"
                yield Problem(where(pack, "flow", flow.id), field, show(role), f"not the role of {show(first.id)}")


def _gaps(pack: Pack) -> Iterator[Problem]:
    """What a region lacks that people at its doors would miss."""
    if not any(contact.kind == "emergency" and contact.one_tap for contact in pack.contacts.values()):
        yield Problem(f"{pack.id}/contacts.toml", "contact", "no emergency number", "one that is one tap away")
    if pack.recording.default == "announce-first" and pack.recording.say is None:
        yield Problem(f"{pack.id}/pack.toml", "recording say", "missing", "the sentence that announces a recording")
    if not pack.reviewers:
        yield Problem(f"{pack.id}/pack.toml", "reviewers", "none", "a named local reviewer")
    for tag in pack.locales:
        if primary_language(tag) not in languages_with_claims():
            yield Problem(f"{pack.id}/{tag}/strings.toml", "", "claims not checked", "patterns for this language")


def _past_review(pack: Pack, today: datetime.date) -> Iterator[Problem]:
    expected = "a day that has not passed"
    if pack.review_by < today:
        yield Problem(f"{pack.id}/pack.toml", "review_by", show(pack.review_by), expected)
    for kind, things in (("source", pack.sources), ("contact", pack.contacts), ("topic", pack.topics)):
        for thing in things.values():
            if thing.review_by < today:
                yield Problem(
                    where(pack, kind, thing.id), f"{kind} {show(thing.id)} review_by", show(thing.review_by), expected
                )
