"""A phone by day, for the tests of the visit screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from e2e.door_pages import by_day, phone_context


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    with phone_context(browser, base_url) as context:
        yield by_day(context)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
