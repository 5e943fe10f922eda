"""What a site's robots.txt lets a program ask for (RFC 9309)."""

import threading
from urllib.parse import urlsplit

from protego import Protego

from crawler.http.body import text_of
from crawler.http.client import Client
from crawler.http.errors import FetchError, Forbidden, ServerTrouble, Stop
from crawler.http.guard import place_of


class Robots:
    """Reads each host's robots.txt once, when it is first needed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        # Rules are for the program: what else stands in its user agent (a contact) is nobody's name.
        self.program = client.manners.user_agent.partition("/")[0]
        self._rules: dict[str, Protego | Stop] = {}
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises Forbidden where robots.txt says no, and Stop where it should be there but cannot be read."""
        self.client.guard.check(address)
        rules = self._of(address)
        if isinstance(rules, Stop):
            raise Stop(str(rules))
        if not rules.can_fetch(address, self.program):
            raise Forbidden("robots", address)

    def _of(self, address: str) -> Protego | Stop:
        scheme, place = urlsplit(address).scheme, place_of(address)
        with self._lock:
            if (key := f"{scheme}://{place}") not in self._rules:
                self._rules[key] = self._read(f"{scheme}://{urlsplit(address).netloc}/robots.txt", place)
            return self._rules[key]

    def _read(self, address: str, place: str) -> Protego | Stop:
        try:
            answer = self.client.get(address)
        except ServerTrouble as error:
            return Stop(f"{address} cannot be read ({error.reason}), so nothing else is asked of this host.")
        except FetchError:  # there is none: all is allowed
            return Protego.parse("")
        rules = Protego.parse(text_of(answer.data, answer.content_type or "charset=utf-8"))
        if delay := rules.crawl_delay(self.program):
            self.client.pace.slow_down(place, float(delay))
        return rules
