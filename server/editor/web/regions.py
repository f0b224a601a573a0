"""A region as a page needs it: its pack with the drafts, and its title."""

from __future__ import annotations

from server.editor.desk import Desk
from server.editor.packs.loading import Usable
from server.editor.units.errors import BadUnit
from server.editor.wording.names import string
from server.guidance.model import Pack


def pack_or_404(desk: Desk, region: str) -> Usable:
    """Give a region's pack with its drafts.

    Raises:
        BadUnit: There is no such region; becomes the page "not found".
    """
    usable = desk.pack(region)
    if usable is None:
        raise BadUnit(f"no region {region!r}")
    return usable


def region_title(pack: Pack, language: str) -> str:
    """Give what a region is called in the editor's language."""
    return string(pack, "region.name", language) or pack.id
