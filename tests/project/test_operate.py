"""The operator's guide: each of its blocks is run, or used as the file that it is."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import site
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.checkup.findings import FindingCode
from server.checkup.visit import check_address
from tests.operating import GUIDE, Machine, read_blocks
from tests.postgres import USER, Cluster
from tests.publishing import Publisher
from tests.serving import ROOT, ServerProcess
from tests.tls import make_certificate
from tools.browsers import find_server

UNITS = "/etc/systemd/system/"
ENVIRONMENT = "/etc/doorwise/doorwise.env"
TIMEOUT_S = 30


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, published_once: Publisher) -> Machine:
    """A machine after section 1, from a wheel of the working tree; its dependencies are those of the running tests."""
    machine = Machine(tmp_path_factory.mktemp("installed"))
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True, cwd=folder)
    machine.environment = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    machine.run("install", folder=folder)
    (packages,) = (machine.root / "opt/doorwise/0.1.0/lib").glob("python3*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")

    for name in (ENVIRONMENT, "/usr/local/bin/doorwise"):
        machine.write(name)
    shutil.copytree(published_once.data.root, machine.path("/var/lib/doorwise"), dirs_exist_ok=True)
    machine.run_script("doorwise editor first-link")
    return machine


def make_machine(root: Path, installed: Machine) -> Machine:
    """Return a machine after section 1 whose data folder is still empty."""
    one = Machine(root)
    one.use_programs_of(installed)
    for name in (ENVIRONMENT, "/usr/local/bin/doorwise"):
        one.write(name)
    one.path("/var/backups/doorwise").mkdir()
    return one


@pytest.fixture
def machine(tmp_path: Path, installed: Machine) -> Machine:
    """A machine after section 1, with a release and a desk that was used."""
    one = make_machine(tmp_path / "m", installed)
    shutil.copytree(installed.path("/var/lib/doorwise"), one.path("/var/lib/doorwise"))
    return one


def test_every_block_is_used_here():
    used = Path(__file__).read_text(encoding="utf-8")

    for name in read_blocks():
        assert f'"{name}"' in used or f'"{name.removeprefix(UNITS)}"' in used or name == ENVIRONMENT, name


def test_the_version_of_the_guide_is_this_one(installed: Machine):
    assert '\nversion = "0.1.0"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert installed.asked()[0] == "apt-get install -y python3-venv"
    assert installed.path("/opt/doorwise/current/bin/doorwise").exists()


def test_systemd_takes_the_units(machine: Machine):
    names = [
        "doorwise.service",
        "doorwise-backup.service",
        "doorwise-backup.timer",
        "doorwise-check.service",
        "doorwise-check.timer",
    ]
    machine.write("/usr/local/bin/doorwise-backup")
    paths = [machine.write(f"{UNITS}{name}") for name in names]
    for path in paths:
        path.chmod(0o644)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )

    ours = [line for line in done.stderr.splitlines() if "doorwise" in line.lower()]
    assert (done.returncode, ours) == (0, []), done.stderr
    # Every unit that the guide starts is one of them.
    for name in ("start", "backups", "check by a timer"):
        machine.run(name)
    started = {word for line in machine.asked() if " enable " in line for word in line.split()[3:]}
    assert started == {"doorwise", "doorwise-backup.timer", "doorwise-check.timer"}


def test_the_service_starts_with_what_the_guide_sets(machine: Machine, published_once: Publisher):
    command = re.search(r"^ExecStart=(.+)$", machine.text(f"{UNITS}doorwise.service"), re.MULTILINE)
    assert command
    port = find_free_port()
    settings = machine.settings() | {"DOORWISE_PORT": str(port), "DOORWISE_PACKS": str(published_once.packs)}
    with subprocess.Popen(command[1].split(), env=settings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "is ready" in line:
                break
        assert b"Neighbours" in fetch(f"http://localhost:{port}/xa/en/about/")
        process.send_signal(2)
        assert process.wait(TIMEOUT_S) == 0


# ---- a proxy with TLS ----


@pytest.fixture(scope="module", params=["", "/doorwise"], ids=["at the root", "under a path"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, published_once: Publisher
) -> Iterator[tuple[Machine, ServerProcess, int, str]]:
    """A server with the settings of the guide, for a proxy on one port."""
    tiny = Publisher(tmp_path_factory.mktemp("tiny"), copy_of=published_once)
    port = find_free_port()
    machine = Machine(tmp_path_factory.mktemp("m") / "m", {"help.example.org": f"localhost:{port}"})
    text = machine.write(ENVIRONMENT)
    if request.param:
        with text.open("a", encoding="utf-8") as file:
            file.write(machine.text("setting for a path"))
    settings = machine.settings()
    del settings["DOORWISE_DATA"]
    process = ServerProcess(tiny.data.root, packs=tiny.packs, environment=settings).start()
    machine.replace["127.0.0.1:8000"] = f"127.0.0.1:{process.port}"
    yield machine, process, port, request.param
    process.stop()


def fetch(
    address: str, *, data: bytes | None = None, headers: dict[str, str] | None = None, ca: Path | None = None
) -> bytes:
    context = ssl.create_default_context(cafile=ca) if ca else None
    with urllib.request.urlopen(
        urllib.request.Request(address, data, headers or {}), timeout=TIMEOUT_S, context=context
    ) as answer:
        return bytes(answer.read())


@contextlib.contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    """A proxy that listens on `port` inside this block."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + TIMEOUT_S
        while process.poll() is None and time.monotonic() < deadline:
            # Caddy listens before it has made its certificate.
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as link:
                unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
                unverified.wrap_socket(link, server_hostname="localhost").close()
                break
        assert process.poll() is None, process.stdout and process.stdout.read().decode()
        yield
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)


