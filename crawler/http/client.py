"""Asks for pages and pictures: politely, within limits, and again where that may help."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from urllib3 import BaseHTTPResponse, Timeout
from urllib3.exceptions import HTTPError, LocationValueError, TimeoutError
from urllib3.util import make_headers

from crawler.http.body import read
from crawler.http.challenge import challenge_at, is_challenge, leads_to_challenge
from crawler.http.connections import guarded_pool
from crawler.http.errors import FetchError, Missing, ServerTrouble, Stop
from crawler.http.guard import Guard, place_of
from crawler.http.pace import Pace, with_jitter

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = (429, 503)  # that may say when to come again
AGAIN = (500, 502, 504)  # that pass by themselves


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
    """Used by many threads at a time. `stopped` ends all waiting, and does it; `now` tells the time to the pace."""

    def __init__(
        self,
        guard: Guard,
        manners: Manners,
        *,
        connections: int,
        stopped: threading.Event,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.guard, self.manners, self.stopped = guard, manners, stopped
        self.pace = Pace(manners.delay, stopped, now)
        self._ended: Stop | None = None
        headers = {**make_headers(accept_encoding=True), "Accept": "*/*", "User-Agent": manners.user_agent}
        self._pool = guarded_pool(guard, connections, headers)
        self._timeout = Timeout(connect=manners.connect_seconds, read=manners.read_seconds)

    def end(self, reason: Stop) -> None:
        """Nobody asks for anything more; whoever wants to is told this reason."""
        self._ended = self._ended or reason
        self.stopped.set()

    def get(self, address: str, check: Callable[[str], None] | None = None) -> Answer:
        """The answer of an address, after as many tries and redirects as it takes.

        `check` is asked about every address on the way, in place of the guard alone. Raises what it raises, Forbidden,
        Missing, ServerTrouble, FetchError for other refusals, and Stop.
        """
        pause = self.manners.backoff
        for left in range(self.manners.tries - 1, -1, -1):
            try:
                return self._follow(address, check or self.guard.check)
            except _Later as later:
                if later.seconds is not None and later.seconds > self.manners.longest_wait:
                    minutes = round(later.seconds / 60)
                    raise Stop(f"{address}: the server asks to be left alone for {minutes} minutes.") from later
                if not left:
                    raise ServerTrouble(later.reason, address) from later
                self._hold(later, with_jitter(pause) if later.seconds is None else later.seconds)
            pause *= 2
        raise AssertionError("unreachable")

    def _hold(self, later: "_Later", seconds: float) -> None:
        if later.is_for_host:
            self.pace.hold(place_of(later.address), seconds)
        else:
            self.stopped.wait(seconds)

    def _follow(self, address: str, check: Callable[[str], None]) -> Answer:
        for _step in range(MOST_REDIRECTS + 1):
            check(address)
            self.pace.wait(place_of(address))
            if self.stopped.is_set():
                raise Stop(str(self._ended or "interrupted."))
            answer = self._ask(address)
            if isinstance(answer, Answer):
                return answer
            address = _joined(address, answer)
        raise FetchError("too_many_redirects", address)

    def _ask(self, address: str) -> Answer | str:
        """One request: the answer, or the address that it leads to. Raises _Later where another try may help."""
        try:
            response = self._pool.request("GET", address, timeout=self._timeout, preload_content=False, redirect=False)
        except LocationValueError as error:
            raise FetchError("bad_address", address) from error
        except HTTPError as error:
            raise _Later("timeout" if isinstance(error, TimeoutError) else "no_connection", address) from error
        try:
            return self._judge(address, response)
        except ServerTrouble as error:  # while reading
            raise _Later(error.reason, address) from error
        finally:  # where all was read, the connection is in the pool again by now; else it is of no more use
            response.close()
            response.release_conn()

    def _judge(self, address: str, response: BaseHTTPResponse) -> Answer | str:
        status = response.status
        if status in REDIRECTS and "Location" in response.headers:
            if leads_to_challenge(response.headers["Location"]):
                raise challenge_at(address)
            return response.headers["Location"]
        if status in AGAIN:
            raise _Later(f"status_{status}", address)
        data = self._read(response)
        content_type = response.headers.get("Content-Type", "")
        if is_challenge(status, content_type, data):
            raise challenge_at(address)
        if status in BUSY:
            raise _Later(f"status_{status}", address, _retry_after(response), is_for_host=True)
        if status in (404, 410):
            raise Missing("missing", address)
        if status != 200:
            raise FetchError(f"status_{status}", address)
        return Answer(address, data, content_type)

    def _read(self, response: BaseHTTPResponse) -> bytes:
        """What a refusal says is of little use, so that nothing comes of it if it cannot be read."""
        try:
            return read(response, most_bytes=self.manners.most_bytes, seconds=self.manners.whole_seconds)
        except FetchError:
            if response.status == 200:
                raise
            return b""


class _Later(Exception):
    """It may work another time: in so many seconds, if the server said so."""

    def __init__(self, reason: str, address: str, seconds: float | None = None, *, is_for_host: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.address, self.seconds, self.is_for_host = reason, address, seconds, is_for_host


def _joined(address: str, location: str) -> str:
    """Where a redirect leads; servers write what is not ASCII as UTF-8, which headers are not read as."""
    try:
        return urljoin(address, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError as error:
        raise FetchError("bad_address", location) from error


def _retry_after(response: BaseHTTPResponse) -> float | None:
    """Seconds, from a number or from a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
