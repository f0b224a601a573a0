"""What helps before a visit stands on its page, whole and in every locale, and every link of the release leads on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from server.guidance.checks.decision_table import GROUPS
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.guidance.texts.text import fill_placeholders, get_text
from server.i18n import load_translations
from server.publish.assets import load_assets
from server.publish.rendering.compile import CompiledSlice, Operator, compile_locale
from tests.packs import edit, tiny_pack, with_tables
from tests.serving import ROOT

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
LOCALES = ("zh-Hans", "en")
# What a compiled text must not show any more: {contact:police}, {hours:collection:from}, {src:L1}.
PLACEHOLDER = re.compile(r"\{[a-z-]+:[^{}]*\}")

in_each_locale = pytest.mark.parametrize("locale", LOCALES)


@dataclass
class Element:
    """An element of a page with all the text inside it."""

    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)
    below: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return plain("".join(self.parts))

    def all(self, name: str) -> list[Element]:
        """Every element below this one that has the attribute `name`, in order."""
        return [one for one in self.below if name in one.attributes]

    def one(self, name: str, value: str) -> Element:
        (found,) = (one for one in self.all(name) if one.attributes[name] == value)
        return found


class Reader(HTMLParser):
    """Reads a page into elements; refuses one that does not close what it opens."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(html)
        self.close()
        assert len(self.open) == 1, f"{self.open[-1].tag} is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        for above in self.open:
            above.below.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.parts.append(data)


def plain(words: str) -> str:
    return " ".join(words.split())


@cache
def shipped() -> Pack:
    return load_pack(ROOT / "server" / "packs" / "cn")


def compiled_from(pack: Pack, locale: str) -> CompiledSlice:
    translations = load_translations(locale, ROOT / "translations")
    assets = load_assets(ROOT / "static")
    return compile_locale(pack, locale, assets=assets, translations=translations, operator=Operator("A name", "a@b.c"))


@cache
def compiled(locale: str) -> CompiledSlice:
    return compiled_from(shipped(), locale)


def page_of(slice_: CompiledSlice, path: str) -> Element:
    return Reader(slice_.bodies[slice_.slice.files[path].sha256][0].decode()).root


@cache
def pages(locale: str) -> dict[str, Element]:
    """Every page of a locale by its address."""
    files = compiled(locale).slice.files
    return {path: page_of(compiled(locale), path) for path in files if files[path].media_type.startswith("text/html")}


def words(locale: str, key: str) -> str:
    return plain(get_text(shipped(), locale, key))


def links(element: Element) -> set[str]:
    """Where an element leads, without the way up."""
    return {re.sub(r"^(\.\./)+", "", one.attributes["href"]) for one in element.all("href")}


def assert_one_why(locale: str, box: Element, rules: Sequence[str]) -> None:
    """One "Why?" for all rules of a row: it leads to the first of them, and the others stand on the same page."""
    whys = pages(locale)[f"cn/{locale}/now/why/"]
    assert [link for link in links(box) if "#why-" in link] == [f"now/why/#why-{rule}" for rule in rules[:1]]
    for rule in rules:
        assert whys.one("id", f"why-{rule}").text


def topic_addresses(topics: Iterable[str]) -> set[str]:
    """Where topics are; the text of the tool itself stands on its page."""
    return {f"guide/{topic}/" for topic in topics if not shipped().topics[topic].tool}


@in_each_locale
def test_every_question_and_every_row_of_the_table_stands_on_its_page(locale: str) -> None:
    page, pack = pages(locale)[f"cn/{locale}/will-they-come/"], shipped()
    assert len(pack.questions) >= 5

    for question in pack.questions.values():
        box = page.one("data-question", question.id)
        assert box.text.startswith(words(locale, f"assess.{question.id}.ask"))
        for answer in question.answers:
            assert box.one("for", f"q-{question.id}-{answer}").text == words(locale, f"assess.{question.id}.{answer}")
    assert [group.attributes["data-group"] for group in page.all("data-group")] == list(GROUPS)
    for outcome in pack.outcomes.values():
        row = page.one("data-group", outcome.group).one("data-outcome", outcome.id)
        assert words(locale, f"outcome.{outcome.id}.title") in row.text
        assert words(locale, f"outcome.{outcome.id}.text") in row.text
        # Without script the reader finds the row by these words.
        for question_id, answers in outcome.when.items():
            shown = " / ".join(words(locale, f"assess.{question_id}.{answer}") for answer in answers)
            assert f"{words(locale, f'assess.{question_id}.ask')} {shown}" in row.text
        assert links(row) >= topic_addresses(outcome.topics)
        assert links(row) >= {f"#say-{say}" for say in outcome.say}
        assert_one_why(locale, row, outcome.rules)
        assert links(row) >= {f"tel:{pack.contacts[contact].number}" for contact in outcome.contacts}
    shown_rows = [row.attributes["data-outcome"] for row in page.all("data-outcome")]
    assert shown_rows == [row.id for group in GROUPS for row in pack.outcomes.values() if row.group == group]


