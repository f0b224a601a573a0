"""What the log of changes says of guidance: a sentence for each event, and what people call a text, a topic, a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from flask import url_for

from server.auth.audit_words import Named, Naming
from server.auth.pages import format_moment
from server.editor.desk import Desk
from server.editor.units.errors import BadUnit
from server.editor.units.unit import Unit, entry_unit
from server.editor.web.page import unit_url
from server.editor.web.request_helpers import name_helpers
from server.i18n import N_

SENTENCES: Mapping[str, str] = {
    "text.saved": N_("%(name)s saved %(target)s."),
    "text.submitted": N_("%(name)s submitted %(target)s for review."),
    "text.reviewed": N_("%(name)s approved %(target)s."),
    "text.review-taken-back": N_("%(name)s withdrew the approval of %(target)s."),
    "text.sent-back": N_("%(name)s sent %(target)s back to its author."),
    "text.kept": N_("%(name)s kept %(target)s as it was instead of the newer text that came with Doorwise."),
    "release.published": N_("%(name)s published release %(target)s. Texts changed: %(edits)s."),
    "release.shipped": N_(
        "%(name)s published release %(target)s: the texts that came with Doorwise and the edits published before."
    ),
    "release.rolled-back": N_("%(name)s went back to release %(target)s."),
    "topic.recalled": N_("%(name)s withdrew %(target)s from phones."),
    "topic.lifted": N_("%(name)s made %(target)s available on phones again."),
    "pack.imported": N_("%(name)s imported a zip of %(target)s. Texts changed: %(changed)s."),
    "translation.imported": N_("%(name)s imported a PO file of %(target)s. Texts changed: %(changed)s."),
}


def name_target(desk: Desk) -> Naming:
    """Give how the editing room calls what its lines are about, in the language of whoever reads them."""
    helpers = name_helpers(desk)
    region_name, language_name = helpers["region_name"], helpers["language_name"]

    def unit(_what: str, target: str) -> Named:
        one = Unit.parse(target)
        place = region_name(one.region)
        if one.locale:
            place = f"{place} · {language_name(one.locale)}"
        words, kind = helpers["title_of"](one), helpers["kind_of"](one)
        return Named(words, kind, place, unit_url(one, "desk.history"), one.locale or "")

    @cache
    def published_at() -> Mapping[str, str]:
        """Give when each release was first published, by the beginning of its digest that lines have."""
        return {line.release[:12]: line.at for line in desk.publishing.releases()}

    def release(what: str, target: str) -> Named:
        # When it was published says which one it is; of one that is published now the line says that itself.
        at = published_at().get(target, "") if what == "release.rolled-back" else ""
        return Named(target, place=format_moment(at) if at else "", address=url_for("desk.releases"))

    def topic(_what: str, target: str) -> Named:
        region, _, one = target.partition("/")
        entry = entry_unit(region, "topic", one)
        words, kind = helpers["title_of"](entry), helpers["kind_of"](entry)
        return Named(words, kind, region_name(region), url_for("desk.recalls"))

    def region(_what: str, target: str) -> Named:
        return Named(region_name(target), address=url_for("desk.region", region=target))

    def language(_what: str, target: str) -> Named:
        of, _, tag = target.partition("/")
        words = f"{region_name(of)} · {language_name(tag)}"
        return Named(words, address=url_for("desk.translate", region=of, locale=tag))

    ways: Mapping[str, Callable[[str, str], Named]] = {
        "text": unit,
        "release": release,
        "topic": topic,
        "pack": region,
        "translation": language,
    }

    def name(what: str, target: str) -> Named:
        try:
            return ways[what.partition(".")[0]](what, target)
        except BadUnit:  # written by a version that knows other units
            return Named(target)

    return name
