import os
import shutil
from pathlib import Path

import pytest

from server.errors import AppError, PackRefused, UnknownRelease
from server.publish import current
from server.publish.build import Sources
from server.publish.current import publish_packs, roll_back
from server.publish.data_folder.container import open_slice
from tests.packs import append, edit
from tests.publishing import STATIC, doorwise, second_region, tree


def files_of(data: Path) -> dict[str, bytes]:
    """What a publish wrote, but for the channel with its times."""
    return {name: body for name, body in tree(data).items() if name != "channel.json"}


def test_the_same_packs_give_the_same_bytes(published, tmp_path):
    """In another process, with another hash seed, clock, language and umask, from another folder."""
    packs = tmp_path / "elsewhere" / "deep" / "packs"
    shutil.copytree(published.packs, packs)
    for path in packs.rglob("*"):
        os.utime(path, (0, 0))
    environment = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}

    done = doorwise(
        *("release", "publish", "--data", tmp_path / "other", "--packs", packs),
        environment=environment,
        preexec=lambda: os.umask(0o077) and None,
    )

    assert done.returncode == 0, done.stderr
    assert files_of(tmp_path / "other") == files_of(published.data.root)


def test_publishing_the_same_again_changes_nothing(published):
    before = tree(published.data.root)

    published.publish()

    assert tree(published.data.root) == before


def test_an_edit_is_one_new_release_with_an_update_from_the_old_one(published):
    old = published.data.read_current()

    digest = published.publish_edited("Another sentence.")

    new = published.data.read_current()
    assert new.digest == digest != old.digest
    assert published.data.verify(old.digest) == published.data.verify(digest) == []
    for key, slice_digest in new.slices.items():
        before = published.data.read_slice(key, old.slices[key])
        update = published.data.build_bundle_path(f"{slice_digest}.from.{old.slices[key]}").read_bytes()
        opened, _ = open_slice(update, key=key, old=before, read=published.data.blobs.read)
        assert opened == published.data.read_slice(key, slice_digest)
        assert len(update) < 2000


def test_updates_are_made_from_the_last_releases_only(published, monkeypatch):
    """An older phone takes the whole; else every publish would cost more than the one before."""
    monkeypatch.setattr(current, "UPDATES_KEPT", 2)
    digests = [published.publish_edited(f"Sentence {number}.") for number in range(3)]
    slices = [published.data.read_release(digest).slices["xa/en"] for digest in digests]

    published.publish_edited("The last sentence.")

    last = published.data.read_current().slices["xa/en"]
    there = [published.data.build_bundle_path(f"{last}.from.{old}").is_file() for old in slices]
    assert there == [False, True, True]


def bad_toml(root: Path) -> str:
    append(root, "visit.toml", "[[rule\n")
    return "xa/visit.toml"


def bad_text(root: Path) -> str:
    (root / "en" / "strings.toml").write_bytes(b'[strings]\n"a" = "\xff"\n')
    return "xa/en/strings.toml"


def empty(root: Path) -> str:
    (root / "contacts.toml").write_bytes(b"")
    return "xa/contacts.toml"


def huge(root: Path) -> str:
    (root / "en" / "topics" / "second.md").write_bytes(b"x" * (2 << 20))
    return "xa/en/topics/second.md"


def key_twice(root: Path) -> str:
    append(root, "en/strings.toml", '"region.name" = "once more"\n')
    return "xa/en/strings.toml"


def unknown_rule(root: Path) -> str:
    edit(root, "visit.toml", 'rules = ["two-staff", "hours"]', 'rules = ["no-such-rule"]')
    return "xa/visit.toml"


BREAK = [bad_toml, bad_text, empty, huge, key_twice, unknown_rule]


