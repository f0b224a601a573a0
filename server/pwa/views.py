"""The worker's script."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import brotli
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from server.headers import NO_CACHE, SECURITY
from server.publish.data_folder.canonical import sha256_hex
from server.publish.rendering.render import BLANK_MARKS
from server.publish.script_linker import link_modules, minify_script


def build_worker_script(static: Path) -> str:
    """Return the worker's modules as one classic script, after the constants that it shares with the server.

    All of it is one expression: a script that was cut short between two statements would be installed and never answer.
    """
    shared = {"SECURITY": dict(SECURITY), "BLANK": BLANK_MARKS}
    constants = minify_script("".join(f"const {name} = {json.dumps(value)};\n" for name, value in shared.items()))
    return f'(() => {{"use strict";\n{constants}{link_modules(static / "js", "worker/main.js")}}})();\n'


def make_worker_blueprint(static: Path, *, retired: bool) -> Blueprint:
    """Return the blueprint of `/sw.js`: the worker, or the one that removes it; compressed once, at start."""
    views = Blueprint("pwa", __name__)
    retired_script = static / "sw-retired.js"
    script = minify_script(retired_script.read_text(encoding="utf-8")) if retired else build_worker_script(static)
    plain = script.encode()
    tag = sha256_hex(plain)[:32]
    forms = {"br": brotli.compress(plain, quality=11), "gzip": gzip.compress(plain, 9, mtime=0), "identity": plain}

    @views.get("/sw.js")
    def worker() -> BaseResponse:
        encoding = request.accept_encodings.best_match(list(forms), default="identity")
        answer = Response(forms[str(encoding)], mimetype="text/javascript")
        if encoding != "identity":
            answer.content_encoding = str(encoding)
        answer.vary.add("Accept-Encoding")
        answer.headers.set(*NO_CACHE)
        answer.set_etag(tag if encoding == "identity" else f"{tag}-{encoding}")
        return answer.make_conditional(request)

    return views
