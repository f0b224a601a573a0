"""The plan of a publish, as a person sees it before publishing: pages, languages, bytes, and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.editor.packs.findings import Finding
from server.editor.units.unit import Unit


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit that phones would get in another state. `n` is the revision, 0 when phones get the shipped text again."""

    unit: Unit
    n: int
    what: Literal["changed", "removed", "shipped"]
    by_name: str
    reviewed_name: str


@dataclass(frozen=True, slots=True)
class PageChange:
    """A page, or another file, that would change on phones. `address` is below the root: `cn/en/now/`."""

    region: str
    locale: str
    address: str
    what: Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class SliceCost:
    """The bytes that a phone fetches for one (region, locale): from the present release, or for the first time when it is new."""

    region: str
    locale: str
    bytes: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class WithheldLocale:
    """A new language that is not published yet: what it lacks in `region`, which may be a sub-region of its own."""

    region: str
    locale: str
    missing: int
    stale: int
    faults: int


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """Everything that a person sees before publishing.

    Attributes:
        digest: To be passed to `publish_plan`, so that only the plan that was shown is published.
        release: The release that phones would get, None when there are errors.
        current: The release that they have, None before the first.
        falls_behind: Translations that are up to date on phones now and would not be any more.
        stale: How many translations would be behind in all.
        errors: The checker's errors; nothing can be published until they are fixed.
    """

    digest: str
    release: str | None
    current: str | None
    units: tuple[PlannedUnit, ...] = ()
    pages: tuple[PageChange, ...] = ()
    costs: tuple[SliceCost, ...] = ()
    falls_behind: tuple[Unit, ...] = ()
    stale: int = 0
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    withheld: tuple[WithheldLocale, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing on phones would change."""
        return self.release is not None and self.release == self.current
