"""Connections that are made only to addresses that the guard has looked at."""

import socket
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from crawler.http.errors import Forbidden
from crawler.http.guard import Guard


def guarded_pool(guard: Guard, connections: int, headers: dict[str, str]) -> PoolManager:
    """Keeps so many connections a host open. It knows no proxy: the guard could not see where that leads."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(guard, self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(guard, self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    pool = PoolManager(
        num_pools=16, maxsize=connections, headers=headers, retries=False, ca_certs=str(DEFAULT_CA_BUNDLE_PATH)
    )
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return pool


def _connected(guard: Guard, wanted: HTTPConnection) -> socket.socket:
    """A connection to the first address of the host that answers. Raises Forbidden where one is private."""
    host = wanted.host.strip("[]")
    try:
        found = socket.getaddrinfo(host, wanted.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a name that cannot be one
        raise Forbidden("bad_address", host) from error
    failure: OSError | None = None
    for family, kind, protocol, _name, place in found:
        guard.check_ip(host, wanted.port, str(place[0]))
        try:
            return open_socket(family, kind, protocol, place, wanted)
        except OSError as error:
            failure = error
    raise failure or OSError(f"{host} has no address")


def open_socket(family: int, kind: int, protocol: int, place: Any, wanted: HTTPConnection) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.settimeout(wanted.timeout)
        for option in wanted.socket_options or ():
            made.setsockopt(*option)
        made.connect(place)
    except BaseException:
        made.close()
        raise
    return made
