"""JSON that others wrote, such as manifests, settings and lists: read so that nothing in it can do harm."""

import json
import math
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAX_JSON_BYTES = 64 * 2**20
MAX_DEPTH = 64  # of lists and objects in one another; what reads or writes them calls itself for each


def read_json(path: Path, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """Return what a file holds.

    Raise OSError, and ValueError for a pipe or a device, for a large file, and for what `parse_json` refuses.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a file")
    if status.st_size > max_bytes:
        raise ValueError(f"it has {status.st_size} bytes, more than {max_bytes}")
    return parse_json(path.read_bytes())


def parse_json(text: str | bytes) -> Any:
    """Return what a text in JSON says.

    Raise ValueError, and nothing else: for what is no JSON in UTF-8, for what nests more than MAX_DEPTH deep, for a key
    that an object has twice, for numbers that are not finite or have thousands of digits, and for texts that hold half
    of a character.
    """
    try:
        value = json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=_make_object,
            parse_float=_parse_finite,
            parse_constant=_parse_finite,
        )
    except RecursionError:
        raise ValueError(f"it nests more than {MAX_DEPTH} deep") from None
    _check(value)
    return value


def _make_object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is there twice")
        found[key] = value
    return found


def _parse_finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def _check(value: Any) -> None:
    """Raise ValueError for what is too deep, and for texts that cannot be written. Without recursion."""
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise ValueError(f"it nests more than {MAX_DEPTH} deep")
        for one in level:
            for text in one if isinstance(one, dict) else [one]:
                if isinstance(text, str):
                    text.encode()  # raises UnicodeEncodeError, a ValueError, for half of a surrogate pair
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
