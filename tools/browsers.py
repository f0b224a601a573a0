"""Find the browsers, the database and the other programs that the tests use, and install what is missing: `python -m tools.browsers`.

The system's packages are tried first, then Playwright's own download. The browser tests ask the same functions where
a browser is, so what this script calls ready is what they start.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools import fonts

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEADLESS_NAMES = ("chromium-headless-shell",)
# Debian, then the other distributions. Only these: a search of all of /usr/lib takes seconds.
MINIBROWSERS = (
    "lib/*/webkit2gtk-4.*/MiniBrowser",
    "lib/webkit2gtk-4.*/MiniBrowser",
    "libexec/webkit2gtk-4.*/MiniBrowser",
)

POSTGRES_FOLDER = Path("/usr/lib/postgresql")
POSTGRES_PROGRAMS = ("postgres", "initdb", "pg_isready")


class BrowserMissing(Exception):
    """A browser, or another program, that the tests need is not on this machine."""


def can_start(program: str) -> bool:
    """Return whether `program --version` works: on Ubuntu /usr/bin/chromium-browser may only print an advertisement."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def find_program(variable: str, names: Sequence[str]) -> str | None:
    """Return the program named by an environment variable, else the first of `names` on PATH that starts.

    Raises:
        BrowserMissing: The variable names something that does not start; falling back would hide the mistake.
    """
    chosen = os.environ.get(variable)
    if chosen:
        if not can_start(chosen):
            raise BrowserMissing(f"{variable}={chosen} does not start. Correct it or unset it.")
        return chosen
    return next((path for name in names if (path := shutil.which(name)) and can_start(path)), None)


def find_chromium() -> str | None:
    """Return the system's Chromium, or None."""
    return find_program("CHROMIUM", CHROMIUM_NAMES)


def find_headless_chromium() -> str | None:
    """Return the system's Chromium without windows, or None: the same engine for less than half the processor's time.

    A Chromium that was chosen by the environment is used for everything.
    """
    if os.environ.get("CHROMIUM"):
        return None
    return next((path for name in HEADLESS_NAMES if (path := shutil.which(name)) and can_start(path)), None)


def find_firefox() -> str | None:
    """Return the system's Firefox ESR, or None. The pinned Playwright does not drive newer Firefoxes."""
    return find_program("FIREFOX", ("firefox-esr",))


@dataclass(frozen=True, slots=True)
class WebKit:
    """What a WebKitGTK test starts, through Selenium and under Xvfb."""

    driver: str
    minibrowser: str
    xvfb: str


def find_webkit() -> WebKit | None:
    """Return the parts of WebKitGTK, or None when one of them is missing."""
    driver, xvfb = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    found = (path for pattern in MINIBROWSERS for path in sorted(Path("/usr").glob(pattern)))
    minibrowser = next(found, None)
    if not (driver and xvfb and minibrowser):
        return None
    return WebKit(driver=driver, minibrowser=str(minibrowser), xvfb=xvfb)


@cache
def is_downloaded(name: str) -> bool:
    """Return whether Playwright has downloaded its own `chromium` or `firefox`."""
    with sync_playwright() as playwright:
        return Path(getattr(playwright, name).executable_path).exists()


def build_launch_options(name: str, *, playwright_path: str | None = None, whole: bool = False) -> dict[str, str]:
    """Return the arguments of Playwright's `launch` that start `chromium` or `firefox` on this machine.

    Args:
        name: "chromium" or "firefox".
        whole: The browser that people use, with its windows and menus, and not the one made for tests.
        playwright_path: The `executable_path` of the running Playwright's browser type. Needed inside a test, where a
            second Playwright must not be started.

    Raises:
        BrowserMissing: It is not here; the message says what to do.
    """
    quickest = None if whole or name == "firefox" else find_headless_chromium()
    path = quickest or (find_chromium() if name == "chromium" else find_firefox())
    if path:
        # Debian's Firefox speaks WebDriver BiDi, not the protocol of Playwright's own Firefox.
        return {"executable_path": path} | ({"channel": "moz-firefox"} if name == "firefox" else {})
    if Path(playwright_path).exists() if playwright_path else is_downloaded(name):
        return {}
    raise BrowserMissing(f"{name} is not on this machine. {NEEDS[name].advice}")


def find_postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, newest version first, or None. They are not on PATH on Debian.

    Raises:
        BrowserMissing: PG_BINDIR names a folder without them.
    """
    chosen = os.environ.get("PG_BINDIR")
    if chosen:
        if not can_start(str(Path(chosen) / "postgres")):
            raise BrowserMissing(f"PG_BINDIR={chosen} holds no postgres that starts. Correct it or unset it.")
        return Path(chosen)
    folders = sorted(POSTGRES_FOLDER.glob("*/bin"), key=lambda path: _parse_version(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*folders, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((path for path in candidates if all((path / name).exists() for name in POSTGRES_PROGRAMS)), None)


def find_server(name: str) -> str | None:
    """Return the path of a server or another program, or None. Servers are not on an ordinary account's PATH on Debian."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def _parse_version(name: str) -> int:
    return int(name) if name.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Need:
    """One thing the tests cannot do without."""

    found: Callable[[], bool]
    packages: tuple[str, ...]
    playwright: bool  # Playwright can download it
    advice: str
    required: bool = True  # else the tests run without it, only slower


