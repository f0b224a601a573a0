"""What is in the repository: locked, hashed, and free of traces of the machines it was written on."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[0-9][^ ;]*)(?: ; [^\\]+?)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
# Home and work folders of a person or a machine, at the start of a path (so not in the middle of an address).
MACHINE_PATH = re.compile(r"(?<![\w./~$}-])/(?:root|work|workspace|home/[a-z]\w*|Users/\w+)/")


def locked(name: str) -> dict[str, list[str]]:
    """Return the hashes of every `package==version` in a lock file, and refuse any other kind of line."""
    hashes: dict[str, list[str]] = {}
    current = ""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if HASH.match(line):
            hashes[current].append(line)
        else:
            match = REQUIREMENT.match(line)
            assert match, f"{name}: not an exact, hashed requirement: {line}"
            current = f"{match['name']}=={match['version']}"
            hashes.setdefault(current, [])
    return hashes


def tracked_files() -> Iterator[Path]:
    """Yield what git holds or would hold: everything that is not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_python_requirement_is_exact_and_hashed(name):
    requirements = locked(name)

    assert len(requirements) > 5
    assert [requirement for requirement, hashes in requirements.items() if not hashes] == []


def test_the_tests_run_with_what_the_server_runs_with():
    assert locked(PYTHON_LOCKS[0]).items() <= locked(PYTHON_LOCKS[1]).items()


def test_the_lock_holds_every_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]

    for name, declared in {
        PYTHON_LOCKS[0]: project["project"]["dependencies"] + groups["build"],
        PYTHON_LOCKS[1]: project["project"]["dependencies"] + groups["build"] + groups["dev"],
    }.items():
        names = {re.split(r"[<>=!~\[; ]", line)[0].lower() for line in declared}
        assert names <= {requirement.split("==")[0] for requirement in locked(name)}


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, "package-lock.json"])
def test_a_lock_file_names_no_registry(name):
    """Where a package comes from is up to the machine; its hash says what it is."""
    text = (ROOT / name).read_text(encoding="utf-8")

    assert '"resolved"' not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|pypi\.org|pythonhosted|registry\.|file:/", text)


def test_every_npm_package_is_exact_and_hashed():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}

    assert [path for path, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    assert lock["packages"][""]["devDependencies"] == package["devDependencies"]
    for name, version in package["devDependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_optional_parts_for_every_platform_are_locked():
    """Without them `npm ci` says that the lock does not fit, on this and on every other platform."""
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    wanted = {f"node_modules/{name}" for entry in packages.values() for name in entry.get("optionalDependencies", {})}

    assert wanted <= set(packages)


def test_vendored_scripts_are_listed_with_their_digests():
    """static/vendor/vendor.json says for each file: version, licence and SHA-256."""
    folder = ROOT / "static/vendor"
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"vendor.json"}
    if not present:
        return  # nothing vendored

    listed = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))

    assert present == set(listed)
    for name, entry in listed.items():
        assert sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["version"]
        assert entry["licence"]


def test_no_file_holds_the_paths_of_somebodys_machine():
    found = []
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), start=1):
            if MACHINE_PATH.search(line) or f"{ROOT}/" in line:
                found.append(f"{path.relative_to(ROOT)}:{number}")

    assert found == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("open('/" + "root/x')", True),
        ("cd /" + "home/li/doorwise", True),
        ("https://example.org/" + "work/7.html", False),
        ("$HOME/" + "work/x", False),
        ("{{ base }}/" + "work/x", False),
    ],
)
def test_the_pattern_for_machine_paths_knows_an_address_from_a_path(line, expected):
    assert bool(MACHINE_PATH.search(line)) is expected


def test_continuous_integration_runs_what_people_run():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")

    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "exec make test" in script
