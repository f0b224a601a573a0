"""Advice is said in the pack's own voice, and what is wrong stands only where it is answered."""

from pathlib import Path

import pytest

from server.guidance.checks.attributions import find_attribution_warnings, find_refuted_warnings
from server.guidance.checks.check_pack import check_pack
from server.guidance.checks.claims import find_forbidden_claims, find_hearsay
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from tests.packs import check_warnings, confirm, edit, set_string, tiny_pack
from tests.serving import ROOT

PLANTED = [
    ("en", "Some articles say: hit back."),
    ("en", "One article also says that you should agree on a day."),
    ("en", "The articles do not agree, but most people say so."),
    ("en", "It is often said that weekends are free."),
    ("zh-Hans", "有文章说，可以签。"),
    ("zh-Hans", "有的文章也建议先还一点。"),
    ("zh-Hans", "网上说，不签也行。"),
    ("zh-Hans", "据说周末不能来。"),
]
OWN_VOICE = [
    ("en", "They say that they come from the bank."),
    ("en", "If somebody says “police”, keep the door shut."),
    ("en", "The law says that a contract binds those who made it."),
    ("zh-Hans", "有人说自己是警察，门也关着。"),
    ("zh-Hans", "他们说今天不还就起诉。"),
]


@pytest.fixture(scope="module")
def shipped() -> Pack:
    return load_pack(ROOT / "server" / "packs" / "cn")


@pytest.mark.parametrize(("locale", "text"), PLANTED)
def test_what_others_say_is_found(locale: str, text: str) -> None:
    assert list(find_hearsay(text, locale))


@pytest.mark.parametrize(("locale", "text"), OWN_VOICE)
def test_advice_and_what_visitors_say_are_no_attribution(locale: str, text: str) -> None:
    assert list(find_hearsay(text, locale)) == []


def test_it_is_found_in_a_short_text_and_in_a_topic(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    set_string(root, "en", "rule.two-staff", "Some articles say two.")
    edit(root, "en/topics/first-minute.md", "Keep the door shut. {src", "One article says: shut. {src")
    confirm(root)

    assert [line for line in check_warnings(root) if "attributed" in line] == [
        "xa/en/strings.toml: rule.two-staff: attributed (value=Some articles say)",
        "xa/en/topics/first-minute.md: body: attributed (value=One article says)",
    ]


def test_a_claim_that_is_wrong_belongs_to_the_topic_that_answers_it(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    edit(root, "sources.toml", 'id = "S2"\n', 'id = "S2"\nrefuted = true\n')

    there = [line.split(": ")[-1] for line in check_warnings(root)]

    assert there.count("refuted-claim-here (source=S2)") == 2, "one for each language"
    assert "claim-not-refuted (locale=en)" in there

    edit(root, "topics.toml", 'id = "first-minute"\n', 'id = "first-minute"\nrefutes = true\n')
    assert list(find_refuted_warnings(load_pack(root))) == []


def test_older_packs_name_no_claims_and_get_no_warning(tmp_path: Path) -> None:
    assert list(find_refuted_warnings(load_pack(tiny_pack(tmp_path)))) == []


def test_no_shipped_text_says_what_others_say_or_claims_what_is_forbidden(shipped: Pack) -> None:
    """Every sentence of the pack, in both languages: also those that quote, except what a visitor or a claim is quoted with."""
    assert list(find_refuted_warnings(shipped)) == []
    for locale in shipped.locales:
        assert list(find_attribution_warnings(shipped, locale)) == []
    assert check_pack(shipped).errors == ()
    read = 0
    for locale, texts in shipped.topic_texts.items():
        for text in texts.values():
            for line in (text.title, text.summary, *text.do):
                assert list(find_forbidden_claims(line, locale)) == [], line
                read += 1
    assert read > 150


def test_every_wrong_claim_is_answered_in_both_languages(shipped: Pack) -> None:
    refuting = [topic.id for topic in shipped.topics.values() if topic.refutes]
    assert len(refuting) == 1
    assert sum(source.refuted for source in shipped.sources.values()) == 16
