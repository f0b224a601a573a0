"""What can be wrong between server and phone: a stable word each, and the addresses where it was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from server.checkup.sentences import MORE, SENTENCES
from server.guidance.problems.problem import GetText, leave_in_english, quote_value, shorten

ADDRESSES_SHOWN = 4


class FindingCode(StrEnum):
    """One kind of finding; `sentences.py` has the words."""

    NO_HTTPS = "no-https"
    CERTIFICATE = "certificate"
    CERTIFICATE_ENDS = "certificate-ends"
    REDIRECTED = "redirected"
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    CHALLENGE = "challenge"
    STATUS = "status"
    MEDIA_TYPE = "media-type"
    ALTERED = "altered"
    CHANNEL = "channel"
    CACHED = "cached"
    CACHING = "caching"
    HEADER = "header"
    COOKIE = "cookie"
    MISSING_IS_FOUND = "missing-is-found"
    UNCOMPRESSED = "uncompressed"
    CLOCK = "clock"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    BROKEN_OFF = "broken-off"


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing to change; `params` are what its sentence names. Values may come from a stranger's server."""

    code: FindingCode
    addresses: tuple[str, ...]
    params: Mapping[str, object] = field(default_factory=dict)

    def format_line(self, gettext: GetText = leave_in_english) -> str:
        """Return the finding on one line, in the language of `gettext`: code, addresses, what to do."""
        shown = [shorten(address) for address in self.addresses[:ADDRESSES_SHOWN]]
        if rest := len(self.addresses) - len(shown):
            shown.append(gettext(MORE) % {"count": rest})
        sentence = gettext(SENTENCES[self.code]) % {name: quote_value(value) for name, value in self.params.items()}
        return f"{self.code}: {', '.join(shown)}: {sentence}"


def merge_findings(findings: Iterable[CheckFinding]) -> list[CheckFinding]:
    """Return the findings in their order, with the addresses of equal ones together."""
    merged: dict[tuple[FindingCode, tuple[tuple[str, object], ...]], CheckFinding] = {}
    for one in findings:
        key = (one.code, tuple(one.params.items()))
        before = merged[key].addresses if key in merged else ()
        merged[key] = CheckFinding(one.code, tuple(dict.fromkeys((*before, *one.addresses))), one.params)
    return list(merged.values())
