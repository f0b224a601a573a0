"""A pack becomes the slices of a release: every page of every locale as bytes. Pure: same input, same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from babel.support import NullTranslations
from jinja2 import Environment
from markupsafe import Markup, escape

from server.guidance.model import Pack
from server.guidance.text import resolve, text
from server.guidance.tokens import tokens
from server.publish.assets import Asset
from server.publish.canonical import sha256_hex
from server.publish.door_view import DoorViews
from server.publish.render import make_environment, render_markdown
from server.publish.rule_view import RuleViews, View
from server.publish.slices import Slice, SliceFile

HTML = "text/html; charset=utf-8"
MANIFEST = "application/manifest+json"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this copy, as they want to be named on the about page; empty when they do not say."""

    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class CompiledSlice:
    """A slice and the bytes of its files; `extra` are files that only installed icons need, not kept offline."""

    slice: Slice
    bodies: Mapping[str, tuple[bytes, str]] = field(repr=False)


def compile_locale(
    pack: Pack,
    locale: str,
    *,
    assets: Mapping[str, Asset],
    translations: NullTranslations,
    operator: Operator,
) -> CompiledSlice:
    """Render every page of one (region, locale).

    Returns:
        The slice, and for each digest the bytes and media type of that file.

    Raises:
        jinja2.UndefinedError, KeyError: A template asks for something that the pack lacks.
    """
    return _LocaleCompiler(pack, locale, assets, translations, operator).compile()


