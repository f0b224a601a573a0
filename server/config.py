"""Settings, read from the environment or the command line once and checked at start."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from server.errors import UsageError
from server.guidance.model.regions import is_region_id
from server.headers import STRICT_TRANSPORT_SECURITY
from server.proxies import SHORTEST_IPV4, SHORTEST_IPV6, parse_networks
from server.publish.build import Sources
from server.publish.rendering.compile import Operator
from server.resources import resource_folder
from server.store.address import check_scheme

if TYPE_CHECKING:
    from server.proxies import Network

# A domain in the form that browsers put into an origin: lower case, international names in ASCII.
DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
# Folders of unreserved characters (RFC 3986 section 2.3), but not `.` or `..`.
PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that differs between two installations."""

    data: Path
    packs: Path
    host: str = "127.0.0.1"
    port: int = 8000
    operator: Operator = field(default_factory=Operator)
    # The addresses or networks of the proxies whose X-Forwarded-Proto and -Host are believed; none by default.
    trusted_proxy: str | None = None
    # The path that a proxy serves this application under, for example /doorwise; empty at a domain's root.
    url_prefix: str = ""
    # Where people open the editors' desk: passkeys belong to this origin and to no other. Without it, this machine.
    origin: str = ""
    # What answers over TLS say about later visits: a key of headers.STRICT_TRANSPORT_SECURITY. Browsers keep it for long, and
    # one server's word can shut the other sites of a domain, so nothing is said unless asked for.
    hsts: str = "off"
    # The region that `/` leads to; without it the only one, or the one that a reader's language names.
    home_region: str = ""
    # Serve a worker that removes itself and its copies: for the day that a published worker is broken.
    retire_worker: bool = False
    # The address of a PostgreSQL database where machines share one desk. Never shown: it may hold a password.
    store: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise for a setting that cannot be right.

        Raises:
            UsageError: Names the setting, its value and what was expected.
        """
        if not 0 <= self.port <= 65535:
            raise UsageError(f"port: {self.port} – expected 0 to 65535")
        if self.trusted_proxy is not None:
            try:
                parse_networks(self.trusted_proxy)
            except ValueError as error:
                raise UsageError(
                    f"trusted proxy: {self.trusted_proxy!r} – expected an IP address or a network such as 10.0.0.0/8, "
                    f"none larger than /{SHORTEST_IPV4} (IPv6: /{SHORTEST_IPV6})"
                ) from error
        if self.hsts not in STRICT_TRANSPORT_SECURITY:
            raise UsageError(f"hsts: {self.hsts!r} – expected one of {', '.join(STRICT_TRANSPORT_SECURITY)}")
        if self.url_prefix and not PREFIX.fullmatch(self.url_prefix):
            raise UsageError(f"url prefix: {self.url_prefix!r} – expected a path such as /doorwise")
        if self.home_region and not is_region_id(self.home_region):
            raise UsageError(f"home region: {self.home_region!r} – expected the id of a region, such as cn or cn-31")
        if self.origin and not is_origin(self.origin):
            raise UsageError(
                f"origin: {self.origin!r} – expected https:// and a domain, such as https://desk.example.org, "
                "or http://localhost and a port"
            )
        if self.store is not None:
            check_scheme(self.store)

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """The networks of the proxies that are believed."""
        return parse_networks(self.trusted_proxy) if self.trusted_proxy else ()

    @property
    def desk_origin(self) -> str:
        """The origin that the desk's passkeys belong to."""
        return self.origin or f"http://localhost:{self.port}"

    def build_sources(self) -> Sources:
        """Return the sources of this installation's releases."""
        return Sources(self.packs, resource_folder("static"), resource_folder("translations"), self.operator)


def is_origin(text: str) -> bool:
    """Return whether a text is an origin that browsers make passkeys for, in their own spelling.

    Source: WebAuthn Level 3, section 5.1.2 (the effective domain is a domain, not an IP address, in a secure context).
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    is_local = host == "localhost" or host.endswith(".localhost")
    written = f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")
    return (parts.scheme == "https" or (parts.scheme == "http" and is_local)) and bool(
        text == written and DOMAIN.fullmatch(host) and not host.rpartition(".")[2].isdigit()
    )


def read_operator(environment: Mapping[str, str] = os.environ) -> Operator:
    """Return the operator of this copy, from DOORWISE_OPERATOR_NAME and DOORWISE_OPERATOR_CONTACT."""
    return Operator(environment.get("DOORWISE_OPERATOR_NAME", ""), environment.get("DOORWISE_OPERATOR_CONTACT", ""))
