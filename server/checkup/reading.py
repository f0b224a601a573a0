"""Judge one answer: is it the file, unaltered, with its headers, and not out of a cache?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from server.checkup.fetch import Reply
from server.checkup.findings import CheckFinding, FindingCode
from server.guidance.model.regions import is_language_tag, is_region_id
from server.headers import NO_CACHE
from server.publish.data_folder.canonical import sha256_hex
from server.publish.rendering.render import BLANK_MARKS

# How a page says which release it is of: filled in by the server, blank in the release itself.
MARKS = re.compile(rb'data-offline="none" data-release="([0-9a-f]{64})" data-slice="[0-9a-f]{64}"')
DIGEST = re.compile(r"[0-9a-f]{64}")
CHALLENGES = (403, 429, 503)
# A second more or less is rounding.
OLDER_S = 2.0


def find_refusal(path: str, reply: Reply, *, wanted: str) -> CheckFinding | None:
    """Return why an answer is not the file at all; `wanted` is the file's media type."""
    found = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_page = found == "text/html"
    if reply.status in (401, 407):
        return CheckFinding(FindingCode.PASSWORD, (path,), {"status": reply.status})
    if 300 <= reply.status < 400 and "location" in reply.headers:
        return CheckFinding(FindingCode.REDIRECTED, (path,), {"target": reply.headers["location"]})
    if reply.status in CHALLENGES or (reply.status == 200 and is_page and wanted != "text/html"):
        return CheckFinding(FindingCode.CHALLENGE, (path,), {"status": reply.status})
    if reply.status != 200:
        return CheckFinding(FindingCode.STATUS, (path,), {"status": reply.status})
    return None


def find_header_faults(
    path: str, reply: Reply, *, wanted: str, caching: tuple[str, str], security: tuple[tuple[str, str], ...]
) -> Iterator[CheckFinding]:
    """Yield what is wrong with the headers of a file that came."""
    found = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found != wanted:
        yield CheckFinding(FindingCode.MEDIA_TYPE, (path,), {"found": found, "wanted": wanted})
    held = reply.headers.get("cache-control", "")
    if _split_directives(held) != _split_directives(caching[1]):
        yield CheckFinding(FindingCode.CACHING, (path,), {"found": held, "wanted": caching[1]})
    for name, value in security:
        # A proxy that adds the same once more changes nothing.
        if reply.headers.get(name.lower()) not in (value, f"{value}, {value}"):
            yield CheckFinding(FindingCode.HEADER, (path,), {"name": name})
    if "set-cookie" in reply.headers:
        yield CheckFinding(FindingCode.COOKIE, (path,), {"name": reply.headers["set-cookie"].partition("=")[0]})
    if caching == NO_CACHE and (detail := find_cache_header(reply)):
        yield CheckFinding(FindingCode.CACHED, (path,), {"detail": detail})


def _split_directives(value: str) -> set[str]:
    return {part.strip().lower() for part in value.split(",")}


def find_cache_header(reply: Reply) -> str:
    """Return the header that tells of a cache which answered instead of the server, or an empty text."""
    if (age := reply.headers.get("age", "0").strip()) != "0":
        return f"Age: {age}"
    for name in ("x-cache", "cf-cache-status", "x-cache-status", "x-proxy-cache"):
        if re.match(r"(?i)(tcp_)?hit\b", reply.headers.get(name, "").strip()):
            return f"{name}: {reply.headers[name]}"
    return ""


def read_answer_time(reply: Reply) -> float | None:
    """Return the time of the answer's Date in seconds since 1970, or None."""
    try:
        return parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def is_older_than(reply: Reply, fresh: Reply) -> bool:
    """Return whether an answer was made before another one that was asked for earlier."""
    dates = read_answer_time(reply), read_answer_time(fresh)
    return dates[0] is not None and dates[1] is not None and dates[0] < dates[1] - OLDER_S


def does_body_match_etag(reply: Reply) -> bool:
    """Return whether a body has the SHA-256 that its ETag begins with, as the worker's and the channel's have."""
    tag = reply.headers.get("etag", "").removeprefix("W/").strip('"')
    return len(tag) >= 32 and tag[:32] == sha256_hex(reply.body)[:32]


def read_release_of_page(body: bytes) -> tuple[str, str]:
    """Return the release that a page says it is of (empty when it says none), and its digest in that release."""
    found = MARKS.search(body)
    release = found[1].decode() if found else ""
    return release, sha256_hex(MARKS.sub(BLANK_MARKS.encode(), body, count=1))


def read_channel(body: bytes) -> tuple[str, dict[str, str]]:
    """Return the release that a list of releases names, and the digest of each of its slices by `<region>/<locale>`.

    Raises:
        ValueError: It is no such list, or one with which no phone would save anything.
    """
    try:
        document = json.loads(body)
        release, slices = document["release"], dict(document["slices"].items())
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a list of releases") from error
    if not (slices and all(map(_is_digest, (release, *slices.values()))) and all(map(_is_slice_key, slices))):
        raise ValueError("a release or a slice without its name")
    return release, slices


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def _is_slice_key(key: str) -> bool:
    region, _, locale = key.partition("/")
    return is_region_id(region) and is_language_tag(locale)
