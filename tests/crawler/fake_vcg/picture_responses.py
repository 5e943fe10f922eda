"""The ways in which a picture arrives, or does not."""

import time
from collections.abc import Iterator

from tests.crawler.fake_vcg import redirects
from tests.crawler.fake_vcg.faults import Fault
from tests.crawler.fake_vcg.pictures import convert_to_png, make_near_copy, make_picture, make_small_copy
from tests.crawler.fake_vcg.redirects import PictureResponse
from tests.crawler.fake_vcg.server import SiteHandler
from tests.crawler.fake_vcg.slots import PictureSlot

_PAGE = "<!DOCTYPE html><html><body><h1>图片不存在</h1><p>The picture is gone.</p></body></html>".encode() * 20
_FILLER = bytes(range(256)) * 256
_TICK = 0.01  # seconds; a drip is at most a hundred bits a second


def send_picture(handler: SiteHandler, body: bytes, content_type: str = "image/jpeg") -> None:
    """All of it, in the time that pictures take on this site."""
    pause, half = handler.site.picture_seconds, len(body) // 2
    handler.send_head(200, {"Content-Type": content_type, "Content-Length": len(body)})
    if pause:
        handler.wfile.write(body[:half])
        handler.site.closing.wait(pause)
        body = body[half:]
    handler.wfile.write(body)


def _truncated(handler: SiteHandler, slot: PictureSlot) -> None:
    body = make_picture(slot)
    send_picture(handler, body[: len(body) // 2])


def _begin(handler: SiteHandler, slot: PictureSlot) -> None:
    """The head of a good answer and half of what it promises."""
    body = make_picture(slot)
    handler.close_connection = True
    handler.send_head(200, {"Content-Type": "image/jpeg", "Content-Length": len(body)})
    handler.wfile.write(body[: len(body) // 2])


def _stall(handler: SiteHandler, slot: PictureSlot) -> None:
    _begin(handler, slot)
    handler.site.closing.wait()


def _drip(handler: SiteHandler, slot: PictureSlot) -> None:
    """A byte at a time, or as many as it takes to be done in the time that was set."""
    body, seconds = make_picture(slot), handler.site.drip_seconds
    handler.send_head(200, {"Content-Type": "image/jpeg", "Content-Length": len(body)})
    drops = max(1, min(len(body), round(seconds / _TICK)))
    begun, sent = time.monotonic(), 0
    for drop in range(1, drops + 1):
        end = len(body) * drop // drops
        handler.wfile.write(body[sent:end])
        sent = end
        if handler.site.closing.wait(max(0.0, begun + seconds * drop / drops - time.monotonic())):
            handler.close_connection = True
            return


def _without_end(handler: SiteHandler, slot: PictureSlot) -> Iterator[bytes]:
    """Begins like a good picture, and goes on until the site closes."""
    handler.close_connection = True
    yield make_picture(slot)
    while not handler.site.closing.is_set():
        yield _FILLER


def _endless(handler: SiteHandler, slot: PictureSlot) -> None:
    handler.send_head(200, {"Content-Type": "image/jpeg", "Transfer-Encoding": "chunked"})
    for body in _without_end(handler, slot):
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(body), body))


def _oversize(handler: SiteHandler, slot: PictureSlot) -> None:
    handler.send_head(200, {"Content-Type": "image/jpeg", "Content-Length": handler.site.oversize})
    left = handler.site.oversize
    for body in _without_end(handler, slot):
        handler.wfile.write(body[:left])
        left -= len(body[:left])
        if not left:
            break


PICTURE_RESPONSES: dict[Fault | None, PictureResponse] = {
    Fault.TRUNCATED: _truncated,
    Fault.CUT_OFF: _begin,
    Fault.HTML: lambda handler, _: send_picture(handler, _PAGE, "text/html; charset=utf-8"),
    Fault.HTML_AS_JPEG: lambda handler, _: send_picture(handler, _PAGE),
    Fault.DRIP: _drip,
    Fault.STALL: _stall,
    Fault.MOVED: redirects.redirect_to_moved,
    Fault.REDIRECT_LOOP: redirects.redirect_in_loop,
    Fault.REDIRECT_TRAP: redirects.redirect_to_trap,
    Fault.REDIRECT_PRIVATE: redirects.redirect_to_private_ip,
    Fault.ENDLESS: _endless,
    Fault.OVERSIZE: _oversize,
    Fault.DUPLICATE: lambda handler, slot: send_picture(handler, make_picture(_before(slot))),
    Fault.NEAR_DUPLICATE: lambda handler, slot: send_picture(handler, make_near_copy(make_picture(_before(slot)))),
    Fault.TOO_SMALL: lambda handler, slot: send_picture(handler, make_small_copy(make_picture(slot))),
    Fault.PNG: lambda handler, slot: send_picture(handler, convert_to_png(make_picture(slot))),
}


def _before(slot: PictureSlot) -> PictureSlot:
    return slot._replace(number=slot.number - 1)
