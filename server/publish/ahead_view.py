"""What the templates of the pages before a visit show: the decision table, the stages, getting ready, and practice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from server.guidance.ahead import Drill, Outcome, Preparation, Stage
from server.guidance.assess import GROUPS
from server.guidance.text import resolve, topic_text
from server.publish.door_view import DoorViews
from server.publish.rule_view import View

Link = Callable[[str], str]


class AheadViews:
    """Builds plain dictionaries for the templates of one pack in one locale."""

    def __init__(self, door: DoorViews, _: Callable[[str], str]) -> None:
        self.door = door
        self.pack = door.pack
        self._ = _

    def assess_page(self, link: Link) -> View:
        """“Will they come?” and the stages of collection."""
        titles = {
            "expect": self._("What usually happens"),
            "message": self._("How this message looks"),
            "today": self._("What to do today"),
        }
        outcomes: list[Outcome] = list(self.pack.outcomes.values())
        stages: list[Stage] = list(self.pack.stages.values())
        return {
            "questions": [
                {
                    "id": question.id,
                    "ask": self.door.words(f"assess.{question.id}.ask"),
                    "answers": [
                        {"id": answer, "text": self.door.words(f"assess.{question.id}.{answer}")}
                        for answer in question.answers
                    ],
                }
                for question in self.pack.questions.values()
            ],
            "groups": [
                {
                    "id": group,
                    "title": titles[group],
                    "outcomes": [self._outcome(outcome, link) for outcome in outcomes if outcome.group == group],
                }
                for group in GROUPS
            ],
            "stages": [self._stage(stage, link) for stage in stages],
            "says": self._says(say for outcome in outcomes for say in outcome.say),
            "rules": self._rules(
                [rule for outcome in outcomes for rule in outcome.rules]
                + [rule for stage in stages for rule in stage.rules]
            ),
        }

    def practice_page(self, link: Link) -> View:
        """The checklist of what to get ready, and the lines of pressure to practise."""
        drills = list(self.pack.drills.values())
        return {
            "preparations": [self._preparation(item, link) for item in self.pack.preparations.values()],
            "drills": [self._drill(drill) for drill in drills],
            "says": self._says(drill.say for drill in drills if drill.say),
            "rules": self._rules(drill.rule for drill in drills),
        }

    def _says(self, ids: Iterable[str]) -> list[View]:
        return [self.door.say(say) for say in dict.fromkeys(ids)]

    def _rules(self, ids: Iterable[str]) -> list[View]:
        return [self.door.rules.rule(rule) for rule in dict.fromkeys(ids)]

    def _outcome(self, outcome: Outcome, link: Link) -> View:
        asked = outcome.when.items()
        return {
            "id": outcome.id,
            "title": self.door.words(f"outcome.{outcome.id}.title"),
            "text": self.door.words(f"outcome.{outcome.id}.text"),
            "when": ";".join(f"{question}={','.join(answers)}" for question, answers in asked),
            # Without script the reader finds their row by these words.
            "conditions": [
                f"{self.door.words(f'assess.{question}.ask')} "
                + " / ".join(self.door.words(f"assess.{question}.{answer}") for answer in answers)
                for question, answers in asked
            ],
            "says": [self.door.say(say) for say in outcome.say],
            "contacts": [self.door.contact(contact) for contact in outcome.contacts],
            "topics": [self.topic_link(topic, link) for topic in outcome.topics],
            "rules": list(outcome.rules),
        }

    def _stage(self, stage: Stage, link: Link) -> View:
        return {
            "id": stage.id,
            **{name: self.door.words(f"stage.{stage.id}.{name}") for name in ("name", "what", "allowed", "ends")},
            "flow": self.door.flow_link(stage.flow, link) if stage.flow else None,
            "topics": [self.topic_link(topic, link) for topic in stage.topics],
            "rules": list(stage.rules),
        }

    def _preparation(self, item: Preparation, link: Link) -> View:
        if item.topic:
            place = self.topic_link(item.topic, link)
        elif item.flow:
            place = self.door.flow_link(item.flow, link)
        else:
            address, mark, anchor = str(item.link).partition("#")
            place = {"href": link(address) + mark + anchor, "title": self._("Do it now")}
        return {
            "id": item.id,
            "do": self.door.words(f"prepare.{item.id}.do"),
            "more": self.door.optional(f"prepare.{item.id}.more"),
            "link": place,
        }

    def _drill(self, drill: Drill) -> View:
        return {
            "id": drill.id,
            "line": self.door.spoken(f"drill.{drill.id}.line"),
            "answers": [
                {
                    "id": answer,
                    "text": self.door.words(f"drill.{drill.id}.{answer}"),
                    "why": self.door.words(f"drill.{drill.id}.{answer}.why"),
                    "good": answer == drill.good,
                }
                for answer in drill.answers
            ],
            "say": self.door.say(drill.say) if drill.say else None,
            "rule": drill.rule,
        }

    def topic_link(self, topic: str, link: Link) -> View:
        """The address and title of a topic."""
        title = topic_text(self.pack, self.door.locale, topic)[1].title
        return {"href": link(f"guide/{topic}/"), "title": resolve(self.pack, self.door.locale, title)}
