"""Every view under /editor/ declares who may use it; the app refuses to start if one does not.

A view is marked with `needs(...)` or `open_to_all`; one hook before every request of the desk then checks, in this order:
the address, that a change comes from one of our pages, the person, the role, how fresh the sign-in is, and the form's token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from server.auth.cookies import DeskCookies, DeskSession, is_desk_path
from server.auth.errors import (
    AccessDenied,
    ConfirmationNeeded,
    ForeignRequest,
    NotYourForm,
    SetUpNeeded,
    SignInNeeded,
    StaleForm,
    WrongAddress,
)
from server.auth.gate import Gate, LazyGate
from server.auth.people.members import Member, find_member
from server.auth.roles import Permission, Person
from server.auth.sessions import Session, record_session_use

SAFE = ("GET", "HEAD", "OPTIONS")
ViewFunction = TypeVar("ViewFunction", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class AccessMark:
    """The requirements of a view; `permission` None opens it to everybody."""

    permission: Permission | None
    fresh: bool = False
    unfinished: bool = False


def needs(
    permission: Permission, *, fresh: bool = False, unfinished: bool = False
) -> Callable[[ViewFunction], ViewFunction]:
    """Mark a view as one for people who have that permission.

    Args:
        permission: What their role must allow.
        fresh: They must have used a passkey within the last minutes.
        unfinished: Also for those who still have only one way to sign in.
    """

    def mark_view(view: ViewFunction) -> ViewFunction:
        view.__dict__["desk_mark"] = AccessMark(permission, fresh, unfinished)
        return view

    return mark_view


def open_to_all(view: ViewFunction) -> ViewFunction:
    """Mark a view as one for which nobody needs to be signed in."""
    view.__dict__["desk_mark"] = AccessMark(None)
    return view


def find_access_mark(view: object) -> AccessMark | None:
    """Return the mark of a view, or None."""
    mark = getattr(view, "desk_mark", None)
    return mark if isinstance(mark, AccessMark) else None


def current_gate() -> Gate:
    """Return the gate of this application."""
    lazy = current_app.extensions["doorwise-gate"]
    assert isinstance(lazy, LazyGate)
    return lazy.get_gate()


def current_member() -> Member | None:
    """Return the member who is signed in, or None."""
    member = g.get("desk_member")
    return member if isinstance(member, Member) else None


def current_person() -> Person:
    """Return the person who is signed in.

    Raises:
        SignInNeeded: Nobody is.
    """
    member = current_member()
    if member is None:
        raise SignInNeeded("no session")
    return member.person


def current_session() -> Session:
    """Return the session of the person who is signed in.

    Raises:
        SignInNeeded: Nobody is.
    """
    held = desk_session().held
    if held is None:
        raise SignInNeeded("no session")
    return held


def desk_session() -> DeskSession:
    """Return Flask's session, which is a DeskSession."""
    found = session._get_current_object()  # type: ignore[attr-defined]  # how werkzeug names what a proxy stands for
    assert isinstance(found, DeskSession)
    return found


def install_guard(app: Flask, lazy: LazyGate) -> None:
    """Install cookies, checks and the form token; `check_access_marks` comes after the last blueprint."""
    app.extensions["doorwise-gate"] = lazy
    app.session_interface = DeskCookies(lazy)
    # The guard checks the token itself, after the other checks. It lives as long as its session. The Referer, which
    # Flask-WTF would compare over TLS, tells less than Origin and Sec-Fetch-Site.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf = CSRFProtect(app)

    @app.before_request
    def admit_request() -> BaseResponse | None:
        if not is_desk_path(request.path):
            return None
        if (fault := desk_session().fault) is not None:
            raise fault
        check_host(lazy)
        if isinstance(request.routing_exception, RequestRedirect):
            # Without the host: behind a proxy the router knows neither the name nor the scheme that the reader used.
            right = urlsplit(request.routing_exception.new_url)
            return redirect(right._replace(scheme="", netloc="").geturl(), 308)
        mark = find_access_mark(app.view_functions.get(request.endpoint or ""))
        if mark is None:  # Not a view of the desk: the router's own answers, such as "not found".
            return None
        app.secret_key = lazy.get_secret()
        if request.method not in SAFE:
            check_origin(lazy.party.origin)
        _identify_person(lazy.get_gate())
        refused = _admit_request(mark, lazy.get_gate())
        if refused is None and request.method not in SAFE:
            _check_whose_form()
            _check_csrf_token(csrf)
        return refused


