"""Reads an answer, but no longer and no more of it than is wanted."""

import re
import time

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, ReadTimeoutError

from crawler.http.errors import FetchError, ServerTrouble

CHUNK = 64 * 2**10
META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?\s*([\w-]+)""", re.IGNORECASE)
# What calls itself by the older names may hold what only the newest has.
SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030"}


def read(response: BaseHTTPResponse, *, most_bytes: int, seconds: float) -> bytes:
    """All bytes of an answer, unpacked.

    Raises FetchError("too_large") beyond `most_bytes`, which are counted after unpacking, and ServerTrouble when
    the answer ends too early or takes more than `seconds` in all.
    """
    ends = time.monotonic() + seconds
    chunks, size = list[bytes](), 0  # put together at the end: what is too large never is
    promised = response.length_remaining or 0
    if promised > most_bytes:
        raise FetchError("too_large", f"{promised} bytes")
    try:
        # read1 gives what has come so far; `read` would wait for a whole chunk, however slowly it drips in.
        while chunk := response.read1(CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > most_bytes:
                raise FetchError("too_large", f"more than {most_bytes} bytes")
            if time.monotonic() > ends:
                raise ServerTrouble("too_slow", f"{size} bytes in {seconds:g} s")
    except ReadTimeoutError as error:
        raise ServerTrouble("timeout", str(error)) from error
    except (HTTPError, OSError) as error:
        raise ServerTrouble("broken_off", str(error)) from error
    return b"".join(chunks)


def text_of(data: bytes, content_type: str) -> str:
    """The text of a page in the charset that the server names, else the page itself, else UTF-8."""
    named = re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE)
    meta = META_CHARSET.search(data[:4096])
    charset = (named[1] if named else meta[1].decode("ascii") if meta else "utf-8").lower()
    try:
        return data.decode(SUPERSETS.get(charset, charset), errors="replace")
    except (LookupError, ValueError):  # no such charset, or one of Python's own that is none of the web's
        return data.decode("utf-8", errors="replace")
