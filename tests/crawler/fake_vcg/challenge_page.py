"""The verification wall that the site shows to whom it takes for a robot."""

from tests.crawler.fake_vcg.faults import PageFault
from tests.crawler.fake_vcg.server import SiteHandler

CHALLENGE_STATUSES: dict[PageFault | None, int] = {PageFault.CHALLENGE: 403, PageFault.CHALLENGE_200: 200}

_REFUSING = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>403 Forbidden</title>
<script src="/waap/captcha.js?v=3"></script></head>
<body><div id="waap-captcha" data-token="6f1e{}"></div><noscript>Please enable JavaScript.</noscript></body></html>"""

_POLITE = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>安全验证</title></head>
<body><h1>安全验证</h1><p>您的访问过于频繁，请拖动滑块完成验证后继续访问。</p><div class="slider"></div>
</body></html>"""


def send_challenge(handler: SiteHandler, status: int) -> None:
    page = _POLITE if status == 200 else _REFUSING
    handler.respond(status, page.encode(), "text/html; charset=utf-8", Cache_Control="no-store")