class _LocaleCompiler:
    def __init__(
        self,
        pack: Pack,
        locale: str,
        assets: Mapping[str, Asset],
        translations: NullTranslations,
        operator: Operator,
    ) -> None:
        self.pack = pack
        self.locale = pack.locales[locale]
        self.assets = assets
        self.operator = operator
        self._ = translations.gettext
        self.environment: Environment = make_environment(translations)
        self.rules = RuleViews(pack, locale, self._)
        self.door = DoorViews(pack, locale, self.rules, self._)
        self.files: dict[str, SliceFile] = {}
        self.bodies: dict[str, tuple[bytes, str]] = {}

    @property
    def base(self) -> str:
        return f"{self.pack.id}/{self.locale.tag}/"

    def compile(self) -> CompiledSlice:
        for flow in self.pack.flows.values():
            path = f"now/{flow.path}/" if flow.path else "now/"
            self.page(path, "pages/door.html", partial(self.door.flow_page, flow.id))
        self.page("", "pages/home.html", self._home)
        self.page("guide/", "pages/guide.html", self._home)
        for topic in self.pack.topics:
            self.page(f"guide/{topic}/", "pages/topic.html", partial(self._topic, topic))
        self.page("settings/", "pages/settings.html", self._settings)
        self.page("records/", "pages/records.html", lambda page: {"labels": self.door.labels()})
        self.page("install/", "pages/install.html", lambda page: {})
        self.page("about/", "pages/about.html", self._about)
        self.page("missing/", "pages/missing.html", lambda page: {"door": self.door.door((), page)})
        self.add(f"{self.base}manifest.webmanifest", self._web_manifest(), MANIFEST)
        for name in ("css", "js", "icon-192.png"):
            asset = self.assets[name]
            self.add(asset.path, asset.data, asset.media_type)
        return CompiledSlice(Slice(f"{self.pack.id}/{self.locale.tag}", self.files), self.bodies)

    def add(self, path: str, data: bytes, media_type: str) -> None:
        digest = sha256_hex(data)
        self.files[path] = SliceFile(digest, media_type)
        self.bodies[digest] = (data, media_type)

    def page(self, path: str, template: str, view: Callable[[Callable[[str], str]], View]) -> None:
        """Render one page; every link in it is relative to its own address."""
        full = self.base + path
        root = "../" * full.count("/")

        def link(target: str) -> str:
            return f"{root}{self.base}{target}"

        context = {**self._common(root, link), **view(link)}
        html = self.environment.get_template(template).render(context)
        self.add(full, _tidy(html).encode(), HTML)

    def _common(self, root: str, link: Callable[[str], str]) -> View:
        pack = self.pack
        return {
            "pack": pack,
            "locale": self.locale,
            "root": root,
            "page": link,
            "region_name": text(pack, self.locale.tag, "region.name"),
            "languages": [
                {"tag": item.tag, "name": item.name, "href": f"{root}{pack.id}/{item.tag}/"}
                for item in pack.locales.values()
            ],
            "assets": {
                "css": self.assets["css"].path,
                "js": self.assets["js"].path,
                "icon": self.assets["icon-192.png"].path,
                "apple_icon": self.assets["apple-touch-icon.png"].path,
            },
            "not_reviewed": self._not_reviewed(),
        }

    def _not_reviewed(self) -> str:
        if self.pack.reviewers:
            return self._("Reviewed by: %s") % ", ".join(
                f"{person.name}, {person.role}" for person in self.pack.reviewers
            )
        return self._("No lawyer in this region has reviewed it yet.")

    def _home(self, link: Callable[[str], str]) -> View:
        flows = [flow for flow in self.pack.flows if flow not in ("borrower", "after")]
        return {
            "door": self.door.door((), link),
            "others": [self.door.flow_link(flow, link) for flow in flows],
            "topics": [self._topic_card(topic, link) for topic in self.pack.topics],
        }

    def _topic_card(self, topic_id: str, link: Callable[[str], str]) -> View:
        words = self.pack.topic_texts[self.locale.tag][topic_id]
        resolved = {
            name: resolve(self.pack, self.locale.tag, value)
            for name, value in (("title", words.title), ("summary", words.summary))
        }
        return {"href": link(f"guide/{topic_id}/"), **resolved}

    def _topic(self, topic_id: str, link: Callable[[str], str]) -> View:
        topic = self.pack.topics[topic_id]
        words = self.pack.topic_texts[self.locale.tag][topic_id]
        parts = self.environment.get_template("_macros/door.html").make_module({"page": link})
        says: dict[str, None] = {}

        def block(kind: str, name: str) -> str:
            if kind == "say":
                says[name] = None
                return f"<p>{parts.say_link(self.door.say(name))}</p>"  # type: ignore[attr-defined]  # a macro
            if kind == "rule":
                return f'<aside class="rule">{parts.rule_body(self.rules.rule(name))}</aside>'  # type: ignore[attr-defined]  # a macro
            return f'<p class="never">{escape(self.door.words(f"never.{name}"))}</p>'

        html = render_markdown(
            words.body,
            link=lambda target: self._topic_link(target, link),
            block=block,
            inline=self._inline,
        )
        resolved = {
            name: [resolve(self.pack, self.locale.tag, line) for line in lines]
            for name, lines in (("do", words.do), ("never", words.never))
        }
        return {
            "says": [self.door.say(say) for say in says],
            "topic": {
                **self._topic_card(topic_id, link),
                **resolved,
                "html": html,
                "flow": self.door.flow_link(topic.flow, link) if topic.flow else None,
                "related": [self._topic_card(other, link) for other in topic.related],
                "sources": [self.rules.source(source) for source in self._cited(topic_id)],
                "checked_on": topic.checked_on.isoformat(),
                "review_by": topic.review_by.isoformat(),
            },
        }

    def _cited(self, topic_id: str) -> list[str]:
        """Every source that the topic's text cites, in the order of the pack."""
        body = self.pack.topic_texts[self.locale.tag][topic_id].body
        cited = {name for token in tokens(body) if token.kind == "src" for name in token.ids}
        return [source for source in self.pack.sources if source in cited]

    def _topic_link(self, target: str, link: Callable[[str], str]) -> str:
        kind, _, name = target.partition(":")
        if kind == "topic":
            return link(f"guide/{name}/")
        if kind == "flow":
            return str(self.door.flow_link(name, link)["href"])
        return target

    def _inline(self, kind: str, parts: tuple[str, ...]) -> str:
        plain = resolve(self.pack, self.locale.tag, "{" + ":".join((kind, *parts)) + "}")
        if kind == "contact" and self.pack.contacts[parts[0]].one_tap and self.pack.contacts[parts[0]].channel == "tel":
            return Markup('<a class="number" href="tel:{0}">{0}</a>').format(plain)
        return str(escape(plain))

    def _settings(self, link: Callable[[str], str]) -> View:
        return {
            "settings": [
                {
                    "id": setting.id,
                    "label": self.door.words(f"setting.{setting.id}.label"),
                    "help": self.door.words(f"setting.{setting.id}.help"),
                    "max_length": setting.max_length,
                }
                for setting in self.pack.settings.values()
            ]
        }

    def _about(self, link: Callable[[str], str]) -> View:
        return {
            "operator": self.operator,
            "unknowns": [self.door.words(f"unknown.{name}") for name in self.pack.unknowns],
            "layers": self.rules.layers(),
            "contacts": [self.door.contact(contact) for contact in self.pack.contacts],
        }

    def _web_manifest(self) -> bytes:
        """Source: W3C Web Application Manifest. Addresses are relative to the manifest's own."""
        family = next((flow for flow in self.pack.flows.values() if flow.path == "family"), None)
        shortcuts: list[dict[str, Any]] = [{"name": self._("Somebody is at the door"), "url": "now/"}]
        if family is not None:
            shortcuts.append({"name": self.door.words(f"flow.{family.id}.title"), "url": "now/family/"})
        icons = [
            {
                "src": f"../../{self.assets[f'{kind}-{size}.png'].path}",
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for kind, purpose in (("icon", "any"), ("maskable", "maskable"))
            for size in (192, 512)
        ]
        screenshots = [
            {
                "src": f"../../{asset.path}",
                "sizes": name.split("@")[1].removesuffix(".png"),
                "type": "image/png",
                "form_factor": "narrow",
            }
            for name, asset in sorted(self.assets.items())
            if name.startswith(f"screenshot:{self.base}")
        ]
        document = {
            # Resolved against the origin, not the manifest (W3C manifest, "id"): each locale is an application of its own.
            "id": self.base,
            "name": f"{self._('Doorwise')} · {text(self.pack, self.locale.tag, 'region.name')}",
            "short_name": self._("Doorwise"),
            "description": self._(
                "Calm help for the minute when a debt collector is at the door. Works without a network."
            ),
            "lang": self.locale.tag,
            "dir": self.locale.dir,
            "start_url": "./",
            "scope": "../../",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0b4f3a",
            "icons": icons,
            "shortcuts": shortcuts,
            "screenshots": screenshots,
        }
        return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _tidy(html: str) -> str:
    """Drop blank lines and indentation: fewer bytes, and an edited sentence changes one line of the update."""
    return "\n".join(line.strip() for line in html.splitlines() if line.strip()) + "\n"
