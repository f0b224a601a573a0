"""Relative addresses of a request: they work under any path that a proxy serves this application from."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request


def get_requested_path() -> str:
    """Return the path of the request below the application root, as it was sent: not decoded, slashes not merged."""
    # An absolute-form request target (RFC 9112 section 3.2.2) names the host too; a path may begin with two slashes.
    sent = str(request.environ.get("REQUEST_URI", "")) or request.path
    path = sent.partition("?")[0] if sent.startswith("/") else urlsplit(sent).path
    prefix = request.script_root
    whole = "/" + path.lstrip("/")
    return whole.removeprefix(prefix) if prefix and f"{whole}/".startswith(f"{prefix}/") else path


def build_path_to_root() -> str:
    """Return the relative address of the application root, as seen from the requested address."""
    path = get_requested_path()
    if not path:  # The prefix without its final slash: relative addresses start one folder above it.
        return f"{request.script_root.rpartition('/')[2]}/"
    return "../" * (path.count("/") - 1)
