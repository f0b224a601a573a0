"""A region's pack in memory: everything in its files, frozen. Nothing here knows where the files were."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from server.guidance.model.before_visit import Drill, LeftOut, Outcome, Preparation, Question, Stage
from server.guidance.model.contacts import Contact, Setting
from server.guidance.model.field_types import (
    Confidence,
    Count,
    Currency,
    IsoCode,
    Method,
    Model,
    RegionId,
    Slug,
    Slugs,
    SourceId,
    SourceIds,
    SourceLayer,
    Tag,
    Tags,
    Text,
    Url,
    YesNoDepends,
    make_field_error,
)
from server.guidance.model.visit import Check, Danger, Flow, Hours, Never, Notice, Role, Rule, Say, Tile, Visitor
from server.guidance.problems.codes import Code


class Locale(Model):
    """A language that the pack is written in. A missing text that is not read at the door comes from `fallback`.

    A `partial` one may lack such texts, and topics; any other has everything.
    """

    tag: Tag
    dir: Literal["ltr", "rtl"]
    name: Text
    fallback: Tag | None = None
    partial: bool = False


class SourceTitle(Model):
    """The official name of a source, in one language."""

    title: Text
    lang: Tag
    issuer: Text | None = None
    article: Text | None = None
    in_force_from: datetime.date | None = None
    url: Url | None = None


class Source(Model):
    """The basis of a rule: how certain, read how and when, and when to check it again."""

    id: SourceId
    type: Literal["law", "regulation", "judicial", "regulator", "standard", "industry-code", "page", "public-advice"]
    layer: SourceLayer
    method: Method
    confidence: Confidence
    checked_on: datetime.date
    review_by: datetime.date
    refuted: bool = False  # a claim that is wrong, outdated or dangerous
    cites: Annotated[tuple[SourceTitle, ...], Field(min_length=1)] = Field(alias="cite")


class Recording(Model):
    """Whether a person may record at their own door. A region without these fields gets unknown, and the careful default."""

    consent: Literal["one-party", "all-parties", "unclear", "varies", "unknown"] = "unknown"
    must_announce: YesNoDepends = "unknown"
    secret_is_crime: YesNoDepends = "unknown"
    default: Literal["off", "announce-first", "on"] = "announce-first"
    rule: Slug | None = None
    say: Slug | None = None  # the sentence that announces the recording


class ThirdParties(Model):
    """Who else may be asked for the money, or told about it."""

    family_liable: Literal["no", "exceptions", "yes", "unknown"] = "unknown"
    exceptions: Slugs = ()
    may_be_told: YesNoDepends = "unknown"
    child_age: Count | None = None
    rule: Slug | None = None


class Order(Model):
    """The order of the entries of a kind, where it is not that of the files. Those that are not listed come last."""

    topic: Slugs = ()
    contact: Slugs = ()
    check: Slugs = ()


class Reviewer(Model):
    """A person from the region who read the pack against the official pages."""

    name: Text
    role: Text
    reviewed_on: datetime.date


# Names below guide/ that are pages of their own.
GUIDE_PAGES = frozenset({"changes"})
# Pages with a form, below the locale. A topic named like one may stand there.
Tool = Literal["will-they-come"]
TOOLS: tuple[Tool, ...] = get_args(Tool)


def _refuse_reserved_topic_name(topic: str) -> str:
    if topic in GUIDE_PAGES:
        raise make_field_error(Code.TOPIC_NAME_TAKEN, value=topic)
    return topic


class Topic(Model):
    """One piece of guidance; its words are in each locale's topics folder.

    Below its answer stand the sentences to `say`, then the `contacts` to call.
    """

    id: Annotated[Slug, AfterValidator(_refuse_reserved_topic_name)]
    code: Text | None = None
    flow: Slug | None = None
    say: Slugs = ()
    contacts: Slugs = ()
    tool: Tool | None = None  # the page that shows this text below its own
    refutes: bool = False  # the place for claims that are wrong
    covers: SourceIds = ()
    related: Slugs = ()
    checked_on: datetime.date
    review_by: datetime.date

    @property
    def address(self) -> str:
        """Return where the text stands, below the locale."""
        return f"{self.tool}/" if self.tool else f"guide/{self.id}/"


Lines = Annotated[tuple[Text, ...], Field(min_length=1, max_length=10)]
# Everyday words, which the search also looks at and no page shows. The limits save bytes on phones.
Phrases = Annotated[tuple[Annotated[Text, Field(max_length=60)], ...], Field(max_length=40)]


class TopicText(Model):
    """A topic in one locale. `raw` is the whole file, which translations are made from."""

    title: Text
    summary: Text
    do: Lines
    never: Lines
    words: Phrases = ()
    body: Text
    raw: str = Field(repr=False)


def _check_version(number: int) -> int:
    if number != 1:
        raise make_field_error(Code.UNKNOWN_FORMAT)
    return number


class PackFields(Model):
    """The fields of pack.toml, apart from its locales."""

    schema_version: Annotated[int, AfterValidator(_check_version)] = Field(alias="schema")
    id: RegionId
    iso: IsoCode
    parent: RegionId | None = None
    source_locale: Tag
    spoken_locale: Tag
    speech: Tag | None = None  # the voice that speaks it, as phones name it (BCP 47)
    official_languages: Tags = ()
    currency: Currency
    time_zones: Annotated[tuple[Text, ...], Field(min_length=1)]
    version: Text
    checked_on: datetime.date
    review_by: datetime.date
    reviewers: tuple[Reviewer, ...] = ()
    unknowns: Slugs = ()
    recording: Recording = Recording()
    third_parties: ThirdParties = ThirdParties()
    order: Order = Order()


class PackHead(PackFields):
    """pack.toml as it is written."""

    locale: Annotated[tuple[Locale, ...], Field(min_length=1)]


class Pack(PackFields):
    """A whole region. Every mapping is by id, in the order of the files; `origins` maps each entry to its file."""

    locales: Mapping[Tag, Locale]
    sources: Mapping[SourceId, Source]
    contacts: Mapping[Slug, Contact]
    settings: Mapping[Slug, Setting]
    visitors: Mapping[Slug, Visitor]
    rules: Mapping[Slug, Rule]
    hours: Mapping[Slug, Hours]
    notices: Mapping[Slug, Notice]
    checks: Mapping[Slug, Check]
    verdict: Mapping[str, Slug]
    says: Mapping[Slug, Say]
    nevers: Mapping[Slug, Never]
    dangers: Mapping[Slug, Danger]
    tiles: Mapping[Slug, Tile]
    flows: Mapping[Slug, Flow]
    topics: Mapping[Slug, Topic]
    left_out: Mapping[Slug, LeftOut]
    questions: Mapping[Slug, Question]
    outcomes: Mapping[Slug, Outcome]
    stages: Mapping[Slug, Stage]
    preparations: Mapping[Slug, Preparation]
    drills: Mapping[Slug, Drill]
    strings: Mapping[Tag, Mapping[str, str]]
    topic_texts: Mapping[Tag, Mapping[Slug, TopicText]]
    made_from: Mapping[Tag, Mapping[str, str]]
    origins: Mapping[str, str] = Field(default_factory=dict, repr=False)

    def find_file_of_entry(self, key: str, default: str) -> str:
        """Return the file that last set `key`, for an error message."""
        return self.origins.get(key, f"{self.id}/{default}")

    def get_flow_with_role(self, role: Role) -> Flow | None:
        """Return the flow with this role; a pack that passes the checker has exactly one."""
        return next((flow for flow in self.flows.values() if flow.role == role), None)
