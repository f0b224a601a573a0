"""The phone speaks the sentences, or the screen shows that it does not."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.conftest import NOON
from e2e.door_pages import fake, open_page, path_of, phone_context, words


@pytest.fixture
def voice(browser: Browser, base_url: str) -> Iterator[Callable[[str], tuple[Page, Locator]]]:
    """A phone with such a voice, told to speak; its time stands still until a test moves it."""
    with phone_context(browser, base_url) as context:
        context.clock.install(time=NOON)

        def speak(script: str) -> tuple[Page, Locator]:
            context.add_init_script(fake(script))
            page = open_page(context.new_page(), path_of("en", "elder"))
            page.clock.pause_at("2026-11-21T12:10:00+08:00")
            page.locator("#step-play [data-say]").click()
            panel = page.locator("#say-elder-go-away")
            panel.locator("[data-speak]").click()
            return page, panel.locator("[data-speak-failed]")

        yield speak


def test_the_phone_speaks_the_sentence_in_the_language_of_the_door(
    voice: Callable[[str], tuple[Page, Locator]],
) -> None:
    page, failed = voice('voice(["en-US", "zh_CN"], "start")')
    page.clock.run_for(10_000)
    expect(failed).to_be_hidden()
    assert page.evaluate("spoken") == [[words("zh-Hans", "say.elder-go-away"), "zh_CN"]]


def test_a_phone_that_has_not_told_its_voices_yet_is_asked_to_speak(
    voice: Callable[[str], tuple[Page, Locator]],
) -> None:
    page, failed = voice('voice([], "start")')
    page.clock.run_for(10_000)
    expect(failed).to_be_hidden()
    assert page.evaluate("spoken") == [[words("zh-Hans", "say.elder-go-away"), "zh-Hans"]]


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ('voice(["en-US", "fr-FR"], "start")', 0),
        ('voice(["zh-CN"], "nothing")', 1),
        ('voice(["zh-CN"], "fail")', 1),
        ("noVoice()", 0),
    ],
    ids=["no-chinese-voice", "silent", "fails", "no-speech-at-all"],
)
def test_a_phone_that_does_not_speak_says_so(
    voice: Callable[[str], tuple[Page, Locator]], script: str, spoken: int
) -> None:
    page, failed = voice(script)

    page.clock.run_for(3000)

    expect(failed).to_be_visible()
    expect(failed).to_be_in_viewport()
    assert len(page.evaluate("spoken")) == spoken
