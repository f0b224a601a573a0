"""A check can fail; it can never prove. What no pack may say, and what it must still be able to say."""

from pathlib import Path

import pytest

from server.guidance.checks.claims import find_forbidden_claims, list_languages_with_claims
from tests.packs import check_errors, check_warnings, confirm, edit, set_string, tiny_pack

REFUSED = [
    ("en", "The visitor is genuine."),
    ("en", "These cards are genuine, open the door."),
    ("en", "Do not worry, they are genuine."),
    ("en", "If the two cards match: the staff are real."),
    ("en", "The letter is valid."),
    ("en", "They are real staff."),
    ("en", "The collector has been verified."),
    ("en", "Two cards mean the collector is from the bank. This proves that they are from the bank."),
    ("en", "It is safe to open the door."),
    ("en", "You can now open the door."),
    ("en", "You owe nothing."),
    ("en", "You don't owe this debt."),
    ("en", "You do not have to pay."),
    ("en", "You do not have to pay it back."),
    ("en", "Your family never has to pay."),
    ("en", "Your family owes nothing."),
    ("en", "Recording is always legal."),
    ("zh-Hans", "对方身份属实。"),
    ("zh-Hans", "证件是真的。"),
    ("zh-Hans", "来人身份已核实。"),
    ("zh-Hans", "他们是真的催收员。"),
    ("zh-Hans", "现在可以开门。"),
    ("zh-Hans", "请放心开门。"),
    ("zh-Hans", "这个人没问题。"),
    ("zh-Hans", "这说明对方是正规的。"),
    ("zh-Hans", "您不用还。"),
    ("zh-Hans", "你什么都不欠。"),
    ("zh-Hans", "家人没有义务还款。"),
    ("zh-Hans", "录音永远合法。"),
    ("zh-Hant-HK", "請放心開門。可以放心开门。"),
]
REASON = "a check can fail, it can never prove; say what failed or what is unknown"
HONEST = [
    ("en", "No check can prove who they are."),
    ("en", "No check can prove that they are genuine."),
    ("en", "A good answer does not show that the card is genuine."),
    ("en", "You cannot know whether they are genuine."),
    ("en", "A card that looks genuine can be forged."),
    ("en", "It is not safe to open the door."),
    ("en", "Do not say that you will pay. You do not have to pay cash at the door."),
    ("en", "You do not owe this debt unless you signed for it."),
    ("en", "Your family does not owe the debt unless they signed or stand guarantor."),
    ("en", "Nobody can promise that you owe nothing."),
    ("en", "After the bank has verified the letter, talk to them."),
    ("en", "The danger is real. Ring the real number of the bank."),
    ("en", "Verify the number yourself."),
    ("zh-Hans", "任何核对都无法证明来人身份属实。"),
    ("zh-Hans", "证件可能是假的，看不出是不是真的。"),
    ("zh-Hans", "不可以开门。"),
    ("zh-Hans", "请核实对方身份是否属实。"),
    ("zh-Hans", "别信“可以开门”。您别放心开门。"),
    ("zh-Hans", "家人没有替您还款的义务，签过字、做过担保的除外。"),
    ("zh-Hans", "您不用还手。"),
    ("zh-Hans", "有没有问题，请打电话问。"),
    ("zh-Hans", "答对了也不能证明对方是正规的。"),
]


@pytest.mark.parametrize(("locale", "text"), REFUSED, ids=[text for _, text in REFUSED])
def test_a_claim_of_genuineness_is_refused(locale: str, text: str) -> None:
    assert list(find_forbidden_claims(text, locale))


@pytest.mark.parametrize(("locale", "text"), HONEST, ids=[text for _, text in HONEST])
def test_an_honest_sentence_passes(locale: str, text: str) -> None:
    """A checker that cries wolf is soon switched off."""
    assert list(find_forbidden_claims(text, locale)) == []


@pytest.mark.parametrize(
    "key", ["verdict.no-warning-yet.title", "check.ids.fail", "rule.hours", "source.L1", "say.who"]
)
def test_a_claim_is_refused_in_every_kind_of_text(tmp_path: Path, key: str) -> None:
    root = tiny_pack(tmp_path)
    set_string(root, "en", key, "They are genuine")
    confirm(root)

    assert check_errors(root) == [f"xa/en/strings.toml: {key}: claim (reason={REASON}; value=genuine)"]


def test_what_never_to_do_may_name_what_is_wrong(tmp_path: Path) -> None:
    root = tiny_pack(tmp_path)
    set_string(root, "en", "never.sign", "Think: their cards are genuine")
    edit(root, "en/topics/second.md", 'never = ["Sign"]', 'never = ["Think that it is safe to open"]')
    confirm(root)

    assert check_errors(root) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("Wait.\n", "It is safe to\nopen the door.\n"), ('"More."', '"It is safe to open."')],
    ids=["body", "summary"],
)
def test_a_claim_is_refused_in_a_topic(tmp_path: Path, old: str, new: str) -> None:
    root = tiny_pack(tmp_path)
    edit(root, "en/topics/second.md", old, new)
    confirm(root)

    (line,) = check_errors(root)
    assert "claim (reason=the app never says that it is safe to open; value=" in line


def test_a_language_without_patterns_says_so(tmp_path: Path) -> None:
    """An unknown language is not silently held to be free of claims."""
    assert {"en", "zh"} <= list_languages_with_claims()
    root = tiny_pack(tmp_path)
    (root / "en").rename(root / "sw-KE")
    for path in ("pack.toml", "pack.toml", "pack.toml"):
        edit(root, path, '"en"', '"sw-KE"')

    assert "xa/sw-KE/strings.toml: no-claims-for-language" in check_warnings(root)
