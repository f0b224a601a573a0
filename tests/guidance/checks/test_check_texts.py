"""Keyed texts and topics: complete in every locale, numbers and hours named, placeholders that lead somewhere."""

from pathlib import Path

import pytest

from server.guidance.files.parse import load_pack
from server.guidance.model.keys import is_door_key, list_required_keys
from tests.packs import check_errors, check_warnings, confirm, edit, set_string, tiny_pack


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def errors_with(root: Path, key: str, text: str, locale: str = "en") -> list[str]:
    """Give the errors of one text, without their file and key, after it has been replaced."""
    set_string(root, locale, key, text)
    confirm(root)
    start = f"xa/{locale}/strings.toml: {key}: "
    return [line.removeprefix(start) for line in check_errors(root) if line.startswith(start)]


def test_the_required_keys_follow_from_the_ids(root: Path) -> None:
    keys = list_required_keys(load_pack(root))

    assert keys["region.name"] == "region.name"
    assert keys["check.ids.unsure"] == "check.unsure"
    assert keys["verdict.no-warning-yet.next"] == "verdict.next"
    assert keys["danger.entry.words"] == "danger.words"
    assert keys["flow.family.tell.message"] == "flow.message"
    assert keys["variant.old.ask"] == "variant.ask"
    assert keys["contact.police-text.words"] == "contact.words"
    assert keys["unknown.corridor"] == "unknown"
    assert {
        "hours.collection",
        "rule.hours",
        "source.L1",
        "setting.area-code.help",
        "flow.borrower.stop.do",
    } <= keys.keys()
    assert "contact.police.words" not in keys
    assert "flow.borrower.stop.message" not in keys


@pytest.mark.parametrize(
    ("key", "door"),
    [
        ("say.who", True),
        ("check.ids.fail", True),
        ("rule.hours", False),
        ("source.L1", False),
        ("unknown.corridor", False),
    ],
)
def test_what_is_read_at_the_door_is_known_by_its_key(key: str, door: bool) -> None:
    assert is_door_key(key) is door


@pytest.mark.parametrize("key", ["say.who", "rule.hours", "source.L1"])
def test_every_locale_has_every_text(root: Path, key: str) -> None:
    edit(root, "zh-Hans/strings.toml", f'"{key}"', '"say.who.read"' if key == "say.who" else f'"{key}x"')

    assert f"xa/zh-Hans/strings.toml: {key}: text-missing" in check_errors(root)


def test_a_blank_text_is_an_error(root: Path) -> None:
    assert errors_with(root, "say.who", "  ") == ["blank"]


def test_an_unknown_key_is_an_error(root: Path) -> None:
    assert errors_with(root, "say.nobody", "Hello") == ["unknown-text"]


def test_how_to_pronounce_belongs_to_those_who_do_not_read_the_language(root: Path) -> None:
    assert errors_with(root, "say.who.read", "shei") == []
    assert errors_with(root, "say.who.read", "shei", "zh-Hans") == ["unknown-text"]


def test_a_very_long_text_is_an_error(root: Path) -> None:
    assert errors_with(root, "say.who", "x" * 2001) == ["text-too-long (count=2001; limit=2000)"]


# --- placeholders ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ring {contact:police}", None),
        ("From {hours:collection:from} to {hours:collection:to}", None),
        ("Ring {contact:fire}", "unknown-contact (value={contact:fire})"),
        ("At {hours:night}", "unknown-hours (value={hours:night})"),
        ("At {hours:collection:noon}", "unknown-hours (value={hours:collection:noon})"),
        ("I live at {address}", "placeholder-not-here (value={address})"),
        ("See {src:L1}", "placeholder-not-here (value={src:L1})"),
        ("A {brace", "stray-braces (value={brace)"),
        ("{}", "stray-braces (value={})"),
    ],
)  # fmt: skip
def test_a_placeholder_leads_somewhere(root: Path, text: str, expected: str | None) -> None:
    assert errors_with(root, "check.ids.fail", text) == ([expected] if expected else [])


@pytest.mark.parametrize("key", ["danger.entry.words", "contact.police-text.words"])
def test_words_to_the_operator_hold_the_address(root: Path, key: str) -> None:
    assert errors_with(root, key, "Somebody is at my door") == ["placeholder-missing (placeholder={address})"]


def test_a_message_may_hold_count_and_time_only(root: Path) -> None:
    assert errors_with(root, "flow.family.tell.message", "{count} came") == []
    assert errors_with(root, "flow.family.tell.message", "{name} came") == ["placeholder-not-here (value={name})"]


