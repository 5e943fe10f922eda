"""What can go wrong in inference, each with a message that a person can act on."""

import re
from collections.abc import Callable, Mapping

from imaging.errors import BadFile, ImagingError, gettext_noop


class UnknownStyle(ImagingError):
    """No style of that id is in the manifest."""


class StyleNotDownloaded(ImagingError):
    """The style is known, but its file is not in the weights folder."""


class BadWeights(ImagingError):
    """A weights file is damaged, is of another network, or is not what its name says."""


class NonFiniteResult(ImagingError):
    """A generator gave values that are not numbers for this picture, in single precision, too."""


class DownloadFailed(ImagingError):
    """A weights file could not be brought here; what has arrived of it is kept for the next try."""


class DownloadInProgress(DownloadFailed):
    """Another process is downloading the same file."""


class DeviceUnavailable(ImagingError):
    """The device or back end that was asked for is not on this machine."""


class BadVideo(BadFile):
    """The file is not a video that can be converted; `reason` is one of BAD_VIDEO_TEXTS."""


class VideoCanceled(ImagingError):
    """Who asked for the video does not want it any more."""


class EngineBusy(ImagingError):
    """No slot became free within the wait; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"all conversion places are taken; try again in {retry_after} s")
        self.retry_after = retry_after


class ClientDisconnected(ImagingError):
    """Who asked for the conversion is not there any more to get it."""


# What OpenCV, OpenVINO, torch and the system write where Python says MemoryError.
_OUT_OF_MEMORY = re.compile(r"bad_alloc|allocate .*memory|Insufficient memory|not enough memory|out of memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that the machine has no more memory to give."""
    return isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(str(error)) is not None


# As `imaging.errors.BAD_IMAGE_TEXTS`: the one place that has the words for a refused video. `limit` is in megabytes
# or seconds, `size` is what people call a size of frames: "1080p".
BAD_VIDEO_TEXTS: Mapping[str, str] = {
    "empty": gettext_noop("This file is empty."),
    "too_many_bytes": gettext_noop("This file is larger than %(limit)s MB."),
    "not_a_video": gettext_noop("We can't open this file. Use MP4, MOV, WebM or MKV."),
    "truncated": gettext_noop("This video is incomplete: its end is missing, and nothing can be played without it."),
    "no_picture": gettext_noop("This file has sound but no video."),
    "unknown_codec": gettext_noop("The codec of this video is not supported."),
    "encrypted": gettext_noop("This video is encrypted and cannot be opened."),
    "too_many_pixels": gettext_noop("The frames of this video are too large. The limit is %(size)s."),
    "no_frames": gettext_noop("This video has no frames."),
    "too_many_frames": gettext_noop("The frame rate of this video is too high."),
    "too_long": gettext_noop("This video is longer than %(limit)s seconds."),
    "too_slow": gettext_noop("The frames of this video take too long to decode. Export it in another format."),
    "damaged": gettext_noop("This video is damaged and cannot be read completely."),
    "nothing_chosen": gettext_noop("There are no frames in the selected part of this video."),
}
# In place of the text above, where it is known how large they are.
FRAME_SIZE_TEXT = gettext_noop(
    "The frames of this video are too large: %(width)s × %(height)s pixels. The limit is %(size)s."
)


def describe_bad_video(
    reason: str,
    *,
    max_bytes: int,
    max_size: str,
    max_seconds: float,
    details: Mapping[str, object] | None = None,
    translate: Callable[[str], str] = str,
) -> str:
    """Return a sentence for a reason of BadVideo, given the limits that were in force and the error's details."""
    text = BAD_VIDEO_TEXTS.get(reason, BAD_VIDEO_TEXTS["not_a_video"])
    if reason == "too_many_pixels" and details:
        text = FRAME_SIZE_TEXT
    text = translate(text)
    limits: dict[str, object] = {"too_many_bytes": max_bytes // 2**20, "too_long": max_seconds}
    values = {**(details or {}), "limit": limits.get(reason), "size": max_size}
    return text % values if "%(" in text else text
