"""A pack becomes the slices of a release: every page of every locale as bytes. Pure: same input, same bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from babel.support import NullTranslations
from jinja2 import Environment

from server.guidance.model.pack import Pack
from server.guidance.texts.text import get_text
from server.publish.assets import Asset
from server.publish.data_folder.canonical import sha256_hex
from server.publish.data_folder.slices import Slice, SliceFile
from server.publish.rendering.before_visit_view import BeforeVisitViews
from server.publish.rendering.door_view import DoorViews
from server.publish.rendering.render import make_environment
from server.publish.rendering.rule_view import RuleViews, TemplateData
from server.publish.rendering.search import build_search_index
from server.publish.rendering.topic_view import TopicViews
from server.publish.rendering.web_manifest import build_web_manifest

HTML = "text/html; charset=utf-8"
MANIFEST = "application/manifest+json"
SEARCH = "application/json"

# Answered in place of a page that is not there, or was withdrawn.
ELSEWHERE = ("missing/", "withdrawn/")


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator of this copy, as named on the about page; empty when not set."""

    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class CompiledSlice:
    """A slice, and the bytes and media type of each of its files by their digest."""

    slice: Slice
    bodies: Mapping[str, tuple[bytes, str]] = field(repr=False)


def compile_locale(
    pack: Pack,
    locale: str,
    *,
    assets: Mapping[str, Asset],
    translations: NullTranslations,
    operator: Operator,
    only: Collection[str] | None = None,
) -> CompiledSlice:
    """Return every page of one (region, locale), rendered, or `only` those of these addresses.

    Returns:
        The slice, and for each digest the bytes and media type of that file.

    Raises:
        jinja2.UndefinedError, KeyError: A template needs something that the pack does not have.
    """
    return _LocaleCompiler(pack, locale, assets, translations, operator, only).compile_all()


