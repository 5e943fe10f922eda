"""Responses without content: errors, robots.txt, and the verification page shown to whom the site takes for a robot."""

import time
from email.utils import formatdate

from tests.crawler.fake_vcg.faults import CopyOf, Fault, PageFault
from tests.crawler.fake_vcg.server import SiteHandler

_FIRST_STATUS: dict[object, int] = {
    Fault.ERROR_ONCE: 500,
    Fault.BUSY_ONCE: 429,
    Fault.BUSY_ONCE_DATE: 429,
    Fault.UNAVAILABLE_ONCE: 503,
}
_EVERY_STATUS: dict[object, int] = {Fault.NOT_FOUND: 404, Fault.ERROR_ALWAYS: 500}


def send_error_if_due(handler: SiteHandler, request_key: object, fault: Fault | CopyOf | PageFault | None) -> bool:
    """Whether the fault, or its first time here, was answered with an error; if not, the answer is still to come."""
    if fault in _EVERY_STATUS:
        send_error(handler, _EVERY_STATUS[fault])
        return True
    if fault in _FIRST_STATUS and handler.site.log.is_first_request(request_key):
        send_error(handler, _FIRST_STATUS[fault], _build_retry_after(handler, fault))
        return True
    return False


def send_error(handler: SiteHandler, status: int, headers: dict[str, str] | None = None) -> None:
    body = f"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"
    handler.send_head(status, {"Content-Type": "text/html", "Content-Length": len(body), **(headers or {})})
    handler.wfile.write(body.encode())


def _build_retry_after(handler: SiteHandler, fault: object) -> dict[str, str]:
    seconds = handler.site.retry_after
    if fault == Fault.BUSY_ONCE_DATE:
        return {"Retry-After": formatdate(time.time() + seconds, usegmt=True)}
    return {} if fault == Fault.ERROR_ONCE else {"Retry-After": str(seconds)}


def send_robots(handler: SiteHandler, robots: str | int) -> None:
    if isinstance(robots, int):
        send_error(handler, robots)
        return
    text = robots if "user-agent:" in robots.lower() else f"User-agent: *\n{robots}\n"
    handler.respond(200, text.encode(), "text/plain")


CHALLENGE_STATUSES: dict[PageFault | None, int] = {PageFault.CHALLENGE: 403, PageFault.CHALLENGE_200: 200}

_CHALLENGE_403_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>403 Forbidden</title>
<script src="/waap/captcha.js?v=3"></script></head>
<body><div id="waap-captcha" data-token="6f1e{}"></div><noscript>Please enable JavaScript.</noscript></body></html>"""

_CHALLENGE_200_PAGE = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>安全验证</title></head>
<body><h1>安全验证</h1><p>您的访问过于频繁，请拖动滑块完成验证后继续访问。</p><div class="slider"></div>
</body></html>"""


def send_challenge(handler: SiteHandler, status: int) -> None:
    page = _CHALLENGE_200_PAGE if status == 200 else _CHALLENGE_403_PAGE
    handler.respond(status, page.encode(), "text/html; charset=utf-8", Cache_Control="no-store")
