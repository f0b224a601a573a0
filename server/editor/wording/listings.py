"""The lists of a region: the units in each, their names, and what must be done about them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from server.editor.edits.model import Draft
from server.editor.packs.findings import CheckedPack
from server.editor.packs.usage import Uses, index_uses
from server.editor.units.unit import Kind, Unit, make_entry_unit, make_head_unit, make_text_unit
from server.editor.wording.names import name_unit
from server.guidance.files.parse import KINDS
from server.guidance.model.keys import list_optional_keys, list_required_keys
from server.guidance.model.pack import Pack
from server.i18n import N_


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. `kinds` are the entries in it, each kind below a heading of its own."""

    name: str
    title: str
    about: str
    kinds: tuple[str, ...]


LISTINGS: Mapping[str, Listing] = {
    one.name: one
    for one in (
        Listing("topics", N_("Topics"), N_("The guidance that people read before and after a visit."), ("topic",)),
        Listing("door", N_("Door sentences"), N_("What is read at the door, page by page."), ()),
        Listing("contacts", N_("Contacts"), N_("Numbers and addresses, and personal details."), ("contact", "setting")),
        Listing(
            "checks",
            N_("Checks"),
            N_("What to check, emergencies, what visitors want, what to say."),
            ("check", "danger", "tile", "verdict", "say", "never"),
        ),
        Listing("hours", N_("Hours"), N_("When somebody may come, and what must come first."), ("hours", "notice")),
        Listing("sources", N_("Sources"), N_("The sources of every statement."), ("source", "left_out")),
        Listing("rules", N_("Rules"), N_("What the law says, and about whom."), ("rule", "visitor")),
        Listing(
            "tables",
            N_("Decision tables"),
            N_("“Will they come?”, the stages, what to prepare, what to practise."),
            ("question", "outcome", "stage", "prepare", "drill"),
        ),
        Listing("texts", N_("All short texts"), N_("Search all sentences."), ()),
        Listing(
            "region", N_("About this region"), N_("Languages, dates, pages at the door."), ("head", "locale", "flow")
        ),
    )
}


@dataclass(frozen=True, slots=True)
class ListItem:
    """One unit in a list. `review_by` is the day by which it must be checked again; `errors` stop a publish.

    A text that `is_missing` is a fault, unless its language is `in_work`. A contact has its `address`, and any entry that
    stands in a list with `names` has its names in the other languages; `uses` counts where it is used.
    """

    unit: Unit
    key: str
    words: str
    text: str
    draft: Draft | None
    errors: int
    warnings: int
    review_by: datetime.date | None
    is_missing: bool = False
    in_work: bool = False
    address: str = ""
    names: tuple[tuple[str, str], ...] = ()
    uses: int | None = None


class Lists:
    """The lists of one region with its drafts."""

    def __init__(
        self, pack: Pack, drafts: Iterable[Draft], checked: CheckedPack, wanted: str, in_work: frozenset[str]
    ) -> None:
        self.pack = pack
        self.drafts = {draft.unit: draft for draft in drafts}
        self.findings = checked.group_by_unit()
        self.wanted = wanted
        self.in_work = in_work

    def make_entry_items(self, kind: str) -> list[ListItem]:
        """Return the entries of a kind in the order of the pack, followed by drafts of new ones that cannot be read yet."""
        region = self.pack.id
        if kind == "head":
            return [self.make_item(make_head_unit(region))]
        if kind == "verdict":
            return [self.make_item(Unit(region, "visit.toml", "verdict"))]
        mapping = self.pack.locales if kind == "locale" else getattr(self.pack, KINDS[kind][1])
        units = [make_entry_unit(region, kind, one) for one in mapping]
        units += [
            unit for unit in self.drafts if unit.kind is Kind.ENTRY and unit.entry[0] == kind and unit not in units
        ]
        items = [self.make_item(unit) for unit in units]
        return list(map(self._add_contact, items)) if kind == "contact" else items

    def make_item(self, unit: Unit) -> ListItem:
        """Return one unit as a line of a list."""
        found = self.findings.get(unit, ())
        errors = sum(one.severity == "error" for one in found)
        text = self.find_text(unit)
        return ListItem(
            unit,
            unit.entry[1] if unit.kind is Kind.ENTRY else unit.key or str(unit.topic or unit.region),
            name_unit(self.pack, unit, self.wanted),
            text or "",
            self.drafts.get(unit),
            errors,
            len(found) - errors,
            self._find_review_day(unit),
            is_missing=unit.kind in (Kind.STRING, Kind.TOPIC) and text is None,
            in_work=unit.locale in self.in_work,
        )

    def _add_contact(self, item: ListItem) -> ListItem:
        """Return the line of a contact with its number, its other names, and how often it is used."""
        one = item.unit.entry[1]
        contact = self.pack.contacts.get(one)
        if contact is None:
            return item
        names = [(tag, rows.get(f"contact.{one}.name", "")) for tag, rows in self.pack.strings.items()]
        others = tuple((tag, name) for tag, name in names if name and name != item.words)
        uses = len(self._uses.get(("contact", one), ()))
        return replace(item, address=contact.address or "", names=others, uses=uses)

    @cached_property
    def _uses(self) -> Uses:
        return index_uses(self.pack)

    def find_text(self, unit: Unit) -> str | None:
        """Return the text of a unit, None when it is missing or the unit is not a text."""
        if unit.kind is Kind.TOPIC:
            text = self.pack.topic_texts.get(str(unit.locale), {}).get(str(unit.topic))
            return text.title if text else None
        return self.pack.strings.get(str(unit.locale), {}).get(unit.key) if unit.kind is Kind.STRING else None

    def make_text_items(self, keys: Iterable[str], locale: str) -> list[ListItem]:
        """Return short texts, or topics by `topics/<id>`, of one language."""
        return [self.make_item(make_text_unit(self.pack.id, locale, key)) for key in keys]

    def list_text_keys(self, locale: str) -> list[str]:
        """Return the keys of every short text that a language has or should have."""
        there = self.pack.strings.get(locale, {})
        required = list_required_keys(self.pack)
        return [*required, *(key for key in list_optional_keys(self.pack, locale) if key in there)]

    def search_texts(self, words: str, locale: str) -> Iterator[ListItem]:
        """Yield the short texts whose key or words contain all of these words."""
        wanted = words.casefold().split()
        for item in self.make_text_items(self.list_text_keys(locale), locale):
            held = f"{item.unit.key} {item.text}".casefold()
            if all(word in held for word in wanted):
                yield item

    def _find_review_day(self, unit: Unit) -> datetime.date | None:
        if unit.kind is Kind.HEAD:
            return self.pack.review_by
        if unit.kind is not Kind.ENTRY or unit.entry[0] not in ("topic", "contact", "source"):
            return None
        kind, one = unit.entry
        thing = getattr(self.pack, KINDS[kind][1]).get(one)
        return thing.review_by if thing is not None else None
