"""Visit an address as a phone does at its first visit, and list everything that would keep it from being saved whole."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit

from server.checkup.fetch import FetchFailed, PhoneClient, Reply, Unreachable
from server.checkup.findings import CheckFinding, FindingCode, merge_findings
from server.checkup.reading import (
    does_body_match_etag,
    find_header_faults,
    find_refusal,
    is_older_than,
    read_answer_time,
    read_channel,
    read_release_of_page,
)
from server.errors import UsageError
from server.headers import ASSET, IMMUTABLE, NO_CACHE, SECURITY
from server.publish.data_folder.canonical import sha256_hex
from server.publish.data_folder.container import ContainerError, open_slice
from server.publish.data_folder.slices import Slice

MOST_REDIRECTS = 5
MOST_SLICES = 40
MOST_ADDRESSES = 400
# One-time links of the desk live for minutes; a certificate is usually renewed a month before its end.
CLOCK_S = 300
CERTIFICATE_S = 10 * 86400


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings, the release that the channel names (empty when there is none), and how many answers were compared."""

    findings: list[CheckFinding]
    release: str
    compared: int


def check_address(address: str) -> CheckResult:
    """Return what a phone would meet at `address`.

    Raises:
        UsageError: It is no http or https address.
        Unreachable: Nobody answers there.
    """
    client, prefix = _parse_address(address)
    result = AddressCheck(client, prefix).check_all()
    if any(finding.code == FindingCode.CACHED for finding in result.findings) and client.has_time_to_repeat():
        # A release that was published meanwhile looks like a stale cache, but not twice.
        return AddressCheck(client, prefix).check_all()
    return result


def _parse_address(address: str) -> tuple[PhoneClient, str]:
    text = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(text)
        # As browsers write a name in other letters.
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise UsageError(f"address: {address!r} – expected an address such as https://help.example.org")
    port = port or (443 if parts.scheme == "https" else 80)
    return PhoneClient(parts.scheme, host, port), quote(parts.path.rstrip("/"), safe="/%")


