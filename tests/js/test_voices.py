"""Which of a phone's voices speaks the sentences: phones name one language in many ways, and a neighbour's is no help."""

import pytest

from tests.js.node import Node


def voices(*tags: str, local: bool = True) -> list[dict[str, object]]:
    return [{"lang": tag, "localService": local} for tag in tags]


@pytest.mark.parametrize("tag", ["zh-CN", "zh_CN", "cmn-Hans-CN", "cmn-CN", "zh-Hans", "zh-Hans-CN", "zh"])
def test_a_voice_of_the_language_is_found_by_whatever_name(node: Node, tag: str) -> None:
    assert node.call("chooseVoice", voices("en-US", tag), "zh-CN")["lang"] == tag


@pytest.mark.parametrize("tag", ["zh-HK", "zh_HK", "yue-HK", "yue-Hant-HK", "zh-TW", "zh-Hant", "cmn-Hant-TW", "en-US"])
def test_a_voice_of_another_region_is_not_taken(node: Node, tag: str) -> None:
    assert node.call("chooseVoice", voices(tag), "zh-CN") is None


def test_the_same_region_comes_before_one_that_names_none(node: Node) -> None:
    assert node.call("chooseVoice", voices("zh", "zh-HK", "zh-CN"), "zh-CN")["lang"] == "zh-CN"


def test_a_voice_on_the_phone_comes_before_one_that_needs_a_network(node: Node) -> None:
    both = [*voices("zh-CN", local=False), *voices("cmn-Hans-CN")]

    assert node.call("chooseVoice", both, "zh-CN")["lang"] == "cmn-Hans-CN"


@pytest.mark.parametrize(
    ("tag", "wanted"), [("zh-Hans", "zh-CN"), ("cmn_Hans_CN", "zh-CN"), ("en-GB", "en-GB"), ("id", "id")]
)
def test_a_phone_without_a_list_of_voices_is_asked_in_a_tag_that_it_knows(node: Node, tag: str, wanted: str) -> None:
    assert node.call("normaliseTag", tag) == wanted
