"""Reads pictures that strangers made, in a process of its own: as `imaging.decode`, with an end to time and memory."""

import errno
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from imaging.decode import Picture, decode_image, read_image_size
from imaging.errors import BadImage
from imaging.isolation import TaskFailed, TaskLimits, TaskResult, never
from imaging.limits import ImageLimits
from imaging.process_pool import PROCESSES

# A picture of 50 megapixels in the slowest of the formats takes a few seconds on a small machine.
DECODE_CPU_SECONDS = 20.0
SIZE_CPU_SECONDS = 5.0
LIBRARY_BYTES = 2**30  # of addresses: Python and the decoders themselves
BYTES_PER_PIXEL = 40  # while 16 bits and transparency are converted
SIZE_BYTES = 2**28
MAX_PIXELS = 5 * 10**8  # that memory is set aside for, whatever the limits say


def decode_untrusted(
    source: Path | bytes,
    limits: ImageLimits | None = None,
    *,
    min_side: int | None = None,
    should_stop: Callable[[], bool] = never,
) -> Picture:
    """As `decode_image`. Raise BadImage, also for what takes too long or too much memory; MemoryError where the
    machine has none left; TaskCanceled when `should_stop` becomes true; ProcessesBusy; OSError where no file is.
    """
    limits = limits or ImageLimits()
    size = _check_file(source)
    memory = LIBRARY_BYTES + 2 * size + BYTES_PER_PIXEL * min(limits.max_pixels, MAX_PIXELS)
    options = {"limits": asdict(limits), "min_side": min_side}
    result = _run("decode_task", source, options, TaskLimits(DECODE_CPU_SECONDS, memory), should_stop)
    pixels, *alpha = result.arrays
    return Picture(pixels, alpha[0] if alpha else None)


def read_untrusted_size(
    source: Path | bytes, limits: ImageLimits, *, should_stop: Callable[[], bool] = never
) -> tuple[int, int]:
    """As `read_image_size`. Raise what `decode_untrusted` raises."""
    memory = LIBRARY_BYTES + SIZE_BYTES + 2 * _check_file(source)
    options = {"limits": asdict(limits)}
    result = _run("size_task", source, options, TaskLimits(SIZE_CPU_SECONDS, memory), should_stop)
    return int(result.facts["height"]), int(result.facts["width"])


def _check_file(source: Path | bytes) -> int:
    """Return the size in bytes. Raise OSError where there is no file: the other process cannot say that so well."""
    return len(source) if isinstance(source, bytes) else source.stat().st_size


def _run(
    task: str, source: Path | bytes, options: dict[str, Any], limits: TaskLimits, should_stop: Callable[[], bool]
) -> TaskResult:
    try:
        result = PROCESSES.run(f"{__name__}:{task}", source, options, limits, should_stop)
    except TaskFailed as error:
        if error.reason == "killed":
            raise MemoryError("the system ended the process that read a picture") from error
        raise BadImage("damaged" if error.reason == "crashed" else "too_complex") from error
    if reason := result.facts.get("reason"):
        raise BadImage(str(reason), **result.facts["details"])
    if number := result.facts.get("errno"):
        raise OSError(number, os.strerror(number))
    return result


# What the other process does.
def decode_task(source: Path | bytes, options: dict[str, Any]) -> TaskResult:
    """Return the pixels of a picture, and its transparency if it has any; or what went wrong."""
    return _answer(lambda limits: _decode(source, limits, options["min_side"]), options)


def size_task(source: Path | bytes, options: dict[str, Any]) -> TaskResult:
    """Return the size of a picture, or what went wrong."""
    return _answer(lambda limits: _read_size(source, limits), options)


def _decode(source: Path | bytes, limits: ImageLimits, min_side: int | None) -> TaskResult:
    picture = decode_image(source, limits, min_side=min_side)
    return TaskResult({}, (picture.pixels,) if picture.alpha is None else (picture.pixels, picture.alpha))


def _read_size(source: Path | bytes, limits: ImageLimits) -> TaskResult:
    height, width = read_image_size(source, limits)
    return TaskResult({"height": height, "width": width})


def _answer(task: Callable[[ImageLimits], TaskResult], options: dict[str, Any]) -> TaskResult:
    try:
        return task(ImageLimits(**options["limits"]))
    except BadImage as error:
        if isinstance(error.__cause__, MemoryError):
            raise MemoryError from error
        return TaskResult({"reason": error.reason, "details": error.details})
    except OSError as error:
        return TaskResult({"errno": error.errno or errno.EIO})
