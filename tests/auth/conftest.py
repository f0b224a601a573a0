"""A desk in memory, its clock, and a device."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from server.app import create_app
from server.auth.gate import Gate
from server.auth.people.members import Member, list_members
from server.config import Config
from tests.auth.authenticator import Authenticator
from tests.auth.browser import Browser
from tests.auth.desk import ORIGIN, Clock, first_owner, make_gate, newcomer
from tests.memory import MemoryStore
from tests.publishing import Publisher


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def gate(store: MemoryStore, clock: Clock) -> Gate:
    return make_gate(store, clock)


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(ORIGIN)


@pytest.fixture
def owner(gate: Gate, device: Authenticator) -> Member:
    return first_owner(gate, device)


@pytest.fixture
def app(store: MemoryStore, clock: Clock, published_once: Publisher) -> Flask:
    """The whole application at ORIGIN, its desk in memory, its clock standing still."""
    config = Config(data=published_once.data.root, packs=published_once.packs, origin=ORIGIN)
    app = create_app(config, store=lambda: store, now=clock)
    app.testing = False
    return app


@pytest.fixture
def make_browser(app: Flask) -> Callable[..., Browser]:
    return lambda **options: Browser(app, **options)


@pytest.fixture
def visitor(make_browser: Callable[..., Browser]) -> Browser:
    """Somebody's browser; nobody is signed in."""
    return make_browser()


@pytest.fixture
def li(gate: Gate, make_browser: Callable[..., Browser]) -> Browser:
    """The first owner's browser, signed in."""
    browser = make_browser()
    first_owner(gate, browser.device)
    assert browser.sign_in().status_code == 200
    return browser


@pytest.fixture
def join(gate: Gate, li: Browser, make_browser: Callable[..., Browser]) -> Callable[..., Browser]:
    """Let somebody join and give their browser, signed in."""

    def join_as(name: str, role: str, *locales: str) -> Browser:
        browser = make_browser()
        owner = next(one for one in list_members(gate) if one.is_owner)
        newcomer(gate, owner, browser.device, name, role, *locales)
        assert browser.sign_in().status_code == 200
        return browser

    return join_as
