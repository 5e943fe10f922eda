"""Request pages and pictures: politely, within limits, and again where that may help."""

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

from crawler.http.body import read_body
from crawler.http.challenge import build_challenge, is_challenge, is_challenge_redirect
from crawler.http.deadline import Deadline
from crawler.http.errors import CrawlStopped, FetchError, NotFound, TransientError
from crawler.http.guard import UrlGuard, build_guarded_pool, parse_host_port
from crawler.http.rate_limit import RateLimiter, add_jitter

MAX_REDIRECTS = 5
REDIRECT_STATUSES = (301, 302, 303, 307, 308)
BUSY_STATUSES = (429, 503)  # that may say when to come again
RETRIED_STATUSES = (500, 502, 504)  # that pass by themselves


@dataclass(frozen=True)
class ClientOptions:
    """How politely and how patiently the client asks."""

    user_agent: str
    delay_seconds: float = 1.0  # at least, between requests to a host
    max_attempts: int = 3
    backoff_seconds: float = 2.0  # before the second attempt; twice as long before each further one
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 20.0  # without a single byte
    total_timeout_seconds: float = 60.0  # for one request, from the connection to the last byte
    max_wait_seconds: float = 300.0  # that a server may ask for; beyond it the crawl stops
    max_bytes: int = 12 * 2**20


@dataclass(frozen=True)
class FetchedResponse:
    """What a URL gave; `url` is that of the last redirect."""

    url: str
    data: bytes
    content_type: str


class Client:
    """Used by many threads at a time. Setting `stopped` ends all waiting; `clock` is the rate limiter's, in seconds."""

    def __init__(
        self,
        guard: UrlGuard,
        options: ClientOptions,
        *,
        connections_per_host: int,
        stopped: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.guard, self.options, self.stopped = guard, options, stopped
        self.rate_limiter = RateLimiter(options.delay_seconds, stopped, clock)
        self._stop_reason: CrawlStopped | None = None
        headers = {**make_headers(accept_encoding=True), "Accept": "*/*", "User-Agent": options.user_agent}
        self._pool = build_guarded_pool(guard, connections_per_host, headers)
        self._timeout = Timeout(connect=options.connect_timeout_seconds, read=options.read_timeout_seconds)

    def stop(self, reason: CrawlStopped) -> None:
        """Send no more requests; each further `get` raises the first reason that was given."""
        self._stop_reason = self._stop_reason or reason
        self.stopped.set()

    def get(self, url: str, check_url: Callable[[str], None] | None = None) -> FetchedResponse:
        """Return the response of a URL, after as many attempts and redirects as it takes.

        `check_url` is called with the URL and with that of each redirect, in place of the guard alone. Raise what it
        raises, Forbidden, NotFound, TransientError, FetchError for other refusals, and CrawlStopped.
        """
        backoff = self.options.backoff_seconds
        for attempt in range(1, self.options.max_attempts + 1):
            try:
                return self._follow_redirects(url, check_url or self.guard.check_url)
            except _RetryableError as error:
                if error.wait_seconds is not None and error.wait_seconds > self.options.max_wait_seconds:
                    minutes = round(error.wait_seconds / 60)
                    raise CrawlStopped(f"{url}: the server asks to be left alone for {minutes} minutes.") from error
                if attempt == self.options.max_attempts:
                    raise TransientError(error.reason, url) from error
                seconds = add_jitter(backoff) if error.wait_seconds is None else error.wait_seconds
                if error.is_for_host:
                    self.rate_limiter.block(parse_host_port(error.url), seconds)
                else:
                    self.stopped.wait(seconds)
            backoff *= 2
        raise AssertionError("unreachable")

    def _follow_redirects(self, url: str, check_url: Callable[[str], None]) -> FetchedResponse:
        for _step in range(MAX_REDIRECTS + 1):
            check_url(url)
            self.rate_limiter.wait_for_turn(parse_host_port(url))
            if self.stopped.is_set():
                raise CrawlStopped(str(self._stop_reason or "interrupted."))
            response = self._send_request(url)
            if isinstance(response, FetchedResponse):
                return response
            url = _resolve_location(url, response)
        raise FetchError("too_many_redirects", url)

    def _send_request(self, url: str) -> FetchedResponse | str:
        """One request: the response, or the location it redirects to. Raise _RetryableError."""
        with Deadline(self.options.total_timeout_seconds) as deadline:
            return self._send_before(deadline, url)

    def _send_before(self, deadline: Deadline, url: str) -> FetchedResponse | str:
        try:
            response = self._pool.request("GET", url, timeout=self._timeout, preload_content=False, redirect=False)
        except LocationValueError as error:
            raise FetchError("bad_address", url) from error
        except HTTPError as error:
            reason = "timeout" if isinstance(error, TimeoutError) else "no_connection"
            raise _RetryableError("too_slow" if deadline.is_over else reason, url) from error
        try:
            return self._handle_response(url, response, deadline)
        except TransientError as error:  # while reading
            raise _RetryableError(error.reason, url) from error
        finally:  # where all was read, the connection is in the pool again by now; else it is of no more use
            response.close()
            response.release_conn()

    def _handle_response(self, url: str, response: BaseHTTPResponse, deadline: Deadline) -> FetchedResponse | str:
        status = response.status
        if status in REDIRECT_STATUSES and "Location" in response.headers:
            if is_challenge_redirect(response.headers["Location"]):
                raise build_challenge(url)
            return response.headers["Location"]
        if status in RETRIED_STATUSES:
            raise _RetryableError(f"status_{status}", url)
        try:
            data = read_body(response, max_bytes=self.options.max_bytes, deadline=deadline)
        except FetchError:
            if status == 200:
                raise
            data = b""  # the status of a refusal says enough
        content_type = response.headers.get("Content-Type", "")
        if is_challenge(status, content_type, data):
            raise build_challenge(url)
        if status in BUSY_STATUSES:
            raise _RetryableError(f"status_{status}", url, _parse_retry_after(response), is_for_host=True)
        if status in (404, 410):
            raise NotFound("missing", url)
        if status != 200:
            raise FetchError(f"status_{status}", url)
        return FetchedResponse(url, data, content_type)


class _RetryableError(Exception):
    """Another attempt may help: in so many seconds, if the server said so."""

    def __init__(self, reason: str, url: str, wait_seconds: float | None = None, *, is_for_host: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.url, self.wait_seconds, self.is_for_host = reason, url, wait_seconds, is_for_host


def _resolve_location(url: str, location: str) -> str:
    """The URL that a redirect leads to; servers send UTF-8 as it is, while headers are read as Latin-1."""
    try:
        return urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError as error:
        raise FetchError("bad_address", location) from error


def _parse_retry_after(response: BaseHTTPResponse) -> float | None:
    """Seconds, from a number or from a date (RFC 9110, section 10.2.3) by the server's own clock."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - _parse_date(response)).total_seconds())
    except (ValueError, TypeError):
        return None


def _parse_date(response: BaseHTTPResponse) -> datetime:
    try:
        date = parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return datetime.now(UTC)
    return date if date.tzinfo else date.replace(tzinfo=UTC)
