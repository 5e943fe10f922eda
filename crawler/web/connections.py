"""Connections that the guard has looked at before anything is sent on them."""

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .guard import Guard


class GuardedAdapter(HTTPAdapter):
    """An adapter for `requests` whose connections lead only where the guard lets them."""

    def __init__(self, guard: Guard, connections: int) -> None:
        self.guard = guard
        super().__init__(pool_connections=8, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        guard = self.guard

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _checked(guard, self, super()._new_conn())

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _checked(guard, self, super()._new_conn())

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


def _checked(guard: Guard, connection: HTTPConnection, made: socket.socket) -> socket.socket:
    try:
        guard.check_connection(connection.host, connection.port, made)
    except BaseException:
        made.close()
        raise
    return made
