"""Security and caching headers. The service worker gives the same ones to the pages it answers (pwa/views.py)."""

from __future__ import annotations

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

# Two years, as browsers' preload lists ask; sent only where TLS was used, as RFC 6797 section 7.2 wants.
STRICT_TRANSPORT_SECURITY = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")

# `no-transform` (RFC 9111 section 5.2.2.6) on everything released: a CDN that minifies or injects changes bytes, and a phone
# refuses a file that has another digest than the release names.
IMMUTABLE = ("Cache-Control", "public, max-age=31536000, immutable, no-transform")
NO_CACHE = ("Cache-Control", "no-cache, no-transform")
NO_STORE = ("Cache-Control", "no-store")


def list_security_headers(scheme: str) -> list[tuple[str, str]]:
    """Return the headers of every document and of the worker; `scheme` is the one in the reader's address."""
    return _add_transport_security(scheme, SECURITY)


def list_editor_headers(scheme: str) -> list[tuple[str, str]]:
    """Return the headers of the desk's pages."""
    return _add_transport_security(scheme, EDITOR_SECURITY)


def list_asset_headers(scheme: str) -> list[tuple[str, str]]:
    """Return the headers of files that are not documents: a policy for scripts and frames would be 500 useless bytes."""
    return _add_transport_security(scheme, ASSET)


def _add_transport_security(scheme: str, headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [*headers, STRICT_TRANSPORT_SECURITY] if scheme == "https" else list(headers)
