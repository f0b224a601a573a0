"""Record that a locale's texts were made from the present source texts: write made_from.toml."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from server.files import write_atomically
from server.guidance.model.pack import Pack
from server.guidance.texts.translation import compute_current_digests

_KEY = re.compile(r"[A-Za-z0-9./-]+")
_DIGEST = re.compile(r"[0-9a-f]{16}")


def build_made_from(pack: Pack, locale: str, *, only: Collection[str] | None = None) -> dict[str, str]:
    """Return each translated key with the digest of its present source text.

    With `only`, just these keys are confirmed; the others keep their recorded digests.
    """
    current = compute_current_digests(pack, locale)
    if only is None:
        return current
    noted = pack.made_from.get(locale, {})
    kept = {key: noted[key] for key in current if key in noted}
    return kept | {key: digest for key, digest in current.items() if key in only}


def format_made_from(mapping: Mapping[str, str]) -> str:
    """Return made_from.toml: one line for each key, sorted, so that equal mappings give equal files.

    Raises:
        ValueError: A key or digest cannot be written into the file as it is.
    """
    for key, digest in mapping.items():
        if not _KEY.fullmatch(key) or not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a key with a digest: {key!r} = {digest!r}")
    return "[made_from]\n" + "".join(f'"{key}" = "{mapping[key]}"\n' for key in sorted(mapping))


def write_made_from(path: Path, mapping: Mapping[str, str]) -> None:
    """Replace the file at `path`.

    Raises:
        DataFolderError: It cannot be written.
    """
    write_atomically(path, format_made_from(mapping).encode())