@in_each_locale
def test_every_stage_says_what_happens_what_is_allowed_and_what_ends_it(locale: str) -> None:
    page, pack = pages(locale)[f"cn/{locale}/will-they-come/"], shipped()

    assert [stage.attributes["data-stage"] for stage in page.all("data-stage")] == list(pack.stages)
    for stage in pack.stages.values():
        box = page.one("data-stage", stage.id)
        for part in ("name", "what", "allowed", "ends"):
            assert words(locale, f"stage.{stage.id}.{part}") in box.text
        assert links(box) >= topic_addresses(stage.topics)
        assert_one_why(locale, box, stage.rules)
        if stage.flow:
            path = pack.flows[stage.flow].path
            assert f"now/{path}/" if path else "now/" in links(box)


@in_each_locale
def test_everything_to_get_ready_stands_on_its_page_with_its_one_place(locale: str) -> None:
    page, pack = pages(locale)[f"cn/{locale}/practice/"], shipped()

    assert [item.attributes["data-prepare"] for item in page.all("data-prepare")] == list(pack.preparations)
    for item in pack.preparations.values():
        assert page.one("for", f"prepare-{item.id}").text == words(locale, f"prepare.{item.id}.do")
        if f"prepare.{item.id}.more" in pack.strings[locale]:
            assert words(locale, f"prepare.{item.id}.more") in page.text
        flow = pack.flows[item.flow].path if item.flow else ""
        place = item.link or (f"guide/{item.topic}/" if item.topic else f"now/{flow}/" if flow else "now/")
        assert place in links(page)


@in_each_locale
def test_every_drill_has_its_line_its_answers_and_a_reason_for_each(locale: str) -> None:
    page, pack = pages(locale)[f"cn/{locale}/practice/"], shipped()

    assert [drill.attributes["data-drill"] for drill in page.all("data-drill")] == list(pack.drills)
    for drill in pack.drills.values():
        box = page.one("data-drill", drill.id)
        spoken = words(pack.spoken_locale, f"drill.{drill.id}.line")
        assert spoken in [one.text for one in box.all("lang") if one.attributes["lang"] == pack.spoken_locale]
        assert words(locale, f"drill.{drill.id}.line") in box.text
        for answer in drill.answers:
            assert box.one("for", f"drill-{drill.id}-{answer}").text == words(locale, f"drill.{drill.id}.{answer}")
            assert words(locale, f"drill.{drill.id}.{answer}.why") in box.text
        assert [one.attributes["value"] for one in box.all("data-good")] == [drill.good]
        assert f"now/why/#why-{drill.rule}" in links(box)
        assert not drill.say or f"#say-{drill.say}" in links(box)


@in_each_locale
def test_practice_cannot_call_anybody(locale: str) -> None:
    page = pages(locale)[f"cn/{locale}/practice/"]

    called = [href for href in links(page) if href.startswith(("tel:", "sms:"))]

    assert called == []


@in_each_locale
def test_every_source_has_a_place_to_be_linked_to_and_every_omission_its_reason(locale: str) -> None:
    page, pack = pages(locale)[f"cn/{locale}/sources/"], shipped()

    for source in pack.sources:
        assert words(locale, f"source.{source}") in page.one("id", f"source-{source}").text
    for left in pack.left_out.values():
        assert words(locale, f"left-out.{left.id}") in page.text
        assert ", ".join(left.sources) in page.text


