"""The ways in which a picture arrives, or does not."""

import time
from collections.abc import Iterator

from tests.crawler.fake_vcg import redirects
from tests.crawler.fake_vcg.faults import Fault
from tests.crawler.fake_vcg.pictures import as_png, near_copy, photo, small
from tests.crawler.fake_vcg.places import Place
from tests.crawler.fake_vcg.redirects import Answer
from tests.crawler.fake_vcg.server import Handler

_PAGE = "<!DOCTYPE html><html><body><h1>图片不存在</h1><p>The picture is gone.</p></body></html>".encode() * 20
_FILLER = bytes(range(256)) * 256
_TICK = 0.01  # seconds; a drip is at most a hundred bits a second


def deliver(handler: Handler, body: bytes, content_type: str = "image/jpeg") -> None:
    """All of it, in the time that pictures take on this site."""
    pause, half = handler.site.picture_seconds, len(body) // 2
    handler.head(200, {"Content-Type": content_type, "Content-Length": len(body)})
    if pause:
        handler.wfile.write(body[:half])
        handler.site.leaving.wait(pause)
        body = body[half:]
    handler.wfile.write(body)


def _truncated(handler: Handler, place: Place) -> None:
    body = photo(place)
    deliver(handler, body[: len(body) // 2])


def _begin(handler: Handler, place: Place) -> None:
    """The head of a good answer and half of what it promises."""
    body = photo(place)
    handler.close_connection = True
    handler.head(200, {"Content-Type": "image/jpeg", "Content-Length": len(body)})
    handler.wfile.write(body[: len(body) // 2])


def _stall(handler: Handler, place: Place) -> None:
    _begin(handler, place)
    handler.site.leaving.wait()


def _drip(handler: Handler, place: Place) -> None:
    """A byte at a time, or as many as it takes to be done in the time that was set."""
    body, seconds = photo(place), handler.site.drip_seconds
    handler.head(200, {"Content-Type": "image/jpeg", "Content-Length": len(body)})
    drops = max(1, min(len(body), round(seconds / _TICK)))
    begun, sent = time.monotonic(), 0
    for drop in range(1, drops + 1):
        end = len(body) * drop // drops
        handler.wfile.write(body[sent:end])
        sent = end
        if handler.site.leaving.wait(max(0.0, begun + seconds * drop / drops - time.monotonic())):
            handler.close_connection = True
            return


def _without_end(handler: Handler, place: Place) -> Iterator[bytes]:
    """Begins like a good picture, and goes on until the site closes."""
    handler.close_connection = True
    yield photo(place)
    while not handler.site.leaving.is_set():
        yield _FILLER


def _endless(handler: Handler, place: Place) -> None:
    handler.head(200, {"Content-Type": "image/jpeg", "Transfer-Encoding": "chunked"})
    for body in _without_end(handler, place):
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(body), body))


def _oversize(handler: Handler, place: Place) -> None:
    handler.head(200, {"Content-Type": "image/jpeg", "Content-Length": handler.site.oversize})
    left = handler.site.oversize
    for body in _without_end(handler, place):
        handler.wfile.write(body[:left])
        left -= len(body[:left])
        if not left:
            break


ANSWERS: dict[Fault | None, Answer] = {
    Fault.TRUNCATED: _truncated,
    Fault.CUT_OFF: _begin,
    Fault.HTML: lambda handler, _: deliver(handler, _PAGE, "text/html; charset=utf-8"),
    Fault.HTML_AS_JPEG: lambda handler, _: deliver(handler, _PAGE),
    Fault.DRIP: _drip,
    Fault.STALL: _stall,
    Fault.MOVED: redirects.moved,
    Fault.REDIRECT_LOOP: redirects.loop,
    Fault.REDIRECT_TRAP: redirects.to_trap,
    Fault.REDIRECT_PRIVATE: redirects.to_private,
    Fault.ENDLESS: _endless,
    Fault.OVERSIZE: _oversize,
    Fault.DUPLICATE: lambda handler, place: deliver(handler, photo(_before(place))),
    Fault.NEAR_DUPLICATE: lambda handler, place: deliver(handler, near_copy(photo(_before(place)))),
    Fault.TOO_SMALL: lambda handler, place: deliver(handler, small(photo(place))),
    Fault.PNG: lambda handler, place: deliver(handler, as_png(photo(place))),
}


def _before(place: Place) -> Place:
    return place._replace(place=place.place - 1)
