"""The shell's own files: one stylesheet, one script, the icons, each addressed by its digest; and the search's script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rcssmin import cssmin

from server.errors import AppError
from server.publish.data_folder.canonical import sha256_hex
from server.publish.script_linker import link_modules

# The order is the cascade: later files refine earlier ones.
STYLES = (
    "tokens.css",
    "base.css",
    "layout.css",
    "components/button.css",
    "components/bar.css",
    "components/check.css",
    "components/verdict.css",
    "components/danger.css",
    "components/panel.css",
    "components/say.css",
    "components/step.css",
    "components/status.css",
    "components/card.css",
    "components/form.css",
    "components/record.css",
    "components/ahead.css",
    "print.css",
)
SCRIPT = "text/javascript; charset=utf-8"
ICONS = ("icon-192.png", "icon-512.png", "maskable-192.png", "maskable-512.png", "apple-touch-icon.png")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file with its address: below the application root, with its digest in it. (The search: below each locale.)"""

    path: str
    data: bytes
    media_type: str


def _make_asset(data: bytes, suffix: str, media_type: str) -> Asset:
    return Asset(f"b/{sha256_hex(data)}{suffix}", data, media_type)


def load_assets(static: Path) -> dict[str, Asset]:
    """Return the shell's files by name: `css`, `js`, and each icon; and `search`, which each locale has at its own address.

    Raises:
        AppError: A file is missing, or the script's modules cannot be joined.
    """
    styles = str(cssmin("".join(_read_file(static, f"css/{name}").decode() for name in STYLES)))
    script, search = (link_modules(static / "js", entry).encode() for entry in ("app.js", "search.js"))
    assets = {
        "css": _make_asset(styles.encode(), ".css", "text/css; charset=utf-8"),
        "js": _make_asset(script, ".js", SCRIPT),
        "search": Asset("guide/search.js", search, SCRIPT),
    }
    for name in ICONS:
        assets[name] = _make_asset(_read_file(static, f"icons/{name}"), ".png", "image/png")
    return assets


def _read_file(static: Path, name: str) -> bytes:
    try:
        return (static / name).read_bytes()
    except OSError as error:
        raise AppError(f"static/{name}: {error.strerror}; this installation is not complete") from error
