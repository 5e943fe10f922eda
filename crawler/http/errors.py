"""What may go wrong on the way to a page or a picture."""


class FetchError(Exception):
    """One address could not be had; the crawl goes on. `reason` is a word for the statistics."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Forbidden(FetchError):
    """An address that is never asked: another host, a private network, or robots.txt says no."""


class Missing(FetchError):
    """The server says that there is nothing (404, 410)."""


class ServerTrouble(FetchError):
    """The server or the line failed, also after trying again. Many of these in a row stop a crawl."""


class Stop(Exception):
    """The crawl must not go on; the message says why and what to do."""


class Challenge(Stop):
    """The site asks whether a person is there. It is not for a program to answer that."""