# --- numbers and hours that were typed ---------------------------------------------------------------------------------
TYPED = [
    ("en", "Ring 110 now", "typed (placeholder={contact:police}; value=110)"),
    ("en", "Text 12110.", "typed (placeholder={contact:police-text}; value=12110)"),
    ("zh-Hans", "请拨打110。", "typed (placeholder={contact:police}; value=110)"),
    ("zh-Hans", "请拨打１１０报警", "typed (placeholder={contact:police}; value=110)"),
    ("zh-Hans", "拨打110号码", "typed (placeholder={contact:police}; value=110)"),
    ("en", "Ring 1100 or 2110", None),
    ("en", "Article 110 of the act", None),
    ("en", "It takes 110 days", None),
    ("en", "It costs 1,110.00 or ¥110", None),
    ("en", "S110 and L110a", None),
    ("zh-Hans", "《民法典》第110条", None),
    ("zh-Hans", "共110元", None),
    ("en", "Not after 22:00", "typed (placeholder={hours:collection:to}; value=22:00)"),
    ("en", "Not before 8:00", "typed (placeholder={hours:collection:from}; value=8:00)"),
    ("zh-Hans", "22：00以后", "typed (placeholder={hours:collection:to}; value=22:00)"),
    ("en", "At 07:15", "typed (placeholder={hours:ID}; value=07:15)"),
    ("en", "Not after 10 pm", "typed (placeholder={hours:collection:to}; value=10 pm)"),
    ("en", "Not before 8 a.m.", "typed (placeholder={hours:collection:from}; value=8 a.m.)"),
    ("en", "Not after ten at night", "typed (placeholder={hours:collection:to}; value=ten at night)"),
    ("zh-Hans", "晚上10点以后", "typed (placeholder={hours:collection:to}; value=晚上10点)"),
    ("zh-Hans", "晚上十点以后", "typed (placeholder={hours:collection:to}; value=晚上十点)"),
    ("zh-Hans", "早上八点以前", "typed (placeholder={hours:collection:from}; value=早上八点)"),
    ("zh-Hans", "22点以后", "typed (placeholder={hours:collection:to}; value=22点)"),
    ("zh-Hans", "请快一点，等8小时，第8点", None),
    ("en", "8 people came 10 times", None),
]


@pytest.mark.parametrize(("locale", "text", "expected"), TYPED, ids=[text for _, text, _ in TYPED])
def test_a_number_or_an_hour_stands_in_one_place_only(root: Path, locale: str, text: str, expected: str | None) -> None:
    assert errors_with(root, "check.ids.fail", text, locale) == ([expected] if expected else [])


def test_a_long_number_is_found_in_groups_too(root: Path) -> None:
    edit(root, "contacts.toml", 'number = "12110"', 'number = "08088084000"')

    assert errors_with(root, "check.ids.fail", "Ring 0808 808 4000") == [
        "typed (placeholder={contact:police-text}; value=08088084000)"
    ]


# --- topics ------------------------------------------------------------------------------------------------------------
def topic_errors(root: Path, old: str, new: str, locale: str = "en") -> list[str]:
    """Give the errors of the first topic, without its file, after one change."""
    edit(root, f"{locale}/topics/first-minute.md", old, new)
    confirm(root)
    return [line.removeprefix(f"xa/{locale}/topics/first-minute.md: ") for line in check_errors(root)]


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_every_claimed_number_is_cited_in_every_locale(root: Path, locale: str) -> None:
    assert topic_errors(root, "{src:L1,S2}", "{src:L1}", locale) == ["body: not-cited (source=S2)"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{src:L1,S2}", "{src:L1,S2,S9}", "body › line 9: unknown-id (value=S9)"),
        ("{say:who}", "{say:nobody}", "body › line 11: unknown-id (value={say:nobody})"),
        ("{say:who}", "Say {say:who} now", "body › line 11: not-alone (value={say:who})"),
        ("{say:who}", "{danger:entry}", "body › line 11: placeholder-not-here (value={danger:entry})"),
        ("topic:second", "topic:third", "body › line 13: broken-link (value=[the next part](topic:third))"),
        ("flow:borrower", "flow:x", "body › line 13: broken-link (value=[start](flow:x))"),
        ("topic:second", "https://example.org", "body › line 13: broken-link (value=[the next part](https://example.org))"),
        ("[start](flow:borrower)", "![start](flow:borrower)", "body › line 13: broken-link (value=![start](flow:borrower))"),
        ("Keep the door shut. {src", "Ring 110. {src", "body › line 9: typed (placeholder={contact:police}; value=110)"),
        ("{hours:collection}", "08:00", "body › line 13: typed (placeholder={hours:collection:from}; value=08:00)"),
        ('do = ["Ring {contact:police}"', 'do = ["Ring 110"', "do › #1: typed (placeholder={contact:police}; value=110)"),
        ('never = ["Sign"]', 'never = ["{src:L1}"]', "never › #1: placeholder-not-here (value={src:L1})"),
        ("Keep the door shut. {src", "Keep { the door shut. {src", "body › line 9: stray-braces (value={ the door shut. ￼)"),
    ],
    ids=["source", "say", "inline block", "kind", "topic link", "flow link", "web link", "picture", "number", "hour", "front number", "front citation", "brace"],
)  # fmt: skip
def test_a_fault_in_a_topic_names_its_line(root: Path, old: str, new: str, expected: str) -> None:
    assert topic_errors(root, old, new) == [expected]


