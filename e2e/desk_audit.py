"""What the audits of the desk's pages share: its language, and what is wrong with a page by eye and by keyboard."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.audit import axe_problems_in_both_schemes, larger_text, measured
from e2e.desk import Staff

WINDOWS = {"360": (360, 740), "1280": (1280, 800)}
# Lines of text may be longer than their field; that is what fields are for.
FIELD = re.compile("scrolls sideways or is cut: [^<]*<(input|textarea|select|iframe)")


def speak(staff: Staff, language: str) -> None:
    """Choose the language of the desk."""
    staff.page.locator(f".desk-foot__language[lang={language}]").click()
    expect(staff.page.locator("html")).to_have_attribute("lang", language)


def problems_of(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it is, in every window, in both colour schemes, by eye and by keyboard."""
    found = []
    for window, (width, height) in WINDOWS.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{window}: {problem}" for problem in measured(page, "cutOff")]
        found += axe_problems_in_both_schemes(page, window)
    page.set_viewport_size({"width": 360, "height": 740})
    larger_text(page, 200)
    found += [f"large text: {problem}" for problem in measured(page, "cutOff")]
    larger_text(page, 100)
    found += by_keyboard(page)
    # A field of one line scrolls what does not fit, as fields do.
    return [f"{name}: {problem}" for problem in found if not FIELD.search(problem)]


def by_keyboard(page: Page) -> list[str]:
    """Tab through the page: each stop is in view and outlined."""
    seen: set[str] = set()
    found = []
    page.evaluate("document.activeElement.blur()")
    while True:
        page.keyboard.press("Tab")
        focus = page.evaluate("audit.focus()")
        if focus is None or focus["key"] in seen:
            break
        seen.add(focus["key"])
        found += [] if focus["free"] else [f"covered: {focus['name']}"]
        found += [] if focus["outlined"] else [f"no outline: {focus['name']}"]
    assert seen, "the keyboard reaches nothing"
    return found
