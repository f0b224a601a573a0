"""Template data for the pages before a visit: the decision table, the stages, preparations, and practice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from server.guidance.checks.decision_table import GROUPS
from server.guidance.model.before_visit import Drill, Outcome, Preparation, Stage
from server.guidance.texts.text import fill_placeholders, get_topic_text
from server.publish.rendering.door_view import DoorViews
from server.publish.rendering.rule_view import TemplateData

Link = Callable[[str], str]


class BeforeVisitViews:
    """Build plain dictionaries for the templates of one pack in one locale."""

    def __init__(self, door: DoorViews, _: Callable[[str], str]) -> None:
        self.door = door
        self.pack = door.pack
        self._ = _

    def build_assess_page(self, link: Link) -> TemplateData:
        """Return the data of “Will they come?” and the stages of collection."""
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
                    "ask": self.door.get_words(f"assess.{question.id}.ask"),
                    "answers": [
                        {"id": answer, "text": self.door.get_words(f"assess.{question.id}.{answer}")}
                        for answer in question.answers
                    ],
                }
                for question in self.pack.questions.values()
            ],
            "groups": [
                {
                    "id": group,
                    "title": titles[group],
                    "outcomes": [self._build_outcome(outcome, link) for outcome in outcomes if outcome.group == group],
                }
                for group in GROUPS
            ],
            "stages": [self._build_stage(stage, link) for stage in stages],
            "says": self._build_says(say for outcome in outcomes for say in outcome.say),
        }

    def build_practice_page(self, link: Link) -> TemplateData:
        """Return the data of the checklist and of the lines of pressure to practise."""
        drills = list(self.pack.drills.values())
        return {
            "preparations": [self._build_preparation(item, link) for item in self.pack.preparations.values()],
            "drills": [self._build_drill(drill) for drill in drills],
            "says": self._build_says(drill.say for drill in drills if drill.say),
        }

    def _build_says(self, ids: Iterable[str]) -> list[TemplateData]:
        return [self.door.build_say(say) for say in dict.fromkeys(ids)]

    def _build_outcome(self, outcome: Outcome, link: Link) -> TemplateData:
        asked = outcome.when.items()
        return {
            "id": outcome.id,
            "title": self.door.get_words(f"outcome.{outcome.id}.title"),
            "text": self.door.get_words(f"outcome.{outcome.id}.text"),
            "when": ";".join(f"{question}={','.join(answers)}" for question, answers in asked),
            # Without a script the reader finds their row by these words.
            "conditions": [
                f"{self.door.get_words(f'assess.{question}.ask')} "
                + " / ".join(self.door.get_words(f"assess.{question}.{answer}") for answer in answers)
                for question, answers in asked
            ],
            "says": [self.door.build_say(say) for say in outcome.say],
            "contacts": [self.door.build_contact(contact) for contact in outcome.contacts],
            "topics": self._build_topic_links(outcome.topics, link),
            "rules": list(outcome.rules),
        }

    def _build_stage(self, stage: Stage, link: Link) -> TemplateData:
        return {
            "id": stage.id,
            **{name: self.door.get_words(f"stage.{stage.id}.{name}") for name in ("name", "what", "allowed", "ends")},
            "flow": self.door.build_flow_link(stage.flow, link) if stage.flow else None,
            "topics": self._build_topic_links(stage.topics, link),
            "rules": list(stage.rules),
        }

    def _build_preparation(self, item: Preparation, link: Link) -> TemplateData:
        if item.topic:
            place = self.build_topic_link(item.topic, link)
        elif item.flow:
            place = self.door.build_flow_link(item.flow, link)
        else:
            address, mark, anchor = str(item.link).partition("#")
            place = {"href": link(address) + mark + anchor, "title": self._("Do it now")}
        return {
            "id": item.id,
            "do": self.door.get_words(f"prepare.{item.id}.do"),
            "more": self.door.find_words(f"prepare.{item.id}.more"),
            "link": place,
        }

    def _build_drill(self, drill: Drill) -> TemplateData:
        return {
            "id": drill.id,
            "line": self.door.build_spoken_text(f"drill.{drill.id}.line"),
            "answers": [
                {
                    "id": answer,
                    "text": self.door.get_words(f"drill.{drill.id}.{answer}"),
                    "why": self.door.get_words(f"drill.{drill.id}.{answer}.why"),
                    "good": answer == drill.good,
                }
                for answer in drill.answers
            ],
            "say": self.door.build_say(drill.say) if drill.say else None,
            "rule": drill.rule,
        }

    def _build_topic_links(self, topics: Iterable[str], link: Link) -> list[TemplateData]:
        """Return the ways to topics, without one whose text stands on this page itself."""
        return [self.build_topic_link(topic, link) for topic in topics if not self.pack.topics[topic].tool]

    def build_topic_link(self, topic: str, link: Link) -> TemplateData:
        """Return the address and title of a topic."""
        title = get_topic_text(self.pack, self.door.locale, topic)[1].title
        return {"href": link(f"guide/{topic}/"), "title": fill_placeholders(self.pack, self.door.locale, title)}
