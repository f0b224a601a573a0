"""The worker's script."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from server.publish.link import minified


def worker_views(static: Path, *, retired: bool) -> Blueprint:
    """`/sw.js`: the worker, or the one that removes it; compressed once, at start."""
    views = Blueprint("pwa", __name__)
    source = (static / ("sw-retired.js" if retired else "sw.js")).read_text(encoding="utf-8")
    plain = minified(source).encode()
    forms = {"br": brotli.compress(plain, quality=11), "gzip": gzip.compress(plain, 9, mtime=0), "identity": plain}

    @views.get("/sw.js")
    def worker() -> BaseResponse:
        encoding = request.accept_encodings.best_match(list(forms), default="identity")
        answer = Response(forms[str(encoding)], mimetype="text/javascript")
        if encoding != "identity":
            answer.content_encoding = str(encoding)
        answer.vary.add("Accept-Encoding")
        answer.headers["Cache-Control"] = "no-cache"
        answer.add_etag()
        return answer.make_conditional(request)

    return views
