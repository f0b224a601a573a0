"""Withdraw a topic from every phone, or bring it back."""

from __future__ import annotations

from collections.abc import Callable

from server.errors import PackRefused
from server.guidance.model.pack import GUIDE_PAGES, TOOLS
from server.publish.current import hold_publish_lock
from server.publish.data_folder.release import DataFolder


def recall_topic(
    data: DataFolder, region: str, topic: str, *, lift: bool = False, record: Callable[[], None] = lambda: None
) -> list[str]:
    """Withdraw a topic in every locale of `region` (or, with `lift`, restore it) and return its addresses.

    Phones learn of it at their next contact, whichever release they have; it stays until it is lifted. `record` is
    called before the channel changes; when it raises, nothing is withdrawn.

    Raises:
        PackRefused: The current release has no such topic, or nothing was withdrawn that could be lifted.
    """
    with hold_publish_lock(data, "doorwise release recall"):
        release = data.read_current()
        recalled = set(data.channel.read().recalled)
        if lift:
            # Also of a topic that a later release no longer has.
            found = {address for address in recalled if _is_topic_address(address, region, topic)}
        else:
            found = {
                address
                for key, digest in release.slices.items()
                for address in data.read_slice(key, digest).files
                if _is_topic_address(address, region, topic)
            }
        if not found:
            raise PackRefused(f"{region} {topic}: no such topic is {'withdrawn' if lift else 'published'}")
        record()
        data.channel.recall_topic(recalled - found if lift else recalled | found)
        return sorted(found)


def _is_topic_address(address: str, region: str, topic: str) -> bool:
    """Return whether an address is `<region>/<locale>/guide/<topic>/`, or the page of the tool that shows the topic."""
    match address.split("/"):
        case [place, _, "guide", page, ""]:
            return place == region and page == topic and topic not in GUIDE_PAGES
        case [place, _, page, ""]:
            return place == region and page == topic and topic in TOOLS
    return False
