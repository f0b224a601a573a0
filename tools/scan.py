"""Put the editors' desk under a web scanner: `make scan`, with wapiti (https://wapiti-scanner.github.io) on the PATH.

A server of its own is filled with the shipped packs and scanned three times: as a stranger, as an owner and as a
translator who are signed in. It fails when the scanner reports a weakness, or when any request was answered by a fault.
Not part of `make test`: a scan takes minutes and is bounded by time, so that two of them do not try the same.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from server.auth.gate import Gate, RelyingParty, get_utc_now
from server.auth.people.members import make_member
from server.auth.roles import Person
from server.auth.sessions import prepare_session
from server.store.open import open_store
from tests.serving import ServerProcess

PEOPLE = (Person("0" * 32, "Owner", "owner"), Person("1" * 32, "Translator", "translator", ("en",)))
# Without csrf, which takes two equal refusals of a form that it filled in badly for a token that nobody checks (what
# really happens is tried on every route by tests/auth/test_attacks.py), and ldap, which there is none of here.
MODULES = "backup,cookieflags,crlf,csp,exec,file,http_headers,methods,permanentxss,redirect,sql,upload,xss"
COOKIE = "doorwise_editor"
# What ends the session that the scan needs, and what would have the owner's role taken away by the owner.
EXCLUDED = ("sign-out", "account/sessions/*", "people/*/*")
ACCEPTED = {
    # Both belong to TLS, and the scan goes over plain HTTP to this machine. Over TLS: tests/test_headers.py, tests/auth.
    "Strict-Transport-Security",
    "Secure flag",
    "X-Frame-Options",  # older than the frame-ancestors of our Content-Security-Policy, which every browser with passkeys has
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wapiti", default=shutil.which("wapiti"), help="the scanner's command")
    parser.add_argument("--seconds", type=int, default=240, help="how long each of the three scans crawls")
    options = parser.parse_args()
    if options.wapiti is None:
        raise SystemExit(
            "wapiti is not on the PATH: install it in an environment of its own, or name it with --wapiti."
        )
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data", afresh=True).start()
        try:
            problems = [
                problem
                for name, cookie in [("a stranger", ""), *sign_people_in(server)]
                for problem in scan_as_person(options.wapiti, server.url, name, cookie, options.seconds, Path(folder))
            ]
        finally:
            server.stop()
        faults = [line for line in server.lines if "a request failed" in line]
    for problem in problems + faults:
        print(problem)
    print(f"{len(problems)} weaknesses, {len(faults)} requests answered by a fault")
    sys.exit(1 if problems or faults else 0)


def sign_people_in(server: ServerProcess) -> list[tuple[str, str]]:
    """People with a session each: their role, and the cookie that stands for it."""
    store = open_store(server.data, None)
    gate = Gate(store, RelyingParty(server.url), get_utc_now)
    found = []
    for person in PEOPLE:
        member = replace(make_member(gate, person, "en"), secured=True, finished_at=gate.make_stamp())
        token, changes = prepare_session(gate, person.id, "", instead_of=None)
        store.commit([member.build_save_change(), *changes])
        found.append((person.role, f"{COOKIE}={token}"))
    store.close()
    return found


def scan_as_person(wapiti: str, url: str, name: str, cookie: str, seconds: int, folder: Path) -> list[str]:
    """Scan everything below /editor/ as one person; a line for each weakness."""
    report = folder / "report.json"
    command = [wapiti, "--url", f"{url}/editor/", "--scope", "folder", "--module", MODULES, "--flush-session"]
    command += ["--max-scan-time", str(seconds), "--max-attack-time", str(max(20, seconds // 4)), "--no-bugreport"]
    command += ["--format", "json", "--output", str(report), "--store-session", str(folder / "session")]
    # What the desk wants to see from its own pages: what lies behind that is to be tried, not the refusal.
    command += ["--header", f"Origin: {url}", "--header", "Sec-Fetch-Site: same-origin", "--verbose", "0"]
    for path in EXCLUDED:
        command += ["--exclude", f"{url}/editor/{path}"]
    command += ["--cookie-value", cookie] if cookie else []
    print(f"==> as {name}", flush=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = json.loads(report.read_text(encoding="utf-8"))
    print(f"    {found['infos']['crawled_pages_nbr']} pages and forms tried", flush=True)
    return [
        f"{name}: {kind}: {one['method']} {one['path']}: {one['info']}"
        for part in ("vulnerabilities", "anomalies")
        for kind, ones in found[part].items()
        for one in ones
        if not any(accepted in one["info"] for accepted in ACCEPTED)
    ]


if __name__ == "__main__":
    main()
