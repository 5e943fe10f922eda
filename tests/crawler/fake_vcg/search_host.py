"""The search host: pages of results, robots.txt, and nothing else."""

from urllib.parse import urlsplit

from tests.crawler.fake_vcg.control_responses import (
    CHALLENGE_STATUSES,
    send_challenge,
    send_error,
    send_error_if_due,
    send_robots,
)
from tests.crawler.fake_vcg.faults import PageFault
from tests.crawler.fake_vcg.options import Shape
from tests.crawler.fake_vcg.page_encoding import encode_page
from tests.crawler.fake_vcg.page_items import build_page_items
from tests.crawler.fake_vcg.page_shapes import RENDERERS, render_service_error
from tests.crawler.fake_vcg.server import SiteHandler
from tests.crawler.fake_vcg.slots import Page


class SearchHandler(SiteHandler):
    def handle_request(self) -> None:
        url = urlsplit(self.path)
        page = Page.from_url(url)
        if url.path == "/robots.txt":
            send_robots(self, self.site.robots)
        elif page is None:
            send_error(self, 404)
        else:
            fault = self.site.page_faults.get(page, self.site.every_page)
            self._show(page, fault, self.site.shape if url.path == "/creative/search" else "html")

    def _show(self, page: Page, fault: PageFault | None, shape: Shape) -> None:
        if send_error_if_due(self, page, fault):
            return
        items = build_page_items(self.site, page, fault)
        if fault in CHALLENGE_STATUSES:
            send_challenge(self, CHALLENGE_STATUSES[fault])
        elif fault is PageFault.SERVICE_ERROR:
            self._send(*render_service_error(), fault)
        elif items is None:
            send_error(self, 404)
        else:
            self._send(*RENDERERS[shape](self.site, page, items), fault)

    def _send(self, text: str, content_type: str, fault: PageFault | None) -> None:
        body, headers = encode_page(text, content_type, fault)
        self.send_head(200, {**headers, "Content-Length": len(body), "Cache-Control": "private"})
        self.wfile.write(body)
