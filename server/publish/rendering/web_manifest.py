"""The web app manifest of one locale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.publish.assets import Asset
from server.publish.rendering.door_view import DoorViews


def build_web_manifest(door: DoorViews, base: str, assets: Mapping[str, Asset]) -> bytes:
    """Return the manifest as JSON. Addresses are relative to it. Source: W3C Web Application Manifest."""
    _ = door.translate
    page_for_others = next((flow for flow in door.pack.flows.values() if flow.is_quiet), None)
    shortcuts: list[dict[str, Any]] = [{"name": _("Somebody is at the door"), "url": "now/"}]
    if page_for_others is not None:
        title = door.get_words(f"flow.{page_for_others.id}.title")
        shortcuts.append({"name": title, "url": page_for_others.address})
    icons = [
        {
            "src": f"../../{assets[f'{kind}-{size}.png'].path}",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for kind, purpose in (("icon", "any"), ("maskable", "maskable"))
        for size in (192, 512)
    ]
    screenshots = [
        {
            "src": f"../../{asset.path}",
            "sizes": name.split("@")[1].removesuffix(".png"),
            "type": "image/png",
            "form_factor": "narrow",
        }
        for name, asset in sorted(assets.items())
        if name.startswith(f"screenshot:{base}")
    ]
    document = {
        # Resolved against the origin, not the manifest (W3C manifest, "id"): each locale is an application of its own.
        "id": base,
        "name": f"{_('Doorwise')} · {door.get_words('region.name')}",
        "short_name": _("Doorwise"),
        "description": _("Calm help for the minute when a debt collector is at the door. Works without a network."),
        "lang": door.locale,
        "dir": door.pack.locales[door.locale].dir,
        "start_url": "./",
        "scope": "../../",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b4f3a",
        "icons": icons,
        "shortcuts": shortcuts,
        "screenshots": screenshots,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
