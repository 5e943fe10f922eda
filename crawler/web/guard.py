"""Which addresses may be asked at all.

A page can name any address in place of a picture. Only the hosts that a source lists are asked, and of those only
such as lie in the public internet: what a name resolves to is looked at on the connection that is used, so a name
that changes its address between a check and its use gains nothing.
"""

import socket
from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

from .errors import Forbidden

PORTS = {"http": 80, "https": 443}


class Guard:
    """`hosts`: names, with `*` for a part of one. `trusted`: `host:port` that the operator named, private or not."""

    def __init__(self, hosts: Iterable[str], trusted: Iterable[str] = ()) -> None:
        self.hosts = tuple(host.lower() for host in hosts)
        self.trusted = frozenset(place.lower() for place in trusted)

    def check(self, address: str) -> None:
        """Raises Forbidden for an address that is not one of ours."""
        try:
            parts = urlsplit(address)
            host, port = (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme)
        except ValueError as error:
            raise Forbidden("bad_address", address) from error
        if parts.scheme not in PORTS or not host or parts.username is not None:
            raise Forbidden("bad_address", address)
        if f"{host}:{port}" in self.trusted:
            return
        if port != PORTS[parts.scheme] or not any(fnmatchcase(host, pattern) for pattern in self.hosts):
            raise Forbidden("other_host", address)

    def check_connection(self, host: str, port: int, connection: socket.socket) -> None:
        """Raises Forbidden for a connection that has reached a private network."""
        if f"{host.lower()}:{port}" in self.trusted:
            return
        peer = connection.getpeername()[0]
        if not ip_address(peer.partition("%")[0]).is_global:
            raise Forbidden("private_address", f"{host} is {peer}")