class _LocaleCompiler:
    def __init__(
        self,
        pack: Pack,
        locale: str,
        assets: Mapping[str, Asset],
        translations: NullTranslations,
        operator: Operator,
        only: Collection[str] | None,
    ) -> None:
        self.pack = pack
        self.locale = pack.locales[locale]
        self.assets = assets
        self.operator = operator
        self.only = only
        self._ = translations.gettext
        self.environment: Environment = make_environment(translations)
        self.rules = RuleViews(pack, locale, self._)
        self.door = DoorViews(pack, locale, self.rules, self._)
        self.ahead = BeforeVisitViews(self.door, self._)
        self.topics = TopicViews(self.door, self.environment)
        self.files: dict[str, SliceFile] = {}
        self.bodies: dict[str, tuple[bytes, str]] = {}

    @property
    def base(self) -> str:
        return f"{self.pack.id}/{self.locale.tag}/"

    def compile_all(self) -> CompiledSlice:
        for flow in self.pack.flows.values():
            self.add_page(flow.address, "pages/door.html", partial(self.door.build_flow_page, flow.id))
        self.add_page("now/why/", "pages/why.html", lambda link: self.door.build_why_page())
        self.add_page("", "pages/home.html", self._build_home)
        self.add_page("guide/", "pages/guide.html", self._build_home)
        self.add_page("guide/changes/", "pages/changes.html", lambda link: {"topics": self.topics.build_cards(link)})
        for topic in self.pack.topics.values():
            page = "moved" if topic.tool else "topic"
            self.add_page(f"guide/{topic.id}/", f"pages/{page}.html", partial(self.topics.build_page, topic.id))
        self.add_page("will-they-come/", "pages/assess.html", self._build_assess)
        self.add_page("practice/", "pages/practice.html", self.ahead.build_practice_page)
        self.add_page("sources/", "pages/sources.html", lambda link: self.rules.build_sources_page())
        self.add_page("settings/", "pages/settings.html", self._build_settings)
        self.add_page("records/", "pages/records.html", lambda link: {"labels": self.door.list_log_labels()})
        self.add_page("install/", "pages/install.html", lambda link: {})
        self.add_page("about/", "pages/about.html", self._build_about)
        for name in ("missing", "withdrawn"):
            self.add_page(
                f"{name}/", f"pages/{name}.html", lambda link: {"door": self.door.build_police_and_dangers(())}
            )
        if self.is_wanted(f"{self.base}search.json"):
            self.add_file(f"{self.base}search.json", build_search_index(self.pack, self.locale.tag), SEARCH)
        search = self.assets["search"]
        if self.is_wanted(self.base + search.path):
            self.add_file(self.base + search.path, search.data, search.media_type)
        self.add_file(
            f"{self.base}manifest.webmanifest", build_web_manifest(self.door, self.base, self.assets), MANIFEST
        )
        for name in ("css", "js", "icon-192.png"):
            asset = self.assets[name]
            self.add_file(asset.path, asset.data, asset.media_type)
        return CompiledSlice(Slice(f"{self.pack.id}/{self.locale.tag}", self.files), self.bodies)

    def is_wanted(self, path: str) -> bool:
        return self.only is None or path in self.only

    def add_file(self, path: str, data: bytes, media_type: str) -> None:
        digest = sha256_hex(data)
        self.files[path] = SliceFile(digest, media_type)
        self.bodies[digest] = (data, media_type)

    def add_page(self, path: str, template: str, view: Callable[[Callable[[str], str]], TemplateData]) -> None:
        """Render one page; every link in it is relative to its own address."""
        full = self.base + path
        if not self.is_wanted(full):
            return
        root = "../" * full.count("/")

        def build_relative_address(target: str) -> str:
            # Pages that are served at other addresses than their own have links from the root, which the server corrects.
            return f"{root}{self.base}{target}" if path in ELSEWHERE else _make_relative(full, self.base + target)

        context = {**self._build_context(root, build_relative_address), **view(build_relative_address)}
        html = self.environment.get_template(template).render(context)
        self.add_file(full, _strip_whitespace(html).encode(), HTML)

    def _build_context(self, root: str, link: Callable[[str], str]) -> TemplateData:
        pack = self.pack
        return {
            "pack": pack,
            "locale": self.locale,
            "root": root,
            "page": link,
            "region_name": get_text(pack, self.locale.tag, "region.name"),
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
            "review_note": self._format_review_note(),
            "spoken_marks": self.door.build_spoken_attributes(),
            "speech": pack.speech or pack.spoken_locale,
            "calls": self._list_emergency_calls(),
        }

    def _list_emergency_calls(self) -> list[TemplateData]:
        police = self.door.find_emergency("tel")
        return [self.door.build_contact(police.id)] if police else []

    def _format_review_note(self) -> str:
        if not self.pack.reviewers:
            return self._("No lawyer in this region has reviewed it yet.")
        people = ", ".join(f"{person.name}, {person.role}" for person in self.pack.reviewers)
        return self._("Reviewed by: %s") % people

    def _build_home(self, link: Callable[[str], str]) -> TemplateData:
        return {
            "door": self.door.build_police_and_dangers(self._list_entrances()),
            "crisis": self.door.find_crisis_line(),
            "crisis_words": self.door.find_words("crisis.words") or "",
            "others": [self.door.build_flow_link(flow.id, link) for flow in self.door.list_other_people_flows()],
            "left": self._build_aftermath_link(link),
            "topics": self.topics.build_cards(link),
            "has_assess": bool(self.pack.questions or self.pack.stages),
            "has_practice": bool(self.pack.preparations or self.pack.drills),
        }

    def _build_assess(self, link: Callable[[str], str]) -> TemplateData:
        """Return the data of “Will they come?” with the text of the topic that belongs to it."""
        page: TemplateData = {"topic": None, "says": []}
        for topic in self.pack.topics.values():
            if topic.tool == "will-they-come":
                page = self.topics.build_page(topic.id, link)
        tool = self.ahead.build_assess_page(link)
        says = {say["id"]: say for say in [*tool["says"], *page["says"]]}
        return {**tool, "topic": page["topic"], "says": list(says.values())}

    def _build_aftermath_link(self, link: Callable[[str], str]) -> TemplateData | None:
        aftermath = self.pack.get_flow_with_role("aftermath")
        return self.door.build_flow_link(aftermath.id, link) if aftermath else None

    def _list_entrances(self) -> list[str]:
        """Return the emergencies that home leads to: those in which the visit screen's own beginning comes too late."""
        return [danger.id for danger in self.pack.dangers.values() if danger.entrance]

    def _build_settings(self, link: Callable[[str], str]) -> TemplateData:
        return {
            "settings": [
                {
                    "id": setting.id,
                    "label": self.door.get_words(f"setting.{setting.id}.label"),
                    "help": self.door.get_words(f"setting.{setting.id}.help"),
                    "max_length": setting.max_length,
                }
                for setting in self.pack.settings.values()
            ]
        }

    def _build_about(self, link: Callable[[str], str]) -> TemplateData:
        return {
            "operator": self.operator,
            "unknowns": [self.door.get_words(f"unknown.{name}") for name in self.pack.unknowns],
            "layers": self.rules.list_rule_weights(),
            "contacts": [self.door.build_contact(contact) for contact in self.pack.contacts],
        }


def _make_relative(page: str, target: str) -> str:
    """Return the shortest way from one page to another; both end with a slash, the target perhaps with a fragment."""
    address, mark, fragment = target.partition("#")
    here, there = page.split("/")[:-1], address.split("/")
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    way = "../" * (len(here) - same) + "/".join(there[same:])
    return (way or f"../{here[-1]}/") + mark + fragment


def _strip_whitespace(html: str) -> str:
    """Return the page without blank lines and indentation: fewer bytes, and smaller updates."""
    return "\n".join(line.strip() for line in html.splitlines() if line.strip()) + "\n"
