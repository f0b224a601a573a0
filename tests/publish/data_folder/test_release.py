"""A release on the disk, damaged in every way that a disk can damage it."""

import os
from pathlib import Path

import pytest

from server.errors import DataFolderError, NoRelease, UnknownRelease
from server.publish.data_folder.canonical import canonical_bytes, sha256_hex
from server.publish.data_folder.release import DataFolder, Release
from tests.publishing import Publisher


@pytest.fixture
def data(published: Publisher) -> DataFolder:
    return published.data


@pytest.fixture
def digest(data: DataFolder) -> str:
    return data.read_current().digest


def blob(data: DataFolder, address: str, suffix: str = "") -> Path:
    release = data.read_current()
    file = data.read_slice("xa/en", release.slices["xa/en"]).files[address]
    return data.blobs.build_path(file.sha256).with_name(file.sha256 + suffix)


def test_a_release_is_whole_when_published(data, digest):
    assert data.verify(digest) == []


def test_equal_releases_have_one_digest():
    one = Release({"a/b": "1", "c/d": "2"}, {}, {})

    assert Release({"c/d": "2", "a/b": "1"}, {}, {}).digest == one.digest
    assert Release({"c/d": "2", "a/b": "3"}, {}, {}).digest != one.digest


@pytest.mark.parametrize("suffix", ["", ".br", ".gz"])
@pytest.mark.parametrize("damage", ["altered", "cut", "missing"])
def test_a_damaged_file_is_found(data, digest, suffix, damage):
    # Only the shell's files are served under their own address, and so have compressed forms.
    address = data.read_current().shell["css"] if suffix else "xa/en/now/"
    break_file(blob(data, address, suffix), damage)

    assert {line.split(":")[0] for line in data.verify(digest)} == {address}


@pytest.mark.parametrize("suffix", ["", ".br", ".gz"])
@pytest.mark.parametrize("damage", ["altered", "cut", "missing"])
def test_a_damaged_bundle_is_found(data, digest, suffix, damage):
    """It is what phones download; a whole set of files beside it would not help them."""
    target = data.build_bundle_path(f"{data.read_current().slices['xa/en']}.bundle{suffix}")
    break_file(target, damage)

    assert [line.split(":")[0] for line in data.verify(digest)] == ["xa/en"]


@pytest.mark.parametrize("damage", ["altered", "cut", "missing"])
def test_a_damaged_manifest_is_found(data, digest, damage):
    break_file(data.blobs.build_path(data.read_current().slices["xa/zh-Hans"]), damage)

    assert [line.split(":")[0] for line in data.verify(digest)] == ["xa/zh-Hans"]


def test_a_damaged_icon_is_found(data, digest):
    """No phone keeps the large icons offline, but installing needs them."""
    address = data.read_current().shell["icon-512.png"]
    break_file(data.blobs.build_path(Path(address).stem), "altered")

    assert [line.split(":")[0] for line in data.verify(digest)] == [address]


@pytest.mark.parametrize("damage", ["altered", "cut", "missing"])
def test_a_damaged_release_document_is_found(data, digest, damage):
    break_file(data.root / "releases" / f"{digest}.json", damage)

    assert len(data.verify(digest)) == 1
    assert digest in data.verify(digest)[0]


def break_file(path: Path, damage: str) -> None:
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        os.truncate(path, path.stat().st_size // 2)
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x20
        path.write_bytes(data)


@pytest.mark.parametrize(("damage", "suffix"), [("altered", ""), ("cut", ".br"), ("missing", "")])
def test_publishing_again_repairs_the_current_release(published, data, digest, suffix, damage):
    break_file(blob(data, data.read_current().shell["css"] if suffix else "xa/en/now/", suffix), damage)
    break_file(data.build_bundle_path(f"{data.read_current().slices['xa/en']}.bundle"), damage)

    state = published.publish(only_if_new=True)

    assert data.verify(digest) == []
    assert [move.release for move in state.moves] == [digest]


def test_a_damaged_earlier_release_does_not_stop_a_new_one(published, data, digest):
    """Phones that hold the damaged one take the whole; the others must not wait for it."""
    break_file(data.blobs.build_path(data.read_current().slices["xa/en"]), "cut")

    new = published.publish_edited("Another sentence.")

    assert data.read_current().digest == new
    assert data.verify(new) == []
    assert any(line.startswith("warning: no update of xa/en") for line in published.lines)


@pytest.mark.parametrize("suffix", ["", ".br"])
def test_a_damaged_update_is_found_and_said_to_be_dispensable(published, data, digest, suffix):
    old = data.read_current().slices["xa/en"]
    new = published.publish_edited("Another sentence.")
    name = f"{data.read_current().slices['xa/en']}.from.{old}"
    break_file(data.build_bundle_path(name + suffix), "altered")

    assert data.verify(new) == []
    problems = data.verify_updates(new)
    assert problems
    assert all(name in line for line in problems)


def test_a_release_of_a_later_format_is_refused_in_words(data):
    document = canonical_bytes({"format": 99, "slices": {}, "regions": {}, "shell": {}})
    digest = sha256_hex(document)
    (data.root / "releases" / f"{digest}.json").write_bytes(document)

    with pytest.raises(DataFolderError, match="has the format 99"):
        data.read_release(digest)


@pytest.mark.parametrize("name", ["", "..", "../channel", "g" * 64])
def test_a_name_that_is_no_digest_is_refused(data, name):
    with pytest.raises(DataFolderError, match="not the digest of a release"):
        data.read_release(name)


def test_nothing_published_is_no_damage(tmp_path):
    with pytest.raises(NoRelease):
        DataFolder(tmp_path).read_current()


def test_the_first_digits_name_a_release(data, digest):
    assert data.find_release(digest[:6].upper()) == digest
    for wrong in ("", "zz", digest + "0"):
        with pytest.raises(UnknownRelease, match="names 0 releases"):
            data.find_release(wrong)
