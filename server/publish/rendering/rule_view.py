"""Template data for a rule and its sources: its weight, how certain it is, and when it was last checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.guidance.model.pack import Pack
from server.guidance.texts.text import get_text

TemplateData = dict[str, Any]


class RuleViews:
    """Rules and sources of one pack in one locale; `_` translates the names of layers and levels."""

    def __init__(self, pack: Pack, locale: str, _: Callable[[str], str]) -> None:
        self.pack = pack
        self.locale = locale
        self.layer_names = {
            "law": _("Law"),
            "regulator": _("Regulator's rule"),
            "code": _("Industry code or standard, not a law"),
            "practice": _("Good practice, not a rule"),
        }
        self.layer_meanings = {
            "law": _("Breaking it can lead to a fine or detention, be a crime, or bring a court case."),
            "regulator": _("Breaking it is a matter for a complaint to the regulator. The debt stays."),
            "code": _("Strong for a complaint. Breaking it is not by itself unlawful."),
            "practice": _("Advice that keeps you safe. No rule says so."),
        }
        self.methods = {
            "T": (_("Read"), _("The article's own text was read in a public copy of the law.")),
            "P": (_("Seen"), _("A public page says so. That page may be out of date.")),
            "P2": (_("Seen twice"), _("Two or more independent public pages agree.")),
            "M": (_("Known"), _("General knowledge, or looked for and not found; no source was seen.")),
        }
        self.confidence_names = {
            "high": _("high"),
            "medium-high": _("rather high"),
            "medium": _("medium"),
            "low-medium": _("rather low"),
            "low": _("low"),
        }

    def list_rule_weights(self) -> list[TemplateData]:
        """Return the layers from strongest to weakest, with the meaning of each."""
        return [
            {"id": key, "name": self.layer_names[key], "meaning": self.layer_meanings[key]} for key in self.layer_names
        ]

    def build_source(self, source_id: str) -> TemplateData:
        """Return a source with its official names."""
        source = self.pack.sources[source_id]
        return {
            "id": source.id,
            "name": get_text(self.pack, self.locale, f"source.{source.id}"),
            "layer": source.layer,
            "layer_name": self.layer_names[source.layer],
            "confidence_name": self.confidence_names[source.confidence],
            "method_name": self.methods[source.method][0],
            "checked_on": source.checked_on,
            "review_by": source.review_by,
            "cites": [{"lang": cite.lang, "title": cite.title, "article": cite.article} for cite in source.cites],
        }

    def build_rule(self, rule_id: str) -> TemplateData:
        """Return a rule; of the dates of its sources, the earliest check and the earliest review date count."""
        rule = self.pack.rules[rule_id]
        sources = [self.pack.sources[source] for source in rule.sources]
        return {
            "id": rule_id,
            "text": get_text(self.pack, self.locale, f"rule.{rule_id}"),
            "layer": rule.layer,
            "layer_name": self.layer_names[rule.layer],
            "confidence_name": self.confidence_names[rule.confidence],
            "is_sure": rule.confidence == "high",
            "sources": [self.build_source(source.id) for source in sources],
            "checked_on": min(source.checked_on for source in sources),
            "review_by": min(source.review_by for source in sources),
        }

    def build_sources_page(self) -> TemplateData:
        """Return every source of the pack by its layer, how it was verified, what was left out and what is not known."""
        sources = self.pack.sources.values()
        left_out = [
            {"text": get_text(self.pack, self.locale, f"left-out.{item.id}"), "sources": ", ".join(item.sources)}
            for item in self.pack.left_out.values()
        ]
        return {
            "methods": [{"name": name, "meaning": meaning} for name, meaning in self.methods.values()],
            "source_groups": [
                {
                    **layer,
                    "sources": [self.build_source(source.id) for source in sources if source.layer == layer["id"]],
                }
                for layer in self.list_rule_weights()
            ],
            "left_out": left_out,
            "unknowns": [get_text(self.pack, self.locale, f"unknown.{name}") for name in self.pack.unknowns],
        }
