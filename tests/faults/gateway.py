"""A way to a server that can be cut and mended while both sides stay as they are."""

import socket
import threading
from contextlib import suppress

from tests.faults.own_site import free_port


class Gateway:
    """Listens on a port of its own and passes on what comes. While it is cut, connections are refused."""

    def __init__(self, host: str, port: int) -> None:
        self.port = free_port()
        self._target = host, port
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.mend()

    def mend(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self._keep(listener)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            broken, self._sockets = self._sockets, []
        for each in broken:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _keep(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._sockets += sockets

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # cut
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(self._target)
                self._keep(near, far)
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
