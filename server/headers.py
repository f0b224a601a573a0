"""Security and caching headers. The service worker gives the same ones to the pages it answers (pwa/views.py)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

SECURITY = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), screen-wake-lock=(self)"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)

ASSET = tuple(item for item in SECURITY if item[0] in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy"))

# The desk's pages have forms, and `no-referrer` would make browsers send `Origin: null` with them (Fetch, "append a request
# Origin header"), so that the desk could not distinguish its own pages from foreign ones.
EDITOR_SECURITY = tuple(
    (name, value.replace("form-action 'none'", "form-action 'self'"))
    if name == "Content-Security-Policy"
    else (name, "same-origin" if name == "Referrer-Policy" else value)
    for name, value in SECURITY
)

# By the values of the setting `hsts`. Two years, as browsers' preload lists ask. `forget` takes an earlier promise back (RFC
# 6797 section 6.1.1).
STRICT_TRANSPORT_SECURITY = {
    "off": "",
    "host": "max-age=63072000",
    "subdomains": "max-age=63072000; includeSubDomains",
    "forget": "max-age=0",
}

# `no-transform` (RFC 9111 section 5.2.2.6) on everything released: a CDN that minifies or injects changes bytes, and a phone
# refuses a file that has another digest than the release names.
IMMUTABLE = ("Cache-Control", "public, max-age=31536000, immutable, no-transform")
NO_CACHE = ("Cache-Control", "no-cache, no-transform")
NO_STORE = ("Cache-Control", "no-store")


class TransportSecurity:
    """A WSGI layer that adds Strict-Transport-Security to answers over TLS and to no others (RFC 6797 section 7.2)."""

    def __init__(self, app: WSGIApplication, value: str) -> None:
        self.app = app
        self.value = value

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI entry."""
        if environ.get("wsgi.url_scheme") != "https":
            return self.app(environ, start_response)

        def start_secure_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            # A 304 repeats only what a cache needs: it costs a phone bytes at every start.
            own = [] if status.startswith("304") else [("Strict-Transport-Security", self.value)]
            return start_response(status, [*headers, *own], *rest)

        return self.app(environ, start_secure_response)
