"""Texts as they are read: placeholders filled in, fallback only away from the door."""

from pathlib import Path

import pytest

from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.guidance.texts.text import TextMissing, fill_placeholders, get_text, list_fallbacks
from tests.packs import tiny_pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return load_pack(tiny_pack(tmp_path))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Ring {contact:police}.", "Ring 110."),
        ("{hours:collection}", "08:00–22:00"),
        ("{hours:collection:from} {hours:collection:to}", "08:00 22:00"),
        ("At {address}, {src:L1}", "At {address}, {src:L1}"),
        ("no placeholder", "no placeholder"),
        ("", ""),
    ],
)
def test_placeholders_of_the_pack_are_filled_in_and_others_stay(pack: Pack, given: str, expected: str) -> None:
    assert fill_placeholders(pack, "en", given) == expected


def test_what_the_caller_names_is_filled_in(pack: Pack) -> None:
    assert fill_placeholders(pack, "en", "{count} at {time} {address}", count="2", time="now") == "2 at now {address}"


def test_what_is_filled_in_is_not_filled_in_again(pack: Pack) -> None:
    """An address that somebody typed must not become a placeholder."""
    assert fill_placeholders(pack, "en", "{address}", address="{contact:police}") == "{contact:police}"


@pytest.mark.parametrize("given", ["{contact:fire}", "{hours:night}"])
def test_a_placeholder_that_leads_nowhere_is_an_error(pack: Pack, given: str) -> None:
    with pytest.raises(TextMissing, match="xa/en: no "):
        fill_placeholders(pack, "en", given)


def test_a_keyed_text_comes_filled_in(pack: Pack) -> None:
    assert get_text(pack, "en", "hours.collection") == "hours collection 08:00–22:00"


def test_a_missing_text_names_its_key(pack: Pack) -> None:
    with pytest.raises(KeyError) as caught:
        get_text(pack, "en", "say.nobody")

    assert str(caught.value) == "xa/en: no text say.nobody"


def test_only_background_texts_come_from_a_fallback(pack: Pack) -> None:
    """At the door a sentence in the wrong language is worse than a release that is refused."""
    strings = {**pack.strings, "zh-Hans": {}}
    without = pack.model_copy(update={"strings": strings})

    assert get_text(without, "zh-Hans", "rule.hours") == "rule hours"
    with pytest.raises(TextMissing):
        get_text(without, "zh-Hans", "say.who")


def test_a_circle_of_fallbacks_ends(pack: Pack) -> None:
    locales = {
        "en": pack.locales["en"].model_copy(update={"fallback": "zh-Hans"}),
        "zh-Hans": pack.locales["zh-Hans"],
    }

    assert list_fallbacks(pack.model_copy(update={"locales": locales}), "en") == ["en", "zh-Hans"]
