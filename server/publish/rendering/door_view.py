"""Template data for the door screens: a pack's flows, checks, dangers and sentences in one locale."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from markupsafe import Markup, escape

from server.guidance.model.contacts import Contact
from server.guidance.model.pack import Pack
from server.guidance.model.visit import CHECKED, CONFIRMED, VERDICTS, Check, Danger, Flow, Step, Tile
from server.guidance.texts.text import get_text
from server.publish.rendering.rule_view import RuleViews, TemplateData

# Shown until the person has entered an address: a gap to fill in aloud, in any language.
BLANK_ADDRESS = Markup("<span data-own-address>____</span>")
# The same for the time in a prepared message, which the page fills in, and the number of people, which it does not.
BLANK_TIME = Markup("<span data-time>__</span>")
BLANK_COUNT = "__"


class DoorViews:
    """Build plain dictionaries for the templates; `page` turns an address inside the locale into a link."""

    def __init__(self, pack: Pack, locale: str, rules: RuleViews, _: Callable[[str], str]) -> None:
        self.pack = pack
        self.locale = locale
        self.rules = rules
        self._ = self.translate = _

    def get_words(self, key: str) -> str:
        """Return the text of `key` in this locale."""
        return get_text(self.pack, self.locale, key)

    def find_words(self, key: str) -> str | None:
        """Return the text of `key`, None when the pack has none."""
        return self.get_words(key) if key in self.pack.strings[self.locale] else None

    def build_spoken_attributes(self) -> dict[str, str]:
        """Return the attributes of a sentence to say: never translated, and its language where the page has another."""
        here, spoken = self.pack.locales[self.locale], self.pack.locales[self.pack.spoken_locale]
        marks = {"translate": "no"}
        if spoken.tag != here.tag:
            marks["lang"] = spoken.tag
        if spoken.dir != here.dir:
            marks["dir"] = spoken.dir
        return marks

    def build_spoken_text(self, key: str) -> TemplateData:
        """Return `key` in the language spoken at the door, with its meaning if the reader's language is another one."""
        spoken = get_text(self.pack, self.pack.spoken_locale, key)
        meaning = None if self.locale == self.pack.spoken_locale else self.get_words(key)
        return {"lang": self.pack.spoken_locale, "spoken": spoken, "meaning": meaning}

    def build_say(self, say_id: str) -> TemplateData:
        """Return a sentence to say."""
        return {"id": say_id, "read": self.find_words(f"say.{say_id}.read"), **self.build_spoken_text(f"say.{say_id}")}

    def build_contact(self, contact_id: str) -> TemplateData:
        """Return a number to call or text, ready for its link."""
        contact = self.pack.contacts[contact_id]
        police = self.find_emergency("tel")
        view: TemplateData = {
            "id": contact.id,
            "number": contact.number,
            "address": contact.address,
            "name": self.get_words(f"contact.{contact.id}.name"),
            "when": self.get_words(f"contact.{contact.id}.when"),
            "caution": self.find_words(f"contact.{contact.id}.caution"),
            "one_tap": contact.one_tap,
            "is_text": contact.channel == "sms",
            "action": "call-police" if police and contact.id == police.id else f"call-{contact.id}",
        }
        if contact.channel == "sms":
            template = get_text(self.pack, self.pack.spoken_locale, f"contact.{contact.id}.words")
            view["words"] = _fill_blank(template)
            view["setting"] = contact.append.setting if contact.append else None
            view["last_digits"] = contact.append.last_digits if contact.append else None
        return view

    def find_emergency(self, channel: Literal["tel", "sms"]) -> Contact | None:
        """Return the first one-tap emergency contact over `channel`, None when the region has none."""
        for contact in self.pack.contacts.values():
            if contact.kind == "emergency" and contact.channel == channel and contact.one_tap:
                return contact
        return None

    def find_crisis_line(self) -> TemplateData | None:
        """Return the number for somebody who despairs, None when the region has none that is one tap away."""
        for contact in self.pack.contacts.values():
            if contact.kind == "crisis" and contact.one_tap:
                return self.build_contact(contact.id)
        return None

    def build_police_and_dangers(self, dangers: Iterable[str]) -> TemplateData:
        """Return the police bar of every door screen, and the dangers of this one."""
        police, police_text = self.find_emergency("tel"), self.find_emergency("sms")
        return {
            "police": self.build_contact(police.id) if police else None,
            "police_text": self.build_contact(police_text.id) if police_text else None,
            "dangers": [self.build_danger(danger) for danger in dangers],
        }

    def build_danger(self, danger_id: str) -> TemplateData:
        """Return an emergency: whom to call, what to do first, and the words for the operator."""
        danger = self.pack.dangers[danger_id]
        return {
            **self._build_reaction("danger", danger),
            "contacts": [self.build_contact(one) for one in danger.numbers],
            "text": self.build_contact(danger.text_contact) if danger.text_contact else None,
            "next": self.find_words(f"danger.{danger_id}.next"),
            "level": self._find_danger_level(danger),
            "words": {
                name: _mark_address(value)
                for name, value in self.build_spoken_text(f"danger.{danger_id}.words").items()
            },
        }

    def _find_danger_level(self, danger: Danger) -> str:
        """Return the verdict for a danger; if another service must be called, the police are not the next step."""
        police = self.find_emergency("tel")
        elsewhere = bool(danger.numbers) and police is not None and danger.numbers[0] != police.id
        return VERDICTS[0] if elsewhere else VERDICTS[-1]

    def build_tile(self, tile_id: str, page: Callable[[str], str]) -> TemplateData:
        """Return what a visitor does or wants, with the one next step."""
        tile = self.pack.tiles[tile_id]
        police = self.find_emergency("tel")
        numbers = tile.contacts or ((police.id,) if police else ())
        return {
            **self._build_reaction("tile", tile),
            "contacts": [self.build_contact(one) for one in numbers],
            "next": self.get_words(f"tile.{tile_id}.next"),
            "level": "caution" if tile.severity == "complain" else tile.severity,
            "was": " ".join(tile.was),
            "visitors": " ".join(tile.visitors),
            "link": self.build_flow_link(tile.flow, page) if tile.flow else None,
        }

    def _build_reaction(self, kind: str, one: Danger | Tile) -> TemplateData:
        """Return what an emergency and a tile have in common."""
        return {
            "id": one.id,
            "label": self.get_words(f"{kind}.{one.id}.label"),
            "do": self.get_words(f"{kind}.{one.id}.do"),
            "say": self.build_say(one.say) if one.say else None,
            "nevers": self._build_nevers(one.never),
            "rule": one.rule,
        }

    def _build_nevers(self, nevers: Iterable[str]) -> list[TemplateData]:
        return [{"id": never, "text": self.get_words(f"never.{never}")} for never in nevers]

    def build_voice(self) -> TemplateData | None:
        """Return the panel of a person who cannot speak or hear; None when the pack has no words for it."""
        if self.find_words("voice.label") is None:
            return None
        text, call = self.find_emergency("sms"), self.find_emergency("tel")
        return {
            **{name: self.find_words(f"voice.{name}") for name in ("label", "do", "next", "remember", "area-code")},
            "show": self.build_spoken_text("voice.show"),
            "words": _mark_address(get_text(self.pack, self.pack.spoken_locale, "voice.words")),
            "message": _fill_blank(get_text(self.pack, self.pack.spoken_locale, "voice.words")),
            "relative": _fill_blank(get_text(self.pack, self.pack.spoken_locale, "voice.relative")),
            "lang": self.pack.spoken_locale,
            "text": self.build_contact(text.id) if text else None,
            "call": self.build_contact(call.id) if call else None,
        }

    def build_confirmation_question(self) -> TemplateData | None:
        """Return the question whether the official number confirmed the visit; None when the pack does not ask it."""
        if self.find_words("checked.ask") is None:
            return None
        say = self.pack.verdict.get(CONFIRMED)
        return {
            "ask": self.get_words("checked.ask"),
            "where": self.get_words("checked.where"),
            "answers": [
                {"id": one, "label": self.get_words(f"checked.{one}"), "next": self.find_words(f"checked.{one}.next")}
                for one in CHECKED
            ],
            "title": self.get_words("verdict.confirmed.title"),
            "next": self.get_words("verdict.confirmed.next"),
            "say": self.build_say(say) if say else None,
        }

    def build_check(self, check_id: str) -> TemplateData:
        """Return a check with its three answers and their consequences."""
        check = self.pack.checks[check_id]
        window = self.pack.hours[check.hours] if check.hours else None
        return {
            "id": check_id,
            "kind": check.kind,
            "bad": check.bad,
            "visitors": " ".join(check.visitors),
            "severity": check.severity,
            "rule": check.rule,
            "ask": self.get_words(f"check.{check_id}.ask"),
            "short": self.find_words(f"check.{check_id}.short") or self.get_words(f"check.{check_id}.ask"),
            "fail": self.get_words(f"check.{check_id}.fail"),
            "unsure": self.get_words(f"check.{check_id}.unsure"),
            "say": self.build_say(check.say) if check.say else None,
            # Words of its own where a plain yes would be the answer to another question.
            "answers": [
                ("yes", self.find_words(f"check.{check_id}.yes") or self._("Yes")),
                ("no", self.find_words(f"check.{check_id}.no") or self._("No")),
                ("unsure", self._("Not sure")),
            ],
            "hours": window
            and {
                "start": window.opens,
                "end": window.closes,
                "days": " ".join(window.days or ()),
                # Hours are local to the door. One zone: the phone may be set to another one. Several: trust the phone.
                "zone": self.pack.time_zones[0] if len(self.pack.time_zones) == 1 else "",
                "text": self.get_words(f"hours.{window.id}"),
            },
        }

    def build_verdicts(self) -> list[TemplateData]:
        """Return the five verdicts in rising order, each with its one next step and sentence."""
        views = []
        for verdict in VERDICTS:
            say = self.pack.verdict.get(verdict)
            views.append(
                {
                    "id": verdict,
                    "title": self.get_words(f"verdict.{verdict}.title"),
                    "next": self.get_words(f"verdict.{verdict}.next"),
                    "say": self.build_say(say) if say else None,
                }
            )
        return views

    def build_flow_link(self, flow_id: str, page: Callable[[str], str]) -> TemplateData:
        """Return the address and title of a flow."""
        return {
            "id": flow_id,
            "href": page(self.pack.flows[flow_id].address),
            "title": self.get_words(f"flow.{flow_id}.title"),
        }

    def build_step(self, flow_id: str, step: Step, page: Callable[[str], str]) -> TemplateData:
        """Return one step of a flow. One with nothing below its heading is `bare`: the checks, or the way to a page."""
        prefix = f"flow.{flow_id}.{step.id}"
        variant = step.variant
        more = self.find_words(f"{prefix}.more")
        return {
            "id": step.id,
            "checks": step.checks,
            "bare": not (step.say or step.never or step.contacts or step.message or variant or more),
            "do": self.get_words(f"{prefix}.do"),
            "more": more,
            "says": [self.build_say(say) for say in step.say],
            "nevers": self._build_nevers(step.never),
            "contacts": [self.build_contact(contact) for contact in step.contacts],
            "message": _mark_blanks(self.get_words(f"{prefix}.message")) if step.message else None,
            "link": self.build_flow_link(step.flow, page) if step.flow else None,
            "rules": list(step.rules),
            "variant": variant
            and {
                "id": variant.id,
                "ask": self.get_words(f"variant.{variant.id}.ask"),
                "why": self.get_words(f"variant.{variant.id}.why"),
                "says": [self.build_say(say) for say in variant.say],
                "rules": list(variant.rules),
            },
        }

    def build_flow_page(self, flow_id: str, page: Callable[[str], str]) -> TemplateData:
        """Return everything that the page of one flow shows."""
        flow = self.pack.flows[flow_id]
        with_checks = any(step.checks for step in flow.steps)
        checks = [check for check in self.pack.checks.values() if check.enabled] if with_checks else []
        aftermath = self.pack.get_flow_with_role("aftermath")
        left = aftermath if flow is not aftermath else None
        others = [other for other in self.list_other_people_flows() if other is not flow]
        return {
            "flow": {
                "id": flow_id,
                "title": self.get_words(f"flow.{flow_id}.title"),
                "first": self.get_words(f"flow.{flow_id}.first"),
                "large": flow.large,
                "call_list": flow.call_list,
                "quiet": flow.is_quiet,
                "guide": page(f"guide/{flow.guide}/") if flow.guide else None,
            },
            "door": self.build_police_and_dangers(flow.dangers),
            "checks": [self.build_check(check.id) for check in checks],
            "verdicts": self.build_verdicts() if checks else [],
            "renewal": {part: self.find_words(f"verdict.new.{part}") for part in ("title", "next")},
            "checked": self.build_confirmation_question() if checks else None,
            "tiles": [self.build_tile(tile, page) for tile in self.pack.tiles] if with_checks else [],
            "steps": [self.build_step(flow_id, step, page) for step in flow.steps],
            "voice": self.build_voice(),
            "left": self.build_flow_link(left.id, page) if left else None,
            "others": [self.build_flow_link(other.id, page) for other in others] if flow is not aftermath else [],
            "says": [self.build_say(say) for say in self._list_sentences_to_say(flow, checks)],
        }

    def list_other_people_flows(self) -> list[Flow]:
        """Return the pages of other people than the one who opened the entrance."""
        entrance = self.pack.get_flow_with_role("entrance")
        # A page that a step of the entrance leads to is for the same person.
        led_to = {step.flow for step in entrance.steps} if entrance else set()
        return [flow for flow in self.pack.flows.values() if flow.role is None and flow.id not in led_to]

    def _list_sentences_to_say(self, flow: Flow, checks: Iterable[Check]) -> list[str]:
        """Return the sentences that open large on the page of a flow, each once. Those of tiles stand in their panels."""
        says = [check.say for check in checks if check.say]
        says += self.pack.verdict.values() if says or checks else ()
        for step in flow.steps:
            says += [*step.say, *(step.variant.say if step.variant else ())]
        return list(dict.fromkeys(says))

    def build_why_page(self) -> TemplateData:
        """Return every rule, for the page behind “Why?”."""
        return {
            "door": self.build_police_and_dangers(()),
            "rules": [self.rules.build_rule(rule) for rule in self.pack.rules],
        }

    def list_log_labels(self) -> list[tuple[str, str]]:
        """Return the words of everything that the log may hold, by the key that the log stores."""
        labels = [(f"visit.{name}", label) for name, label in self._list_event_names()]
        for check in self.pack.checks.values():
            view = self.build_check(check.id)
            labels += [(f"check.{check.id}.{value}", f"{view['ask']} {label}") for value, label in view["answers"]]
        labels += [(f"danger.{danger}", self.get_words(f"danger.{danger}.label")) for danger in self.pack.dangers]
        labels += [(f"tile.{tile}", self.get_words(f"tile.{tile}.label")) for tile in self.pack.tiles]
        checked = self.build_confirmation_question()
        for answer in checked["answers"] if checked else ():
            labels.append((f"checked.{answer['id']}", f"{self.get_words('checked.ask')} {answer['label']}"))
        labels += [(f"say.{say}", self.get_words(f"say.{say}")) for say in self.pack.says]
        labels += [(f"flow.{flow}", self.get_words(f"flow.{flow}.title")) for flow in self.pack.flows]
        labels += [(f"verdict.{verdict}", self.get_words(f"verdict.{verdict}.title")) for verdict in VERDICTS]
        return labels

    def _list_event_names(self) -> list[tuple[str, str]]:
        return [
            ("start", self._("Log started")),
            ("left", self._("They have gone")),
            ("call", self._("Tapped to call")),
            ("text", self._("Tapped to send a text message")),
            ("hours", self._("Outside the hours, by this phone's clock")),
            ("corrected", self._("An answer was changed")),
        ]


def _fill_blank(words: str) -> str:
    """Return a text message with a gap for the address: a link's words hold no marks. The page's script fills it."""
    return words.replace("{address}", "____")


def _mark_blanks(words: str) -> Markup:
    """Return a message in the sender's language, with blanks for the time and the number of people."""
    return escape(words).replace("{time}", BLANK_TIME).replace("{count}", BLANK_COUNT)


def _mark_address(words: str | None) -> Markup | None:
    """Return the words with a place that the page fills with the address saved on the phone."""
    if words is None:
        return None
    return escape(words).replace("{address}", BLANK_ADDRESS)
