"""A picture host, and the trap that redirects lead to."""

from urllib.parse import urlsplit

from tests.crawler.fake_vcg.deliveries import ANSWERS, deliver
from tests.crawler.fake_vcg.faults import CopyOf, Fault
from tests.crawler.fake_vcg.pictures import near_copy, photo
from tests.crawler.fake_vcg.places import Place
from tests.crawler.fake_vcg.redirects import FOLLOWED
from tests.crawler.fake_vcg.robots import send_robots
from tests.crawler.fake_vcg.server import Handler
from tests.crawler.fake_vcg.trouble import refuse, refused


class PictureHandler(Handler):
    def answer(self) -> None:
        path = urlsplit(self.path).path
        place, folder = Place.found(path)
        if path == "/robots.txt":
            send_robots(self, self.site.picture_robots)
        elif place is None or not self._is_there(place):
            refuse(self, 404)
        elif folder in FOLLOWED:
            FOLLOWED[folder](self, place)
        else:
            self._show(place, self.site.faults.get(place))

    def _is_there(self, place: Place) -> bool:
        return 1 <= place.page <= self.site.pages and 1 <= place.place <= self.site.per_page

    def _show(self, place: Place, fault: Fault | CopyOf | None) -> None:
        if refused(self, place, fault):
            return
        if isinstance(fault, CopyOf):
            original = photo(fault.place)
            deliver(self, near_copy(original) if fault.near else original)
        else:
            ANSWERS.get(fault, lambda handler, place: deliver(handler, photo(place)))(self, place)


class TrapHandler(Handler):
    """Gives whoever comes a good picture, so that it is not the answer that saves a careless crawler."""

    def answer(self) -> None:
        deliver(self, photo(Place("trap", 1, 1, 1)))
