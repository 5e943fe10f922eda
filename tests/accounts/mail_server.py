"""A mail server of the tests' own: it keeps what it is sent, refuses, or says nothing at all."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as Django needs. `recipient_status` is its answer to RCPT; `received` the mails it took."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.recipient_status = 250
        self.received: list[str] = []

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.answer(220)
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"DATA":
                self.answer(354)
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append(b"".join(lines).decode())
            self.answer(self.server.recipient_status if command == b"RCPT" else 221 if command == b"QUIT" else 250)
            if command == b"QUIT":
                return

    def answer(self, status: int) -> None:
        self.wfile.write(f"{status} so be it\r\n".encode())


@contextmanager
def run_mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def run_silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word, as 465 does to who does not speak TLS."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        taken: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    taken.append(listener.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        for connection in taken:
            connection.close()
