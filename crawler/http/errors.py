"""What may go wrong on the way to a page or a picture."""


class FetchError(Exception):
    """One URL could not be fetched; the crawl goes on. `reason` is a code for rows and statistics."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


class Forbidden(FetchError):
    """A URL that is never requested: another host, a private network, or robots.txt says no."""


class NotFound(FetchError):
    """The server says that there is nothing (404, 410)."""


class TransientError(FetchError):
    """The server or the connection failed, also after retries. Many of these in a row stop a crawl."""


class CrawlStopped(Exception):
    """The crawl must not go on; the message says why and what to do."""


class Challenge(CrawlStopped):
    """The site asks whether a person is there. It is not for a program to answer that."""
