"""People at the desk: each with a browser of their own and an authenticator in it, which Chromium emulates."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from tests.serving import ServerProcess

LINK = re.compile(r"^  (http://\S+/editor/\S+)$", re.MULTILINE)
KEY = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "hasResidentKey": True, "hasUserVerification": True}


class Staff:
    """Somebody with a browser. `key` names the authenticator that answers now."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context: BrowserContext = browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options}
        )
        self.page: Page = self.context.new_page()
        self.cdp: CDPSession = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        self.key = self.new_key()

    def new_key(self, transport: str = "internal") -> str:
        """Plug in an authenticator that verifies whoever is there."""
        options = {**KEY, "transport": transport, "isUserVerified": True, "automaticPresenceSimulation": True}
        self.key = str(self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])
        return self.key

    def lose_key(self) -> None:
        """The authenticator is gone, and its passkeys with it."""
        self.cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.key})

    def credentials(self) -> list[dict[str, Any]]:
        """What the authenticator holds."""
        return list(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.key})["credentials"])

    def take(self, credential: dict[str, Any]) -> None:
        """Hold a credential that another authenticator had: the same security key in another computer."""
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.key, "credential": credential})

    def recognise(self, verified: bool) -> None:
        """Whether the authenticator recognises the person in front of it."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.key, "isUserVerified": verified})

    def goto(self, path: str = "/editor/") -> None:
        """Go to a page of the desk, by its path or its whole address."""
        self.page.goto(path if path.startswith("http") else f"{self.url}{path}")

    def click(self, name: str, role: Any = "button") -> None:
        """Press what is called so."""
        self.page.get_by_role(role, name=name, exact=True).click()

    def heading(self, name: str) -> None:
        """Expect the page with that title."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    def sign_in(self) -> None:
        """Sign in with the passkey that the authenticator holds."""
        self.goto("/editor/sign-in")
        self.click("Sign in with a passkey")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def print_codes(self) -> list[str]:
        """Make recovery codes, write them down, and prove it."""
        self.click("Make recovery codes")
        codes, asked = self.shown_codes()
        self.page.get_by_label(re.compile("Type code number")).fill(codes[asked - 1].lower())
        self.click("I have them on paper")
        expect(self.page.get_by_role("status").filter(visible=True)).to_have_text(
            "Your codes work from now on. Earlier ones do not."
        )
        return codes

    def shown_codes(self) -> tuple[list[str], int]:
        """The codes on the page, and the number of the one that it asks for."""
        asked = int(self.page.get_by_label(re.compile("Type code number")).get_attribute("data-asked") or 0)
        return self.page.locator("[data-codes] code").all_text_contents(), asked

    def make_passkey(self, link: str, name: str = "", key: str = "phone") -> None:
        """Follow a one-time link to its end."""
        self.goto(link)
        if name:
            self.page.get_by_label("Your name, as others see it").fill(name)
        self.page.get_by_label("A name for this passkey").fill(key)
        self.click("Make a passkey")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def shown_link(self) -> str:
        """The one-time link that the page shows."""
        return self.page.get_by_label("One-time link").input_value()

    def invite(self, role: str, *languages: str) -> str:
        """Invite somebody and give the link."""
        self.goto("/editor/people/")
        form = self.page.get_by_role("region", name="Invite somebody")
        form.get_by_role("radio", name=re.compile(f"^{role} ")).check()
        for language in languages:
            form.get_by_role("checkbox", name=language).check()
        self.click("Make an invitation")
        return self.shown_link()


def setup_link(server: ServerProcess) -> str:
    """The first owner's link, as the server printed it."""
    found = LINK.findall("".join(server.lines))
    assert found, "the server printed no link"
    return str(found[-1])


@contextlib.contextmanager
def staff_of(browser: Browser, url: str) -> Iterator[Callable[..., Staff]]:
    """Hire people; their browsers close at the end. An error in a page, or against its policy, fails the test."""
    hired: list[Staff] = []
    problems: list[str] = []

    def hire(**options: Any) -> Staff:
        one = Staff(browser, url, **options)
        one.context.on("weberror", lambda error: problems.append(f"{one.page.url}: {error.error}"))
        one.page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        hired.append(one)
        return one

    yield hire
    for one in hired:
        one.context.close()
    # What the browser itself prints about an answer that is an error page, as it should.
    found = [line for line in problems if "Failed to load resource" not in line]
    assert found == [], found
