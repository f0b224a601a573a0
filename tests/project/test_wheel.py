"""A built wheel holds packs, static files and catalogues, and runs from an empty folder like the checkout does."""

import os
import re
import site
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Folders of the repository and where the wheel holds them.
SHIPPED = {"server": "server", "static": "server/static", "translations": "server/translations"}
LEFT_OUT = re.compile(r"(^|/)(__pycache__/|\.)|\.py[co]$|^static/jsconfig[^/]*\.json$")
START_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the working tree, built by the locked hatchling without a network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a fresh environment that holds this wheel; its dependencies are those of the running tests."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, wheel], check=True, cwd=folder)
    # A plain line, not addsitedir: the .pth of our own editable install over there must not be read.
    (packages,) = (folder / "venv/lib").glob("python3*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    return python.parent


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder with nothing in it, to run from."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def clean_environment() -> dict[str, str]:
    """The environment without what could lead Python back to the checkout."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DOORWISE", "VIRTUAL_"))
    }
    return kept | {"PYTHONUNBUFFERED": "1"}


def run(installed: Path, *arguments: str, cwd: Path) -> str:
    """Run `doorwise` from the wheel and return what it prints."""
    done = subprocess.run(
        [installed / "doorwise", *arguments],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def address(installed: Path, empty: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the production server, started from the wheel on a free port."""
    process = subprocess.Popen(
        [installed / "doorwise", "run", "--host", "127.0.0.1", "--port", "0", "--data", tmp_path / "data"],
        cwd=empty,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    found: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if not found and (match := re.search(r"http://localhost:[1-9][0-9]*", line)):
                found.append(match[0])
                ready.set()
        ready.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert ready.wait(START_TIMEOUT_S), "no address after a minute: " + "".join(lines)
        assert found, "stopped without an address: " + "".join(lines)
        wait_until_alive(found[0])
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)
        reader.join(30)
        if process.stdout:
            process.stdout.close()


def wait_until_alive(base: str) -> None:
    """Wait until the server answers: it may say its address a moment before it listens."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            urllib.request.urlopen(f"{base}/healthz", timeout=10).close()
        except OSError:  # refused, reset, or an error page
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def fetch(url: str) -> str:
    """Return the body of a page that must be there."""
    with urllib.request.urlopen(url, timeout=30) as response:
        assert response.status == 200
        return response.read().decode("utf-8")


@pytest.mark.parametrize("folder", list(SHIPPED))
def test_the_wheel_holds_every_shipped_file(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()]
    wanted = {name for name in files if not LEFT_OUT.search(name)}

    missing = {name for name in wanted if SHIPPED[folder] + name.removeprefix(folder) not in held}

    assert wanted, f"{folder} is empty"
    assert missing == set()


def test_the_wheel_holds_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}

    assert {name for name in top if not name.endswith(".dist-info")} == {"server"}


def test_both_licences_travel_with_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).name for name in archive.namelist()}

    assert {"LICENSE", "LICENSE-guidance"} <= names


def test_the_installed_package_is_the_wheels_and_not_the_checkouts(installed, empty):
    code = "import server; print(server.__file__)"
    command = [installed / "python", "-c", code]

    shown = subprocess.run(command, cwd=empty, env=clean_environment(), capture_output=True, text=True, check=True)

    assert Path(shown.stdout.strip()).is_relative_to(installed.parent)


def test_the_command_explains_itself(installed, empty):
    assert "run" in run(installed, "--help", cwd=empty)


def test_the_shipped_packs_pass_their_check(installed, empty):
    run(installed, "pack", "check", cwd=empty)

    assert list(empty.iterdir()) == []


def test_the_server_serves_from_an_empty_folder(address, empty):
    fetch(f"{address}/healthz")
    visit = fetch(f"{address}/cn/zh-Hans/now/")
    worker = fetch(f"{address}/sw.js")

    assert 'lang="zh-Hans"' in visit
    assert "addEventListener" in worker
    assert list(empty.iterdir()) == [], "wrote beside the data folder it was given"
