"""The desk's two cookies, as Flask's session: one names a session in the store, one serves pages before the sign-in.

Neither is ever set or read outside /editor/: the public pages have no cookies.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeSerializer

from server.auth.gate import LazyGate, RelyingParty
from server.auth.sessions import Session, find_session
from server.errors import AppError

FOLDER = "/editor/"
ASSETS = "/editor/assets/"
# What the cookie from before the sign-in may hold, and how long a value may be.
BEFORE = {"csrf_token": 64, "language": 35}


def is_desk(path: str) -> bool:
    """True for the pages of the desk; its stylesheet and scripts need nobody to be known."""
    return path.startswith(FOLDER) and not path.startswith(ASSETS)


class DeskSession(dict[str, Any], SessionMixin):
    """What Flask-WTF keeps its token in. `held` is the session of somebody who is signed in.

    `token` is set by a sign-in and `ended` by a sign-out; both become cookies when the answer is sent. `fault` is why the
    desk cannot be used in this request; nothing is set then.
    """

    def __init__(self, values: dict[str, Any] | None = None, held: Session | None = None) -> None:
        super().__init__(values or {})
        self.held = held
        self.token = ""
        self.ended = False
        self.modified = False
        self.fault: AppError | None = None

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self.modified = True


class DeskCookies(SessionInterface):
    """Reads and writes the cookies."""

    def __init__(self, lazy: LazyGate) -> None:
        self.lazy = lazy
        # A name that only a secure origin can set (RFC 6265bis, section 4.1.3.1).
        prefix = "__Secure-" if lazy.party.is_secure else ""
        self.signed_in = f"{prefix}doorwise_editor"
        self.before = f"{prefix}doorwise_start"

    def open_session(self, app: Flask, request: Request) -> DeskSession:
        """The session of this request. It never raises: the guard tells of a fault where it can be answered."""
        if not is_desk(request.path):
            return DeskSession()
        try:
            token = request.cookies.get(self.signed_in)
            held = find_session(self.lazy.gate(), token) if token else None
            if held is not None:
                return DeskSession({"csrf_token": held.csrf}, held)
            app.secret_key = self.lazy.secret()
            return DeskSession(self._read(request.cookies.get(self.before, "")))
        except AppError as error:
            session = DeskSession()
            session.fault = error
            return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set what has changed."""
        assert isinstance(session, DeskSession)
        if not is_desk(request.path) or session.fault is not None:
            return
        response.vary.add("Cookie")
        flags = {"path": f"{request.script_root}{FOLDER}", **self._flags(self.lazy.party)}
        if session.token:
            response.set_cookie(self.signed_in, session.token, **flags)
            response.delete_cookie(self.before, **flags)
            return
        if session.ended:
            response.delete_cookie(self.signed_in, **flags)
        if session.ended or (session.held is None and session.modified):
            response.set_cookie(self.before, self._signer().dumps(dict(session)), **flags)

    @staticmethod
    def _flags(party: RelyingParty) -> dict[str, Any]:
        return {"httponly": True, "samesite": "Strict", "secure": party.is_secure}

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.lazy.secret(), salt="doorwise-start")

    def _read(self, cookie: str) -> dict[str, Any]:
        try:
            values = self._signer().loads(cookie)
        except BadSignature:
            return {}
        if not isinstance(values, dict):
            return {}
        return {
            name: value
            for name, value in values.items()
            if name in BEFORE and isinstance(value, str) and len(value) <= BEFORE[name]
        }
