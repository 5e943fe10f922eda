"""Tells the pages that ask whether a person is there."""

import re

from crawler.http.errors import Challenge

SIGNS = re.compile(rb"waap|captcha|turnstile|cf-challenge", re.IGNORECASE)
WORDS = ("安全验证", "人机验证")
LOOKED_AT = 64 * 2**10  # bytes


def is_challenge(status: int, content_type: str, data: bytes) -> bool:
    """A refusal that names one of the usual walls, or a page of any status whose title asks for verification."""
    if data[:2] == b"\xff\xd8" or "json" in content_type:
        return False
    start = data[:LOOKED_AT]
    if status in (401, 403, 405, 429, 503) and SIGNS.search(start):
        return True
    title = re.search(rb"<title[^>]*>(.*?)</title>", start, re.IGNORECASE | re.DOTALL)
    named = title[1] if title else b""
    # A picture's caption may well hold these words; a title of a page of results does not.
    return any(word.encode(charset) in named for word in WORDS for charset in ("utf-8", "gb18030"))


def leads_to_challenge(location: str) -> bool:
    """Whether a redirect sends to one of the usual walls."""
    return SIGNS.search(location.encode()) is not None


def asks_for_person(text: str) -> bool:
    """Whether a page that shows nothing else has the words."""
    return any(word in text for word in WORDS)


def challenge_at(address: str) -> Challenge:
    return Challenge(
        f"{address}: the site asks for a verification that a person has to pass. A program must not, so the "
        "crawl stops here. Ask the site for access to its pictures (VCG licenses them), or collect pictures "
        "that you may use elsewhere: crawl_site urls --from-urls FILE."
    )
