"""The fonts that the browser tests draw with, by name, and how a browser is given two of them and no others.

Only Linux lets a test choose: everywhere else browsers do not ask fontconfig.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
# The file that every package of the font holds, whatever its version.
FILES = {
    "Roboto": "Roboto-Regular.*",
    "Noto Sans CJK SC": "NotoSansCJK-Regular.*",
    "DejaVu Sans": "DejaVuSans.*",
    "WenQuanYi Zen Hei": "wqy-zenhei.*",
}


@dataclass(frozen=True, slots=True)
class FontPair:
    """One font for Latin letters and one for Chinese characters."""

    latin: str
    chinese: str


# What Android ships, and the widest that a distribution installs by itself.
ANDROID = FontPair("Roboto", "Noto Sans CJK SC")
WIDE = FontPair("DejaVu Sans", "WenQuanYi Zen Hei")
PAIRS = {"android": ANDROID, "wide": WIDE}

# First no font at all is accepted, then the two by name: what else is installed cannot be drawn.
CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  {folders}
  <cachedir>/var/cache/fontconfig</cachedir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <selectfont>
    <rejectfont>
      <pattern><patelt name="scalable"><bool>true</bool></patelt></pattern>
      <pattern><patelt name="scalable"><bool>false</bool></patelt></pattern>
    </rejectfont>
    <acceptfont>
      <pattern><patelt name="family"><string>{pair.latin}</string></patelt></pattern>
      <pattern><patelt name="family"><string>{pair.chinese}</string></patelt></pattern>
    </acceptfont>
  </selectfont>
  <match target="pattern">
    <edit name="family" mode="append_last"><string>{pair.latin}</string><string>{pair.chinese}</string></edit>
  </match>
</fontconfig>
"""


@cache
def is_installed(name: str) -> bool:
    """Return whether the font of that name is on this machine, or need not be because tests cannot choose it."""
    if platform.system() != "Linux":
        return True
    return any(next(folder.rglob(FILES[name]), None) for folder in FOLDERS)


def write_config(pair: FontPair, path: Path) -> None:
    """Write a configuration for fontconfig in which there are these two fonts only."""
    folders = "\n  ".join(f"<dir>{folder}</dir>" for folder in FOLDERS)
    path.write_text(CONFIG.format(folders=folders, pair=pair), encoding="utf-8")


def build_browser_environment(config: Path) -> dict[str, str]:
    """Return the environment of a browser that draws with the fonts of a configuration."""
    return {**os.environ, "FONTCONFIG_FILE": str(config)}