def _make_font_need(name: str, package: str) -> Need:
    return Need(
        found=lambda: fonts.is_installed(name),
        packages=(package,),
        playwright=False,
        advice=f"Install it (Debian: apt-get install {package}).",
    )


def _make_program_need(name: str, package: str) -> Need:
    return Need(
        found=lambda: find_server(name) is not None,
        packages=(package,),
        playwright=False,
        advice=f"Install it (Debian: apt-get install {package}).",
    )


# By Debian's packages: what files of translators and packed folders are made with, so that the tests read real ones; and
# what the operator's guide uses.
PROGRAM_PACKAGES = {
    "msgmerge": "gettext",
    "zip": "zip",
    "bsdtar": "libarchive-tools",
    "nginx": "nginx-light",
    "caddy": "caddy",
    "systemd-analyze": "systemd",
}
# The packages of the fonts in tools/fonts.py, by Debian's names.
FONT_PACKAGES = {
    "Roboto": "fonts-roboto-unhinted",
    "Noto Sans CJK SC": "fonts-noto-cjk",
    "DejaVu Sans": "fonts-dejavu-core",
    "WenQuanYi Zen Hei": "fonts-wqy-zenhei",
}

NEEDS = {
    "chromium": Need(
        found=lambda: bool(find_chromium()) or is_downloaded("chromium"),
        packages=("chromium",),
        playwright=True,
        advice="Install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/chromium.",
    ),
    "chromium-headless-shell": Need(
        found=lambda: bool(find_headless_chromium() or os.environ.get("CHROMIUM")),
        packages=("chromium-headless-shell",),
        playwright=False,
        advice="The browser tests use chromium itself and take longer.",
        required=False,
    ),
    "firefox": Need(
        found=lambda: bool(find_firefox()) or is_downloaded("firefox"),
        packages=("firefox-esr",),
        playwright=True,
        advice="Install Firefox ESR (Debian: apt-get install firefox-esr) or set FIREFOX=/path/to/firefox-esr.",
    ),
    "webkit": Need(
        found=lambda: find_webkit() is not None,
        packages=("webkit2gtk-driver", "xvfb"),
        playwright=False,
        advice="Install WebKitGTK's driver (Debian: apt-get install webkit2gtk-driver xvfb).",
    ),
    "PostgreSQL": Need(
        found=lambda: find_postgres_programs() is not None,
        packages=("postgresql",),
        playwright=False,
        advice="Install its server (Debian: apt-get install postgresql) or set PG_BINDIR=/path/to/its/bin.",
    ),
    **{name: _make_program_need(name, package) for name, package in PROGRAM_PACKAGES.items()},
    **{name: _make_font_need(name, package) for name, package in FONT_PACKAGES.items()},
}


def list_missing() -> list[str]:
    """Return the names of the needs that are not met."""
    return [name for name, need in NEEDS.items() if not need.found()]


def run_install_command(command: Sequence[str]) -> bool:
    """Run one installing command, shown, and say whether it succeeded."""
    print("+", " ".join(command), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except OSError as error:
        print(f"  could not start: {error}", flush=True)
        return False


def install_packages(names: Sequence[str]) -> None:
    """Install the system's packages for `names`, where this system has apt and lets us."""
    if not shutil.which("apt-get"):
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            return
        prefix = ["sudo", "-n"]  # -n: fail instead of asking for a password where nobody is
    # Without the timeout apt-get fails at once when something else on the machine is installing.
    apt = [*prefix, "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    install = [*apt, "install", "-y", "--no-install-recommends"]
    if not run_install_command([*apt, "update"]):
        print("  going on with the package lists that are here", flush=True)
    if not run_install_command([*install, *(package for name in names for package in NEEDS[name].packages)]):
        # One unknown package makes apt-get install none of them.
        for name in names:
            run_install_command([*install, *NEEDS[name].packages])
    fonts.is_installed.cache_clear()


def install_downloads(names: Sequence[str]) -> None:
    """Let Playwright download its own browsers for those of `names` that it has."""
    for name in names:
        if NEEDS[name].playwright:
            run_install_command([sys.executable, "-m", "playwright", "install", name])
    is_downloaded.cache_clear()


def main() -> int:
    """Install what is missing. Return 0 when everything is here, else say what to do and return 1."""
    try:
        for install in (install_packages, install_downloads):
            if absent := list_missing():
                print("missing:", ", ".join(absent), flush=True)
                install(absent)
        absent = list_missing()
    except BrowserMissing as error:
        print(error, file=sys.stderr)
        return 1
    for name in NEEDS:
        print(f"{name}: {'MISSING' if name in absent else 'ready'}")
    for name in absent:
        print(f"{name} is not on this machine and could not be installed. {NEEDS[name].advice}", file=sys.stderr)
    return 1 if any(NEEDS[name].required for name in absent) else 0


if __name__ == "__main__":
    sys.exit(main())
