"""Region codes and language tags by their shape alone."""

import pytest

from server.guidance.model.regions import (
    find_parent_id,
    get_primary_language,
    is_language_tag,
    is_region_id,
    make_iso_code,
)


@pytest.mark.parametrize("region", ["cn", "us-ca", "gb-eaw", "fr-2a", "jp-13"])
def test_a_region_id_is_an_iso_code_in_small_letters(region: str) -> None:
    assert is_region_id(region)
    assert make_iso_code(region) == region.upper()


@pytest.mark.parametrize("region", ["", "CN", "c", "chn", "us-", "us-cali", "us_ca", "../cn", "cn\n", "cn/x"])
def test_other_shapes_are_no_region(region: str) -> None:
    assert not is_region_id(region)


def test_a_subdivision_belongs_to_its_country() -> None:
    assert find_parent_id("us-ca") == "us"
    assert find_parent_id("us") is None


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "zh-Hant-HK", "pcm-NG", "es-419", "ca-valencia"])
def test_language_tags_in_their_usual_spelling_are_known(tag: str) -> None:
    assert is_language_tag(tag)


@pytest.mark.parametrize("tag", ["", "EN", "zh_Hans", "zh-hans", "en-us", "e", "english", "../en", "en/.."])
def test_other_shapes_are_no_language_tag(tag: str) -> None:
    assert not is_language_tag(tag)


def test_the_primary_language_comes_first() -> None:
    assert get_primary_language("zh-Hant-HK") == "zh"
