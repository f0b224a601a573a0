"""A folder packed by real programs, with what systems leave in folders, comes in as the pack that it is."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.zipfiles import read_zip
from tests.editor.desks import ANN, SAY
from tests.packs import tiny_pack

LITTER = [
    *(".DS_Store", "._pack.toml", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini", "Icon\r", "en/.DS_Store"),
    *("en/topics/Thumbs.db", "en/topics/._second.md", ".git/config", ".gitignore", "__MACOSX/xa/._visit.toml"),
]
# The folder's own name, and those around it.
FOLDERS = ["xa", "xa (1)", "说法", "my copy/xa", "doorwise-xa-main/说法"]


def pack_with_zip(root: Path, target: Path) -> None:
    subprocess.run(["zip", "-q", "-r", str(target), "."], cwd=root, check=True, timeout=60)


def pack_with_bsdtar(root: Path, target: Path) -> None:
    names = [path.name for path in root.iterdir()]
    subprocess.run(["bsdtar", "--format", "zip", "-cf", str(target), *names], cwd=root, check=True, timeout=60)


def pack_with_python(root: Path, target: Path) -> None:
    shutil.make_archive(str(target.with_suffix("")), "zip", root)


def pack_with_backslashes(root: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root)).replace("/", "\\")
            info = zipfile.ZipInfo(f"{name}\\" if path.is_dir() else name)
            archive.writestr(info, b"" if path.is_dir() else path.read_bytes())


PROGRAMS: dict[str, Callable[[Path, Path], None]] = {
    "zip": pack_with_zip,
    "bsdtar": pack_with_bsdtar,
    "Python": pack_with_python,
    "backslashes": pack_with_backslashes,
}


def make_folder(tmp_path: Path, folder: str) -> Path:
    """Put a pack with litter below `folder`, and more litter around it. Return what to pack."""
    root = tmp_path / "packed"
    home = root / folder
    home.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(tiny_pack(tmp_path / "made"), home)
    (root / "__MACOSX" / folder).mkdir(parents=True)
    (root / "__MACOSX" / folder / "._pack.toml").write_bytes(b"\0\5\x16\7")
    for place in {home, root, home.parent}:
        (place / "README.md").write_text("For people", encoding="utf-8")
        (place / "LICENSE").write_text("CC BY", encoding="utf-8")
        for name in LITTER if place == home else (".DS_Store", "Thumbs.db"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(b"\0\0\0\1Bud1")
    return root


@pytest.mark.parametrize("pack", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_packed_folder_is_the_pack_in_it(room, tmp_path, pack, folder):
    root, target = make_folder(tmp_path, folder), tmp_path / "sent.zip"
    say = root / folder / "en" / "strings.toml"
    say.write_text(say.read_text(encoding="utf-8").replace('"say leave"', '"Please go."'), encoding="utf-8")
    pack(root, target)

    found = read_zip(target.read_bytes())
    result = room.desk.import_zip(ANN, target.read_bytes())

    expected = {str(path.relative_to(room.packs / "xa")) for path in (room.packs / "xa").rglob("*.*") if path.is_file()}
    assert (found.region, set(found.files)) == ("xa", expected)
    assert result.changed == (SAY,)


def test_files_packed_without_their_folder_are_the_pack(tmp_path):
    """All files of the folder chosen, then "Compress"."""
    target = tmp_path / "sent.zip"
    pack_with_zip(tiny_pack(tmp_path / "made"), target)

    assert read_zip(target.read_bytes()).region == "xa"


def write_zip_of(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a/b/xa/pack.toml": b'id = "xa"\n'}, "not-one-folder"),
        ({"xa/pack.toml": b'id = "xa"\n', "xb/pack.toml": b'id = "xb"\n'}, "not-one-folder"),
        ({"xa/visit.toml": b"x = 1\n"}, "not-one-folder"),
        ({"copy/pack.toml": b'id = "../x"\n'}, "not-one-folder"),
        ({"copy/pack.toml": b"\xff"}, "not-one-folder"),
        ({"copy/pack.toml": b"id = 7\n"}, "not-one-folder"),
        ({"main/xa/pack.toml": b'id = "xa"\n', "main/notes.txt": b"?"}, "unknown-file"),
        ({"main/xa/pack.toml": b'id = "xa"\n', "main/visit.toml": b"?"}, "unknown-file"),
        ({"__MACOSX/../../x": b"?", "xa/pack.toml": b'id = "xa"\n'}, "odd-name"),
        ({"xa\\..\\..\\.DS_Store": b"?", "xa/pack.toml": b'id = "xa"\n'}, "odd-name"),
        ({"C:\\xa\\pack.toml": b'id = "xa"\n'}, "odd-name"),
        ({"\\\\server\\xa\\pack.toml": b'id = "xa"\n'}, "odd-name"),
        ({"xa\\pack.toml": b'id = "xa"\n', "xa/pack.toml": b'id = "xa"\n'}, "twice"),
    ],
)
def test_what_is_not_one_pack_is_refused(files, reason):
    with pytest.raises(ImportRefused) as refused:
        read_zip(write_zip_of(files))

    assert refused.value.reason == reason


def test_a_pack_that_cannot_be_read_is_told_by_the_name_of_its_folder():
    """So that the page can show the faults of its files."""
    assert read_zip(write_zip_of({"xa/pack.toml": b"id = \n"})).region == "xa"
