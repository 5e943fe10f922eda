"""Redirects of pictures, and what is where they lead within the site."""

from collections.abc import Callable

from tests.crawler.fake_vcg.pictures import photo
from tests.crawler.fake_vcg.places import Place
from tests.crawler.fake_vcg.server import Handler

Answer = Callable[[Handler, Place], None]


def send_on(handler: Handler, to: str) -> None:
    handler.head(302, {"Location": to, "Content-Length": 0})


def moved(handler: Handler, place: Place) -> None:
    send_on(handler, place.path_in("moved/"))


def loop(handler: Handler, place: Place) -> None:
    send_on(handler, place.path_in("round/"))


def to_trap(handler: Handler, place: Place) -> None:
    send_on(handler, f"http://{handler.site.trap_host}{place.path}")


def to_private(handler: Handler, place: Place) -> None:
    send_on(handler, f"http://10.0.0.1{place.path}")


def _arrived(handler: Handler, place: Place) -> None:
    handler.whole(200, photo(place), "image/jpeg")


def _round_again(handler: Handler, place: Place) -> None:
    send_on(handler, place.path)


FOLLOWED: dict[str, Answer] = {"moved": _arrived, "round": _round_again}
