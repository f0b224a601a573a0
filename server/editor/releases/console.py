"""What the command line does to releases: where there is a desk, the same as the desk and with the same record.

`store` is None where nobody has opened a desk yet.
"""

from __future__ import annotations

from server.editor.edits.baseline import Ground
from server.editor.edits.blobs import Contents
from server.editor.edits.publications import Ledger
from server.editor.packs.loading import Packs
from server.editor.releases.planner import Planner
from server.editor.releases.publishing import Publishing, publish_shipped
from server.publish.build import Progress, Sources
from server.publish.channel import ChannelState
from server.publish.current import publish, roll_back
from server.publish.release import DataFolder
from server.store.protocol import Store


def publish_from_console(
    store: Store | None, folder: DataFolder, sources: Sources, *, progress: Progress, only_if_new: bool = False
) -> ChannelState:
    """Publish the shipped packs with the edits that were published before; drafts stay drafts.

    Raises:
        PackRefused, DataFolderError, StoreError: As `publish_shipped`.
    """
    if store is None:
        return publish(folder, sources, progress=progress, only_if_new=only_if_new)
    return publish_shipped(store, folder, sources, progress=progress, only_if_new=only_if_new)


def rollback_from_console(
    store: Store | None, folder: DataFolder, sources: Sources, digest: str | None
) -> ChannelState:
    """Go back to an earlier release and to the edits that were in it.

    Raises:
        UnknownRelease, PackRefused: There is no such release, or it is not whole.
    """
    if store is None:
        return roll_back(folder, digest)
    contents = Contents(store)
    ground, ledger = Ground(store, sources.packs, contents), Ledger(store, contents)
    planner = Planner(ground, ledger, Packs(ground.shipped, contents), folder, sources)
    return Publishing(store, ledger, folder, sources, planner).rollback_from_console(digest)