def check_access_marks(app: Flask) -> None:
    """Raise when a view of the desk does not declare who may use it.

    Raises:
        RuntimeError: The message lists these views.
    """
    silent = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if f"{rule.rule}/".startswith("/editor/") and find_access_mark(app.view_functions[rule.endpoint]) is None
    ]
    if silent:
        raise RuntimeError(f"neither needs() nor open_to_all: {', '.join(sorted(silent))}")


def check_origin(origin: str) -> None:
    """Raise for a change that was not sent by a page of this desk.

    Raises:
        ForeignRequest: `Origin` names another origin; or it is missing, and Sec-Fetch-Site is not "same-origin" either.
    """
    sent, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin"):
        raise ForeignRequest(f"Sec-Fetch-Site: {site}")
    if sent is not None and sent != origin:
        raise ForeignRequest(f"Origin: {sent}")
    if sent is None and site is None:
        raise ForeignRequest("neither Origin nor Sec-Fetch-Site")


def check_host(lazy: LazyGate) -> None:
    """Raise for a request under another host name: a foreign name that points here would make its page our origin.

    Raises:
        WrongAddress: The request names another host. Its answer sets no cookie.
    """
    if request.host != lazy.party.netloc:
        error = WrongAddress(f"asked for as {request.host}; the desk's origin is {lazy.party.origin}")
        desk_session().fault = error
        raise error


def _identify_person(gate: Gate) -> None:
    """Find the member of the session. The session of a person who was disabled or removed is ignored."""
    held = desk_session().held
    member = find_member(gate, held.person) if held else None
    if held is None or member is None or not member.active:
        desk_session().held = None
        return
    g.desk_member = member
    record_session_use(gate, held)


def _admit_request(mark: AccessMark, gate: Gate) -> BaseResponse | None:
    """Return None to let the request through, or a redirect to the page that must come first."""
    member, held = current_member(), desk_session().held
    if mark.permission is None:
        return None
    if member is None or held is None:
        if not _is_navigation():
            raise SignInNeeded(request.endpoint)
        return redirect(url_for("auth.sign_in", next=_get_own_address()), 303)
    if not member.secured and not mark.unfinished:
        if not _is_navigation():
            raise SetUpNeeded(member.id)
        return redirect(url_for("auth.finish"), 303)
    if not member.person.may(mark.permission):
        raise AccessDenied(f"{member.person.role} may not {mark.permission}")
    if mark.fresh and not held.is_fresh(gate):
        if wants_json():
            raise ConfirmationNeeded(member.id)
        return redirect(
            url_for("auth.confirm", next=_get_own_address() if request.method == "GET" else find_parent_page()), 303
        )
    return None


def _check_whose_form() -> None:
    """Raise for a form of somebody else: in one browser a second person may sign in while the first one's page is open.

    Raises:
        NotYourForm: The form says whose it is, and another person is signed in.
    """
    whose, member = request.form.get("whose", ""), current_member()
    if whose and member is not None and member.id != whose:
        raise NotYourForm("a form of another person")


def _check_csrf_token(csrf: CSRFProtect) -> None:
    try:
        csrf.protect()
    except CSRFError as error:
        raise StaleForm(str(error.description)) from error


def wants_json() -> bool:
    """Return whether a script made the request."""
    return request.is_json or request.accept_mimetypes.best == "application/json"


def _is_navigation() -> bool:
    return request.method in ("GET", "HEAD") and not wants_json()


def _get_own_address() -> str:
    return request.full_path.rstrip("?")


def find_parent_page() -> str:
    """Return the page with the form that was sent: the nearest address above it that can be opened."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    parts = request.path.rstrip("/").split("/")[:-1]
    while len(parts) > 2:
        path = "/".join(parts) + "/"
        try:
            endpoint, _ = adapter.match(path, method="GET")
        except (HTTPException, RequestRedirect):
            endpoint = ""
        if find_access_mark(current_app.view_functions.get(endpoint)) is not None:
            return path
        parts.pop()
    return "/editor/"


def make_safe_target(target: str | None) -> str:
    """Return where to go after a sign-in: a page of this desk, with the proxy's path before it."""
    home = "/editor/"
    parts = urlsplit(target or "")
    ours = target is not None and not parts.scheme and not parts.netloc and target.startswith(home)
    plain = ours and "\\" not in str(target) and str(target).isprintable() and ".." not in parts.path.split("/")
    return request.script_root + (str(target) if plain else home)