@pytest.mark.parametrize("break_pack", BREAK, ids=lambda one: one.__name__)
def test_a_bad_pack_is_refused_and_the_old_release_stays(published, break_pack):
    before = tree(published.data.root)
    name = break_pack(published.root)

    with pytest.raises(PackRefused, match=rf"{name}(?s:.*)nothing was published"):
        published.publish()

    assert tree(published.data.root) == before


def test_every_error_of_every_pack_is_listed(published):
    empty(published.root)
    shutil.copytree(published.root, published.packs / "xz")

    with pytest.raises(PackRefused) as refusal:
        published.publish()

    assert "xa/contacts.toml" in str(refusal.value)
    assert "xz/contacts.toml" in str(refusal.value)


def test_a_folder_without_packs_is_refused(published, tmp_path):
    (tmp_path / "none").mkdir()

    with pytest.raises(PackRefused, match="holds no pack"):
        publish_packs(published.data, Sources(tmp_path / "none", STATIC, STATIC))


def test_an_incomplete_installation_is_named(published, tmp_path):
    shutil.copytree(STATIC, tmp_path / "static")
    (tmp_path / "static" / "icons" / "icon-192.png").unlink()
    sources = Sources(published.packs, tmp_path / "static", published.sources.translations)

    with pytest.raises(AppError, match=r"static/icons/icon-192\.png"):
        publish_packs(published.data, sources)


def test_a_restart_does_not_undo_a_rollback(published):
    """`doorwise run` publishes only what the channel never named before."""
    old = published.data.read_current().digest
    published.publish_edited("A mistake.")
    roll_back(published.data)

    assert published.publish(only_if_new=True).release == old
    assert published.publish().release != old, "asked for by name, it is published"


def test_rolling_back_brings_phones_back_with_an_update(published):
    old = published.data.read_current()
    new = published.data.read_release(published.publish_edited("A mistake."))

    state = roll_back(published.data)

    assert state.release == old.digest
    assert [move.why for move in state.moves] == ["publish", "publish", "rollback"]
    for key in old.slices:
        assert published.data.build_bundle_path(f"{old.slices[key]}.from.{new.slices[key]}").is_file()


def test_rolling_back_takes_the_first_digits_of_a_digest(published):
    old = published.data.read_current().digest
    published.publish_edited("A mistake.")

    assert roll_back(published.data, old[:12]).release == old


@pytest.mark.parametrize("wanted", ["", "00000000zz", None], ids=["ambiguous", "unknown", "none earlier"])
def test_a_release_that_cannot_be_told_is_refused(published, wanted):
    before = tree(published.data.root)

    with pytest.raises(UnknownRelease):
        roll_back(published.data, wanted)

    assert tree(published.data.root) == before


def test_several_releases_that_begin_alike_are_refused(published):
    """Sixteen first digits, seventeen releases: two must share one."""
    releases = published.data.root / "releases"
    for number in range(16):
        (releases / f"{number:x}{'0' * 63}.json").write_bytes(b"{}")
    first = published.data.read_current().digest[0]

    with pytest.raises(UnknownRelease, match="names 2 releases"):
        roll_back(published.data, first)


def test_a_damaged_release_is_not_gone_back_to(published):
    old = published.data.read_current()
    new = published.publish_edited("A mistake.")
    published.data.build_bundle_path(f"{old.slices['xa/en']}.bundle").unlink()

    with pytest.raises(PackRefused, match=r"xa/en: its bundle(?s:.*)the channel was not moved"):
        roll_back(published.data)

    assert published.data.read_current().digest == new


def test_one_can_go_back_from_a_damaged_release(published):
    """That is when it matters most."""
    old = published.data.read_current().digest
    new = published.publish_edited("A mistake.")
    (published.data.root / "releases" / f"{new}.json").write_bytes(b"{")

    assert roll_back(published.data).release == old


def test_two_regions_are_one_release(published):
    second_region(published.packs)

    published.publish()

    assert sorted(published.data.read_current().slices) == ["xa/en", "xa/zh-Hans", "xb/en", "xb/zh-Hans"]
