"""Small packs for tests: `tiny_pack` copies a minimal valid one from `data/xa`, and each test breaks one thing in it."""

import datetime
import shutil
from collections.abc import Mapping
from pathlib import Path

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.confirm import build_made_from, write_made_from
from server.guidance.files.pack_folder import Layer
from server.guidance.files.parse import load_pack
from server.guidance.model.keys import list_required_keys
from server.guidance.model.pack import Pack
from server.guidance.problems.problem import PackErrors
from tests.problems import brief

DATA = Path(__file__).parent / "data"
TOPIC = (DATA / "xa/en/topics/first-minute.md").read_text(encoding="utf-8")


def tiny_pack(folder: Path) -> Path:
    """Write a minimal valid pack with two locales below `folder` and return its root."""
    root = folder / "xa"
    shutil.copytree(DATA / "xa", root)
    shutil.copytree(root / "en", root / "zh-Hans")
    write_strings(root)
    confirm(root)
    return root


def with_tables(root: Path) -> Path:
    """Add to a tiny pack what a region may leave out: sources left out, questions, stages, preparation, drills."""
    for path in (DATA / "xa-more").iterdir():
        append(root, path.name, path.read_text(encoding="utf-8"))
    write_strings(root)
    confirm(root)
    return root


def write_strings(root: Path, *, packs_root: Path | None = None) -> None:
    """Write the required strings of every locale that has none yet, made up from their keys."""
    tags = [folder.name for folder in root.iterdir() if folder.is_dir()]
    for tag in tags:
        path = root / tag / "strings.toml"
        if not path.exists():
            path.write_text("[strings]\n", encoding="utf-8")
    pack = load_pack(root, packs_root=packs_root)
    for tag in tags:
        missing = {key: made_up(pack, key, kind) for key, kind in needed(pack).items() if key not in pack.strings[tag]}
        with (root / tag / "strings.toml").open("a", encoding="utf-8") as file:
            file.writelines(f'"{key}" = "{text}"\n' for key, text in missing.items())


def needed(pack: Pack) -> dict[str, str]:
    """Give the required keys, and a caution for every number that must not be tapped without one."""
    doubtful = [one for one in pack.contacts.values() if one.channel == "sms" or one.confidence != "high"]
    cautions = {f"contact.{one.id}.caution": "contact.caution" for one in doubtful if one.one_tap}
    return list_required_keys(pack) | cautions


def made_up(pack: Pack, key: str, kind: str) -> str:
    """Give a short sentence for a key, with the placeholders that its kind must have."""
    words = key.replace(".", " ").replace("-", " ")
    if kind in ("danger.words", "contact.words"):
        return f"{words} {{address}}"
    if kind == "flow.message":
        return f"{words} {{count}} {{time}}"
    return f"{words} {{{key.replace('.', ':', 1)}}}" if kind == "hours" else words


def confirm(root: Path, *, packs_root: Path | None = None) -> None:
    """Note every translation as made from the present source texts."""
    pack = load_pack(root, packs_root=packs_root)
    for tag in pack.locales:
        if tag != pack.source_locale:
            write_made_from(root / tag / "made_from.toml", build_made_from(pack, tag))


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Replace one piece of a file; it must be there."""
    text = (root / path).read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def append(root: Path, path: str, text: str) -> None:
    """Add lines at the end of a file."""
    with (root / path).open("a", encoding="utf-8") as file:
        file.write(text)


def set_string(root: Path, locale: str, key: str, text: str) -> None:
    """Replace or add one keyed text; `text` goes between single quotes."""
    path = root / locale / "strings.toml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f'"{key}" =')]
    path.write_text("\n".join([*lines, f"\"{key}\" = '{text}'"]) + "\n", encoding="utf-8")


def load_problems(root: Path, *, edits: Mapping[str, Layer] | None = None) -> list[str]:
    """Give the lines that loading a pack is refused with, or none."""
    try:
        load_pack(root, edits=edits)
    except PackErrors as error:
        return [brief(problem) for problem in error.problems]
    return []


def check_errors(root: Path) -> list[str]:
    """Give the lines of the errors that checking a pack finds."""
    return [brief(problem) for problem in check_pack(load_pack(root)).errors]


def check_warnings(root: Path, *, today: datetime.date | None = None) -> list[str]:
    """Give the lines of the warnings that checking a pack finds."""
    return [brief(problem) for problem in check_pack(load_pack(root), today=today).warnings]
