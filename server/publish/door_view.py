"""What the templates of the door screens show: a pack's flows, checks, dangers and sentences in one locale."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from markupsafe import Markup, escape

from server.guidance.contacts import Contact
from server.guidance.model import Pack
from server.guidance.text import text
from server.guidance.visit import VERDICTS, Danger, Step
from server.publish.rule_view import RuleViews, View

# Shown until the person has entered an address: a gap to speak into, in any language.
BLANK_ADDRESS = Markup("<span data-own-address>____</span>")
# The same for the time in a prepared message, which the page fills in, and for the number of people, which it cannot.
BLANK_TIME = Markup("<span data-time>__</span>")
BLANK_COUNT = "__"


class DoorViews:
    """Builds plain dictionaries for the templates; `page` turns an address inside the locale into a link."""

    def __init__(self, pack: Pack, locale: str, rules: RuleViews, _: Callable[[str], str]) -> None:
        self.pack = pack
        self.locale = locale
        self.rules = rules
        self._ = self.translate = _

    def words(self, key: str) -> str:
        """The text of `key` in this locale."""
        return text(self.pack, self.locale, key)

    def optional(self, key: str) -> str | None:
        """The text of `key`, None when the pack has none."""
        return self.words(key) if key in self.pack.strings[self.locale] else None

    def spoken(self, key: str) -> View:
        """`key` in the language spoken at the door, with its meaning where the reader's language is another one."""
        spoken = text(self.pack, self.pack.spoken_locale, key)
        meaning = None if self.locale == self.pack.spoken_locale else self.words(key)
        return {"lang": self.pack.spoken_locale, "spoken": spoken, "meaning": meaning}

    def say(self, say_id: str) -> View:
        """A sentence to say."""
        return {"id": say_id, "read": self.optional(f"say.{say_id}.read"), **self.spoken(f"say.{say_id}")}

    def contact(self, contact_id: str) -> View:
        """A number to call or text, ready for its link."""
        contact = self.pack.contacts[contact_id]
        police = self.emergency("tel")
        view: View = {
            "id": contact.id,
            "number": contact.number,
            "address": contact.address,
            "name": self.words(f"contact.{contact.id}.name"),
            "when": self.words(f"contact.{contact.id}.when"),
            "caution": self.optional(f"contact.{contact.id}.caution"),
            "one_tap": contact.one_tap,
            "is_text": contact.channel == "sms",
            "action": "call-police" if police and contact.id == police.id else f"call-{contact.id}",
        }
        if contact.channel == "sms":
            template = text(self.pack, self.pack.spoken_locale, f"contact.{contact.id}.words")
            view |= {"words_template": template, "words": template.replace("{address}", "____")}
            view["setting"] = contact.append.setting if contact.append else None
            view["last_digits"] = contact.append.last_digits if contact.append else None
        return view

    def emergency(self, channel: Literal["tel", "sms"]) -> Contact | None:
        """The first one-tap emergency contact over `channel`, None when the region has none."""
        for contact in self.pack.contacts.values():
            if contact.kind == "emergency" and contact.channel == channel and contact.one_tap:
                return contact
        return None

    def door(self, dangers: Iterable[str], page: Callable[[str], str]) -> View:
        """The police bar of every door screen, and the dangers of this one."""
        police, police_text = self.emergency("tel"), self.emergency("sms")
        return {
            "police": self.contact(police.id) if police else None,
            "police_text": self.contact(police_text.id) if police_text else None,
            "dangers": [self.danger(danger, page) for danger in dangers],
        }

    def danger(self, danger_id: str, page: Callable[[str], str]) -> View:
        """A danger: what to do, whom to call, and the words for the operator."""
        danger = self.pack.dangers[danger_id]
        return {
            "id": danger_id,
            "label": self.words(f"danger.{danger_id}.label"),
            "do": self.words(f"danger.{danger_id}.do"),
            "contact": self.contact(danger.contact) if danger.contact else None,
            "text": self.contact(danger.text_contact) if danger.text_contact else None,
            "rule": danger.rule,
            "level": self._danger_level(danger),
            "settings": page("settings/"),
            **{name: _own_address(value) for name, value in self.spoken(f"danger.{danger_id}.words").items()},
        }

    def _danger_level(self, danger: Danger) -> str:
        """The verdict that a danger leads to; where another service is to be called, the police are not the next step."""
        police = self.emergency("tel")
        elsewhere = danger.contact is not None and police is not None and danger.contact != police.id
        return VERDICTS[0] if elsewhere else VERDICTS[-1]

    def check(self, check_id: str) -> View:
        """A check with its three answers and what follows from them."""
        check = self.pack.checks[check_id]
        window = self.pack.hours[check.hours] if check.hours else None
        return {
            "id": check_id,
            "kind": check.kind,
            "bad": check.bad,
            "severity": check.severity,
            "rule": check.rule,
            "ask": self.words(f"check.{check_id}.ask"),
            "fail": self.words(f"check.{check_id}.fail"),
            "unsure": self.words(f"check.{check_id}.unsure"),
            "say": self.say(check.say) if check.say else None,
            "answers": [("yes", self._("Yes")), ("no", self._("No")), ("unsure", self._("Not sure"))],
            "hours": window
            and {
                "start": window.opens,
                "end": window.closes,
                "days": " ".join(window.days or ()),
                # Hours are local to the door. One zone: the phone may be set to another one. Several: trust the phone.
                "zone": self.pack.time_zones[0] if len(self.pack.time_zones) == 1 else "",
                "text": self.words(f"hours.{window.id}"),
            },
        }

    def verdicts(self) -> list[View]:
        """The five verdicts in rising order, each with its one next step and sentence."""
        views = []
        for verdict in VERDICTS:
            say = self.pack.verdict.get(verdict)
            views.append(
                {
                    "id": verdict,
                    "title": self.words(f"verdict.{verdict}.title"),
                    "next": self.words(f"verdict.{verdict}.next"),
                    "say": self.say(say) if say else None,
                }
            )
        return views

    def flow_link(self, flow_id: str, page: Callable[[str], str]) -> View:
        """The address and title of a flow."""
        return {
            "id": flow_id,
            "href": page(self.pack.flows[flow_id].address),
            "title": self.words(f"flow.{flow_id}.title"),
        }

    def step(self, flow_id: str, step: Step, page: Callable[[str], str]) -> View:
        """One step of a flow."""
        prefix = f"flow.{flow_id}.{step.id}"
        variant = step.variant
        return {
            "id": step.id,
            "do": self.words(f"{prefix}.do"),
            "more": self.optional(f"{prefix}.more"),
            "says": [self.say(say) for say in step.say],
            "nevers": [{"id": never, "text": self.words(f"never.{never}")} for never in step.never],
            "contacts": [self.contact(contact) for contact in step.contacts],
            "message": _message(self.words(f"{prefix}.message")) if step.message else None,
            "link": self.flow_link(step.flow, page) if step.flow else None,
            "rules": list(step.rules),
            "variant": variant
            and {
                "id": variant.id,
                "ask": self.words(f"variant.{variant.id}.ask"),
                "why": self.words(f"variant.{variant.id}.why"),
                "says": [self.say(say) for say in variant.say],
                "rules": list(variant.rules),
            },
        }

    def flow_page(self, flow_id: str, page: Callable[[str], str]) -> View:
        """Everything that the page of one flow shows."""
        flow = self.pack.flows[flow_id]
        with_checks = any(step.checks for step in flow.steps)
        checks = [check for check in self.pack.checks.values() if check.enabled] if with_checks else []
        says: dict[str, None] = {}
        rules: dict[str, None] = {}
        for check in checks:
            says.update(dict.fromkeys([check.say] if check.say else []))
            rules[check.rule] = None
        if checks:
            says.update(dict.fromkeys(say for say in self.pack.verdict.values() if say))
        for step in flow.steps:
            variant = step.variant
            says.update(dict.fromkeys([*step.say, *(variant.say if variant else ())]))
            rules.update(dict.fromkeys([*step.rules, *(variant.rules if variant else ())]))
        rules.update(dict.fromkeys(self.pack.dangers[danger].rule for danger in flow.dangers))
        aftermath = self.pack.with_role("aftermath")
        left = aftermath if flow is not aftermath else None
        others = [other for other in self.pack.flows.values() if other not in (flow, aftermath)]
        return {
            "flow": {
                "id": flow_id,
                "title": self.words(f"flow.{flow_id}.title"),
                "first": self.words(f"flow.{flow_id}.first"),
                "large": flow.large,
                "call_list": flow.call_list,
                "quiet": flow.is_quiet,
            },
            "door": self.door(flow.dangers, page),
            "checks": [self.check(check.id) for check in checks],
            "verdicts": self.verdicts() if checks else [],
            "steps": [self.step(flow_id, step, page) for step in flow.steps],
            "left": self.flow_link(left.id, page) if left else None,
            "others": [self.flow_link(other.id, page) for other in others] if flow is not aftermath else [],
            "says": [self.say(say) for say in says],
            "rules": [self.rules.rule(rule) for rule in rules],
        }

    def labels(self) -> list[tuple[str, str]]:
        """The words of everything that the log may hold, by the key that the log stores."""
        labels = [(f"visit.{name}", label) for name, label in self._event_names()]
        for check in self.pack.checks.values():
            view = self.check(check.id)
            labels += [(f"check.{check.id}.{value}", f"{view['ask']} {label}") for value, label in view["answers"]]
        labels += [(f"danger.{danger}", self.words(f"danger.{danger}.label")) for danger in self.pack.dangers]
        labels += [(f"say.{say}", self.words(f"say.{say}")) for say in self.pack.says]
        labels += [(f"flow.{flow}", self.words(f"flow.{flow}.title")) for flow in self.pack.flows]
        labels += [(f"verdict.{verdict}", self.words(f"verdict.{verdict}.title")) for verdict in VERDICTS]
        return labels

    def _event_names(self) -> list[tuple[str, str]]:
        return [
            ("start", self._("Log started")),
            ("left", self._("They have left")),
            ("call", self._("Tapped to call")),
            ("text", self._("Tapped to send a text message")),
            ("hours", self._("Outside the hours, by this phone's clock")),
        ]


def _message(words: str) -> Markup:
    """A message in the language of the person who sends it, with places for what only the moment knows."""
    return escape(words).replace("{time}", BLANK_TIME).replace("{count}", BLANK_COUNT)


def _own_address(words: str | None) -> Markup | None:
    """Leave a place in the words that the page fills with the address kept on the phone."""
    if words is None:
        return None
    return escape(words).replace("{address}", BLANK_ADDRESS)
