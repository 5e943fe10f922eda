"""Who asks for a conversion, so that the engine's queue can be fair, tell the wait, and let go of who has left."""

import socket
from collections.abc import Callable

from django.http import HttpRequest

from inference.scheduler import Requester

MAX_TICKET_LENGTH = 64


def get_requester(request: HttpRequest) -> Requester:
    """The person who is logged in, with the ticket that their script has made up."""
    ticket = request.headers.get("X-Ticket", "")[:MAX_TICKET_LENGTH]
    return Requester(
        user_id=request.user.pk, request_id=ticket, is_disconnected=_hung_up(request.META.get("gunicorn.socket"))
    )


def _hung_up(connection: socket.socket | None) -> Callable[[], bool]:
    """Whether the other side has closed this connection; never, where the server does not show it to us."""

    def look() -> bool:
        if connection is None:
            return False
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False  # nothing was sent, and nothing closed
        except (OSError, ValueError):
            return True

    return look
