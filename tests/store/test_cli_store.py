"""The store's commands, as an operator meets them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.publish.data_folder.release import DataFolder
from server.store.content import open_instance
from server.store.protocol import Put
from server.store.shared import SharedReleases
from server.store.tinydb_store import TinyStore
from tests.publishing import doorwise, tree
from tests.serving import ROOT
from tests.store.instances import held, some_of_everything, whole_releases


@pytest.fixture
def data(published) -> Path:
    """A data folder that has published, with something of everything in its embedded store."""
    some_of_everything(TinyStore(published.data.root / "desk"))
    return published.data.root


def damage(data: Path) -> str:
    """Change one blob, and return its name."""
    name = next(TinyStore(data / "desk").list_blob_names())
    (data / "desk" / "objects" / name[:2] / name).write_bytes(b"damaged")
    return name


# ---- store migrate ----


def test_everything_moves_to_a_database_and_back(data, tmp_path, url, server):
    before = tree(data)

    there = doorwise("store", "migrate", data, url)
    back = doorwise("store", "migrate", url, tmp_path / "back")

    assert (there.returncode, back.returncode) == (0, 0), there.stderr + back.stderr
    assert re.fullmatch(
        r"5 documents, 17 log entries, 8 blobs, \d+ released files\nread again and equal\n"
        rf"moved from {data} to postgresql://app@/\w+; {data} keeps what it had, and says where it went\n",
        there.stdout,
    )
    (data / "moved.json").unlink()
    assert tree(data) == before
    assert held(data, None) == held(tmp_path, url) == held(tmp_path / "back", None)
    assert whole_releases(DataFolder(tmp_path / "back")) == whole_releases(DataFolder(data))
    assert DataFolder(tmp_path / "back").read_current().digest == DataFolder(data).read_current().digest


@pytest.mark.parametrize(
    "command", [["run", "--port", "0"], ["backup", "ALL.zip"], ["release", "publish"], ["store", "check"]]
)
def test_a_folder_that_was_moved_says_where_to_and_starts_nothing(data, tmp_path, url, server, command):
    assert doorwise("store", "migrate", data, url).returncode == 0
    before = tree(data)
    backup = tmp_path / "all.zip"

    done = doorwise(*(backup if part == "ALL.zip" else part for part in command), "--data", data)

    assert done.returncode == 3
    assert re.search(rf"{data}: what it held was moved to postgresql://app@/\w+ .*, with --store", done.stderr)
    assert f"remove {data}/moved.json" in done.stderr
    assert tree(data) == before
    assert not backup.exists()


def test_a_folder_that_was_moved_goes_on_when_its_note_is_removed(data, url, server):
    assert doorwise("store", "migrate", data, url).returncode == 0
    (data / "moved.json").unlink()

    assert doorwise("store", "check", "--data", data).returncode == 0


@pytest.mark.parametrize(
    ("command", "kept"),
    [(command, kept) for command in ("backup", "migrate") for kept in ("missing", "empty", "database")]
    + [("check", "missing"), ("check", "empty")],
)
def test_what_is_not_there_or_empty_is_refused_and_nothing_is_made(tmp_path, url, server, kept, command):
    """A mistyped name must not pass for a backup of everything."""
    source = tmp_path / "typo"
    if kept == "empty":
        source.mkdir()
    place = url if kept == "database" else source
    option = ["--store", url, "--data", tmp_path / "data"] if kept == "database" else ["--data", source]
    before = tree(tmp_path)

    done = {
        "backup": lambda: doorwise("backup", tmp_path / "all.zip", *option),
        "migrate": lambda: doorwise("store", "migrate", place, tmp_path / "target"),
        "check": lambda: doorwise("store", "check", *option),
    }[command]()

    assert done.returncode == 3, done.stdout
    assert ("there is no such folder" if kept == "missing" else "holds no desk and no release") in done.stderr
    made = {path for path in tree(tmp_path) if not path.startswith("target")} - set(before)
    assert {path for path in made if "lock" not in path} == set()


def test_from_database_to_database(data, url, server):
    other = server.new_database()
    assert doorwise("store", "migrate", data, url).returncode == 0

    done = doorwise("store", "migrate", url, other)

    assert done.returncode == 0, done.stderr
    assert held(data, other) == held(data, url)
    server.drop(other)


def test_moving_into_something_else_is_refused_and_changes_nothing(data, url):
    with open_instance(data, url) as instance:
        instance.store.commit([Put("person", "li", {})])
    before, ours = held(data, url), tree(data)

    for source, target in ((data, url), (url, data)):
        done = doorwise("store", "migrate", source, target)
        assert done.returncode == 3
        assert "is not empty; nothing was changed" in done.stderr
        assert "Traceback" not in done.stderr

    assert (held(data, url), tree(data)) == (before, ours)


def test_a_damaged_source_is_not_moved(data, tmp_path):
    """What cannot be read must not be left out silently."""
    name = damage(data)

    done = doorwise("store", "migrate", data, tmp_path / "new")

    assert done.returncode == 3
    assert f"blob {name} is damaged" in done.stderr
    assert TinyStore(tmp_path / "new" / "desk").find("edit") == []


def test_what_a_server_uses_is_not_moved(published, start_at, tmp_path, url):
    """What somebody saves meanwhile would be left behind."""
    start_at(published.data.root, environment={"DOORWISE_STORE": url})

    for source in (published.data.root, url):
        done = doorwise("store", "migrate", source, tmp_path / "new")
        assert done.returncode == 3
        assert re.search("in use by another process", done.stderr)
    assert not (tmp_path / "new" / "desk").exists()


def test_a_password_on_the_command_line_is_not_repeated(data, tmp_path):
    secret = "s3cret"

    for address in (f"postgresql://me:{secret}@/desk?host={tmp_path}", f"postgresql://me:{secret}@[bad"):
        done = doorwise("store", "migrate", data, address)
        assert done.returncode in (2, 3)
        assert "Traceback" not in done.stderr
        assert secret not in done.stdout + done.stderr


def test_the_embedded_store_does_not_load_what_speaks_to_postgresql(tmp_path):
    """It costs time at each start, and memory of a small server."""
    code = (
        "import sys; from pathlib import Path; import server.app, server.cli.main; from server.store.open import open_store;"
        "from server.store.shared import SharedReleases; SharedReleases(open_store(Path(sys.argv[1]), None));"
        "print([name for name in ('tinydb', 'psycopg', 'psycopg_pool') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "['tinydb']\n"


# ---- store check ----


def test_a_whole_store_is_said_to_be_whole(data, url):
    assert doorwise("store", "check", "--data", data).stdout == f"{data} is whole\n"

    done = doorwise("store", "check", "--store", url)

    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"postgresql://app@/\w+ is whole\n", done.stdout)


def test_what_is_damaged_is_listed(data):
    name = damage(data)
    (data / "desk" / "store.json.before").write_bytes(b"damaged")

    done = doorwise("store", "check", "--data", data)

    assert done.returncode == 1
    assert f"blob {name} is damaged: its bytes have another SHA-256" in done.stdout
    assert f"{data / 'desk' / 'store.json.before'} is damaged" in done.stdout
    assert done.stderr == f"doorwise: {data}: 2 problems\n"


def test_a_store_that_cannot_be_used_says_what_to_do(data):
    for name in ("store.json", "store.json.before"):
        (data / "desk" / name).write_bytes(b"damaged")

    for command in ("check",):
        done = doorwise("store", command, "--data", data)
        assert done.returncode == 3
        assert "restore a backup into an empty data folder" in done.stderr
        assert "Traceback" not in done.stderr


# ---- upgrade-check ----


def test_an_upgrade_that_is_safe_is_said_to_be(data, published):
    before = tree(data)

    done = doorwise("upgrade-check", "--data", data, "--packs", published.packs)

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("this program: ")
    assert f"store: {data}" in lines
    assert f"release {published.data.read_current().digest} is current" in lines
    assert lines[-1] == "ready; make a backup first: doorwise backup FILE"
    assert tree(data) == before


def test_an_upgrade_check_works_while_the_old_version_serves(published, start_at, url):
    environment = {"DOORWISE_STORE": url}
    start_at(published.data.root, environment=environment)

    done = doorwise("upgrade-check", "--data", published.data.root, "--packs", published.packs, environment=environment)

    assert done.returncode == 0, done.stdout + done.stderr


def test_waiting_migrations_are_told_and_not_made(published, url, server):
    done = doorwise("upgrade-check", "--data", published.data.root, "--packs", published.packs, "--store", url)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "migration 1 (first) is made at the first start" in done.stdout
    assert server.execute("select to_regclass('doorwise.doc')", url) == [(None,)]


@pytest.mark.parametrize("what", ["store", "release", "packs", "later"])
def test_an_upgrade_that_is_not_safe_ends_with_1(data, published, what):
    if what == "store":
        expected = f"blob {damage(data)} is damaged"
    elif what == "release":
        bundle = f"{published.data.read_current().slices['xa/en']}.bundle"
        published.data.build_bundle_path(bundle).unlink()
        expected = "xa/en: its bundle cannot be read"
    elif what == "packs":
        (published.root / "visit.toml").write_bytes(b"[[rule\n")
        expected = "xa/visit.toml"
    else:
        path = data / "desk" / "store.json"
        path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2', 1))
        expected = "has the format 2; this program reads 1"

    done = doorwise("upgrade-check", "--data", data, "--packs", published.packs)

    assert done.returncode == 1
    assert expected in done.stdout
    assert "Traceback" not in done.stderr
    assert "ready" not in done.stdout


def test_a_database_of_a_later_version_is_not_safe(published, url, server):
    with open_instance(published.data.root, url) as instance:
        SharedReleases(instance.store).push_release(published.data)
    server.execute("insert into doorwise.migration (number, name) values (99, 'later')", url)

    done = doorwise("upgrade-check", "--data", published.data.root, "--packs", published.packs, "--store", url)

    assert done.returncode == 1
    assert "a later version of Doorwise uses it" in done.stdout


def test_on_an_empty_folder_there_is_nothing_to_lose(published, tmp_path):
    done = doorwise("upgrade-check", "--data", tmp_path / "empty", "--packs", published.packs)

    assert done.returncode == 0
    assert "nothing is published" in done.stdout
    assert not (tmp_path / "empty").exists()
