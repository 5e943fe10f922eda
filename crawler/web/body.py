"""Reads an answer, but no longer and no more of it than is wanted."""

import re
import time

from requests import Response
from urllib3.exceptions import HTTPError

from .errors import FetchError, ServerTrouble

CHUNK = 64 * 2**10
META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?\s*([\w-]+)""", re.IGNORECASE)
# What calls itself by the older names may hold what only the newest has.
SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030"}


def read(response: Response, *, most_bytes: int, seconds: float) -> bytes:
    """All bytes of an answer, unpacked.

    Raises FetchError("too_large") beyond `most_bytes`, which are counted after unpacking, and ServerTrouble when
    the answer ends too early or takes more than `seconds` in all.
    """
    ends = time.monotonic() + seconds
    data = bytearray()
    if (response.raw.length_remaining or 0) > most_bytes:
        raise FetchError("too_large", f"{response.raw.length_remaining} bytes")
    try:
        # read1 gives what has come so far; `read` would wait for a whole chunk, however slowly it drips in.
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            data += chunk
            if len(data) > most_bytes:
                raise FetchError("too_large", f"more than {most_bytes} bytes")
            if time.monotonic() > ends:
                raise ServerTrouble("too_slow", f"{len(data)} bytes in {seconds:g} s")
    except (HTTPError, OSError) as error:
        raise ServerTrouble("broken_off", str(error)) from error
    return bytes(data)


def text_of(data: bytes, content_type: str) -> str:
    """The text of a page in the charset that the server names, else the page itself, else UTF-8."""
    named = re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE)
    meta = META_CHARSET.search(data[:4096])
    charset = (named[1] if named else meta[1].decode("ascii") if meta else "utf-8").lower()
    try:
        return data.decode(SUPERSETS.get(charset, charset), errors="replace")
    except LookupError:
        return data.decode("utf-8", errors="replace")
