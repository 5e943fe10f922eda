"""Which addresses may be asked at all.

A page can name any address in place of a picture. Only the hosts that a source lists are asked, and of those only
such as lie in the public internet. What a name resolves to is looked at by the connection itself, so a name that
changes its address between a check and its use gains nothing.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from crawler.http.errors import Forbidden

PORTS = {"http": 80, "https": 443}
# A name, or an IPv6 address in brackets, and a port. Anything else may mean another host to another reader.
PLAIN_NETLOC = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?")
NAT64 = IPv6Network("64:ff9b::/96")


def place_of(address: str) -> str:
    """`host:port` of an address. Raises Forbidden for what is none of the net."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise Forbidden("bad_address", address) from error
    if parts.scheme not in PORTS or not PLAIN_NETLOC.fullmatch(parts.netloc):
        raise Forbidden("bad_address", address)
    return f"{host}:{PORTS[parts.scheme] if port is None else port}"


def is_public(address: str) -> bool:
    """Whether an IP address, or the one that it wraps, is everybody's to reach."""
    ip = ip_address(address.partition("%")[0])
    inner = _wrapped(ip) if isinstance(ip, IPv6Address) else None
    return is_public(str(inner)) if inner else ip.is_global and not ip.is_multicast


def _wrapped(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is reached through this one."""
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]


class Guard:
    """`hosts`: names, with `*` for a part of one and perhaps `:port`; without, the port is the scheme's own.

    `trusted`: `host:port` that the operator named, private or not.
    """

    def __init__(self, hosts: Iterable[str], trusted: Iterable[str] = ()) -> None:
        self.hosts = tuple(host.lower() for host in hosts)
        self.trusted = frozenset(place.lower() for place in trusted)

    def check(self, address: str) -> None:
        """Raises Forbidden for an address that is not one of ours."""
        place = place_of(address)
        host, _colon, port = place.rpartition(":")
        usual = int(port) == PORTS[urlsplit(address).scheme]
        if place in self.trusted or any(fnmatchcase(place, pattern) for pattern in self.hosts):
            return
        if not usual or not any(fnmatchcase(host, pattern) for pattern in self.hosts):
            raise Forbidden("other_host", address)

    def check_ip(self, host: str, port: int, ip: str) -> None:
        """Raises Forbidden for a host that turns out to lie in a private network."""
        if f"{host.lower()}:{port}" not in self.trusted and not is_public(ip):
            raise Forbidden("private_address", f"{host} is {ip}")