@in_each_locale
def test_no_page_shows_a_placeholder_that_was_not_filled_in(locale: str) -> None:
    # Attributes too: labels and prepared messages stand there.
    slice_ = compiled(locale)
    found = {
        path: PLACEHOLDER.findall(slice_.bodies[file.sha256][0].decode())
        for path, file in slice_.slice.files.items()
        if not path.startswith("b/")
    }

    assert {path: left for path, left in found.items() if left and not path.endswith((".webmanifest", ".js"))} == {}


@in_each_locale
def test_every_link_leads_to_a_file_of_the_release_and_to_a_place_that_is_there(locale: str) -> None:
    every = {path: page for one in LOCALES for path, page in pages(one).items()}
    files = {path for one in LOCALES for path in compiled(one).slice.files}
    files |= {asset.path for asset in load_assets(ROOT / "static").values()}
    places = {path: {one.attributes["id"] for one in page.all("id")} | {""} for path, page in every.items()}
    broken = []
    for path, page in pages(locale).items():
        for href in [one.attributes[name] for name in ("href", "src") for one in page.all(name)]:
            address = urlsplit(urljoin(f"http://h/{path}", href))
            if address.scheme in ("tel", "sms"):
                continue
            target = address.path.removeprefix("/")
            if address.netloc != "h" or target not in files or address.fragment not in places.get(target, {""}):
                broken.append((path, href))

    assert broken == []


@in_each_locale
def test_no_page_uses_one_id_twice(locale: str) -> None:
    for path, page in pages(locale).items():
        ids = [one.attributes["id"] for one in page.all("id")]
        assert sorted(set(ids)) == sorted(ids), path


def test_a_region_without_these_tables_has_pages_that_read_and_no_empty_parts(tmp_path) -> None:
    slice_ = compiled_from(load_pack(tiny_pack(tmp_path)), "en")

    assess, practice = page_of(slice_, "xa/en/will-they-come/"), page_of(slice_, "xa/en/practice/")

    assert [*assess.all("data-questions"), *assess.all("data-stage")] == []
    assert [*practice.all("data-prepare"), *practice.all("data-drills")] == []
    home = page_of(slice_, "xa/en/")
    assert not any(one.attributes["href"].endswith(("will-they-come/", "practice/")) for one in home.all("href"))


def test_a_title_with_a_placeholder_is_filled_in_where_it_is_linked(tmp_path) -> None:
    root = with_tables(tiny_pack(tmp_path))
    edit(root, "en/topics/second.md", 'title = "Second"', 'title = "Ring {contact:police}"')
    pack = load_pack(root)
    slice_ = compiled_from(pack, "en")

    for path in ("xa/en/will-they-come/", "xa/en/practice/", "xa/en/guide/"):
        titles = [one.text for one in page_of(slice_, path).all("href") if one.attributes["href"].endswith("second/")]
        assert titles
        assert all(title.startswith(fill_placeholders(pack, "en", "Ring {contact:police}")) for title in titles)


@pytest.mark.parametrize(
    ("file", "old", "new", "changes"),
    [
        ("en/topics/second.md", "Wait.", "Wait. Ring {contact:police}.", True),
        ("en/topics/second.md", '["Sign"]', '["Sign", "Pay"]', True),
        ("en/topics/second.md", 'summary = "More."', 'summary = "More."\nwords = ["later"]', False),
    ],
)
def test_a_text_counts_as_changed_when_its_reader_sees_something_else(
    tmp_path: Path, file: str, old: str, new: str, changes: bool
) -> None:
    root = tiny_pack(tmp_path)
    before = mark_of(root, "second")
    path = root / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    assert (mark_of(root, "second") != before) is changes


def test_a_text_counts_as_changed_when_a_number_in_it_did(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    edit(root, "en/topics/second.md", "Wait.", "Wait. Ring {contact:police}.")
    before = mark_of(root, "second")
    edit(root, "contacts.toml", 'number = "110"', 'number = "119"')

    assert mark_of(root, "second") != before


def mark_of(root: Path, topic: str) -> str:
    page = page_of(compiled_from(load_pack(root), "en"), "xa/en/guide/changes/")
    return page.one("data-text", topic).attributes["data-mark"]
