"""A browser in front of the desk, without its engine: cookies, forms, script requests, and a device with passkeys."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.auth.authenticator import Authenticator
from tests.auth.desk import ORIGIN

COOKIE = "__Secure-doorwise_editor"


class Browser:
    """One browser; `device` is the authenticator that answers for it, `address` where it asks from."""

    def __init__(self, app: Flask, device: Authenticator | None = None, *, address: str = "198.51.100.7") -> None:
        self.client = app.test_client()
        self.device = device or Authenticator(ORIGIN)
        self.address = address

    def open(self, path: str, **headers: str) -> TestResponse:
        """Go to a page, by its path or its whole address."""
        fields = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", **headers}
        return self.client.get(_path(path), base_url=ORIGIN, headers=fields, environ_base={"REMOTE_ADDR": self.address})

    def token(self, path: str = "/editor/sign-in") -> str:
        """The form token of a page."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.open(path).text)
        assert found, f"{path} has no token"
        return found[1]

    def send(
        self, path: str, *, opened: str | None = None, headers: dict[str, str] | None = None, **fields: Any
    ) -> TestResponse:
        """Send a form of the page `opened` (by default the one that everybody may open)."""
        data = {"csrf_token": self.token(opened or self.any_page()), **fields}
        return self.post(
            path, data=data, headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        )

    def ask(self, path: str, body: object, *, opened: str | None = None) -> TestResponse:
        """Send a script's request."""
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
        headers["X-CSRFToken"] = self.token(opened or self.any_page())
        return self.post(path, json=body, headers=headers)

    def post(self, path: str, **options: Any) -> TestResponse:
        """Send anything."""
        return self.client.post(_path(path), base_url=ORIGIN, environ_base={"REMOTE_ADDR": self.address}, **options)

    def any_page(self) -> str:
        """A page that this browser may open now."""
        answer = self.open("/editor/sign-in")
        if answer.status_code == 200:
            return "/editor/sign-in"
        return "/editor/finish" if self.open("/editor/account/").status_code == 303 else "/editor/account/"

    def create(self, options: str, finish: str, **fields: Any) -> TestResponse:
        """Make a passkey through a page's two addresses."""
        begun = self.ask(options, fields)
        assert begun.status_code == 200, begun.text
        answer = {**fields, "ticket": begun.json["ticket"], "credential": self.device.create(begun.json["options"])}
        return self.ask(finish, answer)

    def follow(self, link: str, name: str = "") -> TestResponse:
        """Make a passkey behind a one-time link."""
        path = _path(link)
        assert self.open(path).status_code == 200
        return self.create(f"{path}/options", f"{path}/passkey", name=name, passkey_name="phone")

    def sign_in(self, **lies: Any) -> TestResponse:
        """Sign in with the device."""
        begun = self.ask("/editor/sign-in/options", {})
        credential = self.device.get(begun.json["options"], **lies)
        return self.ask("/editor/sign-in/passkey", {"ticket": begun.json["ticket"], "credential": credential})

    def confirm(self) -> TestResponse:
        """Use the passkey once more."""
        begun = self.ask("/editor/confirm/options", {})
        credential = self.device.get(begun.json["options"])
        return self.ask("/editor/confirm/passkey", {"ticket": begun.json["ticket"], "credential": credential})

    def print_codes(self) -> list[str]:
        """Make recovery codes and prove that they are on paper."""
        page = self.send("/editor/account/codes/")
        codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", page.text)
        asked = int(re.search(r'data-asked="(\d+)"', page.text)[1])
        assert self.send("/editor/account/codes/confirm", code=codes[asked - 1]).status_code == 303
        return codes

    @property
    def cookie(self) -> str | None:
        """The token of the session that this browser holds."""
        held = self.client.get_cookie(COOKIE, domain=urlsplit(ORIGIN).hostname, path="/editor/")
        return held.value if held else None


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def shown_link(page: TestResponse) -> str:
    """The one-time link that a page shows."""
    found = re.search(r"data-link>([^<]+)<", page.text)
    assert found, page.text
    return found[1]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(page: TestResponse) -> str:
    """What a page says."""
    parser = _Words()
    parser.feed(page.text)
    return " ".join(" ".join(parser.words).split())
