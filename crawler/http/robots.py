"""What a site's robots.txt lets a program request (RFC 9309)."""

import threading
from urllib.parse import urlsplit

from protego import Protego

from crawler.http.body import decode_text
from crawler.http.client import Client
from crawler.http.errors import CrawlStopped, FetchError, Forbidden, TransientError
from crawler.http.guard import parse_host_port

MAX_ROBOTS_BYTES = 512 * 2**10  # RFC 9309 asks for 500 KiB at least


class Robots:
    """Read each host's robots.txt once, when it is first needed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        # Rules are for the product token: what else stands in the user agent (a contact) is nobody's name.
        self.product = client.options.user_agent.partition("/")[0]
        self._rules: dict[str, Protego | CrawlStopped] = {}
        self._lock = threading.Lock()

    def check(self, url: str) -> None:
        """Raise Forbidden where the guard or robots.txt says no, and CrawlStopped where it cannot be read."""
        self.client.guard.check_url(url)
        rules = self._get_rules(url)
        if isinstance(rules, CrawlStopped):
            raise CrawlStopped(str(rules))
        if not rules.can_fetch(url, self.product):
            raise Forbidden("robots", url)

    def _get_rules(self, url: str) -> Protego | CrawlStopped:
        scheme, host_port = urlsplit(url).scheme, parse_host_port(url)
        with self._lock:
            if (key := f"{scheme}://{host_port}") not in self._rules:
                self._rules[key] = self._fetch_rules(f"{scheme}://{urlsplit(url).netloc}/robots.txt", host_port)
            return self._rules[key]

    def _fetch_rules(self, url: str, host_port: str) -> Protego | CrawlStopped:
        try:
            response = self.client.get(url)
        except TransientError as error:
            return CrawlStopped(f"{url} cannot be read ({error.reason}), so nothing else is asked of this host.")
        except FetchError:  # there is none: all is allowed
            return Protego.parse("")
        data = response.data[:MAX_ROBOTS_BYTES]
        rules = Protego.parse(decode_text(data, response.content_type or "charset=utf-8"))
        delay = rules.crawl_delay(self.product)
        if delay and not delay <= self.client.options.max_wait_seconds:
            return CrawlStopped(f"{url} asks for {delay:g} s between requests, which is longer than a crawl waits.")
        if delay:
            self.client.rate_limiter.set_min_delay(host_port, float(delay))
        return rules
