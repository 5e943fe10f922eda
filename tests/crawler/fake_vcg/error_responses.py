"""Answers with a status that is not fine, for pages and for pictures."""

import time
from email.utils import formatdate

from tests.crawler.fake_vcg.faults import CopyOf, Fault, PageFault
from tests.crawler.fake_vcg.server import SiteHandler

_ONCE: dict[object, int] = {
    Fault.ERROR_ONCE: 500,
    Fault.BUSY_ONCE: 429,
    Fault.BUSY_ONCE_DATE: 429,
    Fault.UNAVAILABLE_ONCE: 503,
}
_ALWAYS: dict[object, int] = {Fault.NOT_FOUND: 404, Fault.ERROR_ALWAYS: 500}


def send_error_if_due(handler: SiteHandler, what: object, fault: Fault | CopyOf | PageFault | None) -> bool:
    """Whether the fault, or its first time here, was answered with an error; if not, the answer is still to come."""
    if fault in _ALWAYS:
        send_error(handler, _ALWAYS[fault])
        return True
    if fault in _ONCE and handler.site.log.is_first_request(what):
        send_error(handler, _ONCE[fault], _waiting(handler, fault))
        return True
    return False


def send_error(handler: SiteHandler, status: int, headers: dict[str, str] | None = None) -> None:
    body = f"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"
    handler.send_head(status, {"Content-Type": "text/html", "Content-Length": len(body), **(headers or {})})
    handler.wfile.write(body.encode())


def _waiting(handler: SiteHandler, fault: object) -> dict[str, str]:
    seconds = handler.site.retry_after
    if fault == Fault.BUSY_ONCE_DATE:
        return {"Retry-After": formatdate(time.time() + seconds, usegmt=True)}
    return {} if fault == Fault.ERROR_ONCE else {"Retry-After": str(seconds)}
