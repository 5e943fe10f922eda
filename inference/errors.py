"""What can go wrong in inference, each with a message that a person can act on."""

from imaging.errors import BadFile, ImagingError


class UnknownStyle(ImagingError):
    """No style of that id is in the manifest."""


class StyleNotDownloaded(ImagingError):
    """The style is known, but its file is not in the weights folder."""


class BadWeights(ImagingError):
    """A weights file is damaged, is of another network, or is not what its name says."""


class DownloadFailed(ImagingError):
    """A weights file could not be brought here; what has arrived of it is kept for the next try."""


class DeviceUnavailable(ImagingError):
    """The device or back end that was asked for is not on this machine."""


class BadVideo(BadFile):
    """The file is not a video that can be converted; `reason` is one of the codes in `video.BAD_VIDEO_REASONS`."""


class VideoCanceled(ImagingError):
    """Who asked for the video does not want it any more."""


class EngineBusy(ImagingError):
    """No place became free within the wait; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"all conversion places are taken; try again in {retry_after} s")
        self.retry_after = retry_after


class ClientDisconnected(ImagingError):
    """Who asked for the conversion is not there any more to get it."""
