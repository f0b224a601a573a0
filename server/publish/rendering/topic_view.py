"""Template data for the guidance: a topic's Markdown as HTML, its sources, and the cards that lead to it."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment
from markupsafe import Markup, escape

from server.guidance.texts.text import fill_placeholders, get_topic_text, hash_source_text
from server.guidance.texts.tokens import find_tokens
from server.publish.rendering.door_view import DoorViews
from server.publish.rendering.render import render_markdown
from server.publish.rendering.rule_view import TemplateData

MakeLink = Callable[[str], str]


class TopicViews:
    """Build plain dictionaries for the templates of one pack in one locale."""

    def __init__(self, door: DoorViews, environment: Environment) -> None:
        self.door = door
        self.pack = door.pack
        self.rules = door.rules
        self.environment = environment

    def build_cards(self, link: MakeLink) -> list[TemplateData]:
        """Return the card of every topic, in the order of the pack."""
        return [self.build_card(topic, link) for topic in self.pack.topics]

    def build_card(self, topic_id: str, link: MakeLink) -> TemplateData:
        """Return a topic's address, title and age. `mark` changes when its visible text changes."""
        topic = self.pack.topics[topic_id]
        tag, words = get_topic_text(self.pack, self.door.locale, topic_id)
        return {
            "id": topic_id,
            "href": link(topic.address),
            "tool": topic.tool,
            "title": self._fill_placeholders(words.title),
            "summary": self._fill_placeholders(words.summary),
            # Without the everyday words of the search, and with numbers and hours filled in.
            "mark": hash_source_text(
                "\n".join(map(self._fill_placeholders, (words.title, *words.do, *words.never, words.body)))
            ),
            "checked_on": topic.checked_on,
            "review_by": topic.review_by,
            # In another language than the page, where a partial one lacks the topic.
            "locale": None if tag == self.door.locale else self.pack.locales[tag],
        }

    def build_page(self, topic_id: str, link: MakeLink) -> TemplateData:
        """Return everything that the page of one topic shows."""
        topic = self.pack.topics[topic_id]
        _, words = get_topic_text(self.pack, self.door.locale, topic_id)
        says: dict[str, None] = dict.fromkeys(topic.say)
        rules: dict[str, None] = {}
        html = render_markdown(
            words.body,
            link=lambda target: self._resolve_target(target, link),
            block=lambda kind, name: self._render_block(kind, name, says, rules, link),
            inline=self._render_inline,
        )
        return {
            "says": [self.door.build_say(say) for say in says],
            "topic": {
                **self.build_card(topic_id, link),
                "do": [self._fill_placeholders(line) for line in words.do],
                "never": [self._fill_placeholders(line) for line in words.never],
                "says": [self.door.build_say(say) for say in topic.say],
                "contacts": [self.door.build_contact(contact) for contact in topic.contacts],
                "html": html,
                "rules": [self.rules.build_rule(rule) for rule in rules],
                "flow": self.door.build_flow_link(topic.flow, link) if topic.flow else None,
                "related": [self.build_card(other, link) for other in topic.related],
                "sources": [self.rules.build_source(source) for source in self._list_cited_sources(topic_id)],
            },
        }

    def _fill_placeholders(self, words: str) -> str:
        return fill_placeholders(self.pack, self.door.locale, words)

    def _render_block(self, kind: str, name: str, says: dict[str, None], rules: dict[str, None], link: MakeLink) -> str:
        """Return a block as HTML. A rule is shown at the end of the page, not where the text names it."""
        if kind == "say":
            says[name] = None
            parts = self.environment.get_template("_macros/door.html").make_module(
                {"page": link, "spoken_marks": self.door.build_spoken_attributes()}
            )
            return f"<p>{parts.say_link(self.door.build_say(name))}</p>"  # type: ignore[attr-defined]  # a macro
        if kind == "rule":
            rules[name] = None
            return ""
        return f'<p class="never">{escape(self.door.get_words(f"never.{name}"))}</p>'

    def _list_cited_sources(self, topic_id: str) -> list[str]:
        """Return every source that the topic's text cites, in the order of the pack."""
        _, words = get_topic_text(self.pack, self.door.locale, topic_id)
        cited = {name for token in find_tokens(words.body) if token.kind == "src" for name in token.ids}
        return [source for source in self.pack.sources if source in cited]

    def _resolve_target(self, target: str, link: MakeLink) -> str:
        kind, _, name = target.partition(":")
        if kind == "topic":
            return str(self.build_card(name, link)["href"])
        if kind == "flow":
            return str(self.door.build_flow_link(name, link)["href"])
        return target

    def _render_inline(self, kind: str, parts: tuple[str, ...]) -> str:
        plain = self._fill_placeholders("{" + ":".join((kind, *parts)) + "}")
        if kind == "contact" and self.pack.contacts[parts[0]].one_tap and self.pack.contacts[parts[0]].channel == "tel":
            return Markup('<a class="number" href="tel:{0}">{0}</a>').format(plain)
        return str(escape(plain))