def test_a_topic_is_there_in_every_locale(root: Path) -> None:
    (root / "zh-Hans" / "topics" / "second.md").unlink()

    assert "xa/zh-Hans/topics/second.md: topic-missing" in check_errors(root)


def test_a_topic_text_without_a_topic_is_an_error(root: Path) -> None:
    (root / "en" / "topics" / "third.md").write_text((root / "en" / "topics" / "second.md").read_text())

    assert "xa/en/topics/third.md: unknown-topic (value=third)" in check_errors(root)


# --- rule cards --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_every_topic_shows_the_rule_it_rests_on(root: Path, locale: str) -> None:
    """Without its card, a reader sees neither the weight of what is said nor the day it was checked."""
    errors = topic_errors(root, "{rule:two-staff}", "", locale)

    assert errors == ["body: no-rule-card"]


def test_a_translation_shows_every_rule_of_its_source_text(root: Path) -> None:
    errors = topic_errors(root, "{rule:two-staff}", "{rule:two-staff}\n\n{rule:hours}")

    assert errors == ["xa/zh-Hans/topics/first-minute.md: body: rule-card-missing (rule=hours)"]


def test_a_translation_shows_no_rule_of_its_own(root: Path) -> None:
    errors = topic_errors(root, "{rule:two-staff}", "{rule:two-staff}\n\n{rule:hours}", "zh-Hans")

    assert errors == ["body: rule-card-added (rule=hours)"]


def test_the_order_and_place_of_rule_cards_are_the_translators(root: Path) -> None:
    both = "{rule:two-staff}\n\n{rule:hours}"
    edit(root, "zh-Hans/topics/first-minute.md", "{rule:two-staff}", "{rule:hours}\n\n{rule:two-staff}")

    assert topic_errors(root, "{rule:two-staff}", both) == []


def test_a_stale_translation_must_show_the_rules_of_today(root: Path) -> None:
    """A card needs no translator, and an old topic with an old rule would be the wrong half of an update."""
    edit(root, "en/topics/second.md", "{rule:hours}", "{rule:two-staff}")

    assert check_errors(root) == [
        "xa/zh-Hans/topics/second.md: body: rule-card-missing (rule=two-staff)",
        "xa/zh-Hans/topics/second.md: body: rule-card-added (rule=hours)",
    ]


def test_a_very_long_topic_is_an_error(root: Path) -> None:
    assert topic_errors(root, "Keep the door shut. {src", "x" * 50_000 + " {src") == [
        "body: text-too-long (count=50145; limit=50000)"
    ]


PARTIAL = 'name = "简体中文"\nfallback = "en"', 'name = "简体中文"\nfallback = "en"\npartial = true'


@pytest.mark.parametrize(("key", "missing"), [("say.who", True), ("rule.hours", False)])
def test_a_partial_locale_may_lack_what_is_not_read_at_the_door(root: Path, key: str, missing: bool) -> None:
    edit(root, "pack.toml", *PARTIAL)
    lines = (root / "zh-Hans" / "strings.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    (root / "zh-Hans" / "strings.toml").write_text("".join(line for line in lines if f'"{key}"' not in line))
    (root / "zh-Hans" / "topics" / "second.md").unlink()

    errors, warnings = check_errors(root), check_warnings(root)

    assert any(f"{key}: text-missing" in line for line in errors) is missing
    assert (f"xa/zh-Hans/strings.toml: {key}: not-translated" in warnings) is not missing
    assert "xa/zh-Hans/topics/second.md: not-translated" in warnings
    assert not any("topics/second" in line for line in errors)


def test_a_partial_locale_takes_only_from_one_that_has_it(root: Path) -> None:
    edit(root, "pack.toml", *PARTIAL)
    for tag in ("en", "zh-Hans"):
        (root / tag / "topics" / "second.md").unlink()

    assert "xa/zh-Hans/topics/second.md: topic-missing" in check_errors(root)


def test_the_source_locale_is_never_partial(root: Path) -> None:
    edit(root, "pack.toml", 'name = "English"', 'name = "English"\nfallback = "zh-Hans"\npartial = true')

    assert "xa/pack.toml: locale › en › partial: no-fallback" in check_errors(root)
