"""Decides which addresses named by a site may be requested.

Strangers write pages, manifests and redirects. They may name hosts on the internet, but must not
make this machine request its own services, its router or its cloud's metadata.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from .outcomes import BAD_MEDIA, FetchError

#: Private networks besides loopback and link-local addresses: RFC 1918, RFC 6598 and RFC 4193. Not
#: every address that is not global: some proxies resolve any name to 198.18.0.0/15.
_OWN = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    )
)

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Network:
    """The hosts that a video's page may name.

    Args:
        page: the video's address, which the user has chosen
        lookup: whether to resolve host names; False behind a proxy, where this machine may not be
            able to, so that only numeric addresses are checked
    """

    def __init__(self, page: str, lookup: bool = True) -> None:
        self._lookup = lookup
        self._known = {urlsplit(page).hostname or "": True}

    def check(self, url: str) -> None:
        """Checks that an address is on the page's own host or on no private network.

        Raises:
            FetchError: ``bad-media`` if it is neither, or not http or https
        """
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            parts, host = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not host:
            raise FetchError(BAD_MEDIA, f"it names {url[:200]!r}, which is not a web address")
        if host not in self._known:
            self._known[host] = not any(map(_is_private, _addresses(host, self._lookup)))
        if not self._known[host]:
            raise FetchError(BAD_MEDIA, f"it names {url[:200]!r}, which is on a private network")


def _addresses(host: str, lookup: bool) -> list[_Address]:
    """Returns a host's addresses; none if this machine cannot resolve it."""
    local = host == "localhost" or host.endswith(".localhost")
    flags = 0 if lookup or local else socket.AI_NUMERICHOST
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _is_private(address: _Address) -> bool:
    inner = getattr(address, "ipv4_mapped", None) or address
    special = inner.is_loopback or inner.is_link_local or inner.is_multicast
    return special or inner.is_unspecified or any(inner in network for network in _OWN)
