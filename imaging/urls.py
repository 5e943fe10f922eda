"""Which URLs may become links: those that lead to a page on the web, and say where."""

from urllib.parse import urlsplit

MAX_URL_LENGTH = 2000


def is_web_url(text: str) -> bool:
    """Return whether a text is a whole http or https URL, without a user's name, which only pretends another host.

    All that is stored and shown as a link is asked for it: `javascript:` and the like run in the reader's session.
    """
    if len(text) > MAX_URL_LENGTH or not text.isprintable() or any(char in ' \\<>"`' for char in text):
        return False
    try:
        parts = urlsplit(text)
        is_plain = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # no port of a number, no IPv6 address in brackets
        return False
    return is_plain and parts.scheme in ("http", "https")
