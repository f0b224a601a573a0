"""The services that a person can reach, and the few settings that a person fills in once for them."""

import datetime
from typing import Literal, Self

from pydantic import model_validator

from server.guidance.model.field_types import (
    Confidence,
    Count,
    Digits,
    Email,
    Method,
    Model,
    Slug,
    Slugs,
    SourceIds,
    Tags,
    Text,
    Url,
    YesNoDepends,
    make_field_error,
)
from server.guidance.problems.codes import Code

SmsMode = Literal["none", "unknown", "open", "register-first", "deaf-only", "location-dependent", "app-only"]
# Modes in which a text message reaches somebody; the others must never be one tap away.
SENDABLE: frozenset[SmsMode] = frozenset({"open", "register-first", "deaf-only", "location-dependent"})


class AppendedDigits(Model):
    """Digits that the phone adds to a number, from a setting that the person filled in."""

    setting: Slug
    last_digits: Count


class App(Model):
    """An official app for what a plain call or message cannot send."""

    name: Text
    url: Url | None = None


class Contact(Model):
    """One way to reach one service. A number is one tap away only when somebody has confirmed it (see check_pack.py)."""

    id: Slug
    kind: Literal["emergency", "crisis", "non-emergency", "help", "complaint", "verify"]
    channel: Literal["tel", "sms", "web", "email", "app"]
    number: Digits | None = None
    url: Url | None = None
    email: Email | None = None
    app: App | None = None
    one_tap: bool = False
    append: AppendedDigits | None = None
    sms_mode: SmsMode = "unknown"
    eligibility: Slug = "unknown"
    register_how: Literal["sms", "app", "web", "in-person", "unknown"] | None = None
    register_words: Text | None = None
    reply_expected_s: Count | None = None
    relay_numbers: tuple[Digits, ...] = ()
    silent_digits: Digits | None = None
    panic_key: bool = False
    hours: Slug = "unknown"  # "24h", "unknown" or the id of an hours entry
    visitors: Slugs = ()
    creditors: Slugs = ()
    precondition: Slug | None = None
    languages: Tags = ()
    free: YesNoDepends = "unknown"
    sources: SourceIds = ()
    method: Method
    confidence: Confidence
    checked_on: datetime.date
    review_by: datetime.date

    @model_validator(mode="after")
    def _check_reachable(self) -> Self:
        needs = {"tel": "number", "sms": "number", "web": "url", "email": "email", "app": "app"}[self.channel]
        # A service that cannot be texted is worth stating: its entry has no number.
        if getattr(self, needs) is None and not (self.channel == "sms" and self.sms_mode not in SENDABLE):
            raise make_field_error(Code.CHANNEL_NEEDS_FIELD, at=needs, field=needs, channel=self.channel)
        return self

    @property
    def address(self) -> str | None:
        """The number to dial, or the address to open or write to."""
        return self.number or self.url or self.email or (self.app.url if self.app else None)


class Setting(Model):
    """Something the person types in once; it stays on the phone."""

    id: Slug
    kind: Literal["digits", "text", "toggle"]
    max_length: Count | None = None
