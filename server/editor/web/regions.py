"""A region for a page: its pack with the drafts, and its title."""

from __future__ import annotations

from server.editor.desk import Desk
from server.editor.packs.loading import UsablePack
from server.editor.units.errors import BadUnit
from server.editor.wording.names import find_editor_text
from server.guidance.model.pack import Pack


def load_pack_or_404(desk: Desk, region: str) -> UsablePack:
    """Return a region's pack with its drafts.

    Raises:
        BadUnit: There is no such region; becomes the page "not found".
    """
    usable = desk.load_usable_pack(region)
    if usable is None:
        raise BadUnit(f"no region {region!r}")
    return usable


def find_region_title(pack: Pack, language: str) -> str:
    """Return the name of a region in the editor's language."""
    return find_editor_text(pack, "region.name", language) or pack.id
