import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import DataFolderError
from server.files import write_atomically
from server.publish.data_folder.blobs import BlobStore, find_damaged_compressed_files
from server.publish.data_folder.canonical import sha256_hex
from tests.publishing import tree

DATA = b"<p>words</p>\n" * 50


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def test_a_blob_is_read_as_it_was_stored(blobs):
    digest = blobs.put(DATA, "text/css; charset=utf-8")

    assert digest == sha256_hex(DATA)
    assert blobs.read(digest) == DATA
    assert find_damaged_compressed_files(blobs.build_path(digest), DATA) == []


def test_a_blob_is_written_once(blobs):
    digest = blobs.put(DATA, "text/css; charset=utf-8")
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in blobs.root.rglob("*")}

    blobs.put(DATA, "text/css; charset=utf-8")

    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in blobs.root.rglob("*")} == before
    assert blobs.build_path(digest).stat().st_mode & 0o777 == 0o644


def test_an_image_is_kept_without_compressed_forms(blobs):
    digest = blobs.put(b"\x89PNG", "image/png")

    assert list(tree(blobs.root)) == [f"{digest[:2]}/{digest}"]


def test_a_damaged_blob_is_named_and_not_returned(blobs):
    digest = blobs.put(DATA, "text/css; charset=utf-8")
    blobs.build_path(digest).write_bytes(DATA[:-1])

    with pytest.raises(DataFolderError, match=rf"{digest} is damaged"):
        blobs.read(digest)


def test_a_missing_blob_is_named(blobs):
    with pytest.raises(DataFolderError, match=r"f{64} cannot be read: No such file"):
        blobs.read("f" * 64)


@pytest.mark.parametrize("suffix", ["", ".br", ".gz"])
@pytest.mark.parametrize("damage", ["cut", "removed"])
def test_storing_a_damaged_blob_again_repairs_it(blobs, suffix, damage):
    digest = blobs.put(DATA, "text/css; charset=utf-8")
    whole = tree(blobs.root)
    form = blobs.build_path(digest).with_name(digest + suffix)
    form.unlink() if damage == "removed" else os.truncate(form, 5)

    blobs.put(DATA, "text/css; charset=utf-8")

    assert tree(blobs.root) == whole


@given(st.text() | st.from_regex(r"[0-9a-fA-F./]{60,70}"))
def test_a_name_that_is_no_digest_is_refused(name):
    """So no name can reach a file outside the folder."""
    store = BlobStore(Path("blobs"))

    try:
        path = store.build_path(name)
    except ValueError:
        return

    assert path == Path("blobs") / name[:2] / name
    assert len(name) == 64
    assert set(name) <= set("0123456789abcdef")


@pytest.mark.parametrize("name", ["", "../" * 20 + "etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"])
def test_these_names_are_refused(blobs, name):
    with pytest.raises(ValueError, match="not a SHA-256"):
        blobs.build_path(name)


def test_a_failed_write_leaves_the_old_bytes_and_no_rubbish(tmp_path):
    target = tmp_path / "folder" / "file"
    write_atomically(target, b"old")
    blocked = tmp_path / "folder" / "file" / "below"

    with pytest.raises(DataFolderError, match="cannot write"):
        write_atomically(blocked, b"new")

    assert tree(tmp_path) == {"folder/file": b"old"}
