"""What the templates of the guidance show: a topic's Markdown as HTML, its sources, and the cards that lead to it."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment
from markupsafe import Markup, escape

from server.guidance.text import resolve, source_digest, topic_text
from server.guidance.tokens import tokens
from server.publish.door_view import DoorViews
from server.publish.render import render_markdown
from server.publish.rule_view import View

Link = Callable[[str], str]


class TopicViews:
    """Builds plain dictionaries for the templates of one pack in one locale."""

    def __init__(self, door: DoorViews, environment: Environment) -> None:
        self.door = door
        self.pack = door.pack
        self.rules = door.rules
        self.environment = environment

    def cards(self, link: Link) -> list[View]:
        """Every topic, in the order of the pack."""
        return [self.card(topic, link) for topic in self.pack.topics]

    def card(self, topic_id: str, link: Link) -> View:
        """A topic's address, title and age. `mark` changes when what a reader sees of its text does."""
        topic = self.pack.topics[topic_id]
        tag, words = topic_text(self.pack, self.door.locale, topic_id)
        return {
            "id": topic_id,
            "href": link(f"guide/{topic_id}/"),
            "title": self._resolve(words.title),
            "summary": self._resolve(words.summary),
            # Without the everyday words of the search, and with numbers and hours filled in.
            "mark": source_digest("\n".join(map(self._resolve, (words.title, *words.do, *words.never, words.body)))),
            "checked_on": topic.checked_on,
            "review_by": topic.review_by,
            # In another language than the page, where a partial one lacks the topic.
            "locale": None if tag == self.door.locale else self.pack.locales[tag],
        }

    def page(self, topic_id: str, link: Link) -> View:
        """Everything that the page of one topic shows."""
        topic = self.pack.topics[topic_id]
        _, words = topic_text(self.pack, self.door.locale, topic_id)
        says: dict[str, None] = {}
        html = render_markdown(
            words.body,
            link=lambda target: self._target(target, link),
            block=lambda kind, name: self._block(kind, name, says, link),
            inline=self._inline,
        )
        return {
            "says": [self.door.say(say) for say in says],
            "topic": {
                **self.card(topic_id, link),
                "do": [self._resolve(line) for line in words.do],
                "never": [self._resolve(line) for line in words.never],
                "html": html,
                "flow": self.door.flow_link(topic.flow, link) if topic.flow else None,
                "related": [self.card(other, link) for other in topic.related],
                "sources": [self.rules.source(source) for source in self._cited(topic_id)],
            },
        }

    def _resolve(self, words: str) -> str:
        return resolve(self.pack, self.door.locale, words)

    def _block(self, kind: str, name: str, says: dict[str, None], link: Link) -> str:
        parts = self.environment.get_template("_macros/door.html").make_module({"page": link})
        if kind == "say":
            says[name] = None
            return f"<p>{parts.say_link(self.door.say(name))}</p>"  # type: ignore[attr-defined]  # a macro
        if kind == "rule":
            return f'<aside class="rule">{parts.rule_body(self.rules.rule(name))}</aside>'  # type: ignore[attr-defined]  # a macro
        return f'<p class="never">{escape(self.door.words(f"never.{name}"))}</p>'

    def _cited(self, topic_id: str) -> list[str]:
        """Every source that the topic's text cites, in the order of the pack."""
        _, words = topic_text(self.pack, self.door.locale, topic_id)
        cited = {name for token in tokens(words.body) if token.kind == "src" for name in token.ids}
        return [source for source in self.pack.sources if source in cited]

    def _target(self, target: str, link: Link) -> str:
        kind, _, name = target.partition(":")
        if kind == "topic":
            return link(f"guide/{name}/")
        if kind == "flow":
            return str(self.door.flow_link(name, link)["href"])
        return target

    def _inline(self, kind: str, parts: tuple[str, ...]) -> str:
        plain = self._resolve("{" + ":".join((kind, *parts)) + "}")
        if kind == "contact" and self.pack.contacts[parts[0]].one_tap and self.pack.contacts[parts[0]].channel == "tel":
            return Markup('<a class="number" href="tel:{0}">{0}</a>').format(plain)
        return str(escape(plain))
