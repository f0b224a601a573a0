"""The whole application over the tiny pack, with somebody of each role signed in: for tests of the desk's pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from server.app import create_app
from server.auth.gate import Gate
from server.auth.people.members import make_member
from server.auth.roles import Person
from server.auth.sessions import find_session, prepare_session
from server.config import Config
from server.editor.desk import Desk
from server.editor.units.unit import Unit
from server.editor.web.page import unit_url
from server.publish.data_folder.release import DataFolder
from server.store.protocol import Store
from tests.auth.browser import COOKIE, Browser
from tests.auth.desk import ORIGIN, Clock, make_gate
from tests.editor.desks import SAY
from tests.memory import MemoryStore
from tests.publishing import Publisher

PEOPLE = {
    "owner": Person("0" * 32, "Ann", "owner"),
    "publisher": Person("1" * 32, "Ben", "publisher"),
    "editor": Person("2" * 32, "Chen", "editor"),
    "translator": Person("3" * 32, "Mei", "translator", ("zh-Hans",)),
    "reader": Person("4" * 32, "Rea", "reader"),
}
NEW_WORDS = "Please stand back from my door."


class Visitor(Browser):
    """A browser that keeps the token of its session's forms."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.kept = ""

    def token(self, path: str = "") -> str:
        self.kept = self.kept or super().token("/editor/account/")
        return self.kept

    def any_page(self) -> str:
        return ""

    def upload(self, path: str, data: bytes, *, name: str = "file.zip", **fields: Any) -> TestResponse:
        """Send a form with a file."""
        boundary = "the-end-of-a-part"
        parts = [
            _part(f'name="{key}"', str(value).encode()) for key, value in {"csrf_token": self.token(), **fields}.items()
        ]
        parts.append(_part(f'name="file"; filename="{name}"\r\nContent-Type: application/octet-stream', data))
        body = b"".join(b"--" + boundary.encode() + b"\r\n" + part for part in parts) + f"--{boundary}--\r\n".encode()
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        return self.post(path, data=body, headers=headers, content_type=f"multipart/form-data; boundary={boundary}")


def _part(about: str, data: bytes) -> bytes:
    return f"Content-Disposition: form-data; {about}\r\n\r\n".encode() + data + b"\r\n"


class Office:
    """The application, its people's browsers, and its desk for what a test only needs to be so."""

    def __init__(self, publisher: Publisher, *, store: Store | None = None) -> None:
        self.publisher = publisher
        self.packs: Path = publisher.packs
        self.data: DataFolder = publisher.data
        self.store = store or MemoryStore()
        self.clock = Clock()
        self.gate: Gate = make_gate(self.store, self.clock)
        config = Config(data=self.data.root, packs=self.packs, origin=ORIGIN)
        self.app = create_app(config, store=lambda: self.store, now=self.clock)
        for person in PEOPLE.values():
            member = replace(make_member(self.gate, person, "en"), secured=True, finished_at=self.gate.make_stamp())
            self.store.commit([member.build_save_change()])
        self.present = list(PEOPLE.values())
        self.desk = Desk(
            self.store, self.packs, self.data, config.build_sources(), people=lambda: self.present, clock=self.clock
        )
        self._browsers: dict[str, Visitor] = {}
        self._tokens: dict[str, str] = {}
        self._stranger = Visitor(self.app)
        self._stranger.kept = Browser.token(self._stranger)

    def __getitem__(self, role: str) -> Visitor:
        """Give the browser of whoever has that role, signed in."""
        if role not in self._browsers:
            browser = Visitor(self.app)
            token, changes = prepare_session(self.gate, PEOPLE[role].id, "", instead_of=None)
            self.store.commit(changes)
            self._tokens[role] = token
            browser.client.set_cookie(COOKIE, token, domain="desk.example.org", path="/editor/", secure=True)
            self._browsers[role] = browser
        return self._browsers[role]

    def return_to_work(self, role: str) -> None:
        """Let whoever was signed out sign in again."""
        if role in self._tokens and find_session(self.gate, self._tokens[role]) is None:
            del self._browsers[role], self._tokens[role]

    def stranger(self) -> Visitor:
        """Give the browser of somebody who is not signed in."""
        return self._stranger

    def address(self, unit: Unit, endpoint: str, **more: Any) -> str:
        """Give the address of a page about a unit."""
        with self.app.test_request_context("/editor/"):
            return unit_url(unit, endpoint, **more)

    def save(self, unit: Unit = SAY, content: Any = NEW_WORDS, *, by: str = "editor", submit: bool = True) -> int:
        """Save a unit as somebody, hand it in, and give the number of its revision."""
        head = self.desk.edits.save(PEOPLE[by], unit, content, seen=self.desk.edits.get_draft(unit).head).head
        if submit:
            self.desk.reviews.submit_revision(PEOPLE[by], unit, head)
        return head

    def approve(self, unit: Unit = SAY, content: Any = NEW_WORDS, *, by: str = "editor") -> int:
        """Save a unit and have somebody else approve it."""
        head = self.save(unit, content, by=by)
        self.desk.reviews.approve_revision(PEOPLE["publisher" if by != "publisher" else "owner"], unit, head)
        return head

    def approve_unchecked(self, unit: Unit = SAY, content: Any = NEW_WORDS) -> int:
        """Save a unit and approve it as older programs did, whatever the checker finds."""
        checked, self.desk.reviews.find_errors = self.desk.reviews.find_errors, lambda units: ()
        try:
            return self.approve(unit, content)
        finally:
            self.desk.reviews.find_errors = checked

    def publish(self, *, by: str = "owner") -> str:
        """Publish what is approved and give the release's digest."""
        return str(self.desk.publishing.publish_plan(PEOPLE[by], self.desk.publishing.make_plan().digest).release)
