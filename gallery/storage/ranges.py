"""Parts of files (RFC 9110, section 14), by which browsers seek in a video."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

CHUNK_BYTES = 256 * 2**10
ONE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")  # no file has more bytes
PARTIAL, NOT_SATISFIABLE = 206, 416


class RangeNotSatisfiable(Exception):
    """The range lies beyond the file's end."""


def parse_range(header: str, size: int) -> range | None:
    """The bytes that a Range header asks for, of so many; None for all of them. Raises NotSatisfiable.

    All of them are also the answer to what is malformed or asks for several ranges, as the standard allows.
    """
    found = ONE_RANGE.fullmatch(header)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:  # so many from the end
        begin, stop = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return None
    else:
        begin, stop = int(first), min(size, int(last) + 1) if last else size
    if begin >= stop:
        raise RangeNotSatisfiable
    return range(begin, stop)


def build_range_response(path: Path, request: HttpRequest, content_type: str) -> HttpResponseBase:
    """200 with the file, 206 with the part that is asked for, or 416. Files never change under their name."""
    size, tag = path.stat().st_size, f'"{path.stem}"'
    response: HttpResponseBase
    try:
        part = parse_range(request.headers.get("Range", ""), size)
    except RangeNotSatisfiable:
        response = HttpResponse(status=NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    else:
        if part is None or request.headers.get("If-Range", tag) != tag:
            response = FileResponse(path.open("rb"), content_type=content_type)
        else:
            response = StreamingHttpResponse(_read(path, part), status=PARTIAL, content_type=content_type)
            response["Content-Length"] = str(len(part))
            response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["Accept-Ranges"], response["ETag"] = "bytes", tag
    return response


def _read(path: Path, part: range) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(part.start)
        left = len(part)
        while left and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
