"""A small WSGI layer in front of Flask that answers with released files, already compressed.

WhiteNoise does this for a folder that does not change while the server runs; a release does, and its pages have
addresses that are not file names. Everything else is passed on to Flask.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.http import parse_accept_header, parse_etags

from server.bounded_cache import BoundedCache
from server.errors import AppError, DataFolderError
from server.headers import ASSET, IMMUTABLE, NO_CACHE, SECURITY
from server.publish.data_folder.canonical import sha256_hex
from server.pwa.current_release import CurrentRelease, ReleaseSnapshot

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png"}
CONTAINER = "application/octet-stream"
# The name in the WSGI environment of the error that kept a released file from being answered.
FAULT = "doorwise.fault"
# Blobs that are asked for again and again (the shell, whole slices, updates) are read from the disk once.
BLOBS_HELD = 64
LARGEST_HELD_BYTES = 256 << 10


class ReleaseFront:
    """Answer GET and HEAD for released addresses; pass the rest on to `app`."""

    def __init__(self, app: WSGIApplication, served: CurrentRelease) -> None:
        self.app = app
        self.served = served
        self._blobs = BoundedCache(BLOBS_HELD)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI entry."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            path = environ.get("PATH_INFO", "").removeprefix("/")
            try:
                answer = self._find_answer(path, _list_encodings(environ.get("HTTP_ACCEPT_ENCODING", "")))
            except AppError as error:
                answer = None
                environ[FAULT] = error  # Flask's error pages show what is wrong.
            if answer is not None:
                return self._send_answer(answer, environ, start_response)
        return self.app(environ, start_response)

    def _find_answer(self, path: str, encodings: tuple[str, ...]) -> _Answer | None:
        if path.startswith("b/"):
            return self._make_blob_answer(path[2:], encodings)
        snapshot = self.served.get_snapshot()
        if path == "channel.json":
            return _Answer(snapshot.channel, "application/json", NO_CACHE, sha256_hex(snapshot.channel)[:32])
        if path in snapshot.recalled:
            return _redirect_withdrawn(path)
        if path in snapshot.files:
            return self._make_page_answer(path, snapshot, encodings)
        return None

    def _make_page_answer(self, path: str, snapshot: ReleaseSnapshot, encodings: tuple[str, ...]) -> _Answer:
        file = snapshot.files[path]
        encoding = encodings[0] if encodings else "identity"
        body = self.served.get_page(path, snapshot, encoding)
        tag = f"{file.sha256[:20]}-{snapshot.release.digest[:12]}"
        return _Answer(body, file.media_type, NO_CACHE, tag, encoding)

    def _make_blob_answer(self, name: str, encodings: tuple[str, ...]) -> _Answer | None:
        path = self.served.find_blob_path(name)
        if path is None:
            return None
        held = self._blobs.peek((name, encodings))
        if isinstance(held, _Answer):
            return held
        answer = self._read_blob(path, name, encodings)
        if len(answer.body) <= LARGEST_HELD_BYTES:
            self._blobs.put((name, encodings), answer)
        return answer

    def _read_blob(self, path: Path, name: str, encodings: tuple[str, ...]) -> _Answer:
        media_type = MEDIA_TYPES.get(Path(name).suffix, CONTAINER)
        for encoding in encodings:
            packed = path.with_name(path.name + (".br" if encoding == "br" else ".gz"))
            if packed.is_file():
                return _Answer(_read_file(packed), media_type, IMMUTABLE, name, encoding)
        return _Answer(_read_file(path), media_type, IMMUTABLE, name)

    def _send_answer(self, answer: _Answer, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        tag = answer.tag if answer.encoding == "identity" else f"{answer.tag}-{answer.encoding}"
        headers = [answer.caching, ("ETag", f'"{tag}"'), ("Vary", "Accept-Encoding")]
        wanted = environ.get("HTTP_IF_NONE_MATCH")
        if wanted and not answer.location and parse_etags(wanted).contains_weak(tag):
            start_response("304 Not Modified", headers)
            return [b""]
        is_document = answer.media_type.startswith("text/html")
        headers += SECURITY if is_document else ASSET
        if answer.location:
            start_response("302 Found", [*headers, ("Location", answer.location), ("Content-Length", "0")])
            return [b""]
        headers += [("Content-Type", answer.media_type), ("Content-Length", str(len(answer.body)))]
        if answer.encoding != "identity":
            headers.append(("Content-Encoding", answer.encoding))
        start_response("200 OK", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


class _Answer:
    __slots__ = ("body", "caching", "encoding", "location", "media_type", "tag")

    def __init__(
        self, body: bytes, media_type: str, caching: tuple[str, str], tag: str, encoding: str = "identity"
    ) -> None:
        self.body = body
        self.media_type = media_type
        self.caching = caching
        self.tag = tag
        self.encoding = encoding
        self.location = ""


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataFolderError(f"{path} cannot be read: {error.strerror}") from error


def _redirect_withdrawn(path: str) -> _Answer:
    """Return a redirect from a recalled text to its locale's page about withdrawn texts."""
    answer = _Answer(b"", "text/html; charset=utf-8", NO_CACHE, "withdrawn")
    # <region>/<locale>/guide/<topic>/ → two folders up
    answer.location = "../" * (path.count("/") - 2) + "withdrawn/"
    return answer


@lru_cache(maxsize=64)
def _list_encodings(accept: str) -> tuple[str, ...]:
    """Return the encodings that we have ready and the reader accepts, best first (RFC 9110 section 12.5.3)."""
    accepted = parse_accept_header(accept)
    return tuple(name for name in ("br", "gzip") if accepted.quality(name) > 0)
