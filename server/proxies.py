"""Which proxies' X-Forwarded headers are believed, and a line in the log where they are ignored.

The line says which kind of network the proxy is in and never its address: without a proxy the same headers can come from a
reader, and no log holds an address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from waitress.proxy_headers import PROXY_HEADERS, proxy_headers_middleware

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Network = IPv4Network | IPv6Network

log = logging.getLogger("doorwise")

# The sender's address is stored nowhere; the desk's rate limits only compute a group (server/auth/limits.py).
BELIEVED = {"x-forwarded-proto", "x-forwarded-host", "x-forwarded-for"}

# The largest networks that an organisation has for itself begin with so many bits, as 10.0.0.0/8 does.
SHORTEST_IPV4 = 8
SHORTEST_IPV6 = 16
# Before an IPv4 address that is written as IPv6.
MAPPED_BITS = 96


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks in a text: addresses, or networks in CIDR form (RFC 4632), with commas between them.

    An address with a length, as container programs print one (`172.18.0.2/16`), is its whole network. IPv4 may be
    written as IPv6 (RFC 4291, section 2.5.5.2).

    Raises:
        ValueError: A part is neither, or is so large a network that strangers would be believed.
    """
    found = tuple(_unmap_network(ip_network(part.strip(), strict=False)) for part in text.split(","))
    if any(map(_is_too_large, found)):
        raise ValueError("strangers would be believed")
    return found


def _unmap_network(network: Network) -> Network:
    """Return a network of IPv4 addresses that is written as IPv6 as what it is, as senders' addresses are compared."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < MAPPED_BITS:
        return network
    return IPv4Network((mapped, network.prefixlen - MAPPED_BITS))


def _is_too_large(network: Network) -> bool:
    if isinstance(network, IPv4Network):
        return network.prefixlen < SHORTEST_IPV4
    # fc00::/7 and fe80::/10 are one house's own, however many addresses they have.
    return network.prefixlen < SHORTEST_IPV6 and not network.is_private


class ForwardedHeaders:
    """A WSGI layer that takes scheme, host and sender from the headers of named proxies and drops those of all others."""

    def __init__(self, app: WSGIApplication, networks: Sequence[Network]) -> None:
        self.networks = networks
        # The layer decides here, since waitress knows only one address, and compares it as text.
        self._believing: WSGIApplication = proxy_headers_middleware(
            app, trusted_proxy="*", trusted_proxy_headers=BELIEVED
        )
        self._dropping: WSGIApplication = proxy_headers_middleware(app)
        self._told: set[str] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI entry."""
        peer = _parse_peer(str(environ.get("REMOTE_ADDR", "")))
        if peer is not None and any(peer in network for network in self.networks):
            return self._believing(environ, start_response)
        if any(f"HTTP_{name}" in environ for name in PROXY_HEADERS):
            self._tell_once(_describe_network(peer))
        return self._dropping(environ, start_response)

    def _tell_once(self, where: str) -> None:
        if where not in self._told:
            self._told.add(where)
            log.warning(
                "X-Forwarded headers from %s are ignored: --trusted-proxy does not name where they come from. If that is your "
                "proxy, name its address or its network; if there is none, readers can send such headers too",
                where,
            )


def _parse_peer(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _describe_network(peer: IPv4Address | IPv6Address | None) -> str:
    if peer is None:
        return "an unknown place"
    if peer.is_loopback:
        return "this machine itself"
    return "a private network" if peer.is_private or peer.is_link_local else "a public address"
