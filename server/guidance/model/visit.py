"""What happens at the door: who may come, which rules bind them, what to check, say and never do, step by step."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from server.guidance.model.field_types import (
    ClockTime,
    Confidence,
    Count,
    Days,
    Duty,
    FlowPath,
    Model,
    Slug,
    Slugs,
    SourceIds,
    SourceLayer,
    make_field_error,
)
from server.guidance.problems.codes import Code

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Severity = Literal["complain", "caution", "stop", "police"]
Role = Literal["entrance", "aftermath"]
ROLES: tuple[Role, ...] = get_args(Role)
# Packs written before `role` existed: a flow at one of these addresses has this role.
ROLE_BEFORE: Mapping[FlowPath, Role] = {"": "entrance", "after": "aftermath"}
VERDICTS: tuple[str, ...] = ("start", "no-warning-yet", "caution", "stop", "police")
# Below …/now/ this page gives the reasons, in every region.
WHY_PATH = "why"
# What the official number said about the visit; when it confirmed the visit, `[verdict] confirmed` is the sentence.
CHECKED: tuple[str, ...] = ("confirmed", "unknown-to-them", "no-answer")
CONFIRMED = CHECKED[0]


class Visitor(Model):
    """A kind of person who may knock. Facts that a region does not know are "unknown"."""

    id: Slug
    status: Literal["lawful", "lawful-if", "prohibited", "unknown"]
    may_enter: Literal["consent-only", "with-order", "never", "unknown"] = "unknown"
    may_take_goods: Literal["consent-only", "peaceful-only", "with-order", "never", "unknown"] = "unknown"
    may_take_money: Literal["yes", "with-receipt", "creditor-account", "never", "unknown"] = "unknown"
    must_open: Duty = "unknown"
    must_talk: Duty = "unknown"
    must_sign: Duty = "unknown"
    max_people: Count | None = None
    rules: Slugs = ()
    notice: Slug | None = None
    creditors: Slugs = ()


class Rule(Model):
    """One statement, with its weight (`layer`) and the sources it rests on."""

    id: Slug
    layer: SourceLayer
    sources: SourceIds = ()
    confidence: Confidence
    in_force_from: datetime.date | None = None
    in_force_until: datetime.date | None = None


def _check_days(days: tuple[Day, ...]) -> tuple[Day, ...]:
    if not days or len(set(days)) != len(days):
        raise make_field_error(Code.BAD_DAYS)
    return days


class Hours(Model):
    """When somebody may come, ring or write, in the person's local time. `to` before `from` crosses midnight."""

    id: Slug
    visitors: Slugs = ()
    creditors: Slugs = ()
    channels: tuple[Literal["visit", "call", "message"], ...] = ()
    days: Annotated[tuple[Day, ...], AfterValidator(_check_days)] | None = None  # None: not known
    opens: ClockTime = Field(alias="from")
    closes: ClockTime = Field(alias="to")
    exclude_holidays: bool | None = None  # None: not known
    unless: Slugs = ()
    rule: Slug | None = None  # None only for a desk's opening hours, which bind no visitor

    @model_validator(mode="after")
    def _check_not_empty(self) -> Self:
        if self.opens == self.closes:
            raise make_field_error(Code.HOURS_EMPTY, at="to")
        return self


class Notice(Model):
    """What must reach the person before the visit."""

    id: Slug
    visitors: Slugs = ()
    creditors: Slugs = ()
    form: Literal["written", "posted", "message", "any", "unknown"] = "unknown"
    min_days: Days | None = None
    day_count: Literal["clear", "calendar", "business", "unknown"] = "unknown"
    unless: Slugs = ()
    rule: Slug


class Check(Model):
    """A question with a yes or no. A bad answer can fail a visitor; a good one never proves anything."""

    id: Slug
    kind: Literal["check", "sign"]
    visitors: Slugs = ()
    creditors: Slugs = ()
    rule: Slug
    bad: Literal["yes", "no"]
    severity: Severity
    say: Slug | None = None
    hours: Slug | None = None
    on_request_only: bool = False
    enabled: bool = True


class Say(Model):
    """A sentence to say aloud; its words are in the locale's strings."""

    id: Slug


class Never(Model):
    """Something never to do, and the rule that is the reason."""

    id: Slug
    rule: Slug


class Danger(Model):
    """An emergency: whom to call, and what to say. Without a number the region has none that is confirmed."""

    id: Slug
    rule: Slug
    contacts: Slugs = ()  # the right one first
    contact: Slug | None = None  # of packs and edits older than `contacts`
    text_contact: Slug | None = None
    say: Slug | None = None  # to the visitors
    never: Slugs = ()
    entrance: bool = False  # home leads to it

    @property
    def numbers(self) -> Slugs:
        """Return the contacts to call, the right one first."""
        return self.contacts or ((self.contact,) if self.contact else ())


class Tile(Model):
    """What a visitor does or wants, tapped when it is seen or heard. `was`: former checks whose “yes” meant the same."""

    id: Slug
    rule: Slug
    severity: Severity
    say: Slug | None = None
    never: Slugs = ()
    contacts: Slugs = ()
    flow: Slug | None = None
    visitors: Slugs = ()  # who they claim to be
    was: Slugs = ()


class Variant(Model):
    """A question asked once in a step; a yes changes what to say."""

    id: Slug
    say: Slugs = ()
    rules: Slugs = ()


class Step(Model):
    """One thing to do, with what belongs to it."""

    id: Slug
    say: Slugs = ()
    rules: Slugs = ()
    never: Slugs = ()
    contacts: Slugs = ()
    flow: Slug | None = None
    checks: bool = False
    variant: Variant | None = None
    message: bool = False


class Flow(Model):
    """One page for one person. `path` is its address below `…/now/`; dangers are shown in this order.

    Every region has two pages with a role: the entrance, which home and the phones look for at `…/now/`, and the
    aftermath, to which all others lead when the visitors have left. `quiet` counts for the pages without a role.
    """

    id: Slug
    path: FlowPath
    role: Role | None = None
    quiet: bool = True
    dangers: Slugs = ()
    large: bool = False
    call_list: bool = False
    guide: Slug | None = None  # the topic that gives the reasons
    steps: tuple[Step, ...] = Field(default=(), alias="step")

    @model_validator(mode="after")
    def _check_steps_once(self) -> Self:
        ids = [step.id for step in self.steps]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise make_field_error(Code.DUPLICATE_ID, at="step", value=twice[0])
        return self

    @property
    def address(self) -> str:
        """Return where the page is, below the locale: `now/` for the entrance, else `now/<path>/`."""
        return f"now/{self.path}/" if self.path else "now/"

    @property
    def is_quiet(self) -> bool:
        """Return whether the page is for somebody who may not know of the debt."""
        return self.quiet and self.role is None


def add_roles(flows: Mapping[Slug, Flow]) -> dict[Slug, Flow]:
    """Return the flows; one without a role has the role of its address, unless another flow has that role.

    Packs and stored edits of whole flows that are older than the field do not name it.
    """
    held = {flow.role for flow in flows.values()}
    missing = {path: role for path, role in ROLE_BEFORE.items() if role not in held}
    return {
        key: flow if flow.role else flow.model_copy(update={"role": missing.get(flow.path)})
        for key, flow in flows.items()
    }