def _is_loopback_host(host: str) -> bool:
    """Return whether browsers treat http from `host` as secure (Secure Contexts, section 3.1)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class AddressCheck:
    """The check of one address. Findings are collected, so that one fault does not hide the next."""

    def __init__(self, client: PhoneClient, prefix: str) -> None:
        self.client = client
        self.prefix = prefix
        self.findings: list[CheckFinding] = []
        self.compared = 0
        self.release = ""

    def check_all(self) -> CheckResult:
        """Return what was found, after looking at everything."""
        try:
            self._run_steps()
        except FetchFailed as failure:
            self._add_finding("", failure.code, **failure.params)
        return CheckResult(merge_findings(self.findings), self.release, self.compared)

    def _run_steps(self) -> None:
        if self.client.scheme == "http" and not _is_loopback_host(self.client.host):
            self.findings.append(CheckFinding(FindingCode.NO_HTTPS, (f"http://{self.client.host}",)))
        self._check_entrance()
        self._check_certificate()
        self._check_worker()
        channel = self._check_channel()
        looked_at: set[str] = set()
        for key, digest in list(channel.items())[:MOST_SLICES]:
            slice_ = self._check_bundle(key, digest)
            if slice_ is not None:
                self._check_shell_and_pages(slice_, looked_at)
        if channel:
            self._check_missing_file(next(iter(channel.values())))

    # ---- what is looked at, in the order of a first visit ----

    def _check_entrance(self) -> None:
        """Check that the entrance leads to a home page of this address, and nowhere else. Several regions: status 300."""
        home, path = self._build_full_address(f"{self.prefix}/"), ""
        target = home
        for _ in range(MOST_REDIRECTS):
            reply = self._fetch_or_note(path)
            if reply is None or (reply.status == 300 and "location" not in reply.headers):
                return
            refusal = find_refusal(self._build_shown_path(path), reply, wanted="text/html")
            if refusal is None or refusal.code != FindingCode.REDIRECTED:
                self.findings += [refusal] if refusal else []
                return
            try:
                target = urljoin(home + path, reply.headers["location"])
            except ValueError:
                target = reply.headers["location"]
            if not target.startswith(home):
                break
            path = target.removeprefix(home)
        self.findings.append(CheckFinding(FindingCode.REDIRECTED, (self._build_shown_path(""),), {"target": target}))

    def _check_certificate(self) -> None:
        if self.client.certificate is None:
            return
        begins_at, ends_at = self.client.certificate
        # A certificate of days or hours is renewed days or hours before its end.
        if ends_at - time.time() < min(CERTIFICATE_S, (ends_at - begins_at) / 9):
            day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ends_at))
            self.findings.append(CheckFinding(FindingCode.CERTIFICATE_ENDS, (self.client.host,), {"day": day}))

    def _check_worker(self) -> None:
        # As browsers ask for a worker (Service Workers, "Update", step 8).
        reply = self._fetch_checked_file("sw.js", "text/javascript", NO_CACHE, SECURITY, {"Service-Worker": "script"})
        if reply is not None and not does_body_match_etag(reply):
            self._add_finding("sw.js", FindingCode.ALTERED, detail="ETag")

    def _check_channel(self) -> dict[str, str]:
        """Return the digest of each slice; empty when there is no channel."""
        # An address that nobody asked for before is in no cache.
        fresh = self._fetch_checked_file(f"channel.json?{secrets.token_hex(8)}", "application/json", NO_CACHE, ASSET)
        reply = self._fetch_checked_file("channel.json", "application/json", NO_CACHE, ASSET)
        if reply is None:
            return {}
        is_stale = False
        if fresh is not None:
            self._check_clock(fresh)
            is_stale = fresh.body != reply.body or is_older_than(reply, fresh)
        try:
            self.release, slices = read_channel(reply.body)
        except ValueError:
            self._add_finding("channel.json", FindingCode.CHANNEL)
            return {}
        if is_stale:
            self._add_finding("channel.json", FindingCode.CACHED, detail="an older answer")
        elif not does_body_match_etag(reply):
            self._add_finding("channel.json", FindingCode.ALTERED, detail="ETag")
        return slices

    def _check_clock(self, fresh: Reply) -> None:
        date = read_answer_time(fresh)
        if date is not None and abs(date - fresh.received_at) > CLOCK_S:
            self._add_finding("channel.json", FindingCode.CLOCK, minutes=round(abs(date - fresh.received_at) / 60))

    def _check_bundle(self, key: str, digest: str) -> Slice | None:
        path = f"b/{digest}.bundle"
        reply = self._fetch_checked_file(path, "application/octet-stream", IMMUTABLE, ASSET)
        if reply is None:
            return None
        try:
            slice_, bodies = open_slice(reply.body, key=key)
        except (ContainerError, AttributeError, OverflowError, RecursionError):  # whatever a stranger may send
            slice_, bodies = None, {}
        if slice_ is None or slice_.digest != digest:
            self._add_finding(path, FindingCode.ALTERED, detail="SHA-256")
            return None
        if "content-encoding" not in reply.headers:
            self._add_finding(path, FindingCode.UNCOMPRESSED)
        self.compared += len(bodies)
        return slice_

    def _check_shell_and_pages(self, slice_: Slice, looked_at: set[str]) -> None:
        """Check the shell's files, which no bundle carries, and the pages that are read before there is a worker."""
        pages = [f"{slice_.key}/", f"{slice_.key}/now/", f"{slice_.key}/manifest.webmanifest"]
        for path in (*(path for path in slice_.files if path.startswith("b/")), *pages):
            file = slice_.files.get(path)
            if file is None or path in looked_at or len(looked_at) >= MOST_ADDRESSES:
                continue
            looked_at.add(path)
            wanted = file.media_type.partition(";")[0]
            is_page = wanted == "text/html"
            caching = IMMUTABLE if path.startswith("b/") else NO_CACHE
            reply = self._fetch_checked_file(path, wanted, caching, SECURITY if is_page else ASSET)
            if reply is None:
                continue
            release, digest = read_release_of_page(reply.body) if is_page else (self.release, sha256_hex(reply.body))
            if release and release != self.release:
                self._add_finding(path, FindingCode.CACHED, detail=f"release {release[:12]}")
            elif digest != file.sha256:
                self._add_finding(path, FindingCode.ALTERED, detail="SHA-256")

    def _check_missing_file(self, digest: str) -> None:
        """Check that a missing file has status 404, which alone tells phones to take the whole where an update is missing."""
        path = f"b/{digest}.from.{'0' * 64}"
        reply = self._fetch_or_note(path)
        if reply is None or reply.status == 404:
            return
        if reply.status != 200 and (refusal := find_refusal(self._build_shown_path(path), reply, wanted="")):
            self.findings.append(refusal)
        else:
            self._add_finding(path, FindingCode.MISSING_IS_FOUND, status=reply.status)

    # ---- asking ----

    def _fetch_checked_file(
        self,
        path: str,
        wanted: str,
        caching: tuple[str, str],
        security: tuple[tuple[str, str], ...],
        headers: dict[str, str] | None = None,
    ) -> Reply | None:
        """Return the answer when it is the file at all; note what is wrong with it."""
        reply = self._fetch_or_note(path, headers)
        if reply is None:
            return None
        shown = self._build_shown_path(path)
        if refusal := find_refusal(shown, reply, wanted=wanted):
            self.findings.append(refusal)
            return None
        self.compared += 1
        self.findings += find_header_faults(shown, reply, wanted=wanted, caching=caching, security=security)
        return reply

    def _fetch_or_note(self, path: str, headers: dict[str, str] | None = None) -> Reply | None:
        """Return the answer, or None after noting why there is none. With a refused certificate nothing can be asked."""
        try:
            return self.client.fetch(f"{self.prefix}/{quote(path, safe='/?%=.~')}", headers)
        except FetchFailed as failure:
            if failure.code == FindingCode.CERTIFICATE:
                raise
            self._add_finding(path, failure.code, **failure.params)
        except Unreachable as error:
            if not path:
                raise
            self._add_finding(path, FindingCode.BROKEN_OFF, detail=str(error))
        return None

    def _add_finding(self, path: str, code: FindingCode, **params: object) -> None:
        self.findings.append(CheckFinding(code, (self._build_shown_path(path),), params))

    def _build_shown_path(self, path: str) -> str:
        return f"{self.prefix}/{path.partition('?')[0]}"

    def _build_full_address(self, path: str) -> str:
        """Return the whole address of a path, as browsers write it."""
        usual = 443 if self.client.scheme == "https" else 80
        port = "" if self.client.port == usual else f":{self.client.port}"
        return f"{self.client.scheme}://{self.client.host}{port}{path}"
