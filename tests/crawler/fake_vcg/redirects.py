"""Redirects of pictures, and what is where they lead within the site."""

from collections.abc import Callable

from tests.crawler.fake_vcg.pictures import make_picture
from tests.crawler.fake_vcg.server import SiteHandler
from tests.crawler.fake_vcg.slots import PictureSlot

PictureResponse = Callable[[SiteHandler, PictureSlot], None]


def send_redirect(handler: SiteHandler, to: str) -> None:
    handler.send_head(302, {"Location": to, "Content-Length": 0})


def redirect_to_moved(handler: SiteHandler, slot: PictureSlot) -> None:
    send_redirect(handler, slot.build_path("moved/"))


def redirect_in_loop(handler: SiteHandler, slot: PictureSlot) -> None:
    send_redirect(handler, slot.build_path("round/"))


def redirect_to_trap(handler: SiteHandler, slot: PictureSlot) -> None:
    send_redirect(handler, f"http://{handler.site.trap_host}{slot.path}")


def redirect_to_private_ip(handler: SiteHandler, slot: PictureSlot) -> None:
    send_redirect(handler, f"http://10.0.0.1{slot.path}")


def _arrived(handler: SiteHandler, slot: PictureSlot) -> None:
    handler.respond(200, make_picture(slot), "image/jpeg")


def _round_again(handler: SiteHandler, slot: PictureSlot) -> None:
    send_redirect(handler, slot.path)


REDIRECT_TARGETS: dict[str, PictureResponse] = {"moved": _arrived, "round": _round_again}
