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
# The values that the cookie before the sign-in may hold, with their longest lengths.
BEFORE = {"csrf_token": 64, "language": 35}


def is_desk_path(path: str) -> bool:
    """Return whether a path is a page of the desk; its stylesheet and scripts need no session."""
    return path.startswith(FOLDER) and not path.startswith(ASSETS)


class DeskSession(dict[str, Any], SessionMixin):
    """The session in which Flask-WTF saves its token. `held` is the session of the person who is signed in.

    `token` is set by a sign-in and `ended` by a sign-out; both become cookies when the answer is sent. `fault` is the
    error for which the desk cannot be used in this request; no cookie is set then.
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
    """Read and write the cookies."""

    def __init__(self, lazy: LazyGate) -> None:
        self.lazy = lazy
        # A name that only a secure origin can set (RFC 6265bis, section 4.1.3.1).
        prefix = "__Secure-" if lazy.party.is_secure else ""
        self.signed_in = f"{prefix}doorwise_editor"
        self.before = f"{prefix}doorwise_start"

    def open_session(self, app: Flask, request: Request) -> DeskSession:
        """Return the session of this request. Never raises: the guard reports a fault where it can be answered."""
        if not is_desk_path(request.path):
            return DeskSession()
        try:
            token = request.cookies.get(self.signed_in)
            held = find_session(self.lazy.get_gate(), token) if token else None
            if held is not None:
                return DeskSession({"csrf_token": held.csrf}, held)
            app.secret_key = self.lazy.get_secret()
            return DeskSession(self._read_cookie(request.cookies.get(self.before, "")))
        except AppError as error:
            session = DeskSession()
            session.fault = error
            return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookies that changed."""
        assert isinstance(session, DeskSession)
        if not is_desk_path(request.path) or session.fault is not None:
            return
        response.vary.add("Cookie")
        flags = {"path": f"{request.script_root}{FOLDER}", **self._make_cookie_flags(self.lazy.party)}
        if session.token:
            response.set_cookie(self.signed_in, session.token, **flags)
            response.delete_cookie(self.before, **flags)
            return
        if session.ended:
            response.delete_cookie(self.signed_in, **flags)
        if session.ended or (session.held is None and session.modified):
            response.set_cookie(self.before, self._make_cookie_signer().dumps(dict(session)), **flags)

    @staticmethod
    def _make_cookie_flags(party: RelyingParty) -> dict[str, Any]:
        return {"httponly": True, "samesite": "Strict", "secure": party.is_secure}

    def _make_cookie_signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.lazy.get_secret(), salt="doorwise-start")

    def _read_cookie(self, cookie: str) -> dict[str, Any]:
        try:
            values = self._make_cookie_signer().loads(cookie)
        except BadSignature:
            return {}
        if not isinstance(values, dict):
            return {}
        return {
            name: value
            for name, value in values.items()
            if name in BEFORE and isinstance(value, str) and len(value) <= BEFORE[name]
        }
