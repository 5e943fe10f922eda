"""What a site's robots.txt lets a program ask for (RFC 9309)."""

import threading
from urllib.parse import urlsplit

from protego import Protego

from .body import text_of
from .client import Client
from .errors import FetchError, Forbidden, ServerTrouble, Stop


class Robots:
    """Reads each host's robots.txt once, when it is first needed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._rules: dict[str, Protego] = {}
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises Forbidden where robots.txt says no, and Stop where it should be there but cannot be read."""
        self.client.guard.check(address)
        if not self._of(address).can_fetch(address, self.client.manners.user_agent):
            raise Forbidden("robots", address)

    def _of(self, address: str) -> Protego:
        parts = urlsplit(address)
        with self._lock:
            if parts.netloc not in self._rules:
                rules = self._rules[parts.netloc] = self._read(f"{parts.scheme}://{parts.netloc}/robots.txt")
                if delay := rules.crawl_delay(self.client.manners.user_agent):
                    self.client.pace.slow_down(parts.netloc, float(delay))
            return self._rules[parts.netloc]

    def _read(self, address: str) -> Protego:
        try:
            answer = self.client.get(address)
        except ServerTrouble as error:
            raise Stop(f"{address} cannot be read ({error.reason}), so nothing else is asked of this host") from error
        except FetchError:  # there is none: all is allowed
            return Protego.parse("")
        return Protego.parse(text_of(answer.data, answer.content_type or "charset=utf-8"))
