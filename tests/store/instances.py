"""Instances with something of everything in them, and what they hold."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.publish.data_folder.release import DataFolder
from server.store.content import (
    Instance,
    StoredContent,
    encode_doc,
    encode_entry,
    open_instance,
    open_instance_snapshot,
)
from server.store.protocol import Append, Backend, Put
from tests.store.writer import last, write


def some_of_everything(store: Backend) -> None:
    """Documents of several kinds and versions, logs, keys, blobs, and values that are easily changed on the way."""
    for n in range(1, 8):
        write(store, n)
    body = {"text": "门前\u2028 \"'\\", "n": [0.1, 1.0, -5, 2**62, True, None], "deep": {"a": [{}]}}
    for _ in range(3):
        store.commit([Put("setting", "é/字", body), Append("audit", body, "é")])
    store.put_blob(b"")


def everything(content: StoredContent) -> dict[str, object]:
    """All that an instance holds, to be compared."""
    return {
        "docs": list(map(encode_doc, content.read_all_docs())),
        "entries": list(map(encode_entry, content.read_all_entries())),
        "blobs": {name: content.read_blob(name) for name in content.list_blob_names()},
        "releases": {name: content.read_release_file(name) for name in content.list_release_names()},
        "channel": content.read_channel(),
    }


def held(data: Path, url: str | None) -> dict[str, object]:
    """All that the instance in a data folder, or in a database, holds."""
    with open_instance(data, url) as instance, open_instance_snapshot(instance) as content:
        return everything(content)


def whole_releases(folder: DataFolder) -> list[str]:
    """The digests of the releases of a folder, having read every byte of them again."""
    digests = folder.list_releases()
    assert [folder.verify(digest) for digest in digests] == [[] for _ in digests]
    return digests


@contextmanager
def written_to(instance: Instance) -> Iterator[list[int]]:
    """Somebody goes on changing the store inside this block; gives the numbers of the acknowledged changes."""
    done = threading.Event()
    begun = threading.Event()
    numbers: list[int] = []

    def work() -> None:
        n = last(instance.store)
        while not done.is_set():
            n += 1
            write(instance.store, n)
            numbers.append(n)
            begun.set()

    writer = threading.Thread(target=work)
    writer.start()
    try:
        assert begun.wait(30)
        yield numbers
    finally:
        done.set()
        writer.join(30)