def expect_right(address: str, authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything arrives at a phone, the desk knows its own address, and a file of 2 MB gets as far as its guard."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    result = check_address(address)
    assert [finding.format_line() for finding in result.findings] == []
    assert result.compared > 20
    cookie = {"Cookie": "__Secure-doorwise_editor=x"}
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(f"{address}/editor/regions/import", data=b"x" * (2 << 20), headers=cookie, ca=authority)
    with refusal.value as error:
        assert error.code in (401, 403)


def test_nginx(served: tuple[Machine, ServerProcess, int, str], tmp_path: Path, monkeypatch):
    machine, _, port, prefix = served
    plain = find_free_port()
    live = machine.path("/etc/letsencrypt/live") / f"localhost:{port}"
    authority = make_certificate(live)
    site_text = machine.text("/etc/nginx/sites-available/doorwise").replace(
        f"server_name localhost:{port}", "server_name localhost"
    )
    if prefix:
        start = site_text.index("    location / {\n        proxy_pass")
        location = machine.text("location for a path")
        site_text = f"{site_text[:start]}{location}}}\n"
    site_text = re.sub(r".*listen \[::\].*\n", "", site_text)
    site_text = site_text.replace("listen 80", f"listen 127.0.0.1:{plain}").replace(
        "listen 443", f"listen 127.0.0.1:{port}"
    )
    machine.path("/var/log/nginx").mkdir(parents=True, exist_ok=True)
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As in Debian's own nginx.conf: what is not compressed yet is.
    (tmp_path / "nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ gzip on; access_log off; {folders}\n{site_text} }}\n",
        encoding="utf-8",
    )
    program = find_server("nginx")
    assert program is not None, "no nginx here: `python -m tools.browsers` installs it"

    with running([program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], port):
        expect_right(f"https://localhost:{port}{prefix}", authority, monkeypatch)
        with socket.create_connection(("127.0.0.1", plain)) as link:
            link.sendall(b"GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert b"\r\nLocation: https://localhost/x\r\n" in link.recv(4096)
        monkeypatch.delenv("SSL_CERT_FILE")
        (refused,) = check_address(f"https://localhost:{port}{prefix}").findings
        assert refused.code == FindingCode.CERTIFICATE

    logs = "".join(path.read_text() for path in machine.path("/var/log/nginx").iterdir())
    assert "127.0.0.1" not in logs


def test_caddy(served: tuple[Machine, ServerProcess, int, str], tmp_path: Path, monkeypatch):
    machine, _, port, prefix = served
    text = machine.text("Caddyfile for a path" if prefix else "/etc/caddy/Caddyfile")
    # For localhost it makes its own authority, which must not become one of this machine.
    options = f"{{\n admin off\n skip_install_trust\n http_port {find_free_port()}\n default_bind 127.0.0.1\n}}\n"
    (tmp_path / "Caddyfile").write_text(options + text, encoding="utf-8")
    environment = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    program = find_server("caddy")
    assert program is not None, "no Caddy here: `python -m tools.browsers` installs it"

    with running(
        [program, "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"], port, environment
    ):
        expect_right(
            f"https://localhost:{port}{prefix}", tmp_path / "caddy/pki/authorities/local/root.crt", monkeypatch
        )


# ---- what the desk keeps ----


def test_the_nightly_backup_keeps_fourteen_and_can_be_restored(machine: Machine):
    folder = machine.path("/var/backups/doorwise")
    for day in range(10, 30):
        (folder / f"nightly-2026-01-{day}T03-30-00Z.zip").touch()
    script = machine.write("/usr/local/bin/doorwise-backup")

    machine.run_script(str(script))
    printed = machine.run("restore drill")

    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == 14
    assert kept[0] == "nightly-2026-01-17T03-30-00Z.zip"
    assert (folder / kept[-1]).stat().st_mode & 0o077 == 0
    assert f"restored {folder / kept[-1]}" in printed
    assert re.search(r"is whole\nrelease \w{64} is whole\n$", printed)


def test_an_upgrade_and_a_move_to_another_machine(machine: Machine, tmp_path: Path, installed: Machine):
    (installed.root / "opt/doorwise/0.2.0").symlink_to("0.1.0")
    assert "ready; make a backup first" in machine.run("upgrade")
    assert machine.path("/opt/doorwise/current").readlink() == Path("0.2.0")
    assert "systemctl restart doorwise" in machine.asked()

    machine.run("move: the old machine")
    another = make_machine(tmp_path / "n", installed)
    shutil.copy(machine.path("/var/backups/doorwise/move.zip"), another.path("/var/backups/doorwise"))
    assert "restored" in another.run("move: the new machine")

    channel = "/var/lib/doorwise/channel.json"
    assert another.path(channel).read_bytes() == machine.path(channel).read_bytes()


def test_postgresql(machine: Machine, database_server: Cluster):
    programs = f"{database_server.programs}:{machine.root}/stand-ins:{machine.root}/usr/local/bin:/usr/bin:/bin"
    machine.environment = {"PGHOST": str(database_server.folder), "PGUSER": USER, "PATH": programs}

    printed = machine.run("PostgreSQL")

    assert "moved from" in printed
    assert machine.settings()["DOORWISE_STORE"] == "postgresql:///doorwise"
    assert "postgresql://" in machine.run_script("doorwise backup desk.zip"), "commands use the database from then on"


def test_the_last_step(machine: Machine, tiny_server: ServerProcess):
    machine.replace["https://help.example.org"] = tiny_server.url

    assert "a phone gets release" in machine.run("check")
    command = re.search(r"^ExecStart=(.+)$", machine.text(f"{UNITS}doorwise-check.service"), re.MULTILINE)
    assert command
    assert command[1] == machine.text("check").strip().replace(
        "doorwise", str(machine.path("/opt/doorwise/current/bin/doorwise")), 1
    )


def test_the_guide_names_what_to_exempt():
    text = GUIDE.read_text(encoding="utf-8").partition("## 7.")[2]

    for address in ("/sw.js", "/channel.json", "/b/*", "*/manifest.webmanifest", "/editor/"):
        assert f"`{address}`" in text
