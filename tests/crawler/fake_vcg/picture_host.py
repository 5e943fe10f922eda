"""A picture host, and the trap that redirects lead to."""

from urllib.parse import urlsplit

from tests.crawler.fake_vcg.control_responses import send_error, send_error_if_due, send_robots
from tests.crawler.fake_vcg.faults import CopyOf, Fault
from tests.crawler.fake_vcg.picture_responses import PICTURE_RESPONSES, send_picture
from tests.crawler.fake_vcg.pictures import make_near_copy, make_picture
from tests.crawler.fake_vcg.redirects import REDIRECT_TARGETS
from tests.crawler.fake_vcg.server import SiteHandler
from tests.crawler.fake_vcg.slots import PictureSlot


class PictureHandler(SiteHandler):
    def handle_request(self) -> None:
        path = urlsplit(self.path).path
        slot, folder = PictureSlot.from_path(path)
        if path == "/robots.txt":
            send_robots(self, self.site.picture_robots)
        elif slot is None or not self._has_picture(slot):
            send_error(self, 404)
        elif folder in REDIRECT_TARGETS:
            REDIRECT_TARGETS[folder](self, slot)
        else:
            self._show(slot, self.site.faults.get(slot))

    def _has_picture(self, slot: PictureSlot) -> bool:
        return 1 <= slot.page <= self.site.pages and 1 <= slot.number <= self.site.per_page

    def _show(self, slot: PictureSlot, fault: Fault | CopyOf | None) -> None:
        if send_error_if_due(self, slot, fault):
            return
        if isinstance(fault, CopyOf):
            original = make_picture(fault.slot)
            send_picture(self, make_near_copy(original) if fault.near else original)
        else:
            PICTURE_RESPONSES.get(fault, lambda handler, slot: send_picture(handler, make_picture(slot)))(self, slot)


class TrapHandler(SiteHandler):
    """Gives whoever comes a good picture, so that it is not the answer that saves a careless crawler."""

    def handle_request(self) -> None:
        send_picture(self, make_picture(PictureSlot("trap", 1, 1, 1)))
