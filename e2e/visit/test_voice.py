"""The phone speaks the sentences, or the screen shows that it does not."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.conftest import NOON
from e2e.door_pages import fake, locales, open_page, path_of, phone_context, shipped, words

Speak = Callable[[str], tuple[Page, Locator]]
SENTENCE = words(shipped().spoken_locale, "say.elder-go-away")


@pytest.fixture
def open_phone(browser: Browser, base_url: str) -> Iterator[Callable[[str, str], Page]]:
    """A phone with such a voice, at this page; its time stands still until a test moves it."""
    with phone_context(browser, base_url) as context:
        context.clock.install(time=NOON)

        def open_at(script: str, path: str) -> Page:
            context.add_init_script(fake(script))
            page = open_page(context.new_page(), path)
            page.clock.pause_at("2026-11-21T12:10:00+08:00")
            return page

        yield open_at


@pytest.fixture
def voice(open_phone: Callable[[str, str], Page]) -> Speak:
    """A phone with such a voice, told to speak."""

    def speak(script: str) -> tuple[Page, Locator]:
        page = open_phone(script, path_of("en", "elder"))
        page.locator("#step-play [data-say]").click()
        return page, page.locator("#say-elder-go-away [data-speak-failed]")

    return speak


def test_the_page_with_large_letters_speaks_at_the_first_tap(voice: Speak) -> None:
    """It has promised that the phone speaks: no second button has to be found."""
    page, failed = voice('voice(["en-US", "zh_CN"], "start")')
    page.clock.run_for(10_000)
    expect(failed).to_be_hidden()
    assert page.evaluate("spoken") == [[SENTENCE, "zh_CN"]]

    page.locator("#say-elder-go-away [data-speak]").click()

    assert page.evaluate("spoken") == [[SENTENCE, "zh_CN"]] * 2


@pytest.mark.parametrize("flow_id", [flow.id for flow in shipped().flows.values() if flow.large])
def test_every_sentence_of_a_page_with_large_letters_speaks_at_once(
    open_phone: Callable[[str, str], Page], flow_id: str
) -> None:
    page = open_phone('voice(["zh-CN"], "start")', path_of("en", flow_id))
    said = [say for step in shipped().flows[flow_id].steps for say in step.say]
    assert said
    for say in said:
        page.locator(f'[data-step] [data-say="{say}"]').click()
        page.keyboard.press("Escape")
        expect(page.locator(f"#say-{say}")).to_be_hidden()

    assert page.evaluate("spoken") == [[words("zh-Hans", f"say.{say}"), "zh-CN"] for say in said]


def test_elsewhere_the_phone_speaks_when_it_is_told_to(open_phone: Callable[[str, str], Page]) -> None:
    """Whoever only wants to read must not be heard through the door."""
    page = open_phone('voice(["zh-CN"], "start")', path_of("en"))
    say = shipped().verdict["start"]
    page.locator("[data-verdict] [data-say]").locator("visible=true").click()
    assert page.evaluate("spoken") == []

    page.locator(f"#say-{say} [data-speak]").click()

    assert page.evaluate("spoken") == [[words("zh-Hans", f"say.{say}"), "zh-CN"]]


@pytest.mark.parametrize("tile", list(shipped().tiles))
def test_the_sentence_of_a_tile_is_spoken_in_its_panel(open_phone: Callable[[str, str], Page], tile: str) -> None:
    page = open_phone('voice(["zh-CN"], "start")', path_of("en"))
    page.locator(f'[data-tile="{tile}"]').click()

    page.locator(f"#tile-{tile} [data-speak]").click()

    assert page.evaluate("spoken") == [[words("zh-Hans", f"say.{shipped().tiles[tile].say}"), "zh-CN"]]


def test_a_phone_that_has_not_told_its_voices_yet_is_asked_to_speak_in_the_packs_language(voice: Speak) -> None:
    page, failed = voice('voice([], "start")')
    page.clock.run_for(10_000)
    expect(failed).to_be_hidden()
    assert page.evaluate("spoken") == [[SENTENCE, shipped().speech]]


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ('voice(["en-US", "fr-FR"], "start")', 0),
        ('voice(["zh-HK"], "start")', 0),
        ('voice(["zh-CN"], "nothing")', 1),
        ('voice(["zh-CN"], "fail")', 1),
        ("noVoice()", 0),
    ],
    ids=["no-chinese-voice", "cantonese-only", "silent", "fails", "no-speech-at-all"],
)
def test_a_phone_that_does_not_speak_says_so(voice: Speak, script: str, spoken: int) -> None:
    page, failed = voice(script)

    page.clock.run_for(3000)

    expect(failed).to_be_visible()
    expect(failed).to_be_in_viewport(ratio=1)
    assert len(page.evaluate("spoken")) == spoken


def test_that_one_sentence_was_not_spoken_is_not_said_of_the_next(open_phone: Callable[[str, str], Page]) -> None:
    page = open_phone("noVoice()", path_of("en", "elder"))
    failed = page.locator("[data-speak-failed]")
    page.locator("#step-play [data-say]").click()
    expect(failed).to_be_visible()
    page.keyboard.press("Escape")

    page.locator('[data-danger="threat"]').click()

    expect(page.locator("#danger-threat")).to_be_visible()
    expect(failed).to_be_hidden()


@pytest.mark.parametrize("locale", locales())
def test_that_a_sentence_was_not_spoken_does_not_lie_over_the_sentence(
    open_phone: Callable[[str, str], Page], locale: str
) -> None:
    """It is to be held up instead: all of it stands above the notice, on a screen where it had just fitted."""
    page = open_phone("noVoice()", path_of(locale))
    page.set_viewport_size({"width": 360, "height": 640})
    page.locator("[data-verdict] [data-say]").locator("visible=true").click()
    panel = page.locator(".panel:target")
    page.locator("[data-speak]").locator("visible=true").click()
    expect(page.locator("[data-speak-failed]")).to_be_visible()

    for text in panel.locator("p:not([hidden]):not([data-speak-failed])").all():
        expect(text).to_be_in_viewport(ratio=1)
        assert text.evaluate(
            "(one) => one.getBoundingClientRect().bottom <= document.querySelector('[data-panel-tools]').getBoundingClientRect().top"
        ), text.inner_text()
