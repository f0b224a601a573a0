"""What the app is compared with: the same words as bare static pages, kept offline by Workbox, in the same run.

The pages are what anybody would write by hand: headings, paragraphs, lists and links, one small stylesheet, no script but
the line that registers the worker. Workbox comes from npm into the bench's own folder: nothing of it is shipped.
"""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli

from server.publish.data_folder.release import DataFolder
from tools.bench.setting import KEY, Setting

WORKBOX = "workbox-precaching@7.4.1"
# In the order in which each needs the ones before it.
MODULES = ("core", "routing", "strategies", "precaching")
KEPT = {"h1", "h2", "h3", "p", "ul", "ol", "li", "a", "strong", "table", "tr", "th", "td", "section"}
LEFT_OUT = {"script", "style", "svg", "template"}
STYLE = "body{margin:0 auto;max-width:42rem;padding:.75rem;font:1rem/1.5 sans-serif}a{color:#0b4f3c}"
REGISTER = (
    "navigator.serviceWorker.register('/sw.js');"
    "navigator.serviceWorker.ready.then(()=>{document.documentElement.dataset.offline='ready'})"
)


class _Words(HTMLParser):
    """Takes the words of a page, and the plainest tags around them."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.parts: list[str] = []
        self._inside: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        self._hidden += tag in LEFT_OUT
        if tag in KEPT:
            href = dict(attrs).get("href")
            self.parts.append(f'<{tag} href="{escape(href)}">' if tag == "a" and href else f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in LEFT_OUT
        if tag in KEPT:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if self._inside and self._inside[-1] == "title" and not self.title:
            self.title = words
        elif words and not self._hidden:
            self.parts.append(escape(words, quote=False) + " ")


def build_bare_pages(setting: Setting, data: Path) -> Path:
    """Return a folder with the current release's words as bare pages, its worker and one stylesheet."""
    root = setting.folder / "bare"
    folder = DataFolder(data)
    slice_ = folder.read_slice(KEY, folder.read_current().slices[KEY])
    entries = []
    for path, file in sorted(slice_.files.items()):
        if file.media_type.startswith("text/html"):
            entries.append(_write_page(root, f"{path}index.html", _build_page(folder.blobs.read(file.sha256).decode())))
    entries.append(_write_page(root, "style.css", STYLE))
    _write_page(
        root, "sw.js", f"{_read_workbox(setting.folder)}\nworkbox.precaching.precacheAndRoute({json.dumps(entries)});"
    )
    return root


def _build_page(html: str) -> str:
    words = _Words()
    words.feed(html)
    return (
        f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>{escape(words.title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">'
        f"<body>{''.join(words.parts)}<script>{REGISTER}</script>"
    )


def _write_page(root: Path, path: str, text: str) -> dict[str, str]:
    """Save a file, and return its entry in Workbox's list."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return {"url": f"/{path.removesuffix('index.html')}", "revision": hashlib.md5(text.encode()).hexdigest()}  # noqa: S324 - as Workbox's own tool


def _read_workbox(folder: Path) -> str:
    """Return Workbox's precaching as one classic script, as its own build tool would join it."""
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder / "npm"), WORKBOX]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=300)
    files = (
        folder / "npm" / "node_modules" / f"workbox-{name}" / "build" / f"workbox-{name}.prod.js" for name in MODULES
    )
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


class _Handler(SimpleHTTPRequestHandler):
    """Serves the pages as a good static host does: brotli, kept connections, revalidated."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path.split("?")[0]))
        file = path / "index.html" if path.is_dir() else path
        if not file.is_file():
            self.send_error(404)
            return
        body = _compress_file(file)
        self.send_response(200)
        self.send_header("Content-Type", f"{self.guess_type(str(file))}; charset=utf-8")
        self.send_header("Content-Encoding", "br")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@functools.cache
def _compress_file(file: Path) -> bytes:
    return bytes(brotli.compress(file.read_bytes(), quality=11))


@contextmanager
def serve_bare_pages(root: Path) -> Iterator[int]:
    """Serve the folder until the block ends, and yield the port."""
    for file in root.rglob("*.*"):
        _compress_file(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(root)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
