"""The search host: pages of results, robots.txt, and nothing else."""

from urllib.parse import urlsplit

from tests.crawler.fake_vcg.encodings import encoded
from tests.crawler.fake_vcg.faults import PageFault
from tests.crawler.fake_vcg.items import listing
from tests.crawler.fake_vcg.places import Page
from tests.crawler.fake_vcg.robots import send_robots
from tests.crawler.fake_vcg.server import Handler
from tests.crawler.fake_vcg.setup import Shape
from tests.crawler.fake_vcg.shapes import RENDERED, service_error
from tests.crawler.fake_vcg.trouble import refuse, refused
from tests.crawler.fake_vcg.wall import CHALLENGES, challenge


class SearchHandler(Handler):
    def answer(self) -> None:
        url = urlsplit(self.path)
        page = Page.asked(url)
        if url.path == "/robots.txt":
            send_robots(self, self.site.robots)
        elif page is None:
            refuse(self, 404)
        else:
            fault = self.site.page_faults.get(page, self.site.every_page)
            self._show(page, fault, self.site.shape if url.path == "/creative/search" else "html")

    def _show(self, page: Page, fault: PageFault | None, shape: Shape) -> None:
        if refused(self, page, fault):
            return
        items = listing(self.site, page, fault)
        if fault in CHALLENGES:
            challenge(self, CHALLENGES[fault])
        elif fault is PageFault.SERVICE_ERROR:
            self._send(*service_error(), fault)
        elif items is None:
            refuse(self, 404)
        else:
            self._send(*RENDERED[shape](self.site, page, items), fault)

    def _send(self, text: str, content_type: str, fault: PageFault | None) -> None:
        body, headers = encoded(text, content_type, fault)
        self.head(200, {**headers, "Content-Length": len(body), "Cache-Control": "private"})
        self.wfile.write(body)
