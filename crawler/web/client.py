"""Asks for pages and pictures: politely, within limits, and again where that may help."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
from requests.exceptions import RequestException

from .body import read
from .challenge import is_challenge
from .connections import GuardedAdapter
from .errors import Challenge, FetchError, Forbidden, Missing, ServerTrouble, Stop
from .guard import Guard
from .pace import Pace

MOST_REDIRECTS = 5
AGAIN = (500, 502, 504)  # that pass by themselves; 429 and 503 say when


@dataclass(frozen=True)
class Manners:
    """How a crawl behaves. Times in seconds."""

    user_agent: str
    delay: float = 1.0
    tries: int = 3
    backoff: float = 2.0  # before the second try; twice as long before each further one
    connect_seconds: float = 10.0
    read_seconds: float = 20.0  # without a single byte
    whole_seconds: float = 60.0  # for one answer
    longest_wait: float = 300.0  # that a server may ask for; beyond it the crawl stops
    most_bytes: int = 12 * 2**20


@dataclass(frozen=True)
class Answer:
    """What an address gave, wherever it led."""

    address: str
    data: bytes
    content_type: str


class Client:
    """Used by many threads at a time. `stopped` ends all waiting."""

    def __init__(self, guard: Guard, manners: Manners, *, connections: int, stopped: threading.Event) -> None:
        self.guard, self.manners, self.stopped = guard, manners, stopped
        self.pace = Pace(manners.delay, stopped)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy would be the peer, and the guard could not see where it leads
        self._session.headers["User-Agent"] = manners.user_agent
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, GuardedAdapter(guard, connections))

    def get(self, address: str, *, referer: str = "") -> Answer:
        """The answer of an address, after as many tries and redirects as it takes.

        Raises Forbidden, Missing, ServerTrouble, FetchError for other refusals, and Stop.
        """
        pause = self.manners.backoff
        for left in range(self.manners.tries - 1, -1, -1):
            try:
                return self._follow(address, referer)
            except _Later as later:
                if later.seconds is not None and later.seconds > self.manners.longest_wait:
                    minutes = round(later.seconds / 60)
                    raise Stop(f"{address}: the server asks to be left alone for {minutes} minutes") from later
                if not left:
                    raise ServerTrouble(later.reason, address) from later
                self._hold(address, later.seconds if later.seconds is not None else pause, later.is_for_host)
            pause *= 2
        raise AssertionError("unreachable")

    def _hold(self, address: str, seconds: float, is_for_host: bool) -> None:
        if is_for_host:
            self.pace.hold(urlsplit(address).netloc, seconds)
        else:
            self.stopped.wait(seconds)

    def _follow(self, address: str, referer: str) -> Answer:
        for _step in range(MOST_REDIRECTS + 1):
            self.guard.check(address)
            self.pace.wait(urlsplit(address).netloc)
            if self.stopped.is_set():
                raise Stop("interrupted")
            answer = self._ask(address, referer)
            if isinstance(answer, Answer):
                return answer
            address = urljoin(address, answer)
        raise FetchError("too_many_redirects", address)

    def _ask(self, address: str, referer: str) -> Answer | str:
        """One request: the answer, or the address that it leads to. Raises _Later where another try may help."""
        headers = {"Referer": referer} if referer else {}
        timeout = (self.manners.connect_seconds, self.manners.read_seconds)
        try:
            with self._session.get(
                address, headers=headers, timeout=timeout, stream=True, allow_redirects=False
            ) as response:
                return self._judge(address, response)
        except ServerTrouble as error:  # while reading
            raise _Later(error.reason) from error
        except Forbidden:  # by the connection
            raise
        except RequestException as error:
            raise _Later("timeout" if isinstance(error, requests.Timeout) else "no_connection") from error

    def _judge(self, address: str, response: requests.Response) -> Answer | str:
        status = response.status_code
        if status in (301, 302, 303, 307, 308) and "Location" in response.headers:
            return response.headers["Location"]
        content_type = response.headers.get("Content-Type", "")
        if status in (429, 503):
            raise _Later(f"status_{status}", _retry_after(response), is_for_host=True)
        if status in AGAIN:
            raise _Later(f"status_{status}")
        data = read(response, most_bytes=self.manners.most_bytes, seconds=self.manners.whole_seconds)
        if is_challenge(status, content_type, data):
            raise Challenge(
                f"{address}: the site asks for a verification that a person has to pass. A program must not, so the "
                "crawl stops here. Ask the site for access to its pictures (VCG licenses them), or collect pictures "
                "that you may use elsewhere: crawl_site urls --from-urls FILE."
            )
        if status in (404, 410):
            raise Missing("missing", address)
        if status != 200:
            raise FetchError(f"status_{status}", address)
        return Answer(address, data, content_type)


class _Later(Exception):
    """It may work another time: in so many seconds, if the server said so."""

    def __init__(self, reason: str, seconds: float | None = None, *, is_for_host: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.seconds, self.is_for_host = reason, seconds, is_for_host


def _retry_after(response: requests.Response) -> float | None:
    """Seconds, from a number or from a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
