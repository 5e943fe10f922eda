"""Read a response, but no longer and no more of it than is wanted."""

import re

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, ReadTimeoutError

from crawler.http.deadline import Deadline
from crawler.http.errors import FetchError, TransientError

CHUNK_BYTES = 64 * 2**10
META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?\s*([\w-]+)""", re.IGNORECASE)
# What is labeled with the older names may hold what only the newest has.
SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030"}


def read_body(response: BaseHTTPResponse, *, max_bytes: int, deadline: Deadline) -> bytes:
    """Return all bytes of a response, decompressed.

    Raise FetchError("too_large") beyond `max_bytes`, which are counted after decompressing, and TransientError when
    the response ends too early, or not before the deadline.
    """
    chunks, size = list[bytes](), 0  # joined at the end: what is too large never is
    announced = response.length_remaining or 0
    if announced > max_bytes:
        raise FetchError("too_large", f"{announced} bytes")
    try:
        # read1 gives what has come so far; `read` would wait for a whole chunk, however slowly it drips in.
        while chunk := response.read1(CHUNK_BYTES, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                raise FetchError("too_large", f"more than {max_bytes} bytes")
            if deadline.is_over:
                break
    except ReadTimeoutError as error:
        raise TransientError("timeout", str(error)) from error
    except (HTTPError, OSError) as error:
        if not deadline.is_over:
            raise TransientError("broken_off", str(error)) from error
    if deadline.is_over:  # also where a response without a length seems to end: its connection was shut down
        raise TransientError("too_slow", f"{size} bytes in {deadline.seconds:g} s")
    return b"".join(chunks)


def decode_text(data: bytes, content_type: str) -> str:
    """Return the text of a page in the charset that the server names, else the page itself, else UTF-8."""
    header = re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE)
    meta = META_CHARSET.search(data[:4096])
    charset = (header[1] if header else meta[1].decode("ascii") if meta else "utf-8").lower()
    try:
        return data.decode(SUPERSETS.get(charset, charset), errors="replace")
    except (LookupError, ValueError):  # no such charset, or one of Python's own that is none of the web's
        return data.decode("utf-8", errors="replace")
