"""Real server processes: their ports, their locks, their log, and what happens while they run."""

import contextlib
import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.app import create_app
from server.config import Config
from server.publish.current import roll_back
from server.publish.data_folder.canonical import sha256_hex
from server.publish.script_linker import minify_script
from server.pwa.views import build_worker_script
from tests.publishing import CLIENT, STATIC, Publisher, ask, doorwise, exchange, tree
from tests.serving import ROOT, ServerProcess

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "help.example.org"}

StartServer = Callable[..., ServerProcess]


@pytest.fixture
def start(published: Publisher) -> Iterator[StartServer]:
    """Start servers on this test's own data folder; they end with it."""
    servers: list[ServerProcess] = []

    def start_one(*options: str, environment: dict[str, str] | None = None) -> ServerProcess:
        server = ServerProcess(published.data.root, packs=published.packs, options=options, environment=environment)
        servers.append(server)
        return server.start()

    yield start_one
    for server in servers:
        server.stop()


def test_a_bad_pack_at_a_restart_leaves_the_old_release_served(published, start):
    """A typing mistake must not take down what phones rely on."""
    (published.root / "visit.toml").write_bytes(b"[[rule\n")
    old = published.data.channel.read().release

    server = start()

    assert old.encode() in ask(server.port, "/healthz").body
    assert any("xa/visit.toml" in line for line in server.lines)
    assert any("the release before is served" in line for line in server.lines)


def test_a_taken_port_is_named(published):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = doorwise("run", "--port", str(port), "--data", published.data.root, "--packs", published.packs)

    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_here_is_named(published, host):
    done = doorwise("run", "--host", host, "--port", "0", "--data", published.data.root, "--packs", published.packs)

    assert done.returncode == 2
    assert f"cannot listen on {host}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_server_on_one_folder_is_refused_and_changes_nothing(published, start):
    """It must not publish its packs into the folder that the first one serves, either."""
    first = start()
    assert first.process is not None
    before = tree(published.data.root)
    published.edit("Of the second one.")

    done = doorwise("run", "--port", "0", "--data", published.data.root, "--packs", published.packs)

    assert done.returncode == 3
    assert f"in use by another process (doorwise run, process {first.process.pid})" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(published.data.root) == before
    assert ask(first.port, "/healthz").status == 200


def test_after_the_first_server_was_killed_a_second_one_starts(start):
    start().kill()

    assert ask(start().port, "/healthz").status == 200


def test_what_is_published_while_it_runs_is_served_without_a_restart(published, start):
    server = start()
    published.edit("Another sentence.")

    server.command("release", "publish")
    assert b"Another sentence." in ask(server.port, "/xa/en/now/").body

    server.command("release", "rollback")
    assert b"Another sentence." not in ask(server.port, "/xa/en/now/").body


def test_a_rollback_outlasts_a_restart(published, start):
    published.publish_edited("A mistake.")
    roll_back(published.data)
    server = start()

    assert b"A mistake." not in ask(server.port, "/xa/en/now/").body
    server.kill()
    assert b"A mistake." not in ask(server.start().port, "/xa/en/now/").body


def test_a_restart_publishes_packs_that_are_new(published, start):
    published.edit("Of the next version.")

    server = start()

    assert b"Of the next version." in ask(server.port, "/xa/en/now/").body


def test_a_restart_repairs_a_damaged_release(published, start):
    file = published.data.read_slice("xa/en", published.data.read_current().slices["xa/en"]).files["xa/en/now/"]
    published.data.blobs.build_path(file.sha256).write_bytes(b"damaged")

    server = start()

    assert ask(server.port, "/xa/en/now/").status == 200
    assert published.data.verify(published.data.read_current().digest) == []


def test_an_interrupt_ends_it_in_words(published):
    command = [sys.executable, "-m", "server", "run", "--port", "0", "--data", str(published.data.root)]
    with subprocess.Popen(
        [*command, "--packs", str(published.packs)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "ready" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        code = process.wait(30)

    assert code == 0
    assert rest == "ended\n"


def test_only_the_trusted_proxy_is_believed(start):
    """RFC 6797 section 7.2: the header is for answers over TLS only, and anybody can claim that there was TLS."""
    server = start("--trusted-proxy", f"{CLIENT}/29", "--hsts", "host")
    name = "strict-transport-security"

    for path in ("/xa/en/", "/", "/nowhere", "/sw.js", "/channel.json"):
        assert ask(server.port, path, FORWARDED).headers.get(name) == "max-age=63072000"
        assert name not in ask(server.port, path).headers
        assert name not in server.get(path, FORWARDED)[1], "this one comes from another address"

    server.stop()
    told = [line for line in server.lines if "are ignored: --trusted-proxy does not name" in line]
    assert len(told) == 1, "five requests came from there"
    assert "from this machine itself" in told[0]
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", told[0])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("off", None),
        ("host", "max-age=63072000"),
        ("subdomains", "max-age=63072000; includeSubDomains"),
        ("forget", "max-age=0"),
    ],
)
def test_other_sites_of_a_domain_are_shut_out_only_when_asked_for(published, setting, value):
    """One server's header with includeSubDomains would close an organisation's other http sites for two years."""
    config = Config(data=published.data.root, packs=published.packs, **({} if setting == "off" else {"hsts": setting}))
    client = create_app(config).test_client()

    for path in ("/xa/en/", "/", "/nowhere", "/sw.js", "/channel.json", "/editor/"):
        assert client.get(path, base_url="https://help.example.org").headers.get("Strict-Transport-Security") == value
        assert "Strict-Transport-Security" not in client.get(path).headers
    tag = client.get("/xa/en/").headers["ETag"]
    again = client.get("/xa/en/", base_url="https://help.example.org", headers={"If-None-Match": tag})
    assert (again.status_code, again.headers.get("Strict-Transport-Security")) == (304, None)


