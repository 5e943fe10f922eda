"""Which URLs may be requested at all, and connections that are made to no others.

A page can name any URL in place of a picture. Only the hosts that a source lists are asked, and of those only such as
lie in the public internet (else a page could have the crawler ask services of its own network: server-side request
forgery). The connection itself checks what a name resolves to, so a name that changes its IP address between a check
and its use gains nothing.
"""

import re
import socket
from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from crawler.http.deadline import is_time_over, watch_socket
from crawler.http.errors import Forbidden

DEFAULT_PORTS = {"http": 80, "https": 443}
# A name, or an IPv6 address in brackets, and a port. Anything else may mean another host to another parser.
PLAIN_NETLOC = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?")
# The public internet is what the IANA assigns to networks, without what its registries of special-purpose addresses
# (RFC 6890) keep for something else. An allow list: what is assigned in future is refused until it is added here.
GLOBAL_UNICAST = IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
ISATAP_MARKS = (0x5EFE, 0x2005EFE)  # RFC 5214: before an IPv4 address, at the end


def parse_host_port(url: str) -> str:
    """Return `host:port` of a URL, in lower case. Raise Forbidden for what is no plain http or https URL."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise Forbidden("bad_address", url) from error
    if parts.scheme not in DEFAULT_PORTS or not PLAIN_NETLOC.fullmatch(parts.netloc):
        raise Forbidden("bad_address", url)
    return f"{host}:{DEFAULT_PORTS[parts.scheme] if port is None else port}"


def is_public_ip(address: str) -> bool:
    """Return whether an IP address, or the one that it wraps, is in the public internet."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        wrapped = _unwrap(ip)
        if wrapped is None:
            return ip in GLOBAL_UNICAST and not any(ip in network for network in SPECIAL_IPV6)
        ip = wrapped
    return not any(ip in network for network in SPECIAL_IPV4)


def _unwrap(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is reached through this one."""
    if ip in NAT64 or (ip in GLOBAL_UNICAST and int(ip) >> 32 & 0xFFFFFFFF in ISATAP_MARKS):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]


class UrlGuard:
    """Allow `hosts`: names, with `*` for a part of one and perhaps `:port`; without, the port is the scheme's own.

    `trusted_hosts`: `host:port` that the operator named, private or not.
    """

    def __init__(self, hosts: Iterable[str], trusted_hosts: Iterable[str] = ()) -> None:
        self.hosts = tuple(host.lower() for host in hosts)
        self.trusted_hosts = frozenset(host.lower() for host in trusted_hosts)

    def check_url(self, url: str) -> None:
        """Raise Forbidden for a URL of another host."""
        host_port = parse_host_port(url)
        host, _colon, port = host_port.rpartition(":")
        if host_port in self.trusted_hosts or any(fnmatchcase(host_port, pattern) for pattern in self.hosts):
            return
        has_default_port = int(port) == DEFAULT_PORTS[urlsplit(url).scheme]
        if not has_default_port or not any(fnmatchcase(host, pattern) for pattern in self.hosts):
            raise Forbidden("other_host", url)

    def check_ip(self, host: str, port: int, ip: str) -> None:
        """Raise Forbidden for a host that resolves to a private network."""
        if f"{host.lower()}:{port}" not in self.trusted_hosts and not is_public_ip(ip):
            raise Forbidden("private_address", f"{host} is {ip}")


def build_guarded_pool(guard: UrlGuard, connections_per_host: int, headers: dict[str, str]) -> PoolManager:
    """Return a pool that connects only where the guard allows. It knows no proxy: that would hide the target."""

    class GuardedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(guard, self)

        def request(self, *args: Any, **options: Any) -> None:
            _watch_again(self)
            super().request(*args, **options)

    class GuardedTlsConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(guard, self)

        def request(self, *args: Any, **options: Any) -> None:
            _watch_again(self)
            super().request(*args, **options)

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class GuardedTlsPool(HTTPSConnectionPool):
        ConnectionCls = GuardedTlsConnection

    pool = PoolManager(
        num_pools=16, maxsize=connections_per_host, headers=headers, retries=False, ca_certs=str(DEFAULT_CA_BUNDLE_PATH)
    )
    pool.pool_classes_by_scheme = {"http": GuardedPool, "https": GuardedTlsPool}
    return pool


def _connect(guard: UrlGuard, connection: HTTPConnection) -> socket.socket:
    """A socket to the first IP address of the host that accepts. Raise Forbidden where one is private."""
    host = connection.host.strip("[]")
    try:
        infos = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a name that cannot be one
        raise Forbidden("bad_address", host) from error
    failure: OSError | None = None
    for family, kind, protocol, _name, sockaddr in infos:
        guard.check_ip(host, connection.port, str(sockaddr[0]))
        if is_time_over():
            break
        try:
            opened = open_socket(family, kind, protocol, sockaddr, connection)
        except OSError as error:
            failure = error
        else:
            watch_socket(opened.fileno())
            return opened
    raise failure or OSError(f"{host} has no address")


def _watch_again(connection: HTTPConnection) -> None:
    """A connection that is used again was opened before the deadline of this request."""
    if connection.sock is not None:
        watch_socket(connection.sock.fileno())


def open_socket(family: int, kind: int, protocol: int, sockaddr: Any, connection: HTTPConnection) -> socket.socket:
    """Return a socket connected to exactly this socket address, with the connection's timeout and options."""
    opened = socket.socket(family, kind, protocol)
    try:
        opened.settimeout(connection.timeout)
        for option in connection.socket_options or ():
            opened.setsockopt(*option)
        opened.connect(sockaddr)
    except BaseException:
        opened.close()
        raise
    return opened
