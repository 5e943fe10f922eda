"""Recognize the pages that ask whether a person is there."""

import re

from crawler.http.errors import Challenge

SIGNS = re.compile(rb"waap|captcha|turnstile|cf-challenge", re.IGNORECASE)
WORDS = ("安全验证", "人机验证")
MAX_SEARCHED_BYTES = 64 * 2**10


def is_challenge(status: int, content_type: str, data: bytes) -> bool:
    """Return whether this is a refusal with signs of a wall, or a page of any status whose title asks to verify."""
    if data[:2] == b"\xff\xd8" or "json" in content_type:
        return False
    start = data[:MAX_SEARCHED_BYTES]
    if status in (401, 403, 405, 429, 503) and SIGNS.search(start):
        return True
    title = _find_title(start)
    # A picture's caption may well hold these words; a title of a page of results does not.
    return any(word.encode(charset) in title for word in WORDS for charset in ("utf-8", "gb18030"))


def _find_title(page: bytes) -> bytes:
    """Return what stands in the first title element; its ends are searched for once each."""
    folded = page.lower()
    start = folded.find(b"<title")
    start = folded.find(b">", start) if start >= 0 else start
    end = folded.find(b"</title", start) if start >= 0 else start
    return page[start + 1 : end] if end >= 0 else b""


def is_challenge_redirect(location: str) -> bool:
    """Return whether a redirect leads to one of the usual walls."""
    return SIGNS.search(location.encode()) is not None


def contains_challenge_words(text: str) -> bool:
    """Return whether a page that shows nothing else has the words."""
    return any(word in text for word in WORDS)


def build_challenge(url: str) -> Challenge:
    """Return the error to raise; its message says what a person can do instead."""
    return Challenge(
        f"{url}: the site asks for a verification that a person has to pass. A program must not, so the "
        "crawl stops here. Ask the site for access to its pictures (VCG licenses them), or collect pictures "
        "that you may use elsewhere: crawl_site urls --from-urls FILE."
    )