def test_no_address_of_a_reader_reaches_the_log(published, start):
    """Whatever is sent, and whatever goes wrong while it is answered."""
    stranger = "203.0.113.77"
    server = start("--trusted-proxy", CLIENT)
    release = published.data.read_current()
    page = published.data.read_slice("xa/en", release.slices["xa/en"]).files["xa/en/guide/"]
    published.data.blobs.build_path(page.sha256).write_bytes(b"damaged")
    claims = {
        "X-Forwarded-For": stranger,
        "Forwarded": f"for={stranger}",
        "X-Real-IP": stranger,
        "X-Forwarded-Proto": "https",
    }

    for path in ("/", "/xa/en/now/", "/nowhere", "/%ff"):
        ask(server.port, path, claims)
    assert ask(server.port, "/xa/en/guide/", claims).status == 500
    ask(server.port, "/", {"X-Forwarded-Proto": "nonsense, https"})
    ask(server.port, "/", {"X-Forwarded-Host": ", ,"})
    malformed = [
        b"NONSENSE\r\n\r\n",
        b"GET http://[bad/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: \xff\r\n\r\n",
        b"\0" * 99,
    ]
    malformed += [b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET /x HTTP/1.1\r\nHost: x\r\n\r"]
    for request in malformed:
        with socket.create_connection(("127.0.0.1", server.port), source_address=(CLIENT, 0)) as link:
            link.sendall(request)
            link.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while link.recv(65536):
                    pass
    # A release that no program of ours would write: a fault that nobody foresaw.
    document = b'{"format":1}'
    digest = sha256_hex(document)
    (published.data.root / "releases" / f"{digest}.json").write_bytes(document)
    published.data.channel.move(digest, why="publish")
    assert ask(server.port, "/xa/en/", claims).status == 500
    assert ask(server.port, "/healthz", claims).status == 500

    server.stop()

    log = "".join(server.lines)
    assert "is damaged" in log, "the fault itself is told"
    assert "KeyError" in log
    assert CLIENT not in log
    assert stranger not in log
    assert "/xa/en/" not in log, "nor does it say what was read"


def test_a_request_that_cannot_be_read_does_not_stop_the_server(tiny_server):
    with pytest.raises(http.client.RemoteDisconnected):
        exchange(tiny_server.port, b"GET http://[bad/ HTTP/1.1\r\n\r\n")

    assert ask(tiny_server.port, "/healthz").status == 200


def test_more_phones_than_threads_are_served(tiny_server):
    """Phones leave their connections open; those must not keep the next ones waiting."""
    with contextlib.ExitStack() as held:
        for _ in range(150):
            held.enter_context(socket.create_connection(("127.0.0.1", tiny_server.port), timeout=30))

        assert ask(tiny_server.port, "/healthz").status == 200


def test_settings_from_the_environment_take_effect(published, start):
    server = start(
        environment={
            "DOORWISE_RETIRE_WORKER": "1",
            "DOORWISE_URL_PREFIX": "/help",
            "DOORWISE_OPERATOR_NAME": "The Neighbours' Association",
        }
    )

    assert server.url.endswith("/help")
    retired = minify_script((STATIC / "sw-retired.js").read_text(encoding="utf-8"))
    assert ask(server.port, "/help/sw.js").body == retired.encode()
    assert re.search(rb"The Neighbours(&#39;|') Association", ask(server.port, "/help/xa/en/about/").body)


def test_the_worker_is_served_as_one_classic_script(tiny_server):
    answer = ask(tiny_server.port, "/sw.js")

    assert answer.body == build_worker_script(STATIC).encode()
    assert not re.search(rb"^(import|export)\b", answer.body, re.MULTILINE)
    assert answer.headers["content-type"].startswith("text/javascript")


def test_no_file_of_the_data_folder_is_served_by_its_name(tiny_server: ServerProcess):
    data: Path = tiny_server.data
    for path in data.rglob("*"):
        if path.is_file() and path.name != "channel.json":
            assert ask(tiny_server.port, f"/{path.relative_to(data)}").status == 404
