"""The log of changes for guidance: a sentence for each event, and the names of texts, topics and releases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from flask import url_for

from server.auth.audit_sentences import NamedTarget, Naming
from server.auth.pages.rendering import format_moment
from server.editor.desk import Desk
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit, make_entry_unit
from server.editor.web.page import unit_url
from server.editor.web.request_helpers import make_name_helpers
from server.i18n import N_

SENTENCES: Mapping[str, str] = {
    "text.saved": N_("%(name)s saved %(target)s."),
    "text.submitted": N_("%(name)s submitted %(target)s for review."),
    "text.reviewed": N_("%(name)s approved %(target)s."),
    "text.review-taken-back": N_("%(name)s cancelled the approval of %(target)s."),
    "text.sent-back": N_("%(name)s sent %(target)s back to its author."),
    "text.kept": N_("%(name)s kept %(target)s as it was instead of the newer text that came with Doorwise."),
    "release.published": N_("%(name)s published release %(target)s. Texts changed: %(edits)s."),
    "release.shipped": N_(
        "%(name)s published release %(target)s: the texts that came with Doorwise and the edits published before."
    ),
    "release.rolled-back": N_("%(name)s went back to release %(target)s."),
    "topic.recalled": N_("%(name)s withdrew %(target)s from phones."),
    "topic.lifted": N_("%(name)s made %(target)s available on phones again."),
    "pack.removed": N_("%(name)s removed a region that was never published: %(target)s."),
    "translation.removed": N_("%(name)s removed a language that was never published: %(target)s."),
    "pack.imported": N_("%(name)s imported a zip of %(target)s. Texts changed: %(changed)s."),
    "translation.imported": N_("%(name)s imported a PO file of %(target)s. Texts changed: %(changed)s."),
}


def _make_release_namer(desk: Desk) -> Naming:
    @cache
    def find_publish_times() -> Mapping[str, str]:
        """Return when each release was first published, by the beginning of its digest."""
        return {line.release[:12]: line.at for line in desk.publishing.list_releases()}

    def name_release(what: str, target: str) -> NamedTarget:
        # The time of publication identifies a release; a line about publishing has that time itself.
        at = find_publish_times().get(target, "") if what == "release.rolled-back" else ""
        return NamedTarget(target, place=format_moment(at) if at else "", address=url_for("desk.releases"))

    return name_release


def make_desk_target_namer(desk: Desk) -> Naming:
    """Return a function that names the target of a log line, in the reader's language."""
    helpers = make_name_helpers(desk)
    region_name, language_name = helpers["region_name"], helpers["language_name"]

    def name_unit(_what: str, target: str) -> NamedTarget:
        one = Unit.parse(target)
        place = region_name(one.region) + (f" · {language_name(one.locale)}" if one.locale else "")
        return NamedTarget(
            helpers["title_of"](one), helpers["kind_of"](one), place, unit_url(one, "desk.history"), one.locale or ""
        )

    def name_topic(_what: str, target: str) -> NamedTarget:
        region, _, one = target.partition("/")
        entry = make_entry_unit(region, "topic", one)
        return NamedTarget(
            helpers["title_of"](entry), helpers["kind_of"](entry), region_name(region), url_for("desk.recalls")
        )

    def name_region(_what: str, target: str) -> NamedTarget:
        address = url_for("desk.region", region=target) if target in desk.list_regions() else ""
        return NamedTarget(region_name(target), address=address)

    def name_language(what: str, target: str) -> NamedTarget:
        of, _, tag = target.partition("/")
        words = f"{region_name(of)} · {language_name(tag)}"
        return NamedTarget(
            words, address="" if what.endswith(".removed") else url_for("desk.translate", region=of, locale=tag)
        )

    ways: Mapping[str, Callable[[str, str], NamedTarget]] = {
        "text": name_unit,
        "release": _make_release_namer(desk),
        "topic": name_topic,
        "pack": name_region,
        "translation": name_language,
    }

    def name_by_kind(what: str, target: str) -> NamedTarget:
        try:
            return ways[what.partition(".")[0]](what, target)
        except BadUnit:  # written by a version that knows other units
            return NamedTarget(target)

    return name_by_kind
