"""The release commands of the command line. With a desk they work as the desk does, and keep the same record.

`store` is None when no desk has been opened yet.
"""

from __future__ import annotations

from server.editor.edits.baseline import UnitReader
from server.editor.edits.blobs import Contents
from server.editor.edits.publications import Ledger
from server.editor.packs.loading import PackLoader
from server.editor.releases.planner import Planner
from server.editor.releases.publishing import Publishing, publish_shipped_packs, recall_and_log
from server.publish.build import Progress, Sources
from server.publish.current import publish_packs, roll_back
from server.publish.data_folder.channel import ChannelState
from server.publish.data_folder.release import DataFolder
from server.publish.withdraw import recall_topic
from server.store.protocol import Store


def publish_from_console(
    store: Store | None,
    folder: DataFolder,
    sources: Sources,
    *,
    progress: Progress,
    only_if_new: bool = False,
    why: str = "",
) -> ChannelState:
    """Publish the shipped packs with the edits that were published before; drafts stay drafts.

    Raises:
        PackRefused, DataFolderError, StoreError: As `publish_shipped_packs`.
    """
    if store is None:
        return publish_packs(folder, sources, progress=progress, only_if_new=only_if_new)
    return publish_shipped_packs(store, folder, sources, progress=progress, only_if_new=only_if_new, reason=why)


def roll_back_from_console(
    store: Store | None, folder: DataFolder, sources: Sources, digest: str | None, *, why: str = ""
) -> ChannelState:
    """Go back to an earlier release and to the edits that were in it.

    Raises:
        UnknownRelease, PackRefused: There is no such release, or it is not whole.
    """
    if store is None:
        return roll_back(folder, digest)
    contents = Contents(store)
    reader, ledger = UnitReader(store, sources.packs, contents), Ledger(store, contents)
    planner = Planner(reader, ledger, PackLoader(reader.shipped, contents), folder, sources)
    return Publishing(store, ledger, folder, sources, planner).roll_back_from_console(digest, why)


def recall_from_console(
    store: Store | None, folder: DataFolder, region: str, topic: str, *, lift: bool = False, why: str = ""
) -> list[str]:
    """Withdraw a topic from every phone at its next contact, or bring it back; return its addresses.

    Raises:
        PackRefused: There is no such topic to withdraw, or to restore.
    """
    if store is None:
        return recall_topic(folder, region, topic, lift=lift)
    return recall_and_log(store, folder, None, region, topic, lift=lift, why=why)
