"""The desk's stylesheet and scripts, read once at start and served under an address that changes with their contents."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response

from server.auth.guard import open_to_all
from server.errors import NotFound
from server.headers import ASSET, IMMUTABLE
from server.publish.data_folder.canonical import sha256_hex

# The order is the cascade: styles of the public pages first, then those of the desk.
SHARED_STYLES = ("tokens.css", "base.css", "components/button.css", "components/form.css")
# Modules import each other by relative addresses, so all of them are below the same build.
SCRIPT_FOLDERS = ("core", "editor")


class DeskAssets:
    """The files of the desk. `build` identifies this version of them; `files` holds them by their address below it."""

    def __init__(self, static: Path) -> None:
        own = sorted(path.relative_to(static / "css").as_posix() for path in (static / "css/editor").glob("*.css"))
        styles = b"".join((static / "css" / name).read_bytes() for name in (*SHARED_STYLES, *own))
        self.files: dict[str, tuple[bytes, str]] = {"desk.css": (styles, "text/css; charset=utf-8")}
        for folder in SCRIPT_FOLDERS:
            for path in sorted((static / "js" / folder).glob("*.js")):
                self.files[f"js/{folder}/{path.name}"] = (path.read_bytes(), "text/javascript; charset=utf-8")
        self.build = sha256_hex(b"".join(data for _, (data, _) in sorted(self.files.items())))[:16]


def make_asset_blueprint(assets: DeskAssets) -> Blueprint:
    """Return the blueprint of `/editor/assets/<build>/…`. It serves only the names in the table."""
    views = Blueprint("desk_assets", __name__, url_prefix="/editor/assets")

    @views.get("/<build>/<path:name>")
    @open_to_all
    def asset(build: str, name: str) -> Response:
        if build != assets.build or name not in assets.files:
            raise NotFound(name)
        data, media_type = assets.files[name]
        answer = Response(data, content_type=media_type)
        for header, value in (IMMUTABLE, *ASSET):
            answer.headers[header] = value
        return answer

    return views
